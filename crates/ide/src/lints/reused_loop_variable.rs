//! Finds loops inside of loops with the same variable.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Ident, Stmt, StmtKind};

lint! {
    /// A loop inside of a loop uses the same variable.
    ///
    /// # Why
    /// After the inner loop the variable holds its last element, so the rest of the outer loop works with the wrong one.
    ///
    /// # Instead
    /// Give the inner loop a variable of its own.
    ReusedLoopVariable, Warning, No;
    bad: "for each item in {1,2}\n{\n\tfor each item in {\"a\",\"b\"}\n\t{\n\t\tinfo item;\n\t}\n}";
    good: "for each item in {1,2}\n{\n\tfor each part in {\"a\",\"b\"}\n\t{\n\t\tinfo part + item;\n\t}\n}";
    hooks: &[Hook::Body(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    for inner in &body.loops {
        let Some(variable) = variable(inner.stmt) else { continue };
        let mut outer = inner.parent;
        while let Some(at) = outer {
            let around = &body.loops[at];
            if let Some(first) = self::variable(around.stmt).filter(|first| first.name == variable.name) {
                let message = format!("The loop around this one uses {} too", variable.name);
                found.push(LINT.at(variable.span, message).with_label(first.span, "used here"));
                break;
            }
            outer = around.parent;
        }
    }
}

fn variable(stmt: &Stmt) -> Option<&Ident> {
    match &stmt.kind {
        StmtKind::ForEach(each) => Some(&each.variable),
        _ => None,
    }
}
