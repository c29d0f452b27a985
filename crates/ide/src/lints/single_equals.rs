//! Finds a single `=` that compares.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};

lint! {
    /// A single `=` compares two values.
    ///
    /// # Why
    /// Zoho accepts it in conditions and criteria, but readers take it for an assignment.
    ///
    /// # Instead
    /// Write `==`.
    SingleEquals, Warning, Safe;
    bad: "x = 1;\nif(x = 1)\n{\n\tinfo \"one\";\n}";
    good: "x = 1;\nif(x == 1)\n{\n\tinfo \"one\";\n}";
    hooks: &[Hook::Binary(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op: BinaryOp::Equal, op_span, .. } = &expr.kind else { return };
    if op_span.end - op_span.start == 1 {
        found.push(LINT.at(*op_span, "This = compares").with_fix(*op_span, "=="));
    }
}
