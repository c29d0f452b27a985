//! Parses a script, and says what else of it can never run: keys of task blocks that the tasks do not have.

use rainwright_builtins::block_task;
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::Parsed;
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_syntax::visit::{Visit, walk, walk_expr};

/// A source with its tree and all mistakes that it cannot run with, in the order of their places.
#[must_use]
pub fn parse(source: &str) -> Parsed {
    let mut parsed = rainwright_syntax::parse(source);
    // Every block has a bracket; most scripts that compute have none.
    if source.contains('[') {
        let mut keys = Keys { unknown: Vec::new() };
        walk(&mut keys, &parsed.tree);
        if !keys.unknown.is_empty() {
            parsed.diagnostics.append(&mut keys.unknown);
            parsed.diagnostics.sort_by_key(|found| (found.span.start, found.span.end));
        }
    }
    parsed
}

/// Finds keys that no row has.
struct Keys {
    unknown: Vec<Diagnostic>,
}

impl<'t> Visit<'t> for Keys {
    fn expr(&mut self, expr: &'t Expr) {
        if let ExprKind::Task(task) = &expr.kind
            && let Some(row) = block_task(&task.name.name)
        {
            let keys = task.entries.iter().map(|entry| &entry.key);
            self.unknown.extend(keys.filter_map(|key| row.check_key(&key.name, key.span)));
        }
        walk_expr(self, expr);
    }
}
