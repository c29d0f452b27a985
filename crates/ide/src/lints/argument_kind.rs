//! Finds arguments of a kind that the function cannot use.
//!
//! Only certain mismatches count: a text may hold a number, a date or a list, and anything may be null.

use crate::call::Call;
use crate::kinds::{apart, declared, within};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind, TypeKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// An argument is of a kind that the function cannot use.
    ///
    /// # Why
    /// Zoho refuses to save it, or stops there: `Argument type mismatches for the function f at index n`.
    ///
    /// # Instead
    /// Convert the value first, for example with `toString()` or `toNumber()`.
    WrongArgumentKind, Error, No;
    bad: "info \"a\".repeat({1,2});";
    good: "info \"a\".repeat(2);";
    hooks: &[Hook::Call(check), Hook::Task(task)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    let Some(wanted) = wanted(call) else { return };
    for (i, (arg, wanted)) in call.args.iter().zip(wanted).enumerate() {
        let given = body.kinds(script, &arg.value);
        if mismatch(given, wanted) || is_no_number(&arg.value, wanted) {
            let message = format!("Argument type mismatches for the function {} at index {}", call.name.name, i + 1);
            let found_kind = if given == Kinds::ANY { Kind::Text.into() } else { given };
            found.push(LINT.with_help(arg.value.span, message, format!("It takes {wanted}, this is {found_kind}.")));
        }
    }
}

/// The keys of a task that the program around has declared: that program means the kinds it names.
fn task(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Task(task) = &expr.kind else { return };
    let Some(row) = script.options.tasks.own(&task.name.name) else { return };
    for entry in &task.entries {
        let Some(key) = row.key(&entry.key.name) else { continue };
        if matches!(entry.value.kind, ExprKind::Name(_)) && !key.constants.is_empty() {
            continue;
        }
        let given = body.kinds(script, &entry.value);
        if mismatch(given, key.kinds) || is_no_number(&entry.value, key.kinds) {
            let message = format!("The key '{}' of {} takes {}", key.name, row.name, key.kinds);
            let found_kind = if given == Kinds::ANY { Kind::Text.into() } else { given };
            found.push(LINT.with_help(entry.value.span, message, format!("This is {found_kind}.")));
        }
    }
}

/// The kinds that a function takes at each place.
fn wanted(call: &Call<'_>) -> Option<Vec<Kinds>> {
    if call.object.is_none() {
        let kinds = call.own?.params.iter().map(|p| match p.ty.kind {
            TypeKind::Any | TypeKind::Form => Kinds::ANY,
            kind => declared(kind),
        });
        return Some(kinds.collect());
    }
    let method = call.method?;
    let mut rows = call.on.iter().filter(|k| *k != Kind::Null).filter_map(|kind| method.on(kind));
    let row = rows.next()?.row;
    // Only when one row answers for all that the receiver can be.
    if call.on == Kinds::ANY || rows.any(|other| !other.row.is(row)) {
        return None;
    }
    Some(row.params.iter().map(|p| p.kinds).collect())
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

/// Whether a text is given where a number is wanted, and the text is no number.
fn is_no_number(given: &Expr, wanted: Kinds) -> bool {
    let ExprKind::Text(text) = &given.kind else { return false };
    wanted != Kinds::NONE && within(wanted, Kinds::NUMERIC) && text.trim().parse::<f64>().is_err()
}
