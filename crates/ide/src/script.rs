//! A script as the lints see it: its functions, its bodies, and what their variables hold.

use crate::Options;
use crate::kinds::{declared, infer};
use rainwright_syntax::ast::{Expr, ExprKind, Function, Ident, Item, Stmt, StmtKind, Tree};
use rainwright_syntax::visit::{Visit, walk_expr, walk_stmt};
use rainwright_value::{Kind, Kinds};
use std::collections::HashMap;

/// A script with what is known about it.
pub(crate) struct Script<'t> {
    pub(crate) options: &'t Options,
    /// Its functions by their last name.
    functions: HashMap<&'t str, &'t Function>,
    pub(crate) bodies: Vec<Body<'t>>,
    /// Whether it belongs to a form: then any bare name may be a field.
    pub(crate) has_form: bool,
}

/// The statements of one function, or the bare statements of the file.
pub(crate) struct Body<'t> {
    pub(crate) function: Option<&'t Function>,
    pub(crate) statements: Vec<&'t Stmt>,
    /// Every statement and every expression, outer ones first: each lint goes through them.
    every_stmt: Vec<&'t Stmt>,
    every_expr: Vec<&'t Expr>,
    /// The kinds that each variable is given anywhere in the body.
    pub(crate) variables: HashMap<&'t str, Kinds>,
}

impl<'t> Script<'t> {
    pub(crate) fn new(tree: &'t Tree, options: &'t Options) -> Self {
        let mut functions = HashMap::new();
        let mut bare = Vec::new();
        let mut bodies = Vec::new();
        for item in &tree.items {
            match item {
                Item::Statement(stmt) => bare.push(stmt),
                Item::Function(function) => {
                    if let Some(name) = function.path.last() {
                        functions.insert(name.name.as_str(), function);
                    }
                    bodies.push(Body::new(Some(function), function.body.statements.iter().collect()));
                }
            }
        }
        bodies.push(Body::new(None, bare));
        let mut script = Self { options, functions, bodies, has_form: options.profile.forms };
        script.has_form |= script.bodies.iter().any(Body::uses_form);
        for at in 0..script.bodies.len() {
            let variables = script.assigned(&script.bodies[at]);
            script.bodies[at].variables = variables;
        }
        script
    }

    /// The function of this file that a call means.
    pub(crate) fn function(&self, name: &str) -> Option<&'t Function> {
        self.functions.get(name).copied()
    }

    /// Names of all functions of this file.
    pub(crate) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().copied()
    }

    fn assigned(&self, body: &Body<'t>) -> HashMap<&'t str, Kinds> {
        let mut variables: HashMap<&str, Kinds> = HashMap::new();
        for param in body.function.iter().flat_map(|f| &f.params) {
            variables.insert(&param.name.name, declared(param.ty.kind).or(Kind::Null.into()));
        }
        // Twice: what a loop assigns at its end is read at its beginning.
        for _ in 0..2 {
            body.stmts(&mut |stmt| {
                let (name, kinds): (&str, Kinds) = match &stmt.kind {
                    StmtKind::Assign(assign) => match &assign.target.kind {
                        ExprKind::Name(name) if assign.op.is_none() => (name, infer(self, &variables, &assign.value)),
                        ExprKind::Name(name) => (name, Kinds::ANY),
                        _ => return,
                    },
                    StmtKind::ForEach(each) if each.index => (&each.variable.name, Kind::Number.into()),
                    StmtKind::ForEach(each) => (&each.variable.name, Kinds::ANY),
                    StmtKind::Try { error, .. } => (&error.name, Kinds::ANY),
                    _ => return,
                };
                let known = variables.get(name).copied().unwrap_or(Kinds::NONE);
                variables.insert(name, known.or(kinds));
            });
        }
        variables
    }
}

impl<'t> Body<'t> {
    fn new(function: Option<&'t Function>, statements: Vec<&'t Stmt>) -> Self {
        let mut every = Every::default();
        statements.iter().for_each(|stmt| every.stmt(stmt));
        Self { function, statements, every_stmt: every.stmts, every_expr: every.exprs, variables: HashMap::new() }
    }

    /// Calls `f` for every statement, outer ones first.
    pub(crate) fn stmts(&self, f: &mut dyn FnMut(&'t Stmt)) {
        self.every_stmt.iter().for_each(|stmt| f(stmt));
    }

    /// Calls `f` for every expression, outer ones first.
    pub(crate) fn exprs(&self, f: &mut dyn FnMut(&'t Expr)) {
        self.every_expr.iter().for_each(|expr| f(expr));
    }

    /// What an expression can be.
    pub(crate) fn kinds(&self, script: &Script<'_>, expr: &Expr) -> Kinds {
        infer(script, &self.variables, expr)
    }

    fn uses_form(&self) -> bool {
        let mut found = false;
        self.stmts(&mut |stmt| {
            found |= matches!(
                stmt.kind,
                StmtKind::Field { .. }
                    | StmtKind::FieldUi { .. }
                    | StmtKind::Cancel(_)
                    | StmtKind::Alert { .. }
                    | StmtKind::SuccessMessage(_)
                    | StmtKind::Delete(_)
                    | StmtKind::Markup(_)
                    | StmtKind::Output(_)
            );
        });
        self.exprs(&mut |expr| {
            found |= match &expr.kind {
                ExprKind::Query(_) | ExprKind::Insert(_) => true,
                ExprKind::Name(name) => matches!(name.as_str(), "input" | "row" | "old" | "thisapp"),
                _ => false,
            };
        });
        found
    }
}

/// Collects statements and expressions.
#[derive(Default)]
struct Every<'t> {
    stmts: Vec<&'t Stmt>,
    exprs: Vec<&'t Expr>,
}

impl<'t> Visit<'t> for Every<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        self.stmts.push(stmt);
        walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'t Expr) {
        self.exprs.push(expr);
        walk_expr(self, expr);
    }
}

/// The parts of a dotted name, if the expression is nothing else: `zoho.currentdate`.
pub(crate) fn path(expr: &Expr) -> Option<Vec<&str>> {
    match &expr.kind {
        ExprKind::Name(name) => Some(vec![name]),
        ExprKind::Member { object, name } => {
            let mut parts = path(object)?;
            parts.push(&name.name);
            Some(parts)
        }
        _ => None,
    }
}

/// The whole dotted name of a method call on a path: `zoho.crm.getRecordById`.
pub(crate) fn full_name(object: &Expr, name: &Ident) -> Option<String> {
    let mut parts = path(object)?;
    parts.push(&name.name);
    Some(parts.join("."))
}
