//! Finds operators between kinds that they do not take, and conditions that are neither true nor false.
//!
//! Zoho: `In Criteria left expression is of type … and the operator … is not valid`.
//!
//! ```deluge
//! x = "a" - 1;
//! ```

use super::Lint;
use crate::kinds::{apart, within};
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, StmtKind};
use rainwright_value::{Kind, Kinds};

pub(super) const LINT: Lint = Lint {
    code: Code::KindClash,
    severity: Severity::Error,
    doc: "An operator stands between kinds of value that it does not take.",
    example: "x = \"a\" - 1;",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        if let ExprKind::Binary { op, op_span, left, right } = &expr.kind {
            let (l, r) = (body.kinds(script, left), body.kinds(script, right));
            if let Some(sign) = clash(*op, l, r) {
                let message = format!("{sign} does not work between {l} and {r}");
                found.push(
                    LINT.at(*op_span, message)
                        .with_label(left.span, l.to_string())
                        .with_label(right.span, r.to_string()),
                );
            }
        }
    });
    body.stmts(&mut |stmt| {
        let conditions: Vec<&Expr> = match &stmt.kind {
            StmtKind::If { branches, .. } => branches.iter().map(|(condition, _)| condition).collect(),
            StmtKind::While { condition, .. } => vec![condition],
            _ => return,
        };
        for condition in conditions {
            let kinds = body.kinds(script, condition);
            let usable = Kinds::of(&[Kind::Bool, Kind::Text, Kind::Null]);
            if kinds != Kinds::NONE && apart(kinds, usable) {
                found.push(LINT.at(condition.span, format!("A condition is true or false, this is {kinds}")));
            }
        }
    });
}

/// The sign of an operator that cannot work between these kinds whatever the values are.
fn clash(op: BinaryOp, left: Kinds, right: Kinds) -> Option<&'static str> {
    let sign = match op {
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        _ => return None,
    };
    let mut never = Kinds::of(&[Kind::Text, Kind::Bool, Kind::List, Kind::Map, Kind::Collection, Kind::File]);
    if op != BinaryOp::Subtract {
        never = never.or(Kinds::of(&[Kind::DateTime, Kind::Time]));
    }
    let cannot = |kinds: Kinds| kinds != Kinds::NONE && within(kinds, never);
    (cannot(left) || cannot(right)).then_some(sign)
}
