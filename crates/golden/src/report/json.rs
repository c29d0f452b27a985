//! Outcomes as JSON, for programs.

use serde_json::json as object;

use super::{SectionResult, Summary};

/// Outcomes as one JSON object.
#[must_use]
pub fn json(outcomes: &[SectionResult]) -> String {
    let summary = Summary::of(outcomes);
    let tests = outcomes.iter().map(|outcome| {
        let mismatches = outcome.mismatches.iter().map(|mismatch| {
            object!({
                "line": mismatch.line,
                "expected": mismatch.expected,
                "found": mismatch.found,
                "columns": mismatch.columns.map(|(from, to)| [from, to]),
            })
        });
        object!({
            "file": outcome.file,
            "name": outcome.section,
            "line": outcome.line,
            "passed": outcome.passed(),
            "updated": outcome.updated,
            "seconds": outcome.time.as_secs_f64(),
            "mismatches": mismatches.collect::<Vec<_>>(),
        })
    });
    let tests: Vec<_> = tests.collect();
    object!({ "passed": summary.passed, "failed": summary.failed, "tests": tests }).to_string()
}
