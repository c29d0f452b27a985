//! Finds results of own functions that are dropped, and values taken from functions that have none.
//!
//! Zoho: `f function needs to be assigned to a variable`, `f function cant be assigned to variable or used in expression`.
//!
//! ```deluge
//! void log(string s) { info s; }
//! x = log("a");
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{Expr, ExprKind, Ident, StmtKind, TypeKind};

pub(super) const LINT: Lint = Lint {
    code: Code::UnusedResult,
    severity: Severity::Warning,
    doc: "A result is dropped, or a value is taken from a function that has none.",
    example: "void log(string s) { info s; }\nx = log(\"a\");",
    check,
};

fn check(script: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.stmts(&mut |stmt| match &stmt.kind {
        StmtKind::Expr(e) => {
            if let Some((name, returns)) = called(script, e)
                && returns != TypeKind::Void
            {
                let message = format!("The result of {} is dropped", name.name);
                found.push(LINT.at(name.span, message));
            }
        }
        StmtKind::Assign(assign) => {
            if let Some((name, TypeKind::Void)) = called(script, &assign.value) {
                let mut diagnostic = LINT.at(name.span, format!("{} is void and gives no value", name.name));
                diagnostic.severity = Severity::Error;
                diagnostic.problem = diagnostic.problem.with_help("Call it as a statement of its own.");
                found.push(diagnostic);
            }
        }
        _ => {}
    });
}

/// The own function that an expression calls, with the type of its result.
fn called<'e>(script: &Script<'_>, e: &'e Expr) -> Option<(&'e Ident, TypeKind)> {
    let name = match &e.kind {
        ExprKind::Call { name, .. } => name,
        ExprKind::Method { object, name, .. } if crate::script::path(object).is_some() => name,
        _ => return None,
    };
    let function = script.function(&name.name)?;
    Some((name, function.returns.kind))
}
