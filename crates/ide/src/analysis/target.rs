//! Finds what is at an offset: the nodes of the tree around it, and the thing that its name means.

use super::Analysis;
use super::document::{Document, Part, body};
use crate::CheckOptions;
use crate::call::full_name;
use rainwright_builtins::{BlockTask, Builtin, Integration, TaskKey, integration, method, word};
use rainwright_diagnostic::Span;
use rainwright_syntax::Class;
use rainwright_syntax::ast::{Block, Expr, ExprKind, Function, Ident, Item, Stmt, StmtKind, Task};
use rainwright_syntax::scope::{Origin, VariableId};
use rainwright_syntax::visit::{Visit, walk_expr, walk_stmt};
use rainwright_value::Kinds;

/// A node of the tree.
#[derive(Clone, Copy)]
pub(crate) enum Node<'t> {
    Function(&'t Function),
    Block(&'t Block),
    Stmt(&'t Stmt),
    Expr(&'t Expr),
}

impl Node<'_> {
    pub(crate) fn span(self) -> Span {
        match self {
            Node::Function(function) => function.span,
            Node::Block(block) => block.span,
            Node::Stmt(stmt) => stmt.span,
            Node::Expr(expr) => expr.span,
        }
    }
}

/// The nodes around an offset, outermost first.
pub(crate) fn nodes_at(part: &Part, offset: u32) -> Vec<Node<'_>> {
    let mut around = Around { offset, found: Vec::new() };
    for item in &part.tree().items {
        match item {
            Item::Function(function) => around.function(function),
            Item::Statement(stmt) => around.stmt(stmt),
        }
    }
    around.found
}

struct Around<'t> {
    offset: u32,
    found: Vec<Node<'t>>,
}

impl<'t> Around<'t> {
    fn holds(&self, span: Span) -> bool {
        span.start <= self.offset && self.offset < span.end
    }
}

impl<'t> Visit<'t> for Around<'t> {
    fn function(&mut self, function: &'t Function) {
        if self.holds(function.span) {
            self.found.push(Node::Function(function));
            self.block(&function.body);
        }
    }

    fn block(&mut self, block: &'t Block) {
        if self.holds(block.span) {
            self.found.push(Node::Block(block));
            block.statements.iter().for_each(|stmt| self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &'t Stmt) {
        if self.holds(stmt.span) {
            self.found.push(Node::Stmt(stmt));
            walk_stmt(self, stmt);
        }
    }

    fn expr(&mut self, expr: &'t Expr) {
        if self.holds(expr.span) {
            self.found.push(Node::Expr(expr));
            walk_expr(self, expr);
        }
    }
}

/// What a name means.
pub(crate) enum Target {
    /// A variable of the script.
    Variable(VariableId),
    /// A function of the project, by the name that calls it; `header` where it is defined.
    Function { path: String, header: bool },
    /// Functions of the language: those of one name that fit the receiver.
    Builtin(Vec<&'static Builtin>),
    /// An integration task.
    Integration(&'static Integration),
    /// A block task.
    Task(&'static BlockTask),
    /// A key of a block task.
    TaskKey(&'static BlockTask, &'static TaskKey),
    /// A form of the application.
    Form(String),
    /// A field of the form that the script belongs to.
    Field(String),
    /// The connection that a text names.
    Connection(String),
}

impl Analysis {
    /// What is named at an offset, and where.
    pub(crate) fn target(&self, file: &str, document: &Document, offset: u32) -> Option<(Target, Span)> {
        let offset = document.in_word(offset);
        let part = document.part(offset)?;
        let finder =
            Finder { analysis: self, file, document, part, options: self.options_of(file, document, part), offset };
        finder.find()
    }

    /// The same for answers that change nothing: a name in a statement that cannot be read means the variable or function that
    /// the rest of the script knows by it.
    pub(crate) fn meant(&self, file: &str, document: &Document, offset: u32) -> Option<(Target, Span)> {
        self.target(file, document, offset).or_else(|| in_broken(document, document.in_word(offset)))
    }

    /// Where a variable gets its first value: where that is in a statement that cannot be read, where it is written there.
    pub(crate) fn first_value(&self, document: &Document, part: &Part, id: VariableId) -> Option<Span> {
        let variable = part.scopes.variable(id);
        let sound = variable.definition();
        if sound.is_some() || variable.origin == Origin::Given {
            return sound;
        }
        let scope = part.scopes.scopes.get(id.scope)?;
        let within = if scope.function.is_some() { scope.span } else { part.span };
        let pieces = document.pieces();
        let from = pieces.partition_point(|(span, _)| span.start < within.start);
        let to = pieces.partition_point(|(span, _)| span.start < within.end);
        let assigns = |pair: &&[(Span, Class)]| {
            document.slice(pair[1].0) == "=" && document.slice(pair[0].0) == variable.name.as_str()
        };
        let is_own = |span: Span| part.scopes.scope_at(span.start) == id.scope;
        pieces.get(from..to)?.windows(2).filter(assigns).map(|pair| pair[0].0).find(|span| is_own(*span))
    }

    /// Whether any file of the project, or this document, defines the function that a call means.
    pub(crate) fn is_function(&self, file: &str, document: &Document, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path);
        document.functions().any(|f| f.last() == last) || self.options(file).functions.defines(last)
    }
}

/// What a name in a statement that cannot be read means elsewhere.
fn in_broken(document: &Document, offset: u32) -> Option<(Target, Span)> {
    let part = document.part(offset)?;
    let is_broken = |node: &Node<'_>| match node {
        Node::Stmt(stmt) => matches!(stmt.kind, StmtKind::Error),
        Node::Expr(expr) => matches!(expr.kind, ExprKind::Error),
        _ => false,
    };
    if !nodes_at(part, offset).last().is_some_and(is_broken) {
        return None;
    }
    let pieces = document.pieces_before(offset + 1);
    let ((span, _), before) = pieces.split_last().filter(|((span, _), _)| offset < span.end)?;
    // What is after a dot belongs to the value in front of it.
    if before.last().is_some_and(|(dot, _)| document.slice(*dot) == ".") {
        return None;
    }
    let name = document.slice(*span);
    let scope = part.scopes.scope_at(offset);
    let known = part.scopes.scopes.get(scope)?;
    if let Some(variable) = known.variables.iter().position(|variable| variable.name == name) {
        return Some((Target::Variable(VariableId { scope, variable }), *span));
    }
    let is_function = document.functions().any(|function| function.last() == name);
    is_function.then(|| (Target::Function { path: name.to_owned(), header: false }, *span))
}

struct Finder<'a> {
    analysis: &'a Analysis,
    file: &'a str,
    document: &'a Document,
    part: &'a Part,
    options: &'a CheckOptions,
    offset: u32,
}

impl Finder<'_> {
    fn on(&self, span: Span) -> bool {
        span.start <= self.offset && self.offset < span.end
    }

    fn find(&self) -> Option<(Target, Span)> {
        if let Some(function) = self.part.scopes.function_at(self.offset)
            && self.on(function.name)
        {
            return Some((Target::Function { path: function.path.clone(), header: true }, function.name));
        }
        if let Some((form, span)) = self.part.scopes.forms.iter().find(|(_, span)| self.on(*span)) {
            return Some((Target::Form(form.clone()), *span));
        }
        let nodes = nodes_at(self.part, self.offset);
        let exprs = nodes.iter().rev().filter_map(|node| match node {
            Node::Expr(expr) => Some(*expr),
            _ => None,
        });
        if let Some(found) = self.connection(&nodes) {
            return Some(found);
        }
        if let Some((id, span)) = self.part.scopes.at(self.offset).filter(|(_, span)| self.on(*span)) {
            let call = self.part.scopes.call_at(self.offset).filter(|call| call.path.contains('.'));
            let called = call.is_some_and(|call| self.analysis.is_function(self.file, self.document, &call.path));
            if !called || self.part.scopes.variable(id).is_defined() {
                return Some((Target::Variable(id), span));
            }
        }
        for expr in exprs.take(3) {
            if let Some(found) = self.expr(expr) {
                return Some(found);
            }
        }
        let field = nodes.iter().rev().find_map(|node| match node {
            Node::Stmt(Stmt { kind: StmtKind::Field { fields, .. }, .. }) => {
                fields.iter().find(|field| self.on(field.span))
            }
            _ => None,
        })?;
        Some((Target::Field(self.document.slice(field.span).to_owned()), field.span))
    }

    fn expr(&self, expr: &Expr) -> Option<(Target, Span)> {
        match &expr.kind {
            ExprKind::Call { name, .. } if self.on(name.span) => {
                if self.analysis.is_function(self.file, self.document, &name.name) {
                    return Some((Target::Function { path: name.name.to_string(), header: false }, name.span));
                }
                let found = method(&name.name)?;
                let mut rows: Vec<&'static Builtin> = found.free.iter().map(|bound| bound.row).collect();
                let kinds = self.first_argument(expr);
                rows.extend(rows_for(&name.name, kinds));
                unique(&mut rows);
                Some((Target::Builtin(rows), name.span))
            }
            ExprKind::Method { object, name, .. } => self.method(object, name),
            ExprKind::Member { name, .. } => self.member(expr, name),
            ExprKind::Name(name) => {
                let row = word(name)?;
                Some((Target::Builtin(vec![row]), expr.span))
            }
            ExprKind::Task(task) => self.task(task),
            _ => None,
        }
    }

    fn method(&self, object: &Expr, name: &Ident) -> Option<(Target, Span)> {
        if let Some(full) = full_name(object, name) {
            let call = self.part.scopes.call_at(name.span.start).filter(|call| call.path == full);
            if let Some(call) = call {
                if let Some(task) = integration(&full) {
                    return self.on(call.path_span).then_some((Target::Integration(task), call.path_span));
                }
                if let Some(bound) = method(&full).and_then(|found| found.free) {
                    return Some((Target::Builtin(vec![bound.row]), call.path_span));
                }
                if self.analysis.is_function(self.file, self.document, &full) {
                    return self
                        .on(call.path_span)
                        .then_some((Target::Function { path: full, header: false }, name.span));
                }
            }
        }
        if !self.on(name.span) {
            return None;
        }
        let rows = rows_for(&name.name, self.kinds(object));
        (!rows.is_empty()).then_some((Target::Builtin(rows), name.span))
    }

    fn member(&self, expr: &Expr, name: &Ident) -> Option<(Target, Span)> {
        let full = crate::script::path(expr)?.join(".");
        if let Some(row) = word(&full) {
            return Some((Target::Builtin(vec![row]), expr.span));
        }
        let of_form = full.split('.').next().is_some_and(rainwright_builtins::names::is_form_root);
        (of_form && self.on(name.span)).then_some((Target::Field(name.name.to_string()), name.span))
    }

    fn task(&self, task: &Task) -> Option<(Target, Span)> {
        let row = self.options.tasks.block_task(&task.name.name)?;
        if self.on(task.name.span) {
            return Some((Target::Task(row), task.name.span));
        }
        let entry = task.entries.iter().find(|entry| self.on(entry.key.span))?;
        let key = row.key(&entry.key.name)?;
        Some((Target::TaskKey(row, key), entry.key.span))
    }

    /// A text that names a connection in a block task.
    fn connection(&self, nodes: &[Node<'_>]) -> Option<(Target, Span)> {
        let [.., Node::Expr(Expr { kind: ExprKind::Task(task), .. }), Node::Expr(value)] = nodes else { return None };
        let ExprKind::Text(name) = &value.kind else { return None };
        let entry = task.entries.iter().find(|entry| entry.value.span == value.span)?;
        let named = entry.key.name.eq_ignore_ascii_case("connection");
        named.then(|| (Target::Connection(name.to_string()), value.span))
    }

    fn kinds(&self, expr: &Expr) -> Kinds {
        let script = self.part.script(self.options);
        let scope = self.part.scopes.scope_at(self.offset);
        body(&script, scope).map_or(Kinds::ANY, |body| body.kinds(&script, expr))
    }

    fn first_argument(&self, call: &Expr) -> Kinds {
        match &call.kind {
            ExprKind::Call { args, .. } => args.first().map_or(Kinds::NONE, |arg| self.kinds(&arg.value)),
            _ => Kinds::NONE,
        }
    }
}

/// The rows of a method for these kinds of receiver; all of them when none fits.
pub(crate) fn rows_for(name: &str, kinds: Kinds) -> Vec<&'static Builtin> {
    let Some(found) = method(name) else { return Vec::new() };
    let mut rows: Vec<&'static Builtin> =
        kinds.iter().filter_map(|kind| found.on(kind)).map(|bound| bound.row).collect();
    if rows.is_empty() {
        rows = found.by_kind.iter().flatten().map(|bound| bound.row).collect();
    }
    unique(&mut rows);
    rows
}

fn unique(rows: &mut Vec<&'static Builtin>) {
    let mut seen: Vec<*const Builtin> = Vec::new();
    rows.retain(|row| {
        let at = std::ptr::from_ref(*row);
        let new = !seen.contains(&at);
        seen.push(at);
        new
    });
}
