//! Finds comparisons of values that are never equal, because their kinds are never equal.

use crate::kinds::apart;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// Two values are compared whose kinds are never equal.
    ///
    /// # Why
    /// The answer is the same every time, whatever the values are.
    ///
    /// # Instead
    /// Convert one of them first, or compare something else.
    NeverEqual, Warning, No;
    bad: "m = {\"status\" : \"open\"};\nif(m == \"open\")\n{\n\tinfo \"still open\";\n}";
    good: "m = {\"status\" : \"open\"};\nif(m.get(\"status\") == \"open\")\n{\n\tinfo \"still open\";\n}";
    hooks: &[Hook::Binary(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op: op @ (BinaryOp::Equal | BinaryOp::NotEqual), op_span, left, right } = &expr.kind else {
        return;
    };
    // On the left of a criterion is a field.
    if body.in_criteria(expr.span) {
        return;
    }
    let (l, r) = (body.kinds(script, left), body.kinds(script, right));
    if never(l, r) || no_number(left, r) || no_number(right, l) {
        let answer = if *op == BinaryOp::Equal { "false" } else { "true" };
        let diagnostic = LINT.at(*op_span, format!("{l} and {r} are never equal: this is always {answer}"));
        found.push(diagnostic.with_label(left.span, l.to_string()).with_label(right.span, r.to_string()));
    }
}

fn never(left: Kinds, right: Kinds) -> bool {
    let known = |kinds: Kinds| kinds != Kinds::NONE && kinds != Kinds::ANY && !kinds.has(Kind::Null);
    // A text may hold a number, a date, or be an element of a list; two numbers meet in value.
    let meets_text =
        Kinds::of(&[Kind::Number, Kind::Decimal, Kind::DateTime, Kind::Time, Kind::List, Kind::Collection, Kind::Bool]);
    let through_text = |a: Kinds, b: Kinds| a.has(Kind::Text) && !apart(b, meets_text);
    let numbers = !apart(left, Kinds::NUMERIC) && !apart(right, Kinds::NUMERIC);
    // `{}` is a list or a map until it is used.
    let braces = Kinds::of(&[Kind::Map, Kind::List, Kind::Collection]);
    let both_hold = !apart(left, braces) && !apart(right, braces);
    known(left)
        && known(right)
        && apart(left, right)
        && !numbers
        && !both_hold
        && !through_text(left, right)
        && !through_text(right, left)
}

/// Whether a text that is no number is compared with a number.
fn no_number(text: &Expr, other: Kinds) -> bool {
    let ExprKind::Text(text) = &bare(text).kind else { return false };
    let number = other != Kinds::NONE && crate::kinds::within(other, Kinds::NUMERIC);
    number && text.trim().parse::<f64>().is_err() && !text.trim().is_empty()
}
