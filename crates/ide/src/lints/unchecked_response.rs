//! Finds writes to a service whose answer nobody looks at.

use super::values::{is_request, method_of};
use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};
use rainwright_value::Kinds;

lint! {
    /// A script writes to a service and never looks at the answer.
    ///
    /// # Why
    /// A task does not stop the script when the service refuses: the refusal is its answer. Nobody learns that the record
    /// was not written.
    ///
    /// # Instead
    /// Look at the answer: test its `status` or `code`, or print it with `info` at least.
    UncheckedResponse, Note, No;
    bad: "done = zoho.crm.updateRecord(\"Leads\",\"1001\",{\"City\" : \"Pune\"},{\"trigger\" : {\"workflow\"}});\ninfo \"updated\";";
    good: "done = zoho.crm.updateRecord(\"Leads\",\"1001\",{\"City\" : \"Pune\"},{\"trigger\" : {\"workflow\"}});\nif(done.get(\"status\") == \"error\")\n{\n\tinfo done;\n}";
    hooks: &[Hook::Body(check)];
}

/// One finding for each body: the others are most likely the same habit.
fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let mut places: Vec<Span> = Vec::new();
    for stmt in &body.stmts {
        let value = match &stmt.kind {
            StmtKind::Assign(assign) => match &assign.target.kind {
                ExprKind::Name(name) if !body.is_read(name) => &assign.value,
                _ => continue,
            },
            StmtKind::Expr(value) => value,
            _ => continue,
        };
        places.extend(write(script, body, value));
    }
    if let Some(first) = places.first() {
        let more = match places.len() {
            1 => String::new(),
            2 => ", nor at that of another write".to_owned(),
            n => format!(", nor at those of {} other writes", n - 1),
        };
        found.push(LINT.at(*first, format!("Nothing looks at the answer of this write{more}")));
    }
}

/// Where an expression writes to a service.
fn write<'t>(script: &Script<'t>, body: &FunctionBody<'t>, value: &'t Expr) -> Option<Span> {
    let value = bare(value);
    if let ExprKind::Task(task) = &value.kind {
        let writes = is_request(task) && method_of(task).is_some_and(|method| method != "GET");
        return writes.then_some(task.name.span);
    }
    let call = Call::of(script, body, value)?;
    let task = call.task?;
    // What has no address of its own cannot be refused either.
    let reads = task.method == "GET" || task.path.is_empty();
    let says = task.name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let asks = ["get", "search", "find", "download", "retrieve"].iter().any(|verb| says.starts_with(verb));
    (!reads && !asks && task.returns != Kinds::NONE).then_some(call.name.span)
}
