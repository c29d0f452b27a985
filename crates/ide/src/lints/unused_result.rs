//! Finds results of a script's own functions that are dropped, and values taken from functions that have none.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Diagnostic, Severity, Span};
use rainwright_syntax::ast::{ExprKind, StmtKind, TypeKind};
use rainwright_value::Kinds;
use std::collections::HashSet;

lint! {
    /// The result of a function of the script is dropped, or a value is taken from a function that has none.
    ///
    /// # Why
    /// Zoho refuses to save it: `f function needs to be assigned to a variable`, or `f function cant be assigned to
    /// variable or used in expression`.
    ///
    /// # Instead
    /// Assign the result, or call a void function as a statement of its own.
    UnusedResult, Warning, No;
    bad: "void log(string s)\n{\n\tinfo s;\n}\nx = log(\"a\");\ninfo x;";
    good: "void log(string s)\n{\n\tinfo s;\n}\nlog(\"a\");";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let alone = body.stmts.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::Expr(e) => Some(e.span),
        _ => None,
    });
    let alone: HashSet<Span> = alone.collect();
    for expr in &body.exprs {
        let Some(call) = Call::of(script, body, expr) else { continue };
        let name = call.name;
        let returns = call.own.map(|own| own.returns.kind);
        match (alone.contains(&expr.span), returns) {
            (true, Some(kind)) if kind != TypeKind::Void => {
                let message = format!("{} function needs to be assigned to a variable", name.name);
                let help = "Its result is dropped here: assign it, or make it void.";
                found.push(LINT.with_help(name.span, message, help));
            }
            (false, Some(TypeKind::Void)) => {
                let message = format!("{} function cant be assigned to variable or used in expression", name.name);
                let help = "It is void and gives no value: call it as a statement of its own.";
                let mut diagnostic = LINT.with_help(name.span, message, help);
                diagnostic.severity = Severity::Error;
                found.push(diagnostic);
            }
            (false, None) => {
                if let Some(object) = changes(body, &call) {
                    let help = format!("It changes {object} itself: call it as a statement of its own.");
                    found.push(LINT.with_help(name.span, format!("{} gives no value", name.name), help));
                }
            }
            _ => {}
        }
    }
}

/// For a built-in function without a result, such as `put`: the variable that it is called on.
fn changes<'t>(body: &Body<'_>, call: &Call<'t>) -> Option<&'t str> {
    let ExprKind::Name(variable) = &call.object?.kind else { return None };
    let sure = body.variables.contains_key(variable.as_str()) && call.on != Kinds::ANY && call.on != Kinds::NONE;
    let method = call.method.filter(|_| sure)?;
    let gives_nothing = |kind| method.on(kind).is_some_and(|bound| bound.row.returns == Kinds::NONE);
    call.on.iter().all(gives_nothing).then_some(variable)
}
