//! How serious a project takes each lint.

use crate::lints::Lint;
use rainwright_diagnostic::{Code, Diagnostic, Severity, closest};
use std::collections::BTreeMap;

/// How serious a finding is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Off,
    /// It is a hint, and often fine as it is.
    Note,
    /// It is probably a mistake.
    Warn,
    /// It counts as a mistake.
    Error,
}

impl Level {
    /// The words for `dg.toml`.
    pub const WORDS: &'static str = "off, note, warn or error";

    /// The level of a word.
    #[must_use]
    pub fn find(word: &str) -> Option<Level> {
        match word {
            "off" => Some(Level::Off),
            "note" => Some(Level::Note),
            "warn" | "warning" => Some(Level::Warn),
            "error" => Some(Level::Error),
            _ => None,
        }
    }
}

/// The levels that a project has set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    set: BTreeMap<Code, Level>,
}

impl Levels {
    /// Sets the level of a lint, named by its code or its name.
    ///
    /// # Errors
    /// What is wrong with the name or the level, in a sentence.
    pub fn set(&mut self, lint: &str, level: &str) -> Result<(), String> {
        let Some(found) = Lint::find(lint) else {
            let names: Vec<String> = crate::LINTS.iter().map(|lint| lint.name()).collect();
            let near = closest(lint, names.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!(" Did you mean {near}?"));
            return Err(format!("There is no lint '{lint}'.{near} `dg doc lints` lists all."));
        };
        let Some(level) = Level::find(level) else {
            return Err(format!("'{level}' is no level for {lint}: it is {}.", Level::WORDS));
        };
        self.set.insert(found.code, level);
        Ok(())
    }

    /// The level that the project has set for a code.
    #[must_use]
    pub fn of(&self, code: Code) -> Option<Level> {
        self.set.get(&code).copied()
    }

    pub(crate) fn apply(&self, found: &mut Vec<Diagnostic>) {
        if self.set.is_empty() {
            return;
        }
        found.retain_mut(|diagnostic| {
            match self.of(diagnostic.problem.code) {
                None => {}
                Some(Level::Off) => return false,
                Some(Level::Note) => diagnostic.severity = Severity::Note,
                Some(Level::Warn) => diagnostic.severity = Severity::Warning,
                Some(Level::Error) => diagnostic.severity = Severity::Error,
            }
            true
        });
    }
}
