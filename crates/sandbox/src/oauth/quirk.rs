//! What makes a login server and its API different from what the RFCs say, and the handlers that play it.

use axum::body::Bytes;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use serde_json::{Value, json};

use super::token::{self, Issued, Refusal, TokenRequest, standard_answer, standard_token};
use super::{Access, Provider, STANDARD, USER, unauthorized};
use crate::http::{Object, Pairs, authorization, header_text, json, typed};
use crate::world::{Ctx, now_millis};

/// One way to be different.
pub(super) struct Quirk {
    /// Who does it, and what.
    pub(super) about: &'static str,
    /// The login server that it changes.
    pub(super) provider: Provider,
    /// What a token request must look like.
    pub(super) accepts: fn(&TokenRequest) -> Result<(), Refusal>,
    /// Shapes the answer with the tokens.
    pub(super) shape: fn(&Issued, &TokenRequest) -> Response,
    /// Shapes the refusal.
    pub(super) refuse: fn(Refusal) -> Response,
    /// The token of a call of the API, as it was issued.
    pub(super) token: fn(&Seen) -> Option<String>,
    /// What else a call of the API must have; an error is its answer.
    pub(super) calls: fn(&Seen) -> Result<(), Response>,
    /// What the API says to a token that is no good; the argument says why.
    pub(super) unauthorized: fn(&str) -> Response,
}

/// Keeps to the RFCs as far as servers did before the best practice of today: PKCE is optional, no issuer is named.
pub(super) const PROVIDER: Provider = Provider { requires_pkce: false, names_issuer: false, ..STANDARD };

/// No quirk at all, to start from.
pub(super) const PLAIN: Quirk = Quirk {
    about: "",
    provider: PROVIDER,
    accepts: |_| Ok(()),
    shape: |issued, _| edited(issued, |_| {}),
    refuse: |refusal| standard_answer(Err(refusal)),
    token: |seen| seen.authorization("Bearer"),
    calls: |_| Ok(()),
    unauthorized,
};

/// A call of an API as it came in.
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// The host that was meant, without a port.
    pub(crate) host: String,
    /// The path at that host.
    pub(crate) path: String,
    /// The path in the sandbox.
    pub(crate) full_path: String,
    /// The query as it was written.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    /// Reads a request; a body that breaks off or is too large counts as empty.
    pub(crate) async fn of(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let original = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
        let full_path = original.path().to_owned();
        let authority = header_text(&parts.headers, header::HOST.as_str());
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).to_owned();
        Self {
            method: parts.method,
            host,
            path: parts.uri.path().to_owned(),
            full_path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: axum::body::to_bytes(body, 1024 * 1024).await.unwrap_or_default(),
        }
    }

    /// What follows that scheme in the `Authorization` header.
    pub(super) fn authorization(&self, scheme: &str) -> Option<String> {
        authorization(&self.headers, scheme).map(str::to_owned)
    }

    /// A header, or an empty text.
    pub(super) fn header(&self, name: &str) -> &str {
        header_text(&self.headers, name)
    }
}

/// The token endpoint of a quirk.
pub(super) fn token_route(quirk: &'static Quirk) -> MethodRouter<Ctx> {
    post(move |State(ctx): State<Ctx>, request: TokenRequest| async move {
        let result = (quirk.accepts)(&request).and_then(|()| token::grant(&ctx, &quirk.provider, &request));
        match result {
            Ok(issued) => (quirk.shape)(&issued, &request),
            Err(refusal) => (quirk.refuse)(refusal),
        }
    })
}

/// Answers a call of the API of a quirk: `answer` and `played` say what a good one gets besides who is signed in.
pub(super) fn call(
    ctx: &Ctx,
    quirk: &Quirk,
    seen: &Seen,
    answer: impl FnOnce() -> Option<Value>,
    played: impl FnOnce() -> Option<Response>,
) -> Response {
    let Some(token) = (quirk.token)(seen) else {
        return (quirk.unauthorized)("missing");
    };
    let access = ctx.world().grants.check(quirk.provider.name, &token, now_millis());
    // With leniency any token will do.
    let access = access.or_else(|why| ctx.lenient().map(|_| Access::default()).ok_or(why));
    match access {
        Ok(access) => match answer() {
            Some(value) => json(200, value),
            None => match (quirk.calls)(seen) {
                Ok(()) => played().unwrap_or_else(|| json(200, json!({ "user": USER, "scope": access.scope }))),
                Err(refusal) => refusal,
            },
        },
        Err(why) => (quirk.unauthorized)(why),
    }
}

/// The standard token answer with changes.
pub(super) fn edited(issued: &Issued, edit: impl FnOnce(&mut Object)) -> Response {
    let mut members = standard_token(issued);
    edit(&mut members);
    json(200, members)
}

/// The standard token answer with one more or other member.
pub(super) fn put(issued: &Issued, name: &str, value: impl Into<Value>) -> Response {
    edited(issued, |members| drop(members.insert(name.into(), value.into())))
}

/// The standard token answer as a form.
pub(super) fn form(issued: &Issued) -> Response {
    let members = standard_token(issued);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = members.iter().map(|(name, value)| (name, text(value)));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    typed(200, "application/x-www-form-urlencoded", body)
}

/// Refuses a token request unless a condition is met.
pub(super) fn require(met: bool, description: &'static str) -> Result<(), Refusal> {
    if met { Ok(()) } else { Err(Refusal::request(description)) }
}

/// Refuses a token request whose client does not sign in with HTTP Basic.
pub(super) fn basic_only(request: &TokenRequest) -> Result<(), Refusal> {
    require(request.has_basic(), "the client must use HTTP Basic")
}

/// Whether the authorize request asks for a scope; commas or spaces separate them.
pub(super) fn asks_for(query: &Pairs, scope: &str) -> bool {
    query.text("scope").split([' ', ',']).any(|asked| asked == scope)
}
