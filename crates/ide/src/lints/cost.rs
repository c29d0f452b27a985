//! How often a loop repeats what is in it, as a formula.

use crate::script::{FunctionBody, Script, bare};
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};

/// Lists that are written down with at most so many elements count as no loop.
const FEW: usize = 10;
/// Formulas name what a loop goes through in at most so many letters.
const LONGEST: usize = 40;

/// How often the innermost of these loops runs its body: `leads × lines`. Nothing when it is only a few times.
pub(crate) fn product(script: &Script<'_>, body: &FunctionBody<'_>, innermost: Option<usize>) -> Option<String> {
    let mut factors = Vec::new();
    let mut at = innermost;
    while let Some(index) = at {
        let around = &body.loops[index];
        match &around.stmt.kind {
            StmtKind::ForEach(each) => match elements(body, &each.iterable) {
                Some(count) if count <= FEW => {}
                Some(count) => factors.push(count.to_string()),
                None => factors.push(shown(script, &each.iterable)),
            },
            _ => factors.push("turns".to_owned()),
        }
        at = around.parent;
    }
    factors.reverse();
    (!factors.is_empty()).then(|| factors.join(" × "))
}

/// How many elements a list has that is written down.
fn elements(body: &FunctionBody<'_>, iterable: &Expr) -> Option<usize> {
    match &bare(iterable).kind {
        ExprKind::List { items, .. } => Some(items.len()),
        ExprKind::TypedList { args, .. } => Some(args.len()),
        ExprKind::Name(name) => match &bare(body.only_value(name)?).kind {
            ExprKind::List { items, .. } if !items.is_empty() => Some(items.len()),
            _ => None,
        },
        _ => None,
    }
}

/// What a loop goes through, as the source has it, on one line.
fn shown(script: &Script<'_>, iterable: &Expr) -> String {
    if let ExprKind::Query(query) = &iterable.kind {
        return query.form.last().map_or("records", |part| part.name.as_str()).to_owned();
    }
    let text = script.text(iterable.span).split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > LONGEST { "elements".to_owned() } else { text }
}
