//! People: forms whose records are filed under their ids, in one envelope for what goes well and what does not.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::Shelf;
use crate::call::{Answer, Call};
use crate::http::{Object, json, page};
use crate::world::World;
use crate::zoho;

fn failed(path: &str, code: u32, message: &str) -> Response {
    let errors = json!({ "code": code, "message": message });
    json(200, json!({ "response": { "message": "Error occurred", "uri": path, "errors": errors, "status": 1 } }))
}

/// An error in the form of People.
pub(crate) fn error(status: u16) -> Response {
    let (code, message) = match status {
        401 => (7218, "The provided OAuth token is invalid."),
        404 => (7000, "Invalid URL"),
        _ => (7001, "Internal server error"),
    };
    json(
        status,
        json!({ "response": { "message": "Error occurred", "errors": { "code": code, "message": message }, "status": 1 } }),
    )
}

fn shelf(form: &str) -> Shelf<'_> {
    Shelf {
        product: "people",
        module: form,
        key: "Zoho_ID",
        fields: &["FirstName", "LastName", "EmailID", "Department", "Designation", "EmployeeID"],
    }
}

/// Answers `api/forms/{form}/getRecords` and its siblings.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let uri = format!("/{}", call.path.join("/"));
    if !["create", "read", "update"]
        .iter()
        .any(|operation| zoho::permits(&call.access, "ZOHOPEOPLE", "forms", "", operation))
    {
        return Err(failed(&uri, 7037, "Permission denied to perform the attempted action"));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    match path.as_slice() {
        ["api", "forms"] => {
            let forms: Vec<Value> = world
                .store
                .modules("people")
                .iter()
                .map(|form| json!({ "formLinkName": form, "displayName": form, "isVisible": true, "iscustom": false, "PermissionDetails": { "Add": 3, "Edit": 3, "View": 3 } }))
                .collect();
            Ok(done(&uri, "Data fetched successfully", forms.into()))
        }
        ["api", "forms", form, "getRecords"] => list(&call, world, form, &uri),
        ["api", "forms", form, "getDataByID" | "getRecordByID"] => {
            let Some(id) = call.field("recordId") else { return Err(failed(&uri, 7019, "Missing parameter")) };
            let record = shelf(form).find(world, &id);
            let record = record.ok_or_else(|| failed(&uri, 7049, "Missing record for the specified record Id"))?;
            Ok(done(&uri, "Data fetched successfully", json!([record])))
        }
        ["api", "forms", "json", form, "insertRecord"] => {
            let fields = input(&call, &uri)?;
            let shelf = shelf(form);
            let email = fields.get("EmailID").cloned();
            if email.is_some() && shelf.all(world).iter().any(|record| record.get("EmailID") == email.as_ref()) {
                return Err(failed(&uri, 7051, "Value already exists"));
            }
            let record = shelf.add(world, fields);
            Ok(done(
                &uri,
                "Data added successfully",
                json!({ "pkId": record["Zoho_ID"], "message": "Successfully Added" }),
            ))
        }
        ["api", "forms", "json", form, "updateRecord"] => {
            let fields = input(&call, &uri)?;
            let Some(id) = call.field("recordId") else { return Err(failed(&uri, 7019, "Missing parameter")) };
            let record = shelf(form).change(world, &id, fields);
            record.ok_or_else(|| failed(&uri, 7049, "Missing record for the specified record Id"))?;
            Ok(done(&uri, "Data updated successfully", json!({ "pkId": id, "message": "Successfully Updated" })))
        }
        _ => Err(super::not_played("this part of People", "use its forms")),
    }
}

fn done(uri: &str, message: &str, result: Value) -> Response {
    json(200, json!({ "response": { "result": result, "message": message, "uri": uri, "status": 0 } }))
}

/// The fields in `inputData`; all values are text.
fn input(call: &Call, uri: &str) -> Result<Object, Response> {
    let Some(text) = call.field("inputData") else { return Err(failed(uri, 7019, "Missing parameter")) };
    let Ok(Value::Object(fields)) = serde_json::from_str(&text) else {
        return Err(failed(uri, 7016, "Invalid input data"));
    };
    let plain = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(fields.into_iter().map(|(name, value)| (name, plain(value).into())).collect())
}

/// `sIndex` counts from 1; `searchParams` holds a JSON object with one condition, or several joined by `|`.
fn list(call: &Call, world: &World, form: &str, uri: &str) -> Answer {
    let mut all = shelf(form).all(world);
    if let Some(text) = call.field("searchParams").filter(|text| !text.is_empty()) {
        let conditions: Vec<Value> = text.split('|').filter_map(|one| serde_json::from_str(one).ok()).collect();
        if conditions.is_empty() {
            return Err(failed(uri, 7016, "Invalid input data"));
        }
        let fits = |record: &Object, condition: &Value| {
            let field = condition["searchField"].as_str().unwrap_or_default();
            let found = record.get(field).and_then(Value::as_str).unwrap_or_default().to_lowercase();
            let wanted = condition["searchText"].as_str().unwrap_or_default().trim_matches('\'').to_lowercase();
            match condition["searchOperator"].as_str().unwrap_or("Is") {
                "Is" => found == wanted,
                "Is Not" => found != wanted,
                "Starts With" => found.starts_with(&wanted),
                "Ends With" => found.ends_with(&wanted),
                "Is Empty" => found.is_empty(),
                "Not Empty" => !found.is_empty(),
                _ => found.contains(&wanted),
            }
        };
        all.retain(|record| conditions.iter().all(|condition| fits(record, condition)));
    }
    let shown = page(&all, call.query.number("sIndex", 1).max(1) - 1, call.query.number("limit", 200).min(200));
    if shown.is_empty() {
        return Err(failed(uri, 7024, "No records found"));
    }
    let filed = shown.into_iter().map(|record| {
        let id = record.get("Zoho_ID").and_then(Value::as_str).unwrap_or_default().to_owned();
        json!({ id: [record] })
    });
    Ok(done(uri, "Data fetched successfully", filed.collect::<Vec<_>>().into()))
}
