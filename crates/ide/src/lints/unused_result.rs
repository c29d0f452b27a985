//! Finds results of a script's own functions that are dropped, and values taken from functions that have none.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Severity};
use rainwright_syntax::ast::{ExprKind, TypeKind};
use rainwright_value::Kinds;

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
    hooks: &[Hook::Call(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    let name = call.name;
    let returns = call.own.map(|own| own.returns.kind);
    match (body.is_statement(call.expr), returns) {
        (true, Some(kind)) if kind != TypeKind::Void => {
            let message = format!("{} function needs to be assigned to a variable", name.name);
            found.push(LINT.with_help(name.span, message, "Its result is dropped here: assign it, or make it void."));
        }
        (false, Some(TypeKind::Void)) => {
            let message = format!("{} function cant be assigned to variable or used in expression", name.name);
            let help = "It is void and gives no value: call it as a statement of its own.";
            let mut diagnostic = LINT.with_help(name.span, message, help);
            diagnostic.severity = Severity::Error;
            found.push(diagnostic);
        }
        (false, None) => {
            if let Some(object) = changes(body, call) {
                let help = format!("It changes {object} itself: call it as a statement of its own.");
                found.push(LINT.with_help(name.span, format!("{} gives no value", name.name), help));
            }
        }
        _ => {}
    }
}

/// For a built-in function without a result, such as `put`: the variable that it is called on.
fn changes<'t>(body: &FunctionBody<'_>, call: &Call<'t>) -> Option<&'t str> {
    let ExprKind::Name(variable) = &call.object?.kind else { return None };
    let sure = body.variables.contains_key(variable.as_str()) && call.on != Kinds::ANY && call.on != Kinds::NONE;
    let method = call.method.filter(|_| sure)?;
    let gives_nothing = |kind| method.on(kind).is_some_and(|bound| bound.row.returns == Kinds::NONE);
    call.on.iter().all(gives_nothing).then_some(variable)
}
