//! Checks how the parts of an application fit together: its forms, the forms of its workflows, functions that nobody calls.

mod expression;
mod forms;
mod formulas;
mod settings;
mod texts;
mod views;
mod workflows;

pub use texts::ApplicationText;

use std::collections::HashSet;

use rainwright::Problem;
use rainwright_diagnostic::closest;
use rainwright_records::{Form, SYSTEM, Schema, Storage, WrittenTypes};
use rainwright_syntax::ast::{Expr, ExprKind, Tree};
use rainwright_syntax::visit::{Visit, walk, walk_expr};

use crate::Application;
use crate::when::When;

/// Something that is wrong with an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The script or form.
    pub place: String,
    /// The 1-based line in it; 0 for none.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// Whether scripts cannot run with it.
    pub is_error: bool,
}

/// A script of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationScript<'a> {
    /// The function's name, or the workflow's with its event.
    pub place: String,
    /// The form whose events it serves.
    pub form: Option<&'a str>,
    /// The event, such as `on validate`.
    pub event: Option<&'a str>,
    /// The source.
    pub source: &'a str,
}

impl Application {
    /// How the parts of the application fit together: forms, workflows, functions. What is wrong within its scripts is for a
    /// checker of scripts to say.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Err(problem) = Schema::new(self.forms.clone()) {
            found.push(of_problem("forms", 0, &problem, true));
        }
        for (field, word) in &self.unknown_types {
            found.push(Finding { place: field.clone(), line: 0, message: WrittenTypes::said(word), is_error: false });
        }
        let mut called = HashSet::new();
        for script in self.scripts() {
            let parsed = rainwright_syntax::parse(script.source);
            walk(&mut Calls(&mut called), &parsed.tree);
        }
        for function in &self.functions {
            let last = function.name.rsplit('.').next().unwrap_or_default();
            if !called.contains(last) && !self.texts().any(|text| text.contains(last)) {
                let message = format!("No script of the application calls '{}'", function.name);
                found.push(Finding { place: function.name.clone(), line: 0, message, is_error: false });
            }
        }
        self.check_times(&mut found);
        settings::check(self, &mut found);
        // Lookups of forms that are not there are told of already.
        if let Ok(schema) = Schema::new(self.forms.clone()).or_else(|_| Schema::new(self.forms_without_lookups())) {
            Parts::of(self, schema).check(&mut found);
        }
        found
    }

    /// The forms, without the lookups of forms that are not there.
    fn forms_without_lookups(&self) -> Vec<Form> {
        let mut forms = self.forms.clone();
        for field in forms.iter_mut().flat_map(|form| &mut form.fields) {
            let of_rows = field.fields.iter_mut().map(|row| &mut row.looks_up);
            for lookup in std::iter::once(&mut field.looks_up).chain(of_rows) {
                let is_gone = |to: &str| self.forms.iter().all(|form| !form.name.eq_ignore_ascii_case(to));
                if lookup.as_deref().is_some_and(is_gone) {
                    *lookup = None;
                }
            }
        }
        forms
    }

    /// Schedules whose times nobody can read, or that depend on a field that is not there.
    fn check_times(&self, found: &mut Vec<Finding>) {
        let Ok(engine) = crate::running::engine(self) else { return };
        let schedules = self.workflows.iter().filter(|w| w.kind == "schedule" && !w.inactive && !w.start.is_empty());
        for workflow in schedules {
            let mut say = |message: String| {
                found.push(Finding { place: workflow.name.clone(), line: 0, message, is_error: false });
            };
            if !workflow.zone.is_empty() && engine.clone().timezone(&workflow.zone).is_err() {
                say(format!("There is no time zone '{}'; the schedule runs only when it is called", workflow.zone));
                continue;
            }
            let Some(when) = When::of(workflow, engine.locale()) else {
                say(format!(
                    "'{}' is no time that a schedule can begin at; it runs only when it is called",
                    workflow.start
                ));
                continue;
            };
            let Some(form) = self.form(workflow.form_name()) else {
                if let (Some(field), "") = (when.fields().next(), workflow.form_name()) {
                    say(format!("The schedule depends on '{field}', and has no form whose field that could be"));
                }
                continue;
            };
            let known = |field: &str| {
                form.fields.iter().any(|known| known.name == field) || SYSTEM.iter().any(|(name, _)| *name == field)
            };
            if let Some(field) = when.fields().find(|field| !field.contains('.') && !known(field)) {
                say(format!("The form '{}' has no field '{field}', which the schedule depends on", form.name));
            }
        }
    }

    /// All scripts of functions and workflows.
    pub fn scripts(&self) -> impl Iterator<Item = ApplicationScript<'_>> {
        let functions = self.functions.iter().map(|f| ApplicationScript {
            place: f.name.clone(),
            form: None,
            event: None,
            source: &f.source,
        });
        let workflows = self.workflows.iter().flat_map(|workflow| {
            workflow.actions.iter().map(move |action| ApplicationScript {
                place: format!("{} {}", workflow.name, action.event),
                form: Some(workflow.form_name()).filter(|form| !form.is_empty()),
                event: Some(action.event.as_str()).filter(|_| workflow.kind == "form" && workflow.record != "delete"),
                source: &action.source,
            })
        });
        let pages = self.pages.iter().filter(|page| !page.before.is_empty()).map(|page| ApplicationScript {
            place: format!("page {}", page.name),
            form: None,
            event: None,
            source: &page.before,
        });
        functions.chain(workflows).chain(pages)
    }

    /// What may call functions as well, beside scripts: pages, conditions, formulas, initial values.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let pages = self.pages.iter().map(|page| page.source.as_str());
        let actions = self.workflows.iter().flat_map(|workflow| &workflow.actions);
        let fields = self.forms.iter().flat_map(|form| &form.fields);
        let fields = fields.flat_map(|field| [&field.formula, &field.initial]).filter_map(|text| text.as_deref());
        pages.chain(actions.filter_map(|action| action.condition.as_deref())).chain(fields)
    }
}

impl Finding {
    /// Something that cannot work.
    fn error(place: &str, message: String) -> Self {
        Self { place: place.to_owned(), line: 0, message, is_error: true }
    }

    /// Something that is probably a mistake.
    fn warning(place: &str, message: String) -> Self {
        Self { is_error: false, ..Self::error(place, message) }
    }
}

/// The end of a message about a name that is not known: the name that was probably meant.
fn meant<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    closest(name, known).map(|near| format!(". Did you mean '{near}'?")).unwrap_or_default()
}

/// An application whose forms fit together.
struct Parts<'a> {
    app: &'a Application,
    schema: Schema,
    /// What names in expressions begin with that are no fields: forms, namespaces of functions.
    others: HashSet<String>,
}

impl<'a> Parts<'a> {
    fn of(app: &'a Application, schema: Schema) -> Self {
        let forms = app.forms.iter().map(|form| form.name.clone());
        let spaces = app.functions.iter().filter_map(|f| f.name.split_once('.').map(|(first, _)| first.to_owned()));
        let others = forms.chain(spaces).collect();
        Self { app, schema, others }
    }

    fn check(&self, found: &mut Vec<Finding>) {
        for form in &self.app.forms {
            self.check_fields(&form.name, form, found);
            for field in form.fields.iter().filter(|field| field.storage() == Storage::Rows) {
                let rows = Form { name: field.name.clone(), fields: field.fields.clone(), ..Form::default() };
                self.check_fields(&format!("{}.{}", form.name, field.name), &rows, found);
            }
        }
        workflows::check(self, found);
        views::check(self, found);
    }

    fn check_fields(&self, name: &str, form: &Form, found: &mut Vec<Finding>) {
        forms::check(self, name, form, found);
        formulas::check(self, name, form, found);
    }

    /// What an expression of a form names that is not there, as messages.
    fn unknown(&self, form: &str, tree: &Tree) -> Vec<String> {
        let Some(table) = self.schema.table(form) else { return Vec::new() };
        expression::Around { schema: &self.schema, table, others: &self.others }.unknown(tree)
    }
}

fn of_problem(place: &str, line: u32, problem: &Problem, is_error: bool) -> Finding {
    let message = format!("{} {}", problem.message, problem.help());
    Finding { place: place.to_owned(), line, message, is_error }
}

/// Gathers the names of what is called.
struct Calls<'w>(&'w mut HashSet<String>);

impl<'t> Visit<'t> for Calls<'_> {
    fn expr(&mut self, expr: &'t Expr) {
        if let ExprKind::Call { name, .. } | ExprKind::Method { name, .. } = &expr.kind {
            self.0.insert(name.name.to_string());
        }
        walk_expr(self, expr);
    }
}
