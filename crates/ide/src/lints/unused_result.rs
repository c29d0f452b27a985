//! Finds results of own functions that are dropped, and values taken from functions that have none.
//!
//! Zoho: `f function needs to be assigned to a variable`, `f function cant be assigned to variable or used in expression`.
//!
//! ```deluge
//! void log(string s) { info s; }
//! x = log("a");
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_builtins::method;
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span};
use rainwright_syntax::ast::{Expr, ExprKind, Ident, StmtKind, TypeKind};
use rainwright_value::Kinds;
use std::collections::HashSet;

pub(super) const LINT: Lint = Lint {
    code: Code::UnusedResult,
    severity: Severity::Warning,
    doc: "A result is dropped, or a value is taken from a function that has none.",
    example: "void log(string s) { info s; }\nx = log(\"a\");",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let mut alone: HashSet<Span> = HashSet::new();
    body.stmts(&mut |stmt| {
        let StmtKind::Expr(e) = &stmt.kind else { return };
        alone.insert(e.span);
        if let Some((name, returns)) = called(script, e)
            && returns != TypeKind::Void
        {
            let mut diagnostic =
                LINT.at(name.span, format!("{} function needs to be assigned to a variable", name.name));
            diagnostic.problem =
                diagnostic.problem.with_help("Its result is dropped here: assign it, or make it void.");
            found.push(diagnostic);
        }
    });
    body.exprs(&mut |expr| {
        if alone.contains(&expr.span) {
            return;
        }
        if let Some((name, TypeKind::Void)) = called(script, expr) {
            let message = format!("{} function cant be assigned to variable or used in expression", name.name);
            let mut diagnostic = LINT.at(name.span, message);
            diagnostic.severity = Severity::Error;
            let help = "It is void and gives no value: call it as a statement of its own.";
            diagnostic.problem = diagnostic.problem.with_help(help);
            found.push(diagnostic);
        } else if let Some((name, object)) = changes(script, body, expr) {
            let mut diagnostic = LINT.at(name.span, format!("{} gives no value", name.name));
            let help = format!("It changes {object} itself: call it as a statement of its own.");
            diagnostic.problem = diagnostic.problem.with_help(help);
            found.push(diagnostic);
        }
    });
}

/// A built-in function without a result, such as `put`, and the variable that it is called on.
fn changes<'e>(script: &Script<'_>, body: &Body<'_>, e: &'e Expr) -> Option<(&'e Ident, &'e str)> {
    let ExprKind::Method { object, name, .. } = &e.kind else { return None };
    let ExprKind::Name(variable) = &object.kind else { return None };
    let kinds = body.kinds(script, object);
    let sure = body.variables.contains_key(variable.as_str()) && kinds != Kinds::ANY && kinds != Kinds::NONE;
    let found = method(&name.name).filter(|_| sure)?;
    let gives_nothing = |kind| found.on(kind).is_some_and(|bound| bound.row.returns == Kinds::NONE);
    kinds.iter().all(gives_nothing).then_some((name, variable.as_str()))
}

/// The own function that an expression calls, with the type of its result.
fn called<'e>(script: &Script<'_>, e: &'e Expr) -> Option<(&'e Ident, TypeKind)> {
    let name = match &e.kind {
        ExprKind::Call { name, .. } => name,
        ExprKind::Method { object, name, .. } if crate::script::path(object).is_some() => name,
        _ => return None,
    };
    let function = script.function(&name.name)?;
    Some((name, function.returns.kind))
}
