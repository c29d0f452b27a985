//! Finds operators between kinds of value that they do not take.

use crate::kinds::{apart, within};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use rainwright_value::{Kind, Kinds};

lint! {
    /// An operator is used between kinds of value that it does not take.
    ///
    /// # Why
    /// The script stops there. Zoho refuses to save some of these: `In Criteria left expression is of type … and the
    /// operator … is not valid`. A condition that is neither true nor false is one of them.
    ///
    /// # Instead
    /// Convert the value first, for example with `toString()` or `toNumber()`.
    KindClash, Error, No;
    bad: "x = \"a\" - 1;\ninfo x;";
    good: "x = \"5\".toNumber() - 1;\ninfo x;";
    hooks: &[Hook::Binary(operator), Hook::Stmt(condition)];
}

fn operator(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op, op_span, left, right } = &expr.kind else { return };
    let sign = match op {
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        _ => return,
    };
    // On the left of a criterion is a field; `!a > b` is told by its own lint.
    let is_negated = |side: &Expr| matches!(side.kind, ExprKind::Unary { op: UnaryOp::Not, .. });
    if is_order(*op) && (body.in_criteria(expr.span) || is_negated(left)) {
        return;
    }
    let (l, r) = (body.kinds(script, left), body.kinds(script, right));
    if clash(*op, l, r) {
        let diagnostic = LINT.at(*op_span, format!("{sign} does not work between {l} and {r}"));
        found.push(diagnostic.with_label(left.span, l.to_string()).with_label(right.span, r.to_string()));
    }
}

fn condition(script: &Script<'_>, body: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let mut look = |condition: &Expr| {
        let kinds = body.kinds(script, condition);
        let usable = Kinds::of(&[Kind::Bool, Kind::Text, Kind::Null]);
        if kinds != Kinds::NONE && apart(kinds, usable) {
            found.push(LINT.at(condition.span, format!("A condition is true or false, this is {kinds}")));
        }
    };
    match &stmt.kind {
        StmtKind::If { branches, .. } => branches.iter().for_each(|(condition, _)| look(condition)),
        StmtKind::While { condition, .. } => look(condition),
        _ => {}
    }
}

/// Whether an operator asks which of two values comes first.
fn is_order(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual)
}

/// Whether an operator cannot work between these kinds whatever the values are.
fn clash(op: BinaryOp, left: Kinds, right: Kinds) -> bool {
    let mut never = Kinds::of(&[Kind::Bool, Kind::List, Kind::Map, Kind::Collection, Kind::File]);
    let moments = Kinds::of(&[Kind::DateTime, Kind::Time]);
    let all = |kinds: Kinds, set: Kinds| kinds != Kinds::NONE && within(kinds, set);
    if is_order(op) {
        // Dates and numbers are never before or after each other.
        let apart = |a, b| all(a, moments) && all(b, Kinds::NUMERIC);
        return all(left, never) || all(right, never) || apart(left, right) || apart(right, left);
    }
    never = never.or(Kind::Text.into());
    if op != BinaryOp::Subtract {
        never = never.or(moments);
    }
    all(left, never) || all(right, never)
}
