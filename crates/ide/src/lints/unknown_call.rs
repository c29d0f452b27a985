//! Finds calls of functions and tasks that nobody defines.

use crate::call::{Call, starts_with_zoho};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::names::{habit, is_known_method, near_function, special_function};
use rainwright_builtins::{block_tasks, integrations, method, suggest};
use rainwright_diagnostic::{Diagnostic, Severity, Span, closest};
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// A function or task is called that is not known.
    ///
    /// # Why
    /// Zoho refuses to save it: `Not able to find 'f' function`. Calls into a namespace that is not part of this project
    /// are taken as they are.
    ///
    /// # Instead
    /// Correct the name; `dg doc` lists all functions.
    UnknownCall, Error, No;
    bad: "info \"a\".toUppercas();";
    good: "info \"a\".toUpperCase();";
    hooks: &[Hook::Call(check), Hook::Task(task)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(match (&call.qualified, call.object) {
        (Some(full), _) => qualified(call, full),
        (None, Some(_)) => unknown_method(call),
        (None, None) => function(script, call),
    });
}

fn task(script: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Task(task) = &expr.kind else { return };
    let own = &script.options.tasks;
    if own.block_task(&task.name.name).is_none() {
        let near = closest(&task.name.name, block_tasks().chain(own.iter()).map(|row| row.name)).map(str::to_owned);
        found.push(told(task.name.span, format!("Not able to find the task '{}'", task.name.name), near));
    }
}

fn function(script: &Script<'_>, call: &Call<'_>) -> Option<Diagnostic> {
    let written = call.name.name.as_str();
    if call.own.is_some() || call.method.is_some() {
        return None;
    }
    let known = special_function(written, false).is_some() || script.options.functions.defines(written);
    // `Claim()` is a new record of that form.
    if known || (call.args.is_empty() && script.options.forms.form(written).is_some()) {
        return None;
    }
    if written.eq_ignore_ascii_case("info") {
        return Some(LINT.with_help(call.name.span, "info takes one value", "Join the values with +."));
    }
    let near = near_function(&script.nearest, written, script.function_names()).map(str::to_owned);
    Some(told(call.name.span, format!("Not able to find '{written}' function"), near))
}

fn qualified(call: &Call<'_>, full: &str) -> Option<Diagnostic> {
    let written = call.name.name.as_str();
    if full.eq_ignore_ascii_case("console.log") {
        let message = "Not able to find 'console.log' function".to_owned();
        return Some(told(call.expr.span, message, Some("info".into())));
    }
    if !starts_with_zoho(full) || call.task.is_some() || method(full).is_some() || method(written).is_some() {
        return None;
    }
    let near = closest(full, integrations().map(|task| task.name)).map(str::to_owned);
    let mut diagnostic = told(call.expr.span, format!("Not able to find the task {full}"), near);
    // Zoho has more tasks than it documents.
    diagnostic.severity = Severity::Warning;
    Some(diagnostic)
}

/// A method that no kind of value has, or none that this value can be.
fn unknown_method(call: &Call<'_>) -> Option<Diagnostic> {
    let written = call.name.name.as_str();
    let sure = call.on != Kinds::ANY && !call.on.has(Kind::Null);
    match call.method {
        None => {
            if is_known_method(written) {
                return None;
            }
            let kind = call.on.iter().next().filter(|_| sure);
            let near = habit(written).or_else(|| suggest(written, kind)).map(str::to_owned);
            Some(told(call.name.span, format!("Not able to find '{written}' function"), near))
        }
        Some(found) if sure && found.free.is_none() && call.on.iter().all(|kind| found.on(kind).is_none()) => {
            if is_known_method(written) {
                return None;
            }
            let of = call.on.iter().next().and_then(|kind| suggest(written, Some(kind))).map(str::to_owned);
            Some(told(call.name.span, format!("{} has no function {}", call.on, found.name), of))
        }
        Some(_) => None,
    }
}

fn told(span: Span, message: String, near: Option<String>) -> Diagnostic {
    match near {
        Some(near) => LINT.with_help(span, message, format!("Did you mean {near}?")),
        None => LINT.at(span, message),
    }
}
