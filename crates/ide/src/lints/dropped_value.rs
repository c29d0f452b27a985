//! Finds calls that give a new value which is dropped.

use crate::call::Call;
use crate::kinds::within;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{ExprKind, Stmt, StmtKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// A function gives a new value, and the value is dropped.
    ///
    /// # Why
    /// `name.trim();` does not change `name`: texts, numbers and dates never change, the function gives a new one.
    ///
    /// # Instead
    /// Assign the result: `name = name.trim();`.
    DroppedValue, Warning, Suggested;
    bad: "name = \" Ann \";\nname.trim();\ninfo name;";
    good: "name = \" Ann \";\nname = name.trim();\ninfo name;";
    hooks: &[Hook::Stmt(check)];
}

/// Functions that change nothing, whatever they are called on.
const PURE: &[&str] = &[
    "trim",
    "toUpperCase",
    "toLowerCase",
    "replaceAll",
    "replaceFirst",
    "subString",
    "toString",
    "toLong",
    "toNumber",
    "toDecimal",
    "toDate",
    "toList",
    "toMap",
    "toJSONList",
    "toJSONMap",
    "addDay",
    "addMonth",
    "addYear",
    "addHour",
    "addMinutes",
    "subDay",
    "subMonth",
    "subYear",
    "round",
    "get",
    "getJSON",
    "contains",
    "startsWith",
    "endsWith",
    "size",
    "length",
    "concat",
    "encodeUrl",
    "distinct",
    "containsKey",
    "isEmpty",
    "isNull",
    "isBlank",
    "keys",
];

fn check(script: &Script<'_>, body: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::Expr(expr) = &stmt.kind else { return };
    let Some(call) = Call::of(script, body, expr) else { return };
    let Some(method) = call.method else { return };
    let scalar = Kinds::of(&[Kind::Text, Kind::Number, Kind::Decimal, Kind::Bool, Kind::DateTime, Kind::Time]);
    let sure = call.on != Kinds::NONE && call.on != Kinds::ANY && within(call.on, scalar);
    if !(sure || PURE.iter().any(|pure| call.is(pure))) {
        return;
    }
    let gives = call.on.iter().filter_map(|kind| method.on(kind)).chain(method.free);
    if !gives.into_iter().all(|bound| bound.row.returns != Kinds::NONE) {
        return;
    }
    let mut diagnostic = LINT.at(call.name.span, format!("{} gives a value, which is dropped here", call.name.name));
    if let Some(ExprKind::Name(name)) = call.object.map(|object| &object.kind)
        && !["get", "getJSON", "size", "length", "contains"].iter().any(|asks| call.is(asks))
    {
        diagnostic = diagnostic.with_fix(Span::new(expr.span.start, expr.span.start), format!("{name} = "));
    }
    found.push(diagnostic);
}
