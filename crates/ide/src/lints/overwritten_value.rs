//! Finds values that are overwritten before anything reads them.

use super::values::acts;
use crate::hash::HashMap;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Expr, ExprKind, Stmt, StmtKind};

lint! {
    /// A value is overwritten before anything reads it.
    ///
    /// # Why
    /// The first assignment does nothing. Most often one of the two means another variable, or `+` is missing.
    ///
    /// # Instead
    /// Remove the first assignment, or correct one of the names.
    OverwrittenValue, Warning, No;
    bad: "first = \"Ann\";\nfirst = \"Shaw\";\ninfo first;";
    good: "first = \"Ann\";\nlast = \"Shaw\";\ninfo first + last;";
    hooks: &[Hook::Body(top), Hook::Stmt(inner)];
}

fn top(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    statements(script, body, body.statements.iter().copied(), found);
}

fn inner(script: &Script<'_>, body: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    for block in stmt.blocks() {
        statements(script, body, block.statements.iter(), found);
    }
}

/// Looks at statements that run one after the other. What is more than a simple statement starts anew.
fn statements<'t>(
    script: &Script<'_>,
    body: &FunctionBody<'_>,
    statements: impl Iterator<Item = &'t Stmt>,
    found: &mut Vec<Diagnostic>,
) {
    let mut open: HashMap<&str, (Span, &Expr)> = HashMap::default();
    for stmt in statements {
        let StmtKind::Assign(assign) = &stmt.kind else {
            if !matches!(stmt.kind, StmtKind::Info(_) | StmtKind::Expr(_) | StmtKind::Empty) {
                open.clear();
            }
            continue;
        };
        let ExprKind::Name(name) = &assign.target.kind else { continue };
        if let Some((first, value)) = open.remove(name.as_str()) {
            let between = Span::new(first.end, stmt.span.end);
            let reads = body.reads.get(name.as_str()).map_or(&[][..], Vec::as_slice);
            let from = reads.partition_point(|read| read.start < between.start);
            let read = reads.get(from).is_some_and(|read| read.start < between.end);
            if !read && assign.op.is_none() && !acts(script, body, value) {
                let message = format!("This value of {name} is overwritten before anything reads it");
                found.push(LINT.at(first, message).with_label(assign.target.span, "overwritten here"));
            }
        }
        if assign.op.is_none() && !is_empty(&assign.value) {
            open.insert(name, (assign.target.span, &assign.value));
        }
    }
}

/// Whether a value is one that variables start with: it says what kind comes later, and does no harm.
fn is_empty(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Null | ExprKind::EmptyBraces => true,
        ExprKind::Text(text) => text.is_empty(),
        ExprKind::Number(n) => *n == 0,
        ExprKind::Bool(_) => true,
        ExprKind::List { items, .. } => items.is_empty(),
        ExprKind::Call { name, args } => {
            args.is_empty() && ["map", "list", "collection"].iter().any(|kind| name.name.eq_ignore_ascii_case(kind))
        }
        _ => false,
    }
}
