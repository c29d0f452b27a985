//! Finds `!` in front of one side of a comparison.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use rainwright_value::{Kind, Kinds};

lint! {
    /// `!` is in front of one side of a comparison.
    ///
    /// # Why
    /// `!a == b` compares the opposite of `a` with `b`; it does not say that they differ. `!x.count() > 0` fails when it runs,
    /// for a number has no opposite.
    ///
    /// # Instead
    /// Write `a != b`, or `!(a > b)`.
    NegatedComparison, Warning, Suggested;
    bad: "m = \"{}\".toMap();\na = m.get(\"a\");\nif(!a == m.get(\"b\"))\n{\n\tinfo \"different\";\n}";
    good: "m = \"{}\".toMap();\na = m.get(\"a\");\nif(a != m.get(\"b\"))\n{\n\tinfo \"different\";\n}";
    hooks: &[Hook::Binary(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op, op_span, left, right } = &expr.kind else { return };
    let ExprKind::Unary { op: UnaryOp::Not, operand } = &left.kind else { return };
    // With a null on one side, `<` and its opposite both fail, so an order keeps its sign in parentheses.
    let opposite = match op {
        BinaryOp::Equal => Some("!="),
        BinaryOp::NotEqual => Some("=="),
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => None,
        _ => return,
    };
    // Between two booleans it says what it seems to.
    if body.kinds(script, right) == Kinds::from(Kind::Bool) {
        return;
    }
    let whole = Span::new(left.span.start, right.span.end);
    let written = match opposite {
        Some(sign) => format!(
            "{}{}{sign}{}",
            script.text(operand.span),
            script.text(Span::new(operand.span.end, op_span.start)),
            script.text(Span::new(op_span.end, right.span.end))
        ),
        None => format!("!({})", script.text(Span::new(operand.span.start, right.span.end))),
    };
    let message = "! belongs to this side only, not to the comparison";
    found.push(LINT.at(left.span, message).with_fix(whole, written));
}
