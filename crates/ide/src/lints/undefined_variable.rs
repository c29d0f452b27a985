//! Finds variables that are read where nothing can have assigned them.
//!
//! Scripts of a form see its fields, so nothing is said there. Bare statements may get arguments: only a name close to an
//! assigned one counts, unless the kind of the function is known.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::Params;
use rainwright_builtins::names::near_variable;
use rainwright_diagnostic::{Diagnostic, Severity, Span};
use rainwright_syntax::scope::{Access, Origin, Scope};

lint! {
    /// A variable is read that nothing has assigned.
    ///
    /// # Why
    /// Zoho refuses to save it: `Variable 'x' is not defined`. At run time the script stops there.
    ///
    /// # Instead
    /// Assign the variable first, or correct its name.
    UndefinedVariable, Error, Suggested;
    bad: "void f()\n{\n\tinfo totl;\n}";
    good: "void f()\n{\n\ttotal = 1;\n\tinfo total;\n}";
    hooks: &[Hook::Body(check)];
}

fn check<'t>(script: &Script<'t>, body: &FunctionBody<'t>, found: &mut Vec<Diagnostic>) {
    // Of a form's script nothing of this is kept.
    if !body.reads_open || script.options.profile.forms {
        return;
    }
    let scope = script.scope(body);
    for variable in scope.variables.iter().filter(|variable| variable.origin != Origin::Given) {
        let reads = |access: Access| matches!(access, Access::Read | Access::Update);
        if let Some(first) = variable.uses.iter().find(|one| !one.assigned && reads(one.access)) {
            found.extend(undefined(script, body, &scope, &variable.name, first.span));
        }
    }
}

fn undefined(
    script: &Script<'_>,
    body: &FunctionBody<'_>,
    scope: &Scope,
    name: &str,
    span: Span,
) -> Option<Diagnostic> {
    let options = script.options;
    let assigned = scope.variables.iter().filter(|v| v.definition().is_some_and(|place| place.start < span.start));
    let assigned = assigned.map(|variable| variable.name.as_str());
    // A handler without parameters gets what its kind gets, and nothing else.
    let handler = options.kind.is_some_and(|kind| kind.params == Params::None);
    let certain = body.function.is_some() || handler;
    // A name that the caller may give is only doubtful beside one of the script's own.
    let given = if certain { options.given() } else { Vec::new() };
    let near = near_variable(&script.nearest, name, assigned, given);
    if !certain && near.is_none_or(|near| is_numbered(name) != is_numbered(near)) {
        return None;
    }
    let mut diagnostic = LINT.at(span, format!("Variable '{name}' is not defined"));
    if !certain {
        diagnostic.severity = Severity::Warning;
    }
    if let Some(near) = near {
        diagnostic.problem = diagnostic.problem.with_help(format!("Did you mean {near}?"));
        diagnostic = diagnostic.with_fix(span, near);
    }
    Some(diagnostic)
}

/// Whether a name ends like an ID or a number: `contactId` beside `contacts`, `date1` beside `date` is no typing error.
fn is_numbered(name: &str) -> bool {
    name.ends_with(|c: char| c.is_ascii_digit()) || name.to_ascii_lowercase().ends_with("id")
}
