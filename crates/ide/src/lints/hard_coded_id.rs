//! Finds ids of records, users and templates that are written into a script.

use crate::hash::HashSet;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::ExprKind;

lint! {
    /// The id of a record, user or template is written into the script.
    ///
    /// # Why
    /// The id is another one in the sandbox, in a copy of the organisation, and after the record was made again.
    ///
    /// # Instead
    /// Read it from a variable of the organisation, search the record by its name, or take it as a parameter.
    HardCodedId, Note, No;
    bad: "owner = {\"id\" : \"4150868000000225013\"};\ninfo owner;";
    good: "owner = {\"id\" : zoho.crm.getOrgVariable(\"default_owner\")};\ninfo owner;";
    hooks: &[Hook::Body(check)];
}

/// Digits of the ids that Zoho gives; a time in milliseconds has fewer.
const DIGITS: std::ops::RangeInclusive<usize> = 16..=19;

/// The first one of each body is reported, with how many more there are.
fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    let mut ids = HashSet::default();
    let mut first = None;
    for expr in &body.exprs {
        let id = match &expr.kind {
            ExprKind::Number(n) if *n >= 1_000_000_000_000_000 => n.to_string(),
            ExprKind::Text(text) | ExprKind::Quoted(text) if DIGITS.contains(&text.len()) => text.to_string(),
            _ => continue,
        };
        let looks_like_one = DIGITS.contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_digit())
            // 1000000000000000 and 9999999999999999 are bounds.
            && id.bytes().collect::<HashSet<u8>>().len() > 2;
        if looks_like_one && ids.insert(id) {
            first = first.or(Some(expr.span));
        }
    }
    if let Some(span) = first {
        let more = match ids.len() {
            1 => String::new(),
            2 => ", and so does another one below".to_owned(),
            n => format!(", and so do {} others below", n - 1),
        };
        found.push(LINT.at(span, format!("This id belongs to one organisation{more}")));
    }
}
