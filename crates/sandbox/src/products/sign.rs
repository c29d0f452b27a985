//! Sign: requests with recipients, from files or from templates, and their way to a signature.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::crm::keep;
use crate::http::{Object, json, page, typed};
use crate::outbox;
use crate::world::{World, now_millis};
use crate::zoho;

const REQUESTS: Shelf =
    Shelf { product: "sign", module: "requests", key: "request_id", fields: &["request_name", "owner_email"] };
const TEMPLATES: Shelf = Shelf { product: "sign", module: "templates", key: "template_id", fields: &["template_name"] };

fn failure(status: u16, code: u32, message: &str) -> Response {
    json(status, json!({ "code": code, "message": message, "status": "failure" }))
}

/// An error in the form of Sign.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, 9041, "Invalid Oauth token"),
        404 => failure(404, 9004, "URL not found"),
        _ => failure(status, 9000, "Internal error"),
    }
}

fn unknown() -> Response {
    failure(400, 4066, "Invalid Request ID")
}

fn done(message: &str, key: &str, value: Value) -> Response {
    json(200, json!({ "code": 0, "message": message, "status": "success", key: value }))
}

/// Answers `v1/requests/…` and `v1/templates/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PUT" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    if !["documents", "templates", "account"]
        .iter()
        .any(|area| zoho::permits(&call.access, "ZohoSign", area, "", operation))
    {
        return Err(failure(401, 9040, "Invalid Oauth scope"));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v1", "requests"]) => Ok(list(&call, &REQUESTS, "requests", world)),
        ("POST", ["v1", "requests"]) => {
            let mut fields = data(&call, "requests");
            let files: Vec<Object> = call.parts.iter().filter(|part| part.file_name.is_some()).map(keep).collect();
            if files.is_empty() {
                return Err(failure(400, 9043, "Extra or missing file in the request"));
            }
            let documents: Vec<Value> = files
                .iter()
                .map(|file| json!({ "document_id": world.store.new_id(), "document_name": file["name"] }))
                .collect();
            fields.insert("document_ids".into(), documents.into());
            let request = make(world, fields, "draft");
            Ok(done("Document has been uploaded successfully", "requests", request.into()))
        }
        ("GET", ["v1", "requests", id]) => {
            let request = REQUESTS.find(world, id).ok_or_else(unknown)?;
            Ok(done("Document details retrieved successfully", "requests", request.into()))
        }
        ("PUT", ["v1", "requests", id]) => {
            let request = REQUESTS.change(world, id, data(&call, "requests")).ok_or_else(unknown)?;
            Ok(done("Document has been updated successfully", "requests", request.into()))
        }
        ("POST", ["v1", "requests", id, "submit"]) => {
            let mut fields = data(&call, "requests");
            fields.insert("request_status".into(), "inprogress".into());
            let request = REQUESTS.change(world, id, fields).ok_or_else(unknown)?;
            tell(world, &request);
            Ok(done("Document has been sent successfully", "requests", request.into()))
        }
        ("GET", ["v1", "requests", id, "pdf"]) => {
            REQUESTS.find(world, id).ok_or_else(unknown)?;
            Ok(typed(200, "application/pdf", crate::pdf::page("A document of the sandbox")))
        }
        ("GET", ["v1", "templates"]) => Ok(list(&call, &TEMPLATES, "templates", world)),
        ("GET", ["v1", "templates", id]) => {
            let template = TEMPLATES.find(world, id).ok_or_else(|| failure(400, 20405, "Invalid Template ID"))?;
            Ok(done("Template details retrieved successfully", "templates", template.into()))
        }
        ("POST", ["v1", "templates", id, "createdocument"]) => {
            let template = TEMPLATES.find(world, id).ok_or_else(|| failure(400, 20405, "Invalid Template ID"))?;
            let mut fields = data(&call, "templates");
            fields.entry("request_name").or_insert_with(|| template.get("template_name").cloned().unwrap_or_default());
            fields.insert("template_ids".into(), json!([id]));
            fields.insert("document_ids".into(), template.get("document_ids").cloned().unwrap_or_else(|| json!([])));
            let quick = call.field("is_quicksend").is_some_and(|text| text == "true");
            let request = make(world, fields, if quick { "inprogress" } else { "draft" });
            if quick {
                tell(world, &request);
            }
            Ok(done("Document has been sent successfully", "requests", request.into()))
        }
        ("GET", ["v1", "fieldtypes"]) => {
            let names = [
                "Signature",
                "Initial",
                "Company",
                "Jobtitle",
                "Email",
                "Name",
                "Textfield",
                "Date",
                "Checkbox",
                "Image",
                "Dropdown",
                "Radiogroup",
            ];
            let types: Vec<Value> = names
                .iter()
                .enumerate()
                .map(|(at, name)| json!({ "field_type_id": (4_876_876_000_000_000_141_u64 + at as u64).to_string(), "field_type_name": name, "is_mandatory": at == 0 }))
                .collect();
            Ok(done("Field types retrieved successfully", "field_types", types.into()))
        }
        _ => Err(super::not_played("this part of Sign", "use its requests and templates")),
    }
}

/// The object under a key of the form field `data`.
fn data(call: &Call, key: &str) -> Object {
    let data = call.json("data").unwrap_or_default();
    let data = if data.get("data").is_some() { data["data"].clone() } else { data };
    object(data.get(key).cloned().unwrap_or_default())
}

fn make(world: &mut World, mut fields: Object, status: &str) -> Object {
    let mut actions = fields.get("actions").and_then(Value::as_array).cloned().unwrap_or_default();
    for action in &mut actions {
        if let Some(action) = action.as_object_mut() {
            let id = world.store.new_id();
            action.entry("action_id").or_insert_with(|| id.into());
            action.insert("action_status".into(), if status == "draft" { "NOACTION" } else { "UNOPENED" }.into());
        }
    }
    let now = now_millis();
    fields.insert("actions".into(), actions.into());
    fields.insert("request_status".into(), status.into());
    for (key, value) in [
        ("owner_email", json!(crate::oauth::USER)),
        ("owner_first_name", json!("Robin")),
        ("owner_last_name", json!("")),
        ("created_time", json!(now)),
        ("modified_time", json!(now)),
        ("is_deleted", json!(false)),
        ("expiration_days", json!(15)),
    ] {
        fields.entry(key).or_insert(value);
    }
    REQUESTS.add(world, fields)
}

/// Recipients get a mail, which is captured.
fn tell(world: &mut World, request: &Object) {
    for action in request.get("actions").and_then(Value::as_array).into_iter().flatten() {
        let mail = json!({ "to": action["recipient_email"], "subject": request.get("request_name"), "request_id": request.get("request_id") });
        outbox::keep(&mut world.store, "sign", "mail", mail);
    }
}

/// `data={"page_context": {"row_count": 10, "start_index": 1}}`
fn list(call: &Call, shelf: &Shelf, key: &str, world: &World) -> Response {
    let context = call.json("data").unwrap_or_default()["page_context"].clone();
    let number = |key: &str, default: u64| {
        context[key].as_u64().or_else(|| context[key].as_str()?.parse().ok()).unwrap_or(default) as usize
    };
    let (from, count) = (number("start_index", 1).max(1), number("row_count", 10));
    let all = shelf.all(world);
    let shown = page(&all, from - 1, count);
    let more = from - 1 + count < all.len();
    let context = json!({ "has_more_rows": more, "start_index": from, "row_count": shown.len(), "total_count": all.len(), "sort_column": "created_time", "sort_order": "DESC" });
    let mut body = json!({ "code": 0, "message": "Document list retrieved successfully", "status": "success", "page_context": context });
    body[key] = shown.into();
    json(200, body)
}
