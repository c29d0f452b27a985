//! Writer: documents, and templates that are merged with data.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::http::{Object, json, page, typed};
use crate::outbox;
use crate::world::World;
use crate::zoho;

const DOCUMENTS: Shelf =
    Shelf { product: "writer", module: "documents", key: "document_id", fields: &["document_name"] };

fn failure(status: u16, code: &str, message: &str) -> Response {
    json(status, json!({ "error": { "errorcode": code, "message": message } }))
}

/// An error in the form of Writer.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, "INVALID_OAUTHTOKEN", "Invalid OAuth token."),
        403 => failure(401, "INVALID_OAUTHSCOPE", "Invalid OAuth scope."),
        404 => failure(404, "R3001", "Resource does not exist."),
        _ => failure(status, "R1000", "Internal error"),
    }
}

/// Answers `api/v1/documents/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let operation = if call.method == "GET" { "read" } else { "create" };
    if !["documentEditor", "merge"].iter().any(|area| zoho::permits(&call.access, "ZohoWriter", area, "", operation)) {
        return Err(error(403));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["api", "v1", "documents"]) => {
            let wanted = call.query.get("category").or(call.query.get("resource_type"));
            let mut all = DOCUMENTS.all(world);
            all.retain(|document| wanted.is_none_or(|wanted| document.get("type").is_none_or(|kind| kind == wanted)));
            let (offset, limit) = (call.query.number("offset", 0), call.query.number("limit", 100));
            let shown = page(&all, offset, limit);
            Ok(json(200, json!({ "offset": offset, "limit": limit, "total_count": all.len(), "documents": shown })))
        }
        ("POST", ["api", "v1", "documents"]) => {
            let fields = call.fields();
            let given = fields.get("filename").and_then(Value::as_str).map(str::to_owned);
            let uploaded = call.file().and_then(|file| file.file_name.clone());
            let name = given.or(uploaded).unwrap_or_else(|| "Untitled".into());
            let kind = fields.get("resource_type").cloned().unwrap_or_else(|| "document".into());
            let made = make(world, &name, kind);
            Ok(json(200, made))
        }
        ("GET", ["api", "v1", "documents", id]) => Ok(json(200, DOCUMENTS.find(world, id).ok_or_else(|| error(404))?)),
        ("GET", ["api", "v1", "documents", id, "fields"]) => {
            let document = DOCUMENTS.find(world, id).ok_or_else(|| error(404))?;
            let fields = document.get("merge_fields").cloned().unwrap_or_else(|| json!([]));
            Ok(json(200, json!({ "merge": fields })))
        }
        ("POST", ["api", "v1", "documents", id, "merge"]) => {
            let document = DOCUMENTS.find(world, id).ok_or_else(|| error(404))?;
            let name = document.get("document_name").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(typed(200, "application/pdf", crate::pdf::page(&name)))
        }
        (
            "POST",
            ["api", "v1" | "v2", "documents", id, "merge", "store"]
            | ["api", "v1", "documents", "v2", id, "merge", "store"]
            | ["api", "v1", "documents", id, "merge", "execute"],
        ) => {
            let document = DOCUMENTS.find(world, id).ok_or_else(|| error(404))?;
            let settings = output(&call);
            let name = settings.get("doc_name").and_then(Value::as_str).map(str::to_owned);
            let name = name.unwrap_or_else(|| {
                document.get("document_name").and_then(Value::as_str).unwrap_or("Merged").to_owned()
            });
            let merged: Vec<Value> = data(&call)
                .iter()
                .map(|data| {
                    let made = make(world, &name, "document".into());
                    let id = made["document_id"].clone();
                    json!({
                        "data": data, "document_id": id, "status": "inprogress",
                        "document_url": made["open_url"], "download_link": made["download_url"],
                    })
                })
                .collect();
            let report = format!("https://www.zohoapis.com/writer/api/v1/documents/{id}/merge/report");
            Ok(json(
                200,
                json!({ "merge_report_data_url": report, "merge_report_url": report, "status": "inprogress", "records": merged }),
            ))
        }
        ("POST", ["api", "v1" | "v2", "documents", id, "merge", how @ ("email" | "sign")]) => {
            DOCUMENTS.find(world, id).ok_or_else(|| error(404))?;
            let fields = call.fields();
            let mut records = Vec::new();
            for data in data(&call) {
                let to = ["email", "signer_data", "output_settings"].iter().find_map(|key| fields.get(*key).cloned());
                let content = json!({ "document": id, "data": data, "to": to });
                outbox::keep(&mut world.store, "writer", "mail", content);
                records.push(match *how {
                    "sign" => json!({ "sign_request_id": world.store.new_id(), "status": "success" }),
                    _ => json!({ "data": data, "status": "inprogress" }),
                });
            }
            let report = format!("https://www.zohoapis.com/writer/api/v1/documents/{id}/merge/report");
            Ok(json(
                200,
                json!({ "merge_report_data_url": report, "merge_report_url": report, "status": "inprogress", "records": records }),
            ))
        }
        ("GET", ["api", "v1", "download", id]) => {
            let document = DOCUMENTS.find(world, id).ok_or_else(|| error(404))?;
            let name = document.get("document_name").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(typed(200, "application/pdf", crate::pdf::page(&name)))
        }
        _ => Err(super::not_played("this part of Writer", "create documents and merge them")),
    }
}

fn make(world: &mut World, name: &str, kind: Value) -> Object {
    let now = crate::world::now().strftime("%Y-%m-%dT%H:%M:%S%z").to_string();
    let mut fields = object(json!({
        "document_name": name,
        "document_type": "zwdoc",
        "type": kind,
        "created_time": now,
        "modified_time": now,
        "creator_id": "10000001",
        "created_by": "Robin",
        "lastmodified_by": [{ "email_id": crate::oauth::USER, "display_name": "Robin", "user_id": "10000001" }],
        "role": "owner",
    }));
    let id = world.store.new_id();
    fields.insert("open_url".into(), format!("https://writer.zoho.com/writer/open/{id}").into());
    fields.insert("preview_url".into(), format!("https://writer.zoho.com/writer/preview/{id}").into());
    fields.insert("download_url".into(), format!("https://www.zohoapis.com/writer/api/v1/download/{id}").into());
    fields.insert("document_id".into(), id.into());
    world.store.add("writer", "documents", fields.clone());
    fields
}

/// What is merged: one object, or several under `data`.
fn data(call: &Call) -> Vec<Value> {
    let fields = call.fields();
    let merge = fields.get("merge_data").cloned().unwrap_or_default();
    let merge = merge.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(merge);
    match merge.get("data").unwrap_or(&merge) {
        Value::Array(items) => items.clone(),
        Value::Null => vec![json!({})],
        one => vec![one.clone()],
    }
}

fn output(call: &Call) -> Object {
    let settings = call.fields().get("output_settings").cloned().unwrap_or_default();
    object(settings.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(settings))
}
