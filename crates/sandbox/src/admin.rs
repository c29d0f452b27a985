//! The sandbox's own endpoints under `/_sandbox`: faults, counters, and ends of tokens.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::Method;
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::fault::Fault;
use crate::hosted;
use crate::http::{empty, json};
use crate::outbox;
use crate::world::Ctx;

/// What happened so far.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Stats {
    /// How often each `METHOD /path` was asked for.
    requests: BTreeMap<String, u64>,
    /// How often each `METHOD /path` was asked for that the sandbox has no answer to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    not_played: BTreeMap<String, u64>,
    /// What each login server did.
    tokens: BTreeMap<String, TokenStats>,
}

/// What one login server did.
#[derive(Debug, Default, Serialize)]
pub(crate) struct TokenStats {
    /// Codes exchanged, device codes included.
    pub(crate) issued: u64,
    /// Successful refreshes.
    pub(crate) refreshed: u64,
    /// Tokens given for client credentials or a password.
    pub(crate) direct: u64,
    /// Refresh tokens that came a second time although rotated.
    pub(crate) reused: u64,
    /// Requests that the token endpoint refused.
    pub(crate) refused: u64,
    /// Tokens revoked.
    pub(crate) revoked: u64,
}

impl Stats {
    /// Counts one request.
    pub(crate) fn count(&mut self, method: &Method, path: &str) {
        *self.requests.entry(format!("{method} {path}")).or_default() += 1;
    }

    /// Counts a request that was not played.
    pub(crate) fn miss(&mut self, method: &Method, path: &str) {
        *self.not_played.entry(format!("{method} {path}")).or_default() += 1;
    }

    /// The counters of one login server.
    pub(crate) fn tokens(&mut self, provider: &str) -> &mut TokenStats {
        self.tokens.entry(provider.to_owned()).or_default()
    }
}

/// `next` takes a [`Fault`]; `expire` and `revoke` take `{"service": "zoho"}`, or nothing for all services.
pub(crate) fn routes() -> Router<Ctx> {
    Router::new()
        .route("/next", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/data", get(show_data))
        .route("/stats", get(show_stats).delete(clear_stats))
        .route("/expire", post(expire))
        .route("/revoke", post(revoke))
        .route("/providers", get(list_providers))
        .route("/outbox", get(show_outbox).post(keep_message).delete(clear_outbox))
        .route("/task", post(perform_task))
        .route("/lenient", post(set_lenient).delete(clear_lenient))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Which {
    service: String,
}

async fn add_fault(State(ctx): State<Ctx>, body: Bytes) -> Response {
    match serde_json::from_slice::<Fault>(&body) {
        Ok(fault) => {
            let mut faults = ctx.faults();
            faults.push(fault);
            json(201, json!({ "waiting": faults.len() }))
        }
        Err(e) => json(400, json!({ "error": e.to_string() })),
    }
}

async fn list_faults(State(ctx): State<Ctx>) -> Response {
    let faults = ctx.faults();
    json(200, json!({ "faults": faults.iter().collect::<Vec<_>>() }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Module {
    product: String,
    module: String,
}

/// How many records are shown of a module.
const RECORDS: usize = 100;

/// How many records each module of each product has; of one module that is named, the first of them.
async fn show_data(State(ctx): State<Ctx>, Query(wanted): Query<Module>) -> Response {
    let world = ctx.world();
    let mut counts = serde_json::Map::new();
    for (product, modules) in world.store.parts() {
        if product == outbox::PRODUCT {
            continue;
        }
        let Some(modules) = modules.as_object() else { continue };
        let modules = modules.iter().map(|(name, all)| (name.clone(), all.as_array().map_or(0, Vec::len).into()));
        counts.insert(product, serde_json::Value::Object(modules.collect()));
    }
    let records: Vec<_> = world.store.all(&wanted.product, &wanted.module).iter().take(RECORDS).collect();
    json(200, json!({ "counts": counts, "records": records }))
}

async fn clear_faults(State(ctx): State<Ctx>) -> Response {
    ctx.faults().clear();
    empty(204)
}

async fn show_stats(State(ctx): State<Ctx>) -> Response {
    json(200, serde_json::to_value(&*ctx.stats()).unwrap_or_default())
}

async fn clear_stats(State(ctx): State<Ctx>) -> Response {
    *ctx.stats() = Stats::default();
    empty(204)
}

async fn expire(State(ctx): State<Ctx>, body: Bytes) -> Response {
    end_tokens(&body, |service| ctx.world().grants.expire_all(service))
}

async fn revoke(State(ctx): State<Ctx>, body: Bytes) -> Response {
    end_tokens(&body, |service| ctx.world().grants.revoke_all(service))
}

/// What was sent to people: nothing leaves the sandbox.
async fn show_outbox(State(ctx): State<Ctx>) -> Response {
    json(200, json!({ "messages": ctx.world().store.all(outbox::PRODUCT, outbox::MODULE) }))
}

/// A mail or text message of a script, which no service of the sandbox takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    kind: String,
    content: serde_json::Value,
}

async fn keep_message(State(ctx): State<Ctx>, body: Bytes) -> Response {
    match serde_json::from_slice::<Sent>(&body) {
        Ok(Sent { kind, content }) => {
            outbox::keep(&mut ctx.world().store, "script", &kind, content);
            empty(204)
        }
        Err(e) => json(400, json!({ "error": e.to_string() })),
    }
}

/// A task that has no address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hosted {
    task: String,
    arguments: serde_json::Value,
}

async fn perform_task(body: Bytes) -> Response {
    match serde_json::from_slice::<Hosted>(&body) {
        Ok(Hosted { task, arguments }) => match hosted::answer(&task, &arguments) {
            Some(answer) => json(200, answer),
            None => json(501, json!({ "error": "the answers of this task are not documented" })),
        },
        Err(e) => json(400, json!({ "error": e.to_string() })),
    }
}

async fn clear_outbox(State(ctx): State<Ctx>) -> Response {
    ctx.world().store.load(outbox::PRODUCT, outbox::MODULE, Vec::new());
    empty(204)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Lenient {
    seed: u64,
}

/// From now on, ids that nobody knows get a record that is made up.
async fn set_lenient(State(ctx): State<Ctx>, body: Bytes) -> Response {
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    match serde_json::from_slice::<Lenient>(body) {
        Ok(Lenient { seed }) => {
            ctx.world().lenient = Some(seed);
            empty(204)
        }
        Err(e) => json(400, json!({ "error": e.to_string() })),
    }
}

async fn clear_lenient(State(ctx): State<Ctx>) -> Response {
    ctx.world().lenient = None;
    empty(204)
}

async fn list_providers() -> Response {
    json(
        200,
        crate::oauth::provider_list().map(|(name, about)| json!({ "name": name, "about": about })).collect::<Vec<_>>(),
    )
}

fn end_tokens(body: &[u8], end: impl Fn(&str) -> usize) -> Response {
    let body = if body.is_empty() { b"{}" } else { body };
    match serde_json::from_slice::<Which>(body) {
        Ok(which) => json(200, json!({ "ended": end(&which.service) })),
        Err(e) => json(400, json!({ "error": e.to_string() })),
    }
}
