//! Finds `&&` and `||` side by side without parentheses.
//!
//! Zoho Creator reads `a || b && c` as `(a || b) && c`, the other products as `a || (b && c)`.
//!
//! ```deluge
//! info true || false && false;
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{BinaryOp, ExprKind};

pub(super) const LINT: Lint = Lint {
    code: Code::MixedLogic,
    severity: Severity::Warning,
    doc: "&& and || stand side by side without parentheses.",
    example: "info true || false && false;",
    check,
};

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        let ExprKind::Binary { op: BinaryOp::Or, left, right, op_span } = &expr.kind else { return };
        for side in [left, right] {
            if matches!(side.kind, ExprKind::Binary { op: BinaryOp::And, .. }) {
                let message = "&& and || are mixed without parentheses";
                found.push(LINT.at(*op_span, message).with_label(side.span, "belongs together in most products"));
                return;
            }
        }
    });
}
