//! Finds functions that promise a value and can end without one.
//!
//! Zoho refuses to save them: `Missing return statement: Provide STRING expression to return`.
//!
//! ```deluge
//! string f(int n) { if(n > 0) { return "more"; } }
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity, Span};
use rainwright_syntax::ast::{Block, Stmt, StmtKind, TypeKind};

pub(super) const LINT: Lint = Lint {
    code: Code::MissingReturn,
    severity: Severity::Error,
    doc: "A function promises a value and can end without one.",
    example: "string f(int n) { if(n > 0) { return \"more\"; } }",
    check,
};

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let Some(function) = body.function else { return };
    let name = function.path.last().map_or("", |n| n.name.as_str());
    let void = function.returns.kind == TypeKind::Void;
    body.stmts(&mut |stmt| match &stmt.kind {
        StmtKind::Return(Some(value)) if void => {
            found.push(LINT.at(value.span, format!("{name} is void and returns a value")));
        }
        StmtKind::Return(None) if !void => {
            found.push(LINT.at(stmt.span, format!("{name} returns here without a value")));
        }
        _ => {}
    });
    if !void && !ends(&function.body) {
        let end = function.body.span.end;
        let message = format!("Missing return statement: {name} can end here without a value");
        let brace = Span::new(end.saturating_sub(1), end);
        let path = function.path.iter().fold(function.returns.span, |span, name| span.to(name.span));
        found.push(LINT.at(brace, message).with_label(path, "promises a value"));
    }
}

/// Whether no path leads to the end of the block.
fn ends(block: &Block) -> bool {
    block.statements.iter().any(stops)
}

fn stops(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Error => true,
        StmtKind::If { branches, otherwise } => {
            otherwise.as_ref().is_some_and(ends) && branches.iter().all(|(_, block)| ends(block))
        }
        StmtKind::Try { body, handler, .. } => ends(body) && ends(handler),
        _ => false,
    }
}
