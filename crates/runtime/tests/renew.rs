//! Renewal: once per expiry across tasks and processes, stored before use, and nothing lost when something dies.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use common::house::{registry, seed};
use common::provider::Provider;
use rainwright_connections::{Catalogue, Key, Status};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Effect, HttpRequest, HttpResponse};
use rainwright_runtime::http::{Http, Settings};
use rainwright_runtime::store::{KeySource, SqliteStore};
use rainwright_runtime::{Live, LiveOptions, Registry};

fn past() -> Option<i64> {
    Some(jiff::Timestamp::now().as_second() - 10)
}

fn live(registry: &Arc<Registry>) -> Arc<Live> {
    Arc::new(Live::new(
        common::local_http(),
        LiveOptions { registry: Some(Arc::clone(registry)), ..LiveOptions::default() },
    ))
}

async fn get(live: &Live, url: &str) -> Result<HttpResponse, Problem> {
    let request = HttpRequest {
        method: "GET".into(),
        url: url.into(),
        connection: Some("mock".into()),
        ..HttpRequest::default()
    };
    live.perform(Call::new(Effect::Http(Box::new(request))))
        .await
        .map_err(rainwright_effect::Refusal::problem)?
        .into_http()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_renew_once() {
    let provider = Provider::start().await;
    provider.book().delay = Duration::from_millis(50);
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let before = seed(&registry, &provider, past());
    let live = live(&registry);
    for round in 1..=3 {
        let url = provider.url("/api/x");
        let calls: Vec<_> = (0..32)
            .map(|_| {
                let (live, url) = (Arc::clone(&live), url.clone());
                tokio::spawn(async move { get(&live, &url).await.unwrap().status })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), 200);
        }
        assert_eq!(provider.book().renewals, round, "one renewal an expiry");
        provider.expire_all();
    }
    let stored = registry.store().load(&Key::shared("mock")).unwrap().unwrap();
    assert_ne!(stored.oauth2().unwrap().refresh_token, before.oauth2().unwrap().refresh_token);
    assert_eq!(provider.book().reuses, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_outlives_its_caller() {
    let provider = Provider::start().await;
    provider.book().delay = Duration::from_millis(200);
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, past());
    let live = live(&registry);
    // The script is stopped while the provider already works on the answer.
    let stopped = tokio::time::timeout(Duration::from_millis(50), get(&live, &provider.url("/api/x"))).await;
    assert!(stopped.is_err());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(provider.book().renewals, 1);
    assert_eq!(get(&live, &provider.url("/api/x")).await.unwrap().status, 200);
    let book = provider.book();
    assert_eq!((book.renewals, book.reuses), (1, 0), "the token that was given was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_needs_a_person_and_an_outage_does_not() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let key = seed(&registry, &provider, past()).key();
    let live = live(&registry);
    let url = provider.url("/api/x");

    provider.book().outage = Some((503, "{}"));
    let problem = get(&live, &url).await.unwrap_err();
    assert_eq!(problem.code, Code::RefreshFailed, "{problem}");
    let stored = registry.store().load(&key).unwrap().unwrap();
    assert_eq!((stored.status, stored.failures), (Status::Error, 1));
    assert!(stored.retry_at.is_some() && !stored.oauth2().unwrap().refresh_token.is_empty(), "the login is kept");
    // Cooling down, the provider is left alone.
    provider.book().outage = None;
    assert_eq!(get(&live, &url).await.unwrap_err().code, Code::RefreshFailed);
    assert_eq!(provider.book().renewals, 0);
    registry.change(&key, |c| c.retry_at = None).unwrap();
    assert_eq!(get(&live, &url).await.unwrap().status, 200);
    assert_eq!(registry.store().load(&key).unwrap().unwrap().status, Status::Connected);

    provider.expire_all();
    provider.book().outage = Some((400, r#"{"error":"invalid_grant","error_description":"revoked"}"#));
    let problem = get(&live, &url).await.unwrap_err();
    assert_eq!(problem.code, Code::NeedsReauth, "{problem}");
    assert!(problem.help().contains("--reconnect mock"), "{}", problem.help());
    assert_eq!(registry.store().load(&key).unwrap().unwrap().status, Status::NeedsReauth);
    provider.book().outage = None;
    let renewals = provider.book().renewals;
    assert_eq!(get(&live, &url).await.unwrap_err().code, Code::NeedsReauth);
    assert_eq!(provider.book().renewals, renewals, "a dead login is not tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_still_works_does_not_wait_for_the_provider() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    // Due, for less than a quarter of an hour is left, and good for another minute.
    seed(&registry, &provider, Some(jiff::Timestamp::now().as_second() + 60));
    provider.book().outage = Some((500, ""));
    assert_eq!(get(&live(&registry), &provider.url("/api/x")).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_made_good_with_the_token_before() {
    let provider = Provider::start().await;
    provider.book().forgives_lost_answers = true;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let key = seed(&registry, &provider, past()).key();
    // As after an answer that was stored and then refused for good: only the token of one generation ago works.
    registry
        .change(&key, |c| {
            let credentials = c.oauth2_mut().unwrap();
            credentials.previous_refresh_token =
                std::mem::replace(&mut credentials.refresh_token, "never given".to_owned().into());
        })
        .unwrap();
    assert_eq!(get(&live(&registry), &provider.url("/api/x")).await.unwrap().status, 200);
    assert_eq!(provider.book().renewals, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn expiry_that_only_the_body_tells_is_understood() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let rule = "expired = [{ status = [200], path = \"errors.0.code\", contains = [\"602\"] }]\n[oauth2]";
    let registry = registry(folder.path(), &provider.service("").replacen("[oauth2]", rule, 1));
    seed(&registry, &provider, None);
    provider.book().api_answers = vec![(200, r#"{"success":false,"errors":[{"code":"602"}]}"#)];
    let answer = get(&live(&registry), &provider.url("/api/x")).await.unwrap();
    assert_eq!(String::from_utf8(answer.body.to_vec()).unwrap(), r#"{"ok":true}"#);
    assert_eq!(provider.book().renewals, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_is_noticed_before_the_provider_is_asked() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, past());
    let store = SqliteStore::open(folder.path(), KeySource::File(folder.path().join("key"))).unwrap();
    let store = store.with_patience(Duration::from_millis(100)).unwrap();
    let registry = Registry::new(Arc::new(store), registry.catalogue().clone(), common::local_http());
    // Another program holds the file for longer than is waited for.
    let blocker = rusqlite::Connection::open(folder.path().join("connections.db")).unwrap();
    blocker.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let problem = get(&live(&registry), &provider.url("/api/x")).await.unwrap_err();
    assert_eq!(problem.code, Code::StoreProblem, "{problem}");
    assert_eq!(provider.book().renewals, 0);
    blocker.execute_batch("ROLLBACK").unwrap();
    assert_eq!(get(&live(&registry), &provider.url("/api/x")).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_may_pass_are_tried_again() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, None);
    let live = live(&registry);
    provider.book().api_answers = vec![(429, ""), (500, "")];
    assert_eq!(get(&live, &provider.url("/api/x")).await.unwrap().status, 200);
    provider.book().api_answers = vec![(500, "first"), (500, "second")];
    let request = HttpRequest {
        method: "POST".into(),
        url: provider.url("/api/x"),
        connection: Some("mock".into()),
        ..HttpRequest::default()
    };
    let answer = live.perform(Call::new(Effect::Http(Box::new(request)))).await.unwrap().into_http().unwrap();
    assert_eq!((answer.status, &*answer.body), (500, b"first".as_slice()), "a POST may have been done");
}

/// What a second process does: calls until its input ends, and fails with the first call that does.
#[test]
#[ignore = "run by the tests below in a process of its own"]
fn child() {
    let home = std::env::var("RAINWRIGHT_TEST_HOME").unwrap();
    let service = std::env::var("RAINWRIGHT_TEST_SERVICE").unwrap();
    let url = std::env::var("RAINWRIGHT_TEST_URL").unwrap();
    let input = std::thread::spawn(|| std::io::read_to_string(std::io::stdin()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let live = live(&registry(Path::new(&home), &service));
        while !input.is_finished() {
            assert_eq!(get(&live, &url).await.unwrap().status, 200);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
}

fn spawn_child(home: &Path, provider: &Provider, path: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("RAINWRIGHT_TEST_HOME", home)
        .env("RAINWRIGHT_TEST_SERVICE", provider.service(""))
        .env("RAINWRIGHT_TEST_URL", provider.url(path))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until that many processes were served since the tokens last ended.
async fn served(provider: &Provider, processes: usize) {
    let all = async {
        while provider.book().paths_served.len() < processes {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.expect("the calls have stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_renew_once_fifty_times() {
    let provider = Provider::start().await;
    // Long enough that the second process meets the end of the token while the first renews it.
    provider.book().delay = Duration::from_millis(5);
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, None);
    let children = ["/api/one", "/api/two"].map(|path| spawn_child(folder.path(), &provider, path));
    served(&provider, 2).await;
    for _ in 0..50 {
        provider.expire_all();
        served(&provider, 2).await;
    }
    for mut child in children {
        drop(child.stdin.take());
        assert!(tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap().success());
    }
    let book = provider.book();
    assert_eq!((book.renewals, book.reuses), (50, 0), "one renewal an expiry, and no token twice");
    assert!(book.api_refused >= 75, "both met the end of most tokens: {}", book.api_refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_died_with_its_process_says_so() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let key = seed(&registry, &provider, None).key();
    let mut child = spawn_child(folder.path(), &provider, "/api/child");
    served(&provider, 1).await;
    // The provider replaces the token, and the process dies before it sees the answer.
    provider.book().holds_back = Duration::from_secs(30);
    provider.expire_all();
    let acted = async {
        while provider.book().renewals == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), acted).await.expect("the child renews");
    child.kill().unwrap();
    child.wait().unwrap();
    provider.book().holds_back = Duration::ZERO;
    assert!(registry.store().load(&key).unwrap().unwrap().renewal_begun.is_some(), "it left word");
    // This provider takes a token that comes again for theft: nothing can save the login, and that is said.
    let problem = get(&live(&registry), &provider.url("/api/x")).await.unwrap_err();
    assert_eq!(problem.code, Code::NeedsReauth, "{problem}");
    assert!(problem.message.contains("was cut off before its answer was stored"), "{problem}");
    assert!(problem.help().contains("--reconnect mock"), "{}", problem.help());
    let stored = registry.store().load(&key).unwrap().unwrap();
    assert_eq!((stored.status, stored.renewal_begun), (Status::NeedsReauth, None));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_be_killed_at_any_moment() {
    let provider = Provider::start().await;
    {
        let mut book = provider.book();
        // A provider may give a token that its client never got to see; most let the old one come again then.
        book.forgives_lost_answers = true;
        book.delay = Duration::from_millis(10);
    }
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, None);
    for round in 0..12_u64 {
        let mut child = spawn_child(folder.path(), &provider, "/api/child");
        served(&provider, 1).await;
        provider.expire_all();
        // From before the renewal until after it.
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        provider.expire_all();
        let stored = registry.store().load(&Key::shared("mock")).unwrap().unwrap();
        assert_eq!(stored.status, Status::Connected);
        let answer = get(&live(&registry), &provider.url("/api/x")).await.unwrap();
        assert_eq!(answer.status, 200, "the connection survives round {round}");
        provider.book().paths_served.clear();
    }
    assert_eq!(provider.book().reuses, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_provider_is_asked_once_more() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    seed(&registry, &provider, past());
    let live = live(&registry);
    provider.book().busy = 1;
    assert_eq!(get(&live, &provider.url("/api/x")).await.unwrap().status, 200);
    assert_eq!(counts(&provider), (1, 0));
    provider.book().busy = 2;
    provider.expire_all();
    let problem = get(&live, &provider.url("/api/x")).await.unwrap_err();
    assert_eq!(problem.code, Code::RefreshFailed, "once more, and not for ever: {problem}");
    assert_eq!(counts(&provider), (1, 0));
}

/// The renewals that the provider granted, and the refusals that it still has in store.
fn counts(provider: &Provider) -> (u32, u32) {
    let book = provider.book();
    (book.renewals, book.busy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_that_is_refused_is_not_renewed_again() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let usual = Settings { allow: common::local().allow, ..Settings::default() };
    let http = Arc::new(Http::new(usual));
    let store = common::house::open_store(folder.path());
    let catalogue = Catalogue::shipped().with_custom(&provider.service("")).unwrap();
    let registry = Registry::new(store, Arc::new(catalogue), Arc::clone(&http));
    seed(&registry, &provider, past());
    let options = LiveOptions { registry: Some(Arc::clone(&registry)), ..LiveOptions::default() };
    let live = Live::new(http, options);
    assert_eq!(get(&live, &provider.url("/api/x")).await.unwrap().status, 200);
    assert_eq!(provider.book().renewals, 1);
    // The API refuses whatever it is shown: a storm of calls makes no storm of renewals, and no call goes out twice.
    provider.expire_all();
    let refused = provider.book().api_refused;
    for round in 1..=5 {
        let request = HttpRequest {
            method: "POST".into(),
            url: provider.url("/api/x"),
            connection: Some("mock".into()),
            ..HttpRequest::default()
        };
        let answer = live.perform(Call::new(Effect::Http(Box::new(request)))).await.unwrap().into_http().unwrap();
        assert_eq!(answer.status, 401, "the answer is the script's to see");
        assert_eq!(provider.book().api_refused, refused + round);
    }
    assert_eq!(provider.book().renewals, 1);
    for _ in 0..50 {
        let stored = registry.store().load(&Key::shared("mock")).unwrap().unwrap();
        if stored.last_error.is_some_and(|failure| failure.message.contains("less than a minute old")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the connection says nothing of it");
}
