//! Finds keys of task blocks that the task does not have.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind};

lint! {
    /// The block of a task has a key that the task does not have.
    ///
    /// # Why
    /// The script does not run: what the key should do would not be done.
    ///
    /// # Instead
    /// Correct the key; `dg doc invokeurl` lists those of a task.
    UnknownTaskKey, Error, Suggested;
    bad: "x = invokeurl\n[\n\turl: \"https://example.com\"\n\ttyp: GET\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://example.com\"\n\ttype: GET\n];\ninfo x;";
    hooks: &[Hook::Task(check)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Task(task) = &expr.kind else { return };
    let Some(row) = script.options.tasks.block_task(&task.name.name) else { return };
    for key in task.entries.iter().map(|entry| &entry.key) {
        if let Some(unknown) = row.check_key(&key.name, key.span) {
            found.push(Diagnostic { severity: LINT.severity, ..unknown });
        }
    }
}
