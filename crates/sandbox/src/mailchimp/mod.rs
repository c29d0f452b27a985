//! MailChimp: its login with the metadata answer, and the Marketing API 3.0.

mod campaigns;
mod members;
pub(crate) mod more;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Object, Pairs, basic, json, page, typed};
use crate::oauth::{self, Issued, Provider, Refusal, STANDARD, TokenRequest, standard_answer, standard_token};
use crate::world::Ctx;

pub(crate) use campaigns::Campaign;
pub(crate) use members::Audience;

/// The data centre of the one account.
const CENTRE: &str = "us6";

/// The one account.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    lists: Vec<Audience>,
    campaigns: Vec<Campaign>,
}

/// MailChimp's tokens live for ever; the sandbox can give them an end, and a refresh token with it.
static PROVIDER: Provider = Provider {
    name: "mailchimp",
    title: "MailChimp",
    lifetime: None,
    requires_pkce: false,
    names_issuer: false,
    answer,
    ..STANDARD
};

/// `login.mailchimp.com`.
pub(crate) fn login_routes() -> Router<Ctx> {
    Router::new()
        .route("/oauth2/authorize", oauth::authorize(&PROVIDER))
        .route("/oauth2/token", oauth::token(&PROVIDER))
        .route("/oauth2/metadata", get(metadata))
}

/// `*.api.mailchimp.com`.
pub(crate) fn api_routes(ctx: &Ctx) -> Router<Ctx> {
    Router::new()
        .route("/3.0/", get(root))
        .route("/3.0/ping", get(|| async { json(200, json!({ "health_status": "Everything's Chimpy!" })) }))
        .route("/3.0/lists", get(members::lists))
        .merge(more::routes())
        .route("/3.0/lists/{list}", get(members::list).post(members::subscribe_many))
        .route("/3.0/lists/{list}/members", get(members::members).post(members::add))
        .route(
            "/3.0/lists/{list}/members/{member}",
            get(members::member).put(members::put).patch(members::patch).delete(members::archive),
        )
        .route("/3.0/lists/{list}/members/{member}/tags", get(members::tags).post(members::set_tags))
        .route("/3.0/campaigns", get(campaigns::campaigns))
        .route("/3.0/campaigns/{campaign}", get(campaigns::campaign))
        .route("/3.0/reports", get(campaigns::reports))
        .route("/3.0/reports/{campaign}", get(campaigns::report))
        .route("/3.0/reports/{campaign}/sent-to", get(campaigns::sent_to))
        .route("/3.0/echo", post(|body: axum::Json<Value>| async { body }))
        .fallback(|| async { error(404) })
        .layer(from_fn_with_state(ctx.clone(), signed_in))
}

/// Without an end of its own, the token's `expires_in` is 0 and its scope null.
fn answer(_: &Ctx, _: &TokenRequest, result: Result<Issued, Refusal>) -> Response {
    match result {
        Ok(issued) => {
            let mut members = standard_token(&issued);
            members.insert("expires_in".into(), issued.expires_in().unwrap_or(0).into());
            members.insert("scope".into(), Value::Null);
            json(200, members)
        }
        refused => standard_answer(refused),
    }
}

/// Tells the data centre to whoever brings a token with the scheme `OAuth`.
async fn metadata(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    match oauth::check(&ctx, PROVIDER.name, &headers, &["OAuth"]) {
        Ok(_) => json(
            200,
            json!({
                "dc": CENTRE,
                "role": "owner",
                "accountname": "Sandbox",
                "user_id": 1,
                "login": { "email": oauth::USER, "login_id": 1, "login_name": "robin" },
                "login_url": "https://login.mailchimp.com",
                "api_endpoint": format!("https://{CENTRE}.api.mailchimp.com"),
            }),
        ),
        Err(why) => json(401, json!({ "error": "invalid_token", "error_description": why })),
    }
}

async fn root() -> Response {
    json(
        200,
        json!({
            "account_id": "5a0d0000000000000000cafe",
            "account_name": "Sandbox",
            "email": oauth::USER,
            "role": "owner",
            "total_subscribers": 0,
        }),
    )
}

/// A token as `Bearer` or `OAuth`, or an API key as the password of HTTP Basic.
async fn signed_in(State(ctx): State<Ctx>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let by_key = basic(&headers).is_some_and(|(_, key)| key == format!("sandbox-key-{CENTRE}"));
    if by_key || oauth::check(&ctx, PROVIDER.name, &headers, &["Bearer", "OAuth"]).is_ok() {
        return next.run(request).await;
    }
    error(401)
}

/// An error in MailChimp's form (RFC 7807).
pub(crate) fn error(status: u16) -> Response {
    match status {
        400 => problem(400, "Bad Request", "The request could not be understood."),
        401 => problem(401, "API Key Invalid", "Your API key or token is not valid in this data centre."),
        403 => problem(403, "Forbidden", "You are not permitted to access this resource."),
        404 => problem(404, "Resource Not Found", "The requested resource could not be found."),
        405 => problem(405, "Method Not Allowed", "This method cannot be used with this resource."),
        429 => problem(429, "Too Many Requests", "You have more than 10 simultaneous connections."),
        _ => problem(status, "Internal Server Error", "An unexpected internal error has occurred."),
    }
}

fn problem(status: u16, title: &str, detail: &str) -> Response {
    invalid(status, title, detail, json!([]))
}

/// A problem that names the fields it is about.
fn invalid(status: u16, title: &str, detail: &str, errors: Value) -> Response {
    let mut body = json!({
        "type": "https://mailchimp.com/developer/marketing/docs/errors/",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": "00000000-0000-4000-8000-000000000000",
    });
    if errors.as_array().is_some_and(|list| !list.is_empty()) {
        body["errors"] = errors;
    }
    typed(status, "application/problem+json; charset=utf-8", body.to_string())
}

/// One page of a collection under its name, with `offset` and `count` of the query.
fn collection(name: &str, items: &[Value], query: &Pairs) -> Object {
    let (offset, count) = (query.number("offset", 0), query.number("count", 10).min(1000));
    let mut body = Object::new();
    body.insert(name.into(), page(items, offset, count).into());
    body.insert("total_items".into(), items.len().into());
    body.insert("_links".into(), json!([]));
    body
}
