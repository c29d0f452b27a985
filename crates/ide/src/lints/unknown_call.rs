//! Finds calls of functions and tasks that nobody defines.

use crate::call::{Call, starts_with_zoho};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::names::{habit, is_account_namespace, is_known_method, near_function, special_function};
use rainwright_builtins::{block_tasks, integrations, method, suggest};
use rainwright_diagnostic::{Diagnostic, Severity, Span, closest};
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_syntax::scope::function_path;
use rainwright_value::{Kind, Kinds};

lint! {
    /// A function or task is called that is not known.
    ///
    /// # Why
    /// Zoho refuses to save it: `Not able to find 'f' function`. Calls such as `standalone.f()` are held to the functions of
    /// the project or the export where all of these are known; elsewhere they are taken as they are.
    ///
    /// # Instead
    /// Correct the name; `dg doc` lists all functions.
    UnknownCall, Error, Suggested;
    bad: "info \"a\".toUppercas();";
    good: "info \"a\".toUpperCase();";
    hooks: &[Hook::Call(check), Hook::Task(task)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(match (&call.qualified, call.object) {
        (Some(full), _) => qualified(script, call, full),
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

fn qualified(script: &Script<'_>, call: &Call<'_>, full: &str) -> Option<Diagnostic> {
    let written = call.name.name.as_str();
    let path = call.object.map_or(call.name.span, |object| object.span.to(call.name.span));
    if full.eq_ignore_ascii_case("console.log") {
        let message = "Not able to find 'console.log' function".to_owned();
        return Some(told(path, message, Some("info".into())));
    }
    if call.task.is_some() || method(full).is_some() || method(written).is_some() {
        return None;
    }
    if !starts_with_zoho(full) {
        return elsewhere(script, call, full, path);
    }
    let near = closest(full, integrations().map(|task| task.name)).map(str::to_owned);
    let mut diagnostic = told(path, format!("Not able to find the task {full}"), near);
    // Zoho has more tasks than it documents.
    diagnostic.severity = Severity::Warning;
    Some(diagnostic)
}

/// A call into a namespace where functions of the project, the application or the account are; only when all are known.
fn elsewhere(script: &Script<'_>, call: &Call<'_>, full: &str, path: Span) -> Option<Diagnostic> {
    let (functions, written) = (&script.options.functions, call.name.name.as_str());
    let (first, _) = full.split_once('.')?;
    let is_known = call.own.is_some() || functions.defines(written) || is_known_method(written);
    let of_script = || script.functions().iter().map(|function| function_path(function));
    let starts_so = |name: &str| name.split_once('.').is_some_and(|(namespace, _)| namespace == first);
    let is_own = first == "thisapp" || functions.has_namespace(first) || of_script().any(|name| starts_so(&name));
    if is_known || !functions.is_complete() || !(is_own || is_account_namespace(first)) {
        return None;
    }
    let names: Vec<String> = functions.paths().iter().cloned().chain(of_script()).collect();
    let (prefix, short) = full.strip_prefix("thisapp.").map_or(("", full), |short| ("thisapp.", short));
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let near = script.nearest.closest(short, names.iter().map(String::as_str)).map(str::to_owned).or_else(|| {
        let lasts: Vec<String> = names.iter().map(|name| last(name)).collect();
        let near = script.nearest.closest(written, lasts.iter().map(String::as_str))?;
        names.iter().find(|name| last(name) == near).cloned()
    });
    let near = near.map(|near| format!("{prefix}{near}"));
    let is_near = near.is_some();
    let mut diagnostic = told(path, format!("Not able to find '{full}' function"), near);
    if !is_near {
        let help = "No file with functions defines it: correct the name, or add its file to the project's functions.";
        diagnostic.problem = diagnostic.problem.with_help(help);
    }
    if !is_own {
        // The account may keep functions under this namespace that nobody has copied to the project.
        diagnostic.severity = Severity::Warning;
    }
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

/// What is said of a name at a place, and the name that can be put there when another one was probably meant.
fn told(span: Span, message: String, near: Option<String>) -> Diagnostic {
    let Some(near) = near else { return LINT.at(span, message) };
    let diagnostic = LINT.with_help(span, message, format!("Did you mean {near}?"));
    let is_name = near.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if is_name { diagnostic.with_fix(span, near) } else { diagnostic }
}
