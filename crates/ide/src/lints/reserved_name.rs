//! Finds variables named like a word that Zoho's keyword page reserves: some products refuse them.
//!
//! ```deluge
//! from = "a";
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{ExprKind, StmtKind};

pub(super) const LINT: Lint = Lint {
    code: Code::ReservedName,
    severity: Severity::Note,
    doc: "A variable is named like a word of the language.",
    example: "from = \"a\";",
    check,
};

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

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.stmts(&mut |stmt| {
        let (name, span) = match &stmt.kind {
            StmtKind::Assign(assign) => match &assign.target.kind {
                ExprKind::Name(name) => (name.as_str(), assign.target.span),
                _ => return,
            },
            StmtKind::ForEach(each) => (each.variable.name.as_str(), each.variable.span),
            _ => return,
        };
        if RESERVED.contains(&name) {
            found.push(LINT.at(span, format!("{name} is a reserved word")));
        }
    });
}
