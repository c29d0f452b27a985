//! Finds connections that a task names and that are not in the store.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::Integration;
use rainwright_diagnostic::{Diagnostic, closest};
use rainwright_syntax::ast::{Arg, Expr, ExprKind};
use rainwright_value::{List, Map, Value};

lint! {
    /// A connection is named that is not in the store.
    ///
    /// # Why
    /// The call fails as soon as it is made. Of commands, only `dg check --connections` looks for this, since a script may be
    /// checked on a machine that has no connections; an editor always does.
    ///
    /// # Instead
    /// Correct the name, or make the connection with `dg connect`.
    UnknownConnection, Warning, No;
    bad: "x = invokeurl\n[\n\turl: \"https://example.com\"\n\tconnection: \"mailchimpp\"\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://example.com\"\n\tconnection: \"mailchimp\"\n];\ninfo x;";
    hooks: &[Hook::Task(block), Hook::Call(call)];
}

fn block(script: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    found.extend(connection_of(expr).and_then(|value| unknown(script, value)));
}

fn call(script: &Script<'_>, _: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    if script.options.connections.is_some() {
        found.extend(call.task.and_then(|task| argument(task, call.args)).and_then(|value| unknown(script, value)));
    }
}

fn unknown(script: &Script<'_>, named: &Expr) -> Option<Diagnostic> {
    let known = script.options.connections.as_ref()?;
    let ExprKind::Text(name) = &named.kind else { return None };
    if name.is_empty() || known.iter().any(|k| **k == **name) {
        return None;
    }
    let message = format!("There is no connection '{name}' in the store");
    Some(match closest(name, known.iter().map(String::as_str)) {
        Some(near) => LINT.with_help(named.span, message, format!("Did you mean '{near}'?")),
        None => LINT.with_help(named.span, message, format!("`dg connect SERVICE --link {name}` makes it.")),
    })
}

/// The value of the key `connection` of a block task.
pub(crate) fn connection_of(expr: &Expr) -> Option<&Expr> {
    let ExprKind::Task(task) = &expr.kind else { return None };
    let key = task.entries.iter().find(|entry| entry.key.name.eq_ignore_ascii_case("connection"));
    key.map(|entry| &entry.value)
}

/// The argument of an integration task that names its connection.
pub(crate) fn argument<'t>(task: &Integration, args: &'t [Arg]) -> Option<&'t Expr> {
    place_of(task, "connection", args).and_then(|at| args.get(at)).map(|arg| &arg.value)
}

/// Which argument of an integration task is meant for a parameter.
pub(crate) fn place_of(task: &Integration, parameter: &str, args: &[Arg]) -> Option<usize> {
    let values: Vec<Value> = args.iter().map(|arg| constant(&arg.value)).collect();
    task.argument(parameter, &values)
}

/// What is known of a value before the run: texts as they are, other literals by their kind; null for all else.
fn constant(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Text(text) => Value::from(&**text),
        ExprKind::Number(n) => Value::Number(*n),
        ExprKind::Map(_) => Value::from(Map::default()),
        ExprKind::List { .. } => Value::from(List::default()),
        _ => Value::Null,
    }
}
