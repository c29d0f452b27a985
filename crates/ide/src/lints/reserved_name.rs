//! Finds variables that are named like a reserved word.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Severity};
use rainwright_syntax::ast::{ExprKind, Stmt, StmtKind};

lint! {
    /// A variable is named like a word of the language.
    ///
    /// # Why
    /// Zoho's list of keywords reserves these words, in any case. Some products refuse to save a script that assigns to one,
    /// others read the wrong value. A variable named `List`, `Map` or `Collection` as the functions are that make one is a
    /// warning: whoever reads `List` afterwards takes it for the kind.
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

/// The functions that make a value of a kind, as scripts write them.
const KINDS: &[&str] = &["Collection", "List", "Map"];

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
    if first.is_none_or(|write| write.span != span) {
        return;
    }
    if KINDS.contains(&name) {
        let shadows = LINT.at(span, format!("{name} is the name of a kind of value, and here of a variable"));
        found.push(Diagnostic { severity: Severity::Warning, ..shadows });
    } else if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name)) {
        found.push(LINT.at(span, format!("{name} is a reserved word")));
    }
}
