//! Finds arguments of a kind that the function cannot use.
//!
//! Zoho: `Argument type mismatches for the function f at index n`. Only certain mismatches count: a text may hold a number, a
//! date or a list, and anything may be null.
//!
//! ```deluge
//! info "a".repeat({1,2});
//! ```

use super::Lint;
use super::argument_count::is_qualified;
use crate::kinds::{apart, declared, within};
use crate::script::{Body, Script};
use rainwright_builtins::method;
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{Arg, Expr, ExprKind, TypeKind};
use rainwright_value::{Kind, Kinds};

pub(super) const LINT: Lint = Lint {
    code: Code::WrongArgumentKind,
    severity: Severity::Error,
    doc: "An argument is of a kind that the function cannot use.",
    example: "info \"a\".repeat({1,2});",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        let Some((name, args, wanted)) = call(script, body, expr) else { return };
        for (i, (arg, wanted)) in args.iter().zip(wanted).enumerate() {
            let given = body.kinds(script, &arg.value);
            if mismatch(given, wanted) || is_no_number(&arg.value, wanted) {
                let message = format!("Argument type mismatches for the function {name} at index {}", i + 1);
                let mut diagnostic = LINT.at(arg.value.span, message);
                let found_kind = if given == Kinds::ANY { Kind::Text.into() } else { given };
                diagnostic.problem = diagnostic.problem.with_help(format!("It takes {wanted}, this is {found_kind}."));
                found.push(diagnostic);
            }
        }
    });
}

/// The name of what is called, its arguments, and the kinds that it takes at each place.
fn call<'e>(script: &Script<'_>, body: &Body<'_>, expr: &'e Expr) -> Option<(&'e str, &'e [Arg], Vec<Kinds>)> {
    match &expr.kind {
        ExprKind::Call { name, args } => {
            let function = script.function(&name.name)?;
            let kinds = function.params.iter().map(|p| match p.ty.kind {
                TypeKind::Any => Kinds::ANY,
                kind => declared(kind),
            });
            Some((&name.name, args, kinds.collect()))
        }
        ExprKind::Method { object, name, args } if !is_qualified(body, object) => {
            let kinds = body.kinds(script, object);
            let mut rows = kinds.iter().filter(|k| *k != Kind::Null).filter_map(|kind| method(&name.name)?.on(kind));
            let row = rows.next()?.row;
            // Only when one row answers for all that the receiver can be.
            if kinds == Kinds::ANY || rows.any(|other| !std::ptr::eq(other.row, row)) {
                return None;
            }
            Some((&name.name, args, row.params.iter().map(|p| p.kinds).collect()))
        }
        _ => None,
    }
}

/// Whether no value of the given kinds can be used where the wanted ones are.
fn mismatch(given: Kinds, wanted: Kinds) -> bool {
    let scalar = Kinds::of(&[Kind::Number, Kind::Decimal, Kind::Bool, Kind::DateTime, Kind::Time]);
    let can_convert = given.has(Kind::Text)
        || given.has(Kind::Null)
        || (wanted.has(Kind::Text) && !apart(given, scalar))
        || (!apart(wanted, Kinds::NUMERIC) && !apart(given, Kinds::NUMERIC));
    given != Kinds::NONE && wanted != Kinds::NONE && apart(given, wanted) && !can_convert
}

/// Whether a text stands, as it is, where a number is wanted, and is none.
fn is_no_number(given: &Expr, wanted: Kinds) -> bool {
    let ExprKind::Text(text) = &given.kind else { return false };
    wanted != Kinds::NONE && within(wanted, Kinds::NUMERIC) && text.trim().parse::<f64>().is_err()
}
