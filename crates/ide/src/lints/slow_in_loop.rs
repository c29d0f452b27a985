//! Finds what takes longer in every turn of a loop, so that the loop takes four times as long for twice the data.

use crate::call::parts;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, StmtKind};
use rainwright_value::{Kind, Kinds};

use super::values::changes;

lint! {
    /// A loop does something in every turn that takes longer the more data there is.
    ///
    /// # Why
    /// Taking out the first element moves all others; putting a text in front of another copies both; the keys of a map are
    /// a new list each time; a text is cut at its commas for each element that is asked for. In a loop over the same data
    /// that is a square: a thousand elements pass unnoticed, a hundred thousand take minutes.
    ///
    /// # Instead
    /// Go through the list with `for each`; collect the parts in a list, sort it and join it with `toString("")`; ask for the
    /// keys, or make the list of a text, once before the loop; find what is there already by a key of a map.
    SlowInLoop, Note, No;
    bad: "waiting = {3,1,2};\nfor each turn in {1,2,3}\n{\n\tinfo turn + \":\" + waiting.get(0);\n\twaiting.remove(0);\n}";
    good: "waiting = {3,1,2};\nfor each number in waiting\n{\n\tinfo number;\n}";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    if body.loops.is_empty() {
        return;
    }
    for expr in &body.exprs {
        let Some(around) = body.loop_at(expr.span.start) else { continue };
        if let Some((span, message, help)) = slow_call(script, body, expr, body.loops[around].body) {
            found.push(LINT.with_help(span, message, help));
        }
    }
    for (name, writes) in &body.writes {
        for write in writes {
            let Some(value) = write.value.filter(|_| body.loop_at(write.span.start).is_some()) else { continue };
            if is_put_in_front(value, name) && body.kinds(script, value) == Kinds::from(Kind::Text) {
                let message = format!("{name} is copied in every turn to put something in front of it");
                let help = "Collect the parts in a list, and join them once after the loop.";
                found.push(LINT.with_help(value.span, message, help));
            }
        }
    }
    searched_before_adding(script, body, found);
}

/// A call that takes as long as its receiver is large, inside of the loop with that body.
fn slow_call(
    script: &Script<'_>,
    body: &FunctionBody<'_>,
    expr: &Expr,
    turn: Span,
) -> Option<(Span, String, &'static str)> {
    let (method, Some(object), args) = parts(expr)? else { return None };
    let ExprKind::Name(name) = &object.kind else { return None };
    let is = |kind: Kind| body.kinds(script, object) == Kinds::from(kind);
    let stays = || !is_changed(body, name, turn);
    match (method.name.to_ascii_lowercase().as_str(), args) {
        ("remove", [first]) if matches!(first.value.kind, ExprKind::Number(0)) && is(Kind::List) => {
            let message = format!("All other elements of {name} move when the first one is taken out");
            Some((method.span, message, "Go through the list with for each, or take from its end."))
        }
        ("keys", []) if is(Kind::Map) && stays() && !is_gone_through(body, expr) => {
            let message = format!("The keys of {name} are collected anew in every turn");
            Some((method.span, message, "Keep them in a variable before the loop."))
        }
        ("get", [_]) if is(Kind::Text) && stays() => {
            let message = format!("{name} is a text, and is cut at its commas in every turn");
            Some((method.span, message, "Make a list of it once before the loop, with toList()."))
        }
        _ => None,
    }
}

/// Whether a variable gets another value, or is changed in place, within a stretch of the source.
fn is_changed(body: &FunctionBody<'_>, name: &str, within: Span) -> bool {
    let inside = |span: Span| within.start <= span.start && span.end <= within.end;
    let written = body.writes.get(name).is_some_and(|writes| writes.iter().any(|write| inside(write.span)));
    written
        || body.exprs.iter().any(|expr| {
            inside(expr.span)
                && parts(expr).is_some_and(|(method, object, _)| {
                    changes(&method.name)
                        && object.is_some_and(|object| matches!(&object.kind, ExprKind::Name(other) if other == name))
                })
        })
}

/// Whether an expression is what a loop goes through: it is evaluated once for the whole loop, which needs all of it.
fn is_gone_through(body: &FunctionBody<'_>, expr: &Expr) -> bool {
    body.loops.iter().any(|l| matches!(&l.stmt.kind, StmtKind::ForEach(each) if each.iterable.span == expr.span))
}

/// `e + name`, also with more terms in front.
fn is_put_in_front(value: &Expr, name: &str) -> bool {
    match &value.kind {
        ExprKind::Binary { op: BinaryOp::Add, left, right, .. } => {
            matches!(&right.kind, ExprKind::Name(last) if last == name) && !starts_with(left, name)
        }
        _ => false,
    }
}

fn starts_with(value: &Expr, name: &str) -> bool {
    let mut first = value;
    while let ExprKind::Binary { op: BinaryOp::Add, left, .. } = &first.kind {
        first = left;
    }
    matches!(&first.kind, ExprKind::Name(other) if other == name)
}

/// `if(!list.contains(x)) { list.add(x); }`: the whole list is searched before each element.
fn searched_before_adding(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    for stmt in &body.stmts {
        let StmtKind::If { branches, .. } = &stmt.kind else { continue };
        if body.loop_at(stmt.span.start).is_none() {
            continue;
        }
        for (condition, block) in branches {
            let Some((list, searched)) = absent(condition) else { continue };
            let adds = block.statements.iter().any(|stmt| {
                let StmtKind::Expr(expr) = &stmt.kind else { return false };
                parts(expr).is_some_and(|(method, object, args)| {
                    method.name.eq_ignore_ascii_case("add")
                        && object.is_some_and(|object| matches!(&object.kind, ExprKind::Name(other) if other == list))
                        && matches!(args, [added] if script.text(added.value.span) == script.text(searched.span))
                })
            });
            if adds {
                let message = format!("The whole of {list} is searched before each element that is added");
                let help = "Put the elements under keys of a map, or call distinct() once after the loop.";
                found.push(LINT.with_help(condition.span, message, help));
            }
        }
    }
}

/// The list and the element of `!list.contains(element)` and `list.contains(element) == false`.
fn absent(condition: &Expr) -> Option<(&str, &Expr)> {
    use rainwright_syntax::ast::UnaryOp;
    let call = match &condition.kind {
        ExprKind::Paren(inner) => return absent(inner),
        ExprKind::Unary { op: UnaryOp::Not, operand } => operand,
        ExprKind::Binary { op: BinaryOp::Equal, left, right, .. } if matches!(right.kind, ExprKind::Bool(false)) => {
            left
        }
        _ => return None,
    };
    let (method, Some(object), [searched]) = parts(call)? else { return None };
    let ExprKind::Name(list) = &object.kind else { return None };
    method.name.eq_ignore_ascii_case("contains").then_some((list.as_str(), &searched.value))
}
