//! Finds texts that are read as dates by a pattern that they do not fit.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_value::{DatePattern, Zone};

lint! {
    /// A text is read as a date by a pattern that it does not fit.
    ///
    /// # Why
    /// The script stops there: `UnParsable date`. It is found where the text is known: a literal, or a date that the script
    /// itself has written with another pattern.
    ///
    /// # Instead
    /// Write the pattern as the text is built: `"31/12/2025".toDate("dd/MM/yyyy")`.
    DateMismatch, Error, Suggested;
    bad: "info \"31/12/2025\".toDate(\"yyyy-MM-dd\");";
    good: "info \"31/12/2025\".toDate(\"dd/MM/yyyy\");";
    hooks: &[Hook::Call(check)];
}

/// Functions that read a text by a pattern.
const READS: &[&str] = &["toDate", "dateValue", "toDateTime", "toTime"];

/// Functions that write a date by a pattern.
const WRITES: &[&str] = &["toString", "text", "toDateTimeString"];

/// 31 December 2025, 23:58:59 UTC: a moment whose parts cannot be taken for each other.
const MOMENT: i64 = 1_767_225_539_000;

/// The first year that two digits can mean; any will do to see whether a text fits.
const CENTURY: i64 = 1946;

/// Patterns that are offered when exactly one of them fits.
const COMMON: &[&str] = &[
    "yyyy-MM-dd",
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "dd-MM-yyyy",
    "MM-dd-yyyy",
    "dd.MM.yyyy",
    "yyyy/MM/dd",
    "dd-MMM-yyyy",
    "dd MMM yyyy",
    "MMM dd, yyyy",
    "yyyy-MM-dd HH:mm:ss",
    "dd-MMM-yyyy HH:mm:ss",
    "dd/MM/yyyy HH:mm:ss",
    "MM/dd/yyyy HH:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ssXXX",
];

fn check(script: &Script<'_>, body: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    // What is tried is expected to fail.
    if call.own.is_some() || !READS.iter().any(|name| call.is(name)) || body.in_try(call.expr.span) {
        return;
    }
    let (value, pattern) = match call.object {
        Some(object) => (Some(object), call.args.first()),
        None => (call.arg(0), call.args.get(1)),
    };
    let (Some(value), Some(arg)) = (value, pattern) else { return };
    let Some(written) = literal(&arg.value) else { return };
    let Some(pattern) = DatePattern::new(written).filter(DatePattern::has_fields) else { return };
    let Some(text) = text_of(body, value) else { return };
    if fits(&pattern, &text).is_some() {
        return;
    }
    let mut diagnostic =
        LINT.at(arg.value.span, format!("'{text}' is not built like '{written}': no date can be read"));
    let others: Vec<&str> = COMMON.iter().copied().filter(|other| fits_whole(other, &text)).collect();
    if let [other] = others[..] {
        let source = script.text(arg.value.span);
        diagnostic.problem = diagnostic.problem.with_help(format!("Write \"{other}\"."));
        // Only when the literal has no escapes is its text that of the source.
        if source.len() == written.len() + 2 {
            diagnostic = diagnostic.with_fix(arg.value.span, format!("\"{other}\""));
        }
    }
    found.push(diagnostic);
}

/// Where a pattern has read a text to, if it fits.
fn fits(pattern: &DatePattern, text: &str) -> Option<usize> {
    pattern.read(text.trim_start(), &Zone::utc(), Some(CENTURY)).ok().map(|reading| reading.end)
}

/// Whether a pattern reads a text to its end, with a year of four digits where it names one.
fn fits_whole(pattern: &str, text: &str) -> bool {
    let text = text.trim();
    let Some(pattern) = DatePattern::new(pattern) else { return false };
    let mut again = String::new();
    let read = pattern.read(text, &Zone::utc(), Some(CENTURY)).ok().filter(|reading| reading.end == text.len());
    let Some(reading) = read else { return false };
    // Printed again it is the same, so that no part was read for another one.
    pattern.print(reading.instant(&Zone::utc()), &Zone::utc(), &mut again);
    again.eq_ignore_ascii_case(text)
}

/// The text that a value is, when that is known before the run.
fn text_of(body: &FunctionBody<'_>, value: &Expr) -> Option<String> {
    let value = match &bare(value).kind {
        ExprKind::Name(name) => bare(body.only_value(name)?),
        _ => bare(value),
    };
    if let Some(text) = literal(value) {
        return Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    }
    let ExprKind::Method { name, args, .. } = &value.kind else { return None };
    let [arg] = args.as_slice() else { return None };
    let pattern = literal(&arg.value).filter(|_| WRITES.iter().any(|known| name.name.eq_ignore_ascii_case(known)))?;
    // `toString` of a list or a number takes other texts.
    let pattern = DatePattern::new(pattern).filter(DatePattern::has_fields)?;
    let mut text = String::new();
    pattern.print(MOMENT, &Zone::utc(), &mut text);
    Some(text)
}

fn literal(expr: &Expr) -> Option<&str> {
    match &bare(expr).kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{CheckOptions, check};
    use rainwright_diagnostic::Code;

    /// What is said, and the pattern that is offered.
    fn told(source: &str) -> Vec<(String, Option<String>)> {
        let found = check(source, &CheckOptions::default()).into_iter();
        let found = found.filter(|one| one.problem.code == Code::DateMismatch);
        found.map(|one| (one.problem.message, one.fix.map(|fix| fix.replacement))).collect()
    }

    #[test]
    fn texts_that_do_not_fit_are_found_both_ways_round() {
        for (source, offered) in [
            ("info \"31/12/2025\".toDate(\"yyyy-MM-dd\");", Some("\"dd/MM/yyyy\"")),
            ("info \"2025-12-31\".toDate(\"dd/MM/yyyy\");", Some("\"yyyy-MM-dd\"")),
            ("info toDate(\"31-Dec-2025\",\"dd/MM/yyyy\");", Some("\"dd-MMM-yyyy\"")),
            (
                "day = \"2025-12-31 10:00:00\";\ninfo day.toTime(\"dd-MMM-yyyy HH:mm:ss\");",
                Some("\"yyyy-MM-dd HH:mm:ss\""),
            ),
            ("info today.toString(\"dd/MM/yyyy\").toDate(\"yyyy-MM-dd\");", Some("\"dd/MM/yyyy\"")),
            // It may be meant either way.
            ("info \"01/02/2025\".toDate(\"yyyy-MM-dd\");", None),
            ("info \"soon\".toDate(\"yyyy-MM-dd\");", None),
        ] {
            let found = told(source);
            assert_eq!(found.len(), 1, "{source}");
            assert_eq!(found[0].1.as_deref(), offered, "{source}: {}", found[0].0);
        }
    }

    #[test]
    fn what_fits_or_is_not_known_is_left_alone() {
        for source in [
            "info \"31/12/2025\".toDate(\"dd/MM/yyyy\");",
            "info \"2025-12-31 10:00:00\".toDate(\"yyyy-MM-dd\");",
            "info \"2025-12-31T10:00:00+01:00\".toDate(\"yyyy-MM-dd\");",
            "info \" 31-Dec-25\".toDate(\"dd-MMM-yy\");",
            "info \"31/12/2025\".toDate();",
            "info \"31/12/2025\".toDate(\"\");",
            "d = \"31/12/2025\";\nd = f();\ninfo d.toDate(\"yyyy-MM-dd\");",
            "try { info \"soon\".toDate(\"yyyy-MM-dd\"); } catch (e) { info e; }",
            "info today.toString(\"yyyy-MM-dd HH:mm\").toDate(\"yyyy-MM-dd\");",
            "info {1,2}.toString(\",\").toDate(\"yyyy-MM-dd\");",
        ] {
            assert_eq!(told(source), [], "{source}");
        }
    }
}
