//! The lints: one file each, with what it finds, why that is bad, and an example.

mod argument_count;
mod argument_kind;
mod kind_clash;
mod missing_return;
mod mixed_logic;
mod no_effect;
mod not_portable;
mod possible_null;
mod reserved_name;
mod single_equals;
mod task_keys;
mod undefined_variable;
mod unknown_call;
mod unknown_connection;
mod unreachable;
mod unused_result;
mod zero_divisor;

use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Problem, Severity, Span};

/// A check of a script that is read but not run.
pub struct Lint {
    /// The code of what it finds.
    pub code: Code,
    /// How grave that is.
    pub severity: Severity,
    /// What it finds, in a sentence.
    pub doc: &'static str,
    /// A script in which it finds something.
    pub example: &'static str,
    pub(crate) check: fn(&Script<'_>, &Body<'_>, &mut Vec<Diagnostic>),
}

impl Lint {
    fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: self.severity, ..Diagnostic::error(Problem::new(self.code, message), span) }
    }
}

/// Every lint, by its code.
pub const LINTS: &[&Lint] = &[
    &undefined_variable::LINT,
    &missing_return::LINT,
    &argument_count::LINT,
    &argument_kind::LINT,
    &unknown_call::LINT,
    &unused_result::LINT,
    &unreachable::LINT,
    &kind_clash::LINT,
    &zero_divisor::LINT,
    &mixed_logic::LINT,
    &single_equals::LINT,
    &possible_null::IN_TEXT,
    &reserved_name::LINT,
    &not_portable::LINT,
    &no_effect::LINT,
    &task_keys::MISSING,
    &task_keys::REPEATED,
    &possible_null::USED,
    &unknown_connection::LINT,
];
