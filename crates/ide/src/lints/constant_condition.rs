//! Finds conditions that do not depend on anything.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, Stmt, StmtKind};

lint! {
    /// A condition is always true, or always false.
    ///
    /// # Why
    /// One of the branches never runs. Most often it was left over from a test.
    ///
    /// # Instead
    /// Remove the condition, or ask what was meant.
    ConstantCondition, Warning, No;
    bad: "if(true)\n{\n\tinfo \"always\";\n}";
    good: "info \"always\";";
    hooks: &[Hook::Stmt(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::If { branches, .. } = &stmt.kind else { return };
    for (condition, _) in branches {
        if is_constant(condition) {
            found.push(LINT.at(condition.span, "This condition does not depend on anything"));
        }
    }
}

fn is_constant(expr: &Expr) -> bool {
    match &bare(expr).kind {
        ExprKind::Bool(_) => true,
        ExprKind::Unary { operand, .. } => matches!(bare(operand).kind, ExprKind::Bool(_)),
        ExprKind::Binary { op, left, right, .. } => {
            let compares = matches!(
                op,
                BinaryOp::Equal
                    | BinaryOp::NotEqual
                    | BinaryOp::Less
                    | BinaryOp::LessEqual
                    | BinaryOp::Greater
                    | BinaryOp::GreaterEqual
            );
            compares && is_literal(left) && is_literal(right)
        }
        _ => false,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(
        bare(expr).kind,
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Decimal(_) | ExprKind::Text(_)
    )
}
