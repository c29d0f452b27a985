//! Finds values read from a map that are joined to a text, though the key may be missing.

use super::closed_maps::ClosedMaps;
use super::nulls::Nulls;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::{Diagnostic, Severity, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, StmtKind};
use rainwright_value::{Kind, Kinds};
use std::cell::OnceCell;

lint! {
    /// A value that may be null is joined to a text.
    ///
    /// # Why
    /// A missing key puts the word `null` into the text: "Dear null". In `info` this is harmless and not reported. A value that
    /// is certainly null is a warning everywhere: a variable that never gets another value, a key that its map never has.
    ///
    /// # Instead
    /// Give a default with `ifnull(value,"")`, or test the value first.
    NullInText, Note, No;
    bad: "m = \"{}\".toMap();\ntext = \"Dear \" + m.get(\"name\");\ninfo text;";
    good: "m = \"{}\".toMap();\ntext = \"Dear \" + ifnull(m.get(\"name\"),\"customer\");\ninfo text;";
    hooks: &[];
}

/// Called by the lint for all other uses, which has gathered what is tested.
pub(super) fn check<'t>(script: &Script<'_>, body: &FunctionBody<'t>, nulls: &Nulls<'t>, found: &mut Vec<Diagnostic>) {
    let text = Kinds::from(Kind::Text);
    let logged = |stmt: &&rainwright_syntax::ast::Stmt| match &stmt.kind {
        StmtKind::Info(value) => Some(value.span),
        _ => None,
    };
    let logged: Vec<Span> = body.stmts.iter().filter_map(logged).collect();
    let closed = OnceCell::new();
    let closed = || closed.get_or_init(|| ClosedMaps::of(body));
    for expr in &body.exprs {
        let ExprKind::Binary { op: BinaryOp::Add, left, right, .. } = &expr.kind else { continue };
        let before = logged.partition_point(|span| span.start <= expr.span.start);
        let is_logged = before.checked_sub(1).is_some_and(|at| logged[at].end >= expr.span.end);
        for (side, other) in [(left, right), (right, left)] {
            if body.kinds(script, other) != text {
                continue;
            }
            if let Some(what) = certain(body, nulls, &closed, side) {
                let sure = LINT.at(side.span, format!("{what}: the text gets the word null"));
                found.push(Diagnostic { severity: Severity::Warning, ..sure });
            } else if let Some(name) = nulls.in_text(side).filter(|_| !is_logged) {
                found.push(LINT.at(side.span, format!("Possible null in concatenation: {name} may be missing")));
            }
        }
    }
}

/// Why a value is null whatever happens, if it is. A value that is tested anywhere is not looked at.
fn certain<'t, 'c>(
    body: &FunctionBody<'t>,
    nulls: &Nulls<'t>,
    closed: &dyn Fn() -> &'c ClosedMaps<'t>,
    value: &'t Expr,
) -> Option<String>
where
    't: 'c,
{
    let missing = |expr: &'t Expr| {
        let (map, key) = closed().missing(expr).filter(|(_, key)| !nulls.is_guarded(key))?;
        Some(format!("{map} has no key '{key}'"))
    };
    let value = bare(value);
    let ExprKind::Name(name) = &value.kind else { return missing(value) };
    let writes = body.writes.get(name.as_str()).filter(|_| !body.is_param(name) && !nulls.is_guarded(name))?;
    let is_null = |expr: &Expr| matches!(bare(expr).kind, ExprKind::Null);
    if writes.iter().all(|write| write.value.is_some_and(is_null)) {
        return Some(format!("{name} is null"));
    }
    body.only_value(name).and_then(missing)
}
