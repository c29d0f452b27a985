//! Outcomes as a JUnit file, which CI systems read.

use std::fmt::Write as _;

use super::{SectionResult, Summary, escape};

/// Outcomes as a JUnit file: each failure's message says what differs first.
#[must_use]
pub fn junit(outcomes: &[SectionResult]) -> String {
    let summary = Summary::of(outcomes);
    let time: f64 = outcomes.iter().map(|outcome| outcome.time.as_secs_f64()).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuite name=\"dg test\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{time:.3}\">",
        outcomes.len(),
        summary.failed
    );
    for outcome in outcomes {
        let name = if outcome.section.is_empty() { "script" } else { &outcome.section };
        let _ = write!(
            out,
            "  <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3}\"",
            escape(&outcome.file),
            escape(name),
            escape(&outcome.file),
            outcome.line,
            outcome.time.as_secs_f64()
        );
        let Some(first) = outcome.mismatches.first() else {
            out.push_str("/>\n");
            continue;
        };
        let more = outcome.mismatches.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let message = format!("line {}: {}{more}", first.line, first.sentence());
        let _ = writeln!(
            out,
            ">\n    <failure type=\"mismatch\" message=\"{}\">{}</failure>\n  </testcase>",
            escape(&message).replace('\n', "&#10;"),
            escape(&outcome.explain())
        );
    }
    out.push_str("</testsuite>\n");
    out
}
