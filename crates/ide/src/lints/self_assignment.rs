//! Finds assignments of a variable to itself.

use super::values::flat;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, path};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Stmt, StmtKind};

lint! {
    /// A variable or field is assigned to itself.
    ///
    /// # Why
    /// The statement does nothing. Most often another name was meant on one side.
    ///
    /// # Instead
    /// Correct the name, or remove the statement.
    SelfAssignment, Warning, No;
    bad: "total = 5;\ntotal = total;\ninfo total;";
    good: "subtotal = 5;\ntotal = subtotal;\ninfo total;";
    hooks: &[Hook::Stmt(check)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::Assign(assign) = &stmt.kind else { return };
    if assign.op.is_none()
        && path(&assign.target).is_some()
        && path(&assign.value).is_some()
        && flat(script, assign.target.span) == flat(script, assign.value.span)
    {
        found.push(LINT.at(stmt.span, format!("{} is assigned to itself", flat(script, assign.target.span))));
    }
}
