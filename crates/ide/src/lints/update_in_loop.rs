//! Finds writes of single records in a loop, where the service takes many at once.

use super::cost::product;
use crate::call::Call;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::Expr;

lint! {
    /// A loop writes records one by one, where the service takes many at once.
    ///
    /// # Why
    /// A hundred records need a hundred requests instead of one; when the run is stopped, half of them are written.
    ///
    /// # Instead
    /// Collect the records in a list in the loop, and write the list after it.
    UpdateInLoop, Note, No;
    bad: "leads = {{\"id\" : \"1001\"}}.toString().toJSONList();\nfor each lead in leads\n{\n\tinfo zoho.crm.updateRecord(\"Leads\",lead.get(\"id\"),{\"City\" : \"Pune\"},{\"trigger\" : {\"workflow\"}});\n}";
    good: "leads = {{\"id\" : \"1001\"}}.toString().toJSONList();\nchanged = List();\nfor each lead in leads\n{\n\tchanged.add({\"id\" : lead.get(\"id\"),\"City\" : \"Pune\"});\n}\ninfo zoho.crm.bulkUpdate(\"Leads\",changed,{\"trigger\" : {\"workflow\"}});";
    hooks: &[Hook::Call(check)];
}

/// Tasks for one record, with the task for many.
const BULK: &[(&str, &str)] = &[
    ("zoho.crm.createRecord", "zoho.crm.bulkCreate, which takes up to 100 records"),
    ("zoho.crm.create", "zoho.crm.bulkCreate, which takes up to 100 records"),
    ("zoho.crm.updateRecord", "zoho.crm.bulkUpdate, which takes up to 100 records"),
    ("zoho.crm.update", "zoho.crm.bulkUpdate, which takes up to 100 records"),
    ("zoho.crm.v8.createRecord", "zoho.crm.v8.bulkCreate, which takes up to 100 records"),
    ("zoho.crm.v8.updateRecord", "zoho.crm.v8.bulkUpdate, which takes up to 100 records"),
    ("zoho.creator.createRecord", "zoho.creator.createRecords, which takes a list"),
    ("zoho.creator.v2_1.createRecord", "zoho.creator.v2_1.createRecords, which takes a list"),
];

fn check(script: &Script<'_>, body: &FunctionBody<'_>, call: &Call<'_>, found: &mut Vec<Diagnostic>) {
    let Some((bulk, times)) = bulk_of(script, body, call.expr) else { return };
    let message = format!("Records are written one by one, with a request for each of {times}");
    found.push(LINT.with_help(call.name.span, message, format!("Collect them in a list and write it with {bulk}.")));
}

/// The task for many records, for a call in a loop that writes one, and how often that is.
pub(super) fn bulk_of(script: &Script<'_>, body: &FunctionBody<'_>, expr: &Expr) -> Option<(&'static str, String)> {
    let around = body.loop_at(expr.span.start)?;
    let task = Call::of(script, body, expr)?.task?;
    let (_, bulk) = BULK.iter().find(|(one, _)| one.eq_ignore_ascii_case(task.name))?;
    Some((*bulk, product(script, body, Some(around))?))
}
