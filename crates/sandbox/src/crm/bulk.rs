//! Files, attachments and pictures of records, and bulk reading.

use std::io::Write as _;

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};

use super::criteria::order;
use super::org::{Org, id_of, robin};
use super::{Ask, error, failure, outcome, paged};
use crate::call::{Answer, Part};
use crate::http::{Object, empty, json, now_text, set, typed};
use crate::rows::Module;

/// How many records one bulk job reads.
const MOST: usize = 200_000;

fn object(value: Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

/// An uploaded file as it is kept.
pub(crate) fn keep(part: &Part) -> Object {
    object(json!({
        "name": part.file_name.clone().unwrap_or_else(|| "file".into()),
        "type": part.content_type,
        "size": part.bytes.len(),
        "bytes": STANDARD.encode(&part.bytes),
    }))
}

/// The same file, sent back.
pub(crate) fn give(file: &Object) -> Response {
    let text = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
    let bytes = STANDARD.decode(text("bytes")).unwrap_or_default();
    let kind = if text("type").is_empty() { "application/octet-stream" } else { text("type") };
    let mut response = typed(200, kind, bytes);
    let name: String = text("name").chars().filter(|c| c.is_ascii() && *c != '"' && !c.is_control()).collect();
    set(&mut response, "content-disposition", &format!("attachment;filename=\"{name}\""));
    response
}

/// `/files`: what is uploaded here is put into fields of records.
pub(super) fn files(ask: &Ask) -> Answer {
    let mut world = ask.call.ctx.world();
    match ask.call.method.as_str() {
        "POST" => {
            let mut items = Vec::new();
            for part in ask.call.parts.iter().filter(|part| part.file_name.is_some()) {
                let mut file = keep(part);
                // Ids of files are long texts, unlike those of records.
                let id = format!("sandbox{:0>57}", world.store.new_id());
                file.insert("id".into(), id.clone().into());
                let name = file["name"].clone();
                world.store.add("crm", "files", file);
                let details = json!({ "name": name, "id": id });
                items.push(outcome("SUCCESS", details, "file uploaded successfully"));
            }
            match items.is_empty() {
                true => Err(no_file()),
                false => Ok(json(200, json!({ "data": items }))),
            }
        }
        "GET" => {
            let Some(id) = ask.query("id") else { return Err(super::required_param("id")) };
            let file = world.store.find("crm", "files", "id", id);
            file.map(give).ok_or_else(|| failure(400, "INVALID_DATA", json!({}), "the id given seems to be invalid"))
        }
        _ => Err(error(405)),
    }
}

fn no_file() -> Response {
    failure(400, "REQUIRED_PARAM_MISSING", json!({ "param_name": "file" }), "a file is missing")
}

/// `/{Module}/{id}/Attachments`
pub(super) fn attachments(ask: &Ask, org: &mut Org, module: &Module, record: &str, rest: &[&str]) -> Answer {
    ask.record(org, module, record)?;
    let product = org.flavor.product;
    let unknown = || failure(400, "INVALID_DATA", json!({}), "the id given seems to be invalid");
    match (ask.call.method.as_str(), rest) {
        ("GET", []) => {
            let here = |attachment: &&Object| attachment["record"] == record;
            let found: Vec<Object> = org.all("attachments").iter().filter(here).map(describe).collect();
            paged(ask, &found)
        }
        ("POST", []) => {
            let link = ask.call.field("attachmentUrl").or_else(|| ask.query("attachmentUrl").map(str::to_owned));
            let mut file = match (ask.call.file(), link) {
                (Some(part), _) => keep(part),
                (None, Some(url)) => {
                    object(json!({ "name": url, "size": 0, "bytes": "", "type": "text/plain", "link": url }))
                }
                (None, None) => return Err(no_file()),
            };
            let id = org.store.new_id();
            for (key, value) in [("id", id.as_str()), ("record", record), ("created", now_text().as_str())] {
                file.insert(key.into(), value.into());
            }
            file.insert("module".into(), module.name.as_str().into());
            let now = file["created"].clone();
            org.store.add(product, "attachments", file);
            let mut user = robin();
            user.as_object_mut().map(|user| user.remove("email"));
            let details =
                json!({ "Modified_Time": now, "Modified_By": user, "Created_Time": now, "id": id, "Created_By": user });
            let item = outcome("SUCCESS", details, "attachment uploaded successfully");
            Ok(json(200, json!({ "data": [item] })))
        }
        ("GET", [id]) => org.store.find(product, "attachments", "id", id).map(give).ok_or_else(unknown),
        ("DELETE", [id]) => {
            org.store.remove(product, "attachments", "id", id).ok_or_else(unknown)?;
            let item = outcome("SUCCESS", json!({ "id": id }), "record deleted");
            Ok(json(200, json!({ "data": [item] })))
        }
        _ => Err(error(405)),
    }
}

fn describe(file: &Object) -> Object {
    let module = file.get("module").cloned().unwrap_or_default();
    object(json!({
        "id": file["id"],
        "File_Name": file["name"],
        "Size": file["size"].to_string(),
        "Parent_Id": { "id": file["record"] },
        "Created_Time": file["created"],
        "Modified_Time": file["created"],
        "Owner": robin(),
        "Created_By": robin(),
        "Modified_By": robin(),
        "$se_module": module,
        "$type": if file.contains_key("link") { "Link URL" } else { "Attachment" },
        "$file_id": file["id"],
        "$link_url": file.get("link").cloned().unwrap_or_default(),
        "$editable": true,
    }))
}

/// `/{Module}/{id}/photo`
pub(super) fn photo(ask: &Ask, org: &mut Org, module: &Module, record: &str) -> Answer {
    ask.record(org, module, record)?;
    let product = org.flavor.product;
    match ask.call.method.as_str() {
        "GET" => Ok(org.store.find(product, "photos", "record", record).map_or_else(|| empty(204), give)),
        "POST" => {
            let part = ask.call.file().ok_or_else(no_file)?;
            let mut file = keep(part);
            file.insert("record".into(), record.into());
            org.store.remove(product, "photos", "record", record);
            org.store.add(product, "photos", file);
            Ok(json(200, outcome("SUCCESS", json!({}), "photo uploaded successfully")))
        }
        "DELETE" => {
            org.store.remove(product, "photos", "record", record);
            Ok(json(200, outcome("SUCCESS", json!({}), "photo deleted")))
        }
        _ => Err(error(405)),
    }
}

/// `/crm/bulk/v8/read`: a job, its state, and its result as CSV in a ZIP file. The jobs of the sandbox end at once.
pub(super) fn serve(ask: &Ask, rest: &[&str]) -> Answer {
    let mut world = ask.call.ctx.world();
    let mut org = ask.org(&mut world);
    let org = &mut org;
    let unknown = || failure(404, "RESOURCE_NOT_FOUND", json!({}), "The requested resource doesn't exist.");
    match (ask.call.method.as_str(), rest) {
        ("POST", ["read"]) => {
            let body: Value = serde_json::from_slice(&ask.call.body).unwrap_or_default();
            let query = body["query"].clone();
            let name = query["module"]["api_name"].as_str().or(query["module"].as_str()).unwrap_or_default();
            let module = ask.module(org, name)?;
            let id = org.store.new_id();
            let csv = csv(org, &module, &query)?;
            let made = now_text();
            let job = json!({
                "id": id,
                "operation": "read",
                "state": "COMPLETED",
                "query": query,
                "created_by": { "name": "Robin", "id": super::ROBIN_ID },
                "created_time": made,
                "file_type": "csv",
                "csv": csv,
            });
            org.store.add("crm", "jobs", object(job));
            let details = json!({
                "id": id,
                "operation": "read",
                "state": "ADDED",
                "created_by": { "name": "Robin", "id": super::ROBIN_ID },
                "created_time": made,
            });
            let item = outcome("ADDED_SUCCESSFULLY", details, "Added successfully.");
            Ok(json(201, json!({ "data": [item], "info": {} })))
        }
        ("GET", ["read", id]) => {
            let mut job = org.store.find("crm", "jobs", "id", id).cloned().ok_or_else(unknown)?;
            let csv = job.remove("csv").unwrap_or_default();
            let rows = csv.as_str().unwrap_or_default().lines().count().saturating_sub(1);
            job.insert(
                "result".into(),
                json!({
                    "page": 1,
                    "per_page": MOST,
                    "count": rows,
                    "download_url": format!("/crm/bulk/v{}/read/{id}/result", ask.version),
                    "more_records": false,
                }),
            );
            Ok(json(200, json!({ "data": [job] })))
        }
        ("GET", ["read", id, "result"]) => {
            let job = org.store.find("crm", "jobs", "id", id).ok_or_else(unknown)?;
            let csv = job["csv"].as_str().unwrap_or_default();
            let zip = zip(&format!("{id}.csv"), csv.as_bytes()).map_err(|_| error(500))?;
            Ok(typed(200, "application/zip", zip))
        }
        _ => Err(super::not_played("bulk writing", "write up to 100 records a call with POST or PUT /crm/v8/{Module}")),
    }
}

/// The records of a module as CSV, with the fields and the criteria of the query.
fn csv(org: &Org, module: &Module, query: &Value) -> Result<String, Response> {
    let mut records: Vec<Object> = org.all(&module.name).iter().map(|record| org.complete(module, record)).collect();
    records.retain(|record| query["criteria"].is_null() || fits(record, &query["criteria"]));
    let asked = query["fields"].as_array().map(|fields| fields.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    let fields: Vec<&str> = match asked {
        Some(asked) => asked,
        None => module.fields.iter().map(|field| field.name.as_str()).collect(),
    };
    let mut writer = Vec::new();
    let mut row = |cells: Vec<String>| {
        let quoted = cells.iter().map(|cell| match cell.contains([',', '"', '\n']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.clone(),
        });
        writer.extend_from_slice(quoted.collect::<Vec<_>>().join(",").as_bytes());
        writer.push(b'\n');
    };
    let fields: Vec<&str> = std::iter::once("Id").chain(fields.into_iter().filter(|name| *name != "id")).collect();
    row(fields.iter().map(|name| (*name).to_owned()).collect());
    for record in records {
        let cell = |name: &&str| match record.get(if *name == "Id" { "id" } else { name }) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value @ Value::Object(_)) => id_of(value),
            Some(value) => value.to_string(),
        };
        row(fields.iter().map(cell).collect());
    }
    String::from_utf8(writer).map_err(|_| error(500))
}

/// Criteria as bulk reading has them: `{"group_operator", "group": […]}` or `{"field", "comparator", "value"}`.
fn fits(record: &Object, criteria: &Value) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if let Some(group) = criteria["group"].as_array() {
        let any = criteria["group_operator"].as_str().is_some_and(|word| word.eq_ignore_ascii_case("or"));
        return if any { group.iter().any(|one| fits(record, one)) } else { group.iter().all(|one| fits(record, one)) };
    }
    let name = criteria["field"]["api_name"].as_str().or(criteria["api_name"].as_str()).unwrap_or_default();
    let found = record.get(name).unwrap_or(&Value::Null);
    let found = found.get("id").unwrap_or(found);
    let texts: Vec<String> = match &criteria["value"] {
        Value::Array(items) => items.iter().map(id_of).collect(),
        value => vec![id_of(value)],
    };
    let text = texts.first().map(String::as_str).unwrap_or_default();
    let lower = found.as_str().unwrap_or_default().to_lowercase();
    let wanted = text.to_lowercase();
    match criteria["comparator"].as_str().unwrap_or_default() {
        "not_equal" => order(found, text) != Some(Equal),
        "contains" => lower.contains(&wanted),
        "not_contains" => !lower.contains(&wanted),
        "starts_with" => lower.starts_with(&wanted),
        "ends_with" => lower.ends_with(&wanted),
        "in" => texts.iter().any(|text| order(found, text) == Some(Equal)),
        "not_in" => texts.iter().all(|text| order(found, text) != Some(Equal)),
        "greater_than" => order(found, text) == Some(Greater),
        "less_than" => order(found, text) == Some(Less),
        "greater_equal" => matches!(order(found, text), Some(Greater | Equal)),
        "less_equal" => matches!(order(found, text), Some(Less | Equal)),
        "between" => {
            matches!(order(found, text), Some(Greater | Equal))
                && texts.get(1).is_some_and(|last| matches!(order(found, last), Some(Less | Equal)))
        }
        _ => order(found, text) == Some(Equal),
    }
}

/// A ZIP archive with one file in it (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16).
pub(crate) fn zip(name: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let mut deflater = DeflateEncoder::new(Vec::new(), Compression::default());
    deflater.write_all(bytes)?;
    let packed = deflater.finish()?;
    // Version 2.0, no flags, deflate, no time.
    let mut common = Vec::new();
    for word in [20_u16, 0, 8, 0, 0x21] {
        common.extend(word.to_le_bytes());
    }
    for long in [crc.sum(), packed.len() as u32, bytes.len() as u32] {
        common.extend(long.to_le_bytes());
    }
    common.extend((name.len() as u16).to_le_bytes());
    common.extend([0, 0]);
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(&common);
    zip.extend(name.as_bytes());
    zip.extend(&packed);
    let directory = zip.len() as u32;
    zip.extend(b"PK\x01\x02\x14\x00");
    zip.extend(&common);
    // No comment, first disk, no attributes, at the start.
    zip.extend([0; 14]);
    zip.extend(name.as_bytes());
    let size = zip.len() as u32 - directory;
    zip.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    zip.extend(size.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0, 0]);
    Ok(zip)
}
