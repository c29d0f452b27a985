//! Calls that are tried again, over loopback: how long is waited, what is never repeated, and when it is enough.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use common::house::registry;
use common::person::Person;
use common::{Server, local_http};
use rainwright_effect::{Call, Effect, HttpRequest};
use rainwright_runtime::{Live, LiveOptions};

/// What the server answers next: status and `Retry-After`; when nothing is left it serves.
type Answers = Arc<Mutex<VecDeque<(u16, String)>>>;

struct Scene {
    server: Server,
    answers: Answers,
    live: Live,
    _home: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let answers = Answers::default();
        let script = Arc::clone(&answers);
        let server = Server::start(move |_| match script.lock().unwrap().pop_front() {
            None => "served".into_response(),
            Some((status, asked)) => refuse(status, &asked),
        })
        .await;
        let home = tempfile::tempdir().unwrap();
        let service = format!(
            "id = \"mock\"\nname = \"Keys\"\napi = \"{}\"\napi_key = [{{ key = \"X-Api-Key\" }}]\n",
            server.url("")
        );
        let registry = registry(home.path(), &service);
        registry.connect("mock", Default::default(), Person::knowing(&[("api_key", "a key")])).await.unwrap();
        let live = Live::new(local_http(), LiveOptions { registry: Some(registry), ..LiveOptions::default() });
        Self { server, answers, live, _home: home }
    }

    /// Calls while the server gives these answers first: the last status, how often it was asked, and how long it took.
    async fn call(&self, request: HttpRequest, answers: &[(u16, &str)]) -> (u16, usize, Duration) {
        *self.answers.lock().unwrap() = answers.iter().map(|(status, asked)| (*status, (*asked).to_owned())).collect();
        let (before, start) = (self.server.seen().len(), Instant::now());
        let answer = self.live.perform(Call::new(Effect::Http(Box::new(request)))).await.unwrap().into_http().unwrap();
        (answer.status, self.server.seen().len() - before, start.elapsed())
    }

    fn request(&self, method: &str) -> HttpRequest {
        HttpRequest {
            method: method.into(),
            url: self.server.url("/x"),
            connection: Some("mock".into()),
            ..HttpRequest::default()
        }
    }
}

fn refuse(status: u16, asked: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    if asked.is_empty() { status.into_response() } else { (status, [("retry-after", asked)]).into_response() }
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_waited_for() {
    let scene = Scene::new().await;
    let (status, calls, took) = scene.call(scene.request("GET"), &[(429, "1")]).await;
    assert_eq!((status, calls), (200, 2));
    assert!(took >= Duration::from_secs(1), "{took:?}");
    // A date has whole seconds: two from now are more than one.
    let date = jiff::Timestamp::now() + Duration::from_secs(2);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let (status, calls, took) = scene.call(scene.request("GET"), &[(503, &date)]).await;
    assert_eq!((status, calls), (200, 2));
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(4), "{took:?}");
    // An hour is not waited for: the answer is the script's.
    let (status, calls, took) = scene.call(scene.request("GET"), &[(429, "3600")]).await;
    assert_eq!((status, calls), (429, 1));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn what_may_have_been_done_is_not_repeated() {
    let scene = Scene::new().await;
    for (method, status, again) in [
        ("GET", 500, true),
        ("HEAD", 502, true),
        ("PUT", 504, true),
        ("DELETE", 503, true),
        ("POST", 500, false),
        ("PATCH", 503, false),
        // Too many requests were not looked at, whatever they wanted.
        ("POST", 429, true),
        ("GET", 501, false),
        ("GET", 404, false),
    ] {
        let expected = if again { (200, 2) } else { (status, 1) };
        let (found, calls, _) = scene.call(scene.request(method), &[(status, "")]).await;
        assert_eq!((found, calls), expected, "{method} {status}");
    }
}

#[tokio::test]
async fn a_key_makes_a_post_safe_to_repeat() {
    let scene = Scene::new().await;
    let headers = vec![("Idempotency-Key".to_owned(), "order-17".to_owned())];
    let keyed = HttpRequest { headers, ..scene.request("POST") };
    let (status, calls, _) = scene.call(keyed, &[(500, ""), (502, "")]).await;
    assert_eq!((status, calls), (200, 3));
    let seen = scene.server.seen();
    assert!(seen.iter().all(|seen| seen.header("idempotency-key") == Some("order-17")), "the same key each time");
}

#[tokio::test]
async fn three_times_are_enough() {
    let scene = Scene::new().await;
    let (status, calls, took) = scene.call(scene.request("GET"), &[(500, ""), (500, ""), (502, ""), (500, "")]).await;
    assert_eq!((status, calls), (502, 3), "the last answer is the script's");
    assert!(took >= Duration::from_millis(750), "each pause is longer: {took:?}");
}

#[tokio::test]
async fn a_call_without_a_connection_is_made_once() {
    let scene = Scene::new().await;
    let request = HttpRequest { connection: None, ..scene.request("GET") };
    let (status, calls, _) = scene.call(request, &[(503, "0")]).await;
    assert_eq!((status, calls), (503, 1), "nobody said what its server welcomes");
}
