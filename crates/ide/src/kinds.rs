//! What an expression can be, as far as it shows before the run.

use crate::call::qualified;
use crate::hash::HashMap;
use crate::script::{Script, path};
use rainwright_builtins::{integration, method, word};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, TypeKind, UnaryOp, deep};
use rainwright_value::{Kind, Kinds};
use std::cell::RefCell;
use std::hash::{BuildHasherDefault, Hasher};

/// The kinds of expressions that were asked for before, by the address of the node: each is worked out once.
pub(crate) type Memo = std::collections::HashMap<usize, Kinds, BuildHasherDefault<Address>>;

/// Hashes an address: nodes are aligned, so the low bits say nothing.
#[derive(Default)]
pub(crate) struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(8) ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64 >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

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
        TypeKind::Any | TypeKind::Form => Kinds::ANY,
    }
}

/// The kinds that the expression can have; [`Kinds::ANY`] when nothing is known. A memo belongs to one set of variables.
pub(crate) fn infer(
    script: &Script<'_>,
    variables: &HashMap<&str, Kinds>,
    memo: Option<&RefCell<Memo>>,
    expr: &Expr,
) -> Kinds {
    // What is as quickly worked out as looked up is not kept.
    let compound = matches!(
        expr.kind,
        ExprKind::Binary { .. } | ExprKind::Method { .. } | ExprKind::Call { .. } | ExprKind::Member { .. }
    );
    let Some(memo) = memo.filter(|_| compound) else { return work_out(script, variables, memo, expr) };
    let address = std::ptr::from_ref(expr) as usize;
    if let Some(known) = memo.borrow().get(&address) {
        return *known;
    }
    let kinds = work_out(script, variables, Some(memo), expr);
    memo.borrow_mut().insert(address, kinds);
    kinds
}

fn work_out(script: &Script<'_>, variables: &HashMap<&str, Kinds>, memo: Option<&RefCell<Memo>>, expr: &Expr) -> Kinds {
    let of = |e: &Expr| infer(script, variables, memo, e);
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
        ExprKind::Method { object, name, .. } => match qualified(variables, object, name) {
            // A service may answer with its error instead of the documented result.
            Some(full) if integration(&full).is_some() => Kinds::ANY,
            Some(_) => script.function(&name.name).map_or(Kinds::ANY, |f| declared(f.returns.kind)),
            None => method(&name.name).map_or(Kinds::ANY, |found| results(found, of(object))),
        },
        ExprKind::Task(task) => script.options.tasks.block_task(&task.name.name).map_or(Kinds::ANY, |row| row.returns),
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
