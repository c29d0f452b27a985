//! Twilio: text messages and calls, which are captured.

use axum::response::Response;
use serde_json::{Value, json};

use super::{body, ok, pieces, text};
use crate::http::{Object, json};
use crate::oauth::Seen;
use crate::outbox;
use crate::world::World;

fn failure(status: u16, code: u32, message: &str) -> Response {
    let info = format!("https://www.twilio.com/docs/errors/{code}");
    json(status, json!({ "code": code, "message": message, "more_info": info, "status": status }))
}

pub(super) fn refuse() -> Response {
    failure(401, 20003, "Authenticate")
}

pub(super) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let ["2010-04-01", "Accounts", account, rest @ ..] = path.as_slice() else {
        let ["2010-04-01", own] = path.as_slice() else { return None };
        let _ = own.strip_prefix("Accounts")?;
        return ok(json!({ "accounts": [{ "sid": "AC0sandbox", "friendly_name": "Sandbox", "status": "active" }] }));
    };
    let account = account.trim_end_matches(".json");
    match (seen.method.as_str(), rest) {
        ("GET", []) => ok(json!({ "sid": account, "friendly_name": "Sandbox", "status": "active", "type": "Full" })),
        ("POST", [kind @ ("Messages.json" | "Calls.json")]) => {
            let given = body(seen);
            let sms = *kind == "Messages.json";
            if text(&given, "To").is_empty() {
                return Some(failure(400, if sms { 21604 } else { 21201 }, "A 'To' phone number is required."));
            }
            if text(&given, "From").is_empty() && text(&given, "MessagingServiceSid").is_empty() {
                return Some(failure(400, 21603, "A 'From' phone number is required."));
            }
            if sms && text(&given, "Body").is_empty() && !given.contains_key("MediaUrl") {
                return Some(failure(400, 21602, "Message body is required."));
            }
            outbox::keep(&mut world.store, "twilio", if sms { "sms" } else { "call" }, given.clone().into());
            let sid = super::id(world, if sms { "SM0000000000000000000" } else { "CA0000000000000000000" });
            let list = kind.trim_end_matches(".json");
            let uri = format!("/2010-04-01/Accounts/{account}/{list}/{sid}.json");
            let made = json!({
                "sid": sid, "account_sid": account, "status": "queued", "direction": "outbound-api", "api_version": "2010-04-01",
                "to": given.get("To"), "from": given.get("From"), "body": given.get("Body"), "num_segments": "1", "num_media": "0",
                "error_code": null, "error_message": null, "price": null, "price_unit": "USD", "uri": uri,
                "date_created": crate::world::now().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
            });
            world.store.add("twilio", list, super::object(made.clone()));
            Some(json(201, made))
        }
        ("GET", [kind @ ("Messages.json" | "Calls.json")]) => {
            let list = kind.trim_end_matches(".json");
            let mut all: Vec<Object> = world.store.all("twilio", list).to_vec();
            all.reverse();
            let mut answer = json!({ "page": 0, "page_size": 50, "next_page_uri": null, "uri": seen.path });
            answer[list.to_lowercase()] = all.into();
            ok(answer)
        }
        ("GET", [list, sid]) => {
            let sid = sid.trim_end_matches(".json");
            let found = world.store.find("twilio", list, "sid", sid).cloned().map(Value::from);
            found.map_or_else(
                || Some(failure(404, 20404, &format!("The requested resource {} was not found", seen.path))),
                ok,
            )
        }
        _ => None,
    }
}
