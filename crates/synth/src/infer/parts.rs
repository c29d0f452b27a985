//! What a script consists of: the names of a function, and all expressions and statements.

use std::collections::{HashMap, HashSet};

use rainwright_syntax::ast::{Expr, ExprKind, Stmt, StmtKind};
use rainwright_syntax::visit::{Visit, walk_expr, walk_stmt};

/// The names that statements assign and read.
#[derive(Default)]
pub(super) struct Names {
    pub(super) assigned: HashSet<String>,
    pub(super) read: HashMap<String, usize>,
}

impl<'t> Visit<'t> for Names {
    fn stmt(&mut self, stmt: &'t Stmt) {
        match &stmt.kind {
            StmtKind::Assign(assign) => {
                if let ExprKind::Name(name) = &assign.target.kind {
                    self.assigned.insert(name.to_string());
                }
            }
            StmtKind::ForEach(each) => {
                self.assigned.insert(each.variable.name.to_string());
            }
            StmtKind::Try { error, .. } => {
                self.assigned.insert(error.name.to_string());
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'t Expr) {
        if let ExprKind::Name(name) = &expr.kind {
            *self.read.entry(name.to_string()).or_default() += 1;
        }
        walk_expr(self, expr);
    }
}

/// Collects expressions and statements.
#[derive(Default)]
pub(super) struct Every<'t> {
    pub(super) exprs: Vec<&'t Expr>,
    pub(super) stmts: Vec<&'t Stmt>,
}

impl<'t> Visit<'t> for Every<'t> {
    fn expr(&mut self, expr: &'t Expr) {
        self.exprs.push(expr);
        walk_expr(self, expr);
    }

    fn stmt(&mut self, stmt: &'t Stmt) {
        self.stmts.push(stmt);
        walk_stmt(self, stmt);
    }
}
