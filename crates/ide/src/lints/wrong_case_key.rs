//! Finds keys that are put and read in different case.

use crate::call::parts;
use crate::hash::HashMap;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare, literal};
use rainwright_diagnostic::{Diagnostic, Severity, Span};
use rainwright_syntax::ast::ExprKind;
use std::collections::BTreeMap;

lint! {
    /// A map is read by a key that is written in other case elsewhere.
    ///
    /// # Why
    /// Keys of maps are case-sensitive: reading `email` gives null when the key is `Email`.
    ///
    /// # Instead
    /// Write the key the same way everywhere.
    WrongCaseKey, Warning, Suggested;
    bad: "m = Map();\nm.put(\"Email\",\"ann@example.com\");\ninfo m.get(\"email\");";
    good: "m = Map();\nm.put(\"Email\",\"ann@example.com\");\ninfo m.get(\"Email\");";
    hooks: &[Hook::Body(check)];
}

/// The spellings of one key of one variable.
#[derive(Default)]
struct Spellings<'t> {
    put: Vec<&'t str>,
    read: Vec<(&'t str, Span)>,
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let mut keys: BTreeMap<(&str, String), Spellings<'_>> = BTreeMap::new();
    for expr in &body.exprs {
        let Some((name, Some(object), args)) = parts(expr) else { continue };
        let ExprKind::Name(variable) = &object.kind else { continue };
        let Some(value) = args.first().map(|arg| &arg.value) else { continue };
        let Some(key) = literal(value) else { continue };
        let is = |known: &str| name.name.eq_ignore_ascii_case(known);
        let (puts, reads) = (is("put"), is("get") || is("getJSON"));
        if puts || reads {
            let spellings = keys.entry((variable.as_str(), key.to_lowercase())).or_default();
            if puts {
                spellings.put.push(key);
            } else {
                spellings.read.push((key, value.span));
            }
        }
    }
    let made: HashMap<&str, bool> = body.writes.iter().map(|(name, writes)| (*name, is_made_here(writes))).collect();
    let literals = body.writes.iter().flat_map(|(name, writes)| writes.iter().map(move |write| (*name, write.value)));
    for (name, value) in literals {
        let Some(ExprKind::Map(pairs)) = value.map(|value| &bare(value).kind) else { continue };
        for key in pairs.iter().filter_map(|(key, _)| literal(key)) {
            keys.entry((name, key.to_lowercase())).or_default().put.push(key);
        }
    }
    for ((variable, _), spellings) in &keys {
        let Spellings { put, read } = spellings;
        for (key, span) in read {
            if let Some(other) = put.first().filter(|_| !put.contains(key)) {
                let sure = made.get(variable).copied().unwrap_or(false);
                let message = format!("{variable} has the key {other}, not {key}");
                let mut diagnostic = LINT.at(*span, message).with_fix(*span, format!("\"{other}\""));
                if !sure {
                    diagnostic.severity = Severity::Note;
                }
                found.push(diagnostic);
            }
        }
        if put.is_empty()
            && let Some((first, _)) = read.first()
            && let Some((other, span)) = read.iter().find(|(key, _)| key != first)
        {
            let mut diagnostic = LINT.at(*span, format!("{variable} is read by {first} and by {other}"));
            diagnostic.severity = Severity::Note;
            found.push(diagnostic);
        }
    }
}

/// Whether all that a variable is ever given are maps that the script makes itself.
fn is_made_here(writes: &[crate::script::Write<'_>]) -> bool {
    writes.iter().all(|write| {
        write.value.is_some_and(|value| match &bare(value).kind {
            ExprKind::Map(_) | ExprKind::EmptyBraces => true,
            ExprKind::Call { name, args } => name.name.eq_ignore_ascii_case("map") && args.is_empty(),
            _ => false,
        })
    })
}
