//! The token endpoint: reads requests in every shape that servers take, checks the client, and answers.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::grants::{Asker, Consent, Policy};
use super::{CLIENT_ID, CLIENT_SECRET, PUBLIC_CLIENT_ID, Provider};
use crate::http::{Object, Pairs, basic, header_text, json, set, typed};
use crate::world::{Ctx, now_millis};

/// The largest body of a token request, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// A request to the token endpoint or one of its siblings.
pub(crate) struct TokenRequest {
    /// The parameters of the body, then those of the query.
    pairs: Pairs,
    /// The request's path, after the host.
    pub(crate) path: String,
    /// The request's headers.
    pub(crate) headers: HeaderMap,
    /// Whether the body was JSON.
    pub(crate) json: bool,
}

/// Tokens that were given.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    /// Milliseconds that the access token lives; `None` is for ever.
    pub(crate) lifetime: Option<u64>,
    pub(crate) scope: Vec<String>,
}

impl Issued {
    /// The life of the access token in whole seconds.
    pub(crate) fn expires_in(&self) -> Option<u64> {
        self.lifetime.map(|millis| millis.div_ceil(1000))
    }
}

/// Why tokens were not given (RFC 6749, section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
    /// Whether a rotated refresh token came a second time.
    pub(crate) reused: bool,
}

impl Refusal {
    pub(crate) const fn new(status: u16, error: &'static str, description: &'static str) -> Self {
        Self { status, error, description, reused: false }
    }

    pub(crate) const fn grant(description: &'static str) -> Self {
        Self::new(400, "invalid_grant", description)
    }

    pub(crate) const fn request(description: &'static str) -> Self {
        Self::new(400, "invalid_request", description)
    }
}

impl<S: Send + Sync> FromRequest<S> for TokenRequest {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let query = Pairs::parse(parts.uri.query().unwrap_or_default());
        let bytes = match axum::body::to_bytes(body, BODY_LIMIT).await {
            Ok(bytes) => bytes,
            Err(_) => {
                return Err(standard_answer(Err(Refusal::request("the body is too large"))));
            }
        };
        let json = header_text(&parts.headers, "content-type").starts_with("application/json");
        let pairs = match json {
            true => Pairs::from_json(&serde_json::from_slice::<Object>(&bytes).unwrap_or_default()),
            false => Pairs::parse(&String::from_utf8_lossy(&bytes)),
        };
        Ok(Self { pairs: pairs.and(query), path: parts.uri.path().to_owned(), headers: parts.headers, json })
    }
}

impl TokenRequest {
    /// A parameter, or an empty text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.pairs.text(name)
    }

    /// A parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.get(name)
    }

    /// Whether the client signed in with HTTP Basic.
    pub(crate) fn has_basic(&self) -> bool {
        basic(&self.headers).is_some()
    }

    /// The client, by HTTP Basic or in the body; the public one needs no secret (RFC 6749, section 2.3).
    pub(crate) fn client(&self) -> Result<&'static str, Refusal> {
        let (id, secret) = match basic(&self.headers) {
            Some((id, secret)) => (id, Some(secret)),
            // TikTok says client_key.
            None => {
                let id = self.get("client_id").or_else(|| self.get("client_key"));
                (id.unwrap_or_default().to_owned(), self.get("client_secret").map(str::to_owned))
            }
        };
        match (id.as_str(), secret.as_deref()) {
            (CLIENT_ID, Some(CLIENT_SECRET)) => Ok(CLIENT_ID),
            (PUBLIC_CLIENT_ID, None | Some("")) => Ok(PUBLIC_CLIENT_ID),
            (CLIENT_ID, _) => Err(Refusal::new(401, "invalid_client", "the client secret is wrong")),
            _ => Err(Refusal::new(401, "invalid_client", "the client is unknown")),
        }
    }
}

/// Does what the request's grant type asks for, and counts it.
pub(super) fn grant(ctx: &Ctx, provider: &Provider, request: &TokenRequest) -> Result<Issued, Refusal> {
    let policy = Policy { lifetime: provider.lifetime_millis(ctx), rotation: provider.rotation(ctx) };
    let result = tokens(ctx, provider, request, policy);
    let mut stats = ctx.stats();
    let counts = stats.tokens(provider.name);
    match &result {
        Ok(_) => match request.text("grant_type") {
            "refresh_token" => counts.refreshed += 1,
            "client_credentials" | "password" => counts.direct += 1,
            _ => counts.issued += 1,
        },
        Err(refusal) => {
            counts.refused += 1;
            counts.reused += u64::from(refusal.reused);
        }
    }
    result
}

fn tokens(ctx: &Ctx, provider: &Provider, request: &TokenRequest, policy: Policy) -> Result<Issued, Refusal> {
    let now = now_millis();
    let client = request.client()?;
    let without_user = |offline| Consent {
        provider: provider.name.into(),
        client: client.into(),
        scope: scopes(provider, request.text("scope")),
        redirect_uri: String::new(),
        challenge: None,
        offline,
        state: String::new(),
    };
    let by = Asker { provider: provider.name, client, policy, now };
    let grants = &mut ctx.world().grants;
    match request.text("grant_type") {
        "authorization_code" => {
            grants.exchange(by, request.text("code"), request.text("redirect_uri"), request.get("code_verifier"))
        }
        "refresh_token" => grants.refresh(by, request.text("refresh_token")),
        "client_credentials" if client == CLIENT_ID => grants.direct(without_user(false), policy, now),
        "client_credentials" => Err(Refusal::new(400, "unauthorized_client", "this client has no secret")),
        "password" if request.text("username") == super::USER && request.text("password") == CLIENT_SECRET => {
            grants.direct(without_user(true), policy, now)
        }
        "password" => Err(Refusal::grant("user name or password is wrong")),
        "urn:ietf:params:oauth:grant-type:device_code" => grants.poll_device(by, request.text("device_code")),
        _ => Err(Refusal::new(400, "unsupported_grant_type", "the grant type is unknown")),
    }
}

/// Scopes as a list, by the provider's separator; spaces separate them everywhere.
pub(super) fn scopes(provider: &Provider, text: &str) -> Vec<String> {
    let between = |c: char| c == provider.scope_separator || c == ' ';
    text.split(between).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// The answer of RFC 6749, sections 5.1 and 5.2.
pub(crate) fn standard_answer(result: Result<Issued, Refusal>) -> Response {
    match result {
        Ok(issued) => {
            let mut response = json(200, standard_token(&issued));
            set(&mut response, "cache-control", "no-store");
            response
        }
        Err(refusal) => {
            let body = json!({ "error": refusal.error, "error_description": refusal.description });
            let mut response = typed(refusal.status, "application/json", body.to_string());
            if refusal.status == 401 {
                set(&mut response, "www-authenticate", "Basic realm=\"sandbox\"");
            }
            response
        }
    }
}

/// The members of a standard token answer.
pub(crate) fn standard_token(issued: &Issued) -> Object {
    let mut members = Object::new();
    members.insert("access_token".into(), issued.access_token.clone().into());
    members.insert("token_type".into(), "Bearer".into());
    if let Some(seconds) = issued.expires_in() {
        members.insert("expires_in".into(), seconds.into());
    }
    if let Some(token) = &issued.refresh_token {
        members.insert("refresh_token".into(), token.clone().into());
    }
    members.insert("scope".into(), Value::from(issued.scope.join(" ")));
    members
}
