//! Finds branches whose condition an earlier branch has already taken.

use super::values::{acts, flat};
use crate::hash::HashMap;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Stmt, StmtKind};

lint! {
    /// An `else if` asks what an earlier branch has asked.
    ///
    /// # Why
    /// The second branch never runs. Most often the condition was copied and not changed.
    ///
    /// # Instead
    /// Correct the condition, or remove the branch.
    RepeatedCondition, Warning, No;
    bad: "n = 3;\nif(n > 2)\n{\n\tinfo \"many\";\n}\nelse if(n > 2)\n{\n\tinfo \"few\";\n}";
    good: "n = 3;\nif(n > 2)\n{\n\tinfo \"many\";\n}\nelse if(n > 0)\n{\n\tinfo \"few\";\n}";
    hooks: &[Hook::Stmt(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, stmt: &Stmt, found: &mut Vec<Diagnostic>) {
    let StmtKind::If { branches, .. } = &stmt.kind else { return };
    if branches.len() < 2 {
        return;
    }
    let mut seen: HashMap<String, Span> = HashMap::default();
    for (condition, _) in branches {
        let first = seen.insert(flat(script, condition.span), condition.span);
        // What acts may answer differently the second time.
        if let Some(first) = first
            && !acts(script, body, condition)
        {
            let message = "This branch never runs: an earlier one has the same condition";
            found.push(LINT.at(condition.span, message).with_label(first, "the same condition"));
        }
    }
}
