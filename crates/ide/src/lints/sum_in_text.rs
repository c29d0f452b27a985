//! Finds numbers that are joined to a text one after the other, where their sum was meant.

use crate::kinds::within;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// Two numbers are joined to a text one after the other.
    ///
    /// # Why
    /// `+` goes from left to right: `"Total " + 1 + 2` is `Total 12`, not `Total 3`.
    ///
    /// # Instead
    /// Put the sum in parentheses.
    SumInText, Warning, Suggested;
    bad: "n = 1;\ninfo \"Next: \" + n + 1;";
    good: "n = 1;\ninfo \"Next: \" + (n + 1);";
    hooks: &[Hook::Binary(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op: BinaryOp::Add, left, right, .. } = &expr.kind else { return };
    let ExprKind::Binary { op: BinaryOp::Add, left: text, right: first, .. } = &left.kind else { return };
    let number = |e: &Expr| {
        let kinds = body.kinds(script, e);
        kinds != Kinds::NONE && within(kinds, Kinds::NUMERIC)
    };
    if number(right) && number(first) && body.kinds(script, text) == Kinds::from(Kind::Text) {
        let sum = Span::new(first.span.start, right.span.end);
        let mended = format!("({})", script.text(sum));
        found.push(LINT.at(sum, "These numbers are joined as texts, not added").with_fix(sum, mended));
    }
}
