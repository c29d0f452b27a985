//! Campaigns' mailing lists, and Calendar's events.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::Shelf;
use crate::call::{Answer, Call};
use crate::http::{Object, json, page};
use crate::zoho;

/// An error in the form of Campaigns.
pub(crate) fn campaigns_error(status: u16) -> Response {
    let code = match status {
        401 => "1007",
        403 => "1009",
        _ => "500",
    };
    json(status, json!({ "status": "error", "code": code, "message": "The request was refused." }))
}

/// Answers `v1.1/json/listsubscribe` and its siblings.
pub(crate) fn campaigns(call: Call) -> Answer {
    if !["create", "read", "update"]
        .iter()
        .any(|operation| zoho::permits(&call.access, "ZohoCampaigns", "contact", "", operation))
    {
        return Err(campaigns_error(403));
    }
    let refuse = |code: &str, message: &str| json(200, json!({ "status": "error", "code": code, "message": message }));
    let path = call.pieces();
    let mut world = call.ctx.world();
    let world = &mut *world;
    match path.as_slice() {
        ["v1.1", "json", action @ ("listsubscribe" | "listunsubscribe")] => {
            let Some(list) = call.field("listkey").filter(|key| !key.is_empty()) else {
                return Err(refuse("2401", "The listkey is missing."));
            };
            let contact: Value =
                serde_json::from_str(&call.field("contactinfo").unwrap_or_default()).unwrap_or_default();
            let Some(email) = contact["Contact Email"].as_str().filter(|text| crate::http::is_email(text)) else {
                return Err(refuse("2004", "The contact's mail address is missing or wrong."));
            };
            let module = format!("contacts of {list}");
            world
                .store
                .retain("campaigns", &module, |known| known.get("Contact Email").is_none_or(|known| *known != email));
            let added = *action == "listsubscribe";
            if added {
                world.store.add("campaigns", &module, contact.as_object().cloned().unwrap_or_default());
            }
            let message = if added { "The contact was subscribed." } else { "The contact was unsubscribed." };
            Ok(json(200, json!({ "status": "success", "code": "0", "message": message })))
        }
        ["v1.1", "getmailinglists"] => {
            let all = world.store.all("campaigns", "lists").to_vec();
            let shown = page(&all, call.query.number("fromindex", 1).max(1) - 1, call.query.number("range", 20));
            Ok(json(
                200,
                json!({ "status": "success", "code": "0", "list_of_details": shown, "total_record_count": all.len() }),
            ))
        }
        _ => Err(super::not_played("this part of Campaigns", "subscribe contacts to lists")),
    }
}

const EVENTS: Shelf = Shelf { product: "calendar", module: "events", key: "uid", fields: &["title", "description"] };

/// An error in the form of Calendar.
pub(crate) fn calendar_error(status: u16) -> Response {
    json(
        status,
        json!({ "error": [{ "message": if status == 401 { "UNAUTHORIZED" } else { "ERROR" }, "description": "" }] }),
    )
}

/// Answers `v1/calendars/{uid}/events`; the event is in the query as JSON.
pub(crate) fn calendar(call: Call) -> Answer {
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PUT" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    if !zoho::permits(&call.access, "ZohoCalendar", "event", "", operation) {
        return Err(calendar_error(401));
    }
    let data = || -> Result<Object, Response> {
        let text = call.field("eventdata").unwrap_or_default();
        serde_json::from_str(&text).map_err(|_| calendar_error(400))
    };
    let path = call.pieces();
    let mut world = call.ctx.world();
    let world = &mut *world;
    let unknown = || calendar_error(404);
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v1", "calendars", _, "events"]) => Ok(json(200, json!({ "events": EVENTS.all(world) }))),
        ("POST", ["v1", "calendars", calendar, "events"]) => {
            let mut event = data()?;
            let times = &event.get("dateandtime").cloned().unwrap_or_default();
            if !times["start"].is_string() || !times["end"].is_string() {
                return Err(calendar_error(400));
            }
            event.insert("caluid".into(), (*calendar).into());
            event.insert("etag".into(), crate::world::now_millis().to_string().into());
            Ok(json(200, json!({ "events": [EVENTS.add(world, event)] })))
        }
        ("GET", ["v1", "calendars", _, "events", id]) => {
            Ok(json(200, json!({ "events": [EVENTS.find(world, id).ok_or_else(unknown)?] })))
        }
        ("PUT", ["v1", "calendars", _, "events", id]) => {
            Ok(json(200, json!({ "events": [EVENTS.change(world, id, data()?).ok_or_else(unknown)?] })))
        }
        ("DELETE", ["v1", "calendars", _, "events", id]) => {
            let mut gone = EVENTS.remove(world, id).ok_or_else(unknown)?;
            gone.insert("estatus".into(), "deleted".into());
            Ok(json(200, json!({ "events": [gone] })))
        }
        _ => Err(super::not_played("this part of Calendar", "use the events of a calendar")),
    }
}
