//! Finds the names of a function: which are assigned, and which slot each variable has.

use std::collections::{HashMap, HashSet};

use rainwright_builtins::names::{Meaning, NameScope, meaning};
use rainwright_syntax::ast::{Arg, Block, Expr, ExprKind, Stmt, StmtKind, deep};
use rainwright_syntax::scope::assigned_names;

use super::{Lowerer, World};

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
    for name in assigned_names(body.iter().copied()) {
        walk.assign(name);
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

/// Lowering does not know what the run will be given: every name may be.
impl NameScope for Walk<'_> {
    fn assigns(&self, name: &str) -> bool {
        self.names.assigned.contains(name)
    }

    fn has_namespace(&self, name: &str) -> bool {
        self.world.by_name.has_namespace(name)
    }

    fn is_given(&self, _: &str) -> bool {
        true
    }
}

impl NameScope for Lowerer<'_> {
    fn assigns(&self, name: &str) -> bool {
        self.is_assigned(name)
    }

    fn has_namespace(&self, name: &str) -> bool {
        self.world.by_name.has_namespace(name)
    }

    fn is_given(&self, _: &str) -> bool {
        true
    }
}

impl Lowerer<'_> {
    /// Whether a name is neither a variable that the function assigns nor a word of the language: then the place decides
    /// what it is, unless the run was given a variable of that name.
    pub(crate) fn is_open(&self, name: &str) -> bool {
        !matches!(meaning(name, self), Meaning::Variable | Meaning::Word(_))
    }
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

    fn expr(&mut self, expr: &Expr) {
        deep(|| self.shallow_expr(expr));
    }

    fn shallow_expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) if meaning(name, self).may_hold_value() => self.read(name),
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
