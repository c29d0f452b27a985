//! Finds records that are counted like lists, and lists that are counted like records.

use super::null_records::is_fetched;
use crate::call::parts;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_effect::Holds;

lint! {
    /// Records are counted like the elements of a list, or a list like records.
    ///
    /// # Why
    /// Creator counts fetched records with `count()`, and the value of a lookup of several records, a list of IDs, with
    /// `size()`. The other function works here, and may not work there.
    ///
    /// # Instead
    /// Write `records.count()` and `record.Lookup.size()`.
    RecordCount, Warning, Suggested;
    profile: "zoho-creator";
    bad: "open = Claims[State == \"Open\"];\ninfo open.size();";
    good: "open = Claims[State == \"Open\"];\ninfo open.count();";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    for expr in &body.exprs {
        let Some((method, Some(object), [])) = parts(expr) else { continue };
        let is_called = |name: &str| method.name.eq_ignore_ascii_case(name);
        if is_called("size") && is_fetched(body, object) {
            let message = "Records that were fetched are counted with count()";
            found.push(LINT.at(method.span, message).with_fix(method.span, "count"));
        } else if is_called("count") && !body.in_criteria(expr.span) {
            let field = body.reading.field(script, object).filter(|field| field.holds == Holds::Links);
            if let Some(field) = field {
                let message = format!("'{}' is a list of IDs, which is counted with size()", field.name);
                found.push(LINT.at(method.span, message).with_fix(method.span, "size"));
            }
        }
    }
}
