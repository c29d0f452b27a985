//! Finds credentials that are printed.

use super::values::is_secret_name;
use crate::call::parts;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare, literal};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, Stmt, StmtKind};

lint! {
    /// A credential is printed with `info`.
    ///
    /// # Why
    /// What is printed is kept in the log of the product, where others can read it.
    ///
    /// # Instead
    /// Remove the statement, or print whether the value is there.
    LoggedSecret, Warning, No;
    bad: "void f(string access_token)\n{\n\tinfo access_token;\n}";
    good: "void f(string access_token)\n{\n\tinfo access_token != null;\n}";
    hooks: &[Hook::Stmt(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::Info(value) = &stmt.kind else { return };
    let mut left = vec![value];
    while let Some(expr) = left.pop() {
        if let ExprKind::Binary { op: BinaryOp::Add, left: a, right: b, .. } = &expr.kind {
            left.extend([&**a, &**b]);
        } else if let Some(name) = name_of(expr).filter(|name| is_secret_name(name)) {
            found.push(LINT.at(expr.span, format!("{name} is printed")));
        }
    }
}

/// The variable, or the key of a map, that a value comes from.
fn name_of(expr: &Expr) -> Option<&str> {
    match &bare(expr).kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Member { name, .. } => Some(&name.name),
        _ => match parts(bare(expr))? {
            (method, Some(_), [arg]) if method.name.eq_ignore_ascii_case("get") => literal(&arg.value),
            _ => None,
        },
    }
}
