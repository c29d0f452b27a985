//! Finds bodies that are sent with GET.

use super::values::{entry, is_request, method_of};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind};

lint! {
    /// A request with the method GET has a body.
    ///
    /// # Why
    /// Servers ignore the body of a GET. A block without `type` is a GET too.
    ///
    /// # Instead
    /// Write `type: POST`, or send the values as `parameters`.
    BodyOnGet, Warning, No;
    bad: "x = invokeurl\n[\n\turl: \"https://example.com/leads\"\n\tbody: {\"name\" : \"Ann\"}\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://example.com/leads\"\n\ttype: POST\n\tbody: {\"name\" : \"Ann\"}\n];\ninfo x;";
    hooks: &[Hook::Task(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Task(task) = &expr.kind else { return };
    if !is_request(task) || method_of(task).as_deref() != Some("GET") {
        return;
    }
    if let Some(body) = entry(task, "body").or_else(|| entry(task, "files")) {
        let why = if entry(task, "type").is_none() { "Without a type this is a GET" } else { "This is a GET" };
        found.push(LINT.at(body.span, format!("{why}, and servers ignore its body")));
    }
}
