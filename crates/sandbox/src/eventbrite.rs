//! Eventbrite: organisations and events.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Object, json, now_text};
use crate::oauth::{self, Provider, STANDARD};
use crate::world::Ctx;

/// The events of the one organisation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    events: Vec<Object>,
}

/// The id of the one organisation.
const ORGANIZATION: &str = "123456789012";

/// Eventbrite's tokens do not expire, and there are no refresh tokens.
static PROVIDER: Provider = Provider {
    name: "eventbrite",
    title: "Eventbrite",
    lifetime: None,
    requires_pkce: false,
    names_issuer: false,
    ..STANDARD
};

/// `www.eventbrite.com`.
pub(crate) fn login_routes() -> Router<Ctx> {
    Router::new().route("/oauth/authorize", oauth::authorize(&PROVIDER)).route("/oauth/token", oauth::token(&PROVIDER))
}

/// `www.eventbriteapi.com`; its paths end with a slash.
pub(crate) fn api_routes(ctx: &Ctx) -> Router<Ctx> {
    Router::new()
        .route("/v3/users/me/", get(me))
        .route("/v3/users/me/organizations/", get(organizations))
        .route("/v3/organizations/{organization}/events/", get(list_events).post(create_event))
        .route("/v3/events/{event}/", get(get_event))
        .route("/v3/events/{event}/publish/", post(publish_event))
        .layer(from_fn_with_state(ctx.clone(), signed_in))
}

async fn signed_in(State(ctx): State<Ctx>, headers: HeaderMap, request: Request, next: Next) -> Response {
    match oauth::check(&ctx, PROVIDER.name, &headers, &["Bearer"]) {
        Ok(_) => next.run(request).await,
        Err(_) => error(401),
    }
}

/// An error in Eventbrite's form.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, "INVALID_AUTH", "The OAuth token you provided was invalid."),
        404 => failure(404, "NOT_FOUND", "The path you requested does not exist."),
        429 => failure(429, "HIT_RATE_LIMIT", "Your token has hit its rate limit."),
        _ => failure(status, "INTERNAL_ERROR", "Unhandled error in Eventbrite."),
    }
}

fn failure(status: u16, error: &str, description: &str) -> Response {
    json(status, json!({ "status_code": status, "error": error, "error_description": description }))
}

async fn me() -> Response {
    json(200, json!({ "id": "1001", "name": "Robin", "emails": [{ "email": oauth::USER, "primary": true }] }))
}

async fn organizations() -> Response {
    let organization = json!({ "id": ORGANIZATION, "name": "Sandbox Events", "vertical": "default" });
    json(200, json!({ "pagination": pagination(1), "organizations": [organization] }))
}

async fn list_events(State(ctx): State<Ctx>, Path(organization): Path<String>) -> Response {
    if organization != ORGANIZATION {
        return error(404);
    }
    let world = ctx.world();
    let events = &world.eventbrite.events;
    json(200, json!({ "pagination": pagination(events.len()), "events": events }))
}

async fn create_event(State(ctx): State<Ctx>, Path(organization): Path<String>, body: Bytes) -> Response {
    if organization != ORGANIZATION {
        return error(404);
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return failure(400, "INVALID_BODY", "The body is not valid JSON.");
    };
    let missing = |path: &&&str| body.pointer(path).is_none_or(|value| value.as_str().is_none_or(str::is_empty));
    const NEEDED: [&str; 6] = [
        "/event/name/html",
        "/event/start/utc",
        "/event/start/timezone",
        "/event/end/utc",
        "/event/end/timezone",
        "/event/currency",
    ];
    if let Some(path) = NEEDED.iter().find(missing) {
        let name = path[1..].replace('/', ".");
        return failure(400, "ARGUMENTS_ERROR", &format!("There are errors with your arguments: {name} - MISSING"));
    }
    let utc = |edge: &str| body["event"][edge]["utc"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    match (utc("start"), utc("end")) {
        (Some(start), Some(end)) if start < end => {}
        (Some(_), Some(_)) => {
            return failure(400, "DATE_CONFLICT", "The end must be after the start.");
        }
        _ => {
            return failure(400, "ARGUMENTS_ERROR", "There are errors with your arguments: event.start.utc - INVALID");
        }
    }
    let mut event = body["event"].as_object().cloned().unwrap_or_default();
    let mut world = ctx.world();
    let events = &mut world.eventbrite.events;
    let id = (700_000_000_001 + events.len() as u64).to_string();
    event.insert("id".into(), id.clone().into());
    event.insert("url".into(), format!("https://www.eventbrite.com/e/{id}").into());
    event.insert("status".into(), "draft".into());
    event.insert("created".into(), now_text().into());
    event.insert("organization_id".into(), ORGANIZATION.into());
    events.push(event.clone());
    json(200, event)
}

async fn get_event(State(ctx): State<Ctx>, Path(id): Path<String>) -> Response {
    let world = ctx.world();
    let event = world.eventbrite.events.iter().find(|event| event["id"] == id);
    event.map_or_else(|| error(404), |event| json(200, event.clone()))
}

async fn publish_event(State(ctx): State<Ctx>, Path(id): Path<String>) -> Response {
    let mut world = ctx.world();
    match world.eventbrite.events.iter_mut().find(|event| event["id"] == id) {
        Some(event) => {
            event.insert("status".into(), "live".into());
            json(200, json!({ "published": true }))
        }
        None => error(404),
    }
}

fn pagination(count: usize) -> Value {
    json!({ "object_count": count, "page_number": 1, "page_size": 50, "page_count": 1, "has_more_items": false })
}
