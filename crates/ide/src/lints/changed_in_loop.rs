//! Finds lists that are changed while a loop goes through them.

use super::values::changes;
use crate::call::parts;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{ExprKind, StmtKind};

lint! {
    /// A list is changed while a loop goes through it.
    ///
    /// # Why
    /// The loop goes through the list as it was at the start; a removed element still comes up, an added one never does,
    /// and indexes no longer fit.
    ///
    /// # Instead
    /// Collect what you want to keep in a new list, and use that after the loop.
    ChangedInLoop, Warning, No;
    bad: "names = {\"Ann\",\"\",\"Bob\"};\nfor each name in names\n{\n\tif(name == \"\")\n\t{\n\t\tnames.removeElement(name);\n\t}\n}\ninfo names;";
    good: "names = {\"Ann\",\"\",\"Bob\"};\nkept = List();\nfor each name in names\n{\n\tif(name != \"\")\n\t{\n\t\tkept.add(name);\n\t}\n}\ninfo kept;";
    hooks: &[Hook::Body(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    if body.loops.is_empty() {
        return;
    }
    for expr in &body.exprs {
        let Some((name, Some(object), _)) = parts(expr) else { continue };
        let ExprKind::Name(list) = &object.kind else { continue };
        if !changes(&name.name) || name.name.to_ascii_lowercase().starts_with("sort") {
            continue;
        }
        let mut at = body.loop_at(expr.span.start);
        while let Some(index) = at {
            let around = &body.loops[index];
            if let StmtKind::ForEach(each) = &around.stmt.kind
                && matches!(&each.iterable.kind, ExprKind::Name(over) if over == list)
            {
                let message = format!("{list} is changed while the loop goes through it");
                found.push(LINT.at(name.span, message).with_label(each.iterable.span, "the loop goes through it"));
                break;
            }
            at = around.parent;
        }
    }
}
