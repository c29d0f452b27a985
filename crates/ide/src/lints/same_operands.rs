//! Finds operators with the same expression on both sides.

use super::values::{acts, flat};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};

lint! {
    /// An operator has the same expression on both sides.
    ///
    /// # Why
    /// `a == a` is always true and `a - a` always zero. Most often one side was copied and not changed.
    ///
    /// # Instead
    /// Correct one side.
    SameOperands, Warning, No;
    bad: "first = 1;\nif(first == first)\n{\n\tinfo \"equal\";\n}";
    good: "first = 1;\nsecond = 2;\nif(first == second)\n{\n\tinfo \"equal\";\n}";
    hooks: &[Hook::Binary(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op, op_span, left, right } = &expr.kind else { return };
    let odd = !matches!(op, BinaryOp::Add | BinaryOp::Multiply | BinaryOp::In | BinaryOp::NotIn | BinaryOp::Like);
    let length = |e: &Expr| e.span.end - e.span.start;
    let literal =
        matches!(left.kind, ExprKind::Number(_) | ExprKind::Decimal(_) | ExprKind::Text(_) | ExprKind::Bool(_));
    // In criteria the left side is a field and the right one may be a variable of the same name.
    let worth_it = odd && !literal && length(left).abs_diff(length(right)) < 16 && !body.in_criteria(expr.span);
    if worth_it && flat(script, left.span) == flat(script, right.span) && !acts(script, body, left) {
        found.push(LINT.at(*op_span, "Both sides are the same"));
    }
}
