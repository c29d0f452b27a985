//! Finds patterns for dates that mix up letters: months and minutes, years and weeks, hours and half days.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, literal};
use rainwright_diagnostic::Diagnostic;

lint! {
    /// A pattern for dates mixes up its letters.
    ///
    /// # Why
    /// `mm` are minutes and `MM` months; `YYYY` is the year that the week belongs to and differs at the turn of the year;
    /// `DD` counts the days of the year; `hh` runs from 1 to 12. The result looks right in the test and is wrong on another
    /// day.
    ///
    /// # Instead
    /// Write `yyyy-MM-dd HH:mm:ss`, or `hh` together with `a`.
    DatePattern, Warning, Suggested;
    bad: "info zoho.currentdate.toString(\"yyyy-mm-dd\");";
    good: "info zoho.currentdate.toString(\"yyyy-MM-dd\");";
    hooks: &[Hook::Call(check)];
}

const TAKES_PATTERN: &[&str] =
    &["toString", "toDate", "toTime", "toDateTime", "toDateTimeString", "text", "toStartOfMonth", "getDate"];

fn check(script: &Script<'_>, _: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    if !TAKES_PATTERN.iter().any(|name| call.is(name)) {
        return;
    }
    for arg in call.args {
        let Some(pattern) = literal(&arg.value) else { continue };
        let Some((what, mended)) = mistake(pattern) else { continue };
        let written = script.text(arg.value.span);
        let mut diagnostic = LINT.at(arg.value.span, what);
        // Only when the literal has no escapes is its text that of the source.
        if written.len() == pattern.len() + 2 {
            let quote = &written[..1];
            diagnostic = diagnostic.with_fix(arg.value.span, format!("{quote}{mended}{quote}"));
        }
        found.push(diagnostic);
    }
}

/// What is wrong with a pattern, and the pattern that was meant.
fn mistake(pattern: &str) -> Option<(&'static str, String)> {
    let runs = runs(pattern)?;
    let has = |letter: char| runs.iter().any(|(c, _)| *c == letter);
    let date = has('y') || has('Y') || has('d') || has('D');
    let time = has('H') || has('h') || has('k') || has('K');
    if has('Y') && !has('w') && !has('y') {
        return Some(("YYYY is the year of the week, not of the day", swap(pattern, 'Y', 'y')));
    }
    if has('D') && !has('d') && (has('M') || has('m')) {
        return Some(("DD is the day of the year, not of the month", swap(pattern, 'D', 'd')));
    }
    if has('m') && !has('M') && date && !time {
        return Some(("mm is the minute, not the month", swap(pattern, 'm', 'M')));
    }
    // HH:MM, with the month beside the hour.
    let beside = |a: char, b: char| runs.windows(2).any(|pair| pair[0].0 == a && pair[1].0 == b);
    if (beside('H', 'M') || beside('h', 'M')) && !has('m') && time {
        let place = pattern.rfind("MM")?;
        let mended = format!("{}mm{}", &pattern[..place], &pattern[place + 2..]);
        return Some(("MM is the month, not the minute", mended));
    }
    if has('h') && has('m') && !has('a') && !has('H') {
        return Some(("hh runs from 1 to 12, and nothing says morning or evening", swap(pattern, 'h', 'H')));
    }
    if has('H') && has('a') {
        return Some(("HH runs from 0 to 23 and needs no AM or PM", swap(pattern, 'H', 'h')));
    }
    None
}

fn swap(pattern: &str, from: char, to: char) -> String {
    pattern.chars().map(|c| if c == from { to } else { c }).collect()
}

/// The letters of a pattern, each with how often it is repeated; nothing for a text that is no pattern.
fn runs(pattern: &str) -> Option<Vec<(char, usize)>> {
    let mut runs: Vec<(char, usize)> = Vec::new();
    let mut quoted = false;
    let mut last = ' ';
    for c in pattern.chars() {
        if c == '\'' {
            quoted = !quoted;
        } else if !quoted && c.is_ascii_alphabetic() {
            match runs.last_mut() {
                Some((letter, count)) if *letter == c && last == c => *count += 1,
                _ => runs.push((c, 1)),
            }
        }
        last = c;
    }
    // Words are no pattern: their letters are not repeated, or are none of a date.
    let known = |(c, _): &(char, usize)| "GyYMLdDwWFEuaHkKhmsSzZXTt".contains(*c);
    let repeated = runs.iter().any(|(c, count)| *count >= 2 && "yYMdDHhm".contains(*c));
    (runs.iter().all(known) && repeated && runs.len() >= 2).then_some(runs)
}

#[cfg(test)]
mod tests {
    use super::mistake;

    #[test]
    fn letters_are_told_apart() {
        for (pattern, mended) in [
            ("yyyy-mm-dd", "yyyy-MM-dd"),
            ("YYYY-MM-dd", "yyyy-MM-dd"),
            ("DD-MMM-yyyy", "dd-MMM-yyyy"),
            ("dd/MM/yyyy HH:MM", "dd/MM/yyyy HH:mm"),
            ("dd-MMM-yyyy hh:mm:ss", "dd-MMM-yyyy HH:mm:ss"),
            ("HH:mm a", "hh:mm a"),
        ] {
            assert_eq!(mistake(pattern).map(|(_, mended)| mended).as_deref(), Some(mended), "{pattern}");
        }
        for sound in ["yyyy-MM-dd", "dd MMMM yyyy", "hh:mm a", "yyyy-MM-dd'T'HH:mm:ssXXX", "mm:ss", "summary", "add"] {
            assert_eq!(mistake(sound), None, "{sound}");
        }
    }
}
