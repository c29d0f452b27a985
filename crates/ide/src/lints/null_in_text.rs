//! Finds values read from a map that are joined to a text, though the key may be missing.

use super::nulls::Nulls;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{BinaryOp, ExprKind, StmtKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// A value that may be null is joined to a text.
    ///
    /// # Why
    /// A missing key leaves the word `null` in the text: "Dear null". In `info` that is harmless, so nothing is said there.
    ///
    /// # Instead
    /// Give a default with `ifnull(value,"")`, or test the value first.
    NullInText, Note, No;
    bad: "m = \"{}\".toMap();\ntext = \"Dear \" + m.get(\"name\");\ninfo text;";
    good: "m = \"{}\".toMap();\ntext = \"Dear \" + ifnull(m.get(\"name\"),\"customer\");\ninfo text;";
    hooks: &[];
}

/// Called by the lint for all other uses, which has gathered what is tested.
pub(super) fn check(script: &Script<'_>, body: &FunctionBody<'_>, nulls: &Nulls<'_>, found: &mut Vec<Diagnostic>) {
    let text = Kinds::from(Kind::Text);
    let logged = |stmt: &&rainwright_syntax::ast::Stmt| match &stmt.kind {
        StmtKind::Info(value) => Some(value.span),
        _ => None,
    };
    let logged: Vec<Span> = body.stmts.iter().filter_map(logged).collect();
    for expr in &body.exprs {
        let ExprKind::Binary { op: BinaryOp::Add, left, right, .. } = &expr.kind else { continue };
        let before = logged.partition_point(|span| span.start <= expr.span.start);
        if before.checked_sub(1).is_some_and(|at| logged[at].end >= expr.span.end) {
            continue;
        }
        for (side, other) in [(left, right), (right, left)] {
            if let Some(name) = nulls.in_text(side)
                && body.kinds(script, other) == text
            {
                found.push(LINT.at(side.span, format!("Possible null in concatenation: {name} may be missing")));
            }
        }
    }
}
