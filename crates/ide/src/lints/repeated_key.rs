//! Finds keys that a task's block has twice.

use super::task_keys::plain;
use crate::hash::HashMap;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Expr, ExprKind};

lint! {
    /// The block of a task has a key twice.
    ///
    /// # Why
    /// Only the last one counts.
    ///
    /// # Instead
    /// Remove one of them.
    RepeatedKey, Warning, No;
    bad: "x = invokeurl\n[\n\turl: \"https://example.com/a\"\n\turl: \"https://example.com/b\"\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://example.com/b\"\n];\ninfo x;";
    hooks: &[Hook::Task(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Task(task) = &expr.kind else { return };
    let mut seen: HashMap<String, Span> = HashMap::default();
    for entry in &task.entries {
        if let Some(first) = seen.insert(plain(&entry.key.name), entry.key.span) {
            let message = format!("The key {} is given twice", entry.key.name);
            found.push(LINT.at(entry.key.span, message).with_label(first, "first here"));
        }
    }
}
