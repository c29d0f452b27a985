//! Finds lists of records of which only the first page is read.

use super::unknown_connection::place_of;
use crate::call::{Call, parts};
use crate::hash::HashSet;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare, literal};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};

lint! {
    /// Only the first page of a list is read, and all of it is meant.
    ///
    /// # Why
    /// Such a task gives at most 200 records. With more records in the account, the script silently works with a part of
    /// them.
    ///
    /// # Instead
    /// Read page after page in a loop until one comes back with fewer records, or ask for exactly what is needed.
    UnpagedList, Note, No;
    bad: "leads = zoho.crm.getRecords(\"Leads\");\nfor each lead in leads\n{\n\tinfo lead;\n}";
    good: "count = 0;\nfor each page in {1,2,3,4,5}\n{\n\tleads = zoho.crm.getRecords(\"Leads\",page,200);\n\tcount = count + leads.size();\n}\ninfo count;";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    if body.loops.is_empty() {
        return;
    }
    let read_whole = read_whole(body);
    for stmt in &body.stmts {
        match &stmt.kind {
            StmtKind::Assign(assign) => {
                if let ExprKind::Name(name) = &assign.target.kind
                    && read_whole.contains(name.as_str())
                {
                    found.extend(first_page(script, body, &assign.value));
                }
            }
            StmtKind::ForEach(each) => found.extend(first_page(script, body, &each.iterable)),
            _ => {}
        }
    }
}

/// The finding for a call that reads the first page of a list.
fn first_page<'t>(script: &Script<'t>, body: &FunctionBody<'t>, value: &'t Expr) -> Option<Diagnostic> {
    let call = Call::of(script, body, bare(value))?;
    let task = call.task.filter(|task| task.params.iter().any(|p| p.name == "page"))?;
    // Nobody has hundreds of attachments.
    if call.arg(0).and_then(literal) == Some("Attachments") {
        return None;
    }
    // In a loop the page, or what is searched, is another one each time.
    if body.loop_at(call.expr.span.start).is_some() {
        return None;
    }
    let given = |name| place_of(task, name, call.args).and_then(|at| call.arg(at)).map(|arg| &bare(arg).kind);
    match given("page") {
        None | Some(ExprKind::Number(0 | 1)) => {}
        Some(_) => return None,
    }
    match given("per_page") {
        None => {}
        Some(ExprKind::Number(n)) if *n >= 200 => {}
        // So many are wanted, and no more.
        Some(_) => return None,
    }
    Some(LINT.at(call.name.span, format!("{} gives at most the first 200 records", task.name)))
}

/// The lists that a script goes through, and does not only take the first element of.
fn read_whole<'t>(body: &FunctionBody<'t>) -> HashSet<&'t str> {
    let over = body.loops.iter().filter_map(|l| match &l.stmt.kind {
        StmtKind::ForEach(each) => Some(bare(&each.iterable)),
        _ => None,
    });
    let mut lists: HashSet<&str> = over.filter_map(name_of).collect();
    if lists.is_empty() {
        return lists;
    }
    for expr in &body.exprs {
        if let Some((method, Some(object), [arg])) = parts(expr)
            && method.name.eq_ignore_ascii_case("get")
            && matches!(arg.value.kind, ExprKind::Number(0))
            && let Some(list) = name_of(object)
        {
            lists.remove(list);
        }
    }
    lists
}

fn name_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}
