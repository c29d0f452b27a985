//! What a run did not get past: an uncaught error, or one that the script caught.

use rainwright::{CallSite, Caught, Code, Failure};
use rainwright_diagnostic::{LineIndex, Span};

/// How it went on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopKind {
    /// A mistake.
    Fails,
    /// The script's own `throw`.
    Throws,
    /// A limit of the run, such as in a loop that no answer ends.
    Limit,
    /// Something that cannot be played here.
    NotPlayable,
}

/// A place that a run did not get past.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub(crate) kind: StopKind,
    pub(crate) code: Code,
    pub(crate) message: String,
    /// The expression at fault, where it is in the script itself.
    span: Option<Span>,
    /// 1-based line of the statement; 0 when none was running.
    pub(crate) line: u32,
    /// The source it is in, when that is not the script itself.
    pub(crate) source: Option<String>,
    /// The calls it came through, innermost first.
    calls: Vec<CallSite>,
    /// Whether the script caught it.
    pub(crate) caught: bool,
}

impl Stop {
    /// The error that ended a run.
    pub(crate) fn of_failure(failure: &Failure, name: &str) -> Self {
        let place = failure.place();
        let source = place.as_ref().map(|place| place.source.clone()).filter(|source| source != name);
        Self {
            kind: StopKind::of(failure.code()),
            code: failure.code(),
            message: failure.message().to_owned(),
            span: place.filter(|_| source.is_none()).map(|place| place.span),
            line: failure.line(),
            source,
            calls: failure.calls().to_vec(),
            caught: false,
        }
    }

    /// An error that the script caught.
    pub(crate) fn of_caught(caught: &Caught) -> Self {
        let is_own = caught.source == 0;
        Self {
            kind: StopKind::of(caught.problem.code),
            code: caught.problem.code,
            message: caught.problem.message.clone(),
            span: is_own.then_some(caught.span),
            line: caught.line,
            source: (!is_own).then(|| "another file".to_owned()),
            calls: caught.calls.clone(),
            caught: true,
        }
    }

    /// Whether it happened in this part of the script, or in a function that was called there.
    pub(crate) fn is_in(&self, part: Span, lines: &LineIndex) -> bool {
        self.is_at(part) || self.call_in(part, lines).is_some()
    }

    /// Whether it happened in this part of the script itself.
    pub(crate) fn is_at(&self, part: Span) -> bool {
        self.span.is_some_and(|span| span.start >= part.start && span.end <= part.end)
    }

    /// The line in this part of the script from which it was called.
    pub(crate) fn call_in(&self, part: Span, lines: &LineIndex) -> Option<u32> {
        let (first, last) = (lines.line(part.start), lines.line(part.end.saturating_sub(1).max(part.start)));
        self.calls.iter().map(|call| call.line).find(|line| (first..=last).contains(line))
    }

    /// Whether two are the same, whatever values they met.
    pub(crate) fn is_same(&self, other: &Stop) -> bool {
        let key = |stop: &Stop| (stop.kind, stop.code, stop.span, stop.line, stop.caught);
        key(self) == key(other) && self.source == other.source && self.calls == other.calls
    }
}

impl StopKind {
    fn of(code: Code) -> Self {
        match code {
            Code::Thrown => StopKind::Throws,
            Code::LimitReached => StopKind::Limit,
            Code::NotSupported | Code::Suspended | Code::Interrupted => StopKind::NotPlayable,
            _ => StopKind::Fails,
        }
    }
}
