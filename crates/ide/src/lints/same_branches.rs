//! Finds conditions whose branches all do the same.

use super::values::flat;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Stmt, StmtKind};

lint! {
    /// All branches of a condition do the same.
    ///
    /// # Why
    /// The condition does not matter. Most often one branch was copied and not changed.
    ///
    /// # Instead
    /// Correct one of the branches, or remove the condition.
    SameBranches, Warning, No;
    bad: "n = 3;\nif(n > 2)\n{\n\tinfo \"many\";\n}\nelse\n{\n\tinfo \"many\";\n}";
    good: "n = 3;\nif(n > 2)\n{\n\tinfo \"many\";\n}\nelse\n{\n\tinfo \"few\";\n}";
    hooks: &[Hook::Stmt(check)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::If { branches, otherwise: Some(otherwise) } = &stmt.kind else { return };
    // Blanks aside, equal blocks have about the same length: most conditions are done with here.
    let length = |span: Span| span.end - span.start;
    let similar = |span: Span| length(span).abs_diff(length(otherwise.span)) <= length(otherwise.span) / 2;
    if otherwise.statements.is_empty() || !branches.iter().all(|(_, block)| similar(block.span)) {
        return;
    }
    let last = flat(script, otherwise.span);
    if branches.iter().all(|(_, block)| flat(script, block.span) == last) {
        let condition = branches.first().map_or(stmt.span, |(condition, _)| condition.span);
        found.push(LINT.at(condition, "This condition does not matter: all branches do the same"));
    }
}
