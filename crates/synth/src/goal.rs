//! How often the statements of a script ran; its branches are what `syntax` says they are.

use std::collections::HashMap;

use rainwright::Reach;
use rainwright_diagnostic::Span;
pub(crate) use rainwright_syntax::branches::{Goal, GoalKind, goals, statements};

/// How often each statement of the script ran.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(HashMap<Span, u64>);

impl Times {
    pub(crate) fn new(reach: &[Reach]) -> Self {
        Self(reach.iter().filter(|reach| reach.source == 0).map(|reach| (reach.span, reach.times)).collect())
    }

    pub(crate) fn of(&self, span: Span) -> u64 {
        self.0.get(&span).copied().unwrap_or(0)
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many statements ran at least once.
    pub(crate) fn size(&self) -> usize {
        self.0.values().filter(|times| **times > 0).count()
    }

    /// The statements that ran, each with how often.
    pub(crate) fn reached(&self) -> impl Iterator<Item = (Span, u64)> + '_ {
        self.0.iter().filter(|(_, times)| **times > 0).map(|(span, times)| (*span, *times))
    }
}
