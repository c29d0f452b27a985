//! Finds texts that are none of the choices of the field they meet.

use crate::forms::{How, meetings, values};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{BinaryOp, ExprKind};

lint! {
    /// A field is compared with, or given, a text that is none of its choices.
    ///
    /// # Why
    /// The comparison is never true; a record with such a value cannot be saved from its form any more.
    ///
    /// # Instead
    /// Use one of the choices, letter by letter, or add the choice to the field.
    UnknownChoice, Warning, Suggested;
    profile: "zoho-creator";
    forms: true;
    bad: "done = Claim[State == \"Closd\"];\ninfo done.count();";
    good: "done = Claim[State == \"Closed\"];\ninfo done.count();";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    use BinaryOp::{Equal, In, NotEqual, NotIn};
    for meeting in meetings(script, body) {
        let field = meeting.field;
        // Parts of texts are compared as well: only whole ones must be a choice.
        let is_whole = match meeting.how {
            How::Criteria(op) | How::Compared(op) => matches!(op, Equal | NotEqual | In | NotIn),
            How::Inserted(_) | How::Assigned(_) => true,
        };
        if field.choices.is_empty() || !is_whole {
            continue;
        }
        for value in values(meeting.value) {
            let ExprKind::Text(text) = &value.kind else { continue };
            if text.is_empty() || field.choices.iter().any(|choice| **choice == **text) {
                continue;
            }
            let message = format!("'{text}' is none of the choices of '{}'", field.name);
            let near = script.nearest.closest(text, field.choices.iter().map(String::as_str));
            found.push(match near {
                Some(near) => LINT
                    .with_help(value.span, message, format!("Did you mean '{near}'?"))
                    .with_fix(value.span, format!("{near:?}")),
                None => {
                    let choices: Vec<&str> = field.choices.iter().take(8).map(String::as_str).collect();
                    LINT.with_help(value.span, message, format!("Its choices are {}.", choices.join(", ")))
                }
            });
        }
    }
}
