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
    /// `!a == b` compares the opposite of `a` with `b`; it does not say that they differ.
    ///
    /// # Instead
    /// Write `a != b`, or `!(a == b)`.
    NegatedComparison, Warning, Suggested;
    bad: "m = \"{}\".toMap();\na = m.get(\"a\");\nif(!a == m.get(\"b\"))\n{\n\tinfo \"different\";\n}";
    good: "m = \"{}\".toMap();\na = m.get(\"a\");\nif(a != m.get(\"b\"))\n{\n\tinfo \"different\";\n}";
    hooks: &[Hook::Binary(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op, op_span, left, right } = &expr.kind else { return };
    let ExprKind::Unary { op: UnaryOp::Not, operand } = &left.kind else { return };
    let (compares, opposite) = match op {
        BinaryOp::Equal => (true, Some("!=")),
        BinaryOp::NotEqual => (true, Some("==")),
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => (true, None),
        _ => (false, None),
    };
    // Between two booleans it says what it seems to.
    if !compares || body.kinds(script, right) == Kinds::from(Kind::Bool) {
        return;
    }
    let mut diagnostic = LINT.at(left.span, "! belongs to this side only, not to the comparison");
    if let Some(sign) = opposite {
        let span = Span::new(left.span.start, right.span.end);
        let between = Span::new(op_span.end, right.span.start);
        let written = format!(
            "{}{}{sign}{}{}",
            script.text(operand.span),
            script.text(Span::new(operand.span.end, op_span.start)),
            script.text(between),
            script.text(right.span)
        );
        diagnostic = diagnostic.with_fix(span, written);
    }
    found.push(diagnostic);
}
