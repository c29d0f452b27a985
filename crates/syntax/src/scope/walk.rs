//! Reads a tree into [`Scopes`]: first what each scope assigns, then every place where a name is used.

use super::{
    Access, CallName, FunctionName, Origin, Outer, Outside, Scope, Scopes, Use, Variable, VariableId, function_path,
};
use crate::ast::{Arg, BinaryOp, Block, Expr, ExprKind, ForEach, Function, Ident, Item, Query, Stmt, StmtKind};
use crate::ast::{Tree, TypeName, deep};
use crate::visit::{Visit, walk_expr, walk_stmt};
use compact_str::CompactString;
use foldhash::fast::RandomState;
use rainwright_diagnostic::Span;
use std::collections::HashSet;

pub(super) fn read(tree: &Tree, outside: &dyn Outside) -> Scopes {
    let mut all = Scopes::default();
    let mut bare: Vec<&Stmt> = Vec::new();
    let namespaces = Namespaces::of(tree);
    for item in &tree.items {
        match item {
            Item::Function(function) => {
                all.functions.push(signature(function));
                let at = Some(all.functions.len() - 1);
                let scope = Scope { function: at, span: function.span, ..Scope::default() };
                let statements: Vec<&Stmt> = function.body.statements.iter().collect();
                read_scope(outside, &namespaces, &mut all, scope, Some(function), &statements);
            }
            Item::Statement(stmt) => bare.push(stmt),
        }
    }
    let span = match (bare.first(), bare.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    };
    read_scope(outside, &namespaces, &mut all, Scope { span, ..Scope::default() }, None, &bare);
    all.calls.sort_by_key(|call| call.path_span.start);
    all.forms.sort_by_key(|(_, span)| span.start);
    for (scope, names) in all.scopes.iter().enumerate() {
        for (variable, one) in names.variables.iter().enumerate() {
            all.places.extend(one.uses.iter().map(|u| (u.span, VariableId { scope, variable })));
        }
    }
    all.places.sort_by_key(|(span, _)| span.start);
    all
}

/// Reads the names of one function, or of bare statements.
pub(super) fn read_one(
    function: Option<&Function>,
    statements: &[&Stmt],
    namespaces: &Namespaces<'_>,
    outside: &dyn Outside,
) -> Scope {
    let mut all = Scopes::default();
    let scope = Scope { function: function.map(|_| 0), ..Scope::default() };
    read_scope(outside, namespaces, &mut all, scope, function, statements);
    all.scopes.pop().unwrap_or_default()
}

fn read_scope(
    outside: &dyn Outside,
    namespaces: &Namespaces<'_>,
    all: &mut Scopes,
    scope: Scope,
    function: Option<&Function>,
    statements: &[&Stmt],
) {
    let mut reader = Reader::new(outside, namespaces, all, scope, statements);
    for param in function.iter().flat_map(|function| &function.params) {
        reader.define(&param.name.name, param.name.span, Origin::Parameter, Some(param.ty));
    }
    reader.finish(statements);
}

/// The namespaces that a script's own functions are in.
#[derive(Clone, Debug, Default)]
pub struct Namespaces<'t>(HashSet<&'t str, RandomState>);

impl<'t> Namespaces<'t> {
    /// Those of a tree.
    #[must_use]
    pub fn of(tree: &'t Tree) -> Self {
        let functions = tree.items.iter().filter_map(|item| match item {
            Item::Function(function) => Some(function),
            Item::Statement(_) => None,
        });
        Self(functions.filter(|f| f.path.len() > 1).map(|f| &*f.path[0].name).collect())
    }
}

fn signature(function: &Function) -> FunctionName {
    FunctionName {
        path: function_path(function),
        name: function.path.last().map_or(function.span, |part| part.span),
        span: function.span,
        params: function.params.iter().map(|p| (p.name.name.clone(), p.ty.kind)).collect(),
        returns: function.returns.kind,
    }
}

/// The names that statements assign anywhere, in loops, branches and handlers too, in the order of the source. A name that is
/// assigned several times comes up several times.
pub fn assigned_names<'t>(statements: impl IntoIterator<Item = &'t Stmt>) -> Vec<&'t str> {
    let mut found = Assigned::default();
    statements.into_iter().for_each(|stmt| found.stmt(stmt));
    found.0
}

#[derive(Default)]
struct Assigned<'t>(Vec<&'t str>);

impl<'t> Visit<'t> for Assigned<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        match &stmt.kind {
            StmtKind::Assign(assign) => {
                if let ExprKind::Name(name) = &assign.target.kind {
                    self.0.push(name);
                }
            }
            StmtKind::ForEach(each) => self.0.push(&each.variable.name),
            StmtKind::Try { error, .. } => self.0.push(&error.name),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    // An expression assigns nothing.
    fn expr(&mut self, _: &'t Expr) {}
}

/// Reads one scope in the order in which it runs.
struct Reader<'c, 't> {
    outside: &'c dyn Outside,
    namespaces: &'c Namespaces<'t>,
    all: &'c mut Scopes,
    scope: Scope,
    /// What is assigned anywhere in the scope.
    anywhere: HashSet<&'t str, RandomState>,
    /// What has been assigned so far.
    assigned: HashSet<CompactString, RandomState>,
    /// The loops around the place.
    loops: usize,
    /// Whether a name that nothing defines may be a form's field: in criteria.
    in_criteria: bool,
}

impl<'c, 't> Reader<'c, 't> {
    fn new(
        outside: &'c dyn Outside,
        namespaces: &'c Namespaces<'t>,
        all: &'c mut Scopes,
        scope: Scope,
        statements: &[&'t Stmt],
    ) -> Self {
        let anywhere = assigned_names(statements.iter().copied()).into_iter().collect();
        let assigned = HashSet::default();
        Reader { outside, namespaces, all, scope, anywhere, assigned, loops: 0, in_criteria: false }
    }

    fn finish(mut self, statements: &[&'t Stmt]) {
        statements.iter().for_each(|stmt| self.stmt(stmt));
        for variable in &mut self.scope.variables {
            variable.uses.sort_by_key(|one| one.span.start);
        }
        self.all.scopes.push(self.scope);
    }

    fn is_own_input(&self, object: &Expr, name: &CompactString) -> bool {
        let is_variable = |name: &str| self.assigned.contains(name) || self.anywhere.contains(name);
        let is_input = matches!(&object.kind, ExprKind::Name(root) if root == "input");
        is_input && self.scope.function.is_some() && is_variable(name) && !is_variable("input")
    }

    fn define(&mut self, name: &CompactString, span: Span, origin: Origin, ty: Option<TypeName>) {
        let access = if origin == Origin::Assigned { Access::Write } else { Access::Introduce };
        self.note(name, span, access, origin, ty);
        self.assigned.insert(name.clone());
    }

    fn note(&mut self, name: &CompactString, span: Span, access: Access, origin: Origin, ty: Option<TypeName>) {
        let assigned = self.assigned.contains(name)
            || (self.loops > 0 && self.anywhere.contains(name.as_str()))
            || matches!(origin, Origin::Given);
        let scope = &mut self.scope;
        let at = *scope.by_name.entry(name.clone()).or_insert_with(|| {
            scope.variables.push(Variable { name: name.clone(), origin, ty: None, uses: Vec::new() });
            scope.variables.len() - 1
        });
        let variable = &mut scope.variables[at];
        // Read before it is assigned: the assignment says what it is.
        if matches!(variable.origin, Origin::Unknown | Origin::Given) {
            variable.origin = origin;
        }
        variable.ty = variable.ty.or(ty);
        variable.uses.push(Use { span, access, assigned });
    }

    /// Whether a name means a variable of this scope, and of which origin.
    fn origin(&self, name: &str) -> Option<Origin> {
        if self.assigned.contains(name) || self.anywhere.contains(name) {
            return Some(Origin::Assigned);
        }
        if self.namespaces.0.contains(name) {
            return None;
        }
        match self.outside.name(name) {
            Outer::Given => Some(Origin::Given),
            Outer::Other => None,
            Outer::Unknown => (!self.in_criteria).then_some(Origin::Unknown),
        }
    }

    fn read(&mut self, name: &CompactString, span: Span, access: Access) {
        if let Some(origin) = self.origin(name) {
            // The first definition has told the origin already; `Assigned` only fills a gap.
            let known = self.scope.variable(name).map(|v| v.origin).filter(|o| *o != Origin::Unknown);
            self.note(name, span, access, known.unwrap_or(origin), None);
        }
    }

    fn call(&mut self, path: String, name: Span, path_span: Span, args: usize) {
        let scope = self.all.scopes.len();
        self.all.calls.push(CallName { path, name, path_span, scope, args });
    }

    fn args(&mut self, args: &'t [Arg]) {
        for arg in args {
            arg.key.iter().for_each(|key| self.expr(key));
            self.expr(&arg.value);
        }
    }

    fn form(&mut self, form: &[Ident]) {
        if let (Some(first), Some(last)) = (form.first(), form.last()) {
            let path: Vec<&str> = form.iter().map(|part| part.name.as_str()).collect();
            self.all.forms.push((path.join("."), first.span.to(last.span)));
        }
    }

    fn query(&mut self, query: &'t Query) {
        self.form(&query.form);
        if let Some(criteria) = &query.criteria {
            let outer = std::mem::replace(&mut self.in_criteria, true);
            self.criteria(criteria);
            self.in_criteria = outer;
        }
        if let Some((from, to)) = &query.range {
            self.expr(from);
            self.expr(to);
        }
    }

    /// On the left of a comparison is a field of the form, on its right a value.
    fn criteria(&mut self, expr: &'t Expr) {
        deep(|| match &expr.kind {
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => self.criteria(inner),
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right, .. } => {
                self.criteria(left);
                self.criteria(right);
            }
            ExprKind::Binary { left, right, .. } => {
                if dotted(left, usize::MAX).is_none() {
                    self.expr(left);
                }
                self.expr(right);
            }
            ExprKind::Method { object, args, .. } if dotted(object, usize::MAX).is_some() => self.args(args),
            _ => self.expr(expr),
        });
    }

    /// `a.f(…)`: a call into a namespace, a form's method, or a method of a value.
    fn method(&mut self, expr: &'t Expr, object: &'t Expr, name: &'t Ident, args: &'t [Arg]) {
        if let Some(parts) = dotted(object, usize::MAX) {
            let (root, prefix) = (parts[0], parts.join("."));
            let variable = matches!(self.origin(root), Some(Origin::Assigned | Origin::Given));
            if !variable && !self.outside.is_word(&prefix) {
                let path = format!("{prefix}.{}", name.name);
                self.call(path, name.span, Span::new(expr.span.start, name.span.end), args.len());
                // `totl.round(2)` is more likely a misspelt variable than a namespace, which has a capital or more parts.
                let plain = parts.len() == 1 && root.starts_with(|c: char| c.is_ascii_lowercase());
                if plain && !self.outside.is_namespace(root) {
                    self.expr(object);
                }
                return self.args(args);
            }
        }
        self.expr(object);
        self.args(args);
    }

    fn each(&mut self, each: &'t ForEach) {
        self.expr(&each.iterable);
        let origin = if each.index { Origin::Index } else { Origin::Loop };
        self.define(&each.variable.name, each.variable.span, origin, None);
        self.loops += 1;
        self.block(&each.body);
        self.loops -= 1;
    }
}

impl<'t> Visit<'t> for Reader<'_, 't> {
    fn block(&mut self, block: &'t Block) {
        block.statements.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &'t Stmt) {
        match &stmt.kind {
            StmtKind::Assign(assign) => {
                self.expr(&assign.value);
                match &assign.target.kind {
                    ExprKind::Name(name) if assign.op.is_some() => {
                        self.read(name, assign.target.span, Access::Update);
                        self.assigned.insert(name.clone());
                    }
                    ExprKind::Name(name) => self.define(name, assign.target.span, Origin::Assigned, assign.ty),
                    _ => self.expr(&assign.target),
                }
            }
            StmtKind::ForEach(each) => self.each(each),
            StmtKind::While { .. } => {
                self.loops += 1;
                walk_stmt(self, stmt);
                self.loops -= 1;
            }
            StmtKind::Try { body, error, handler } => {
                self.block(body);
                self.define(&error.name, error.span, Origin::Caught, None);
                self.block(handler);
            }
            // Fields of the form are no variables.
            StmtKind::Field { .. } => {}
            StmtKind::FieldUi { args, .. } => self.args(args),
            StmtKind::Alert { message, .. } => self.expr(message),
            StmtKind::Delete(query) => self.query(query),
            _ => walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.read(name, expr.span, Access::Read),
            // In a function `input.x` is its parameter or variable `x`: it has no form.
            ExprKind::Member { object, name } if self.is_own_input(object, &name.name) => {
                self.read(&name.name, name.span, Access::Read);
            }
            ExprKind::Member { object, .. } => {
                let word = dotted(expr, LONGEST_WORD).is_some_and(|parts| {
                    self.origin(parts[0]) != Some(Origin::Assigned) && self.outside.is_word(&parts.join("."))
                });
                if !word {
                    deep(|| self.expr(object));
                }
            }
            ExprKind::Call { name, args } => {
                self.call(name.name.to_string(), name.span, name.span, args.len());
                deep(|| self.args(args));
            }
            ExprKind::Method { object, name, args } => deep(|| self.method(expr, object, name, args)),
            ExprKind::Query(query) => deep(|| self.query(query)),
            ExprKind::Insert(insert) => {
                self.form(&insert.form);
                deep(|| walk_expr(self, expr));
            }
            ExprKind::Task(task) => {
                for entry in &task.entries {
                    let bare =
                        matches!(&entry.value.kind, ExprKind::Name(name) if !self.anywhere.contains(name.as_str()));
                    if !(bare && self.outside.takes_words(&task.name.name, &entry.key.name)) {
                        deep(|| self.expr(&entry.value));
                    }
                }
            }
            _ => walk_expr(self, expr),
        }
    }
}

/// The most parts that a word of the language has, with some to spare. Longer chains are not looked up at each of their dots.
const LONGEST_WORD: usize = 6;

/// The parts of an expression that is nothing but a dotted name of at most so many parts.
fn dotted(expr: &Expr, most: usize) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut at = expr;
    while parts.len() < most {
        match &at.kind {
            ExprKind::Name(name) => {
                parts.push(name.as_str());
                parts.reverse();
                return Some(parts);
            }
            ExprKind::Member { object, name } => {
                parts.push(name.name.as_str());
                at = object;
            }
            _ => return None,
        }
    }
    None
}
