//! Microsoft Graph: mail, calendar, files, and the tables of Excel workbooks.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{body, object, ok, pieces, query, text};
use crate::http::{Object, empty, header_text, json, page, typed};
use crate::oauth::Seen;
use crate::outbox;
use crate::world::World;

const PRODUCT: &str = "microsoft";

fn failure(status: u16, code: &str, message: &str) -> Option<Response> {
    let inner = json!({ "date": "2025-01-06T09:00:00", "request-id": "00000000-0000-4000-8000-000000000000" });
    Some(json(status, json!({ "error": { "code": code, "message": message, "innerError": inner } })))
}

fn unknown() -> Option<Response> {
    failure(404, "itemNotFound", "The resource could not be found.")
}

pub(super) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let rest = match path.as_slice() {
        ["v1.0" | "beta", "me", rest @ ..] | ["v1.0" | "beta", "users", _, rest @ ..] => rest,
        _ => return None,
    };
    match (seen.method.as_str(), rest) {
        ("GET", []) => ok(
            json!({ "id": "u-sandbox", "displayName": "Robin", "mail": crate::oauth::USER, "userPrincipalName": crate::oauth::USER, "user": crate::oauth::USER }),
        ),
        ("POST", ["sendMail"]) => {
            let given = body(seen);
            let message = given.get("message").cloned().unwrap_or_default();
            if message["toRecipients"].as_array().is_none_or(Vec::is_empty) {
                return failure(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.");
            }
            outbox::keep(&mut world.store, PRODUCT, "mail", message.clone());
            add(world, "messages", object(message));
            Some(empty(202))
        }
        (_, ["messages", rest @ ..] | ["mailFolders", _, "messages", rest @ ..]) => {
            resource(seen, world, "messages", rest)
        }
        (_, ["events", rest @ ..] | ["calendar", "events", rest @ ..] | ["calendars", _, "events", rest @ ..]) => {
            events(seen, world, rest)
        }
        ("GET", ["calendarView"] | ["calendar", "calendarView"]) => resource(seen, world, "events", &[]),
        ("GET", ["calendars"]) => {
            ok(json!({ "value": [{ "id": "c-sandbox", "name": "Calendar", "isDefaultCalendar": true }] }))
        }
        (_, ["contacts", rest @ ..]) => resource(seen, world, "contacts", rest),
        (_, ["drive", rest @ ..] | ["drives", _, rest @ ..]) => drive(seen, world, rest),
        _ => None,
    }
}

fn events(seen: &Seen, world: &mut World, rest: &[&str]) -> Option<Response> {
    if seen.method == "POST" && rest.is_empty() {
        let given = body(seen);
        for edge in ["start", "end"] {
            let at = given.get(edge).cloned().unwrap_or_default();
            let fits = at["dateTime"].as_str().is_some_and(|text| {
                text.parse::<jiff::civil::DateTime>().is_ok() || text.parse::<jiff::Timestamp>().is_ok()
            });
            if !fits {
                return failure(
                    400,
                    "ErrorPropertyValidationFailure",
                    &format!("At least one property failed validation: {edge}."),
                );
            }
        }
    }
    resource(seen, world, "events", rest)
}

fn add(world: &mut World, module: &str, mut given: Object) -> Object {
    let id = format!("AAMk{}", super::id(world, "sandbox"));
    let now = crate::world::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    given.insert("id".into(), id.into());
    given.entry("createdDateTime").or_insert_with(|| now.clone().into());
    given.insert("lastModifiedDateTime".into(), now.into());
    world.store.add(PRODUCT, module, given.clone());
    given
}

/// A collection of records: list, add, read, change, delete.
fn resource(seen: &Seen, world: &mut World, module: &str, rest: &[&str]) -> Option<Response> {
    match (seen.method.as_str(), rest) {
        ("GET", []) => {
            let asked = query(seen);
            let mut all = world.store.all(PRODUCT, module).to_vec();
            if let Some(wanted) = asked.get("$search") {
                let wanted = wanted.trim_matches('"').rsplit(':').next().unwrap_or_default().to_lowercase();
                all.retain(|one| Value::from(one.clone()).to_string().to_lowercase().contains(&wanted));
            }
            if let Some((field, wanted)) = asked.get("$filter").and_then(|text| text.split_once(" eq ")) {
                let wanted = wanted.trim().trim_matches('\'');
                all.retain(|one| {
                    reach(one, field.trim()).is_some_and(|value| {
                        value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str() == wanted
                    })
                });
            }
            let (skip, top) = (asked.number("$skip", 0), asked.number("$top", 10).clamp(1, 1000));
            let mut answer = json!({ "value": page(&all, skip, top) });
            if skip + top < all.len() {
                answer["@odata.nextLink"] =
                    format!("https://graph.microsoft.com{}?$top={top}&$skip={}", seen.path, skip + top).into();
            }
            ok(answer)
        }
        ("POST", []) => Some(json(201, add(world, module, body(seen)))),
        ("GET", [id]) => world.store.find(PRODUCT, module, "id", id).cloned().map_or_else(unknown, ok),
        ("PATCH", [id]) => match world.store.find_mut(PRODUCT, module, "id", id) {
            Some(found) => {
                found.extend(body(seen));
                ok(found.clone())
            }
            None => unknown(),
        },
        ("DELETE", [id]) => world.store.remove(PRODUCT, module, "id", id).map_or_else(unknown, |_| Some(empty(204))),
        ("POST", [id, "send"]) if module == "messages" => match world.store.find(PRODUCT, module, "id", id).cloned() {
            Some(mail) => {
                outbox::keep(&mut world.store, PRODUCT, "mail", mail.into());
                Some(empty(202))
            }
            None => unknown(),
        },
        _ => None,
    }
}

fn reach<'a>(record: &'a Object, path: &str) -> Option<&'a Value> {
    let mut pieces = path.split('/');
    let mut at = record.get(pieces.next()?)?;
    for piece in pieces {
        at = at.get(piece)?;
    }
    Some(at)
}

/// `/drive/root:/Folder/file.txt:/content`, `/drive/items/{id}/children`, and so on.
fn drive(seen: &Seen, world: &mut World, rest: &[&str]) -> Option<Response> {
    let joined = rest.join("/");
    // A path between colons names a file by its place.
    let (item, part) = match joined.strip_prefix("root:/") {
        Some(after) => {
            let (path, part) = after.split_once(":/").unwrap_or((after.trim_end_matches(':'), ""));
            (format!("/{path}"), part.to_owned())
        }
        None => match rest {
            ["root", part @ ..] => ("/".to_owned(), part.join("/")),
            ["items", id, part @ ..] => {
                let path = world.store.find(PRODUCT, "files", "id", id).map(|file| text(file, "path").to_owned());
                match path {
                    Some(path) => (path, part.join("/")),
                    None if *id == "root" => ("/".to_owned(), part.join("/")),
                    None if world.lenient.is_some() => (format!("/{id}.xlsx"), part.join("/")),
                    None => return unknown(),
                }
            }
            _ => return None,
        },
    };
    if let Some(workbook) = part.strip_prefix("workbook/") {
        return excel(seen, world, &item, workbook);
    }
    match (seen.method.as_str(), part.as_str()) {
        ("GET", "children") => {
            let prefix = if item == "/" { "/".to_owned() } else { format!("{item}/") };
            let inside = |file: &&Object| {
                text(file, "path").strip_prefix(&prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
            };
            let found: Vec<Object> = world.store.all(PRODUCT, "files").iter().filter(inside).map(shown).collect();
            ok(json!({ "value": found }))
        }
        ("PUT", "content") => {
            let bytes = STANDARD.encode(&seen.body);
            let kind = header_text(&seen.headers, "content-type").to_owned();
            let fields = object(json!({ "path": item, "bytes": bytes, "type": kind, "size": seen.body.len() }));
            match world.store.find_mut(PRODUCT, "files", "path", &item) {
                Some(file) => {
                    file.extend(fields);
                    ok(shown(file))
                }
                None => Some(json(201, shown(&add(world, "files", fields)))),
            }
        }
        ("GET", "content") => match world.store.find(PRODUCT, "files", "path", &item) {
            Some(file) => {
                Some(typed(200, text(file, "type"), STANDARD.decode(text(file, "bytes")).unwrap_or_default()))
            }
            None => unknown(),
        },
        ("POST", "children") => {
            let given = body(seen);
            let name = text(&given, "name");
            let path = if item == "/" { format!("/{name}") } else { format!("{item}/{name}") };
            let made = add(world, "files", object(json!({ "path": path, "folder": { "childCount": 0 } })));
            Some(json(201, shown(&made)))
        }
        ("GET", "") if item == "/" => ok(
            json!({ "id": "root", "name": "root", "folder": { "childCount": world.store.all(PRODUCT, "files").len() } }),
        ),
        ("GET", "") => world.store.find(PRODUCT, "files", "path", &item).map(shown).map_or_else(unknown, ok),
        ("DELETE", "") => {
            world.store.remove(PRODUCT, "files", "path", &item).map_or_else(unknown, |_| Some(empty(204)))
        }
        ("POST", "createLink") => Some(json(
            201,
            json!({ "id": "link-sandbox", "link": { "type": "view", "scope": "anonymous", "webUrl": format!("https://1drv.ms/sandbox{item}") } }),
        )),
        _ => None,
    }
}

fn shown(file: &Object) -> Object {
    let path = text(file, "path");
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut shown = object(json!({
        "id": file.get("id"), "name": name, "size": file.get("size").cloned().unwrap_or(json!(0)),
        "createdDateTime": file.get("createdDateTime"), "lastModifiedDateTime": file.get("lastModifiedDateTime"),
        "webUrl": format!("https://sandbox-my.sharepoint.com/personal/robin/Documents{path}"),
        "parentReference": { "path": format!("/drive/root:{}", path.rsplit_once('/').map_or("", |(folder, _)| folder)) },
    }));
    match file.get("folder") {
        Some(folder) => shown.insert("folder".into(), folder.clone()),
        None => shown.insert("file".into(), json!({ "mimeType": file.get("type") })),
    };
    shown
}

/// `workbook/tables/{name}/rows` and `workbook/worksheets/{name}/range(address='A1:B2')`.
fn excel(seen: &Seen, world: &mut World, book: &str, part: &str) -> Option<Response> {
    let pieces: Vec<&str> = part.split('/').collect();
    let given = body(seen);
    match (seen.method.as_str(), pieces.as_slice()) {
        (_, ["tables", table, "rows", rest @ ..] | ["worksheets", _, "tables", table, "rows", rest @ ..]) => {
            let module = format!("rows of {book} {table}");
            let row = |at: usize, record: &Object| json!({ "index": at, "values": [record.get("values").cloned().unwrap_or_default()] });
            match (seen.method.as_str(), rest) {
                ("GET", []) => {
                    let rows: Vec<Value> = world
                        .store
                        .all(PRODUCT, &module)
                        .iter()
                        .enumerate()
                        .map(|(at, record)| row(at, record))
                        .collect();
                    ok(json!({ "value": rows }))
                }
                ("POST", [] | ["add"]) => {
                    let Some(rows) = given.get("values").and_then(Value::as_array) else {
                        return failure(
                            400,
                            "InvalidArgument",
                            "The argument is invalid or missing or has an incorrect format.",
                        );
                    };
                    let at = world.store.all(PRODUCT, &module).len();
                    for values in rows {
                        world.store.add(PRODUCT, &module, object(json!({ "values": values })));
                    }
                    Some(json(201, json!({ "index": at, "values": rows })))
                }
                _ => None,
            }
        }
        ("GET", ["worksheets"]) => ok(
            json!({ "value": [{ "id": "{00000000-0001-0000-0000-000000000000}", "name": "Sheet1", "position": 0, "visibility": "Visible" }] }),
        ),
        ("GET", ["tables"]) => ok(json!({ "value": [{ "id": "1", "name": "Table1", "showHeaders": true }] })),
        (method, ["worksheets", sheet, range]) => {
            let address = range.strip_prefix("range(address='").and_then(|rest| rest.strip_suffix("')"));
            let address = match (address, *range) {
                (Some(address), _) => address.to_owned(),
                (None, "usedRange") => "used".to_owned(),
                _ => return None,
            };
            let key = format!("{book} {sheet} {address}");
            if method == "PATCH" {
                world.store.remove(PRODUCT, "ranges", "key", &key);
                world.store.add(PRODUCT, "ranges", object(json!({ "key": key, "values": given.get("values") })));
            }
            let values =
                world.store.find(PRODUCT, "ranges", "key", &key).and_then(|range| range.get("values").cloned());
            ok(json!({ "address": format!("{sheet}!{address}"), "values": values.unwrap_or_else(|| json!([[""]])) }))
        }
        _ => None,
    }
}
