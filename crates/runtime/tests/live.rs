//! The live host: credentials go where they may and nowhere else, recordings, the audit log, and no secret in any output.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::response::IntoResponse;
use common::house::{open_store, registry, seed};
use common::provider::Provider;
use common::{Server, local_http, redirect};
use rainwright_connections::{Catalogue, Key, Subject};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Body, Call, Effect, Host, HttpRequest, HttpResponse, Outcome};
use rainwright_runtime::audit::AuditLog;
use rainwright_runtime::live::{Clock, open_tape};
use rainwright_runtime::record::{Replayer, Tape};
use rainwright_runtime::{Blocking, Live, LiveOptions, Registry};

async fn call(live: &Live, request: HttpRequest) -> Result<HttpResponse, Problem> {
    live.perform(Call::new(Effect::Http(Box::new(request))))
        .await
        .map_err(rainwright_effect::Refusal::problem)?
        .into_http()
}

fn get(url: &str, connection: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.into(),
        connection: Some(connection.into()).filter(|c: &String| !c.is_empty()),
        ..HttpRequest::default()
    }
}

fn with(registry: &Arc<Registry>) -> LiveOptions {
    LiveOptions { registry: Some(Arc::clone(registry)), ..LiveOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_with_connections_say_what_to_do() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, None);
    let live = Live::new(local_http(), with(&registry));
    let problem = async |request| call(&live, request).await.unwrap_err();

    let unknown = problem(get("https://example.com/", "mocc")).await;
    assert_eq!(unknown.code, Code::UnknownConnection);
    assert!(unknown.help().contains("\"mock\""), "{}", unknown.help());
    let foreign = problem(get("https://evil.example.com/", "mock")).await;
    assert_eq!(foreign.code, Code::HostNotAllowed);
    assert!(foreign.help().contains("dg connections allow mock evil.example.com"), "{}", foreign.help());
    let near = problem(get("http://127.0.0.1:1/api/x", "mock")).await;
    assert_eq!(near.code, Code::HostNotAllowed, "another port is another server");

    let by_service = HttpRequest { service: Some("mock".into()), ..get(&provider.url("/api/x"), "") };
    assert_eq!(call(&live, by_service).await.unwrap().status, 200);
    let none = problem(HttpRequest { service: Some("slack".into()), ..get("https://slack.com/api/x", "") }).await;
    assert_eq!(none.code, Code::UnknownConnection);
    assert!(none.help().contains("dg connect slack"), "{}", none.help());
    let bare = Live::new(local_http(), LiveOptions::default());
    assert_eq!(call(&bare, get("https://example.com/", "mock")).await.unwrap_err().code, Code::UnknownConnection);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_own_connection_comes_first() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let mut own = seed(&registry, &provider, None);
    own.subject = Subject::User("ada".into());
    own.rev = 0;
    let token = provider.book().first_tokens().0;
    own.oauth2_mut().unwrap().access_token = token.clone().into();
    assert_eq!(registry.store().put(&mut own).unwrap(), rainwright_connections::store::Put::Stored);
    for (user, expected) in [("ada", Some(token.as_str())), ("ben", None)] {
        let found = registry.named(&Key::user("mock", user)).await.unwrap();
        let used = found.connection.oauth2().unwrap().access_token.expose();
        assert_eq!(used == token, expected.is_some(), "{user}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_do_not_cross_origins() {
    let other = Server::start(|_| "other".into_response()).await;
    let there = other.url("/there");
    let server = Server::start(move |seen| match seen.target.as_str() {
        "/api/away" => redirect(307, &there),
        _ => "here".into_response(),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let service = format!(
        "id = \"mock\"\nname = \"Keys\"\napi = \"{}\"\napi_key = [{{ key = \"X-Api-Key\" }}]\n",
        server.url("/api")
    );
    let registry = registry(folder.path(), &service);
    let person = common::person::Person::knowing(&[("api_key", "key-SECRETMARKER")]);
    registry.connect("mock", rainwright_runtime::connect::ConnectOptions::default(), person).await.unwrap();
    let live = Live::new(local_http(), with(&registry));
    // The connection may not call the other host, but a redirect there is followed, without what was signed.
    let direct = call(&live, get(&other.url("/there"), "mock")).await.unwrap_err();
    assert_eq!((direct.code, other.seen().len()), (Code::HostNotAllowed, 0));
    let headers = [("Authorization", "Bearer script-SECRETMARKER"), ("Cookie", "c-SECRETMARKER"), ("X-Own", "1")];
    let request = HttpRequest {
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        ..get(&server.url("/api/away"), "mock")
    };
    assert_eq!(call(&live, request).await.unwrap().body, "other");
    assert_eq!(server.seen()[0].header("x-api-key"), Some("key-SECRETMARKER"));
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer script-SECRETMARKER"));
    let arrived = &other.seen()[0];
    assert_eq!(arrived.header("x-own"), Some("1"));
    assert!(!format!("{arrived:?}").contains(MARKER), "{arrived:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_bodies_arrive_and_do_not_cross_origins() {
    let other = Server::start(|_| "other".into_response()).await;
    let there = other.url("/there");
    let server = Server::start(move |seen| match seen.target.as_str() {
        "/api/away" => redirect(307, &there),
        _ => "here".into_response(),
    })
    .await;
    let api = server.url("/api");
    let text = |text: &str| Body::Text { text: text.into(), content_type: "application/json".into() };
    let form = |value: &str| Body::Form { pairs: vec![("key".into(), value.into())] };
    for (place, body, arrives) in [
        ("json", text(r#"{"a":1}"#), r#"{"key":"key-SECRETMARKER","a":1}"#),
        ("json", text(r#"{"key":"key-of-the-script"}"#), r#"{"key":"key-SECRETMARKER"}"#),
        ("json", Body::Empty, r#"{"key":"key-SECRETMARKER"}"#),
        ("form", form("key-of-script-16"), "key=key-SECRETMARKER"),
        ("placeholder", form("{api_key}"), "key=key-SECRETMARKER"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let key = if place == "placeholder" { "" } else { ", key = \"key\"" };
        let service =
            format!("id = \"mock\"\nname = \"Keys\"\napi = \"{api}\"\napi_key = [{{ in = \"{place}\"{key} }}]\n");
        let registry = registry(folder.path(), &service);
        let person = common::person::Person::knowing(&[("api_key", "key-SECRETMARKER")]);
        registry.connect("mock", rainwright_runtime::connect::ConnectOptions::default(), person).await.unwrap();
        let live = Live::new(local_http(), with(&registry));
        let post =
            |path: &str| HttpRequest { method: "POST".into(), body: body.clone(), ..get(&server.url(path), "mock") };
        assert_eq!(call(&live, post("/api/here")).await.unwrap().body, "here");
        let seen = server.seen();
        assert_eq!(String::from_utf8_lossy(&seen.last().unwrap().body), arrives, "{place}");
        let refused = call(&live, post("/api/away")).await.unwrap_err();
        assert_eq!((refused.code, other.seen().len()), (Code::RedirectFailed, 0), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_plays_back_without_network_and_store() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, None);
    let path = folder.path().join("calls.http");
    let post = HttpRequest {
        body: Body::Text { text: "{\"a\":1}".into(), content_type: "application/json".into() },
        query: vec![("page".into(), "1 2".into()), ("access_token".into(), "mine-SECRET".into())],
        method: "POST".into(),
        ..get(&provider.url("/api/things"), "mock")
    };
    let dead = get("http://127.0.0.1:1/", "");
    {
        let tape = open_tape(Some(&path), None).unwrap();
        let live = Live::new(local_http(), LiveOptions { tape, ..with(&registry) });
        assert_eq!(call(&live, post.clone()).await.unwrap().status, 200);
        assert_eq!(call(&live, dead.clone()).await.unwrap_err().code, Code::ConnectFailed);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("SECRET"), "{text}");
    assert!(text.contains("Authorization: Bearer ***") && text.contains("page=1%202&access_token=***"), "{text}");

    // Once with the connection, once on a machine that has none.
    for options in [with(&registry), LiveOptions::default()] {
        let tape = open_tape(None, Some(&path)).unwrap();
        let live = Live::new(
            Arc::new(rainwright_runtime::http::Http::new(Default::default())),
            LiveOptions { tape, ..options },
        );
        let served = provider.book().api_served;
        let wrong = call(&live, dead.clone()).await.unwrap_err();
        assert_eq!(wrong.code, Code::NotRecorded);
        let mut reordered = post.clone();
        reordered.body = Body::Text { text: "{ \"a\": 1 }".into(), content_type: "application/json".into() };
        assert_eq!(String::from_utf8(call(&live, reordered).await.unwrap().body.to_vec()).unwrap(), r#"{"ok":true}"#);
        assert_eq!(call(&live, dead.clone()).await.unwrap_err().code, Code::ConnectFailed);
        assert_eq!(provider.book().api_served, served);
        let Some(Tape::Replay(tape)) = live.tape() else { panic!("it replays") };
        assert_eq!(tape.left(), 0);
    }
}

#[test]
fn scripts_that_wait_use_a_blocking_host() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let options = LiveOptions {
        clock: Clock::Fixed(1_738_300_000_000),
        seed: Some(7),
        info: Some(Box::new(move |text, line| sink.lock().unwrap().push((text.to_owned(), line)))),
        tape: Some(Tape::Replay(Replayer::new("> GET https://{dc}.example.com/a\n< 200\n<\n< hi\n").unwrap())),
        ..LiveOptions::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut host = Blocking::new(Arc::new(Live::new(local_http(), options)), runtime.handle().clone());
    assert_eq!(host.perform(Call::new(Effect::Now)).unwrap(), Outcome::Instant { millis: 1_738_300_000_000 });
    let Outcome::Bits { bits } = host.perform(Call::new(Effect::Random)).unwrap() else { panic!("bits") };
    assert_eq!(bits, 0x63cb_e1e4_5932_0dd7, "the first number of SplitMix64 for seed 7");
    host.perform(Call { line: 3, ..Call::new(Effect::Info { text: "hello".into() }) }).unwrap();
    assert_eq!(*lines.lock().unwrap(), [("hello".to_owned(), 3)]);
    let answer = host
        .perform(Call::new(Effect::Http(Box::new(get("https://{dc}.example.com/a", "mailchimp")))))
        .unwrap()
        .into_http()
        .unwrap();
    assert_eq!(answer.body, "hi");
    let query = rainwright_effect::Query { form: "Claims".into(), ..Default::default() };
    let records = Effect::Records(Box::new(rainwright_effect::Records::Delete { query }));
    let problem = host.perform(Call::new(records)).unwrap_err().problem();
    assert_eq!(
        (problem.code, problem.message.contains("The records of the form 'Claims' are not available")),
        (Code::NotSupported, true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_of_a_service_is_kept() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(
        folder.path(),
        &provider.service("").replacen("test =", "rate = { calls = 4, seconds = 1 }\ntest =", 1),
    );
    seed(&registry, &provider, None);
    let live = Live::new(local_http(), with(&registry));
    let start = std::time::Instant::now();
    for _ in 0..6 {
        assert_eq!(call(&live, get(&provider.url("/api/x"), "mock")).await.unwrap().status, 200);
    }
    let took = start.elapsed().as_millis();
    assert!((450..2000).contains(&took), "four at once, two more within half a second: {took} ms");
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every secret of these tests has this in it.
const MARKER: &str = "SECRETMARKER";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_found_in_logs_files_and_debug_prints() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    // For the whole process: the tasks of the runtime log as well.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let made = common::house::connect(&registry, Default::default()).await.unwrap();
    let audit = Arc::new(AuditLog::open(&folder.path().join("audit.log")).unwrap());
    let tape = open_tape(Some(&folder.path().join("calls.http")), None).unwrap();
    let info = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&info);
    let options = LiveOptions {
        audit: Some(audit),
        who: Some("ada".into()),
        tape,
        info: Some(Box::new(move |text, _| sink.lock().unwrap().push_str(text))),
        ..with(&registry)
    };
    let live = Live::new(local_http(), options);
    let mut prints = format!("{made:?} {registry:?} {live:?} {:?}", registry.masker());
    assert_eq!(call(&live, get(&provider.url("/api/x?api_key=also-SECRETMARKER"), "mock")).await.unwrap().status, 200);
    provider.expire_all();
    assert_eq!(call(&live, get(&provider.url("/api/y"), "mock")).await.unwrap().status, 200);
    let ready = registry.named(&Key::shared("mock")).await.unwrap();
    prints += &format!("{ready:?}");
    // A script that got hold of the token, as an API that mirrors its callers makes possible, cannot print it.
    let token = ready.connection.oauth2().unwrap().access_token.expose().to_owned();
    live.perform(Call::new(Effect::Info { text: format!("token {token}") })).await.unwrap();
    let echo = call(&live, get(&format!("http://127.0.0.1:1/{token}"), "")).await.unwrap_err();
    prints += &format!("{echo:?} {}", echo.help());
    provider.book().outage = Some((400, r#"{"error":"invalid_grant"}"#));
    provider.expire_all();
    let dead = call(&live, get(&provider.url("/api/z"), "mock")).await.unwrap_err();
    prints += &format!("{dead:?} {}", dead.help());
    let refused = registry.revoke(&Key::shared("mock")).await;
    prints += &format!("{refused:?} {:?}", registry.health(None).await.unwrap());

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        log.contains("rainwright::audit") && log.len() > 10_000,
        "the log was written at trace level: {} bytes",
        log.len()
    );
    if let Some(at) = log.find(MARKER) {
        panic!("the log shows {}", &log[at.saturating_sub(300)..at + 40]);
    }
    assert!(!prints.contains(MARKER), "{prints}");
    assert_eq!(*info.lock().unwrap(), "token ***");
    let mut files = 0;
    for entry in walk(folder.path()) {
        let bytes = std::fs::read(&entry).unwrap();
        assert!(!bytes.windows(MARKER.len()).any(|w| w == MARKER.as_bytes()), "{}", entry.display());
        files += 1;
    }
    assert!(files >= 4, "store, key, audit log and recording were looked at");
    let audit = std::fs::read_to_string(folder.path().join("audit.log")).unwrap();
    let first: serde_json::Value = serde_json::from_str(audit.lines().next().unwrap()).unwrap();
    for (key, value) in
        [("who", "ada"), ("connection", "mock"), ("method", "GET"), ("host", "127.0.0.1"), ("path", "/api/x")]
    {
        assert_eq!(first[key], value, "{audit}");
    }
    assert_eq!(first["status"], 200);
    assert!(!audit.contains('?'), "no query: {audit}");
}

/// A process that panics with all that it knows, printed as carelessly as can be.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test below in a process of its own"]
async fn panics() {
    let home = std::env::var("RAINWRIGHT_TEST_HOME").unwrap();
    let service = std::env::var("RAINWRIGHT_TEST_SERVICE").unwrap();
    let registry = registry(Path::new(&home), &service);
    let ready = registry.named(&Key::shared("mock")).await.unwrap();
    let live = Live::new(local_http(), with(&registry));
    let answer = call(&live, get(&std::env::var("RAINWRIGHT_TEST_URL").unwrap(), "mock")).await;
    panic!("{registry:?} {ready:?} {live:?} {answer:?} {:?}", registry.masker());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_shows_no_secret() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, None);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "panics", "--ignored", "--nocapture"])
        .env("RAINWRIGHT_TEST_HOME", folder.path())
        .env("RAINWRIGHT_TEST_SERVICE", provider.service(""))
        .env("RAINWRIGHT_TEST_URL", provider.url("/api/x"))
        .env("RUST_BACKTRACE", "full");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!output.status.success() && said.contains("panicked") && said.contains("access_token"), "{said}");
    assert!(!said.contains(MARKER), "{said}");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() { files.extend(walk(&entry)) } else { files.push(entry) }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opened_elsewhere_is_seen_within_a_second() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, None);
    let live = Live::new(local_http(), with(&registry));
    assert_eq!(call(&live, get(&provider.url("/api/x"), "mock")).await.unwrap().status, 200);
    let other = Registry::new(open_store(folder.path()), Arc::new(Catalogue::shipped()), local_http());
    other.switch(&Key::shared("mock"), false).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(call(&live, get(&provider.url("/api/x"), "mock")).await.unwrap_err().code, Code::ConnectionDisabled);
}
