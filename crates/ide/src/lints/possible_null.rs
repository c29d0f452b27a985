//! Finds values read from a map that are used as they are, though the key may be missing.
//!
//! Joined to a text they leave `null` in it; a function or arithmetic on them stops the script. What the body looks at
//! anywhere (`!= null`, `ifnull`, `containsKey` …) counts as guarded, and some keys are always there. In the log a null may be
//! seen.
//!
//! ```deluge
//! m = "{}".toMap();
//! text = "Dear " + m.get("name");
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span};
use rainwright_syntax::ast::{Arg, BinaryOp, Expr, ExprKind, StmtKind, UnaryOp};
use rainwright_value::{Kind, Kinds};
use std::collections::{HashMap, HashSet};

pub(super) const IN_TEXT: Lint = Lint {
    code: Code::NullInText,
    severity: Severity::Note,
    doc: "A value that may be null is joined to a text.",
    example: "m = \"{}\".toMap();\ntext = \"Dear \" + m.get(\"name\");",
    check: in_text,
};

pub(super) const USED: Lint = Lint {
    code: Code::PossibleNull,
    severity: Severity::Note,
    doc: "A value that may be null is computed with, or a function is called on it.",
    example: "m = \"{}\".toMap();\ninfo m.get(\"total\") * 2;",
    check: used,
};

/// Functions that answer for null too.
const SAFE: &[&str] = &["isnull", "isempty", "isblank", "ifnull"];

/// Keys that every record, every detailed answer and every organization has.
const ALWAYS: &[&str] =
    &["id", "Created_Time", "Modified_Time", "responseCode", "responseText", "responseHeader", "organization_id"];

fn in_text(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let text = Kinds::from(Kind::Text);
    let nulls = Nulls::of(body);
    let mut logged: Vec<Span> = Vec::new();
    body.stmts(&mut |stmt| {
        if let StmtKind::Info(value) = &stmt.kind {
            logged.push(value.span);
        }
    });
    body.exprs(&mut |expr| {
        let ExprKind::Binary { op: BinaryOp::Add, left, right, .. } = &expr.kind else { return };
        let before = logged.partition_point(|span| span.start <= expr.span.start);
        if before.checked_sub(1).is_some_and(|at| logged[at].end >= expr.span.end) {
            return;
        }
        for (side, other) in [(left, right), (right, left)] {
            if let Some(name) = nulls.in_value(side)
                && body.kinds(script, other) == text
            {
                found.push(IN_TEXT.at(side.span, format!("Possible null in concatenation: {name} may be missing")));
            }
        }
    });
}

/// Each key and variable is told once: the first place that stops is enough to look at.
fn used<'t>(script: &Script<'_>, body: &Body<'t>, found: &mut Vec<Diagnostic>) {
    let nulls = Nulls::of(body);
    let mut told = HashSet::new();
    let mut tell = |value: &'t Expr, what: &str| {
        if let Some(name) = nulls.in_value(value)
            && told.insert(name)
        {
            found.push(USED.at(value.span, format!("{what}: {name} may be missing")));
        }
    };
    body.exprs(&mut |expr| match &expr.kind {
        ExprKind::Method { object, name, .. } if !SAFE.iter().any(|safe| name.name.eq_ignore_ascii_case(safe)) => {
            tell(object, &format!("Possible null in front of {}", name.name));
        }
        ExprKind::Binary { op, left, right, .. } => {
            let computes = match op {
                BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => true,
                BinaryOp::Add => [left, right].iter().any(|side| {
                    let kinds = body.kinds(script, side);
                    kinds != Kinds::ANY && crate::kinds::within(kinds, Kinds::NUMERIC)
                }),
                _ => false,
            };
            if computes {
                tell(left, "Possible null in arithmetic");
                tell(right, "Possible null in arithmetic");
            }
        }
        _ => {}
    });
}

/// What a body shows about the values that may be null.
#[derive(Default)]
struct Nulls<'t> {
    /// Keys and variables that the body looks at before it uses them.
    guarded: HashSet<&'t str>,
    /// Keys that a variable's map has been given.
    given: HashSet<(&'t str, &'t str)>,
    /// The one value that a variable is assigned; `None` where there are several, or another source.
    values: HashMap<&'t str, Option<&'t Expr>>,
}

impl<'t> Nulls<'t> {
    fn of(body: &Body<'t>) -> Self {
        let mut nulls = Self::default();
        for param in body.function.iter().flat_map(|f| &f.params) {
            nulls.values.insert(&param.name.name, None);
        }
        body.stmts(&mut |stmt| match &stmt.kind {
            StmtKind::Assign(assign) => {
                if let ExprKind::Name(name) = &assign.target.kind {
                    nulls.assign(name, assign.op.is_none().then_some(&assign.value));
                }
            }
            StmtKind::ForEach(each) => nulls.assign(&each.variable.name, None),
            StmtKind::If { branches, .. } => branches.iter().for_each(|(condition, _)| nulls.guard_all(condition)),
            _ => {}
        });
        body.exprs(&mut |expr| nulls.look(expr));
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

    /// The key or variable for whose sake a value may be null.
    fn in_value(&self, expr: &'t Expr) -> Option<&'t str> {
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
                let is_open = |key: &&str| !ALWAYS.contains(key) && !self.guarded.contains(key);
                let key = read_key(expr, args).filter(is_open)?;
                let given = matches!(&object.kind, ExprKind::Name(map) if self.given.contains(&(map.as_str(), key)));
                (!given).then_some(key)
            }
            _ => None,
        }
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
