//! WorkDrive: files and folders in JSON:API.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::crm::{give, keep};
use crate::http::{Object, empty, page, typed};
use crate::world::{World, now_millis};
use crate::zoho;

const FILES: Shelf = Shelf { product: "workdrive", module: "files", key: "id", fields: &["name"] };

fn answer(status: u16, body: Value) -> Response {
    typed(status, "application/vnd.api+json;charset=UTF-8", body.to_string())
}

fn failure(status: u16, id: &str, title: &str) -> Response {
    answer(status, json!({ "errors": [{ "id": id, "title": title }] }))
}

/// An error in the form of WorkDrive.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, "F7003", "Invalid OAuth token."),
        403 => failure(403, "F7007", "Invalid OAuth scope."),
        404 => failure(404, "R008", "Resource not found"),
        _ => failure(status, "F000", "INTERNAL_ERROR"),
    }
}

/// Answers `api/v1/files/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let ["api", "v1", rest @ ..] = path.as_slice() else { return Err(error(404)) };
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PATCH" | "PUT" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    if !["files", "teamfolders", "team", "users", "workspace"]
        .iter()
        .any(|area| zoho::permits(&call.access, "WorkDrive", area, "", operation))
    {
        return Err(error(403));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    let unknown = || error(404);
    match (call.method.as_str(), rest) {
        ("POST", [kind @ ("files" | "teamfolders")]) => {
            let attributes = attributes(&call)?;
            if attributes.get("name").is_none_or(|name| *name == "") {
                return Err(failure(400, "F000", "INVALID_PARAMETER"));
            }
            let mut fields = attributes;
            fields.insert("is_folder".into(), json!(true));
            let made = add(world, fields);
            Ok(answer(201, json!({ "data": shown(&made, kind) })))
        }
        ("POST", ["upload"]) => {
            let Some(part) = call.file() else { return Err(failure(400, "F000", "INVALID_PARAMETER")) };
            let mut fields = keep(part);
            if let Some(name) = call.field("filename") {
                fields.insert("name".into(), name.into());
            }
            fields.insert("parent_id".into(), call.field("parent_id").unwrap_or_default().into());
            let made = add(world, fields);
            let name = made["name"].clone();
            let attributes = json!({
                "Permalink": format!("https://workdrive.zoho.com/file/{}", made["id"].as_str().unwrap_or_default()),
                "FileName": name,
                "resource_id": made["id"],
                "parent_id": made["parent_id"],
                "File INFO": json!({ "RESOURCE_ID": made["id"], "DISPLAY_NAME": name }).to_string(),
            });
            Ok(answer(200, json!({ "data": [{ "attributes": attributes, "type": "files" }] })))
        }
        ("GET", ["files" | "teamfolders", id]) => {
            Ok(answer(200, json!({ "data": shown(&FILES.find(world, id).ok_or_else(unknown)?, "files") })))
        }
        ("GET", ["files" | "teamfolders" | "privatespace", id, "files"]) => {
            FILES.find(world, id).ok_or_else(unknown)?;
            let inside: Vec<Value> = FILES
                .all(world)
                .iter()
                .filter(|file| file.get("parent_id").is_some_and(|of| of == id))
                .map(|file| shown(file, "files"))
                .collect();
            let (from, count) = (call.query.number("page[offset]", 0), call.query.number("page[limit]", 50).min(50));
            Ok(answer(200, json!({ "data": page(&inside, from, count) })))
        }
        ("PATCH", ["files", id]) => {
            let fields = attributes(&call)?;
            // 51 sends a file to the trash, 61 deletes it.
            if fields.get("status").is_some_and(|status| ["51", "61"].contains(&status.as_str().unwrap_or_default())) {
                let gone = FILES.remove(world, id).ok_or_else(unknown)?;
                return Ok(answer(200, json!({ "data": shown(&gone, "files") })));
            }
            Ok(answer(200, json!({ "data": shown(&FILES.change(world, id, fields).ok_or_else(unknown)?, "files") })))
        }
        ("POST", ["files", target, "copy"]) => {
            let wanted = attributes(&call)?;
            let id = wanted.get("resource_id").and_then(Value::as_str).unwrap_or_default();
            let mut copy = FILES.find(world, id).ok_or_else(unknown)?;
            copy.remove("id");
            copy.insert("parent_id".into(), (*target).into());
            Ok(answer(200, json!({ "data": shown(&add(world, copy), "files") })))
        }
        ("POST", ["permissions"]) => {
            let made = json!({ "id": world.store.new_id(), "type": "permissions", "attributes": attributes(&call)? });
            Ok(answer(201, json!({ "data": made })))
        }
        ("POST", ["links"]) => {
            let mut fields = attributes(&call)?;
            let id = world.store.new_id();
            fields.insert("link".into(), format!("https://workdrive.zohoexternal.com/external/{id}").into());
            Ok(answer(201, json!({ "data": { "id": id, "type": "links", "attributes": fields } })))
        }
        ("GET", ["download", id]) => {
            let file = FILES.find(world, id).ok_or_else(unknown)?;
            match file.contains_key("bytes") {
                true => Ok(give(&file)),
                false => Ok(empty(204)),
            }
        }
        ("GET", ["teams", _, "records"]) => {
            let wanted = call.query.text("search[all]").to_lowercase();
            let has = |file: &&Object| {
                file.get("name").and_then(Value::as_str).is_some_and(|name| name.to_lowercase().contains(&wanted))
            };
            let found: Vec<Value> = FILES.all(world).iter().filter(has).map(|file| shown(file, "files")).collect();
            Ok(answer(200, json!({ "data": found })))
        }
        ("GET", ["users", "me"]) => {
            let me = json!({ "id": "10000001", "type": "users", "attributes": { "email_id": crate::oauth::USER, "display_name": "Robin" } });
            Ok(answer(200, json!({ "data": me })))
        }
        _ => Err(super::not_played("this part of WorkDrive", "use its files and folders")),
    }
}

fn attributes(call: &Call) -> Result<Object, Response> {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match body["data"]["attributes"].as_object() {
        Some(attributes) => Ok(attributes.clone()),
        None => Err(failure(400, "F000", "INVALID_PARAMETER")),
    }
}

/// Ids are long texts of letters and digits.
fn add(world: &mut World, mut fields: Object) -> Object {
    let id = format!("sb{:0>35}", world.store.new_id());
    fields.insert("id".into(), id.into());
    fields.insert("created_time_in_millisecond".into(), now_millis().into());
    world.store.add("workdrive", "files", fields.clone());
    fields
}

fn shown(file: &Object, kind: &str) -> Value {
    let id = file.get("id").and_then(Value::as_str).unwrap_or_default();
    let name = file.get("name").and_then(Value::as_str).unwrap_or_default();
    let folder = file.get("is_folder") == Some(&json!(true));
    let size = file
        .get("bytes")
        .and_then(Value::as_str)
        .and_then(|text| STANDARD.decode(text).ok())
        .map_or(0, |bytes| bytes.len());
    let mut attributes = object(json!({
        "name": name,
        "display_attr_name": name,
        "type": if folder { "folder" } else { "document" },
        "extn": name.rsplit_once('.').map_or("", |(_, extension)| extension),
        "is_folder": folder,
        "created_by": "Robin",
        "permalink": format!("https://workdrive.zoho.com/file/{id}"),
        "download_url": format!("https://download.zoho.com/v1/workdrive/download/{id}"),
        "storage_info": { "size": format!("{size} bytes"), "size_in_bytes": size, "files_count": 0, "folders_count": 0 },
    }));
    for key in ["parent_id", "description", "created_time_in_millisecond"] {
        if let Some(value) = file.get(key) {
            attributes.insert(key.into(), value.clone());
        }
    }
    json!({ "id": id, "type": kind, "attributes": attributes, "relationships": {}, "links": { "self": format!("https://www.zohoapis.com/workdrive/api/v1/files/{id}") } })
}
