//! Finds `&&` and `||` side by side without parentheses.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};

lint! {
    /// `&&` and `||` are mixed without parentheses.
    ///
    /// # Why
    /// Zoho Creator reads `a || b && c` as `(a || b) && c`, the other products read it as `a || (b && c)`.
    ///
    /// # Instead
    /// Put parentheses around the part that belongs together.
    MixedLogic, Warning, No;
    bad: "info true || false && false;";
    good: "info true || (false && false);";
    hooks: &[Hook::Binary(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op: BinaryOp::Or, left, right, op_span } = &expr.kind else { return };
    let and = [left, right].into_iter().find(|side| matches!(side.kind, ExprKind::Binary { op: BinaryOp::And, .. }));
    if let Some(side) = and {
        let message = "&& and || are mixed without parentheses";
        found.push(LINT.at(*op_span, message).with_label(side.span, "most products read this part first"));
    }
}
