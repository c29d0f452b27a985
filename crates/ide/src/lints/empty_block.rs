//! Finds blocks without statements.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Block, Stmt, StmtKind};

lint! {
    /// A block has no statements.
    ///
    /// # Why
    /// Something was removed or forgotten: the condition is tested for nothing. A comment in the block counts as an
    /// explanation.
    ///
    /// # Instead
    /// Remove the block, or turn the condition around.
    EmptyBlock, Note, No;
    bad: "n = 3;\nif(n > 5)\n{\n}\nelse\n{\n\tinfo \"few\";\n}";
    good: "n = 3;\nif(n <= 5)\n{\n\tinfo \"few\";\n}";
    hooks: &[Hook::Stmt(check)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let mut look = |block: &Block, head: Span, what: &str| {
        let empty = block.statements.iter().all(|stmt| matches!(stmt.kind, StmtKind::Empty));
        if empty && script.trivia.comments_in(block.span).is_empty() {
            found.push(LINT.at(head, format!("This {what} does nothing")));
        }
    };
    match &stmt.kind {
        StmtKind::If { branches, otherwise } => {
            branches.iter().for_each(|(condition, block)| look(block, condition.span, "branch"));
            otherwise.iter().for_each(|block| look(block, block.span, "else"));
        }
        StmtKind::ForEach(each) => look(&each.body, each.variable.span, "loop"),
        StmtKind::While { condition, body } => look(body, condition.span, "loop"),
        _ => {}
    }
}
