//! A script as the lints see it: its functions, its bodies, and what one walk over each body found out.

use crate::CheckOptions;
use crate::forms::Reading;
use crate::hash::HashMap;
use crate::kinds::{Memo, declared, infer};
use rainwright_builtins::names::is_form_root;
use rainwright_diagnostic::{Nearest, Span};
use rainwright_syntax::Trivia;
use rainwright_syntax::ast::{Attachment, Expr, ExprKind, Function, Ident, Item, Query, Stmt, StmtKind, Tree};
use rainwright_syntax::scope::{Namespaces, Scope};
use rainwright_syntax::visit::{Visit, walk_expr, walk_stmt};
use rainwright_value::{Kind, Kinds};
use std::cell::RefCell;
use std::sync::Arc;

/// A script with what is known about it. Its bodies are read when they are asked for.
pub(crate) struct Script<'t> {
    pub(crate) options: &'t CheckOptions,
    /// The text that the tree was read from.
    pub(crate) source: &'t str,
    /// The comments.
    pub(crate) trivia: &'t Trivia,
    outline: Arc<Outline<'t>>,
    /// Looks for the names that were probably meant.
    pub(crate) nearest: Nearest,
}

/// What a script consists of.
struct Outline<'t> {
    /// Every function, in the order of the source.
    functions: Vec<&'t Function>,
    /// The functions by the last part of their name.
    by_name: HashMap<&'t str, &'t Function>,
    /// The statements outside of functions.
    bare: Vec<&'t Stmt>,
    namespaces: Namespaces<'t>,
}

/// The statements of one function, or the bare statements of the file.
pub(crate) struct FunctionBody<'t> {
    pub(crate) function: Option<&'t Function>,
    pub(crate) statements: Vec<&'t Stmt>,
    /// Every statement, outer ones first.
    pub(crate) stmts: Vec<&'t Stmt>,
    /// Every expression, outer ones first.
    pub(crate) exprs: Vec<&'t Expr>,
    /// Every loop, outer ones first.
    pub(crate) loops: Vec<Loop<'t>>,
    /// Where each variable is read. The target of an assignment is not read, not even by `+=`.
    pub(crate) reads: HashMap<&'t str, Vec<Span>>,
    /// The kinds that each variable is given anywhere in the body.
    pub(crate) variables: HashMap<&'t str, Kinds>,
    /// Every assignment to a variable, in the order of the source.
    pub(crate) writes: HashMap<&'t str, Vec<Write<'t>>>,
    /// What is tried by its start, each with the furthest end so far.
    tries: Vec<(u32, u32)>,
    /// Whether a name is read, or added to, before anything in the source has given it a value.
    pub(crate) reads_open: bool,
    /// Expressions that are statements of their own, in order.
    alone: Vec<Span>,
    /// Criteria of queries by their start, each with the furthest end so far.
    criteria: Vec<(u32, u32)>,
    memo: RefCell<Memo>,
    /// What it says about the forms of the application.
    pub(crate) reading: Reading<'t>,
}

/// A loop of a body.
#[derive(Clone, Copy)]
pub(crate) struct Loop<'t> {
    /// The statement: `for each` or `while`.
    pub(crate) stmt: &'t Stmt,
    /// What is repeated.
    pub(crate) body: Span,
    /// The loop around it.
    pub(crate) parent: Option<usize>,
}

/// Where a variable gets a value.
#[derive(Clone, Copy)]
pub(crate) struct Write<'t> {
    /// The name at that place.
    pub(crate) span: Span,
    /// The value of a plain assignment; nothing for a loop's variable, a caught error and `+=`.
    pub(crate) value: Option<&'t Expr>,
    /// Whether an operator adds to the old value.
    pub(crate) adds: bool,
}

impl<'t> Script<'t> {
    pub(crate) fn new(source: &'t str, tree: &'t Tree, trivia: &'t Trivia, options: &'t CheckOptions) -> Self {
        let mut outline = Outline {
            functions: Vec::new(),
            by_name: HashMap::default(),
            bare: Vec::new(),
            namespaces: Namespaces::of(tree),
        };
        for item in &tree.items {
            match item {
                Item::Statement(stmt) => outline.bare.push(stmt),
                Item::Function(function) => {
                    if let Some(name) = function.path.last() {
                        outline.by_name.insert(name.name.as_str(), function);
                    }
                    outline.functions.push(function);
                }
            }
        }
        Self { options, source, trivia, outline: Arc::new(outline), nearest: Nearest::default() }
    }

    /// The same script for another thread, which looks for names in another way.
    pub(crate) fn twin(&self, nearest: Nearest) -> Self {
        let outline = Arc::clone(&self.outline);
        Self { options: self.options, source: self.source, trivia: self.trivia, outline, nearest }
    }

    /// Every function, in the order of the source.
    pub(crate) fn functions(&self) -> &[&'t Function] {
        &self.outline.functions
    }

    /// The statements outside of functions.
    pub(crate) fn bare(&self) -> &[&'t Stmt] {
        &self.outline.bare
    }

    /// How many bodies there are: one for each function, and last the bare statements, even where there are none.
    pub(crate) fn body_count(&self) -> usize {
        self.outline.functions.len() + 1
    }

    /// Reads a body.
    pub(crate) fn body(&self, at: usize) -> FunctionBody<'t> {
        let function = self.outline.functions.get(at).copied();
        let statements = match function {
            Some(function) => function.body.statements.iter().collect(),
            None => self.outline.bare.clone(),
        };
        let mut body = FunctionBody::new(function, statements);
        body.variables = self.assigned(&body);
        body.reading = Reading::of(self, &body);
        body
    }

    /// Reads all bodies, one after the other.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = FunctionBody<'t>> {
        (0..self.body_count()).map(|at| self.body(at))
    }

    /// Whether it belongs to a form: then any bare name may be a field.
    pub(crate) fn has_form(&self) -> bool {
        self.options.profile.forms || self.bodies().any(|body| body.uses_form())
    }

    /// The function of this file that a call means.
    pub(crate) fn function(&self, name: &str) -> Option<&'t Function> {
        self.outline.by_name.get(name).copied()
    }

    /// The names of a body: what it defines and where each is used.
    pub(crate) fn scope(&self, body: &FunctionBody<'t>) -> Scope {
        Scope::of(body.function, &body.statements, &self.outline.namespaces, self.options)
    }

    /// Names of all functions of this file.
    pub(crate) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.outline.by_name.keys().copied()
    }

    /// The source text of a place.
    pub(crate) fn text(&self, span: Span) -> &'t str {
        self.source.get(span.range()).unwrap_or_default()
    }

    fn assigned(&self, body: &FunctionBody<'t>) -> HashMap<&'t str, Kinds> {
        let mut variables: HashMap<&str, Kinds> = HashMap::default();
        for param in body.function.iter().flat_map(|f| &f.params) {
            variables.insert(&param.name.name, declared(param.ty.kind).or(Kind::Null.into()));
        }
        // Twice: what a loop assigns at its end is read at its beginning.
        for _ in 0..2 {
            for stmt in &body.stmts {
                let (name, kinds): (&str, Kinds) = match &stmt.kind {
                    StmtKind::Assign(assign) => match &assign.target.kind {
                        ExprKind::Name(name) if assign.op.is_none() => {
                            (name, infer(self, &variables, None, &assign.value))
                        }
                        ExprKind::Name(name) => (name, Kinds::ANY),
                        _ => continue,
                    },
                    StmtKind::ForEach(each) if each.index => (&each.variable.name, Kind::Number.into()),
                    StmtKind::ForEach(each) => (&each.variable.name, Kinds::ANY),
                    StmtKind::Try { error, .. } => (&error.name, Kinds::ANY),
                    _ => continue,
                };
                let known = variables.get(name).copied().unwrap_or(Kinds::NONE);
                variables.insert(name, known.or(kinds));
            }
        }
        variables
    }
}

impl<'t> FunctionBody<'t> {
    fn new(function: Option<&'t Function>, statements: Vec<&'t Stmt>) -> Self {
        let mut body = Self {
            function,
            statements: Vec::new(),
            stmts: Vec::new(),
            exprs: Vec::new(),
            loops: Vec::new(),
            reads: HashMap::default(),
            variables: HashMap::default(),
            writes: HashMap::default(),
            tries: Vec::new(),
            reads_open: false,
            alone: Vec::new(),
            criteria: Vec::new(),
            memo: RefCell::default(),
            reading: Reading::default(),
        };
        let mut collect = Collect { body: &mut body, inside: None };
        statements.iter().for_each(|stmt| collect.stmt(stmt));
        body.statements = statements;
        for places in [&mut body.criteria, &mut body.tries] {
            let mut furthest = 0;
            for (_, end) in places {
                furthest = furthest.max(*end);
                *end = furthest;
            }
        }
        body
    }

    /// What an expression can be.
    pub(crate) fn kinds(&self, script: &Script<'_>, expr: &Expr) -> Kinds {
        infer(script, &self.variables, Some(&self.memo), expr)
    }

    /// Whether a variable is read anywhere.
    pub(crate) fn is_read(&self, name: &str) -> bool {
        self.reads.contains_key(name)
    }

    /// Whether the name is a parameter of the function.
    pub(crate) fn is_param(&self, name: &str) -> bool {
        self.function.is_some_and(|f| f.params.iter().any(|p| p.name.name == name))
    }

    /// The value of a variable that is assigned once, and is no parameter.
    pub(crate) fn only_value(&self, name: &str) -> Option<&'t Expr> {
        match self.writes.get(name).map(Vec::as_slice) {
            Some([one]) if !self.is_param(name) => one.value,
            _ => None,
        }
    }

    /// The innermost loop that repeats what is at an offset.
    pub(crate) fn loop_at(&self, offset: u32) -> Option<usize> {
        let mut at = self.loops.partition_point(|l| l.body.start <= offset).checked_sub(1);
        while let Some(index) = at.filter(|index| self.loops[*index].body.end <= offset) {
            at = self.loops[index].parent;
        }
        at
    }

    /// Whether a place is inside the criteria of a query, where bare names are fields.
    pub(crate) fn in_criteria(&self, span: Span) -> bool {
        is_within(&self.criteria, span)
    }

    /// Whether a place is inside what a `try` tries.
    pub(crate) fn in_try(&self, span: Span) -> bool {
        is_within(&self.tries, span)
    }

    /// Whether an expression is a statement of its own.
    pub(crate) fn is_statement(&self, expr: &Expr) -> bool {
        let at = self.alone.partition_point(|span| span.start < expr.span.start);
        self.alone.get(at) == Some(&expr.span)
    }

    /// Whether it does something that only scripts of forms do.
    pub(crate) fn uses_form(&self) -> bool {
        let stmts = self.stmts.iter().any(|stmt| {
            matches!(
                stmt.kind,
                StmtKind::Field { .. }
                    | StmtKind::FieldUi { .. }
                    | StmtKind::Cancel(_)
                    | StmtKind::Alert { .. }
                    | StmtKind::SuccessMessage(_)
                    | StmtKind::Delete(_)
                    | StmtKind::Markup(_)
                    | StmtKind::Output(_)
            )
        });
        stmts
            || self.exprs.iter().any(|expr| match &expr.kind {
                ExprKind::Query(_) | ExprKind::Insert(_) => true,
                ExprKind::Name(name) => is_form_root(name) || name == "thisapp",
                _ => false,
            })
    }
}

/// Whether a place is inside one of these, which are in order of their start, each with the furthest end so far.
fn is_within(places: &[(u32, u32)], span: Span) -> bool {
    let at = places.partition_point(|(start, _)| *start <= span.start);
    at.checked_sub(1).is_some_and(|at| places[at].1 >= span.end)
}

/// Collects what is in a body, in one walk.
struct Collect<'b, 't> {
    body: &'b mut FunctionBody<'t>,
    /// The loop that the walk is in.
    inside: Option<usize>,
}

impl<'t> Collect<'_, 't> {
    fn write(&mut self, name: &'t str, span: Span, value: Option<&'t Expr>, adds: bool) {
        let writes = self.body.writes.entry(name).or_default();
        self.body.reads_open |= adds && writes.is_empty();
        writes.push(Write { span, value, adds });
    }

    fn read(&mut self, name: &'t str, span: Span) {
        self.body.reads_open |= !self.body.writes.contains_key(name) && !self.body.is_param(name);
        self.body.reads.entry(name).or_default().push(span);
    }

    fn query(&mut self, query: &'t Query) {
        self.criteria(query.criteria.as_ref());
        // The form's name may as well be a variable that holds a collection.
        self.root(&query.form);
    }

    fn criteria(&mut self, criteria: Option<&'t Expr>) {
        self.body.criteria.extend(criteria.map(|c| (c.span.start, c.span.end)));
    }

    fn root(&mut self, path: &'t [Ident]) {
        if let Some(first) = path.first() {
            self.read(&first.name, first.span);
        }
    }

    fn repeated(&mut self, stmt: &'t Stmt, body: Span, walk: impl FnOnce(&mut Self)) {
        let outer = self.inside;
        self.body.loops.push(Loop { stmt, body, parent: outer });
        self.inside = Some(self.body.loops.len() - 1);
        walk(self);
        self.inside = outer;
    }
}

impl<'t> Visit<'t> for Collect<'_, 't> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        self.body.stmts.push(stmt);
        match &stmt.kind {
            StmtKind::Assign(assign) => match &assign.target.kind {
                ExprKind::Name(name) => {
                    let adds = assign.op.is_some();
                    self.body.exprs.push(&assign.target);
                    self.expr(&assign.value);
                    self.write(name, assign.target.span, (!adds).then_some(&assign.value), adds);
                }
                _ => walk_stmt(self, stmt),
            },
            StmtKind::ForEach(each) => {
                self.expr(&each.iterable);
                self.write(&each.variable.name, each.variable.span, None, false);
                self.repeated(stmt, each.body.span, |walk| walk.block(&each.body));
            }
            // The condition of a while is repeated too.
            StmtKind::While { condition, body } => {
                self.repeated(stmt, condition.span.to(body.span), |walk| walk_stmt(walk, stmt));
            }
            StmtKind::Try { body, error, handler } => {
                self.body.tries.push((body.span.start, body.span.end));
                self.block(body);
                self.write(&error.name, error.span, None, false);
                self.block(handler);
            }
            StmtKind::Expr(expr) => {
                self.body.alone.push(expr.span);
                self.expr(expr);
            }
            StmtKind::Delete(query) => {
                self.query(query);
                walk_stmt(self, stmt);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &'t Expr) {
        self.body.exprs.push(expr);
        match &expr.kind {
            ExprKind::Name(name) => self.read(name, expr.span),
            ExprKind::Query(query) => self.query(query),
            ExprKind::Insert(insert) => self.root(&insert.form),
            ExprKind::Attachments(all) => {
                for one in all {
                    match one {
                        Attachment::View { criteria, .. } => self.criteria(criteria.as_ref()),
                        Attachment::File(_) | Attachment::Template { .. } => {}
                    }
                }
            }
            _ => {}
        }
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

/// The first part of a dotted name, if the expression is nothing else.
pub(crate) fn root(expr: &Expr) -> Option<&str> {
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Name(name) => return Some(name),
            ExprKind::Member { object, .. } => at = object,
            _ => return None,
        }
    }
}

/// The text of a literal in double quotes, or in single ones.
pub(crate) fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) | ExprKind::Quoted(text) => Some(text),
        ExprKind::Paren(inner) => literal(inner),
        _ => None,
    }
}

/// The expression without the parentheses around it.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    let mut at = expr;
    while let ExprKind::Paren(inner) = &at.kind {
        at = inner;
    }
    at
}
