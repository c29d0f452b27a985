//! Follows values through a script and notes, for each one that has to be made up, what the script does with it.

mod call;
mod expression;
mod fields;
mod method;
mod parts;
mod site;
mod slip;
mod value;

use std::collections::{HashMap, HashSet};

use rainwright_builtins::{FunctionKind, Params, Profile, word};
use rainwright_diagnostic::{LineIndex, Span};
use rainwright_syntax::ast::{Block, Expr, ExprKind, Function, Item, Stmt, StmtKind, Tree, TypeKind};
use rainwright_syntax::visit::Visit;
use rainwright_value::{Kind, Kinds};

pub(crate) use expression::constant;
pub(crate) use site::{Site, What};
pub(crate) use value::{Abs, How, Vals, constants, join, kind_of, sources};

use crate::TryOptions;
use crate::product;
use crate::shape::{Id, Origin, Shapes};
use parts::{Every, Names};
use slip::{is_slip, is_slip_at_end};
use value::other;

/// A list or map that the script makes itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local {
    pub(crate) fields: HashMap<String, Vals>,
    /// Values of computed keys, and elements.
    pub(crate) items: Vals,
    /// The made-up lists whose loops fill it.
    pub(crate) filled_by: Vec<Id>,
}

/// What is known of a script before it runs.
pub(crate) struct Analysis<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) lines: LineIndex,
    pub(crate) shapes: Shapes,
    pub(crate) sites: Vec<Site>,
    /// What each expression can be, by its place.
    pub(crate) at: HashMap<Span, Vals>,
    /// Every expression by its place; of several at one place the innermost.
    pub(crate) expressions: HashMap<Span, &'t Expr>,
    /// Functions of the file by their dotted names.
    pub(crate) functions: Vec<(String, &'t Function)>,
    /// The calls of functions of the file, each with its place.
    pub(crate) calls: Vec<(String, Span)>,
    /// Functions that get their arguments from others of the file.
    called: HashSet<String>,
    /// The only entry that is reported on, where there is one.
    pub(crate) alone: Option<String>,
    /// Functions of the same account that are not in the file.
    pub(crate) outside: Vec<String>,
    /// Subforms that rows are made for, as `Form.Subform`.
    pub(crate) subforms: Vec<String>,
    pub(crate) locals: Vec<Local>,
    /// What variables are assigned, by their names.
    pub(crate) definitions: HashMap<String, Vec<&'t Expr>>,
    /// The statements that assign a variable, or put something into it.
    pub(crate) changes: HashMap<String, Vec<Span>>,
    /// The made-up lists whose loops assign a variable.
    pub(crate) set_by: HashMap<String, Vec<Id>>,
    local_at: HashMap<Span, usize>,
    params: HashMap<(String, usize), Vals>,
    returns: HashMap<String, Vals>,
    /// Whether bare names are fields of a form.
    forms: bool,
    /// The kind of its function, when that is known.
    pub(crate) kind: Option<&'static FunctionKind>,
    // Where the walk is.
    env: HashMap<String, Vals>,
    function: String,
    assigned: HashSet<String>,
    /// How often the function reads each name.
    reads: HashMap<String, usize>,
    line: u32,
    /// The made-up lists of the loops around.
    loops: Vec<Id>,
}

/// How often the file is read: what a function learns of its callers, and a loop of its end, settles by then.
const PASSES: usize = 3;

impl<'t> Analysis<'t> {
    pub(crate) fn new(source: &str, tree: &'t Tree, profile: &'static Profile, options: &TryOptions) -> Self {
        let mut analysis = Analysis {
            tree,
            lines: LineIndex::new(source),
            shapes: Shapes::default(),
            sites: Vec::new(),
            at: HashMap::new(),
            expressions: HashMap::new(),
            functions: Vec::new(),
            calls: Vec::new(),
            called: HashSet::new(),
            alone: None,
            outside: Vec::new(),
            subforms: Vec::new(),
            locals: Vec::new(),
            definitions: HashMap::new(),
            changes: HashMap::new(),
            set_by: HashMap::new(),
            local_at: HashMap::new(),
            params: HashMap::new(),
            returns: HashMap::new(),
            forms: profile.forms,
            kind: options.kind,
            env: HashMap::new(),
            function: String::new(),
            assigned: HashSet::new(),
            reads: HashMap::new(),
            line: 0,
            loops: Vec::new(),
        };
        for item in &tree.items {
            if let Item::Function(function) = item {
                analysis.functions.push((function_name(function), function));
            }
        }
        if let Some(entry) = options.entry.as_ref().filter(|_| options.alone) {
            analysis.alone = Some(analysis.function_named(entry).map(|(name, _)| name).unwrap_or_default());
        }
        let mut every = Every::default();
        rainwright_syntax::visit::walk(&mut every, tree);
        for expr in every.exprs {
            analysis.expressions.entry(expr.span).or_insert(expr);
        }
        for stmt in every.stmts {
            analysis.note_change(stmt);
        }
        analysis.note_calls(options.entry.as_deref());
        for _ in 0..PASSES {
            analysis.pass();
        }
        analysis.take_forms(source, options);
        analysis
    }

    /// What can be run: the bare statements (an empty name), and the functions that no other one calls. Of functions that
    /// only call each other it is the first.
    pub(crate) fn entries(&self) -> Vec<String> {
        let bare = self.has_bare().then(String::new);
        let functions = self.functions.iter().map(|(name, _)| name).filter(|name| !self.called.contains(*name));
        bare.into_iter().chain(functions.cloned()).collect()
    }

    pub(crate) fn has_bare(&self) -> bool {
        self.tree
            .items
            .iter()
            .any(|item| matches!(item, Item::Statement(stmt) if !matches!(stmt.kind, StmtKind::Empty)))
    }

    /// The line that an entry begins at.
    pub(crate) fn line_of_entry(&self, entry: &str) -> u32 {
        let function = self.functions.iter().find(|(name, _)| name == entry).map(|(_, function)| function.span);
        let first = || self.body("").first().map(|stmt| stmt.span);
        function.or_else(first).map_or(1, |span| self.line_of(span))
    }

    /// The statements of an entry.
    pub(crate) fn body(&self, entry: &str) -> Vec<&'t Stmt> {
        match self.functions.iter().find(|(name, _)| name == entry) {
            Some((_, function)) => function.body.statements.iter().collect(),
            None => self
                .tree
                .items
                .iter()
                .filter_map(|item| match item {
                    Item::Statement(stmt) => Some(stmt),
                    Item::Function(_) => None,
                })
                .collect(),
        }
    }

    /// The function of the file that a name means.
    pub(crate) fn function_named(&self, name: &str) -> Option<(String, &'t Function)> {
        let name = name.strip_prefix("thisapp.").unwrap_or(name);
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let exact = self.functions.iter().find(|(known, _)| known == name);
        exact.or_else(|| self.functions.iter().find(|(known, _)| last(known) == last(name))).cloned()
    }

    /// Whether names of functions of the file begin so.
    pub(crate) fn is_namespace(&self, name: &str) -> bool {
        self.functions.iter().any(|(known, _)| known.split_once('.').is_some_and(|(first, _)| first == name))
    }

    /// Takes note of the variable that a statement changes.
    fn note_change(&mut self, stmt: &'t Stmt) {
        let name = match &stmt.kind {
            StmtKind::Assign(assign) => match &assign.target.kind {
                ExprKind::Name(name) => {
                    if assign.op.is_none() {
                        self.definitions.entry(name.to_string()).or_default().push(&assign.value);
                    }
                    name
                }
                _ => return,
            },
            StmtKind::Expr(Expr { kind: ExprKind::Method { object, name, .. }, .. }) => match &object.kind {
                ExprKind::Name(list) if method::fills(&name.name.to_ascii_lowercase()) => list,
                _ => return,
            },
            _ => return,
        };
        self.changes.entry(name.to_string()).or_default().push(stmt.span);
    }

    fn note_calls(&mut self, wanted: Option<&str>) {
        let mut calls = Vec::new();
        for expr in self.expressions.values() {
            let name = match &expr.kind {
                ExprKind::Call { name, .. } => name.name.to_string(),
                ExprKind::Method { object, name, .. } => match expression::dotted(object) {
                    Some(path) => format!("{path}.{}", name.name),
                    None => continue,
                },
                _ => continue,
            };
            if let Some((callee, _)) = self.function_named(&name) {
                calls.push((callee, expr.span));
            }
        }
        calls.sort_by_key(|(_, call)| (call.start, call.end));
        self.calls = calls;
        if let Some((wanted, _)) = wanted.and_then(|wanted| self.function_named(wanted)) {
            // The only entry gets its arguments from outside, whoever else calls it.
            self.called =
                self.functions.iter().map(|(name, _)| name).filter(|name| **name != wanted).cloned().collect();
            return;
        }
        // A function that only calls itself still has to be entered from outside.
        let others = self.calls.iter().filter(|(callee, call)| self.holder(*call) != Some(callee));
        self.called = others.map(|(callee, _)| callee.clone()).collect();
        let mut callees: HashMap<&str, Vec<&str>> = HashMap::new();
        for (callee, call) in &self.calls {
            callees.entry(self.holder(*call).map_or("", String::as_str)).or_default().push(callee);
        }
        let mut begun: HashSet<&str> = HashSet::new();
        let mut next: Vec<&str> = vec![""];
        let mut first = Vec::new();
        let uncalled = self.functions.iter().map(|(name, _)| name.as_str()).filter(|name| !self.called.contains(*name));
        next.extend(uncalled);
        let mut rest = self.functions.iter().map(|(name, _)| name.as_str());
        loop {
            while let Some(name) = next.pop() {
                if begun.insert(name) {
                    next.extend(callees.get(name).into_iter().flatten());
                }
            }
            // Of functions that only call each other the first is an entry.
            let Some(name) = rest.find(|name| !begun.contains(name)) else { break };
            first.push(name.to_owned());
            next.push(name);
        }
        first.iter().for_each(|name| _ = self.called.remove(name));
    }

    /// The function of the file that a place is in.
    pub(crate) fn holder(&self, place: Span) -> Option<&String> {
        let after = self.functions.partition_point(|(_, function)| function.span.start <= place.start);
        let (name, function) = self.functions.get(after.checked_sub(1)?)?;
        (place.start < function.span.end).then_some(name)
    }

    /// Whether a place is in what is reported on.
    pub(crate) fn is_told(&self, place: Span) -> bool {
        self.alone.as_ref().is_none_or(|entry| self.holder(place).map_or("", String::as_str) == entry)
    }

    fn pass(&mut self) {
        let functions = self.functions.clone();
        for (name, function) in &functions {
            self.env.clear();
            self.function.clone_from(name);
            self.begin(&function.body.statements.iter().collect::<Vec<_>>());
            for (i, param) in function.params.iter().enumerate() {
                let vals = if self.called.contains(name) {
                    self.params.get(&(name.clone(), i)).cloned().unwrap_or_default()
                } else {
                    let origin = Origin::Argument { function: name.clone(), name: param.name.name.to_string() };
                    let id = self.shapes.root(origin, &param.name.name, false);
                    self.declare(id, param.ty.kind);
                    vec![Abs::Made(id)]
                };
                self.assigned.insert(param.name.name.to_string());
                self.env.insert(param.name.name.to_string(), vals);
            }
            self.block(&function.body);
        }
        let bare = self.body("");
        self.env.clear();
        self.function.clear();
        self.begin(&bare);
        bare.iter().for_each(|stmt| self.statement(stmt));
    }

    /// Takes note of the names that a function assigns and reads.
    fn begin(&mut self, statements: &[&'t Stmt]) {
        let mut names = Names::default();
        statements.iter().for_each(|stmt| names.stmt(stmt));
        (self.assigned, self.reads) = (names.assigned, names.read);
    }

    /// Gives a parameter the kind that its header declares.
    fn declare(&mut self, id: Id, ty: TypeKind) {
        let kind = match ty {
            TypeKind::Text => Kind::Text,
            TypeKind::Number => Kind::Number,
            TypeKind::Decimal => Kind::Decimal,
            TypeKind::Bool => Kind::Bool,
            TypeKind::DateTime => Kind::DateTime,
            TypeKind::Time => Kind::Time,
            TypeKind::Map => Kind::Map,
            TypeKind::List => Kind::List,
            TypeKind::Collection => Kind::Collection,
            TypeKind::File => Kind::File,
            TypeKind::Any | TypeKind::Form | TypeKind::Void => return,
        };
        let shape = self.shapes.get_mut(id);
        shape.declared = Some(kind);
        shape.wants = kind.into();
    }

    fn block(&mut self, block: &'t Block) {
        block.statements.iter().for_each(|stmt| self.statement(stmt));
    }

    pub(crate) fn line_of(&self, span: Span) -> u32 {
        self.lines.line(span.start)
    }

    fn statement(&mut self, stmt: &'t Stmt) {
        self.line = self.line_of(stmt.span);
        match &stmt.kind {
            StmtKind::Expr(e)
            | StmtKind::Throw(e)
            | StmtKind::Info(e)
            | StmtKind::Output(e)
            | StmtKind::SuccessMessage(e) => {
                self.expr(e);
            }
            StmtKind::Return(Some(e)) => {
                let vals = self.expr(e);
                join(self.returns.entry(self.function.clone()).or_default(), &vals);
            }
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::If { branches, otherwise } => {
                let before = self.env.clone();
                let mut ends = Vec::new();
                for (condition, block) in branches {
                    self.env.clone_from(&before);
                    self.line = self.line_of(condition.span);
                    self.condition(condition);
                    self.block(block);
                    ends.push(std::mem::take(&mut self.env));
                }
                self.env = before;
                if let Some(block) = otherwise {
                    self.block(block);
                }
                ends.into_iter().for_each(|end| self.merge(end));
            }
            StmtKind::ForEach(each) => {
                let over = self.expr(&each.iterable);
                if let ExprKind::Name(name) = &each.iterable.kind
                    && self.is_record_parameter(name)
                {
                    // Records of the form, where the header names just the form.
                    for id in sources(&over) {
                        self.shapes.narrow(id, Kind::List.into());
                        self.shapes.get_mut(id).rows = true;
                    }
                }
                let items = if each.index { other(Kind::Number) } else { self.elements(&over) };
                self.mark_walked(&over);
                let around = self.loops.len();
                self.loops.extend(sources(&over));
                // Twice: what a turn assigns at its end is read at the beginning of the next one.
                for _ in 0..2 {
                    let before = self.env.clone();
                    self.env.insert(each.variable.name.to_string(), items.clone());
                    self.block(&each.body);
                    self.merge(before);
                }
                self.loops.truncate(around);
            }
            StmtKind::While { condition, body } => {
                for _ in 0..2 {
                    let before = self.env.clone();
                    self.condition(condition);
                    self.block(body);
                    self.merge(before);
                }
            }
            StmtKind::Try { body, error, handler } => {
                let before = self.env.clone();
                self.block(body);
                self.merge(before);
                self.env.insert(error.name.to_string(), other(Kind::Map));
                self.block(handler);
            }
            StmtKind::Alert { message, .. } => {
                self.expr(message);
            }
            StmtKind::FieldUi { args, .. } => {
                for arg in args {
                    self.expr(&arg.value);
                }
            }
            StmtKind::Delete(query) => {
                self.query_parts(query);
            }
            StmtKind::Field { .. }
            | StmtKind::Empty
            | StmtKind::Return(None)
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Cancel(_)
            | StmtKind::Reload
            | StmtKind::Markup(_)
            | StmtKind::Error => {}
        }
    }

    /// Whether a name is a parameter that the function's header says is a record of a form.
    fn is_record_parameter(&self, name: &str) -> bool {
        let function = self.functions.iter().find(|(known, _)| *known == self.function).map(|(_, function)| function);
        let mut params = function.into_iter().flat_map(|function| &function.params);
        params.any(|param| param.name.name == *name && param.ty.kind == TypeKind::Form)
    }

    /// Adds what variables can be at the end of another way.
    fn merge(&mut self, end: HashMap<String, Vals>) {
        for (name, vals) in end {
            join(self.env.entry(name).or_default(), &vals);
        }
    }

    fn assign(&mut self, assign: &'t rainwright_syntax::ast::Assign) {
        let vals = self.expr(&assign.value);
        match &assign.target.kind {
            ExprKind::Name(name) => {
                let vals = match assign.op {
                    None => vals,
                    Some(op) => {
                        let left = self.env.get(name.as_str()).cloned().unwrap_or_default();
                        self.arithmetic(op, &left, &vals)
                    }
                };
                if let Some(ty) = assign.ty {
                    let kinds = match ty.kind {
                        TypeKind::Text => Some(Kind::Text),
                        TypeKind::Number => Some(Kind::Number),
                        _ => None,
                    };
                    for id in sources(&vals).into_iter().filter(|_| kinds == Some(Kind::Number)) {
                        self.shapes.get_mut(id).numeric = true;
                    }
                }
                if !self.loops.is_empty() {
                    let set_by = self.set_by.entry(name.to_string()).or_default();
                    for id in &self.loops {
                        if set_by.len() < 4 && !set_by.contains(id) {
                            set_by.push(*id);
                        }
                    }
                }
                self.env.insert(name.to_string(), vals);
            }
            ExprKind::Member { object, name } => {
                let on = self.expr(object);
                for val in &on {
                    if let Abs::Local(local) = val {
                        join(self.locals[*local].fields.entry(name.name.to_string()).or_default(), &vals);
                    }
                    if let Abs::Made(id) = val {
                        self.shapes.narrow(*id, Kind::Map.into());
                    }
                }
            }
            ExprKind::Query(query) => self.query_parts(query),
            _ => {}
        }
    }

    /// A name as the script reads it.
    fn name(&mut self, name: &str) -> Vals {
        if let Some(vals) = self.env.get(name) {
            return vals.clone();
        }
        // Bare statements that begin with `body = body.toMap();` are given it.
        if self.assigned.contains(name) && !(self.function.is_empty() && product::is_injected(name)) {
            return other(Kinds::ANY);
        }
        if let Some(row) = word(name) {
            return other(row.returns);
        }
        if !self.is_injected(name) {
            return other(Kinds::ANY);
        }
        let id = self.shapes.root(Origin::Variable(name.to_owned()), name, product::is_json_variable(name));
        vec![Abs::Made(id)]
    }

    /// Whether a name that nothing assigns is one that the product or the caller gives.
    ///
    /// In a function only names count that some product is known to inject: everything else is a mistake that Zoho would
    /// refuse. Bare statements get their arguments from a dialogue, so any name may be one, unless it is all but spelt like
    /// a variable of the script.
    fn is_injected(&self, name: &str) -> bool {
        // A handler gets what its kind gets, and nothing else.
        if let Some(kind) = self.kind.filter(|kind| kind.params == Params::None && !self.forms) {
            return kind.variable(name).is_some();
        }
        if product::is_injected(name) || self.forms {
            return !self.is_misspelt(name) || product::is_injected(name);
        }
        self.function.is_empty() && !self.is_misspelt(name)
    }

    /// Whether a name is all but spelt like a variable of the function.
    fn is_misspelt(&self, name: &str) -> bool {
        // What is read more than once is no slip of the last letter, nor is what stands before the variable.
        let is_once = self.reads.get(name) == Some(&1);
        self.assigned
            .iter()
            .any(|near| is_slip(name, near) || is_once && self.env.contains_key(near) && is_slip_at_end(name, near))
    }
}

/// A function's name with its namespace, as the evaluator knows it.
pub(crate) fn function_name(function: &Function) -> String {
    let name = function.path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(".");
    name.strip_prefix("thisapp.").map(str::to_owned).unwrap_or(name)
}

/// Whether a script queries or changes records, or fills in a form: only Creator's scripts do.
pub(crate) fn uses_records(tree: &Tree) -> bool {
    let mut every = Every::default();
    rainwright_syntax::visit::walk(&mut every, tree);
    let on_form = |expr: &Expr| matches!(expr.kind, ExprKind::Member { .. }) && expression::root(expr) == Some("input");
    let asks = every.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Query(_) | ExprKind::Insert(_) => true,
        ExprKind::Method { object, name, .. } => name.name.eq_ignore_ascii_case("insert") && on_form(object),
        _ => false,
    });
    asks || every.stmts.iter().any(|stmt| matches!(&stmt.kind, StmtKind::Assign(assign) if on_form(&assign.target)))
}
