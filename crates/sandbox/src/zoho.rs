//! Zoho's accounts servers, one in each data centre.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use serde_json::json;

use crate::http::{Pairs, json};
use crate::oauth::{self, Access, Issued, Provider, Refusal, STANDARD, TokenRequest, standard_token};
use crate::world::Ctx;

/// Data centres: the location's name, the host of its accounts server and that of its APIs.
pub(crate) const CENTRES: &[(&str, &str, &str)] = &[
    ("us", "accounts.zoho.com", "www.zohoapis.com"),
    ("eu", "accounts.zoho.eu", "www.zohoapis.eu"),
    ("in", "accounts.zoho.in", "www.zohoapis.in"),
    ("au", "accounts.zoho.com.au", "www.zohoapis.com.au"),
    ("jp", "accounts.zoho.jp", "www.zohoapis.jp"),
    ("cn", "accounts.zoho.com.cn", "www.zohoapis.com.cn"),
    ("sa", "accounts.zoho.sa", "www.zohoapis.sa"),
    ("uk", "accounts.zoho.uk", "www.zohoapis.uk"),
    ("ca", "accounts.zohocloud.ca", "www.zohoapis.ca"),
];

static PROVIDER: Provider = Provider {
    name: "zoho",
    title: "Zoho",
    offline: |query| query.text("access_type") == "offline",
    scope_separator: ',',
    requires_pkce: false,
    names_issuer: false,
    callback: |ctx, _| {
        let (location, accounts, _) = home(ctx);
        vec![("location".into(), location.into()), ("accounts-server".into(), format!("https://{accounts}"))]
    },
    answer,
    ..STANDARD
};

/// The hosts of all data centres with their paths.
pub(crate) fn hosts() -> impl Iterator<Item = (String, String)> {
    CENTRES.iter().flat_map(|(location, accounts, api)| {
        [
            (String::from(*accounts), format!("/zoho-accounts/{location}")),
            (String::from(*api), format!("/zoho-api/{location}")),
        ]
    })
}

/// The data centre of the user who signs in.
fn home(ctx: &Ctx) -> (&'static str, &'static str, &'static str) {
    let location = ctx.options().zoho_location.as_str();
    CENTRES.iter().copied().find(|(name, ..)| *name == location).unwrap_or(CENTRES[0])
}

/// Authorize page, tokens, revocation and device flow of one data centre.
pub(crate) fn accounts_routes() -> Router<Ctx> {
    Router::new()
        .route("/oauth/v2/auth", oauth::authorize(&PROVIDER))
        .route("/oauth/v2/token", post(token))
        .route("/oauth/v2/token/revoke", post(revoke))
        .route("/oauth/v3/device/code", oauth::device(&PROVIDER, "/zoho-accounts/us/oauth/v3/device"))
        .route("/oauth/v3/device", oauth::device_page(&PROVIDER))
}

/// Codes and tokens are good only at the accounts server of the user's own data centre.
async fn token(State(ctx): State<Ctx>, Path(centre): Path<String>, request: TokenRequest) -> Response {
    if centre != home(&ctx).0 {
        return answer(&ctx, &request, Err(Refusal::grant("another data centre")));
    }
    oauth::answer_token(&ctx, &PROVIDER, &request)
}

/// Zoho's token answers: errors have HTTP 200 and words of their own.
fn answer(ctx: &Ctx, _: &TokenRequest, result: Result<Issued, Refusal>) -> Response {
    match result {
        Ok(issued) => {
            let mut members = standard_token(&issued);
            members.insert("api_domain".into(), format!("https://{}", home(ctx).2).into());
            members.insert("scope".into(), issued.scope.join(" ").into());
            json(200, members)
        }
        Err(refusal) => {
            let word = match refusal.error {
                "invalid_grant" => "invalid_code",
                other => other,
            };
            json(200, json!({ "error": word }))
        }
    }
}

async fn revoke(State(ctx): State<Ctx>, RawQuery(query): RawQuery, request: TokenRequest) -> Response {
    let query = Pairs::parse(&query.unwrap_or_default());
    let token = query.get("token").unwrap_or(request.text("token"));
    match oauth::revoke(&ctx, &PROVIDER, token) {
        true => json(200, json!({ "status": "success" })),
        false => json(200, json!({ "error": "invalid_token" })),
    }
}

/// Whom a call of a Zoho API stands for; the header is `Zoho-oauthtoken TOKEN`, in the user's own data centre.
pub(crate) fn check(ctx: &Ctx, centre: &str, headers: &HeaderMap) -> Result<Access, &'static str> {
    match centre == home(ctx).0 {
        true => oauth::check(ctx, PROVIDER.name, headers, &["Zoho-oauthtoken"]),
        false => Err("unknown"),
    }
}
