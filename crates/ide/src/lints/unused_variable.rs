//! Finds variables that are assigned and never read.

use super::values::acts;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Severity};

lint! {
    /// A variable is assigned and never read.
    ///
    /// # Why
    /// Most often another name was meant where it should be read, or the code that needed it is gone. Answers of tasks are
    /// left alone, since Zoho wants them assigned, and so are names that a form or the product reads.
    ///
    /// # Instead
    /// Remove the assignment, or read the variable.
    UnusedVariable, Warning, No;
    bad: "void f(int price)\n{\n\ttax = price * 0.2;\n\tinfo price;\n}";
    good: "void f(int price)\n{\n\ttax = price * 0.2;\n\tinfo price + tax;\n}";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    for (name, writes) in &body.writes {
        if body.is_read(name) || body.is_param(name) || name.starts_with('_') || script.options.gives(name) {
            continue;
        }
        // A loop needs its variable, and a catch does.
        let plain = writes.iter().all(|write| write.adds || write.value.is_some());
        if !plain || writes.iter().filter_map(|write| write.value).any(|value| acts(script, body, value)) {
            continue;
        }
        let Some(first) = writes.first() else { continue };
        let mut diagnostic = LINT.at(first.span, format!("{name} is assigned and never read"));
        // What runs the bare statements of a file may look at their variables.
        if body.function.is_none() {
            diagnostic.severity = Severity::Note;
        }
        found.push(diagnostic);
    }
}
