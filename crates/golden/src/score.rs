//! How many expected results hold, by how sure we are that Zoho gives the same.

use std::collections::BTreeMap;
use std::fmt;

use crate::SectionResult;

/// Results that hold, of all, for each basis that sections name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    counts: BTreeMap<String, (usize, usize)>,
}

impl Score {
    /// Counts the results of all sections that say their basis.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a SectionResult>) -> Self {
        let mut score = Self::default();
        for outcome in outcomes {
            let Some(basis) = &outcome.basis else { continue };
            let (held, all) = score.counts.entry(basis.clone()).or_default();
            *held += outcome.results.saturating_sub(outcome.mismatches.len());
            *all += outcome.results;
        }
        score
    }

    /// How many results of a basis hold, and of how many.
    #[must_use]
    pub fn get(&self, basis: &str) -> (usize, usize) {
        self.counts.get(basis).copied().unwrap_or_default()
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (held, all) = self.get("documented");
        write!(f, "Documented results that hold: {held} of {all}")?;
        for (basis, (held, all)) in self.counts.iter().filter(|(basis, _)| *basis != "documented") {
            write!(f, "; {basis}: {held} of {all}")?;
        }
        f.write_str(".")
    }
}

#[cfg(test)]
mod tests {
    use super::Score;
    use crate::{Mismatch, SectionResult};

    fn outcome(basis: Option<&str>, results: usize, wrong: usize) -> SectionResult {
        let mismatch = Mismatch { line: 1, expected: "1".into(), found: "2".into(), columns: None };
        SectionResult {
            file: "a.dg".into(),
            line: 1,
            basis: basis.map(str::to_owned),
            results,
            mismatches: vec![mismatch; wrong],
            ..SectionResult::default()
        }
    }

    #[test]
    fn results_count_by_basis() {
        let outcomes = [
            outcome(Some("documented"), 3, 1),
            outcome(Some("inferred"), 2, 0),
            outcome(Some("documented"), 1, 0),
            outcome(None, 9, 0),
        ];
        let score = Score::of(&outcomes);
        assert_eq!(score.get("documented"), (3, 4));
        assert_eq!(score.to_string(), "Documented results that hold: 3 of 4; inferred: 2 of 2.");
    }
}
