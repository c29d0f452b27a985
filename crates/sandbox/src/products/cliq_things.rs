//! Version 3 of Cliq's API and the databases of version 2: bots, functions, commands, message actions, datastores with their records, chats.

use axum::response::Response;
use serde_json::{Value, json};

use super::cliq::error;
use super::shelf::Shelf;
use crate::call::{Answer, Call};
use crate::http::{Object, empty, json};
use crate::world::World;
use crate::zoho;

/// Kinds of things that are made, listed, read, changed and deleted alike: the piece of the path, and their type.
const THINGS: &[(&str, &str)] =
    &[("bots", "bot"), ("functions", "function"), ("commands", "command"), ("messageactions", "messageaction")];

fn shelf(module: &str) -> Shelf<'_> {
    Shelf { product: "cliq", module, key: "id", fields: &["name", "unique_name", "description"] }
}

fn missing(what: &str) -> Response {
    json(404, json!({ "code": format!("{what}_not_found"), "message": format!("The {what} could not be found.") }))
}

/// Answers `v3/…`; nothing for what is not played.
pub(crate) fn serve(call: &Call, rest: &[&str]) -> Option<Answer> {
    let url = format!("/api/v3/{}", rest.join("/"));
    let mut world = call.ctx.world();
    let world = &mut *world;
    let operation = match call.method.as_str() {
        "GET" => "read",
        "DELETE" => "delete",
        "POST" => "create",
        _ => "update",
    };
    let permits = |area: &str| zoho::permits(&call.access, "ZohoCliq", area, "", operation);
    match rest {
        [things, path @ ..] if THINGS.iter().any(|(name, _)| name == things) && path.len() < 2 => {
            let (name, kind) = THINGS.iter().find(|(name, _)| name == things)?;
            let area = match *name {
                "messageactions" => "MessageActions",
                "bots" => "Bots",
                "functions" => "Functions",
                _ => "Commands",
            };
            Some(if permits(area) { thing(call, world, &url, (name, kind), path) } else { Err(error(403)) })
        }
        ["datastores", store, "records", path @ ..] if path.len() < 2 => Some(match permits("StorageData") {
            true => records(call, world, &url, store, path),
            false => Err(error(403)),
        }),
        ["chats"] if call.method == "GET" => {
            let chats = shelf("chats").all(world);
            let shown: Vec<Value> = chats.iter().map(|chat| json!({ "name": chat["name"], "chat_id": chat["id"], "chat_type": "channel", "participant_count": 1 })).collect();
            Some(if permits("Chats") { Ok(json(200, json!({ "chats": shown }))) } else { Err(error(403)) })
        }
        ["chats", id, "members"] if call.method == "GET" => {
            let known = shelf("chats").find(world, id).is_some();
            let members = json!({ "members": [{ "user_id": "100000000000000001", "email_id": crate::oauth::USER, "name": "Robin" }] });
            Some(match (permits("Chats"), known) {
                (false, _) => Err(error(403)),
                (true, false) => Err(missing("chat")),
                (true, true) => Ok(json(200, members)),
            })
        }
        _ => None,
    }
}

/// Answers `v2/storages/{database}/records` and one record of it.
pub(super) fn storage(call: &Call, store: &str, path: &[&str]) -> Answer {
    let operation = match call.method.as_str() {
        "GET" => "read",
        "DELETE" => "delete",
        "POST" => "create",
        _ => "update",
    };
    if !zoho::permits(&call.access, "ZohoCliq", "StorageData", "", operation) {
        return Err(error(403));
    }
    let url = format!("/api/v2/storages/{store}/records");
    records(call, &mut call.ctx.world(), &url, store, path)
}

fn fields(call: &Call) -> Result<Object, Response> {
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(json(400, json!({ "code": "invalid_json", "message": "The body is no JSON object." }))),
    }
}

fn thing(call: &Call, world: &mut World, url: &str, (name, kind): (&str, &str), path: &[&str]) -> Answer {
    let shelf = shelf(name);
    let one = |status: u16, data: Object| Ok(json(status, json!({ "url": url, "type": kind, "data": data })));
    match (call.method.as_str(), path) {
        ("GET", []) => {
            let all = shelf.all(world);
            Ok(json(200, json!({ "url": url, "type": kind, "sync_token": "1", "deleted": [], "data": all })))
        }
        ("POST", []) => {
            let mut fields = fields(call)?;
            let Some(title) = fields.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
                return Err(json(400, json!({ "code": "param_missing", "message": "The parameter name is missing." })));
            };
            let unique = title.to_lowercase().replace(' ', "");
            fields.insert("unique_name".into(), unique.into());
            fields.insert("status".into(), "enabled".into());
            fields.insert("creator".into(), json!({ "name": "Robin", "id": "100000000000000001" }));
            one(200, shelf.add(world, fields))
        }
        ("GET", [id]) => one(200, shelf.find(world, id).ok_or_else(|| missing(kind))?),
        ("PATCH", [id]) => {
            let fields = fields(call)?;
            one(200, shelf.change(world, id, fields).ok_or_else(|| missing(kind))?)
        }
        ("DELETE", [id]) => {
            shelf.remove(world, id).ok_or_else(|| missing(kind))?;
            Ok(empty(204))
        }
        _ => Err(error(404)),
    }
}

/// Records of a datastore, by its unique name.
fn records(call: &Call, world: &mut World, url: &str, store: &str, path: &[&str]) -> Answer {
    let module = format!("datastore/{store}");
    let shelf = Shelf { product: "cliq", module: &module, key: "id", fields: &["name"] };
    let one = |data: Object| Ok(json(200, json!({ "url": url, "type": "record", "data": data })));
    let stamped = |mut fields: Object, new: bool| {
        let now = crate::world::now_millis().to_string();
        if new {
            fields.insert("added_time".into(), now.clone().into());
        }
        fields.insert("modified_time".into(), now.into());
        fields
    };
    let values = |call: &Call| {
        let mut fields = fields(call)?;
        Ok(match fields.remove("values") {
            Some(Value::Object(values)) => values,
            _ => fields,
        })
    };
    match (call.method.as_str(), path) {
        ("GET", []) => {
            let all = shelf.all(world);
            Ok(json(200, json!({ "url": url, "type": "record", "sync_token": "1", "list": all })))
        }
        ("POST", []) => {
            let fields = stamped(values(call)?, true);
            one(shelf.add(world, fields))
        }
        ("GET", [id]) => one(shelf.find(world, id).ok_or_else(|| missing("record"))?),
        ("PATCH" | "PUT", [id]) => {
            let fields = stamped(values(call)?, false);
            one(shelf.change(world, id, fields).ok_or_else(|| missing("record"))?)
        }
        ("DELETE", [id]) => {
            shelf.remove(world, id).ok_or_else(|| missing("record"))?;
            Ok(empty(204))
        }
        ("DELETE", []) => {
            let ids = call.query.text("ids");
            let ids: Vec<&str> = ids.split(|c: char| !c.is_ascii_alphanumeric()).filter(|id| !id.is_empty()).collect();
            let criteria = call.query.text("criteria");
            let (field, wanted) = criteria.split_once("==").unwrap_or(("", ""));
            if ids.is_empty() && field.is_empty() {
                return Err(json(400, json!({ "code": "param_missing", "message": "Ids or a criteria are needed." })));
            }
            let wanted = wanted.trim().trim_matches('"');
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            world.store.retain("cliq", &module, |record| {
                let chosen = record.get("id").and_then(Value::as_str).is_some_and(|id| ids.contains(&id));
                let meets = record.get(field.trim()).is_some_and(|value| text(value) == wanted);
                !(chosen || !field.is_empty() && meets)
            });
            Ok(empty(204))
        }
        _ => Err(error(404)),
    }
}
