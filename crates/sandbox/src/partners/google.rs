//! Google's Drive, Contacts, Sheets, mail and Ads; the calendar has a module of its own.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{body, object, ok, pieces, query, text};
use crate::http::{Object, empty, header_text, json, page, typed};
use crate::oauth::Seen;
use crate::outbox;
use crate::world::World;

/// The hosts besides `www.googleapis.com`; all of them are played under one path.
pub(crate) fn hosts() -> impl Iterator<Item = (&'static str, &'static str)> {
    ["people.googleapis.com", "sheets.googleapis.com", "gmail.googleapis.com", "googleads.googleapis.com"]
        .into_iter()
        .map(|host| (host, "/google-api"))
}

fn failure(status: u16, reason: &str, message: &str) -> Option<Response> {
    let item = json!({ "domain": "global", "reason": reason, "message": message });
    Some(json(status, json!({ "error": { "errors": [item], "code": status, "message": message, "status": reason } })))
}

fn unknown(id: &str) -> Option<Response> {
    failure(404, "notFound", &format!("File not found: {id}."))
}

/// Answers a call that is signed in.
pub(crate) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    match path.as_slice() {
        ["drive", "v3", rest @ ..] => drive(seen, world, rest),
        ["upload", "drive", "v3", "files", rest @ ..] => upload(seen, world, rest),
        ["v1", rest @ ..] => people(seen, world, rest),
        ["v4", "spreadsheets", rest @ ..] => sheets(seen, world, rest),
        ["gmail", "v1", "users", _, rest @ ..] => gmail(seen, world, rest),
        [version, "customers", customer, rest @ ..] if version.starts_with('v') => ads(seen, world, customer, rest),
        _ => None,
    }
}

fn shown(file: &Object) -> Object {
    let mut shown = file.clone();
    shown.remove("bytes");
    shown
}

fn make(world: &mut World, mut fields: Object) -> Object {
    let id = super::id(world, "1sandbox");
    let now = crate::world::now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    fields.insert("kind".into(), "drive#file".into());
    fields.insert("id".into(), id.clone().into());
    fields.entry("name").or_insert_with(|| "Untitled".into());
    fields.entry("mimeType").or_insert_with(|| "application/octet-stream".into());
    fields.entry("parents").or_insert_with(|| json!(["root"]));
    fields.insert("createdTime".into(), now.clone().into());
    fields.insert("modifiedTime".into(), now.into());
    fields.insert("trashed".into(), json!(false));
    fields.insert("webViewLink".into(), format!("https://drive.google.com/file/d/{id}/view").into());
    world.store.add("gdrive", "files", fields.clone());
    fields
}

fn drive(seen: &Seen, world: &mut World, rest: &[&str]) -> Option<Response> {
    let asked = query(seen);
    match (seen.method.as_str(), rest) {
        ("GET", ["about"]) => ok(
            json!({ "user": { "displayName": "Robin", "emailAddress": crate::oauth::USER }, "storageQuota": { "usage": "0" } }),
        ),
        ("GET", ["files"]) => {
            let mut all: Vec<Object> = world.store.all("gdrive", "files").iter().map(shown).collect();
            all.retain(|file| asked.text("q").split(" and ").all(|term| fits(file, term.trim())));
            let (at, size) = (asked.number("pageToken", 0), asked.number("pageSize", 100).clamp(1, 1000));
            let mut answer =
                json!({ "kind": "drive#fileList", "incompleteSearch": false, "files": page(&all, at, size) });
            if at + size < all.len() {
                answer["nextPageToken"] = (at + size).to_string().into();
            }
            ok(answer)
        }
        ("POST", ["files"]) => ok(shown(&make(world, body(seen)))),
        ("GET", ["files", id]) => match world.store.find("gdrive", "files", "id", id) {
            Some(file) if asked.get("alt") == Some("media") => {
                Some(typed(200, text(file, "mimeType"), STANDARD.decode(text(file, "bytes")).unwrap_or_default()))
            }
            Some(file) => ok(shown(file)),
            None => unknown(id),
        },
        ("GET", ["files", id, "export"]) => match world.store.find("gdrive", "files", "id", id) {
            Some(file) => Some(typed(200, asked.text("mimeType"), crate::pdf::page(text(file, "name")))),
            None => unknown(id),
        },
        ("PATCH", ["files", id]) => match world.store.find_mut("gdrive", "files", "id", id) {
            Some(file) => {
                file.extend(body(seen));
                if let Some(parent) = asked.get("addParents") {
                    file.insert("parents".into(), json!([parent]));
                }
                ok(shown(file))
            }
            None => unknown(id),
        },
        ("DELETE", ["files", id]) => {
            world.store.remove("gdrive", "files", "id", id).map_or_else(|| unknown(id), |_| Some(empty(204)))
        }
        ("POST", ["files", id, "copy"]) => match world.store.find("gdrive", "files", "id", id).cloned() {
            Some(mut copy) => {
                copy.extend(body(seen));
                ok(shown(&make(world, copy)))
            }
            None => unknown(id),
        },
        ("POST", ["files", id, "permissions"]) => match world.store.find("gdrive", "files", "id", id) {
            Some(_) => {
                let given = body(seen);
                ok(
                    json!({ "kind": "drive#permission", "id": "perm-sandbox", "type": given.get("type"), "role": given.get("role") }),
                )
            }
            None => unknown(id),
        },
        _ => None,
    }
}

/// One term of a query: `name = 'x'`, `name contains 'x'`, `'id' in parents`, `trashed = false`.
fn fits(file: &Object, term: &str) -> bool {
    let bare = |text: &str| text.trim().trim_matches('\'').to_owned();
    if let Some((parent, _)) = term.split_once(" in parents") {
        return file
            .get("parents")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .any(|one| one == bare(parent).as_str());
    }
    if let Some((field, wanted)) = term.split_once(" contains ") {
        return text(file, field.trim()).to_lowercase().contains(&bare(wanted).to_lowercase());
    }
    let (field, wanted, equal) = match (term.split_once("!="), term.split_once('=')) {
        (Some((field, wanted)), _) => (field, wanted, false),
        (None, Some((field, wanted))) => (field, wanted, true),
        _ => return true,
    };
    let found = file.get(field.trim()).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    (found.as_deref() == Some(bare(wanted).as_str())) == equal
}

/// `uploadType=media` has the bytes alone, `multipart` a JSON part before them.
fn upload(seen: &Seen, world: &mut World, rest: &[&str]) -> Option<Response> {
    let kind = header_text(&seen.headers, "content-type");
    let (fields, bytes, mime) = match query(seen).text("uploadType") {
        "multipart" => related(kind, &seen.body)?,
        _ => (Object::new(), seen.body.to_vec(), kind.to_owned()),
    };
    let mut fields = fields;
    fields.entry("mimeType").or_insert_with(|| mime.into());
    fields.insert("size".into(), bytes.len().to_string().into());
    fields.insert("bytes".into(), STANDARD.encode(&bytes).into());
    match rest {
        [] => ok(shown(&make(world, fields))),
        [id] => match world.store.find_mut("gdrive", "files", "id", id) {
            Some(file) => {
                file.extend(fields);
                ok(shown(file))
            }
            None => unknown(id),
        },
        _ => None,
    }
}

/// The JSON and the bytes of a `multipart/related` body (RFC 2387).
fn related(content_type: &str, body: &[u8]) -> Option<(Object, Vec<u8>, String)> {
    let boundary = content_type.split("boundary=").nth(1)?.split(';').next()?.trim_matches('"');
    let mark = format!("--{boundary}");
    let find = |from: usize| {
        body.get(from..)?.windows(mark.len()).position(|window| window == mark.as_bytes()).map(|at| at + from)
    };
    let mut parts = Vec::new();
    let mut at = find(0)?;
    while let Some(next) = find(at + mark.len()) {
        let part = &body[at + mark.len()..next];
        // Google's own client for Python ends its lines with a line feed alone.
        let split =
            |gap: &[u8]| part.windows(gap.len()).position(|window| window == gap).map(|at| (at, at + gap.len()));
        let (head, start) = [split(b"\r\n\r\n"), split(b"\n\n")].into_iter().flatten().min()?;
        let mime = String::from_utf8_lossy(&part[..head]).to_lowercase();
        let mime = mime
            .split("content-type:")
            .nth(1)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default()
            .trim()
            .to_owned();
        let content = &part[start..];
        let content = content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n")).unwrap_or(content);
        parts.push((mime, content.to_vec()));
        at = next;
    }
    let mut parts = parts.into_iter();
    let (_, json) = parts.next()?;
    let (mime, bytes) = parts.next()?;
    Some((serde_json::from_slice(&json).unwrap_or_default(), bytes, mime))
}

fn people(seen: &Seen, world: &mut World, rest: &[&str]) -> Option<Response> {
    let add = |world: &mut World, mut given: Object| {
        let id = super::id(world, "people/c");
        given.insert("resourceName".into(), id.into());
        given.insert("etag".into(), "%sandbox".into());
        world.store.add("gpeople", "contacts", given.clone());
        given
    };
    match (seen.method.as_str(), rest) {
        ("POST", ["people:createContact"]) => ok(add(world, body(seen))),
        ("GET", ["people", "me", "connections"]) => {
            let all = world.store.all("gpeople", "contacts").to_vec();
            let asked = query(seen);
            let (at, size) = (asked.number("pageToken", 0), asked.number("pageSize", 100).clamp(1, 1000));
            let mut answer =
                json!({ "connections": page(&all, at, size), "totalPeople": all.len(), "totalItems": all.len() });
            if at + size < all.len() {
                answer["nextPageToken"] = (at + size).to_string().into();
            }
            ok(answer)
        }
        ("GET", ["people:searchContacts"]) => {
            let wanted = query(seen).text("query").to_lowercase();
            let all = world.store.all("gpeople", "contacts").iter();
            let found =
                all.filter(|person| Value::from((*person).clone()).to_string().to_lowercase().contains(&wanted));
            ok(json!({ "results": found.map(|person| json!({ "person": person })).collect::<Vec<_>>() }))
        }
        ("GET", ["people", "me"]) => ok(
            json!({ "resourceName": "people/me", "names": [{ "displayName": "Robin" }], "emailAddresses": [{ "value": crate::oauth::USER }] }),
        ),
        (method, ["people", id]) => {
            let (id, action) = id.split_once(':').unwrap_or((id, ""));
            let name = format!("people/{id}");
            let missing = || failure(404, "NOT_FOUND", "Requested entity was not found.");
            match (method, action) {
                ("GET", "") => {
                    world.store.find("gpeople", "contacts", "resourceName", &name).cloned().map_or_else(missing, ok)
                }
                ("PATCH", "updateContact") => {
                    match world.store.find_mut("gpeople", "contacts", "resourceName", &name) {
                        Some(person) => {
                            person.extend(body(seen));
                            ok(person.clone())
                        }
                        None => missing(),
                    }
                }
                ("DELETE", "deleteContact") => world
                    .store
                    .remove("gpeople", "contacts", "resourceName", &name)
                    .map_or_else(missing, |_| ok(json!({}))),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Ranges of a sheet: what is appended below comes back when the range is read.
fn sheets(seen: &Seen, world: &mut World, rest: &[&str]) -> Option<Response> {
    match (seen.method.as_str(), rest) {
        ("POST", []) => {
            let id = super::id(world, "1sheet");
            let title = body(seen).get("properties").map(|properties| properties["title"].clone()).unwrap_or_default();
            ok(
                json!({ "spreadsheetId": id, "properties": { "title": title }, "sheets": [{ "properties": { "sheetId": 0, "title": "Sheet1" } }], "spreadsheetUrl": format!("https://docs.google.com/spreadsheets/d/{id}/edit") }),
            )
        }
        ("GET", [id]) => ok(
            json!({ "spreadsheetId": id, "properties": { "title": "Sandbox" }, "sheets": [{ "properties": { "sheetId": 0, "title": "Sheet1" } }] }),
        ),
        (method, [id, "values", range]) => {
            let (range, action) = range
                .rsplit_once(':')
                .filter(|(_, action)| ["append", "clear"].contains(action))
                .unwrap_or((range, ""));
            let range = percent_decode_str(range).decode_utf8_lossy();
            let range = range.as_ref();
            let sheet = range.split('!').next().unwrap_or("Sheet1").to_owned();
            let module = format!("rows of {id} {sheet}");
            let given = body(seen);
            let rows = given.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
            let keep = |world: &mut World, rows: &[Value]| {
                for row in rows {
                    world.store.add("gsheets", &module, object(json!({ "values": row })));
                }
            };
            match (method, action) {
                ("GET", "") => {
                    let values: Vec<Value> =
                        world.store.all("gsheets", &module).iter().map(|row| row["values"].clone()).collect();
                    let mut answer = json!({ "range": range, "majorDimension": "ROWS" });
                    if !values.is_empty() {
                        answer["values"] = values.into();
                    }
                    ok(answer)
                }
                ("POST", "append") => {
                    keep(world, &rows);
                    let cells: usize = rows.iter().map(|row| row.as_array().map_or(0, Vec::len)).sum();
                    ok(
                        json!({ "spreadsheetId": id, "tableRange": range, "updates": { "spreadsheetId": id, "updatedRange": range, "updatedRows": rows.len(), "updatedCells": cells } }),
                    )
                }
                ("PUT", "") => {
                    world.store.load("gsheets", &module, Vec::new());
                    keep(world, &rows);
                    ok(json!({ "spreadsheetId": id, "updatedRange": range, "updatedRows": rows.len() }))
                }
                ("POST", "clear") => {
                    world.store.load("gsheets", &module, Vec::new());
                    ok(json!({ "spreadsheetId": id, "clearedRange": range }))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A mail comes whole (RFC 5322), in base64url.
fn gmail(seen: &Seen, world: &mut World, rest: &[&str]) -> Option<Response> {
    match (seen.method.as_str(), rest) {
        ("GET", ["profile"]) => {
            ok(json!({ "emailAddress": crate::oauth::USER, "messagesTotal": 0, "threadsTotal": 0 }))
        }
        ("POST", ["messages", "send"]) => {
            let given = body(seen);
            let raw = text(&given, "raw");
            let bytes = URL_SAFE_NO_PAD.decode(raw).or_else(|_| URL_SAFE.decode(raw));
            let mail = match bytes {
                Ok(bytes) if !bytes.is_empty() => String::from_utf8_lossy(&bytes).into_owned(),
                _ => return failure(400, "invalidArgument", "'raw' RFC822 payload message string is required"),
            };
            outbox::keep(&mut world.store, "gmail", "mail", json!({ "raw": mail }));
            let id = super::id(world, "19");
            ok(json!({ "id": id, "threadId": id, "labelIds": ["SENT"] }))
        }
        ("GET", ["messages"]) => ok(json!({ "resultSizeEstimate": 0 })),
        _ => None,
    }
}

/// Ads: conversions that are uploaded are counted, a search finds what a seed holds.
fn ads(seen: &Seen, world: &mut World, customer: &str, rest: &[&str]) -> Option<Response> {
    if header_text(&seen.headers, "developer-token").is_empty() {
        return failure(401, "UNAUTHENTICATED", "The developer token is missing.");
    }
    let customer = customer.split(':').next().unwrap_or(customer);
    let whole = seen.path.rsplit('/').next().unwrap_or_default();
    match (seen.method.as_str(), rest) {
        ("POST", []) if whole.ends_with(":uploadClickConversions") => {
            let conversions = body(seen).get("conversions").and_then(Value::as_array).cloned().unwrap_or_default();
            if conversions.is_empty() {
                return failure(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
            }
            for conversion in &conversions {
                world.store.add("gads", "conversions", object(conversion.clone()));
            }
            ok(json!({ "results": conversions }))
        }
        ("POST", ["googleAds:search" | "googleAds:searchStream"]) => {
            let found: Vec<Value> = world
                .store
                .all("gads", "campaigns")
                .iter()
                .map(|campaign| json!({ "campaign": campaign, "customer": { "id": customer } }))
                .collect();
            let answer = json!({ "results": found, "fieldMask": "campaign.id" });
            ok(if whole.ends_with("Stream") { json!([answer]) } else { answer })
        }
        _ => None,
    }
}
