//! What a body shows about values that may be null: which are tested before they are used.
//!
//! What the body tests anywhere (`!= null`, `ifnull`, `containsKey` …) counts as guarded, and some keys are always there.

use crate::hash::{HashMap, HashSet};
use crate::script::FunctionBody;
use rainwright_syntax::ast::{Arg, BinaryOp, Expr, ExprKind, StmtKind, UnaryOp};

/// Functions that answer for null too.
pub(super) const SAFE: &[&str] = &["isnull", "isempty", "isblank", "ifnull"];

/// Keys that are always there: of every record and detailed answer, and fields that the products demand.
const ALWAYS: &[&str] = &[
    "id",
    "Created_Time",
    "Modified_Time",
    "Owner",
    "Last_Name",
    "Deal_Name",
    "Product_Name",
    "Vendor_Name",
    "Quote_Number",
    "SO_Number",
    "responseCode",
    "responseText",
    "responseHeader",
    "organization_id",
    "invoice_id",
    "invoice_number",
    "customer_id",
    "customer_name",
    "contact_id",
    "contact_name",
    "item_id",
    "line_items",
    "estimate_id",
    "salesorder_id",
];

/// Keys that may be missing, but are there wherever people put them into a text.
const IN_TEXTS: &[&str] = &["Account_Name", "Subject", "message", "Message", "code", "status", "error", "errors"];

/// What a body shows about the values that may be null.
#[derive(Default)]
pub(super) struct Nulls<'t> {
    /// Keys and variables that the body looks at before it uses them.
    guarded: HashSet<&'t str>,
    /// Keys that a variable's map has been given.
    given: HashSet<(&'t str, &'t str)>,
    /// The one value that a variable is assigned; `None` where there are several, or another source.
    values: HashMap<&'t str, Option<&'t Expr>>,
}

impl<'t> Nulls<'t> {
    pub(super) fn of(body: &FunctionBody<'t>) -> Self {
        let mut nulls = Self::default();
        for param in body.function.iter().flat_map(|f| &f.params) {
            nulls.values.insert(&param.name.name, None);
        }
        for stmt in &body.stmts {
            match &stmt.kind {
                StmtKind::Assign(assign) => {
                    if let ExprKind::Name(name) = &assign.target.kind {
                        nulls.assign(name, assign.op.is_none().then_some(&assign.value));
                    }
                }
                StmtKind::ForEach(each) => nulls.assign(&each.variable.name, None),
                StmtKind::If { branches, .. } => branches.iter().for_each(|(condition, _)| nulls.guard_all(condition)),
                _ => {}
            }
        }
        body.exprs.iter().for_each(|expr| nulls.look(expr));
        nulls
    }

    fn assign(&mut self, name: &'t str, value: Option<&'t Expr>) {
        self.values.entry(name).and_modify(|known| *known = None).or_insert(value);
        if let Some(Expr { kind: ExprKind::Map(pairs), .. }) = value {
            self.given.extend(pairs.iter().filter_map(|(key, _)| Some((name, text(key)?))));
        }
    }

    /// Notes what an expression guards or gives.
    fn look(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Binary {
                op: BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::Is | BinaryOp::IsNot,
                left,
                right,
                ..
            } => {
                self.guard(left);
                self.guard(right);
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.guard(operand),
            ExprKind::Call { name, args } if SAFE.iter().any(|safe| name.name.eq_ignore_ascii_case(safe)) => {
                args.iter().take(1).for_each(|arg| self.guard(&arg.value));
            }
            ExprKind::Call { name, args } if name.name.eq_ignore_ascii_case("if") => {
                args.iter().take(1).for_each(|arg| self.guard_all(&arg.value));
            }
            ExprKind::Method { object, name, args } => {
                let is = |known: &str| name.name.eq_ignore_ascii_case(known);
                if SAFE.iter().any(|safe| is(safe)) {
                    self.guard(object);
                } else if is("containsKey") || is("containKey") {
                    self.guarded.extend(args.first().and_then(|arg| text(&arg.value)));
                } else if is("put")
                    && let (ExprKind::Name(map), Some(key)) =
                        (&object.kind, args.first().and_then(|arg| text(&arg.value)))
                {
                    self.given.insert((map, key));
                }
            }
            _ => {}
        }
    }

    /// Whether the body looks at a key or a variable before it uses it.
    pub(super) fn is_guarded(&self, name: &str) -> bool {
        self.guarded.contains(name)
    }

    fn guard(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Paren(inner) => self.guard(inner),
            ExprKind::Name(name) => drop(self.guarded.insert(name)),
            ExprKind::Method { args, .. } => self.guarded.extend(read_key(expr, args)),
            _ => {}
        }
    }

    /// A condition guards what it asks: `if(found)`, `if(text.contains("x"))`.
    fn guard_all(&mut self, condition: &'t Expr) {
        self.guard(condition);
        if let ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right, .. } = &condition.kind {
            self.guard_all(left);
            self.guard_all(right);
        }
    }

    /// Whether a value is read from a map by a key.
    fn is_read(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => {
                self.values.get(name.as_str()).copied().flatten().is_some_and(|value| key_of(value).is_some())
            }
            _ => key_of(expr).is_some(),
        }
    }

    /// The same for a value that is joined to a text.
    pub(super) fn in_text(&self, expr: &'t Expr) -> Option<&'t str> {
        self.in_value(expr).filter(|name| {
            let value = || (*self.values.get(name)?).and_then(key_of);
            !IN_TEXTS.contains(name) && !value().is_some_and(|key| IN_TEXTS.contains(&key))
        })
    }

    /// The key or variable for whose sake a value may be null.
    pub(super) fn in_value(&self, expr: &'t Expr) -> Option<&'t str> {
        self.in_value_of(expr, true)
    }

    fn in_value_of(&self, expr: &'t Expr, follow: bool) -> Option<&'t str> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.in_value_of(inner, follow),
            ExprKind::Name(name) if follow && !self.guarded.contains(name.as_str()) => {
                let value = (*self.values.get(name.as_str())?)?;
                self.in_value_of(value, false).map(|_| name.as_str())
            }
            ExprKind::Call { name, args } if name.name.eq_ignore_ascii_case("ifnull") => {
                args.get(1).and_then(|arg| self.in_value_of(&arg.value, follow))
            }
            ExprKind::Method { object, args, .. } => {
                // A field that refers to another record holds its name beside its id.
                let of_lookup = |key: &str| matches!(key, "name" | "email") && self.is_read(object);
                let is_open = |key: &&str| !ALWAYS.contains(key) && !self.guarded.contains(key) && !of_lookup(key);
                let key = read_key(expr, args).filter(is_open)?;
                let given = matches!(&object.kind, ExprKind::Name(map) if self.given.contains(&(map.as_str(), key)));
                (!given).then_some(key)
            }
            _ => None,
        }
    }
}

/// The constant key that an expression reads.
fn key_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Method { args, .. } => read_key(expr, args),
        _ => None,
    }
}

/// The constant key that a call of `get` or `getJSON` reads.
fn read_key<'t>(expr: &'t Expr, args: &'t [Arg]) -> Option<&'t str> {
    let ExprKind::Method { name, .. } = &expr.kind else { return None };
    let reads = name.name.eq_ignore_ascii_case("get") || name.name.eq_ignore_ascii_case("getJSON");
    match args {
        [arg] if reads => text(&arg.value),
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}
