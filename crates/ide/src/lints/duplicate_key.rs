//! Finds keys that a map, or the fields of a new record, have twice.

use crate::hash::HashMap;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, literal};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Expr, ExprKind};

lint! {
    /// A map, or the fields of a new record, have a key twice.
    ///
    /// # Why
    /// Only the last value is kept.
    ///
    /// # Instead
    /// Remove one of them, or correct its name.
    DuplicateKey, Warning, No;
    bad: "m = {\"name\" : \"Ann\",\"city\" : \"Pune\",\"name\" : \"Bob\"};\ninfo m;";
    good: "m = {\"name\" : \"Ann\",\"city\" : \"Pune\",\"friend\" : \"Bob\"};\ninfo m;";
    hooks: &[Hook::Other(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, expr: &Expr, found: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&str, Span> = HashMap::default();
    let mut tell = |key: &str, span, first| {
        found.push(LINT.at(span, format!("The key {key} is given twice")).with_label(first, "first here"));
    };
    match &expr.kind {
        ExprKind::Map(pairs) => {
            for (key, _) in pairs {
                if let Some(text) = literal(key)
                    && let Some(first) = seen.insert(text, key.span)
                {
                    tell(text, key.span, first);
                }
            }
        }
        ExprKind::Insert(insert) => {
            for (field, _) in &insert.fields {
                if let Some(first) = seen.insert(&field.name, field.span) {
                    tell(&field.name, field.span, first);
                }
            }
        }
        _ => {}
    }
}
