//! Finds errors that are caught and ignored.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Stmt, StmtKind};

lint! {
    /// An error is caught and nothing is done about it.
    ///
    /// # Why
    /// The script goes on as if nothing had happened, and nobody learns why a record is missing. A comment in the block
    /// counts as an explanation.
    ///
    /// # Instead
    /// Print the error with `info`, or say in a comment why it does not matter.
    EmptyCatch, Warning, No;
    bad: "try\n{\n\tinfo \"5\".toNumber();\n}\ncatch (e)\n{\n}";
    good: "try\n{\n\tinfo \"5\".toNumber();\n}\ncatch (e)\n{\n\tinfo e.message;\n}";
    hooks: &[Hook::Stmt(check)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::Try { handler, body, error } = &stmt.kind else { return };
    let empty = handler.statements.iter().all(|stmt| matches!(stmt.kind, StmtKind::Empty));
    if empty && script.trivia.comments_in(handler.span).is_empty() {
        let catch = Span::new(body.span.end, error.span.end);
        let skipped = script.text(catch).find(|c: char| !c.is_whitespace()).unwrap_or(0) as u32;
        let place = Span::new(catch.start + skipped, handler.span.start.max(catch.end));
        found.push(LINT.at(place, "The error is ignored"));
    }
}
