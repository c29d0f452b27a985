//! Image fields: what is stored is the picture's name or address, what is read is a list with the HTML that shows it.

use rainwright_effect::Data;

/// A picture as it is read: a list of one `<img …>`, empty when there is none.
pub(crate) fn shown(source: &str) -> Data {
    if source.is_empty() {
        return Data::List(Vec::new());
    }
    let escaped = source.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    Data::List(vec![format!("<img src=\"{escaped}\">").into()])
}

/// The name or address of a picture as it is stored: scripts write the address alone, an `<img …>`, or what they read.
pub(crate) fn source(value: &Data) -> Data {
    match value {
        Data::List(items) => items.first().map_or(Data::Null, source),
        Data::Text(text) => of_html(text).map_or_else(|| value.clone(), Data::from),
        other => other.clone(),
    }
}

/// The name or address of the file that a field with files shows; empty when there is none.
#[must_use]
pub fn file_name(value: &Data) -> String {
    source(value).as_text().unwrap_or_default().to_owned()
}

/// The `src` of an `<img …>`; none for other texts.
fn of_html(text: &str) -> Option<String> {
    let inner = text.trim().get(..4).filter(|tag| tag.eq_ignore_ascii_case("<img")).map(|_| &text.trim()[4..])?;
    let lower = inner.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("src").map(|at| at + from) {
        let rest = inner[at + 3..].trim_start();
        from = at + 3;
        // `data-src` is another attribute.
        let begins = inner[..at].ends_with(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        let Some(rest) = rest.strip_prefix('=').filter(|_| begins).map(str::trim_start) else { continue };
        let found = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
            _ => rest.split(|c: char| c.is_whitespace() || c == '>').next(),
        };
        return found.map(|found| found.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_can_be_written_again() {
        for name in ["cat.png", "https://e.example/a.png?x=1&y=\"2\"", "a<b.png"] {
            assert_eq!(source(&shown(name)), Data::from(name));
        }
        assert_eq!(shown(""), Data::List(Vec::new()));
        assert_eq!(source(&shown("")), Data::Null);
    }

    #[test]
    fn the_address_of_an_image_tag_is_found() {
        for (html, address) in [
            ("<img src='a.png'>", "a.png"),
            ("<IMG alt=\"x\" SRC = a.png />", "a.png"),
            ("<img data-src='b' src=\"a.png\">", "a.png"),
            (" <img width=5 src='' > ", ""),
            ("a.png", "a.png"),
            ("<img alt='é src'>", "<img alt='é src'>"),
            ("<i", "<i"),
            ("é<img", "é<img"),
        ] {
            assert_eq!(source(&html.into()), Data::from(address), "{html}");
        }
    }
}
