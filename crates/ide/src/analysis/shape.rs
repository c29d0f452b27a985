//! Which keys a map is known to have: those of its literal, and those that `put` gives it before it is read.

use crate::script::FunctionBody;
use rainwright_syntax::ast::{Arg, Expr, ExprKind, StmtKind};
use std::collections::{BTreeMap, HashMap};

/// What is known of a value's inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The keys of a map with what is under them.
    pub(crate) keys: BTreeMap<String, Shape>,
    /// What the elements of a list are made of.
    pub(crate) element: Option<Box<Shape>>,
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

    fn join(&mut self, other: Shape) {
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
pub(crate) struct Shapes {
    variables: HashMap<String, Shape>,
    /// Keys that the body reads from a variable, whatever is known of it.
    read: HashMap<String, Vec<String>>,
}

impl Shapes {
    pub(crate) fn of(body: &FunctionBody<'_>) -> Self {
        let mut shapes = Self::default();
        body.stmts.iter().for_each(|stmt| match &stmt.kind {
            StmtKind::Assign(assign) if assign.op.is_none() => {
                if let ExprKind::Name(name) = &assign.target.kind {
                    let shape = shapes.shape(&assign.value, 0).bounded();
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
        });
        shapes
    }

    /// The keys of an expression's value, and those that are read from the variable elsewhere.
    pub(crate) fn keys(&self, expr: &Expr) -> (Vec<String>, Vec<String>) {
        let known: Vec<String> = self.shape(expr, 0).keys.into_keys().collect();
        let mut read = match &expr.kind {
            ExprKind::Name(name) => self.read.get(name.as_str()).cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        read.sort_unstable();
        read.dedup();
        read.retain(|key| !known.contains(key));
        (known, read)
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
                let is_true = |expr: &Expr| matches!(&expr.kind, ExprKind::Bool(true));
                let detailed = |e: &rainwright_syntax::ast::TaskEntry| e.key.name.eq_ignore_ascii_case("detailed");
                if task.entries.iter().any(|entry| detailed(entry) && is_true(&entry.value)) {
                    let keys = ["responseCode", "responseText", "responseHeader"];
                    shape.keys.extend(keys.map(|key| (key.to_owned(), Shape::default())));
                }
            }
            _ => {}
        }
        shape
    }
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
