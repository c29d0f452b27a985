//! Real providers at their own hosts and paths: login, tokens, and an API that says who is signed in.
//!
//! Each is as strict as the real one where that breaks clients that only know the RFCs.

mod table;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::oauth1::{self, Legs};
use super::quirk::{Quirk, Seen, call, token_route};
use super::{USER, authorize};
use crate::http::json;
use crate::partners::Api;
use crate::world::Ctx;

/// The answer to a call that finds out where the API is, or for whom.
type Lookup = fn() -> Value;

/// One provider. All of its hosts are played under the path `/NAME`.
pub(super) struct Double {
    /// Its hosts; `*.` stands for one or more labels.
    hosts: &'static [&'static str],
    /// The path of the consent page of OAuth 2.0.
    authorize: &'static str,
    /// The paths where tokens are given and renewed.
    token: &'static [&'static str],
    /// The three legs of OAuth 1.0a.
    legs: Option<Legs>,
    /// What can be looked up with a token: paths and their answers.
    lookups: &'static [(&'static str, Lookup)],
    /// What the API answers besides, once a call is signed in.
    api: Option<Api>,
    /// Whether a call is signed in by a key instead of a token.
    by_key: fn(&Seen) -> bool,
    /// How it differs.
    quirk: Quirk,
}

static DOUBLES: LazyLock<Vec<Double>> = LazyLock::new(table::doubles);

/// The hosts of all providers with their paths.
pub(crate) fn hosts() -> impl Iterator<Item = (String, String)> {
    DOUBLES.iter().flat_map(|double| {
        double.hosts.iter().map(|host| ((*host).to_owned(), format!("/{}", double.quirk.provider.name)))
    })
}

/// The names, for people, of the providers whose login the sandbox plays besides the services that it plays whole.
pub fn titles() -> impl Iterator<Item = &'static str> {
    DOUBLES.iter().map(|double| double.quirk.provider.title)
}

/// The names of the providers with what is particular about each.
pub(crate) fn about() -> impl Iterator<Item = (&'static str, &'static str)> {
    DOUBLES.iter().map(|double| (double.quirk.provider.name, double.quirk.about))
}

/// All providers, each under its name.
pub(crate) fn routes() -> Router<Ctx> {
    DOUBLES.iter().fold(Router::new(), |router, double| {
        let mut own = Router::new();
        if !double.authorize.is_empty() {
            own = own.route(double.authorize, authorize(&double.quirk.provider));
        }
        for path in double.token {
            own = own.route(path, token_route(&double.quirk));
        }
        if let Some(legs) = &double.legs {
            own = own.merge(oauth1::routes(&double.quirk.provider, legs));
        }
        let api = move |State(ctx): State<Ctx>, request: Request| async move {
            let seen = Seen::of(request).await;
            if let Some(legs) = double.legs.as_ref().filter(|_| oauth1::is_signed(&seen)) {
                return oauth1::call(&ctx, &double.quirk.provider, legs, &seen);
            }
            let played = || double.api.and_then(|api| api(&seen, &mut ctx.world()));
            if (double.by_key)(&seen) {
                return played().unwrap_or_else(|| json(200, json!({ "user": USER })));
            }
            let lookup = || double.lookups.iter().find(|(path, _)| *path == seen.path).map(|(_, answer)| answer());
            call(&ctx, &double.quirk, &seen, lookup, played)
        };
        router.nest(&format!("/{}", double.quirk.provider.name), own.fallback(api))
    })
}
