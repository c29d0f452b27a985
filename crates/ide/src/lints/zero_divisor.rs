//! Finds divisions by the constant zero: they stop the script with `Divide by zero error`.
//!
//! ```deluge
//! x = 5 / 0;
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{BinaryOp, ExprKind};

pub(super) const LINT: Lint = Lint {
    code: Code::ZeroDivisor,
    severity: Severity::Error,
    doc: "A division is by the constant zero.",
    example: "x = 5 / 0;",
    check,
};

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        let ExprKind::Binary { op: BinaryOp::Divide | BinaryOp::Remainder, right, .. } = &expr.kind else { return };
        let zero = match &right.kind {
            ExprKind::Number(n) => *n == 0,
            ExprKind::Decimal(digits) => digits.bytes().all(|b| matches!(b, b'0' | b'.')),
            _ => false,
        };
        if zero {
            found.push(LINT.at(right.span, "Divide by zero error"));
        }
    });
}
