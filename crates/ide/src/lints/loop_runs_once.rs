//! Finds loops that end in their first turn.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Stmt, StmtKind};

lint! {
    /// A loop ends in its first turn.
    ///
    /// # Why
    /// Every turn ends in `break` or `return`, so only the first element is looked at. Most often the statement belongs
    /// into a condition.
    ///
    /// # Instead
    /// Put the end into a condition, or take the first element with `get(0)`.
    LoopRunsOnce, Warning, No;
    bad: "for each name in {\"Ann\",\"Bob\"}\n{\n\tinfo name;\n\tbreak;\n}";
    good: "for each name in {\"Ann\",\"Bob\"}\n{\n\tinfo name;\n\tif(name == \"Bob\")\n\t{\n\t\tbreak;\n\t}\n}";
    hooks: &[Hook::Stmt(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::ForEach(each) = &stmt.kind else { return };
    let ends = |stmt: &&Stmt| matches!(stmt.kind, StmtKind::Break | StmtKind::Return(_) | StmtKind::Throw(_));
    let Some(end) = each.body.statements.iter().find(ends) else { return };
    // A continue in front of it starts the next turn.
    let from = body.stmts.partition_point(|other| other.span.start < each.body.span.start);
    let before = body.stmts[from..].iter().take_while(|other| other.span.start < end.span.start);
    if before.into_iter().all(|other| !matches!(other.kind, StmtKind::Continue)) {
        found.push(LINT.at(each.variable.span, "This loop ends in its first turn").with_label(end.span, "here"));
    }
}
