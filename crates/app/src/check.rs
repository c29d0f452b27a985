//! Checks a whole application: scripts that cannot be read, forms that do not fit together, unknown forms and fields.

use std::collections::HashSet;

use rainwright::{Diagnostic, LineIndex, Problem};
use rainwright_records::{Schema, Table};
use rainwright_syntax::ast::{Expr, ExprKind, Ident, Query, Stmt, StmtKind, Tree};
use rainwright_syntax::visit::{Visit, walk, walk_expr, walk_stmt};

use crate::Application;

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

impl Application {
    /// What is wrong with the application, without running it.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let schema = match Schema::new(self.forms.clone()) {
            Ok(schema) => Some(schema),
            Err(problem) => {
                found.push(of_problem("forms", 0, &problem, true));
                None
            }
        };
        let mut called = HashSet::new();
        for (place, form, source) in self.sources() {
            let parsed = rainwright_syntax::parse(source);
            let lines = LineIndex::new(source);
            for Diagnostic { problem, span, severity, .. } in &parsed.diagnostics {
                let is_error = *severity == rainwright::Severity::Error;
                found.push(of_problem(&place, lines.line(span.start), problem, is_error));
            }
            if let Some(schema) = &schema {
                let own = form.and_then(|form| schema.table(form));
                let mut walker =
                    Walker { schema, own, place: &place, lines: &lines, found: &mut found, called: &mut called };
                walker.tree(&parsed.tree);
            }
        }
        for function in &self.functions {
            let last = function.name.rsplit('.').next().unwrap_or_default();
            if !called.contains(last) {
                let message = format!("No script of the application calls '{}'", function.name);
                found.push(Finding { place: function.name.clone(), line: 0, message, is_error: false });
            }
        }
        for workflow in self.workflows.iter().filter(|w| !w.form.is_empty() && self.form(w.form_name()).is_none()) {
            let message = format!("There is no form '{}'", workflow.form_name());
            found.push(Finding { place: workflow.name.clone(), line: 0, message, is_error: true });
        }
        found
    }

    /// All scripts: their names, the form that they belong to, and their sources.
    fn sources(&self) -> impl Iterator<Item = (String, Option<&str>, &str)> {
        let functions = self.functions.iter().map(|f| (f.name.clone(), None, f.source.as_str()));
        let workflows = self.workflows.iter().flat_map(|workflow| {
            let actions = workflow.actions.iter();
            actions
                .map(move |a| (format!("{} {}", workflow.name, a.event), Some(workflow.form_name()), a.source.as_str()))
        });
        functions.chain(workflows)
    }
}

fn of_problem(place: &str, line: u32, problem: &Problem, is_error: bool) -> Finding {
    let message = format!("{} {}", problem.message, problem.help());
    Finding { place: place.to_owned(), line, message, is_error }
}

struct Walker<'w> {
    schema: &'w Schema,
    own: Option<&'w Table>,
    place: &'w str,
    lines: &'w LineIndex,
    found: &'w mut Vec<Finding>,
    called: &'w mut HashSet<String>,
}

impl Walker<'_> {
    fn tree(&mut self, tree: &Tree) {
        walk(self, tree);
    }

    fn complain(&mut self, at: u32, problem: &Problem) {
        self.found.push(of_problem(self.place, self.lines.line(at), problem, true));
    }

    fn table(&mut self, form: &[Ident]) -> Option<Table> {
        let [name] = form else { return None };
        match self.schema.expect(&name.name) {
            Ok(table) => Some(table.clone()),
            Err(problem) => {
                self.complain(name.span.start, &problem);
                None
            }
        }
    }

    fn field(&mut self, table: &Table, name: &str, at: u32) {
        let first = name.split('.').next().unwrap_or(name);
        if let Err(problem) = table.expect(first) {
            self.complain(at, &problem);
        }
    }

    fn query(&mut self, query: &Query) {
        let Some(table) = self.table(&query.form) else { return };
        for name in query.field.iter().chain(query.sort.iter().map(|(name, _)| name)) {
            self.field(&table, &name.name, name.span.start);
        }
        if let Some(criteria) = &query.criteria {
            self.criteria(&table, criteria);
        }
    }

    /// Left sides of criteria are fields.
    fn criteria(&mut self, table: &Table, expr: &Expr) {
        match &expr.kind {
            ExprKind::Paren(inner) => self.criteria(table, inner),
            ExprKind::Unary { operand, .. } => self.criteria(table, operand),
            ExprKind::Binary { op, left, right, .. } => {
                use rainwright_syntax::ast::BinaryOp::{And, Or};
                if matches!(op, And | Or) {
                    self.criteria(table, left);
                    self.criteria(table, right);
                } else if let Some(name) = first_name(left) {
                    self.field(table, name, left.span.start);
                }
            }
            ExprKind::Method { object, .. } => {
                if let Some(name) = first_name(object) {
                    self.field(table, name, object.span.start);
                }
            }
            _ => {}
        }
    }
}

fn first_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Member { object, .. } => first_name(object),
        _ => None,
    }
}

impl<'t> Visit<'t> for Walker<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        if let StmtKind::Delete(query) = &stmt.kind {
            self.query(query);
        }
        walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Query(query) => self.query(query),
            ExprKind::Insert(insert) => {
                if let Some(table) = self.table(&insert.form) {
                    for (name, _) in &insert.fields {
                        self.field(&table, &name.name, name.span.start);
                    }
                }
            }
            ExprKind::Call { name, .. } => drop(self.called.insert(name.name.to_string())),
            ExprKind::Method { name, .. } => drop(self.called.insert(name.name.to_string())),
            ExprKind::Member { object, name } => {
                let of_form = matches!(&object.kind, ExprKind::Name(root) if matches!(root.as_str(), "input" | "old"));
                if let (true, Some(table)) = (of_form, self.own) {
                    let table = table.clone();
                    self.field(&table, &name.name, name.span.start);
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}
