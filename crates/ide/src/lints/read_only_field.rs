//! Finds writes to fields that only the product writes.

use crate::forms::{How, meetings};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;

lint! {
    /// A field is written that only the product writes: an auto number, a formula, a field of the system.
    ///
    /// # Why
    /// Zoho refuses to save it, and a run stops there.
    ///
    /// # Instead
    /// Leave the field out: the product fills it when the record is saved. `Added_User` can be given to a new record.
    ReadOnlyField, Error, No;
    profile: "zoho-creator";
    forms: true;
    bad: "made = insert into Claim\n[\n\tNo = 7\n\tAmount = 12.50\n];\ninfo made;";
    good: "made = insert into Claim\n[\n\tAmount = 12.50\n];\ninfo made;";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    for meeting in meetings(script, body) {
        let field = meeting.field;
        let (span, is_insert) = match meeting.how {
            How::Inserted(span) => (span, true),
            How::Assigned(target) => (target.span, false),
            How::Criteria(_) | How::Compared(_) => continue,
        };
        let is_added_user = field.is_system && field.name == "Added_User";
        if field.is_computed || (is_added_user && !is_insert) {
            found.push(LINT.at(span, format!("'{}' is filled by the product and cannot be written", field.name)));
        }
    }
}
