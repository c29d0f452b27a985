//! A remote-support service in the manner of Bomgar: a list of sessions behind HTTP Basic or a client's token.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::http::{Object, Pairs, basic, json, page, set};
use crate::oauth::{self, Provider, STANDARD};
use crate::world::Ctx;

/// The user name for HTTP Basic.
pub const USER: &str = "support";
/// The password for HTTP Basic; it has a colon and a letter outside ASCII, as passwords may.
pub const PASSWORD: &str = "sandbox:pässword";

/// The desk's sessions.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Desk {
    sessions: Vec<Object>,
}

static PROVIDER: Provider =
    Provider { name: "support", title: "Remote Support", requires_pkce: false, names_issuer: false, ..STANDARD };

/// `support.example.com`.
pub(crate) fn routes() -> Router<Ctx> {
    Router::new()
        .route("/oauth2/token", oauth::token(&PROVIDER))
        .route("/api/sessions", get(list))
        .route("/api/sessions/{id}", get(one))
}

fn allowed(ctx: &Ctx, headers: &HeaderMap) -> Result<(), Response> {
    let by_password = basic(headers).is_some_and(|(user, password)| user == USER && password == PASSWORD);
    if by_password || oauth::check(ctx, PROVIDER.name, headers, &["Bearer"]).is_ok() {
        return Ok(());
    }
    let mut response = json(401, json!({ "error": "Authentication required." }));
    set(&mut response, "www-authenticate", "Basic realm=\"Remote Support\", charset=\"UTF-8\"");
    Err(response)
}

/// `?status=open&representative=…&offset=…&limit=…`
async fn list(State(ctx): State<Ctx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let query = Pairs::parse(&query.unwrap_or_default());
    let wanted = |session: &&Object| {
        ["status", "representative"].iter().all(|name| query.get(name).is_none_or(|value| session[*name] == value))
    };
    let world = ctx.world();
    let sessions: Vec<Object> = world.support.sessions.iter().filter(wanted).cloned().collect();
    let (offset, limit) = (query.number("offset", 0), query.number("limit", 20).min(100));
    Ok(json(200, json!({ "total": sessions.len(), "offset": offset, "sessions": page(&sessions, offset, limit) })))
}

async fn one(State(ctx): State<Ctx>, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Response> {
    allowed(&ctx, &headers)?;
    let world = ctx.world();
    let session = world.support.sessions.iter().find(|session| session["id"] == id);
    session.map(|session| json(200, session.clone())).ok_or_else(|| json(404, json!({ "error": "No such session." })))
}
