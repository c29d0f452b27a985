//! Outcomes as annotations of GitHub's workflows: they appear at the lines of a pull request.

use std::fmt::Write as _;

use super::SectionResult;

/// One line for each difference.
#[must_use]
pub fn github(outcomes: &[SectionResult]) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        let title = if outcome.section.is_empty() { "dg test" } else { &outcome.section };
        for mismatch in &outcome.mismatches {
            let _ = writeln!(
                out,
                "::error file={},line={},title={}::{}",
                property(&outcome.file),
                mismatch.line,
                property(title),
                message(&mismatch.sentence())
            );
        }
    }
    out
}

/// A text after `::`.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text of a property, where commas and colons part.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
