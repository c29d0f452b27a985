//! Walks a tree: every statement and expression, from the outside in, in the order of the source.

use crate::ast::{Arg, Attachment, Block, Expr, ExprKind, Function, Item, Query, Stmt, StmtKind, Tree, deep};

/// Receives each node. The default of each method walks on to what is inside; your own calls `walk_…` to go on.
pub trait Visit<'t> {
    /// A function.
    fn function(&mut self, function: &'t Function) {
        self.block(&function.body);
    }

    /// The statements between braces.
    fn block(&mut self, block: &'t Block) {
        for stmt in &block.statements {
            self.stmt(stmt);
        }
    }

    /// A statement.
    fn stmt(&mut self, stmt: &'t Stmt) {
        walk_stmt(self, stmt);
    }

    /// An expression.
    fn expr(&mut self, expr: &'t Expr) {
        walk_expr(self, expr);
    }
}

/// Walks the functions and statements of a tree.
pub fn walk<'t>(visit: &mut (impl Visit<'t> + ?Sized), tree: &'t Tree) {
    for item in &tree.items {
        match item {
            Item::Function(function) => visit.function(function),
            Item::Statement(stmt) => visit.stmt(stmt),
        }
    }
}

/// Walks what is inside a statement.
pub fn walk_stmt<'t>(visit: &mut (impl Visit<'t> + ?Sized), stmt: &'t Stmt) {
    match &stmt.kind {
        StmtKind::Expr(e)
        | StmtKind::Return(Some(e))
        | StmtKind::Throw(e)
        | StmtKind::Info(e)
        | StmtKind::SuccessMessage(e)
        | StmtKind::Output(e) => visit.expr(e),
        StmtKind::Assign(assign) => {
            visit.expr(&assign.target);
            visit.expr(&assign.value);
        }
        StmtKind::If { branches, otherwise } => {
            for (condition, block) in branches {
                visit.expr(condition);
                visit.block(block);
            }
            otherwise.iter().for_each(|block| visit.block(block));
        }
        StmtKind::ForEach(each) => {
            visit.expr(&each.iterable);
            visit.block(&each.body);
        }
        StmtKind::While { condition, body } => {
            visit.expr(condition);
            visit.block(body);
        }
        StmtKind::Try { body, handler, .. } => {
            visit.block(body);
            visit.block(handler);
        }
        StmtKind::Alert { field, message } => {
            field.iter().for_each(|field| visit.expr(field));
            visit.expr(message);
        }
        StmtKind::Field { fields, .. } => fields.iter().for_each(|field| visit.expr(field)),
        StmtKind::FieldUi { field, args, .. } => {
            visit.expr(field);
            walk_args(visit, args);
        }
        StmtKind::Delete(query) => walk_query(visit, query),
        StmtKind::Empty
        | StmtKind::Return(None)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Cancel(_)
        | StmtKind::Reload
        | StmtKind::Markup(_)
        | StmtKind::Error => {}
    }
}

/// Walks what is inside an expression.
pub fn walk_expr<'t>(visit: &mut (impl Visit<'t> + ?Sized), expr: &'t Expr) {
    deep(|| match &expr.kind {
        ExprKind::List { items, .. } => items.iter().for_each(|item| visit.expr(item)),
        ExprKind::Map(pairs) => pairs.iter().for_each(|(key, value)| {
            visit.expr(key);
            visit.expr(value);
        }),
        ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } | ExprKind::Member { object: inner, .. } => {
            visit.expr(inner);
        }
        ExprKind::Binary { left, right, .. } => {
            visit.expr(left);
            visit.expr(right);
        }
        ExprKind::Method { object, args, .. } => {
            visit.expr(object);
            walk_args(visit, args);
        }
        ExprKind::Call { args, .. } | ExprKind::TypedList { args, .. } | ExprKind::TypedMap { args, .. } => {
            walk_args(visit, args);
        }
        ExprKind::Task(task) => task.entries.iter().for_each(|entry| visit.expr(&entry.value)),
        ExprKind::Insert(insert) => insert.fields.iter().for_each(|(_, value)| visit.expr(value)),
        ExprKind::Query(query) => walk_query(visit, query),
        ExprKind::Attachments(all) => all.iter().for_each(|one| match one {
            Attachment::File(file) => visit.expr(file),
            Attachment::View { criteria, .. } => criteria.iter().for_each(|c| visit.expr(c)),
            Attachment::Template { record, .. } => record.iter().for_each(|(_, id)| visit.expr(id)),
        }),
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Decimal(_)
        | ExprKind::Text(_)
        | ExprKind::Quoted(_)
        | ExprKind::Name(_)
        | ExprKind::EmptyBraces
        | ExprKind::Period(_)
        | ExprKind::Error => {}
    });
}

fn walk_args<'t>(visit: &mut (impl Visit<'t> + ?Sized), args: &'t [Arg]) {
    for arg in args {
        arg.key.iter().for_each(|key| visit.expr(key));
        visit.expr(&arg.value);
    }
}

fn walk_query<'t>(visit: &mut (impl Visit<'t> + ?Sized), query: &'t Query) {
    query.criteria.iter().for_each(|criteria| visit.expr(criteria));
    if let Some((from, to)) = &query.range {
        visit.expr(from);
        visit.expr(to);
    }
}

impl Stmt {
    /// The blocks right in the statement, in order.
    #[must_use]
    pub fn blocks(&self) -> Vec<&Block> {
        match &self.kind {
            StmtKind::If { branches, otherwise } => branches.iter().map(|(_, block)| block).chain(otherwise).collect(),
            StmtKind::ForEach(each) => vec![&each.body],
            StmtKind::While { body, .. } => vec![body],
            StmtKind::Try { body, handler, .. } => vec![body, handler],
            _ => Vec::new(),
        }
    }
}
