//! Finds tests of fetched records against null, which they never are.

use crate::call::parts;
use crate::hash::HashSet;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
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
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let mut tests = Vec::new();
    for expr in &body.exprs {
        let Some((side, sign, answer)) = compared(expr).or_else(|| asked(expr)) else { continue };
        if let Some(name) = records(body, side) {
            tests.push((expr.span, name, sign, answer));
        } else if is_query(side) && !body.in_criteria(expr.span) {
            let fix = format!("{}.count() {sign} 0", script.text(bare(side).span));
            let message = format!("A query gives records and is never null: this is always {answer}");
            found.push(LINT.at(expr.span, message).with_fix(expr.span, fix));
        }
    }
    if tests.is_empty() {
        return;
    }
    let counted = counted(body);
    // A script that counts them as well comes to no harm.
    for (span, name, sign, answer) in tests.into_iter().filter(|(_, name, ..)| !counted.contains(name)) {
        let message = format!("{name} holds records and is never null: this is always {answer}");
        found.push(LINT.at(span, message).with_fix(span, format!("{name}.count() {sign} 0")));
    }
}

/// What a comparison with null compares, the sign that asks for the count, and the answer that it always gives.
fn compared(expr: &Expr) -> Option<(&Expr, &'static str, &'static str)> {
    let ExprKind::Binary { op, left, right, .. } = &expr.kind else { return None };
    let (sign, answer) = match op {
        BinaryOp::Equal | BinaryOp::Is => ("==", "false"),
        BinaryOp::NotEqual | BinaryOp::IsNot => (">", "true"),
        _ => return None,
    };
    match (&bare(left).kind, &bare(right).kind) {
        (ExprKind::Null, _) => Some((right, sign, answer)),
        (_, ExprKind::Null) => Some((left, sign, answer)),
        _ => None,
    }
}

/// The same for a call of `isNull`.
fn asked(expr: &Expr) -> Option<(&Expr, &'static str, &'static str)> {
    let (name, object, args) = parts(expr)?;
    let value = object.or(args.first().map(|arg| &arg.value))?;
    name.name.eq_ignore_ascii_case("isNull").then_some((value, "==", "false"))
}

/// Whether an expression fetches records.
fn is_query(expr: &Expr) -> bool {
    matches!(&bare(expr).kind, ExprKind::Query(query) if query.field.is_none())
}

/// The variable, when all that it holds are fetched records.
fn records<'t>(body: &FunctionBody<'_>, expr: &'t Expr) -> Option<&'t str> {
    let ExprKind::Name(name) = &bare(expr).kind else { return None };
    is_query(body.only_value(name)?).then_some(name.as_str())
}

/// Whether an expression gives records that were fetched.
pub(super) fn is_fetched(body: &FunctionBody<'_>, expr: &Expr) -> bool {
    is_query(expr) || records(body, expr).is_some()
}

/// The variables that are asked how many records they hold.
fn counted<'t>(body: &FunctionBody<'t>) -> HashSet<&'t str> {
    let counted = |expr: &'t Expr| match parts(expr) {
        Some((method, Some(Expr { kind: ExprKind::Name(name), .. }), _)) => {
            let counts = ["count", "size", "isempty"].iter().any(|ask| method.name.eq_ignore_ascii_case(ask));
            counts.then_some(name.as_str())
        }
        _ => None,
    };
    body.exprs.iter().filter_map(|expr| counted(expr)).collect()
}
