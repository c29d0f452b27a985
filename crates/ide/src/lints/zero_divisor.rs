//! Finds divisions by the constant zero.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};

lint! {
    /// A number is divided by the constant zero.
    ///
    /// # Why
    /// The script stops there with `Divide by zero error`.
    ///
    /// # Instead
    /// Divide by something else, or test the divisor first when it is computed.
    ZeroDivisor, Error, No;
    bad: "x = 5 / 0;\ninfo x;";
    good: "x = 5 / 2;\ninfo x;";
    hooks: &[Hook::Binary(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op: BinaryOp::Divide | BinaryOp::Remainder, right, .. } = &expr.kind else { return };
    let zero = match &right.kind {
        ExprKind::Number(n) => *n == 0,
        ExprKind::Decimal(digits) => digits.bytes().all(|b| matches!(b, b'0' | b'.')),
        _ => false,
    };
    if zero {
        found.push(LINT.at(right.span, "Divide by zero error"));
    }
}
