//! Chat completions: the answer repeats what was asked, so that a run is the same each time.

use axum::response::Response;
use serde_json::{Value, json};

use super::{body, ok, text};
use crate::http::json;
use crate::oauth::Seen;
use crate::world::{World, now_millis};

fn failure(status: u16, kind: &str, code: Value, message: &str) -> Response {
    json(status, json!({ "error": { "message": message, "type": kind, "param": null, "code": code } }))
}

pub(super) fn refuse() -> Response {
    failure(401, "invalid_request_error", Value::Null, "You didn't provide an API key.")
}

pub(super) fn refuse_anthropic() -> Response {
    json(
        401,
        json!({ "type": "error", "error": { "type": "authentication_error", "message": "x-api-key header is required" } }),
    )
}

/// The text of the last thing that the user said.
fn asked(messages: &Value) -> String {
    let last = messages.as_array().into_iter().flatten().rfind(|message| message["role"] == "user");
    let content = last.map(|message| message["content"].clone()).unwrap_or_default();
    match content {
        Value::String(text) => text,
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

pub(super) fn openai(seen: &Seen, world: &mut World) -> Option<Response> {
    let given = body(seen);
    let model = text(&given, "model").to_owned();
    match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/v1/chat/completions") => {
            if model.is_empty() {
                return Some(failure(400, "invalid_request_error", Value::Null, "you must provide a model parameter"));
            }
            if given.get("messages").is_none_or(|messages| messages.as_array().is_none_or(Vec::is_empty)) {
                return Some(failure(
                    400,
                    "invalid_request_error",
                    "missing_required_parameter".into(),
                    "Missing required parameter: 'messages'.",
                ));
            }
            let asked = asked(&given["messages"]);
            let json_wanted = given.get("response_format").is_some_and(|format| format["type"] != "text");
            let content = match json_wanted {
                true => json!({ "answer": asked }).to_string(),
                false => format!("The sandbox answers: {asked}"),
            };
            let usage = json!({ "prompt_tokens": words(&asked), "completion_tokens": words(&content), "total_tokens": words(&asked) + words(&content) });
            let message = json!({ "role": "assistant", "content": content, "refusal": null });
            ok(json!({
                "id": super::id(world, "chatcmpl-"), "object": "chat.completion", "created": now_millis() / 1000, "model": model,
                "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": "stop" }], "usage": usage,
            }))
        }
        ("POST", "/v1/embeddings") => {
            let input = given.get("input").cloned().unwrap_or_default();
            let texts: Vec<String> = match input {
                Value::Array(items) => items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect(),
                one => vec![one.as_str().unwrap_or_default().to_owned()],
            };
            let vector = |text: &str| -> Vec<f64> {
                let dice = crate::makeup::Dice::new(1, &[text]);
                (0..8).map(|at| dice.below(&at.to_string(), 1000) as f64 / 1000.0).collect()
            };
            let data: Vec<Value> = texts
                .iter()
                .enumerate()
                .map(|(at, text)| json!({ "object": "embedding", "index": at, "embedding": vector(text) }))
                .collect();
            ok(
                json!({ "object": "list", "model": model, "data": data, "usage": { "prompt_tokens": 1, "total_tokens": 1 } }),
            )
        }
        ("GET", "/v1/models") => ok(
            json!({ "object": "list", "data": [{ "id": "sandbox", "object": "model", "owned_by": "sandbox", "created": 0 }] }),
        ),
        _ => None,
    }
}

pub(super) fn anthropic(seen: &Seen, world: &mut World) -> Option<Response> {
    if (seen.method.as_str(), seen.path.as_str()) != ("POST", "/v1/messages") {
        return None;
    }
    let given = body(seen);
    let wrong = |message: &str| {
        Some(json(400, json!({ "type": "error", "error": { "type": "invalid_request_error", "message": message } })))
    };
    for needed in ["model", "max_tokens", "messages"] {
        if !given.contains_key(needed) {
            return wrong(&format!("{needed}: Field required"));
        }
    }
    let asked = asked(&given["messages"]);
    let content = format!("The sandbox answers: {asked}");
    ok(json!({
        "id": super::id(world, "msg_"), "type": "message", "role": "assistant", "model": given["model"], "stop_reason": "end_turn",
        "stop_sequence": null, "content": [{ "type": "text", "text": content }],
        "usage": { "input_tokens": words(&asked), "output_tokens": words(&content) },
    }))
}
