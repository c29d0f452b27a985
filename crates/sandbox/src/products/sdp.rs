//! ServiceDesk Plus: records under the singular of their module, each answer with what became of the call beside them.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::http::{Object, json, page};
use crate::world::World;
use crate::zoho;

const PRODUCT: &str = "sdp";

fn failure(status: u16, code: u32, field: Option<&str>) -> Response {
    let mut message = json!({ "status_code": code, "type": "failed" });
    if let Some(field) = field {
        message["field"] = field.into();
    }
    json(status, json!({ "response_status": { "status_code": 4000, "status": "failed", "messages": [message] } }))
}

/// An error in the form of ServiceDesk Plus.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, 401, None),
        404 => failure(404, 4007, None),
        _ => failure(status, u32::from(status), None),
    }
}

fn success() -> Value {
    json!({ "status_code": 2000, "status": "success" })
}

fn shelf(module: &str) -> Shelf<'_> {
    Shelf { product: PRODUCT, module, key: "id", fields: &["subject", "description"] }
}

/// The name of one record of a module: `request` of `requests`.
fn singular(module: &str) -> String {
    match module.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => module.strip_suffix('s').unwrap_or(module).to_owned(),
    }
}

/// What a call sends in `input_data`: a form field, or a parameter of the query.
fn input(call: &Call) -> Result<Object, Response> {
    let text = call.field("input_data").unwrap_or_default();
    match serde_json::from_str(&text) {
        Ok(Value::Object(input)) => Ok(input),
        _ if text.is_empty() => Ok(Object::new()),
        _ => Err(failure(400, 4001, Some("input_data"))),
    }
}

/// Answers `v3/{module}`, one record, and what is kept below a record.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let path = match path.as_slice() {
        ["app", _, "api", rest @ ..] | ["api", rest @ ..] | rest => rest,
    };
    let ["v3", module, rest @ ..] = path else { return Err(error(404)) };
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PUT" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    if !zoho::permits(&call.access, "SDPOnDemand", module, "", operation) {
        return Err(error(401));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    match rest {
        [] | [_] => records(&call, world, module, module, rest),
        [id, below, rest @ ..] if rest.len() < 2 => {
            shelf(module).find(world, id).ok_or_else(|| error(404))?;
            let kept = format!("{below} of {id}");
            records(&call, world, &kept, below, rest)
        }
        _ => Err(error(404)),
    }
}

fn records(call: &Call, world: &mut World, kept: &str, name: &str, rest: &[&str]) -> Answer {
    let shelf = shelf(kept);
    let one =
        |status, key: &str, record: Object| Ok(json(status, json!({ key: record, "response_status": success() })));
    let single = singular(name);
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let info = object(input(call)?.remove("list_info").unwrap_or_default());
            let number = |key: &str, default: usize| {
                let value = info.get(key);
                let text = value.and_then(Value::as_str).and_then(|text| text.parse().ok());
                value
                    .and_then(Value::as_u64)
                    .and_then(|number| usize::try_from(number).ok())
                    .or(text)
                    .unwrap_or(default)
            };
            let (start, count) = (number("start_index", 1).max(1), number("row_count", 10).clamp(1, 100));
            let wanted = object(info.get("search_fields").cloned().unwrap_or_default());
            let fits = |record: &Object| wanted.iter().all(|(field, value)| record.get(field) == Some(value));
            let found: Vec<Object> = shelf.all(world).into_iter().filter(fits).collect();
            let shown = page(&found, start - 1, count);
            let more = found.len() > start - 1 + shown.len();
            let info = json!({ "has_more_rows": more, "start_index": start, "row_count": shown.len() });
            Ok(json(200, json!({ "response_status": [success()], "list_info": info, name: shown })))
        }
        ("POST", []) => {
            let (key, mut fields) = sent(call, &single)?;
            if name == "requests" && fields.get("subject").is_none_or(|subject| *subject == "") {
                return Err(failure(400, 4012, Some("subject")));
            }
            let millis = crate::world::now_millis().to_string();
            let shown = crate::world::now().strftime("%b %d, %Y %I:%M %p").to_string();
            fields.insert("created_time".into(), json!({ "display_value": shown, "value": millis }));
            if name == "requests" {
                // People and states are objects with an id and a name.
                let status = json!({ "id": "1", "name": "Open" });
                fields.entry("status").or_insert(status);
                let requester = json!({ "id": "100000000000000001", "name": "Robin", "email_id": crate::oauth::USER });
                fields.entry("requester").or_insert(requester);
            }
            one(201, &key, shelf.add(world, fields))
        }
        ("GET", [id]) => one(200, &single, shelf.find(world, id).ok_or_else(|| error(404))?),
        ("PUT", [id]) => {
            let (key, fields) = sent(call, &single)?;
            one(200, &key, shelf.change(world, id, fields).ok_or_else(|| error(404))?)
        }
        ("DELETE", [id]) => {
            shelf.remove(world, id).ok_or_else(|| error(404))?;
            Ok(json(200, json!({ "response_status": success() })))
        }
        _ => Err(error(404)),
    }
}

/// The record that a call sends, with the key that it is under: `request`, or `request_note` below a request.
fn sent(call: &Call, single: &str) -> Result<(String, Object), Response> {
    let fits = |key: &str| key == single || key.ends_with(&format!("_{single}"));
    let record = input(call)?.into_iter().find(|(key, value)| fits(key) && value.is_object());
    let (key, value) = record.ok_or_else(|| failure(400, 4012, Some(single)))?;
    Ok((key, object(value)))
}
