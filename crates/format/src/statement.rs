//! Functions and statements, each on lines of its own.

use crate::printer::Printer;
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{
    Assign, BinaryOp, Block, Expr, ExprKind, FieldAction, Function, Item, Stmt, StmtKind, Tree,
};

impl Printer<'_> {
    /// Prints a whole file.
    pub(crate) fn file(&mut self, tree: &Tree) {
        for item in &tree.items {
            match item {
                Item::Function(function) => self.function(function),
                Item::Statement(stmt) => self.stmt(stmt),
            }
        }
    }

    fn function(&mut self, function: &Function) {
        self.line_at(function.span.start, function.body.span.start);
        self.source(function.returns.span);
        self.text(" ");
        self.path(&function.path);
        self.text("(");
        for (i, param) in function.params.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.source(param.ty.span);
            self.text(" ");
            self.text(&param.name.name);
        }
        self.text(")");
        self.block(&function.body);
        self.written(function.span.end);
    }

    /// Prints a block below its head; the line stays open after the closing brace.
    fn block(&mut self, block: &Block) {
        self.line();
        self.text("{");
        self.opened(block.span.start);
        self.indent += 1;
        for stmt in &block.statements {
            self.stmt(stmt);
        }
        self.comments_before(block.span.end);
        self.indent -= 1;
        self.line();
        self.text("}");
        self.opened(block.span.end);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        if matches!(stmt.kind, StmtKind::Empty) {
            return;
        }
        self.line_at(stmt.span.start, self.head_end(stmt));
        match &stmt.kind {
            StmtKind::If { branches, otherwise } => self.branches(branches, otherwise.as_ref()),
            StmtKind::ForEach(each) => {
                self.text(if each.index { "for each index " } else { "for each  " });
                self.text(&each.variable.name);
                self.text(" in ");
                self.expr(&each.iterable);
                self.block(&each.body);
            }
            StmtKind::While { condition, body } => {
                self.text("while(");
                self.expr(condition);
                self.text(")");
                self.block(body);
            }
            StmtKind::Try { body, error, handler } => {
                self.text("try");
                self.block(body);
                self.comments_before(handler.span.start);
                self.line();
                self.text("catch (");
                self.text(&error.name);
                self.text(")");
                self.block(handler);
            }
            simple => {
                self.simple(simple, stmt.span);
                self.text(";");
            }
        }
        self.written(stmt.span.end);
    }

    fn branches(&mut self, branches: &[(Expr, Block)], otherwise: Option<&Block>) {
        for (i, (condition, block)) in branches.iter().enumerate() {
            if i > 0 {
                self.comments_before(block.span.start);
                self.line();
                self.text("else ");
            }
            self.text("if(");
            self.expr(condition);
            self.text(")");
            self.block(block);
        }
        if let Some(block) = otherwise {
            self.comments_before(block.span.start);
            self.line();
            self.text("else");
            self.block(block);
        }
    }

    /// A statement that ends with a semicolon.
    fn simple(&mut self, kind: &StmtKind, span: Span) {
        match kind {
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::Return(None) => self.text("return"),
            StmtKind::Return(Some(e)) => self.word_and("return ", e),
            StmtKind::Break => self.text("break"),
            StmtKind::Continue => self.text("continue"),
            StmtKind::Throw(e) => self.word_and("throw ", e),
            StmtKind::Info(e) => self.word_and("info ", e),
            StmtKind::Alert { field: Some(field), message } => {
                self.word_and("alert(", field);
                self.word_and(",", message);
                self.text(")");
            }
            StmtKind::Alert { field: None, message } => {
                let bare = !matches!(message.kind, ExprKind::Paren(_));
                self.word_and(if bare { "alert " } else { "alert" }, message);
            }
            StmtKind::Cancel(what) => self.text(what.words()),
            StmtKind::Reload => self.text("reload"),
            StmtKind::SuccessMessage(e) => self.word_and("success message ", e),
            StmtKind::Field { action, fields } => {
                self.text(action_word(*action));
                for (place, field) in fields.iter().enumerate() {
                    self.word_and(if place == 0 { "" } else { ", " }, field);
                }
            }
            StmtKind::FieldUi { field, method, args } => {
                self.expr(field);
                self.text(":ui.");
                self.text(&method.name);
                self.args(args);
            }
            StmtKind::Delete(query) => {
                self.text("delete from ");
                self.query(query);
            }
            // Not in a script without errors, or printed by the caller.
            _ => self.source(span),
        }
    }

    fn word_and(&mut self, word: &str, e: &Expr) {
        self.text(word);
        self.expr(e);
    }

    fn assign(&mut self, assign: &Assign) {
        if let Some(ty) = assign.ty {
            self.source(ty.span);
            self.text(" ");
        }
        self.expr(&assign.target);
        self.text(match assign.op {
            None => " = ",
            Some(BinaryOp::Add) => " += ",
            Some(BinaryOp::Subtract) => " -= ",
            Some(BinaryOp::Multiply) => " *= ",
            Some(BinaryOp::Divide) => " /= ",
            Some(_) => " %= ",
        });
        self.expr(&assign.value);
    }
}

fn action_word(action: FieldAction) -> &'static str {
    match action {
        FieldAction::Hide => "hide ",
        FieldAction::Show => "show ",
        FieldAction::Enable => "enable ",
        FieldAction::Disable => "disable ",
        FieldAction::Focus => "focus ",
        FieldAction::Clear => "clear ",
    }
}

impl Printer<'_> {
    /// Up to where comments inside a statement are moved in front of it: its first block, or the first lines that keep
    /// comments.
    fn head_end(&self, stmt: &Stmt) -> u32 {
        match &stmt.kind {
            StmtKind::If { branches, .. } => branches.first().map_or(stmt.span.start, |(_, block)| block.span.start),
            StmtKind::ForEach(each) => each.body.span.start,
            StmtKind::While { body, .. } | StmtKind::Try { body, .. } => body.span.start,
            StmtKind::Expr(e) => self.lines_start(e).unwrap_or(stmt.span.end),
            StmtKind::Assign(assign) => self.lines_start(&assign.value).unwrap_or(stmt.span.end),
            _ => stmt.span.end,
        }
    }

    /// Where the lines begin of an expression that is printed over several and keeps comments between them.
    fn lines_start(&self, e: &Expr) -> Option<u32> {
        let first = match &e.kind {
            ExprKind::Task(task) => return Some(task.name.span.end),
            ExprKind::Insert(insert) => return insert.form.last().map(|name| name.span.end),
            ExprKind::Map(pairs) => pairs.first().map(|(key, _)| key.span.start)?,
            ExprKind::List { items, .. } => items.first().map(|item| item.span.start)?,
            _ => return None,
        };
        self.breaks(e.span.start, first).then_some(e.span.start + 1)
    }
}
