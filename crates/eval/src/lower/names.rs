//! Finds the names of a function: which are assigned, and which slot each variable has.

use std::collections::{HashMap, HashSet};

use rainwright_syntax::ast::{Arg, Block, Expr, ExprKind, Stmt, StmtKind, deep};

use super::World;

/// The names of one function.
pub(crate) struct Names {
    pub(crate) slots: HashMap<String, usize>,
    pub(crate) assigned: HashSet<String>,
}

/// Gives a slot to every parameter, assigned name and name that is read. A parameter says whether it counts as assigned.
pub(crate) fn collect(params: &[(&str, bool)], body: &[&Stmt], world: &World<'_>) -> Names {
    let mut walk = Walk { names: Names { slots: HashMap::new(), assigned: HashSet::new() }, world };
    for (param, assigned) in params {
        if *assigned { walk.assign(param) } else { walk.read(param) }
    }
    for statement in body {
        walk.assignments(statement);
    }
    for statement in body {
        walk.statement(statement);
    }
    walk.names
}

struct Walk<'w> {
    names: Names,
    world: &'w World<'w>,
}

impl Walk<'_> {
    fn read(&mut self, name: &str) {
        if !self.names.slots.contains_key(name) {
            let slot = self.names.slots.len();
            self.names.slots.insert(name.to_owned(), slot);
        }
    }

    fn assign(&mut self, name: &str) {
        self.read(name);
        self.names.assigned.insert(name.to_owned());
    }

    fn assignments(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Assign(assign) => {
                if let ExprKind::Name(name) = &assign.target.kind {
                    self.assign(name);
                }
            }
            StmtKind::ForEach(each) => {
                self.assign(&each.variable.name);
                self.assignments_of(&each.body);
            }
            StmtKind::If { branches, otherwise } => {
                for (_, block) in branches {
                    self.assignments_of(block);
                }
                if let Some(block) = otherwise {
                    self.assignments_of(block);
                }
            }
            StmtKind::While { body, .. } => self.assignments_of(body),
            StmtKind::Try { body, error, handler } => {
                self.assignments_of(body);
                self.assign(&error.name);
                self.assignments_of(handler);
            }
            _ => {}
        }
    }

    fn assignments_of(&mut self, block: &Block) {
        for statement in &block.statements {
            self.assignments(statement);
        }
    }

    fn block(&mut self, block: &Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Expr(e) | StmtKind::Throw(e) | StmtKind::Info(e) | StmtKind::Output(e) => self.expr(e),
            StmtKind::Assign(assign) => {
                self.expr(&assign.target);
                self.expr(&assign.value);
            }
            StmtKind::If { branches, otherwise } => {
                for (condition, block) in branches {
                    self.expr(condition);
                    self.block(block);
                }
                if let Some(block) = otherwise {
                    self.block(block);
                }
            }
            StmtKind::ForEach(each) => {
                self.expr(&each.iterable);
                self.block(&each.body);
            }
            StmtKind::While { condition, body } => {
                self.expr(condition);
                self.block(body);
            }
            StmtKind::Try { body, handler, .. } => {
                self.block(body);
                self.block(handler);
            }
            StmtKind::Return(Some(e)) => self.expr(e),
            StmtKind::Alert { message, .. } => self.expr(message),
            StmtKind::SuccessMessage(message) => self.expr(message),
            StmtKind::FieldUi { args, .. } => self.args(args),
            StmtKind::Delete(query) => self.query(query),
            _ => {}
        }
    }

    fn args(&mut self, args: &[Arg]) {
        for arg in args {
            if let Some(key) = &arg.key {
                self.expr(key);
            }
            self.expr(&arg.value);
        }
    }

    fn query(&mut self, query: &rainwright_syntax::ast::Query) {
        if let Some(criteria) = &query.criteria {
            self.expr(criteria);
        }
        if let Some((from, to)) = &query.range {
            self.expr(from);
            self.expr(to);
        }
    }

    /// Whether a name in front of a dot means a namespace and not a variable.
    fn is_namespace(&self, name: &str) -> bool {
        if self.names.assigned.contains(name) {
            return false;
        }
        name.eq_ignore_ascii_case("zoho")
            || name == "thisapp"
            || self.world.by_name.keys().any(|path| path.split_once('.').is_some_and(|(first, _)| first == name))
    }

    fn expr(&mut self, expr: &Expr) {
        deep(|| self.shallow_expr(expr));
    }

    fn shallow_expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => {
                let word = !self.names.assigned.contains(name.as_str()) && rainwright_builtins::word(name).is_some();
                if !word && !self.is_namespace(name) {
                    self.read(name);
                }
            }
            ExprKind::List { items, .. } => items.iter().for_each(|e| self.expr(e)),
            ExprKind::Map(pairs) => {
                for (key, value) in pairs {
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => self.expr(inner),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Member { object, .. } => self.expr(object),
            ExprKind::Method { object, args, .. } => {
                self.expr(object);
                self.args(args);
            }
            ExprKind::Call { args, .. } | ExprKind::TypedList { args, .. } => self.args(args),
            ExprKind::Task(task) => task.entries.iter().for_each(|entry| self.expr(&entry.value)),
            ExprKind::Insert(insert) => insert.fields.iter().for_each(|(_, e)| self.expr(e)),
            ExprKind::Query(query) => self.query(query),
            _ => {}
        }
    }
}
