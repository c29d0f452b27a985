//! WhatsApp Business: messages through Meta's Graph API, which are captured.

use axum::response::Response;
use serde_json::json;

use super::{body, ok, pieces, text};
use crate::http::json;
use crate::oauth::Seen;
use crate::outbox;
use crate::world::World;

fn failure(status: u16, code: u32, message: &str) -> Response {
    json(
        status,
        json!({ "error": { "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "sandbox" } }),
    )
}

pub(super) fn refuse() -> Response {
    failure(401, 190, "Invalid OAuth access token.")
}

pub(super) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let path = pieces(seen);
    let [version, rest @ ..] = path.as_slice() else { return None };
    version.strip_prefix('v')?;
    match (seen.method.as_str(), rest) {
        ("POST", [_, "messages"]) => {
            let given = body(seen);
            if text(&given, "messaging_product") != "whatsapp" {
                return Some(failure(400, 100, "(#100) The parameter messaging_product is required."));
            }
            let to = text(&given, "to").to_owned();
            if to.is_empty() {
                return Some(failure(400, 100, "(#100) The parameter to is required."));
            }
            let kind = match text(&given, "type") {
                "" => "text",
                kind => kind,
            };
            if !given.contains_key(kind) {
                return Some(failure(400, 100, &format!("(#100) The parameter {kind} is required.")));
            }
            outbox::keep(&mut world.store, "whatsapp", "message", given.clone().into());
            let number = to.trim_start_matches('+');
            ok(
                json!({ "messaging_product": "whatsapp", "contacts": [{ "input": to, "wa_id": number }], "messages": [{ "id": super::id(world, "wamid.") }] }),
            )
        }
        ("GET", ["me"]) => ok(json!({ "id": "10000001", "name": "Robin" })),
        _ => None,
    }
}
