//! Finds tests of fetched records against null, which they never are.

use crate::call::{Call, parts};
use crate::lints::Hook;
use crate::script::{Body, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};

lint! {
    /// Fetched records are compared with null.
    ///
    /// # Why
    /// `Form[criteria]` gives a collection even when no record fits, so it is never null. The script goes on and stops where
    /// it reads a field of the record that is not there.
    ///
    /// # Instead
    /// Ask `records.count() > 0`, or test a field: `record.ID != null`.
    NullRecords, Warning, Suggested;
    profile: "zoho-creator";
    bad: "lead = Leads[Email == \"ann@example.com\"];\nif(lead != null)\n{\n\tinfo lead.Name;\n}";
    good: "lead = Leads[Email == \"ann@example.com\"];\nif(lead.count() > 0)\n{\n\tinfo lead.Name;\n}";
    hooks: &[Hook::Binary(compared), Hook::Call(asked)];
}

fn compared(_: &Script<'_>, body: &Body<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op, left, right, .. } = &expr.kind else { return };
    let (sign, answer) = match op {
        BinaryOp::Equal | BinaryOp::Is => ("==", "false"),
        BinaryOp::NotEqual | BinaryOp::IsNot => (">", "true"),
        _ => return,
    };
    let side = match (&bare(left).kind, &bare(right).kind) {
        (ExprKind::Null, _) => right,
        (_, ExprKind::Null) => left,
        _ => return,
    };
    if let Some(name) = records(body, side) {
        let message = format!("{name} holds records and is never null: this is always {answer}");
        found.push(LINT.at(expr.span, message).with_fix(expr.span, format!("{name}.count() {sign} 0")));
    }
}

fn asked(_: &Script<'_>, body: &Body<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    if !call.is("isNull") {
        return;
    }
    let value = call.object.or_else(|| call.arg(0));
    if let Some(name) = value.and_then(|value| records(body, value)) {
        let message = format!("{name} holds records and is never null: this is always false");
        found.push(LINT.at(call.expr.span, message).with_fix(call.expr.span, format!("{name}.count() == 0")));
    }
}

/// The variable, when all that it holds are fetched records.
fn records<'t>(body: &Body<'_>, expr: &'t Expr) -> Option<&'t str> {
    let ExprKind::Name(name) = &bare(expr).kind else { return None };
    // A script that counts them as well comes to no harm.
    let counts = |expr: &&Expr| match parts(expr) {
        Some((method, Some(object), _)) => {
            ["count", "size", "isempty"].iter().any(|ask| method.name.eq_ignore_ascii_case(ask))
                && matches!(&object.kind, ExprKind::Name(other) if other == name)
        }
        _ => false,
    };
    if body.exprs.iter().any(|expr| counts(expr)) {
        return None;
    }
    match &bare(body.only_value(name)?).kind {
        ExprKind::Query(query) if query.field.is_none() => Some(name),
        _ => None,
    }
}
