//! Colours for a line of script.

/// The words of statements.
pub const KEYWORDS: [&str; 20] = [
    "break", "catch", "continue", "delete", "each", "else", "false", "for", "from", "if", "in",
    "index", "info", "insert", "into", "null", "return", "throw", "true", "try",
];

const KEYWORD: &str = "35";
const TEXT: &str = "32";
const NUMBER: &str = "36";
const COMMENT: &str = "90";

/// The line with colours for a terminal; its characters stay the same.
pub fn paint(line: &str) -> String {
    let mut painted = String::with_capacity(line.len() + 32);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (length, color) = piece(rest, first);
        let (now, later) = rest.split_at(length);
        match color {
            Some(color) => painted.push_str(&format!("\u{1b}[{color}m{now}\u{1b}[0m")),
            None => painted.push_str(now),
        }
        rest = later;
    }
    painted
}

/// The length in bytes of the next piece, and its colour.
fn piece(rest: &str, first: char) -> (usize, Option<&'static str>) {
    let run = |of: fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
    match first {
        '"' | '\'' => (text_length(rest, first), Some(TEXT)),
        '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), Some(COMMENT)),
        '/' if rest.starts_with("/*") => (
            rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            Some(COMMENT),
        ),
        '0'..='9' => (run(|c| c.is_ascii_digit() || c == '.'), Some(NUMBER)),
        c if c.is_alphabetic() || c == '_' => {
            let length = run(|c| c.is_alphanumeric() || c == '_');
            let keyword = KEYWORDS
                .iter()
                .any(|word| word.eq_ignore_ascii_case(&rest[..length]));
            (length, keyword.then_some(KEYWORD))
        }
        c => (c.len_utf8(), None),
    }
}

/// The length in bytes of a text with its quotes; one that is not closed goes to the end.
fn text_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::paint;

    #[test]
    fn only_colours_are_added() {
        let line = "info \"a\\\"b\" + 12.5; // ünd /* x */ 'open";
        let mut plain = String::new();
        let mut rest = paint(line);
        while let Some(escape) = rest.find('\u{1b}') {
            plain.push_str(&rest[..escape]);
            let end = rest[escape..]
                .find('m')
                .map_or(rest.len(), |m| escape + m + 1);
            rest = rest.split_off(end);
        }
        assert_eq!(plain + &rest, line);
        assert!(paint(line).contains("\u{1b}[35minfo\u{1b}[0m"));
        assert!(paint("information").contains('i') && !paint("information").contains('\u{1b}'));
    }
}
