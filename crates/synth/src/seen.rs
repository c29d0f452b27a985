//! What the runs of a script came to, taken together: statements, sides of branches, and what stopped them.

use std::collections::{BTreeSet, HashMap};

use rainwright_diagnostic::{LineIndex, Span};
use rainwright_syntax::ast::Expr;

use crate::goal::{Goal, GoalKind, Times};
use crate::stop::Stop;

/// What the runs of a script came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// How often each statement was begun.
    times: HashMap<Span, u64>,
    /// Which sides of branches were reached, by their place among the goals.
    pub(crate) sides: BTreeSet<usize>,
    /// What stopped runs, and how often.
    pub(crate) stops: Vec<(Stop, u64)>,
}

/// Different places that are remembered.
const MOST_STOPS: usize = 500;

impl Seen {
    /// Whether a statement was reached.
    pub(crate) fn is_reached(&self, span: Span) -> bool {
        self.times(span) > 0
    }

    /// How often a statement was begun.
    pub(crate) fn times(&self, span: Span) -> u64 {
        self.times.get(&span).copied().unwrap_or(0)
    }

    /// Takes note of a run; `true` when it reached something new.
    pub(crate) fn add(&mut self, times: &Times, stops: &[Stop], goals: &[Goal<'_>], lines: &LineIndex) -> bool {
        let mut new = false;
        for (span, count) in times.reached() {
            let known = self.times.entry(span).or_insert(0);
            new |= *known == 0;
            *known += count;
        }
        for (number, goal) in goals.iter().enumerate() {
            if self.sides.contains(&number) {
                continue;
            }
            // A run that ends while it tests the condition takes no side.
            let ended = stops.iter().filter(|stop| header(goal).iter().any(|part| stop.is_in(part.span, lines)));
            let ended = ended.count() as u64;
            let count =
                |span: Span| if span == goal.at { times.of(span).saturating_sub(ended) } else { times.of(span) };
            if goal.is_reached(count) {
                self.sides.insert(number);
                new = true;
            }
        }
        stops.iter().for_each(|stop| self.stop(stop, 1));
        new
    }

    /// Adds what the runs of another entry came to.
    pub(crate) fn join(&mut self, other: &Seen) {
        for (span, count) in &other.times {
            *self.times.entry(*span).or_insert(0) += count;
        }
        self.sides.extend(other.sides.iter().copied());
        other.stops.iter().for_each(|(stop, count)| self.stop(stop, *count));
    }

    fn stop(&mut self, stop: &Stop, count: u64) {
        if let Some((_, known)) = self.stops.iter_mut().find(|(known, _)| known.is_same(stop)) {
            *known += count;
        } else if self.stops.len() < MOST_STOPS {
            self.stops.push((stop.clone(), count));
        }
    }
}

/// The expressions that are computed before a side is taken.
pub(crate) fn header<'t>(goal: &Goal<'t>) -> Vec<&'t Expr> {
    match &goal.kind {
        GoalKind::Side { failing, holding, .. } => failing.iter().chain(holding).copied().collect(),
        GoalKind::Loop { over, .. } => vec![over],
        GoalKind::Caught { .. } => Vec::new(),
    }
}
