//! PandaDoc: documents out of templates, on their way from uploaded to sent and completed.

use axum::response::Response;
use serde_json::{Value, json};

use super::{body, object, ok, pieces, query, text};
use crate::http::{Object, empty, json, now_text, page, typed};
use crate::oauth::Seen;
use crate::outbox;
use crate::world::World;

/// The template that everybody has.
const TEMPLATE: &str = "sandboxtemplate00000001";

fn failure(status: u16, kind: &str, detail: &str) -> Option<Response> {
    Some(json(status, json!({ "type": kind, "detail": detail })))
}

fn unknown() -> Option<Response> {
    failure(404, "not_found", "Not found")
}

fn templates(world: &World) -> Vec<Object> {
    let fixed = object(
        json!({ "id": TEMPLATE, "name": "Offer", "date_created": "2025-01-06T09:00:00.000000Z", "date_modified": "2025-01-06T09:00:00.000000Z", "version": "v2" }),
    );
    std::iter::once(fixed).chain(world.store.all("pandadoc", "templates").iter().cloned()).collect()
}

pub(super) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let ["public", "v1", rest @ ..] = path.as_slice() else { return None };
    let given = body(seen);
    match (seen.method.as_str(), rest) {
        ("GET", ["templates"]) => ok(json!({ "results": templates(world) })),
        ("GET", ["templates", id, "details"] | ["templates", id]) => {
            let found = templates(world).into_iter().find(|template| template["id"] == *id);
            let made_up = || world.lenient.map(|_| object(json!({ "id": id, "name": "Offer" })));
            match found.or_else(made_up) {
                Some(mut template) => {
                    template
                        .entry("tokens")
                        .or_insert_with(|| json!([{ "name": "Client.Name" }, { "name": "Client.Company" }]));
                    template.entry("roles").or_insert_with(
                        || json!([{ "id": "r1", "name": "Client", "signing_order": null, "preassigned_person": null }]),
                    );
                    template.entry("fields").or_insert_with(|| json!([]));
                    ok(template)
                }
                None => unknown(),
            }
        }
        ("GET", ["documents"]) => {
            let asked = query(seen);
            let mut all = world.store.all("pandadoc", "documents").to_vec();
            all.reverse();
            if let Some(wanted) = asked.get("q") {
                all.retain(|document| text(document, "name").to_lowercase().contains(&wanted.to_lowercase()));
            }
            if let Some(status) = asked.get("status").and_then(|number| number.parse::<usize>().ok()) {
                all.retain(|document| STATUSES.iter().position(|name| document["status"] == *name) == Some(status));
            }
            let count = asked.number("count", 50).min(100);
            let shown = page(&all, (asked.number("page", 1).max(1) - 1) * count, count);
            ok(json!({ "results": shown.iter().map(brief).collect::<Vec<_>>() }))
        }
        ("POST", ["documents"]) => create(world, given),
        ("GET", ["documents", id]) => {
            step(world, id);
            found(world, id).map_or_else(unknown, |document| ok(brief(&document)))
        }
        ("GET", ["documents", id, "details"]) => {
            step(world, id);
            found(world, id).map_or_else(unknown, ok)
        }
        ("POST", ["documents", id, "send"]) => {
            step(world, id);
            let Some(document) = found(world, id) else { return unknown() };
            if !["document.draft", "document.sent"].contains(&text(&document, "status")) {
                return failure(409, "request_conflict", "Document is in incorrect state");
            }
            let silent = given.get("silent") == Some(&json!(true));
            if !silent {
                let to: Vec<Value> = document
                    .get("recipients")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .map(|one| one["email"].clone())
                    .collect();
                let mail = json!({ "to": to, "subject": given.get("subject"), "message": given.get("message"), "document": id });
                outbox::keep(&mut world.store, "pandadoc", "mail", mail);
            }
            set_status(world, id, "document.sent");
            found(world, id).map_or_else(unknown, |document| ok(brief(&document)))
        }
        ("PATCH", ["documents", id, "status"]) => {
            let wanted = given.get("status").and_then(Value::as_u64).unwrap_or_default() as usize;
            let Some(status) = STATUSES.get(wanted) else {
                return failure(400, "validation_error", "The status is unknown");
            };
            found(world, id)?;
            set_status(world, id, status);
            Some(empty(204))
        }
        ("POST", ["documents", id, "session"]) => {
            let Some(_) = found(world, id) else { return unknown() };
            let session = super::id(world, "sess");
            Some(json(201, json!({ "id": session, "expires_at": "2099-01-01T00:00:00.000000Z" })))
        }
        ("GET", ["documents", id, "download"]) => match found(world, id) {
            Some(document) => Some(typed(200, "application/pdf", crate::pdf::page(text(&document, "name")))),
            None => unknown(),
        },
        ("DELETE", ["documents", id]) => {
            world.store.remove("pandadoc", "documents", "id", id).map_or_else(unknown, |_| Some(empty(204)))
        }
        ("GET", ["contacts"]) => ok(json!({ "results": world.store.all("pandadoc", "contacts") })),
        ("POST", ["contacts"]) => {
            if text(&given, "email").is_empty() {
                return failure(400, "validation_error", "The email is required");
            }
            let mut made = given;
            made.insert("id".into(), super::id(world, "contact").into());
            world.store.add("pandadoc", "contacts", made.clone());
            Some(json(201, made))
        }
        ("GET", ["members", "current"]) => ok(
            json!({ "user_id": "u1", "membership_id": "m1", "email": crate::oauth::USER, "first_name": "Robin", "role": "Admin" }),
        ),
        _ => None,
    }
}

/// Statuses by the number that stands for each in queries.
const STATUSES: [&str; 14] = [
    "document.draft",
    "document.sent",
    "document.completed",
    "document.uploaded",
    "document.error",
    "document.viewed",
    "document.waiting_approval",
    "document.approved",
    "document.rejected",
    "document.waiting_pay",
    "document.paid",
    "document.voided",
    "document.declined",
    "document.external_review",
];

fn found(world: &mut World, id: &str) -> Option<Object> {
    if let Some(document) = world.store.find("pandadoc", "documents", "id", id) {
        return Some(document.clone());
    }
    world.lenient?;
    let made = object(
        json!({ "id": id, "name": "Offer", "status": "document.draft", "recipients": [], "tokens": [], "fields": [], "date_created": now_text(), "date_modified": now_text() }),
    );
    world.store.add("pandadoc", "documents", made.clone());
    Some(made)
}

fn set_status(world: &mut World, id: &str, status: &str) {
    if let Some(document) = world.store.find_mut("pandadoc", "documents", "id", id) {
        document.insert("status".into(), status.into());
        document.insert("date_modified".into(), now_text().into());
    }
}

/// A new document is only uploaded at first: it is a draft when it is asked for the next time.
fn step(world: &mut World, id: &str) {
    let uploaded = world
        .store
        .find("pandadoc", "documents", "id", id)
        .is_some_and(|document| document["status"] == "document.uploaded");
    if uploaded {
        set_status(world, id, "document.draft");
    }
}

fn brief(document: &Object) -> Object {
    let keys = ["id", "name", "status", "date_created", "date_modified", "expiration_date", "version", "uuid"];
    document
        .iter()
        .filter(|(key, _)| keys.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn create(world: &mut World, given: Object) -> Option<Response> {
    let template = text(&given, "template_uuid").to_owned();
    if template.is_empty() && text(&given, "url").is_empty() {
        return failure(400, "validation_error", "One of template_uuid, url and file is required");
    }
    if !template.is_empty()
        && world.lenient.is_none()
        && templates(world).iter().all(|known| known["id"] != template.as_str())
    {
        return failure(400, "validation_error", "The template was not found");
    }
    let mut recipients = given.get("recipients").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(wrong) = recipients.iter().find(|one| !one["email"].as_str().is_some_and(crate::http::is_email)) {
        return failure(400, "validation_error", &format!("The recipient's email is wrong: {}", wrong["email"]));
    }
    for recipient in &mut recipients {
        recipient["id"] = super::id(world, "rec").into();
        recipient["has_completed"] = json!(false);
    }
    let id = super::id(world, "doc");
    let now = now_text();
    let name = if text(&given, "name").is_empty() { "Untitled" } else { text(&given, "name") };
    let made = object(json!({
        "id": id, "uuid": id, "name": name, "status": "document.uploaded", "date_created": now, "date_modified": now,
        "expiration_date": null, "version": null, "recipients": recipients, "metadata": given.get("metadata"),
        "tokens": given.get("tokens").cloned().unwrap_or_else(|| json!([])),
        "fields": given.get("fields").cloned().unwrap_or_else(|| json!({})),
        "template": { "id": template }, "grand_total": { "amount": "0.00", "currency": "USD" },
    }));
    world.store.add("pandadoc", "documents", made.clone());
    Some(json(201, brief(&made)))
}
