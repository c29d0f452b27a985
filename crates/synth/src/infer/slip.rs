//! Names that are all but spelt like another one.

use crate::words;

/// Whether one name is the other with a slip of the pen: one letter wrong, left out, doubled, or two swapped. Plurals,
/// numbers and other letters at the end make names of their own.
pub(super) fn is_slip(name: &str, near: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), near.chars().collect());
    if a.len().min(b.len()) < 4 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    if name.eq_ignore_ascii_case(near) {
        return false;
    }
    let digits = |s: &[char]| s.iter().filter(|c| c.is_ascii_digit()).collect::<String>();
    if digits(&a) != digits(&b) {
        return false;
    }
    let start = shared(&a, &b);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    if start == 0 || end == 0 && a.len() != b.len() {
        return false;
    }
    let rest = |s: &[char]| s.len().saturating_sub(start + end);
    match (rest(&a), rest(&b)) {
        (2, 2) => a[start] == b[start + 1] && a[start + 1] == b[start],
        (x, y) => x <= 1 && y <= 1 && end > 0,
    }
}

/// Whether a name is another one whose last letter is wrong, left out or doubled. Such names may both be meant, as `data` and
/// `date`, `order` and `orders`: it takes more to call one of them a slip.
pub(super) fn is_slip_at_end(name: &str, near: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), near.chars().collect());
    let start = shared(&a, &b);
    let is_plain = |at: Option<&char>| at.is_none_or(char::is_ascii_lowercase);
    // A capital, a digit or an underscore begins a word of its own: `partA`, `line2`, `row_x`.
    if start < 4 || !is_plain(a.get(start)) || !is_plain(b.get(start)) || !a[start - 1].is_ascii_lowercase() {
        return false;
    }
    if words::is_date(name) || words::is_date(near) || words::is_id(name) || words::is_id(near) {
        return false;
    }
    match (&a[start..], &b[start..]) {
        // Endings of plurals and of genders are meant.
        ([x], [y]) => {
            let is_ending = |letter: &char| ['s', 'x'].contains(letter);
            !(is_ending(x) || is_ending(y) || is_vowel(*x) && is_vowel(*y))
        }
        ([], [y]) => !['s', 'n', 'd', 'r', 'x', 'y'].contains(y),
        ([x], []) => *x == a[start - 1] && *x != 's',
        _ => false,
    }
}

/// How many letters two names begin with in common.
fn shared(a: &[char], b: &[char]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

fn is_vowel(letter: char) -> bool {
    "aeiou".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::{is_slip, is_slip_at_end};

    #[test]
    fn slips_are_told_from_other_names() {
        for (a, b) in [("totl", "total"), ("toatl", "total"), ("tottal", "total"), ("tatal", "total")] {
            assert!(is_slip(a, b), "{a} {b}");
        }
        for (a, b) in [("lead", "leads"), ("lead1", "lead2"), ("Total", "total"), ("id", "ids"), ("dealId", "leadId")] {
            assert!(!is_slip(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_last_letter_may_be_a_slip_too() {
        for (a, b) in [("totak", "total"), ("respons", "response"), ("totall", "total"), ("customet", "customer")] {
            assert!(is_slip_at_end(a, b), "{a} {b}");
        }
        let meant = [
            ("order", "orders"),
            ("leadData", "leadDate"),
            ("partA", "partB"),
            ("line1", "line2"),
            ("contacto", "contacta"),
            ("pointx", "pointy"),
            ("dealId", "dealIn"),
            ("kunde", "kunden"),
            ("name", "named"),
            ("total", "total"),
        ];
        for (a, b) in meant {
            assert!(!is_slip_at_end(a, b), "{a} {b}");
        }
    }
}
