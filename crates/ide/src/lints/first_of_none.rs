//! Finds the first element of a list that may be empty.

use crate::call::{parts, qualified};
use crate::hash::HashSet;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_builtins::integration;
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};
use rainwright_value::Kind;

lint! {
    /// The first element is taken from a list of records that may be empty.
    ///
    /// # Why
    /// A search that finds nothing gives an empty list, and `get(0)` of it stops the script: `Given index 0 is greater than
    /// the list size`.
    ///
    /// # Instead
    /// Ask `list.size() > 0` first.
    FirstOfNone, Warning, No;
    bad: "found = zoho.crm.searchRecords(\"Leads\",\"(Email:equals:ann@example.com)\");\ninfo found.get(0).get(\"id\");";
    good: "found = zoho.crm.searchRecords(\"Leads\",\"(Email:equals:ann@example.com)\");\nif(found.size() > 0)\n{\n\tinfo found.get(0).get(\"id\");\n}";
    hooks: &[Hook::Body(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let mut firsts = Vec::new();
    for expr in &body.exprs {
        let Some((method, Some(object), [arg])) = parts(expr) else { continue };
        if !method.name.eq_ignore_ascii_case("get") || !matches!(arg.value.kind, ExprKind::Number(0)) {
            continue;
        }
        let (source, name) = match &bare(object).kind {
            ExprKind::Name(name) => (body.only_value(name), Some(name.as_str())),
            _ => (Some(object), None),
        };
        if let Some(task) = source.and_then(|source| list_task(body, source))
            && !body.in_try(expr.span)
        {
            firsts.push((method.span, task, name));
        }
    }
    if firsts.is_empty() {
        return;
    }
    let tested = tested(body);
    // Where the first one passes, all others do.
    let mut told = HashSet::default();
    firsts.sort_by_key(|(span, ..)| span.start);
    for (span, task, name) in firsts {
        if name.is_none_or(|name| !tested.contains(name) && told.insert(name)) {
            found.push(LINT.at(span, format!("{task} may have found nothing")));
        }
    }
}

/// The task that an expression calls, when it gives a list.
fn list_task(body: &FunctionBody<'_>, expr: &Expr) -> Option<&'static str> {
    let (name, object, _) = parts(bare(expr))?;
    let task = integration(&qualified(&body.variables, object?, name)?)?;
    task.returns.has(Kind::List).then_some(task.name)
}

/// The variables that are looked at in a condition, gone through in a loop, or asked for their size.
fn tested<'t>(body: &FunctionBody<'t>) -> HashSet<&'t str> {
    const ASKS: &[&str] = &["size", "isempty", "isnull", "ifnull", "if", "tostring", "length"];
    let mut tested = HashSet::default();
    let mut conditions = Vec::new();
    for stmt in &body.stmts {
        match &stmt.kind {
            StmtKind::If { branches, .. } => conditions.extend(branches.iter().map(|(condition, _)| condition.span)),
            StmtKind::ForEach(each) => {
                if let ExprKind::Name(list) = &each.iterable.kind {
                    tested.insert(list.as_str());
                }
            }
            _ => {}
        }
    }
    conditions.sort_by_key(|span| span.start);
    for expr in &body.exprs {
        if let ExprKind::Name(name) = &expr.kind {
            let at = conditions.partition_point(|span| span.start <= expr.span.start);
            if at.checked_sub(1).is_some_and(|at| conditions[at].end >= expr.span.end) {
                tested.insert(name.as_str());
            }
        } else if let Some((method, object, args)) = parts(expr)
            && ASKS.iter().any(|ask| method.name.eq_ignore_ascii_case(ask))
            && let Some(ExprKind::Name(list)) = object.or(args.first().map(|arg| &arg.value)).map(|o| &o.kind)
        {
            tested.insert(list.as_str());
        }
    }
    tested
}
