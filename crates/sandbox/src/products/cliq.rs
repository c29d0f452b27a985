//! Cliq: messages to channels, chats, bots and people, which are captured.

use axum::response::Response;
use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::http::{empty, json};
use crate::outbox;
use crate::zoho;

/// An error in the form of Cliq.
pub(crate) fn error(status: u16) -> Response {
    let (code, message) = match status {
        401 => ("oauth_token_invalid", "The OAuth token is invalid or has expired."),
        403 => ("oauth_scope_invalid", "The OAuth token does not have the scope that is needed."),
        404 => ("url_not_found", "The requested resource could not be found."),
        429 => ("too_many_requests", "Too many requests."),
        _ => ("internal_server_error", "Something went wrong."),
    };
    json(status, json!({ "code": code, "message": message }))
}

/// Answers `v2/channelsbyname/{channel}/message` and its siblings, also of a company or a network.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let path = match path.as_slice() {
        ["company", _, "api", rest @ ..] | ["network", _, "api", rest @ ..] => rest,
        rest => rest,
    };
    if let ["v3", rest @ ..] = path
        && let Some(answer) = super::cliq_things::serve(&call, rest)
    {
        return answer;
    }
    // Databases are the datastores of version 3 under their former name.
    if let ["v2", "storages", store, "records", rest @ ..] = path
        && rest.len() < 2
    {
        return super::cliq_things::storage(&call, store, rest);
    }
    if let ("PUT", ["v2", "chats", chat, "messages", message]) = (call.method.as_str(), path) {
        return edit(&call, chat, message);
    }
    if !zoho::permits(&call.access, "ZohoCliq", "Webhooks", "", "create") {
        return Err(error(403));
    }
    match (call.method.as_str(), path) {
        (
            "POST",
            ["v2", kind @ ("channelsbyname" | "channels" | "chats" | "bots" | "buddies"), to, "message" | "messages"],
        ) => {
            let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
            let file = call.file().map(|file| json!({ "file": file.file_name }));
            let said = body["text"].as_str().is_some_and(|text| !text.is_empty())
                || body["card"].is_object()
                || body["slides"].is_array();
            if !said && file.is_none() {
                return Err(json(
                    400,
                    json!({ "code": "param_missing", "message": "The text of the message is missing." }),
                ));
            }
            let mut world = call.ctx.world();
            let content = json!({ "to": to, "kind": kind, "message": file.unwrap_or_else(|| body.clone()) });
            outbox::keep(&mut world.store, "cliq", "message", content);
            // A caller who waits for the message gets its id.
            let waits = body["sync_message"] == true || body["sync_message"] == "true";
            let id = format!("1700000000000_{}", world.store.new_id());
            Ok(if waits { json(200, json!({ "message_id": id })) } else { empty(204) })
        }
        _ => Err(super::not_played(
            "this part of Cliq",
            "post messages, which are captured, and keep bots, functions, commands, message actions and datastores by version 3",
        )),
    }
}

/// Another text for a message: it is captured with the id of the message.
fn edit(call: &Call, chat: &str, message: &str) -> Answer {
    if !zoho::permits(&call.access, "ZohoCliq", "Messages", "", "update")
        && !zoho::permits(&call.access, "ZohoCliq", "Webhooks", "", "create")
    {
        return Err(error(403));
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    if body["text"].as_str().is_none_or(str::is_empty) && !body["card"].is_object() {
        return Err(json(400, json!({ "code": "param_missing", "message": "The text of the message is missing." })));
    }
    let content = json!({ "to": chat, "kind": "chats", "edits": message, "message": body });
    outbox::keep(&mut call.ctx.world().store, "cliq", "message", content);
    Ok(empty(204))
}
