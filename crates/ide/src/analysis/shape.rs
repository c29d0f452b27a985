//! Which keys a map is known to have: those of its literal, those that `put` gives it before it is read, and those that a
//! service is known to answer with.

use super::known::{KnownAnswer, at_address, record};
use crate::call::full_name;
use crate::script::FunctionBody;
use rainwright_builtins::{Integration, integration};
use rainwright_syntax::ast::{Arg, BinaryOp, Expr, ExprKind, StmtKind, TaskEntry};
use rainwright_value::Kind;
use std::collections::{BTreeMap, HashMap};

/// What is known of a value's inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The keys of a map with what is under them.
    pub keys: BTreeMap<String, Shape>,
    /// What the elements of a list are made of.
    pub element: Option<Box<Shape>>,
}

/// How deep maps in maps are followed.
const DEEPEST: usize = 8;

/// The most keys that a shape holds, all levels together: a map that is put into itself again and again would double each time.
const MOST: usize = 2_000;

impl Shape {
    fn size(&self) -> usize {
        let inner = self.keys.values().map(Shape::size).sum::<usize>();
        1 + inner + self.element.as_ref().map_or(0, |element| element.size())
    }

    /// The shape, without its inner levels when it is too large.
    fn bounded(mut self) -> Self {
        if self.size() > MOST {
            self.keys = self.keys.into_keys().take(MOST).map(|key| (key, Shape::default())).collect();
            self.element = None;
        }
        self
    }

    /// Adds what is known of another value that may be here as well.
    pub fn join(&mut self, other: Shape) {
        for (key, shape) in other.keys {
            self.keys.entry(key).or_default().join(shape);
        }
        if let Some(element) = other.element {
            self.element.get_or_insert_default().join(*element);
        }
    }
}

/// The shapes of a body's variables.
#[derive(Debug, Default)]
pub(crate) struct Shapes<'k> {
    /// What services answer.
    known: &'k [KnownAnswer],
    variables: HashMap<String, Shape>,
    /// What the texts of variables begin with, for addresses.
    beginnings: HashMap<String, String>,
    /// Keys that the body reads from a variable, whatever is known of it.
    read: HashMap<String, Vec<String>>,
    /// The modules whose records variables become, by the variable: the maps that tasks are given.
    given: HashMap<String, Vec<(&'static str, String)>>,
}

/// A key that a map has, or can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownKey {
    /// The key.
    pub(crate) name: String,
    /// Where it is known from, for people.
    pub(crate) from: String,
    /// How far down in a list it belongs.
    pub(crate) rank: u8,
}

impl<'k> Shapes<'k> {
    pub(crate) fn of(body: &FunctionBody<'_>, known: &'k [KnownAnswer]) -> Self {
        let mut shapes = Self { known, ..Self::default() };
        body.stmts.iter().for_each(|stmt| match &stmt.kind {
            StmtKind::Assign(assign) if assign.op.is_none() => {
                if let ExprKind::Name(name) = &assign.target.kind {
                    let shape = shapes.shape(&assign.value, 0).bounded();
                    if let Some(beginning) = shapes.beginning(&assign.value) {
                        shapes.beginnings.insert(name.to_string(), beginning);
                    }
                    shapes.variables.entry(name.to_string()).or_default().join(shape);
                }
            }
            StmtKind::ForEach(each) => {
                let element = shapes.shape(&each.iterable, 0).element.map(|element| *element).unwrap_or_default();
                shapes.variables.entry(each.variable.name.to_string()).or_default().join(element);
            }
            StmtKind::Expr(expr) => shapes.change(expr),
            _ => {}
        });
        body.exprs.iter().for_each(|expr| {
            if let ExprKind::Method { object, name, args } = &expr.kind
                && reads_key(&name.name)
                && let (ExprKind::Name(variable), Some(key)) = (&object.kind, first_text(args))
            {
                shapes.read.entry(variable.to_string()).or_default().push(key.to_owned());
            }
            shapes.note_given(expr);
        });
        shapes
    }

    /// A task that writes a record is given a map of its fields: `zoho.crm.createRecord("Leads",values)`.
    fn note_given(&mut self, expr: &Expr) {
        let Some((task, module, args)) = module_task(expr) else { return };
        if reads(task) || record(self.known, task.name, module).is_none() {
            return;
        }
        for arg in args {
            if let ExprKind::Name(variable) = &arg.value.kind {
                self.given.entry(variable.to_string()).or_default().push((task.name, module.to_owned()));
            }
        }
    }

    /// The keys of an expression's value, those that are read from the variable elsewhere, and the fields of the record that
    /// it becomes.
    pub(crate) fn keys(&self, expr: &Expr) -> Vec<KnownKey> {
        let own = self.shape(expr, 0).keys.into_keys();
        let mut found: Vec<KnownKey> =
            own.map(|name| KnownKey { name, from: "key of the map".into(), rank: 0 }).collect();
        let mut add = |name: &str, from: &str, rank| {
            if found.iter().all(|known| known.name != name) {
                found.push(KnownKey { name: name.to_owned(), from: from.to_owned(), rank });
            }
        };
        let ExprKind::Name(variable) = &expr.kind else { return found };
        for (task, module) in self.given.get(variable.as_str()).into_iter().flatten() {
            let fields = record(self.known, task, module).into_iter().flat_map(|record| record.keys.keys());
            fields.for_each(|name| add(name, &format!("field of {module}"), 1));
        }
        let mut read = self.read.get(variable.as_str()).cloned().unwrap_or_default();
        read.sort_unstable();
        read.iter().for_each(|name| add(name, "key that is read elsewhere", 2));
        found
    }

    /// What the text that an expression gives begins with.
    fn beginning(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Text(text) => Some(text.to_string()),
            ExprKind::Name(name) => self.beginnings.get(name.as_str()).cloned(),
            ExprKind::Paren(inner) => self.beginning(inner),
            ExprKind::Binary { op: BinaryOp::Add, left, .. } => rainwright_syntax::ast::deep(|| self.beginning(left)),
            _ => None,
        }
    }

    /// What a task about the records of a module answers: one of them, or a list.
    fn answered(&self, expr: &Expr) -> Option<Shape> {
        let (task, module, _) = module_task(expr)?;
        let record = record(self.known, task.name, module).filter(|_| reads(task))?.clone();
        let is_list = task.returns.has(Kind::List);
        Some(if is_list { Shape { keys: BTreeMap::new(), element: Some(Box::new(record)) } } else { record })
    }

    /// `m.put("k", e)`, `m.putAll(other)`, `l.add(e)`.
    fn change(&mut self, expr: &Expr) {
        let ExprKind::Method { object, name, args } = &expr.kind else { return };
        let is = |known: &str| name.name.eq_ignore_ascii_case(known);
        let change = match args.as_slice() {
            [key, value] if is("put") => {
                let Some(key) = text(&key.value) else { return };
                Shape { keys: BTreeMap::from([(key.to_owned(), self.shape(&value.value, 0))]), element: None }
            }
            [other] if is("putAll") => self.shape(&other.value, 0),
            [element] if is("add") => {
                Shape { keys: BTreeMap::new(), element: Some(Box::new(self.shape(&element.value, 0))) }
            }
            _ => return,
        };
        let change = change.bounded();
        if let Some(place) = self.place(object)
            && place.size() < MOST
        {
            place.join(change);
        }
    }

    /// The shape that a variable, or a key of it, has in this table.
    fn place(&mut self, object: &Expr) -> Option<&mut Shape> {
        match &object.kind {
            ExprKind::Name(name) => Some(self.variables.entry(name.to_string()).or_default()),
            ExprKind::Method { object, name, args } if reads_key(&name.name) => {
                let key = first_text(args)?.to_owned();
                Some(self.place(object)?.keys.entry(key).or_default())
            }
            _ => None,
        }
    }

    fn shape(&self, expr: &Expr, depth: usize) -> Shape {
        if depth > DEEPEST {
            return Shape::default();
        }
        let mut shape = Shape::default();
        match &expr.kind {
            ExprKind::Paren(inner) => return self.shape(inner, depth),
            ExprKind::Name(name) => return self.variables.get(name.as_str()).cloned().unwrap_or_default(),
            ExprKind::Map(pairs) => {
                for (key, value) in pairs {
                    if let Some(key) = text(key) {
                        shape.keys.insert(key.to_owned(), self.shape(value, depth + 1));
                    }
                }
            }
            ExprKind::List { items, .. } => {
                let mut element = Shape::default();
                items.iter().take(64).for_each(|item| element.join(self.shape(item, depth + 1)));
                shape.element = Some(Box::new(element));
            }
            ExprKind::Method { object, name, args } => {
                if let Some(answered) = self.answered(expr) {
                    return answered;
                }
                let inner = || self.shape(object, depth + 1);
                if let Some(key) = first_text(args).filter(|_| reads_key(&name.name)) {
                    return inner().keys.remove(key).unwrap_or_default();
                }
                if name.name.eq_ignore_ascii_case("get") && args.len() == 1 {
                    return inner().element.map(|element| *element).unwrap_or_default();
                }
                if name.name.eq_ignore_ascii_case("toMap") || name.name.eq_ignore_ascii_case("toList") {
                    return inner();
                }
            }
            ExprKind::Task(task) => {
                let is = |entry: &TaskEntry, key: &str| entry.key.name.eq_ignore_ascii_case(key);
                let is_true = |expr: &Expr| matches!(&expr.kind, ExprKind::Bool(true));
                let url = task.entries.iter().find(|entry| is(entry, "url"));
                let beginning = url.and_then(|entry| self.beginning(&entry.value));
                let body = beginning.map(|beginning| at_address(self.known, &beginning)).unwrap_or_default();
                if !task.entries.iter().any(|entry| is(entry, "detailed") && is_true(&entry.value)) {
                    return body;
                }
                let keys = ["responseCode", "responseHeader"];
                shape.keys.extend(keys.map(|key| (key.to_owned(), Shape::default())));
                shape.keys.insert("responseText".to_owned(), body);
            }
            _ => {}
        }
        shape
    }
}

/// A task about the records of a module, the module, and the task's arguments.
fn module_task(expr: &Expr) -> Option<(&'static Integration, &str, &[Arg])> {
    let ExprKind::Method { object, name, args } = &expr.kind else { return None };
    let module = first_text(args)?;
    Some((integration(&full_name(object, name)?)?, module, args))
}

/// Whether a task only reads.
fn reads(task: &Integration) -> bool {
    task.method.eq_ignore_ascii_case("GET")
}

/// Whether the first argument of a method is a key of its map.
pub(crate) fn reads_key(method: &str) -> bool {
    ["get", "getJSON", "put", "remove", "containsKey", "containKey"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(method))
}

fn first_text(args: &[Arg]) -> Option<&str> {
    args.first().and_then(|arg| text(&arg.value))
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}
