//! Slack's Web API: messages, channels and users. A refusal has HTTP 200 too.

use axum::response::Response;
use serde_json::{Value, json};

use super::{body, object, ok, query, text};
use crate::http::{Object, typed};
use crate::oauth::Seen;
use crate::outbox;
use crate::world::{World, now_millis};

fn error(word: &str) -> Option<Response> {
    ok(json!({ "ok": false, "error": word }))
}

/// The channels that every workspace has, and those that were made.
fn channels(world: &World) -> Vec<Object> {
    let fixed = ["general", "random", "news"].iter().enumerate();
    let fixed = fixed.map(|(at, name)| object(json!({ "id": format!("C0SANDBOX{at}"), "name": name, "is_channel": true, "is_member": true, "is_archived": false })));
    fixed.chain(world.store.all("slack", "channels").iter().cloned()).collect()
}

/// The channel that a name, `#name`, an id or a user's id means.
fn channel(world: &World, wanted: &str) -> Option<String> {
    let name = wanted.trim_start_matches('#');
    let known = channels(world).into_iter().find(|one| one["id"] == name || one["name"] == name);
    let person = wanted.starts_with(['U', 'D', '@']).then(|| wanted.to_owned());
    let unknown = world.lenient.map(|_| wanted.to_owned());
    known.and_then(|one| one["id"].as_str().map(str::to_owned)).or(person).or(unknown)
}

pub(super) fn answer(seen: &Seen, world: &mut World) -> Option<Response> {
    let method = seen.path.strip_prefix("/api/")?;
    let mut given = body(seen);
    for (name, value) in query(seen).iter() {
        given.entry(name.as_str()).or_insert_with(|| value.clone().into());
    }
    let ts = format!("{}.{:06}", now_millis() / 1000, now_millis() % 1000 * 1000);
    match method {
        "chat.postMessage" | "chat.postEphemeral" | "chat.scheduleMessage" | "chat.meMessage" => {
            let Some(channel) = channel(world, text(&given, "channel")) else { return error("channel_not_found") };
            let says =
                ["text", "blocks", "attachments"].iter().any(|key| given.get(*key).is_some_and(|value| *value != ""));
            if !says {
                return error("no_text");
            }
            outbox::keep(&mut world.store, "slack", "message", given.clone().into());
            let mut message = object(
                json!({ "type": "message", "user": "U0SANDBOX", "bot_id": "B0SANDBOX", "ts": ts, "team": "T0SANDBOX" }),
            );
            for key in ["text", "blocks", "attachments", "thread_ts"] {
                if let Some(value) = given.get(key) {
                    message.insert(key.into(), value.clone());
                }
            }
            let mut kept = message.clone();
            kept.insert("channel".into(), channel.clone().into());
            world.store.add("slack", "messages", kept);
            ok(json!({ "ok": true, "channel": channel, "ts": ts, "message": message }))
        }
        "chat.update" => match world.store.find_mut("slack", "messages", "ts", text(&given, "ts")) {
            Some(message) => {
                message.insert("text".into(), text(&given, "text").into());
                ok(
                    json!({ "ok": true, "channel": given.get("channel"), "ts": given.get("ts"), "text": given.get("text") }),
                )
            }
            None => error("message_not_found"),
        },
        "chat.delete" => match world.store.remove("slack", "messages", "ts", text(&given, "ts")) {
            Some(_) => ok(json!({ "ok": true, "channel": given.get("channel"), "ts": given.get("ts") })),
            None => error("message_not_found"),
        },
        "conversations.list" => {
            ok(json!({ "ok": true, "channels": channels(world), "response_metadata": { "next_cursor": "" } }))
        }
        "conversations.create" => {
            let name = text(&given, "name").to_owned();
            if name.is_empty() || name.chars().any(|c| c.is_uppercase() || c.is_whitespace()) {
                return error("invalid_name_specials");
            }
            if channels(world).iter().any(|one| one["name"] == name.as_str()) {
                return error("name_taken");
            }
            let made = object(
                json!({ "id": super::id(world, "C0"), "name": name, "is_channel": true, "is_member": true, "is_archived": false }),
            );
            world.store.add("slack", "channels", made.clone());
            ok(json!({ "ok": true, "channel": made }))
        }
        "conversations.history" => {
            let Some(channel) = channel(world, text(&given, "channel")) else { return error("channel_not_found") };
            let mut found: Vec<Object> = world.store.all("slack", "messages").to_vec();
            found.retain(|message| message["channel"] == channel.as_str());
            found.reverse();
            ok(json!({ "ok": true, "messages": found, "has_more": false }))
        }
        "conversations.open" => ok(json!({ "ok": true, "channel": { "id": "D0SANDBOX" } })),
        "conversations.join" | "conversations.invite" | "reactions.add" => ok(json!({ "ok": true })),
        "users.list" => ok(json!({ "ok": true, "members": [user()], "response_metadata": { "next_cursor": "" } })),
        "users.info" => ok(json!({ "ok": true, "user": user() })),
        "users.lookupByEmail" => match text(&given, "email") {
            email if email == crate::oauth::USER || world.lenient.is_some() => {
                ok(json!({ "ok": true, "user": user() }))
            }
            _ => error("users_not_found"),
        },
        "auth.test" => ok(
            json!({ "ok": true, "url": "https://sandbox.slack.com/", "team": "Sandbox", "user": crate::oauth::USER, "team_id": "T0SANDBOX", "user_id": "U1SANDBOX", "bot_id": "B0SANDBOX" }),
        ),
        _ => None,
    }
}

fn user() -> Value {
    json!({
        "id": "U1SANDBOX", "team_id": "T0SANDBOX", "name": "robin", "real_name": "Robin", "deleted": false, "is_bot": false,
        "profile": { "email": crate::oauth::USER, "real_name": "Robin", "display_name": "robin" },
    })
}

/// An incoming webhook.
pub(super) fn hook(seen: &Seen, world: &mut World) -> Option<Response> {
    let given = body(seen);
    let given = serde_json::from_str(text(&given, "payload")).unwrap_or(given);
    if seen.method != "POST" || given.is_empty() {
        return Some(typed(400, "text/plain", "invalid_payload"));
    }
    if given.get("text").is_none() && given.get("blocks").is_none() && given.get("attachments").is_none() {
        return Some(typed(400, "text/plain", "no_text"));
    }
    outbox::keep(&mut world.store, "slack", "message", given.into());
    Some(typed(200, "text/plain", "ok"))
}
