//! An OAuth 2.0 authorisation server, used by all doubles in their own dialects, and one of OAuth 1.0a beside it.
//!
//! RFC 6749 with PKCE (RFC 7636), device flow (RFC 8628), revocation (RFC 7009), metadata (RFC 8414) and the
//! issuer in the callback (RFC 9207).

mod consent;
mod device;
mod grants;
pub(crate) mod oauth1;
mod providers;
mod quirk;
mod quirks;
mod token;

pub use grants::Rotation;
pub(crate) use grants::{Access, Grants};
pub(crate) use oauth1::standard_routes as oauth1_routes;
pub use oauth1::{TOKEN as OAUTH1_TOKEN, token_secret as oauth1_token_secret};
pub(crate) use providers::about as provider_list;
pub use providers::titles as providers;
pub(crate) use providers::{hosts as provider_hosts, routes as provider_routes};
pub(crate) use quirk::Seen;
pub(crate) use quirks::routes as quirk_routes;
pub(crate) use token::{Issued, Refusal, TokenRequest, standard_answer, standard_token};

use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::http::{Pairs, authorization};
use crate::world::{Ctx, now_millis};

/// The id of the confidential client that every login server of the sandbox knows.
pub const CLIENT_ID: &str = "sandbox-client";
/// That client's secret.
pub const CLIENT_SECRET: &str = "sandbox-secret";
/// The id of the client without a secret; it must use PKCE.
pub const PUBLIC_CLIENT_ID: &str = "sandbox-public";

/// What is particular about one login server.
pub(crate) struct Provider {
    /// The service's name, as in the counters.
    pub(crate) name: &'static str,
    /// The name on the consent page.
    pub(crate) title: &'static str,
    /// How many seconds its access tokens live; `None` is for ever.
    pub(crate) lifetime: Option<u64>,
    /// Whether the authorize request is one that gets a refresh token.
    pub(crate) offline: fn(&Pairs) -> bool,
    /// Whether each refresh gives a new refresh token, whatever the sandbox's setting.
    pub(crate) rotates: bool,
    /// What separates scopes.
    pub(crate) scope_separator: char,
    /// Whether a code needs PKCE even from a client with a secret.
    pub(crate) requires_pkce: bool,
    /// Whether the callback names the issuer (RFC 9207).
    pub(crate) names_issuer: bool,
    /// What an authorize request must have besides what the RFC asks for; else why it is refused.
    pub(crate) consents: fn(&Pairs) -> Result<(), &'static str>,
    /// The name of the code in the callback.
    pub(crate) code_name: &'static str,
    /// What the callback carries besides those parameters, which it is given.
    pub(crate) callback: fn(&Ctx, &Pairs) -> Vec<(String, String)>,
    /// Shapes the answer of the token endpoint.
    pub(crate) answer: fn(&Ctx, &TokenRequest, Result<Issued, Refusal>) -> Response,
}

/// A server that keeps to the RFCs, to start dialects from.
pub(crate) const STANDARD: Provider = Provider {
    name: "oauth",
    title: "Sandbox",
    lifetime: Some(3600),
    offline: |_| true,
    rotates: false,
    scope_separator: ' ',
    requires_pkce: true,
    names_issuer: true,
    consents: |_| Ok(()),
    code_name: "code",
    callback: |_, _| Vec::new(),
    answer: |_, _, result| standard_answer(result),
};

impl Provider {
    /// How many milliseconds an access token lives; the sandbox's setting wins.
    fn lifetime_millis(&self, ctx: &Ctx) -> Option<u64> {
        let set = ctx.options().token_lifetime.map(|time| time.as_millis() as u64);
        set.or_else(|| self.lifetime.map(|seconds| seconds * 1000))
    }

    /// What becomes of a refresh token that is used.
    fn rotation(&self, ctx: &Ctx) -> Rotation {
        match ctx.options().rotation {
            Rotation::Keep if self.rotates => Rotation::Rotate,
            set => set,
        }
    }
}

/// The authorize page of a server.
pub(crate) fn authorize(provider: &'static Provider) -> MethodRouter<Ctx> {
    get(move |State(ctx): State<Ctx>, RawQuery(query): RawQuery| async move {
        consent::show(&ctx, provider, &Pairs::parse(&query.unwrap_or_default()))
    })
    .post(move |State(ctx): State<Ctx>, RawForm(form): RawForm| async move {
        consent::decide(&ctx, provider, &Pairs::parse(&String::from_utf8_lossy(&form)))
    })
}

/// The token endpoint of a server.
pub(crate) fn token(provider: &'static Provider) -> MethodRouter<Ctx> {
    post(move |State(ctx): State<Ctx>, request: TokenRequest| async move { answer_token(&ctx, provider, &request) })
}

/// The answer of a server's token endpoint.
pub(crate) fn answer_token(ctx: &Ctx, provider: &Provider, request: &TokenRequest) -> Response {
    (provider.answer)(ctx, request, token::grant(ctx, provider, request))
}

/// Where a device asks for its codes (RFC 8628), and the page at `page` where the user types the short one.
pub(crate) fn device(provider: &'static Provider, page: &'static str) -> MethodRouter<Ctx> {
    post(
        move |State(ctx): State<Ctx>, request: TokenRequest| async move { device::begin(&ctx, provider, &request, page) },
    )
}

/// The page where a user types the code of a device.
pub(crate) fn device_page(provider: &'static Provider) -> MethodRouter<Ctx> {
    get(move |RawQuery(query): RawQuery| async move {
        device::show(provider, &Pairs::parse(&query.unwrap_or_default()))
    })
    .post(
        move |State(ctx): State<Ctx>, RawForm(form): RawForm| async move {
            device::decide(
                &ctx,
                provider,
                &Pairs::parse(&String::from_utf8_lossy(&form)),
            )
        },
    )
}

/// Ends a token and all that came from the same consent; tells whether there was one (RFC 7009).
pub(crate) fn revoke(ctx: &Ctx, provider: &Provider, token: &str) -> bool {
    let revoked = ctx.world().grants.revoke(provider.name, token);
    if revoked {
        ctx.stats().tokens(provider.name).revoked += 1;
    }
    revoked
}

/// The user that the request's token belongs to, if one of these `Authorization` schemes carries a good one.
///
/// # Errors
/// What is wrong with the token, in a word for a log.
pub(crate) fn check(ctx: &Ctx, provider: &str, headers: &HeaderMap, schemes: &[&str]) -> Result<Access, &'static str> {
    let token = schemes.iter().find_map(|scheme| authorization(headers, scheme)).ok_or("missing")?;
    let found = ctx.world().grants.check(provider, token, now_millis());
    // With leniency any token will do: a made-up one belongs to the user.
    found.or_else(|why| ctx.lenient().map(|_| Access::default()).ok_or(why))
}

/// A plain server under `/oauth`, its metadata, and an API that wants its tokens.
pub(crate) fn routes() -> Router<Ctx> {
    static PROVIDER: Provider = STANDARD;
    Router::new()
        .route("/authorize", authorize(&PROVIDER))
        .route("/token", token(&PROVIDER))
        .route("/device/code", device(&PROVIDER, "/oauth/device"))
        .route("/device", device_page(&PROVIDER))
        .route("/revoke", post(revoke_standard))
        .route("/api/{*path}", axum::routing::any(whoami))
}

/// RFC 8414 metadata; the issuer's path follows the well-known one.
pub(crate) fn metadata_route() -> MethodRouter<Ctx> {
    get(|State(ctx): State<Ctx>, Path(issuer): Path<String>| async move {
        let base = format!("{}/{issuer}", ctx.base());
        Json(json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "revocation_endpoint": format!("{base}/revoke"),
            "device_authorization_endpoint": format!("{base}/device/code"),
            "response_types_supported": ["code"],
            "grant_types_supported": [
                "authorization_code", "refresh_token", "client_credentials", "password",
                "urn:ietf:params:oauth:grant-type:device_code",
            ],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "authorization_response_iss_parameter_supported": true,
        }))
    })
}

async fn revoke_standard(State(ctx): State<Ctx>, request: TokenRequest) -> Response {
    if let Err(refusal) = request.client() {
        return standard_answer(Err(refusal));
    }
    // A token that is not there is revoked already (RFC 7009, section 2.2).
    revoke(&ctx, &STANDARD, request.text("token"));
    crate::http::empty(200)
}

async fn whoami(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    match check(&ctx, STANDARD.name, &headers, &["Bearer"]) {
        Ok(access) => crate::http::json(200, json!({ "user": USER, "scope": access.scope })),
        Err(why) => unauthorized(why),
    }
}

/// A 401 as RFC 6750 has it.
pub(crate) fn unauthorized(why: &str) -> Response {
    let body: Value = json!({ "error": "invalid_token", "error_description": format!("the token is {why}") });
    let mut response = crate::http::json(401, body);
    let challenge = if why == "missing" { "Bearer" } else { "Bearer error=\"invalid_token\"" };
    crate::http::set(&mut response, "www-authenticate", challenge);
    response
}

/// Who is signed in at every login server.
pub(crate) const USER: &str = "robin@example.com";
