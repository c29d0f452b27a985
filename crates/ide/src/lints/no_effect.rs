//! Finds statements that compute a value and drop it.
//!
//! ```deluge
//! "/";
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{ExprKind, StmtKind};

pub(super) const LINT: Lint = Lint {
    code: Code::NoEffect,
    severity: Severity::Warning,
    doc: "A statement does nothing.",
    example: "\"/\";",
    check,
};

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.stmts(&mut |stmt| {
        let StmtKind::Expr(e) = &stmt.kind else { return };
        let acts = matches!(
            e.kind,
            ExprKind::Call { .. } | ExprKind::Method { .. } | ExprKind::Task(_) | ExprKind::Insert(_) | ExprKind::Error
        );
        if !acts {
            found.push(LINT.at(e.span, "The value of this statement goes nowhere"));
        }
    });
}
