//! Finds fields that a form does not have, on the way of any path as well.

use crate::forms::{Followed, KnownForms, conditions, own_form};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, root};
use rainwright_builtins::word;
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_effect::FormFacts;
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};

lint! {
    /// A field is named that the form does not have.
    ///
    /// # Why
    /// Zoho refuses to save it, and a run stops there: `The form 'Claim' has no field 'Stat'`.
    ///
    /// # Instead
    /// Correct the name: it is the field's link name, not the one that people see.
    UnknownField, Error, Suggested;
    profile: "zoho-creator";
    forms: true;
    bad: "open = Claim[State == \"Open\"];\ninfo open.Amont;";
    good: "open = Claim[State == \"Open\"];\ninfo open.Amount;";
    hooks: &[Hook::Body(check)];
}

/// What the product itself puts on a form.
const GIVEN: &[&str] = &["Blueprint", "ID"];

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let forms = &*script.options.forms;
    if forms.is_empty() {
        return;
    }
    let mut finder = Finder { script, body, forms, found };
    finder.queries();
    finder.expressions();
    finder.statements();
}

struct Finder<'c, 't> {
    script: &'c Script<'t>,
    body: &'c FunctionBody<'t>,
    forms: &'t KnownForms,
    found: &'c mut Vec<Diagnostic>,
}

impl<'t> Finder<'_, 't> {
    fn complain(&mut self, form: &FormFacts, name: &str, span: Span) {
        let message = format!("The form '{}' has no field '{name}'", form.name);
        let known = form.fields.iter().map(|field| field.name.as_str());
        self.found.push(match self.script.nearest.closest(name, known) {
            Some(near) => LINT.with_help(span, message, format!("Did you mean '{near}'?")).with_fix(span, near),
            None => LINT.at(span, message),
        });
    }

    fn follow(&mut self, form: &'t FormFacts, path: &[(&str, Span)]) {
        if let Followed::Missing { form, name, span } = self.forms.follow(form, path)
            && !GIVEN.iter().any(|given| given.eq_ignore_ascii_case(name))
        {
            self.complain(form, name, span);
        }
    }

    /// Fields in criteria, in the order, and after the brackets.
    fn queries(&mut self) {
        let reading = &self.body.reading;
        for (query, form) in &reading.queries {
            let Some(form) = *form else { continue };
            for (name, _) in &query.sort {
                let steps: Vec<(&str, Span)> = name.name.split('.').map(|part| (part, name.span)).collect();
                self.follow(form, &steps);
            }
            let mut all = Vec::new();
            query.criteria.iter().for_each(|criteria| conditions(criteria, &mut all));
            for condition in all {
                if !self.is_value(condition.left)
                    && let Some(steps) = crate::forms::dotted(condition.left)
                {
                    self.follow(form, &steps);
                }
            }
        }
    }

    /// Whether the left side of a condition is computed by the script rather than a field.
    fn is_value(&self, left: &Expr) -> bool {
        let Some(name) = root(left) else { return true };
        matches!(name, "input" | "old" | "row" | "zoho" | "thisapp")
            || self.body.variables.contains_key(name)
            || word(name).is_some()
            || self.script.options.gives(name)
    }

    /// Whether a path begins at the form on screen, or at a variable that holds records.
    fn is_record(&self, path: &Expr) -> bool {
        root(path).is_some_and(|name| matches!(name, "input" | "old") || self.body.reading.holds_records(name))
    }

    fn expressions(&mut self) {
        let reading = &self.body.reading;
        for expr in &self.body.exprs {
            match &expr.kind {
                // In criteria a bare name is a field of the form that is looked through: that is said already.
                ExprKind::Member { .. } if self.body.in_criteria(expr.span) && !self.is_record(expr) => {}
                ExprKind::Member { name, .. } => {
                    // Each path is complained of once: at the step that goes wrong.
                    if let Some((form, steps)) = reading.path(self.script, expr)
                        && let Followed::Missing { span, .. } = self.forms.follow(form, &steps)
                        && span == name.span
                    {
                        self.follow(form, &steps);
                    }
                }
                ExprKind::Query(query) => {
                    if let (Some(field), Some(form)) = (&query.field, reading.form_of(self.script, query)) {
                        self.follow(form, &[(field.name.as_str(), field.span)]);
                    }
                }
                ExprKind::Insert(insert) => {
                    let Some(form) = insert.form.last().and_then(|name| self.forms.form(&name.name)) else { continue };
                    for (name, _) in &insert.fields {
                        let steps: Vec<(&str, Span)> = name.name.split('.').map(|part| (part, name.span)).collect();
                        self.follow(form, &steps[..1]);
                    }
                }
                _ => {}
            }
        }
    }

    /// `hide F;` and the like.
    fn statements(&mut self) {
        let Some(form) = own_form(self.script) else { return };
        for stmt in &self.body.stmts {
            let fields: &[Expr] = match &stmt.kind {
                StmtKind::Field { fields, .. } => fields,
                StmtKind::FieldUi { field, .. } => std::slice::from_ref(&**field),
                _ => continue,
            };
            for field in fields {
                if let Some(steps) = crate::forms::dotted(field)
                    && !matches!(steps[0].0, "row" | "input" | "old")
                {
                    self.follow(form, &steps);
                }
            }
        }
    }
}
