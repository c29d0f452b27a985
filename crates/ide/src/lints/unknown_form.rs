//! Finds forms that the application does not have.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{ExprKind, Ident, StmtKind};

lint! {
    /// A query or an insert names a form that the application does not have.
    ///
    /// # Why
    /// Zoho refuses to save it, and a run stops there: `There is no form 'Clam'`.
    ///
    /// # Instead
    /// Correct the name: it is the form's link name, not the one that people see.
    UnknownForm, Error, Suggested;
    profile: "zoho-creator";
    forms: true;
    bad: "open = Clam[State == \"Open\"];\ninfo open.count();";
    good: "open = Claim[State == \"Open\"];\ninfo open.count();";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    if script.options.forms.is_empty() {
        return;
    }
    let reading = &body.reading;
    let unknown = reading.queries.iter().filter(|(_, form)| form.is_none()).map(|(query, _)| &query.form);
    let inserts = body.exprs.iter().filter_map(|expr| match &expr.kind {
        ExprKind::Insert(insert) => Some(&insert.form),
        _ => None,
    });
    for form in unknown.chain(inserts) {
        // A form of another application has its name in front.
        let [Ident { name, span }] = form.as_slice() else { continue };
        let (name, span) = (name.as_str(), *span);
        let is_variable = body.variables.contains_key(name) || body.is_param(name);
        if !is_variable && script.options.forms.form(name).is_none() {
            found.push(complain(script, name, span));
        }
    }
    for stmt in &body.stmts {
        // A loop may run over any variable: only a name that is nearly that of a form is meant as one.
        if let StmtKind::ForEach(each) = &stmt.kind
            && let ExprKind::Name(name) = &each.iterable.kind
            && !body.variables.contains_key(name.as_str())
            && script.options.forms.form(name).is_none()
            && crate::forms::own_form(script).is_none_or(|form| form.field(name).is_none())
            && script.nearest.closest(name, script.options.forms.names()).is_some()
        {
            found.push(complain(script, name, each.iterable.span));
        }
    }
}

fn complain(script: &Script<'_>, name: &str, span: Span) -> Diagnostic {
    let message = format!("There is no form '{name}'");
    match script.nearest.closest(name, script.options.forms.names()) {
        Some(near) => LINT.with_help(span, message, format!("Did you mean '{near}'?")).with_fix(span, near),
        None => LINT.at(span, message),
    }
}
