//! Finds queries that take a range of records in no order.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind};

lint! {
    /// A query takes a range of records without sorting them.
    ///
    /// # Why
    /// Which records come first is not defined, so the range is a different one from day to day.
    ///
    /// # Instead
    /// Add `sort by`.
    RangeWithoutSort, Warning, No;
    profile: "zoho-creator";
    bad: "for each lead in Leads[Status == \"Open\"] range from 1 to 10\n{\n\tinfo lead.Name;\n}";
    good: "for each lead in Leads[Status == \"Open\"] sort by Added_Time range from 1 to 10\n{\n\tinfo lead.Name;\n}";
    hooks: &[Hook::Other(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Query(query) = &expr.kind else { return };
    if let Some((from, to)) = query.range.as_ref().filter(|_| query.sort.is_empty()) {
        found.push(LINT.at(from.span.to(to.span), "This range is taken from records in no order"));
    }
}
