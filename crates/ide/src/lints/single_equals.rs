//! Finds a single `=` that compares. Zoho takes it in conditions and criteria; readers take it for an assignment.
//!
//! ```deluge
//! x = 1;
//! if(x = 1) { info "one"; }
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::{BinaryOp, ExprKind};

pub(super) const LINT: Lint = Lint {
    code: Code::SingleEquals,
    severity: Severity::Warning,
    doc: "A single = compares.",
    example: "x = 1;\nif(x = 1) { info \"one\"; }",
    check,
};

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        let ExprKind::Binary { op: BinaryOp::Equal, op_span, .. } = &expr.kind else { return };
        if op_span.end - op_span.start == 1 {
            found.push(LINT.at(*op_span, "This = compares").with_fix(*op_span, "=="));
        }
    });
}
