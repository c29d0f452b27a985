//! Colours for a line of script.

use rainwright_syntax::{Class, highlight};

/// The line with colours for a terminal; its characters stay the same.
pub fn paint(line: &str) -> String {
    let mut painted = String::with_capacity(line.len() + 64);
    let mut at = 0;
    for (span, class) in highlight(line) {
        let range = span.range();
        // Pieces come in order; one within another, as in a page, keeps the colour of the outer one.
        let (Some(before), Some(piece)) = (line.get(at..range.start), line.get(range.clone())) else {
            continue;
        };
        painted.push_str(before);
        match color(class) {
            Some(color) => painted.push_str(&format!("\u{1b}[{color}m{piece}\u{1b}[0m")),
            None => painted.push_str(piece),
        }
        at = range.end;
    }
    painted.push_str(line.get(at..).unwrap_or_default());
    painted
}

/// The colour of a class, as the parameter of an escape sequence.
fn color(class: Class) -> Option<&'static str> {
    match class {
        Class::Keyword | Class::Constant | Class::Type => Some("35"),
        Class::Task | Class::Function => Some("34"),
        Class::Number => Some("36"),
        Class::Text | Class::Quoted => Some("32"),
        Class::Comment => Some("90"),
        Class::Unknown => Some("31"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::paint;

    #[test]
    fn only_colours_are_added() {
        for line in ["info \"a\\\"b\" + 12.5; // ünd /* x */ 'open", "if(a", "", "\"open", "x.get(1) ¤ 'ü'"] {
            let mut plain = String::new();
            let mut rest = paint(line);
            while let Some(escape) = rest.find('\u{1b}') {
                plain.push_str(&rest[..escape]);
                let end = rest[escape..].find('m').map_or(rest.len(), |m| escape + m + 1);
                rest = rest.split_off(end);
            }
            assert_eq!(plain + &rest, line);
        }
        assert!(paint("info 1;").contains("\u{1b}[35minfo\u{1b}[0m"));
    }
}
