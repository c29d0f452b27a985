//! Finds criteria that ask whether a lookup of several records contains one.

use crate::call::parts;
use crate::forms::Followed;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_effect::Holds;
use rainwright_syntax::ast::{Expr, Ident};

lint! {
    /// Criteria ask whether a lookup of several records contains one.
    ///
    /// # Why
    /// Creator refuses to save it: `Improper Statement`. Here it asks whether any of the records is that one.
    ///
    /// # Instead
    /// Compare with `==`, which holds when any of the records fits.
    ContainsOfLookup, Warning, Suggested;
    profile: "zoho-creator";
    forms: true;
    bad: "mine = Claim[Watchers.contains(7)];\ninfo mine.count();";
    good: "mine = Claim[Watchers == 7];\ninfo mine.count();";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    if script.options.forms.is_empty() {
        return;
    }
    let asks: Vec<(&Expr, &Ident, &Expr, &Expr)> = body.exprs.iter().filter_map(|expr| contains(body, expr)).collect();
    if asks.is_empty() {
        return;
    }
    for (query, form) in &body.reading.queries {
        let (Some(form), Some(criteria)) = (form, &query.criteria) else { continue };
        let within = |expr: &Expr| criteria.span.start <= expr.span.start && expr.span.end <= criteria.span.end;
        for (expr, method, object, value) in asks.iter().filter(|(expr, ..)| within(expr)) {
            let Some(Followed::Field(field)) = body.reading.left(script, form, object) else { continue };
            if field.holds == Holds::Links {
                let written = format!("{} == {}", script.text(object.span), script.text(value.span));
                let message = format!("'{}' holds several records: == asks whether one of them fits", field.name);
                found.push(LINT.at(method.span, message).with_fix(expr.span, written));
            }
        }
    }
}

/// A call of `contains` within criteria: all of it, its name, what it is asked of, and its argument.
fn contains<'t>(body: &FunctionBody<'_>, expr: &'t Expr) -> Option<(&'t Expr, &'t Ident, &'t Expr, &'t Expr)> {
    let (method, object, [value]) = parts(expr)? else { return None };
    let asks = method.name.eq_ignore_ascii_case("contains") && body.in_criteria(expr.span);
    asks.then_some((expr, method, object?, &value.value))
}
