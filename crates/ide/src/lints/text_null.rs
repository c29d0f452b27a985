//! Finds comparisons with the text "null".

use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind};

lint! {
    /// A value is compared with the text `"null"`.
    ///
    /// # Why
    /// A missing value is `null`, without quotes. The text only comes up where a missing value was joined to a text before.
    ///
    /// # Instead
    /// Compare with `null`.
    TextNull, Note, Suggested;
    bad: "m = \"{}\".toMap();\nif(m.get(\"name\") != \"null\")\n{\n\tinfo m.get(\"name\");\n}";
    good: "m = \"{}\".toMap();\nif(m.get(\"name\") != null)\n{\n\tinfo m.get(\"name\");\n}";
    hooks: &[Hook::Binary(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, left, right, .. } = &expr.kind else { return };
    for side in [left, right] {
        if matches!(&bare(side).kind, ExprKind::Text(text) if &**text == "null") {
            found
                .push(LINT.at(side.span, "This is the text \"null\", not a missing value").with_fix(side.span, "null"));
        }
    }
}
