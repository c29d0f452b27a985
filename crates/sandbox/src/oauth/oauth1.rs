//! An OAuth 1.0a server (RFC 5849): temporary tokens, consent, access tokens, and signed calls.
//!
//! It rebuilds every signature from the request as it came in. HMAC-SHA256 is known besides the methods of the RFC.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{RawForm, RawQuery, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rsa::pkcs8::DecodePublicKey;
use rsa::signature::Verifier;
use serde_json::json;
use sha1::Sha1;
use sha2::Sha256;
use url::Url;

use super::consent::{ask, may_redirect, page, problem};
use super::grants::{Consent, Policy, digest};
use super::quirk::{PROVIDER, Seen};
use super::{CLIENT_ID, CLIENT_SECRET, Provider, Rotation, USER};
use crate::http::{Pairs, empty, json, set, typed};
use crate::world::{Ctx, now_millis};

/// The token that was made by hand, for servers without consent page.
pub const TOKEN: &str = "sandbox-token";

/// How far a timestamp may be off, in seconds.
const SKEW: i64 = 300;

/// All but letters, digits, `-`, `.`, `_` and `~` (RFC 5849, section 3.6).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a server has its legs, and what it wants.
pub(crate) struct Legs {
    /// The path of the first leg; empty where tokens are made by hand.
    pub(crate) request: &'static str,
    /// The path of the consent page.
    pub(crate) authorize: &'static str,
    /// The path of the third leg.
    pub(crate) access: &'static str,
    /// The signature methods that are taken.
    pub(crate) methods: &'static [&'static str],
    /// The realm that the header must name.
    pub(crate) realm: Option<&'static str>,
    /// The parameters without which the consent page refuses.
    pub(crate) asks: &'static [&'static str],
}

/// No legs: consumer and token are made by hand.
pub(crate) const BY_HAND: Legs =
    Legs { request: "", authorize: "", access: "", methods: &["HMAC-SHA1"], realm: None, asks: &[] };

/// The server under `/oauth1`, which takes every method.
static STANDARD_LEGS: Legs = Legs {
    request: "/request_token",
    authorize: "/authorize",
    access: "/access_token",
    methods: &["HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT"],
    ..BY_HAND
};
static STANDARD_PROVIDER: Provider =
    Provider { name: "oauth1", title: "Sandbox (OAuth 1.0a)", lifetime: None, ..PROVIDER };

/// What the servers of OAuth 1.0a remember between requests. Token secrets are made of their tokens and need not be kept.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Temporary tokens by their digest.
    temporary: std::collections::BTreeMap<String, Temporary>,
    /// Timestamp and nonce of the requests that were taken.
    seen: BTreeSet<(i64, String)>,
    /// The public key of the consumer, for RSA-SHA1.
    key: Option<rsa::PublicKey>,
}

#[derive(Clone, Debug)]
struct Temporary {
    callback: String,
    /// The digest of the verifier that the consent page gave.
    verifier: Option<String>,
}

/// A plain server, an API that wants its signatures, and the address that takes the consumer's public key as PEM.
pub(crate) fn standard_routes() -> Router<Ctx> {
    let api = |State(ctx): State<Ctx>, request: Request| async move {
        call(&ctx, &STANDARD_PROVIDER, &STANDARD_LEGS, &Seen::of(request).await)
    };
    routes(&STANDARD_PROVIDER, &STANDARD_LEGS).route("/public_key", post(take_key)).fallback(api)
}

/// The legs of a server.
pub(super) fn routes(provider: &'static Provider, legs: &'static Legs) -> Router<Ctx> {
    if legs.request.is_empty() {
        return Router::new();
    }
    let first = move |State(ctx): State<Ctx>, request: Request| async move {
        request_token(&ctx, legs, &Seen::of(request).await)
    };
    let show = move |State(ctx): State<Ctx>, RawQuery(query): RawQuery| async move {
        show(&ctx, provider, legs, &Pairs::parse(&query.unwrap_or_default()))
    };
    let decide = move |State(ctx): State<Ctx>, RawForm(form): RawForm| async move {
        decide(&ctx, &Pairs::parse(&String::from_utf8_lossy(&form)))
    };
    let third = move |State(ctx): State<Ctx>, request: Request| async move {
        access_token(&ctx, provider, legs, &Seen::of(request).await)
    };
    Router::new()
        .route(legs.request, post(first))
        .route(legs.authorize, get(show).post(decide))
        .route(legs.access, post(third))
}

/// Whether a call carries an OAuth 1.0a signature, good or not.
pub(super) fn is_signed(seen: &Seen) -> bool {
    seen.authorization("OAuth").is_some() || Signed::of(seen).get("oauth_signature").is_some()
}

/// Answers a signed call of the API.
pub(super) fn call(ctx: &Ctx, provider: &Provider, legs: &Legs, seen: &Seen) -> Response {
    let signed = Signed::of(seen);
    let token = signed.text("oauth_token");
    if let Err(refusal) = verify(ctx, legs, seen, &signed, token) {
        return refusal;
    }
    let by_hand = legs.request.is_empty() && token == TOKEN;
    match ctx.world().grants.check(provider.name, token, now_millis()) {
        Ok(access) => json(200, json!({ "user": USER, "scope": access.scope })),
        Err(_) if by_hand => json(200, json!({ "user": USER, "scope": [] })),
        Err(why) => refuse("token_rejected", &format!("the token is {why}")),
    }
}

/// The secret of a token: made of it, so that nothing has to be remembered.
#[must_use]
pub fn token_secret(token: &str) -> String {
    digest(&format!("the secret of {token}"))
}

/// A keyed digest; the key may have any length.
pub(super) fn hmac<M: Mac + KeyInit>(key: &str, text: &str) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.as_bytes()) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

async fn take_key(State(ctx): State<Ctx>, pem: String) -> Response {
    match rsa::PublicKey::from_public_key_pem(&pem) {
        Ok(key) => {
            ctx.oauth1().key = Some(key);
            empty(204)
        }
        Err(_) => json(400, json!({ "error": "the body must be a public RSA key as PEM" })),
    }
}

/// The first leg (section 2.1).
fn request_token(ctx: &Ctx, legs: &Legs, seen: &Seen) -> Response {
    let signed = Signed::of(seen);
    if let Err(refusal) = verify(ctx, legs, seen, &signed, "") {
        return refusal;
    }
    let callback = signed.text("oauth_callback");
    if callback != "oob" && !may_redirect(callback) {
        return refuse("parameter_rejected", "oauth_callback must be oob, https, or http on a loopback address");
    }
    let Ok(token) = super::grants::secret() else {
        return refuse("server_error", "no random numbers");
    };
    ctx.oauth1().temporary.insert(digest(&token), Temporary { callback: callback.to_owned(), verifier: None });
    let secret = token_secret(&token);
    form(&[("oauth_token", &token), ("oauth_token_secret", &secret), ("oauth_callback_confirmed", "true")])
}

/// The second leg (section 2.2): the page.
fn show(ctx: &Ctx, provider: &Provider, legs: &Legs, query: &Pairs) -> Response {
    let token = query.text("oauth_token");
    if !ctx.oauth1().temporary.contains_key(&digest(token)) {
        return problem("oauth_token is unknown, or was used before.");
    }
    if let Some(missing) = legs.asks.iter().find(|name| query.text(name).is_empty()) {
        return problem(&format!("{missing} is missing."));
    }
    ask(provider.title, "<p>All of it.</p>", token)
}

/// The second leg: the decision. Without a callback the page shows the verifier.
fn decide(ctx: &Ctx, form: &Pairs) -> Response {
    let token = form.text("ticket");
    let mut memory = ctx.oauth1();
    let Some(waiting) = memory.temporary.get_mut(&digest(token)).filter(|waiting| waiting.verifier.is_none()) else {
        return problem("This page was answered before. Start again in the program.");
    };
    let callback = waiting.callback.clone();
    let allowed = form.text("decision") == "allow";
    let Ok(verifier) = super::grants::secret() else {
        return problem("The system has no random numbers.");
    };
    if allowed {
        waiting.verifier = Some(digest(&verifier));
    } else {
        memory.temporary.remove(&digest(token));
    }
    drop(memory);
    let Ok(mut url) = Url::parse(&callback) else {
        let said = if allowed { format!("<p>Your code: <code>{verifier}</code></p>") } else { "<p>Denied.</p>".into() };
        return page(200, "Back to the program", &said);
    };
    match allowed {
        true => url.query_pairs_mut().extend_pairs([("oauth_token", token), ("oauth_verifier", &verifier)]),
        false => url.query_pairs_mut().extend_pairs([("denied", token)]),
    };
    let mut response = empty(303);
    set(&mut response, "location", url.as_str());
    response
}

/// The third leg (section 2.3): each temporary token counts once.
fn access_token(ctx: &Ctx, provider: &Provider, legs: &Legs, seen: &Seen) -> Response {
    let signed = Signed::of(seen);
    let token = signed.text("oauth_token");
    if let Err(refusal) = verify(ctx, legs, seen, &signed, token) {
        return refusal;
    }
    let waiting = ctx.oauth1().temporary.remove(&digest(token));
    let verifier = Some(digest(signed.text("oauth_verifier")));
    if waiting.is_none_or(|waiting| waiting.verifier != verifier) {
        return refuse("token_rejected", "the temporary token is unknown, or the verifier is not its own");
    }
    let consent = Consent {
        provider: provider.name.into(),
        client: CLIENT_ID.into(),
        scope: Vec::new(),
        redirect_uri: String::new(),
        challenge: None,
        offline: false,
        state: String::new(),
    };
    let policy = Policy { lifetime: None, rotation: Rotation::Keep };
    let issued = ctx.world().grants.direct(consent, policy, now_millis());
    match issued {
        Ok(issued) => {
            ctx.stats().tokens(provider.name).issued += 1;
            let secret = token_secret(&issued.access_token);
            form(&[("oauth_token", &issued.access_token), ("oauth_token_secret", &secret), ("user_id", "7")])
        }
        Err(refusal) => refuse("server_error", refusal.description),
    }
}

fn form(pairs: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    typed(200, "application/x-www-form-urlencoded", body)
}

fn refuse(word: &str, why: &str) -> Response {
    let mut response = typed(401, "application/x-www-form-urlencoded", format!("oauth_problem={word}"));
    set(&mut response, "www-authenticate", &format!("OAuth oauth_problem=\"{word}\", oauth_problem_advice=\"{why}\""));
    response
}

/// The parameters of a request, decoded: those of the header without the realm, the query and a form body.
struct Signed {
    pairs: Vec<(String, String)>,
    realm: Option<String>,
}

impl Signed {
    fn of(seen: &Seen) -> Self {
        let mut pairs = Vec::new();
        let mut realm = None;
        for part in seen.authorization("OAuth").unwrap_or_default().split(',') {
            let Some((name, value)) = part.trim().split_once('=') else { continue };
            let value = percent_decode_str(value.trim_matches('"')).decode_utf8_lossy().into_owned();
            match name {
                "realm" => realm = Some(value),
                name => pairs.push((name.to_owned(), value)),
            }
        }
        pairs.extend(Pairs::parse(&seen.query).iter().cloned());
        if seen.header("content-type").starts_with("application/x-www-form-urlencoded") {
            pairs.extend(Pairs::parse(&String::from_utf8_lossy(&seen.body)).iter().cloned());
        }
        Self { pairs, realm }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// Checks consumer, time, nonce and signature (section 3.2); `token` is the one whose secret signs.
fn verify(ctx: &Ctx, legs: &Legs, seen: &Seen, signed: &Signed, token: &str) -> Result<(), Response> {
    let method = signed.text("oauth_signature_method");
    if !legs.methods.contains(&method) {
        return Err(refuse("signature_method_rejected", "this method is not taken here"));
    }
    if signed.text("oauth_consumer_key") != CLIENT_ID {
        return Err(refuse("consumer_key_unknown", "this consumer is not known"));
    }
    if legs.realm.is_some() && signed.realm.as_deref() != legs.realm {
        return Err(refuse("realm_rejected", "the realm is missing or another account's"));
    }
    if signed.pairs.iter().filter(|(name, _)| name == "oauth_signature").count() != 1 {
        return Err(refuse("parameter_absent", "one oauth_signature is needed"));
    }
    let now = (now_millis() / 1000) as i64;
    let at = signed.text("oauth_timestamp").parse().unwrap_or(0_i64);
    if (now - at).abs() > SKEW {
        return Err(refuse("timestamp_refused", "the clock is off"));
    }
    let secret = if token.is_empty() { String::new() } else { token_secret(token) };
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let key = format!("{}&{}", encode(CLIENT_SECRET), encode(&secret));
    let base = base_string(ctx, seen, signed);
    let given = signed.text("oauth_signature");
    let good = match method {
        "PLAINTEXT" => given == key,
        "HMAC-SHA1" => given == STANDARD.encode(hmac::<Hmac<Sha1>>(&key, &base)),
        "HMAC-SHA256" => given == STANDARD.encode(hmac::<Hmac<Sha256>>(&key, &base)),
        _ => rsa_good(ctx, given, &base),
    };
    if !good {
        return Err(refuse("signature_invalid", "the signature is not that of this request"));
    }
    // Last, so that a forged request uses up nobody's nonce.
    let mut memory = ctx.oauth1();
    memory.seen = memory.seen.split_off(&(now - SKEW, String::new()));
    if !memory.seen.insert((at, signed.text("oauth_nonce").to_owned())) {
        return Err(refuse("nonce_used", "this request came before"));
    }
    Ok(())
}

fn rsa_good(ctx: &Ctx, given: &str, base: &str) -> bool {
    let key = ctx.oauth1().key.clone();
    let bytes = STANDARD.decode(given).unwrap_or_default();
    let (Some(key), Ok(signature)) = (key, rsa::pkcs1v15::Signature::try_from(bytes.as_slice())) else {
        return false;
    };
    rsa::pkcs1v15::VerifyingKey::<Sha1>::new(key).verify(base.as_bytes(), &signature).is_ok()
}

/// What is signed (section 3.4.1), from the request as the caller meant it: a call for a real host came over TLS.
fn base_string(ctx: &Ctx, seen: &Seen, signed: &Signed) -> String {
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let own = ctx.base().trim_start_matches("http://");
    let address = match seen.header("host") {
        host if host == own => format!("http://{host}{}", seen.full_path),
        host => format!("https://{}{}", host.to_lowercase(), seen.path),
    };
    let mut pairs: Vec<(String, String)> = signed
        .pairs
        .iter()
        .filter(|(name, _)| name != "oauth_signature")
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&{}&{}", seen.method.as_str(), encode(&address), encode(&pairs.join("&")))
}
