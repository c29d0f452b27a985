//! Finds variables that are named like a reserved word.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{ExprKind, Stmt, StmtKind};

lint! {
    /// A variable is named like a word of the language.
    ///
    /// # Why
    /// Zoho's list of keywords reserves these words. Some products refuse to save a script that assigns to one, others
    /// read the wrong value.
    ///
    /// # Instead
    /// Choose another name: `fromDate` rather than `from`.
    ReservedName, Note, No;
    bad: "from = \"a\";\ninfo from;";
    good: "sender = \"a\";\ninfo sender;";
    hooks: &[Hook::Stmt(check)];
}

const RESERVED: &[&str] = &[
    "bool",
    "collection",
    "date",
    "float",
    "from",
    "ifnull",
    "int",
    "is",
    "list",
    "map",
    "permissions",
    "portal",
    "reload",
    "string",
    "thisapp",
    "zoho",
];

fn check(_: &Script<'_>, body: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let (name, span) = match &stmt.kind {
        StmtKind::Assign(assign) => match &assign.target.kind {
            ExprKind::Name(name) => (name.as_str(), assign.target.span),
            _ => return,
        },
        StmtKind::ForEach(each) => (each.variable.name.as_str(), each.variable.span),
        _ => return,
    };
    // One finding for each variable: where it is assigned first.
    let first = body.writes.get(name).and_then(|writes| writes.first());
    if RESERVED.contains(&name) && first.is_some_and(|write| write.span == span) {
        found.push(LINT.at(span, format!("{name} is a reserved word")));
    }
}
