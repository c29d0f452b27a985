//! Finds what only runs here: Zoho's products do not know it.
//!
//! ```deluge
//! while(false) { info "x"; }
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span};
use rainwright_syntax::ast::StmtKind;

pub(super) const LINT: Lint = Lint {
    code: Code::NotPortable,
    severity: Severity::Warning,
    doc: "Something is used that Zoho's products do not know.",
    example: "while(false) { info \"x\"; }",
    check,
};

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.stmts(&mut |stmt| {
        if matches!(stmt.kind, StmtKind::While { .. }) {
            let word = Span::new(stmt.span.start, stmt.span.start + 5);
            let mut diagnostic = LINT.at(word, "Zoho has no while");
            diagnostic.problem = diagnostic.problem.with_help("For Zoho, go through a list with for each … in ….");
            found.push(diagnostic);
        }
    });
}
