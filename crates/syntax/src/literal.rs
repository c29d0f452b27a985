//! Reads the texts between quotes.

/// The value of a text token: quotes off, escapes resolved. An escape that Deluge does not know keeps both its characters.
pub(crate) fn unquote(written: &str) -> Box<str> {
    let mut inner = written;
    if let Some(quote @ ('"' | '\'')) = written.chars().next() {
        inner = &written[1..];
        inner = inner.strip_suffix(quote).unwrap_or(inner);
    }
    if inner.contains('\\') { unescape(inner).into() } else { inner.into() }
}

fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(quoted @ ('"' | '\'' | '\\' | '/')) => out.push(quoted),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => match code_unit(chars.as_str()) {
                Some(c) => {
                    out.push(c);
                    chars = chars.as_str()[4..].chars();
                }
                None => out.push_str("\\u"),
            },
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}

/// The character of four hexadecimal digits.
fn code_unit(text: &str) -> Option<char> {
    let digits = text.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn known_escapes_are_resolved_and_others_kept() {
        assert_eq!(&*unquote(r#""a\"b\\n\n""#), "a\"b\\n\n");
        assert_eq!(&*unquote(r"'it\'s \d'"), r"it's \d");
        assert_eq!(&*unquote(r#""\u00e9 \u12 \ud800""#), "é \\u12 \\ud800");
        assert_eq!(&*unquote("\"open"), "open");
        assert_eq!(&*unquote("\""), "");
    }
}
