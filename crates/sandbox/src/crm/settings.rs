//! What belongs to the organisation and not to a record: its name, users, modules and variables.

use axum::body::Bytes;
use axum::response::Response;
use serde_json::{Value, json};

use super::{PlainCall, failure, modules, outcome};
use crate::http::json;

pub(super) async fn org(_: PlainCall) -> Response {
    json(200, json!({ "org": [{ "id": "100000000000000000", "company_name": "Sandbox", "time_zone": "UTC" }] }))
}

pub(super) async fn users(_: PlainCall) -> Response {
    let robin = json!({
        "id": "100000000000000001",
        "full_name": "Robin",
        "email": crate::oauth::USER,
        "status": "active",
        "profile": { "name": "Administrator", "id": "100000000000000002" },
    });
    json(200, json!({ "users": [robin], "info": { "per_page": 200, "count": 1, "page": 1, "more_records": false } }))
}

pub(super) async fn modules(_: PlainCall) -> Response {
    let describe = |module: &modules::Module| json!({ "api_name": module.name, "api_supported": true });
    json(200, json!({ "modules": modules::all().map(describe).collect::<Vec<_>>() }))
}

fn describe(name: &str, value: &Value) -> Value {
    json!({ "id": name, "api_name": name, "name": name, "type": "text", "value": value })
}

pub(super) async fn variables(call: PlainCall) -> Response {
    let world = call.ctx.world();
    let all: Vec<Value> = world.crm.variables.iter().map(|(name, value)| describe(name, value)).collect();
    json(200, json!({ "variables": all }))
}

pub(super) async fn variable(call: PlainCall) -> Response {
    match call.ctx.world().crm.variables.get(&call.name) {
        Some(value) => json(200, json!({ "variables": [describe(&call.name, value)] })),
        None => crate::http::empty(204),
    }
}

/// `{"variables": [{"api_name": "…", "value": "…"}]}`; the short form of the connector has `apiname`.
pub(super) async fn set_variables(call: PlainCall, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(list) = body["variables"].as_array() else {
        return failure(400, "MANDATORY_NOT_FOUND", json!({ "api_name": "variables" }), "required field not found");
    };
    let mut world = call.ctx.world();
    let set = |variable: &Value| match variable["api_name"].as_str().or(variable["apiname"].as_str()) {
        Some(name) => {
            world.crm.variables.insert(name.into(), variable["value"].clone());
            outcome("SUCCESS", json!({ "id": name }), "variable updated")
        }
        None => outcome("MANDATORY_NOT_FOUND", json!({ "api_name": "api_name" }), "required field not found"),
    };
    let items: Vec<Value> = list.iter().map(set).collect();
    json(200, json!({ "variables": items }))
}
