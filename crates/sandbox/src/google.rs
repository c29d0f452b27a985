//! Google: its login on two hosts, and calendars.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Object, Pairs, empty, json, now_text, page};
use crate::oauth::{self, Provider, STANDARD, TokenRequest};
use crate::partners;
use crate::world::Ctx;

/// Events by the id of their calendar.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Calendars(BTreeMap<String, Vec<Object>>);

static PROVIDER: Provider = Provider {
    name: "google",
    title: "Google",
    // Who has consented before gets none, unless the page is shown again on purpose.
    offline: |query| query.text("access_type") == "offline" && query.text("prompt").contains("consent"),
    requires_pkce: false,
    names_issuer: false,
    ..STANDARD
};

/// `accounts.google.com`.
pub(crate) fn accounts_routes() -> Router<Ctx> {
    Router::new()
        .route("/o/oauth2/v2/auth", oauth::authorize(&PROVIDER))
        .route("/device", oauth::device_page(&PROVIDER))
}

/// `oauth2.googleapis.com`.
pub(crate) fn token_routes() -> Router<Ctx> {
    Router::new()
        .route("/token", oauth::token(&PROVIDER))
        .route("/device/code", oauth::device(&PROVIDER, "/google-accounts/device"))
        .route("/revoke", post(revoke))
}

/// `www.googleapis.com`.
pub(crate) fn api_routes() -> Router<Ctx> {
    Router::new()
        .route("/oauth2/v3/token", oauth::token(&PROVIDER))
        .route("/calendar/v3/users/me/calendarList", get(calendars))
        .route("/calendar/v3/calendars/{calendar}/events", get(list_events).post(insert_event))
        .route(
            "/calendar/v3/calendars/{calendar}/events/{event}",
            get(get_event).patch(patch_event).put(patch_event).delete(delete_event),
        )
        .fallback(other)
}

/// Drive, Contacts, Sheets, mail and Ads.
async fn other(State(ctx): State<Ctx>, request: axum::extract::Request) -> Response {
    if let Err(refused) = allowed(&ctx, request.headers()) {
        return refused;
    }
    let seen = oauth::Seen::of(request).await;
    let answer = partners::google(&seen, &mut ctx.world());
    answer.unwrap_or_else(|| partners::unplayed("Google", &seen))
}

async fn patch_event(
    State(ctx): State<Ctx>,
    Path((calendar, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let change: Object = serde_json::from_slice(&body).map_err(|_| failure(400, "parseError", "Parse Error"))?;
    let mut world = ctx.world();
    let mut events = world.google.0.entry(calendar).or_default().iter_mut();
    let event = events.find(|event| event["id"] == id).ok_or_else(|| error(404))?;
    event.extend(change.into_iter().filter(|(name, _)| name != "id"));
    Ok(json(200, event.clone()))
}

/// Google refuses to revoke what it does not know, unlike RFC 7009.
async fn revoke(State(ctx): State<Ctx>, request: TokenRequest) -> Response {
    match oauth::revoke(&ctx, &PROVIDER, request.text("token")) {
        true => json(200, json!({})),
        false => json(400, json!({ "error": "invalid_token", "error_description": "Token expired or revoked" })),
    }
}

/// An error in the form of Google's APIs.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, "authError", "Invalid Credentials"),
        403 => failure(403, "insufficientPermissions", "Insufficient Permission"),
        404 => failure(404, "notFound", "Not Found"),
        429 => failure(429, "rateLimitExceeded", "Rate Limit Exceeded"),
        _ => failure(status, "backendError", "Backend Error"),
    }
}

fn failure(status: u16, reason: &str, message: &str) -> Response {
    let item = json!({ "domain": "global", "reason": reason, "message": message });
    json(status, json!({ "error": { "errors": [item], "code": status, "message": message } }))
}

fn allowed(ctx: &Ctx, headers: &HeaderMap) -> Result<(), Response> {
    oauth::check(ctx, PROVIDER.name, headers, &["Bearer"]).map(drop).map_err(|_| error(401))
}

async fn calendars(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let primary = json!({ "id": oauth::USER, "summary": "Robin", "primary": true, "accessRole": "owner" });
    Ok(json(200, json!({ "kind": "calendar#calendarList", "items": [primary] })))
}

async fn insert_event(
    State(ctx): State<Ctx>,
    Path(calendar): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let mut event: Object = serde_json::from_slice(&body).map_err(|_| failure(400, "parseError", "Parse Error"))?;
    for edge in ["start", "end"] {
        // Each end is a day (`date`) or an instant with its offset or zone (`dateTime`).
        let at = event.get(edge).ok_or_else(|| failure(400, "required", &format!("Missing {edge} time.")))?;
        let instant = at["dateTime"].as_str().map(|text| {
            text.parse::<jiff::Timestamp>().is_ok()
                || (at["timeZone"].is_string() && text.parse::<jiff::civil::DateTime>().is_ok())
        });
        let day = at["date"].as_str().map(|text| text.parse::<jiff::civil::Date>().is_ok());
        if instant.or(day) != Some(true) {
            return Err(failure(400, "invalid", &format!("Invalid value for: {edge}")));
        }
    }
    let mut world = ctx.world();
    let events = world.google.0.entry(calendar).or_default();
    let id = format!("sandboxevent{:04}", events.len() + 1);
    event.insert("kind".into(), "calendar#event".into());
    event.insert("id".into(), id.clone().into());
    event.insert("status".into(), "confirmed".into());
    event.insert("htmlLink".into(), format!("https://www.google.com/calendar/event?eid={id}").into());
    event.insert("created".into(), now_text().into());
    event.insert("creator".into(), json!({ "email": oauth::USER, "self": true }));
    events.push(event.clone());
    Ok(json(200, event))
}

async fn list_events(
    State(ctx): State<Ctx>,
    Path(calendar): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let query = Pairs::parse(&query.unwrap_or_default());
    let (offset, count) = (query.number("pageToken", 0), query.number("maxResults", 250));
    let world = ctx.world();
    let events = world.google.0.get(&calendar).map(Vec::as_slice).unwrap_or_default();
    let mut body = json!({ "kind": "calendar#events", "summary": calendar, "items": page(events, offset, count) });
    if offset + count < events.len() {
        body["nextPageToken"] = Value::from((offset + count).to_string());
    }
    Ok(json(200, body))
}

async fn get_event(
    State(ctx): State<Ctx>,
    Path((calendar, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let world = ctx.world();
    let mut events = world.google.0.get(&calendar).into_iter().flatten();
    events.find(|event| event["id"] == id).map(|event| json(200, event.clone())).ok_or_else(|| error(404))
}

async fn delete_event(
    State(ctx): State<Ctx>,
    Path((calendar, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let mut world = ctx.world();
    let events = world.google.0.entry(calendar).or_default();
    let at = events.iter().position(|event| event["id"] == id).ok_or_else(|| error(410))?;
    events.remove(at);
    Ok(empty(204))
}
