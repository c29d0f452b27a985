//! What the host costs above the bare HTTP library; run with
//! `cargo test --release -p rainwright-runtime --test speed -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::IntoResponse;
use common::Server;
use common::house::registry;
use common::person::Person;
use rainwright_builtins::{Effect, HttpRequest};
use rainwright_runtime::{Live, LiveOptions};

const CALLS: usize = 5000;

/// The middle of many measured times.
fn p50(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
#[ignore = "measures, in a release build"]
async fn a_signed_call_is_within_ten_microseconds_of_a_bare_one() {
    let server = Server::start(|_| "{}".into_response()).await;
    let folder = tempfile::tempdir().unwrap();
    let service = format!(
        "id = \"mock\"\nname = \"Keys\"\napi = \"{}\"\napi_key = [{{ key = \"X-Api-Key\" }}]\n",
        server.url("")
    );
    let registry = registry(folder.path(), &service);
    registry.connect("mock", Default::default(), Person::knowing(&[("api_key", "a long enough key")])).await.unwrap();
    let live = Live::new(
        common::local_http(),
        LiveOptions { registry: Some(Arc::clone(&registry)), ..LiveOptions::default() },
    );
    live.perform(Effect::Http(Box::new(HttpRequest {
        method: "GET".into(),
        url: server.url("/"),
        ..HttpRequest::default()
    })))
    .await
    .unwrap();
    // The host's own client has made the TLS provider known by now.
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = server.url("/x");
    let (mut bare_times, mut live_times) = (Vec::new(), Vec::new());
    // By turns, so that both see the same machine.
    for _ in 0..CALLS {
        let start = Instant::now();
        bare.get(&url).header("X-Api-Key", "a long enough key").send().await.unwrap().bytes().await.unwrap();
        bare_times.push(start.elapsed());
        let request = HttpRequest {
            method: "GET".into(),
            url: url.clone(),
            connection: Some("mock".into()),
            ..HttpRequest::default()
        };
        let start = Instant::now();
        live.perform(Effect::Http(Box::new(request))).await.unwrap();
        live_times.push(start.elapsed());
    }
    let (bare, live) = (p50(bare_times), p50(live_times));
    println!("p50: bare {bare:?}, with a connection {live:?}");
    assert!(live < bare + Duration::from_micros(10), "bare {bare:?}, live {live:?}");
}
