//! Regular expressions and the like, compiled once in a run.

/// Patterns by their text.
#[derive(Default)]
pub struct Cache {}
