//! Finds statements that compute a value and drop it.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{ExprKind, Stmt, StmtKind};

lint! {
    /// A statement computes a value and drops it.
    ///
    /// # Why
    /// The statement does nothing. Most often an assignment or `info` was forgotten.
    ///
    /// # Instead
    /// Assign the value, print it with `info`, or remove the statement.
    NoEffect, Warning, No;
    bad: "total = 5;\ntotal + 1;\ninfo total;";
    good: "total = 5;\ntotal = total + 1;\ninfo total;";
    hooks: &[Hook::Stmt(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::Expr(e) = &stmt.kind else { return };
    let acts = matches!(
        e.kind,
        ExprKind::Call { .. } | ExprKind::Method { .. } | ExprKind::Task(_) | ExprKind::Insert(_) | ExprKind::Error
    );
    if !acts {
        found.push(LINT.at(e.span, "The value of this statement is not used"));
    }
}
