//! Finds variables that are read where nothing can have assigned them.
//!
//! Scripts of a form see its fields, so nothing is said there. Bare statements may get arguments: only a name close to an
//! assigned one counts, unless the kind of the function is known.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script, root};
use rainwright_builtins::{Params, word};
use rainwright_diagnostic::{Diagnostic, Severity};
use rainwright_syntax::ast::{Expr, ExprKind, Query, Stmt, StmtKind};
use rainwright_syntax::visit::{Visit, walk_expr, walk_stmt};
use std::collections::HashSet;

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

/// Names that a product or the language gives, without a row of their own.
const NAMESPACES: &[&str] = &["zoho", "thisapp", "standalone", "automation", "button", "schedule"];
/// Variables of form events.
const EVENT: &[&str] = &["input", "row", "old"];

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let mut reader = Reader {
        script,
        body,
        assigned: body.function.iter().flat_map(|f| &f.params).map(|p| p.name.name.as_str()).collect(),
        loops: 0,
        told: HashSet::new(),
        found,
    };
    if !script.has_form {
        body.statements.iter().for_each(|stmt| reader.stmt(stmt));
    }
}

/// Reads a body in the order of its source and knows what has been assigned so far.
struct Reader<'c, 't> {
    script: &'c Script<'c>,
    body: &'c FunctionBody<'t>,
    assigned: HashSet<&'c str>,
    loops: usize,
    told: HashSet<&'c str>,
    found: &'c mut Vec<Diagnostic>,
}

impl<'c> Reader<'c, '_> {
    fn read(&mut self, name: &'c str, expr: &Expr) {
        let options = self.script.options;
        let known = self.assigned.contains(name)
            || (self.loops > 0 && self.body.variables.contains_key(name))
            || word(name).is_some()
            || NAMESPACES.iter().any(|space| space.eq_ignore_ascii_case(name))
            // Without a kind, what the products give to events of forms counts everywhere.
            || (options.kind.is_none() && EVENT.iter().any(|given| given.eq_ignore_ascii_case(name)))
            || options.gives(name);
        if known || !self.told.insert(name) {
            return;
        }
        let assigned = self.body.variables.keys().copied().filter(|v| self.assigned.contains(v));
        let near = self.script.nearest.closest(name, assigned);
        // A handler without parameters gets what its kind gets, and nothing else.
        let handler = options.kind.is_some_and(|kind| kind.params == Params::None);
        let certain = self.body.function.is_some() || handler;
        if !certain && near.is_none_or(|near| is_numbered(name) != is_numbered(near)) {
            return;
        }
        let mut diagnostic = LINT.at(expr.span, format!("Variable '{name}' is not defined"));
        if !certain {
            diagnostic.severity = Severity::Warning;
        }
        if let Some(near) = near {
            diagnostic.problem = diagnostic.problem.with_help(format!("Did you mean {near}?"));
            diagnostic = diagnostic.with_fix(expr.span, near);
        }
        self.found.push(diagnostic);
    }

    fn query(&mut self, query: &'c Query) {
        // Names in criteria are fields; only the right sides are read, and they may be fields as well.
        if let Some((from, to)) = &query.range {
            self.expr(from);
            self.expr(to);
        }
    }
}

impl<'c> Visit<'c> for Reader<'c, '_> {
    fn stmt(&mut self, stmt: &'c Stmt) {
        match &stmt.kind {
            StmtKind::Assign(assign) => {
                self.expr(&assign.value);
                match &assign.target.kind {
                    ExprKind::Name(name) => {
                        if assign.op.is_some() {
                            self.read(name, &assign.target);
                        }
                        self.assigned.insert(name);
                    }
                    _ => self.expr(&assign.target),
                }
            }
            StmtKind::ForEach(each) => {
                self.expr(&each.iterable);
                self.assigned.insert(&each.variable.name);
                self.loops += 1;
                self.block(&each.body);
                self.loops -= 1;
            }
            StmtKind::While { .. } => {
                self.loops += 1;
                walk_stmt(self, stmt);
                self.loops -= 1;
            }
            StmtKind::Try { body, error, handler } => {
                self.block(body);
                self.assigned.insert(&error.name);
                self.block(handler);
            }
            StmtKind::Field { .. } | StmtKind::FieldUi { .. } | StmtKind::Alert { .. } => {}
            StmtKind::Delete(query) => self.query(query),
            _ => walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &'c Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.read(name, expr),
            ExprKind::Query(query) => self.query(query),
            // A namespace in front of a function, or a form in front of its method, is no variable.
            ExprKind::Method { object, args, .. } => {
                match root(object) {
                    Some(root)
                        if !self.body.variables.contains_key(root)
                            && (!is_value(object) || self.script.is_namespace(root)) => {}
                    _ => self.expr(object),
                }
                for arg in args {
                    self.expr(&arg.value);
                }
            }
            ExprKind::Task(task) => {
                let row = self.script.options.tasks.block_task(&task.name.name);
                let keys = row.map_or(&[][..], |row| row.keys);
                for entry in &task.entries {
                    let key = keys.iter().find(|k| k.name.eq_ignore_ascii_case(&entry.key.name));
                    let bare = matches!(entry.value.kind, ExprKind::Name(_));
                    if !(bare && key.is_none_or(|k| !k.constants.is_empty())) {
                        self.expr(&entry.value);
                    }
                }
            }
            _ => walk_expr(self, expr),
        }
    }
}

/// Whether a name ends like an ID or a number: `contactId` beside `contacts`, `date1` beside `date` is no typing error.
fn is_numbered(name: &str) -> bool {
    name.ends_with(|c: char| c.is_ascii_digit()) || name.to_ascii_lowercase().ends_with("id")
}

/// Whether a method is called on a plain name, which then must hold a value: `totl.round(2)`.
fn is_value(object: &Expr) -> bool {
    let ExprKind::Name(name) = &object.kind else { return false };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && !super::unknown_call::is_namespace(name)
}
