//! What SQLite is taught: how decimals are ordered, how texts fold and match; and how names are quoted.

use std::cmp::Ordering;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// The collation of columns with decimals.
pub(crate) const DECIMAL: &str = "rainwright_decimal";

/// A name of a table or column, quoted.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Adds collation and functions to a connection.
pub(crate) fn teach(database: &Connection) -> rusqlite::Result<()> {
    database.create_collation(DECIMAL, compare_digits)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    let fold_flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    database.create_scalar_function("rainwright_fold", 1, fold_flags, |call| {
        Ok(call.get::<Option<String>>(0)?.map(|text| text.to_lowercase()))
    })?;
    database.create_scalar_function("rainwright_match", 3, flags, |call| {
        let (test, text, part) = (call.get::<String>(0)?, call.get::<Option<String>>(1)?, call.get::<String>(2)?);
        Ok(text.map(|text| matches(&test, &text, &part)))
    })
}

/// Whether a text passes a test of criteria; the tests are named in lower case. `like` folds and knows `%`.
pub(crate) fn matches(test: &str, text: &str, part: &str) -> bool {
    if test == "like" {
        return like(&text.to_lowercase(), &part.to_lowercase());
    }
    if let Some(test) = test.strip_suffix("ignorecase") {
        return matches(test, &text.to_lowercase(), &part.to_lowercase());
    }
    match test {
        "contains" => text.contains(part),
        "startswith" => text.starts_with(part),
        "endswith" => text.ends_with(part),
        "equals" => text == part,
        _ => false,
    }
}

/// Whether a text fits a pattern in which `%` is any run of characters; the pieces are found from left to right.
fn like(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('%');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The order of two decimals by their digits: optional sign, digits, optional point and digits.
pub(crate) fn compare_digits(a: &str, b: &str) -> Ordering {
    let (a, b) = (Digits::of(a), Digits::of(b));
    match (a.negative, b.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => a.size(&b),
        (true, true) => b.size(&a),
    }
}

/// A decimal without zeros that do not count.
struct Digits<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
}

impl<'t> Digits<'t> {
    fn of(text: &'t str) -> Self {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let is_zero = whole.is_empty() && fraction.is_empty();
        Self { negative: negative && !is_zero, whole, fraction }
    }

    fn size(&self, other: &Self) -> Ordering {
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_ordered_by_worth() {
        let ordered = ["-100", "-20.5", "-20.49", "-0.001", "0", "0.0009", "0.001", "1", "9.99", "10", "100.5"];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(compare_digits(a, b), i.cmp(&j), "{a} {b}");
            }
        }
        for (a, b) in [("1.50", "1.5"), ("-0", "0.00"), ("007", "7.0")] {
            assert_eq!(compare_digits(a, b), Ordering::Equal);
        }
    }

    #[test]
    fn patterns_match_from_end_to_end() {
        for (text, pattern, fits) in [
            ("abc", "abc", true),
            ("abc", "a%", true),
            ("abc", "%c", true),
            ("abc", "%b%", true),
            ("abc", "b%", false),
            ("abab", "%ab", true),
            ("ab", "ab%ab", false),
            ("a_c", "a_c", true),
            ("abc", "a_c", false),
            ("", "%", true),
            ("x", "", false),
        ] {
            assert_eq!(like(text, pattern), fits, "{text} like {pattern}");
        }
    }
}
