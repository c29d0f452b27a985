//! Finds connections that a task names and that are not in the store.
//!
//! Said only where the store's connections are given: [`crate::Options::connections`].
//!
//! ```deluge
//! x = invokeurl [ url: "https://example.com" connection: "mailchimpp" ];
//! ```

use super::Lint;
use crate::script::{Body, Script, full_name};
use rainwright_builtins::integration;
use rainwright_diagnostic::{Code, Diagnostic, Severity, closest};
use rainwright_syntax::ast::{Arg, Expr, ExprKind};
use rainwright_value::{List, Map, Value};

pub(super) const LINT: Lint = Lint {
    code: Code::UnknownConnection,
    severity: Severity::Warning,
    doc: "A connection is named that is not in the store.",
    example: "x = invokeurl [ url: \"https://example.com\" connection: \"mailchimpp\" ];",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let Some(known) = &script.options.connections else { return };
    body.exprs(&mut |expr| {
        let named = match &expr.kind {
            ExprKind::Task(task) => {
                let key = task.entries.iter().find(|entry| entry.key.name.eq_ignore_ascii_case("connection"));
                key.map(|entry| &entry.value)
            }
            ExprKind::Method { object, name, args } => full_name(object, name).and_then(|full| argument(&full, args)),
            _ => None,
        };
        let Some(Expr { kind: ExprKind::Text(name), span }) = named else { return };
        if name.is_empty() || known.iter().any(|k| **k == **name) {
            return;
        }
        let mut diagnostic = LINT.at(*span, format!("There is no connection '{name}' in the store"));
        if let Some(near) = closest(name, known.iter().map(String::as_str)) {
            diagnostic.problem = diagnostic.problem.with_help(format!("Did you mean '{near}'?"));
        }
        found.push(diagnostic);
    });
}

/// The argument of an integration task that names its connection.
fn argument<'t>(task: &str, args: &'t [Arg]) -> Option<&'t Expr> {
    let values: Vec<Value> = args.iter().map(|arg| constant(&arg.value)).collect();
    let at = integration(task)?.argument("connection", &values)?;
    args.get(at).map(|arg| &arg.value)
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
