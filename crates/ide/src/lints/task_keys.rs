//! Finds blocks of tasks that lack a key they need.

use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind};

lint! {
    /// The block of a task lacks a key that it needs.
    ///
    /// # Why
    /// Zoho refuses to save it: `'TO' message is missing for sendmail task`.
    ///
    /// # Instead
    /// Add the key to the block.
    MissingTaskKey, Error, No;
    bad: "x = invokeurl\n[\n\ttype: GET\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://example.com\"\n\ttype: GET\n];\ninfo x;";
    hooks: &[Hook::Task(check)];
}

fn check(script: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let ExprKind::Task(task) = &expr.kind else { return };
    let Some(row) = script.options.tasks.block_task(&task.name.name) else { return };
    for key in row.keys.iter().filter(|key| key.required) {
        if !task.entries.iter().any(|entry| plain(&entry.key.name) == plain(key.name)) {
            // Zoho checks mails while it saves a script, in these words.
            let message = match row.name {
                "sendmail" => format!("'{}' message is missing for sendmail task", key.name.to_uppercase()),
                name => format!("{} is missing for the {name} task", key.name),
            };
            found.push(LINT.with_help(task.name.span, message, format!("Add the key to the block: {}: …", key.name)));
        }
    }
}

/// A key without what does not matter: case, and what is between its words.
pub(super) fn plain(key: &str) -> String {
    key.chars().map(|c| if matches!(c, '-' | '_') { ' ' } else { c.to_ascii_lowercase() }).collect()
}
