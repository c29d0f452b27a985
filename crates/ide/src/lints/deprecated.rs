//! Finds functions and tasks that Zoho advises against.

use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_value::Kinds;

lint! {
    /// A function or task is used that Zoho advises against.
    ///
    /// # Why
    /// Zoho has replaced it, and some of these no longer work.
    ///
    /// # Instead
    /// Use what the message names.
    Deprecated, Warning, No;
    bad: "page = getUrl(\"https://example.com\");\ninfo page;";
    good: "page = invokeurl\n[\n\turl: \"https://example.com\"\n\ttype: GET\n];\ninfo page;";
    hooks: &[Hook::Call(check)];
}

fn check(_: &Script<'_>, _: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    let (name, instead) = match (call.task, call.method) {
        (Some(task), _) => (task.name, task.deprecated),
        (None, Some(method)) => {
            let kinds = if call.object.is_none() { Kinds::ANY } else { call.on };
            let mut rows = kinds.iter().filter_map(|kind| method.on(kind)).chain(method.free).map(|bound| bound.row);
            let first = rows.next().and_then(|row| row.deprecated);
            (method.name, first.filter(|_| rows.all(|row| row.deprecated.is_some())))
        }
        (None, None) => return,
    };
    if let Some(instead) = instead {
        found.push(LINT.with_help(call.name.span, format!("{name} is deprecated"), instead));
    }
}
