//! Finds parameters that a function never reads.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::function_kinds;
use rainwright_diagnostic::Diagnostic;

lint! {
    /// A function never reads one of its parameters.
    ///
    /// # Why
    /// Whoever calls the function, or maps fields to it in a workflow, believes that the value matters.
    ///
    /// # Instead
    /// Remove the parameter, or use it.
    UnusedParameter, Note, No;
    bad: "void f(int price,string currency)\n{\n\tinfo price;\n}";
    good: "void f(int price,string currency)\n{\n\tinfo price + currency;\n}";
    hooks: &[Hook::Body(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let Some(function) = body.function.filter(|f| !f.body.statements.is_empty()) else { return };
    // The products decide on these: they are given even if a script does not need them.
    let is_given = |name: &str| function_kinds().any(|kind| kind.variable(name).is_some());
    let what = function.path.last().map_or("the function", |name| name.name.as_str());
    for param in &function.params {
        let name = param.name.name.as_str();
        if !is_given(name) && !name.starts_with('_') && !body.is_read(name) {
            found.push(LINT.at(param.name.span, format!("{what} never reads {name}")));
        }
    }
}
