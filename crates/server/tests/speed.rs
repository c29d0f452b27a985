//! `dg serve` beside the same handler in bare axum: requests a second, and how long they take.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::routing::post;
use rainwright::runtime::http::{Http, Settings};
use rainwright::runtime::{Live, LiveOptions};
use rainwright::{Engine, Library};
use rainwright_server::{Functions, Guard, Limits, Names, Server, Source};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower_service::Service;

/// Callers at a time.
const CALLERS: usize = 16;

const FUNCTION: &str = "map twice(int n)\n{\n\treturn {\"n\":n * 2};\n}\n";

fn functions() -> Router {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Arc::new(Http::new(Settings::default()));
    let host = Box::new(move || Ok(Live::new(Arc::clone(&http), LiveOptions::default())));
    let sources = vec![Source { name: "twice.dg".into(), text: FUNCTION.into() }];
    let limits = Limits { per_minute: None, ..Limits::default() };
    let functions = Functions::new(Engine::new(), sources, Library::default(), host).unwrap();
    functions.with_limits(limits).routes()
}

/// The same function as a handler of axum.
fn bare() -> Router {
    let twice = |axum::Json(given): axum::Json<serde_json::Value>| async move {
        let n = given["n"].as_i64().unwrap_or_default();
        axum::Json(serde_json::json!({"result":{"n":n * 2},"info":[]}))
    };
    Router::new().route("/run/twice", post(twice))
}

async fn serve_functions() -> SocketAddr {
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = server.address().unwrap();
    let names = Names::of(address, &[]);
    tokio::spawn(server.run(names, functions(), std::future::pending(), Duration::from_secs(1)));
    address
}

async fn serve_bare() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, bare()).await });
    address
}

/// One call after the other on a connection of its own; how long each took.
async fn call(address: SocketAddr, calls: usize) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let head = format!("POST /run/twice HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
    let mut took = Vec::with_capacity(calls);
    let mut buffer = Vec::new();
    for n in 0..calls {
        let body = format!("{{\"n\":{n}}}");
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let begun = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let wanted = format!("{{\"n\":{}}}", n * 2);
        let text = answer(&mut stream, &mut buffer).await;
        took.push(begun.elapsed());
        assert!(text.contains(&wanted), "{text}");
    }
    took
}

/// The body of the next answer.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> String {
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server closed the connection");
        let text = String::from_utf8_lossy(buffer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 200"), "{text}");
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(usize::MAX) {
            return body.to_owned();
        }
    }
}

/// Requests a second, and the time below which 99 of 100 are.
async fn measure(address: SocketAddr, calls: usize) -> (f64, Duration) {
    let begun = Instant::now();
    let callers: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(call(address, calls / CALLERS))).collect();
    let mut took = Vec::new();
    for caller in callers {
        took.extend(caller.await.unwrap());
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    (rate, took[took.len() * 99 / 100])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_answer_the_same() {
    for address in [serve_functions().await, serve_bare().await] {
        assert_eq!(call(address, 3).await.len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: cargo test --release -p rainwright-server --test speed -- --ignored --nocapture"]
async fn requests_a_second_beside_bare_axum() {
    let (functions, bare) = (serve_functions().await, serve_bare().await);
    // The first round warms both up.
    for address in [functions, bare] {
        measure(address, 2_000).await;
    }
    // In turns: the machine's speed changes within seconds.
    let mut rounds = Vec::new();
    for _ in 0..15 {
        rounds.push((measure(functions, 16_000).await, measure(bare, 16_000).await));
    }
    rounds.sort_by(|((a, _), (b, _)), ((c, _), (d, _))| (b / a).total_cmp(&(d / c)));
    let ((ours, our_p99), (theirs, their_p99)) = rounds[rounds.len() / 2];
    println!(
        "the median of {} rounds: dg serve {ours:.0} requests/s, p99 {our_p99:?}; bare axum {theirs:.0} requests/s, p99 {their_p99:?}; \
         {:.2} times as long a request; wanted: at most 1.5",
        rounds.len(),
        theirs / ours
    );
}

/// How long a call takes without a network, on this thread.
async fn measure_alone<S: Service<Request, Response = Response> + Clone>(service: &S, calls: u32) -> Duration {
    let begun = Instant::now();
    for n in 0..calls {
        let request =
            Request::post("/run/twice").header("host", "localhost").header("content-type", "application/json");
        let request = request.body(Body::from(format!("{{\"n\":{n}}}"))).unwrap();
        let Ok(response) = service.clone().call(request).await else { panic!("it answers") };
        assert_eq!(response.status(), 200);
        assert!(!to_bytes(response.into_body(), 1000).await.unwrap().is_empty());
    }
    begun.elapsed() / calls
}

/// The network takes most of the time and its speed changes; these figures do not, and tell one part in a hundred.
#[tokio::test]
#[ignore = "a measurement"]
async fn a_call_without_a_network_beside_bare_axum() {
    let (functions, bare) = (Guard::new(Names::only("localhost"), functions()), bare());
    for _ in 0..7 {
        let (ours, theirs) = (measure_alone(&functions, 100_000).await, measure_alone(&bare, 100_000).await);
        println!("dg serve {ours:?}, bare axum {theirs:?}: {:?} more", ours.saturating_sub(theirs));
    }
}
