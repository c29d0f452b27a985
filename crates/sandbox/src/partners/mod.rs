//! The services of other houses that scripts call most: what their APIs answer once somebody is signed in.

mod ai;
mod google;
mod microsoft;
mod pandadoc;
mod shopify;
mod slack;
mod soql;
mod stripe;
mod twilio;
mod whatsapp;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::http::{Object, Pairs, authorization, basic, header_text, json};
use crate::oauth::Seen;
use crate::world::{Ctx, World};

pub(crate) use google::{answer as google, hosts as google_hosts};

/// What an API makes of a call; `None` leaves the call to whoever asked.
pub(crate) type Api = fn(&Seen, &mut World) -> Option<Response>;

pub(crate) const SLACK: Api = slack::answer;
pub(crate) const STRIPE: Api = stripe::answer;
pub(crate) const SHOPIFY: Api = shopify::answer;
pub(crate) const MICROSOFT: Api = microsoft::answer;
pub(crate) const PANDADOC: Api = pandadoc::answer;
pub(crate) const SALESFORCE: Api = soql::salesforce;
pub(crate) const QUICKBOOKS: Api = soql::quickbooks;

/// A service that is called with a key and has no login page.
struct Keyed {
    name: &'static str,
    hosts: &'static [&'static str],
    /// Whether a call carries a key at all; which one does not matter.
    keyed: fn(&HeaderMap) -> bool,
    /// What a call without a key gets.
    refuse: fn() -> Response,
    api: Api,
}

fn bearer(headers: &HeaderMap) -> bool {
    authorization(headers, "Bearer").is_some_and(|key| !key.is_empty())
}

static KEYED: &[Keyed] = &[
    Keyed {
        name: "twilio",
        hosts: &["api.twilio.com"],
        keyed: |headers| basic(headers).is_some_and(|(user, password)| !user.is_empty() && !password.is_empty()),
        refuse: twilio::refuse,
        api: twilio::answer,
    },
    Keyed { name: "openai", hosts: &["api.openai.com"], keyed: bearer, refuse: ai::refuse, api: ai::openai },
    Keyed {
        name: "anthropic",
        hosts: &["api.anthropic.com"],
        keyed: |headers| !header_text(headers, "x-api-key").is_empty(),
        refuse: ai::refuse_anthropic,
        api: ai::anthropic,
    },
    Keyed {
        name: "whatsapp",
        hosts: &["graph.facebook.com"],
        keyed: bearer,
        refuse: whatsapp::refuse,
        api: whatsapp::answer,
    },
    Keyed {
        name: "slackhooks",
        hosts: &["hooks.slack.com"],
        keyed: |_| true,
        refuse: twilio::refuse,
        api: slack::hook,
    },
];

/// The names under which the store keeps what belongs to these services.
pub(crate) const NAMES: &[&str] = &[
    "slack",
    "salesforce",
    "quickbooks",
    "stripe",
    "shopify",
    "microsoft",
    "pandadoc",
    "twilio",
    "whatsapp",
    "gdrive",
    "gpeople",
    "gsheets",
    "gads",
];

/// The hosts of the services with keys, and their paths.
pub(crate) fn hosts() -> impl Iterator<Item = (String, String)> {
    KEYED.iter().flat_map(|keyed| keyed.hosts.iter().map(|host| ((*host).to_owned(), format!("/{}", keyed.name))))
}

/// The services with keys, each under its name.
pub(crate) fn routes() -> Router<Ctx> {
    KEYED.iter().fold(Router::new(), |router, keyed| {
        let answer = move |State(ctx): State<Ctx>, request: Request| async move {
            let seen = Seen::of(request).await;
            if !(keyed.keyed)(&seen.headers) {
                return (keyed.refuse)();
            }
            let mut world = ctx.world();
            (keyed.api)(&seen, &mut world).unwrap_or_else(|| unplayed(keyed.name, &seen))
        };
        router.nest(&format!("/{}", keyed.name), Router::new().fallback(answer))
    })
}

/// A path of a service that is played only in part.
pub(crate) fn unplayed(service: &str, seen: &Seen) -> Response {
    let what = format!("{} {} of {service}", seen.method, seen.path);
    crate::products::not_played(&what, "record its answers with --record and run with --replay")
}

/// The pieces of a path.
fn pieces(seen: &Seen) -> Vec<&str> {
    seen.path.split('/').filter(|piece| !piece.is_empty()).collect()
}

fn query(seen: &Seen) -> Pairs {
    Pairs::parse(&seen.query)
}

/// The body as an object, sent as JSON or as a form; `a[b]=c` in a form leads one map deeper.
fn body(seen: &Seen) -> Object {
    if let Ok(Value::Object(object)) = serde_json::from_slice(&seen.body) {
        return object;
    }
    let mut object = Map::new();
    for (name, text) in Pairs::parse(&String::from_utf8_lossy(&seen.body)).iter() {
        let mut keys = name.split(['[', ']']).filter(|key| !key.is_empty());
        let Some(first) = keys.next() else { continue };
        let mut at = object.entry(first).or_insert(Value::Null);
        for key in keys {
            if !at.is_object() {
                *at = json!({});
            }
            at = &mut at[key];
        }
        *at = text.clone().into();
    }
    object
}

/// A text of a body.
fn text<'a>(body: &'a Object, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A short id: a prefix and letters that the world counts.
fn id(world: &mut World, prefix: &str) -> String {
    format!("{prefix}{}", &world.store.new_id()[6..])
}

/// An object out of `json!`.
fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

fn ok(value: impl Into<Value>) -> Option<Response> {
    Some(json(200, value.into()))
}
