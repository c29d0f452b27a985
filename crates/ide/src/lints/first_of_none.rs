//! Finds the first element of a list that may be empty.

use crate::call::{Call, parts, qualified};
use crate::lints::Hook;
use crate::script::{Body, Script, bare};
use rainwright_builtins::integration;
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};
use rainwright_value::Kind;

use super::values::in_try;

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
    hooks: &[Hook::Call(check)];
}

fn check(_: &Script<'_>, body: &Body<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    let first = call.is("get") && matches!(call.arg(0).map(|arg| &arg.kind), Some(ExprKind::Number(0)));
    let Some(object) = call.object.filter(|_| first) else { return };
    let (source, name) = match &bare(object).kind {
        ExprKind::Name(name) => (body.only_value(name), Some(name.as_str())),
        _ => (Some(object), None),
    };
    let Some(task) = source.and_then(|source| list_task(body, source)) else { return };
    if in_try(body, call.expr.span) || name.is_some_and(|name| is_tested(body, name)) {
        return;
    }
    let message = format!("{task} may have found nothing");
    found.push(LINT.at(call.name.span, message));
}

/// The task that an expression calls, when it gives a list.
fn list_task(body: &Body<'_>, expr: &Expr) -> Option<&'static str> {
    let (name, object, _) = parts(bare(expr))?;
    let task = integration(&qualified(&body.variables, object?, name)?)?;
    task.returns.has(Kind::List).then_some(task.name)
}

/// Whether a variable is looked at in a condition, or asked for its size.
fn is_tested(body: &Body<'_>, name: &str) -> bool {
    let reads = body.reads.get(name).map_or(&[][..], Vec::as_slice);
    let in_condition = body.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::If { branches, .. } => branches.iter().any(|(condition, _)| {
            reads.iter().any(|read| condition.span.start <= read.start && read.end <= condition.span.end)
        }),
        StmtKind::ForEach(each) => matches!(&each.iterable.kind, ExprKind::Name(list) if list == name),
        _ => false,
    });
    in_condition
        || body.exprs.iter().any(|expr| match parts(expr) {
            Some((method, object, args)) => {
                let asks = ["size", "isempty", "isnull", "ifnull", "if", "tostring", "length"];
                let object = object.or(args.first().map(|arg| &arg.value));
                asks.iter().any(|ask| method.name.eq_ignore_ascii_case(ask))
                    && matches!(object.map(|o| &o.kind), Some(ExprKind::Name(list)) if list == name)
            }
            None => false,
        })
}
