//! Finds names and addresses that are compared or sorted by as a whole.

use crate::forms::{Followed, How, meetings};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_effect::{FieldFacts, Holds};
use rainwright_syntax::ast::{BinaryOp, ExprKind};

lint! {
    /// A name or an address as a whole is compared with a value in criteria, or sorted by.
    ///
    /// # Why
    /// Creator does not take a name or an address as a whole in criteria, except to ask whether it is null, and does not sort
    /// by it.
    ///
    /// # Instead
    /// Name a part of it: `Person[Name.last_name == "Byron"] sort by Name.last_name`.
    WholeComposite, Warning, No;
    profile: "zoho-creator";
    forms: true;
    bad: "people = Person[Name != \"\"];\ninfo people.count();";
    good: "people = Person[Name.last_name != \"\"];\ninfo people.count();";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    // The user of a system field is compared with whole names.
    let is_whole = |field: &FieldFacts| field.holds == Holds::Parts && !field.is_system;
    let part = |field: &FieldFacts| {
        let part = field.parts.iter().find(|part| part.as_str() == "last_name").or(field.parts.first());
        part.map_or_else(|| field.name.clone(), |part| format!("{}.{part}", field.name))
    };
    for meeting in meetings(script, body) {
        let asks_null = matches!(bare(meeting.value).kind, ExprKind::Null);
        if let How::Criteria(op) = meeting.how
            && is_whole(meeting.field)
            && !asks_null
            && !matches!(op, BinaryOp::Is | BinaryOp::IsNot)
        {
            let message = format!("'{}' has parts, and criteria do not take it as a whole", meeting.field.name);
            let help = format!("Name a part: {}.", part(meeting.field));
            found.push(LINT.with_help(meeting.value.span, message, help));
        }
    }
    for (query, form) in &body.reading.queries {
        for (path, _) in &query.sort {
            let steps: Vec<_> = path.name.split('.').map(|step| (step, path.span)).collect();
            let Some(Followed::Field(field)) = form.map(|form| script.options.forms.follow(form, &steps)) else {
                continue;
            };
            if is_whole(field) {
                let message = format!("'{}' has parts, and records are not sorted by it as a whole", field.name);
                let help = format!("Sort by a part: sort by {}.", part(field));
                found.push(LINT.with_help(path.span, message, help));
            }
        }
    }
}
