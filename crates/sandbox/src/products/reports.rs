//! Version 1 of Analytics' API, which the tasks of `zoho.reports` call: rows of a table by the names of workspace and table.

use axum::response::Response;
use serde_json::{Value, json};

use super::analytics::{Condition, PRODUCT};
use crate::call::{Answer, Call};
use crate::http::{Object, json};

fn failure(uri: &str, action: &str, code: u32, message: &str) -> Response {
    let error = json!({ "code": code, "message": message });
    json(400, json!({ "response": { "uri": uri, "action": action, "error": error } }))
}

/// Answers `api/{owner}/{workspace}/{table}` with the action in the query.
pub(super) fn serve(call: &Call, workspace: &str, table: &str) -> Answer {
    let uri = format!("/{}", call.path.join("/"));
    let action = call.field("ZOHO_ACTION").unwrap_or_default();
    let done = |result: Value, criteria: Option<&str>| {
        let mut response = json!({ "uri": uri, "action": action, "result": result });
        if let Some(criteria) = criteria {
            response["criteria"] = criteria.into();
        }
        Ok(json(200, json!({ "response": response })))
    };
    let columns: Object = call
        .form()
        .iter()
        .filter(|(name, _)| !name.starts_with("ZOHO_"))
        .map(|(k, v)| (k.clone(), v.clone().into()))
        .collect();
    let criteria = call.field("ZOHO_CRITERIA").unwrap_or_default();
    let condition =
        Condition::read(&criteria).map_err(|why| failure(&uri, &action, 7232, &format!("Invalid criteria: {why}")))?;
    let kept = format!("{workspace}/{table}");
    let mut world = call.ctx.world();
    match action.as_str() {
        "ADDROW" => {
            if columns.is_empty() {
                return Err(failure(&uri, &action, 7301, "No column value is given."));
            }
            world.store.add(PRODUCT, &kept, columns.clone());
            let (names, values): (Vec<String>, Vec<Value>) = columns.into_iter().unzip();
            done(json!({ "column_order": names, "rows": [values] }), None)
        }
        // The page of this answer was not to be had: its keys are those that public clients read.
        "UPDATE" => {
            let mut all = world.store.all(PRODUCT, &kept).to_vec();
            let mut changed = 0;
            for row in all.iter_mut().filter(|row| condition.takes(row)) {
                row.extend(columns.clone());
                changed += 1;
            }
            world.store.load(PRODUCT, &kept, all);
            let names: Vec<&String> = columns.keys().collect();
            done(json!({ "updatedColumns": names, "updatedRows": changed.to_string() }), Some(&criteria))
        }
        "DELETE" => {
            let before = world.store.all(PRODUCT, &kept).len();
            world.store.retain(PRODUCT, &kept, |row| !condition.takes(row));
            let gone = before - world.store.all(PRODUCT, &kept).len();
            done(json!({ "message": "Deleted rows", "deletedrows": gone.to_string() }), Some(&criteria))
        }
        _ => Err(super::not_played(
            &format!("the action {action} of version 1 of Analytics"),
            "add, change and delete rows, or use version 2 of its API",
        )),
    }
}
