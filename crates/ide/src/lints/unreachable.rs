//! Finds statements that never run.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Stmt, StmtKind};

lint! {
    /// Statements come after the end of their block.
    ///
    /// # Why
    /// What follows `return`, `throw`, `break` or `continue` in the same block never runs.
    ///
    /// # Instead
    /// Remove the statements, or what ends the block before them.
    Unreachable, Warning, No;
    bad: "string f()\n{\n\treturn \"a\";\n\tinfo \"b\";\n}";
    good: "string f()\n{\n\tinfo \"b\";\n\treturn \"a\";\n}";
    hooks: &[Hook::Body(top), Hook::Stmt(inner)];
}

fn top(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    statements(body.statements.iter().copied(), found);
}

fn inner(_: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    for block in stmt.blocks() {
        statements(block.statements.iter(), found);
    }
}

fn statements<'t>(mut statements: impl Iterator<Item = &'t Stmt>, found: &mut Vec<Diagnostic>) {
    let ends = |kind: &StmtKind| {
        matches!(kind, StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Break | StmtKind::Continue)
    };
    let Some(end) = statements.find(|stmt| ends(&stmt.kind)) else { return };
    let next = statements.find(|stmt| !matches!(stmt.kind, StmtKind::Empty | StmtKind::Markup(_)));
    if let Some(next) = next {
        found.push(LINT.at(next.span, "This never runs").with_label(end.span, "the block ends here"));
    }
}
