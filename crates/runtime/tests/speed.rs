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
use rainwright_effect::{Body, Call, Effect, HttpRequest};
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
    live.perform(Call::new(Effect::Http(Box::new(HttpRequest {
        method: "GET".into(),
        url: server.url("/"),
        ..HttpRequest::default()
    }))))
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
        live.perform(Call::new(Effect::Http(Box::new(request)))).await.unwrap();
        live_times.push(start.elapsed());
    }
    let (bare, live) = (p50(bare_times), p50(live_times));
    println!("p50: bare {bare:?}, with a connection {live:?}");
    assert!(live < bare + Duration::from_micros(10), "bare {bare:?}, live {live:?}");
}

/// A server that does nothing but answer, on a thread of its own: what it costs is not measured.
fn answering() -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                tokio::spawn(async move {
                    let mut bytes = [0; 4096];
                    // One request is one piece here: the caller waits for the answer before the next.
                    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                        let answer =
                            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
                        if stream.write_all(answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
    });
    told.recv().unwrap()
}

/// Calls a second with so many in flight, on the one thread of the present runtime.
async fn rate<F: Future<Output = ()>>(in_flight: usize, call: impl Fn() -> F) -> f64 {
    let (start, done) = (Instant::now(), std::cell::Cell::new(0_u32));
    let each = async || {
        while start.elapsed() < Duration::from_secs(3) {
            call().await;
            done.set(done.get() + 1);
        }
    };
    futures_util::future::join_all((0..in_flight).map(|_| each())).await;
    f64::from(done.get()) / start.elapsed().as_secs_f64()
}

#[tokio::test]
#[ignore = "measures, in a release build"]
async fn many_calls_at_a_time_cost_little_more_than_bare_ones() {
    let base = format!("http://{}", answering());
    let folder = tempfile::tempdir().unwrap();
    let service = format!("id = \"mock\"\nname = \"Keys\"\napi = \"{base}\"\napi_key = [{{ key = \"X-Api-Key\" }}]\n");
    let registry = registry(folder.path(), &service);
    registry.connect("mock", Default::default(), Person::knowing(&[("api_key", "a long enough key")])).await.unwrap();
    let live = Live::new(common::local_http(), LiveOptions { registry: Some(registry), ..LiveOptions::default() });
    let url = format!("{base}/x");
    let body = "{\"name\":\"Ada\",\"mail\":\"ada@example.com\"}";
    let request = |method: &str| {
        let json = Body::Text { text: body.into(), content_type: "application/json".into() };
        HttpRequest {
            method: method.into(),
            url: url.clone(),
            connection: Some("mock".into()),
            body: if method == "POST" { json } else { Body::Empty },
            ..HttpRequest::default()
        }
    };
    let one =
        async |method: &str| drop(live.perform(Call::new(Effect::Http(Box::new(request(method))))).await.unwrap());
    one("GET").await;
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let bare_one = async |method: reqwest::Method| {
        let call = bare.request(method.clone(), &url).header("X-Api-Key", "a long enough key");
        let call = if method == "POST" { call.header("content-type", "application/json").body(body) } else { call };
        call.send().await.unwrap().bytes().await.unwrap();
    };
    for (method, wanted) in [(reqwest::Method::GET, 60_000.0), (reqwest::Method::POST, 50_000.0)] {
        let bare = rate(64, || bare_one(method.clone())).await;
        let live = rate(64, || one(method.as_str())).await;
        println!("{method}: bare {bare:.0} calls/s, with a connection {live:.0} calls/s; {wanted:.0} are wanted");
        // The bar itself is for a quiet machine; this one holds on any.
        assert!(live > bare * 0.6, "{method}: bare {bare:.0}, live {live:.0}");
    }
}
