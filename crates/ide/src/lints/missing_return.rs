//! Finds functions that promise a value and can end without one.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Block, Stmt, StmtKind, TypeKind};

lint! {
    /// A function promises a value and can end without one.
    ///
    /// # Why
    /// Zoho refuses to save it: `Missing return statement: Provide STRING expression to return`.
    ///
    /// # Instead
    /// Return a value on every path, or declare the function as `void`.
    MissingReturn, Error, No;
    bad: "string f(int n)\n{\n\tif(n > 0)\n\t{\n\t\treturn \"more\";\n\t}\n}";
    good: "string f(int n)\n{\n\tif(n > 0)\n\t{\n\t\treturn \"more\";\n\t}\n\treturn \"none\";\n}";
    hooks: &[Hook::Body(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let Some(function) = body.function else { return };
    let name = function.path.last().map_or("", |n| n.name.as_str());
    let void = function.returns.kind == TypeKind::Void;
    for stmt in &body.stmts {
        match &stmt.kind {
            StmtKind::Return(Some(value)) if void => {
                found.push(LINT.at(value.span, format!("{name} is void and returns a value")));
            }
            StmtKind::Return(None) if !void => {
                found.push(LINT.at(stmt.span, format!("{name} returns here without a value")));
            }
            _ => {}
        }
    }
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
