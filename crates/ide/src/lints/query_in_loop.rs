//! Finds queries that a loop repeats.

use super::cost::product;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};

lint! {
    /// A loop fetches records in every turn.
    ///
    /// # Why
    /// Each turn waits for the database, and each statement of a turn counts against the limit on statements.
    ///
    /// # Instead
    /// Fetch all records once before the loop, and keep them in a map by the field that is looked up.
    QueryInLoop, Note, No;
    profile: "zoho-creator";
    bad: "for each order in Orders[ID != 0]\n{\n\tcustomer = Customers[Email == order.Email];\n\tinfo customer.Name;\n}";
    good: "names = Map();\nfor each customer in Customers[ID != 0]\n{\n\tnames.put(customer.Email,customer.Name);\n}\nfor each order in Orders[ID != 0]\n{\n\tinfo names.get(order.Email);\n}";
    hooks: &[Hook::Other(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Query(query) = &expr.kind else { return };
    let Some(around) = body.loop_at(expr.span.start) else { return };
    // A query of a collection that is already there costs nothing.
    let form = query.form.first().map_or("", |part| part.name.as_str());
    if body.variables.contains_key(form) || rainwright_builtins::names::is_form_root(form) {
        return;
    }
    let Some(times) = product(script, body, Some(around)) else { return };
    let head = match &body.loops[around].stmt.kind {
        StmtKind::ForEach(each) => each.iterable.span,
        _ => body.loops[around].body,
    };
    let profile = script.options.profile;
    let limit = profile
        .limits
        .statements
        .map_or_else(String::new, |limit| format!(" {} allows {limit} statements in a run.", profile.title));
    let mut diagnostic =
        LINT.at(expr.span, format!("This query runs for each of {times}")).with_label(head, "once for each of these");
    let help = format!("Fetch the records once before the loop.{limit}");
    diagnostic.problem = diagnostic.problem.with_help(help);
    found.push(diagnostic);
}
