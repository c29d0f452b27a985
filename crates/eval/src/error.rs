//! An error on its way up: what went wrong, where, and through which calls it came.

use rainwright_diagnostic::{Problem, Span};
use rainwright_value::Value;

use crate::vm::Vm;

/// An error on its way up through the walk.
#[derive(Debug)]
pub struct RuntimeError {
    /// What went wrong.
    pub problem: Problem,
    /// The expression at fault.
    pub span: Span,
    /// The source it is in: an index into the program's sources.
    pub source: usize,
    /// 1-based line of the statement that failed; 0 until its statement is left.
    pub line: u32,
    /// What `throw` was given, if the script threw it.
    pub payload: Option<Value>,
    /// The calls it came through, innermost first.
    pub calls: Vec<CallSite>,
    /// Whether no `catch` may take it: a limit of the run.
    pub fatal: bool,
}

/// A mistake that a `catch` of the script took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// What went wrong.
    pub problem: Problem,
    /// The expression at fault.
    pub span: Span,
    /// Which of the program's sources it is in; 0 is the first.
    pub source: u32,
    /// 1-based line of the statement that failed.
    pub line: u32,
    /// The calls it came through on its way to the `catch`, innermost first.
    pub calls: Vec<CallSite>,
}

/// A call that was under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// The function's name with its namespace.
    pub function: String,
    /// 1-based line of the statement that called it.
    pub line: u32,
}

impl RuntimeError {
    /// A problem at a place.
    #[cold]
    pub(crate) fn new(problem: Problem, span: Span) -> Box<RuntimeError> {
        Box::new(RuntimeError { problem, span, source: 0, line: 0, payload: None, calls: Vec::new(), fatal: false })
    }
}

/// What walking gives: a value, or nothing when an error is under way in [`Vm::raised`]. An `Option` of a value travels
/// in two registers; a `Result` would not.
pub(crate) type Walked<T = Value> = Option<T>;

/// What a part gives that cannot put an error under way itself.
pub(crate) type Checked<T = Value> = Result<T, Box<RuntimeError>>;

/// Adds the place to a problem that comes from values or functions.
pub(crate) trait At<T> {
    /// The same result, with the place.
    fn at(self, span: Span) -> Checked<T>;
}

impl<T> At<T> for rainwright_value::Result<T> {
    #[inline]
    fn at(self, span: Span) -> Checked<T> {
        self.map_err(|problem| RuntimeError::new(*problem, span))
    }
}

/// Puts an error under way.
pub(crate) trait OrRaise<T> {
    /// The value, or nothing with the error under way.
    fn or_raise(self, vm: &mut Vm<'_>) -> Walked<T>;
}

impl<T> OrRaise<T> for Checked<T> {
    #[inline]
    fn or_raise(self, vm: &mut Vm<'_>) -> Walked<T> {
        match self {
            Ok(value) => Some(value),
            Err(raised) => vm.raise(raised),
        }
    }
}
