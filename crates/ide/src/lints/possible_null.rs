//! Finds values read from a map that are joined to a text as they are: without the key, the text holds `null`.
//!
//! ```deluge
//! m = {"a":1};
//! info "Dear " + m.get("name");
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};
use rainwright_value::{Kind, Kinds};

pub(super) const LINT: Lint = Lint {
    code: Code::NullInText,
    severity: Severity::Note,
    doc: "A value that may be null is joined to a text.",
    example: "m = {\"a\":1};\ninfo \"Dear \" + m.get(\"name\");",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let mut tested: Vec<String> = Vec::new();
    body.exprs(&mut |expr| {
        if let ExprKind::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, left, right, .. } = &expr.kind
            && (matches!(left.kind, ExprKind::Null) || matches!(right.kind, ExprKind::Null))
        {
            tested.extend(key(left).into_iter().chain(key(right)).map(str::to_owned));
        }
    });
    body.exprs(&mut |expr| {
        let ExprKind::Binary { op: BinaryOp::Add, left, right, .. } = &expr.kind else { return };
        for (side, other) in [(left, right), (right, left)] {
            let Some(key) = key(side) else { continue };
            let joined = body.kinds(script, other) == Kinds::from(Kind::Text);
            if joined && !tested.iter().any(|t| t == key) {
                found.push(LINT.at(side.span, format!("Possible null in concatenation: {key} may be missing")));
            }
        }
    });
}

/// The constant key that an expression reads.
fn key(expr: &Expr) -> Option<&str> {
    let ExprKind::Method { name, args, .. } = &expr.kind else { return None };
    let reads = name.name.eq_ignore_ascii_case("get") || name.name.eq_ignore_ascii_case("getJSON");
    match args.as_slice() {
        [arg] if reads => match &arg.value.kind {
            ExprKind::Text(key) => Some(key),
            _ => None,
        },
        _ => None,
    }
}
