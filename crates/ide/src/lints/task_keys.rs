//! Finds blocks of tasks that lack a key they need, or hold one twice.
//!
//! Zoho: `'TO' message is missing for sendmail task`.
//!
//! ```deluge
//! x = invokeurl [ type: GET ];
//! ```

use super::Lint;
use crate::script::{Body, Script};
use rainwright_builtins::block_task;
use rainwright_diagnostic::{Code, Diagnostic, Severity};
use rainwright_syntax::ast::ExprKind;

pub(super) const MISSING: Lint = Lint {
    code: Code::MissingTaskKey,
    severity: Severity::Error,
    doc: "A task's block lacks a key that it needs.",
    example: "x = invokeurl [ type: GET ];",
    check: missing,
};

pub(super) const REPEATED: Lint = Lint {
    code: Code::RepeatedKey,
    severity: Severity::Warning,
    doc: "A key stands twice in a task's block.",
    example: "x = invokeurl [ url: \"a\" url: \"b\" ];",
    check: repeated,
};

fn missing(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        let ExprKind::Task(task) = &expr.kind else { return };
        let Some(row) = block_task(&task.name.name) else { return };
        for key in row.keys.iter().filter(|key| key.required) {
            if !task.entries.iter().any(|entry| same(&entry.key.name, key.name)) {
                // Zoho checks mails while it saves a script, in these words.
                let message = match row.name {
                    "sendmail" => format!("'{}' message is missing for sendmail task", key.name.to_uppercase()),
                    name => format!("{} is missing for the {name} task", key.name),
                };
                let mut diagnostic = MISSING.at(task.name.span, message);
                diagnostic.problem = diagnostic.problem.with_help(format!("Add the key to the block: {}: …", key.name));
                found.push(diagnostic);
            }
        }
    });
}

fn repeated(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    body.exprs(&mut |expr| {
        let ExprKind::Task(task) = &expr.kind else { return };
        for (i, entry) in task.entries.iter().enumerate() {
            if let Some(first) = task.entries.iter().take(i).find(|other| same(&other.key.name, &entry.key.name)) {
                let message = format!("The key {} stands twice", entry.key.name);
                found.push(REPEATED.at(entry.key.span, message).with_label(first.key.span, "first here"));
            }
        }
    });
}

/// Whether two spellings are one key: case, and what stands between words, do not matter.
fn same(a: &str, b: &str) -> bool {
    let plain = |c: char| if matches!(c, '-' | '_') { ' ' } else { c.to_ascii_lowercase() };
    a.chars().map(plain).eq(b.chars().map(plain))
}
