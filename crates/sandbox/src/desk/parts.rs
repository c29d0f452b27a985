//! The paths below a record of Desk: comments, threads, files, times, tags, and the records of other modules.

use axum::response::Response;
use serde_json::{Value, json};

use super::{Ask, PRODUCT, ROWS, agent, error, failure, ids, now, wrong};
use crate::call::Answer;
use crate::crm::{give, keep};
use crate::http::{Object, empty, json};
use crate::outbox;
use crate::rows::Module;
use crate::world::World;

fn unknown() -> Response {
    failure(404, "URL_NOT_FOUND", "The resource you requested could not be found")
}

/// `/{module}/{id}/{part}/…`
pub(super) fn serve(ask: &Ask, world: &mut World, module: &Module, id: &str, part: &str, rest: &[&str]) -> Answer {
    let record = ask.find(world, module, id)?;
    let list = format!("{part} of {}", module.name);
    match (ask.call.method.as_str(), part.to_lowercase().as_str(), rest) {
        ("POST", "comments", []) => {
            let mut comment = ask.body()?;
            if comment.get("content").is_none_or(|content| *content == "") {
                return Err(wrong("content", "missing"));
            }
            comment.entry("contentType").or_insert_with(|| "plainText".into());
            comment.entry("isPublic").or_insert_with(|| json!(false));
            comment.insert("commentedTime".into(), now().into());
            comment.insert("commenterId".into(), agent()["id"].clone());
            comment.insert(
                "commenter".into(),
                json!({ "name": "Robin", "email": crate::oauth::USER, "type": "AGENT", "id": agent()["id"] }),
            );
            comment.entry("attachments").or_insert_with(|| json!([]));
            count(world, module, id, "commentCount");
            Ok(json(200, add(world, &list, id, comment)))
        }
        ("POST", "timeentry", []) => Ok(json(200, add(world, &list, id, ask.body()?))),
        ("POST", "attachments", []) => {
            let Some(file) = ask.call.file() else {
                return Err(wrong("file", "missing"));
            };
            let mut kept = keep(file);
            kept.insert("creatorId".into(), agent()["id"].clone());
            kept.insert("isPublic".into(), json!(false));
            count(world, module, id, "attachmentCount");
            let mut shown = add(world, &list, id, kept);
            shown.remove("bytes");
            Ok(json(200, shown))
        }
        ("GET", "attachments", [file, "content"]) => {
            world.store.find(PRODUCT, &list, "id", file).map(give).ok_or_else(unknown)
        }
        ("GET", "comments" | "timeentry" | "attachments" | "threads" | "followers" | "history", []) => {
            let here = world.store.all(PRODUCT, &list).iter().filter(|one| one["of"] == id);
            let mut found: Vec<Object> = here.cloned().collect();
            found.iter_mut().for_each(hide);
            ask.paged(&found, false)
        }
        ("GET", "conversations", []) => {
            let mut found = Vec::new();
            for kind in ["threads", "comments"] {
                let of = format!("{kind} of {}", module.name);
                found.extend(world.store.all(PRODUCT, &of).iter().filter(|one| one["of"] == id).cloned());
            }
            found.iter_mut().for_each(hide);
            ask.paged(&found, false)
        }
        ("GET", "comments" | "timeentry" | "threads", [one]) => {
            let mut found = world.store.find(PRODUCT, &list, "id", one).cloned().ok_or_else(unknown)?;
            hide(&mut found);
            Ok(json(200, found))
        }
        ("PATCH" | "PUT", "comments" | "timeentry" | "attachments", [one]) => {
            let fields = ask.body()?;
            let found = world.store.find_mut(PRODUCT, &list, "id", one).ok_or_else(unknown)?;
            found.extend(fields);
            found.insert("modifiedTime".into(), now().into());
            let mut shown = found.clone();
            hide(&mut shown);
            Ok(json(200, shown))
        }
        ("DELETE", "comments" | "timeentry" | "attachments", [one]) => {
            world.store.remove(PRODUCT, &list, "id", one).ok_or_else(unknown)?;
            Ok(empty(204))
        }
        ("POST", "sendreply" | "draftreply", []) => {
            let mut thread = ask.body()?;
            if thread.get("content").is_none_or(|content| *content == "") {
                return Err(wrong("content", "missing"));
            }
            thread.insert("direction".into(), "out".into());
            thread.insert("isDraft".into(), json!(part.eq_ignore_ascii_case("draftReply")));
            thread.insert("author".into(), json!({ "name": "Robin", "email": crate::oauth::USER, "type": "AGENT" }));
            thread.entry("summary").or_insert_with(|| "".into());
            if part.eq_ignore_ascii_case("sendReply") {
                let mut mail = thread.clone();
                mail.entry("to").or_insert_with(|| record.get("email").cloned().unwrap_or_default());
                outbox::keep(&mut world.store, "desk", "mail", mail.into());
                count(world, module, id, "threadCount");
            }
            Ok(json(200, add(world, &format!("threads of {}", module.name), id, thread)))
        }
        ("GET", "tags", []) => {
            let tags = record.get("tags").cloned().unwrap_or_else(|| json!([]));
            Ok(json(200, json!({ "tags": tags })))
        }
        ("POST", "associatetag", []) => {
            let mut tags = record.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
            for name in ids(&ask.body()?, "tags") {
                if tags.iter().all(|tag| tag["name"] != name.as_str()) {
                    tags.push(json!({ "id": world.store.new_id(), "name": name }));
                }
            }
            ask.change(world, &module.name, id, Object::from_iter([("tags".to_owned(), tags.clone().into())]));
            Ok(json(200, json!({ "data": tags })))
        }
        ("POST", "dissociatetag", []) => {
            let gone = ids(&ask.body()?, "tags");
            let mut tags = record.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
            tags.retain(|tag| !gone.iter().any(|name| tag["name"] == name.as_str()));
            ask.change(world, &module.name, id, Object::from_iter([("tags".to_owned(), tags.into())]));
            Ok(empty(200))
        }
        ("POST", "move", []) => {
            let body = ask.body()?;
            let Some(department) = body.get("departmentId").cloned() else {
                return Err(wrong("departmentId", "missing"));
            };
            ask.change(world, &module.name, id, Object::from_iter([("departmentId".to_owned(), department)]));
            Ok(empty(200))
        }
        ("POST", "merge", []) => {
            let body = ask.body()?;
            let others = ids(&body, "ids");
            if others.is_empty() {
                return Err(wrong("ids", "missing"));
            }
            for other in others.iter().filter(|other| *other != id) {
                ask.find(world, module, other)?;
                world.store.remove(PRODUCT, &module.name, "id", other);
            }
            let record = ask.find(world, module, id)?;
            Ok(json(200, ask.shown(world, module, &record)))
        }
        ("GET" | "PATCH", "resolution", []) if module.name == "tickets" => {
            if ask.call.method == "PATCH" {
                let content = ask.body()?.get("content").cloned().unwrap_or_default();
                ask.change(world, "tickets", id, Object::from_iter([("resolution".to_owned(), content)]));
            }
            let record = ask.find(world, module, id)?;
            let content = record.get("resolution").cloned().unwrap_or_default();
            Ok(json(200, json!({ "content": content, "modifiedTime": record["modifiedTime"], "author": agent() })))
        }
        ("POST", "markasread" | "markasunread", []) => {
            Ok(empty(if part.eq_ignore_ascii_case("markAsRead") { 200 } else { 204 }))
        }
        (method, _, rest) => related(ask, world, module, id, part, method, rest),
    }
}

/// Adds something that belongs to a record, and shows it.
fn add(world: &mut World, list: &str, id: &str, mut fields: Object) -> Object {
    fields.insert("id".into(), world.store.new_id().into());
    fields.entry("createdTime").or_insert_with(|| now().into());
    fields.entry("modifiedTime").or_insert_with(|| now().into());
    fields.insert("of".into(), id.into());
    world.store.add(PRODUCT, list, fields.clone());
    fields.remove("of");
    fields
}

/// What the store keeps for itself.
fn hide(one: &mut Object) {
    one.remove("of");
    one.remove("bytes");
}

/// Counts are numbers as text.
fn count(world: &mut World, module: &Module, id: &str, field: &str) {
    if let Some(record) = world.store.find_mut(PRODUCT, &module.name, "id", id) {
        let now = record.get(field).and_then(Value::as_str).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        record.insert(field.into(), (now + 1).to_string().into());
    }
}

/// The records of another module that name this one: a contact's tickets, an account's contacts.
fn related(ask: &Ask, world: &mut World, module: &Module, id: &str, part: &str, method: &str, rest: &[&str]) -> Answer {
    let not_played = || {
        crate::products::not_played(
            &format!("{part} of Desk's {}", module.name),
            "read and write the records themselves",
        )
    };
    let Some(target) = ROWS.modules.iter().find(|target| target.name.eq_ignore_ascii_case(part)) else {
        return Err(not_played());
    };
    let key = format!("{}Id", module.setting("singular"));
    match (method, rest) {
        ("GET", []) => {
            let names = |record: &&Object| crate::store::is(record.get(&key), id);
            let found: Vec<Object> = world.store.all(PRODUCT, &target.name).iter().filter(names).cloned().collect();
            let shown: Vec<Object> = found.iter().map(|record| ask.shown(world, target, record)).collect();
            ask.paged(&shown, false)
        }
        ("GET", [other]) => {
            let record = ask.find(world, target, other)?;
            Ok(json(200, ask.shown(world, target, &record)))
        }
        ("PATCH" | "PUT", [other]) => {
            ask.find(world, target, other)?;
            let fields = ask.body()?;
            ask.change(world, &target.name, other, fields);
            let record = ask.find(world, target, other)?;
            Ok(json(200, ask.shown(world, target, &record)))
        }
        ("POST" | "DELETE", _) => Err(not_played()),
        _ => Err(error(405)),
    }
}

/// `/uploads`: a file to be named in a reply later.
pub(super) fn upload(ask: &Ask, world: &mut World) -> Answer {
    let Some(file) = ask.call.file() else {
        return Err(wrong("file", "missing"));
    };
    let mut shown = add(world, "uploads", "", keep(file));
    hide(&mut shown);
    Ok(json(200, shown))
}
