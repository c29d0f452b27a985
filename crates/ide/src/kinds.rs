//! What an expression can be, as far as it shows before the run.

use crate::script::{Script, full_name, path};
use rainwright_builtins::{block_task, integration, method, word};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, TypeKind, UnaryOp, deep};
use rainwright_value::{Kind, Kinds};
use std::collections::HashMap;

/// The kinds of a declared type.
pub(crate) fn declared(ty: TypeKind) -> Kinds {
    match ty {
        TypeKind::Void => Kind::Null.into(),
        TypeKind::Text => Kind::Text.into(),
        TypeKind::Number => Kind::Number.into(),
        TypeKind::Decimal => Kinds::NUMERIC,
        TypeKind::Bool => Kind::Bool.into(),
        TypeKind::DateTime => Kind::DateTime.into(),
        TypeKind::Time => Kind::Time.into(),
        TypeKind::Map => Kind::Map.into(),
        TypeKind::List => Kind::List.into(),
        TypeKind::Collection => Kind::Collection.into(),
        TypeKind::File => Kind::File.into(),
        TypeKind::Any => Kinds::ANY,
    }
}

/// The kinds that the expression can have; [`Kinds::ANY`] when nothing is known.
pub(crate) fn infer(script: &Script<'_>, variables: &HashMap<&str, Kinds>, expr: &Expr) -> Kinds {
    let of = |e: &Expr| infer(script, variables, e);
    deep(|| match &expr.kind {
        ExprKind::Null => Kind::Null.into(),
        ExprKind::Bool(_) => Kind::Bool.into(),
        ExprKind::Number(_) | ExprKind::Insert(_) => Kind::Number.into(),
        ExprKind::Decimal(_) => Kind::Decimal.into(),
        ExprKind::Text(_) => Kind::Text.into(),
        ExprKind::Quoted(_) => Kinds::of(&[Kind::Text, Kind::DateTime, Kind::Time]),
        ExprKind::List { .. } | ExprKind::TypedList { .. } => Kind::List.into(),
        ExprKind::Map(_) => Kind::Map.into(),
        ExprKind::EmptyBraces => Kinds::of(&[Kind::Map, Kind::List, Kind::Collection]),
        ExprKind::Name(name) => match variables.get(name.as_str()) {
            Some(kinds) => *kinds,
            None => word(name).map_or(Kinds::ANY, |row| row.returns),
        },
        ExprKind::Member { .. } => {
            let name = path(expr).map(|parts| parts.join("."));
            name.and_then(|name| word(&name)).map_or(Kinds::ANY, |row| row.returns)
        }
        ExprKind::Paren(inner) => of(inner),
        ExprKind::Unary { op: UnaryOp::Not, .. } => Kind::Bool.into(),
        ExprKind::Unary { operand, .. } => numeric(of(operand), Kind::Number.into()),
        ExprKind::Binary { op, left, right, .. } => binary(*op, of(left), of(right)),
        ExprKind::Call { name, args } => {
            let arg = |i: usize| args.get(i).map_or(Kinds::ANY, |a| of(&a.value));
            if name.name.eq_ignore_ascii_case("if") {
                return arg(1).or(arg(2));
            }
            if name.name.eq_ignore_ascii_case("ifnull") {
                let given: Vec<Kind> = arg(0).iter().filter(|k| *k != Kind::Null).collect();
                return Kinds::of(&given).or(arg(1));
            }
            if let Some(function) = script.function(&name.name) {
                return declared(function.returns.kind);
            }
            match method(&name.name) {
                Some(found) => match found.free {
                    Some(free) => free.row.returns,
                    None => results(found, arg(0)),
                },
                None => Kinds::ANY,
            }
        }
        ExprKind::Method { object, name, .. } => {
            if let Some(full) = full_name(object, name) {
                let root = full.split('.').next().unwrap_or("");
                if !variables.contains_key(root) {
                    let function = script.function(&name.name).map(|f| declared(f.returns.kind));
                    // A service may answer with its error instead of the documented result.
                    let task = integration(&full).map(|_| Kinds::ANY);
                    let bare = word(&full[..full.len() - name.name.len() - 1]).is_none();
                    if bare || function.is_some() || task.is_some() {
                        return task.or(function).unwrap_or(Kinds::ANY);
                    }
                }
            }
            method(&name.name).map_or(Kinds::ANY, |found| results(found, of(object)))
        }
        ExprKind::Task(task) => block_task(&task.name.name).map_or(Kinds::ANY, |row| row.returns),
        ExprKind::Query(_) | ExprKind::Period(_) | ExprKind::Attachments(_) | ExprKind::Error => Kinds::ANY,
        ExprKind::TypedMap { .. } => Kind::Map.into(),
    })
}

/// The results of a method on any of these receivers.
fn results(method: &rainwright_builtins::Method, on: Kinds) -> Kinds {
    let all = on.iter().filter_map(|kind| method.on(kind)).map(|bound| bound.row.returns);
    all.reduce(Kinds::or).unwrap_or(Kinds::ANY)
}

fn binary(op: BinaryOp, left: Kinds, right: Kinds) -> Kinds {
    let text = Kinds::from(Kind::Text);
    match op {
        BinaryOp::Add if left == text || right == text => text,
        BinaryOp::Add if within(left.or(right), Kinds::NUMERIC) => numeric(left, right),
        BinaryOp::Add => Kinds::of(&[Kind::Text, Kind::Number, Kind::Decimal, Kind::DateTime]),
        BinaryOp::Subtract if within(left.or(right), Kinds::NUMERIC) => numeric(left, right),
        BinaryOp::Subtract => Kinds::NUMERIC.or(Kind::DateTime.into()),
        BinaryOp::Multiply | BinaryOp::Remainder => numeric(left, right),
        BinaryOp::Divide => Kinds::NUMERIC,
        _ => Kind::Bool.into(),
    }
}

fn numeric(left: Kinds, right: Kinds) -> Kinds {
    let number = Kinds::from(Kind::Number);
    if left == number && right == number { number } else { Kinds::NUMERIC }
}

/// Whether all kinds of the first set are in the second.
pub(crate) fn within(kinds: Kinds, set: Kinds) -> bool {
    kinds.iter().all(|kind| set.has(kind))
}

/// Whether the sets have no kind in common.
pub(crate) fn apart(a: Kinds, b: Kinds) -> bool {
    !a.iter().any(|kind| b.has(kind))
}
