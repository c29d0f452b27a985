//! Finds operators between kinds of value that they do not take.

use crate::kinds::{apart, within};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, Stmt, StmtKind};
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
        _ => return,
    };
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

/// Whether an operator cannot work between these kinds whatever the values are.
fn clash(op: BinaryOp, left: Kinds, right: Kinds) -> bool {
    let mut never = Kinds::of(&[Kind::Text, Kind::Bool, Kind::List, Kind::Map, Kind::Collection, Kind::File]);
    if op != BinaryOp::Subtract {
        never = never.or(Kinds::of(&[Kind::DateTime, Kind::Time]));
    }
    let cannot = |kinds: Kinds| kinds != Kinds::NONE && within(kinds, never);
    cannot(left) || cannot(right)
}
