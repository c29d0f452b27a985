//! Finds statements behind a `return`, `throw`, `break` or `continue` in the same block: they never run.
//!
//! ```deluge
//! string f() { return "a"; info "b"; }
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{Block, Stmt, StmtKind};
use rainwright_syntax::visit::{Visit, walk_stmt};

pub(super) const LINT: Lint = Lint {
    code: Code::Unreachable,
    severity: Severity::Warning,
    doc: "Statements stand where they never run.",
    example: "string f() { return \"a\"; info \"b\"; }",
    check,
};

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let mut blocks = Blocks { found };
    blocks.statements(body.statements.iter().copied());
    body.statements.iter().for_each(|stmt| blocks.stmt(stmt));
}

struct Blocks<'f> {
    found: &'f mut Vec<Diagnostic>,
}

impl Blocks<'_> {
    fn statements<'t>(&mut self, mut statements: impl Iterator<Item = &'t Stmt>) {
        let ends = |kind: &StmtKind| {
            matches!(kind, StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Break | StmtKind::Continue)
        };
        let Some(end) = statements.find(|stmt| ends(&stmt.kind)) else { return };
        if let Some(next) = statements.find(|stmt| !matches!(stmt.kind, StmtKind::Empty)) {
            self.found.push(LINT.at(next.span, "This never runs").with_label(end.span, "the block ends here"));
        }
    }
}

impl<'t> Visit<'t> for Blocks<'_> {
    fn block(&mut self, block: &'t Block) {
        self.statements(block.statements.iter());
        block.statements.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &'t Stmt) {
        walk_stmt(self, stmt);
    }

    fn expr(&mut self, _: &'t rainwright_syntax::ast::Expr) {}
}
