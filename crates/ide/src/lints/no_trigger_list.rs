//! Finds writes to CRM that leave open which automations run.

use crate::call::{Call, parts};
use crate::lints::Hook;
use crate::lints::unknown_connection::place_of;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;

lint! {
    /// A record of CRM is written without a list of what it triggers.
    ///
    /// # Why
    /// Written by a script, a record starts approvals and blueprints, but no workflow rules, unless the call says so. That
    /// is easy to miss until a mail is not sent.
    ///
    /// # Instead
    /// Pass the list: `{"trigger" : {"workflow"}}` to run workflow rules, `{"trigger" : {}}` to run nothing.
    NoTriggerList, Note, No;
    bad: "info zoho.crm.updateRecord(\"Leads\",\"1001\",{\"City\" : \"Pune\"});";
    good: "info zoho.crm.updateRecord(\"Leads\",\"1001\",{\"City\" : \"Pune\"},{\"trigger\" : {\"workflow\"}});";
    hooks: &[Hook::Body(check)];
}

/// The first one of each body is reported: the others are most likely meant the same way.
fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    for expr in &body.exprs {
        // Only these writes have such a list.
        let writes = |name: &str| ["create", "update", "upsert", "bulk"].iter().any(|verb| name.starts_with(verb));
        if !parts(expr).is_some_and(|(name, object, _)| object.is_some() && writes(&name.name)) {
            continue;
        }
        let Some(call) = Call::of(script, body, expr) else { continue };
        let Some(task) = call.task.filter(|task| task.params.iter().any(|p| p.name == "optional_data")) else {
            continue;
        };
        if place_of(task, "optional_data", call.args).is_none() {
            let message = format!("{} does not say which automations run", task.name);
            found.push(LINT.at(call.name.span, message));
            return;
        }
    }
}
