//! Finds ids of records, users and templates that are written into a script.

use crate::lints::Hook;
use crate::script::{Body, Script, literal};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::ExprKind;
use std::collections::HashSet;

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

fn check(_: &Script<'_>, body: &Body<'_>, found: &mut Vec<Diagnostic>) {
    let mut told = HashSet::new();
    for expr in &body.exprs {
        let id = match &expr.kind {
            ExprKind::Number(n) => n.to_string(),
            _ => literal(expr).unwrap_or_default().to_owned(),
        };
        let looks_like_one = DIGITS.contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_digit())
            // 1000000000000000 and 9999999999999999 are bounds.
            && id.bytes().collect::<HashSet<u8>>().len() > 2;
        if looks_like_one && told.insert(id) {
            found.push(LINT.at(expr.span, "This id belongs to one organisation"));
        }
    }
}
