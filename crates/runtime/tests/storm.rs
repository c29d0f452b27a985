//! The storm: eight processes with sixteen threads each use one connection whose refresh token rotates, while its
//! access token ends two hundred times; then the same with processes killed at random moments.
//!
//! Run with `cargo test --release -p rainwright-runtime --features postgres --test storm -- --ignored --nocapture storm`;
//! `RAINWRIGHT_TEST_POSTGRES` names a database for the runs on Postgres, and `RAINWRIGHT_TEST_STORM` another size, such
//! as `2x4x10`: processes, threads of each, expiries.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::house::{open_store, seed};
use common::provider::Provider;
use rainwright_connections::{Catalogue, Key, Store};
use rainwright_effect::{Call, Effect, Host, HttpRequest};
use rainwright_runtime::{Blocking, Live, LiveOptions, Registry};

/// How hard it blows.
#[derive(Clone, Copy)]
struct Size {
    processes: usize,
    threads: usize,
    expiries: u32,
    /// How many processes are killed, each while a token is being renewed.
    deaths: u32,
}

impl Size {
    fn read() -> Self {
        let text = std::env::var("RAINWRIGHT_TEST_STORM").unwrap_or_else(|_| "8x16x200".into());
        let [processes, threads, expiries] = text.split('x').collect::<Vec<_>>()[..] else {
            panic!("the size of a storm is written 8x16x200, not {text}");
        };
        let expiries = expiries.parse().unwrap();
        let (processes, threads) = (processes.parse().unwrap(), threads.parse().unwrap());
        Self { processes, threads, expiries, deaths: expiries }
    }
}

/// Opens the store that `place` names: a folder, or the address of a database.
fn store(place: &str) -> Arc<dyn Store> {
    #[cfg(feature = "postgres")]
    if place.starts_with("postgres") {
        use rainwright_runtime::store::{KeySource, PostgresStore};
        let key = KeySource::Text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned().into());
        return Arc::new(PostgresStore::open(&place.to_owned().into(), key).unwrap());
    }
    open_store(Path::new(place))
}

fn registry(place: &str, service: &str) -> Arc<Registry> {
    let catalogue = Catalogue::shipped().with_custom(service).unwrap();
    Registry::new(store(place), Arc::new(catalogue), common::local_http())
}

fn call(host: &mut Blocking, url: &str) -> Result<u16, String> {
    let request = HttpRequest {
        method: "GET".into(),
        url: url.into(),
        connection: Some("mock".into()),
        ..HttpRequest::default()
    };
    let outcome = host
        .perform(Call::new(Effect::Http(Box::new(request))))
        .map_err(rainwright_effect::Refusal::problem)
        .and_then(rainwright_effect::Outcome::into_http);
    outcome.map(|answer| answer.status).map_err(|problem| format!("{problem:?}"))
}

/// One of the processes: calls on all threads until its input ends, then exits with the number of failed calls.
#[test]
#[ignore = "run by the storms in a process of its own"]
fn child() {
    let variable = |name: &str| std::env::var(format!("RAINWRIGHT_TEST_{name}")).unwrap();
    let registry = registry(&variable("PLACE"), &variable("SERVICE"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = LiveOptions { registry: Some(registry), ..LiveOptions::default() };
    let live = Arc::new(Live::new(common::local_http(), options));
    let (url, stop) = (variable("URL"), Arc::new(AtomicBool::new(false)));
    let threads: Vec<_> = (0..Size::read().threads)
        .map(|number| {
            let (mut host, stop) = (Blocking::new(Arc::clone(&live), runtime.handle().clone()), Arc::clone(&stop));
            let url = format!("{url}/{}/{number}", std::process::id());
            std::thread::spawn(move || {
                let mut failed = 0;
                while !stop.load(Ordering::Relaxed) {
                    let result = call(&mut host, &url);
                    if result != Ok(200) {
                        note_failure(&format!("{url}: {result:?}"));
                        failed += 1;
                    }
                }
                failed
            })
        })
        .collect();
    let _ = std::io::read_to_string(std::io::stdin());
    stop.store(true, Ordering::Relaxed);
    let failed: i32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    std::process::exit(failed.min(100));
}

/// Where the processes note their failed calls: one that is killed later must not take them along.
fn failures() -> std::path::PathBuf {
    let parent = std::env::var("RAINWRIGHT_TEST_STORM_ID").unwrap_or_else(|_| std::process::id().to_string());
    std::env::temp_dir().join(format!("rainwright-storm-{parent}.failures"))
}

fn note_failure(text: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(failures()).unwrap();
    writeln!(file, "{text}").unwrap();
}

/// No call failed, neither in a process that lives nor in one that was killed.
fn no_failures() {
    let found = std::fs::read_to_string(failures()).unwrap_or_default();
    let _ = std::fs::remove_file(failures());
    assert_eq!(found, "", "calls failed");
}

fn spawn(place: &str, provider: &Provider) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .env("RAINWRIGHT_TEST_STORM_ID", std::process::id().to_string())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("RAINWRIGHT_TEST_PLACE", place)
        .env("RAINWRIGHT_TEST_SERVICE", provider.service(""))
        .env("RAINWRIGHT_TEST_URL", provider.url("/api/x"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

async fn prepare(place: &str, provider: &Provider) {
    let (place, provider) = (place.to_owned(), provider.clone());
    tokio::task::spawn_blocking(move || {
        let registry = registry(&place, &provider.service(""));
        registry.store().delete(&Key::shared("mock")).unwrap();
        seed(&registry, &provider, None);
    })
    .await
    .unwrap();
}

/// Waits until every thread of these processes was served since the tokens last ended.
async fn until(provider: &Provider, children: &[Child], threads: usize) {
    let served = |child: &Child| {
        let path = format!("/api/x/{}/", child.id());
        provider.book().paths_served.iter().filter(|served| served.starts_with(&path)).count()
    };
    let late = Instant::now() + Duration::from_secs(60);
    while children.iter().any(|child| served(child) < threads) {
        assert!(Instant::now() < late, "the calls have stopped");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn storm(place: &str) {
    let size = Size::read();
    let provider = Provider::start().await;
    prepare(place, &provider).await;
    let started = Instant::now();
    let children: Vec<Child> = (0..size.processes).map(|_| spawn(place, &provider)).collect();
    until(&provider, &children, size.threads).await;
    for _ in 0..size.expiries {
        provider.expire_all();
        until(&provider, &children, size.threads).await;
    }
    for mut child in children {
        drop(child.stdin.take());
        let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
        assert_eq!(status.code(), Some(0), "calls failed");
    }
    no_failures();
    let book = provider.book();
    println!(
        "{} expiries, {} renewals, {} reuses, {} calls served, {} refused, {:.1} s",
        size.expiries,
        book.renewals,
        book.reuses,
        book.api_served,
        book.api_refused,
        started.elapsed().as_secs_f64()
    );
    assert_eq!((book.renewals, book.reuses), (size.expiries, 0));
}

async fn storm_with_deaths(place: &str) {
    let size = Size::read();
    let provider = Provider::start().await;
    // A token that was given to a process that died may be asked for again, as long as nobody has used it.
    provider.book().forgives_lost_answers = true;
    provider.book().delay = Duration::from_millis(5);
    prepare(place, &provider).await;
    let mut children: Vec<Child> = (0..size.processes).map(|_| spawn(place, &provider)).collect();
    until(&provider, &children, size.threads).await;
    let mut random = 1_u64;
    for _ in 0..size.deaths {
        provider.expire_all();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        tokio::time::sleep(Duration::from_millis(random >> 33 & 31)).await;
        let victim = (random >> 40) as usize % children.len();
        children[victim].kill().unwrap();
        children[victim].wait().unwrap();
        children[victim] = spawn(place, &provider);
        until(&provider, &children, size.threads).await;
    }
    for mut child in children {
        drop(child.stdin.take());
        let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
        assert_eq!(status.code(), Some(0), "calls failed");
    }
    no_failures();
    let book = provider.book();
    println!(
        "{} deaths, {} renewals, {} reuses, {} calls served",
        size.deaths, book.renewals, book.reuses, book.api_served
    );
    assert_eq!(book.reuses, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn storm_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    storm(folder.path().to_str().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn storm_with_deaths_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    storm_with_deaths(folder.path().to_str().unwrap()).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute, and a database"]
async fn storm_on_postgres() {
    let place = std::env::var("RAINWRIGHT_TEST_POSTGRES").unwrap();
    storm(&place).await;
    storm_with_deaths(&place).await;
}
