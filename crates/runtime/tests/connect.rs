//! Logins from end to end, against a strict provider, with a person played by the test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::house::{connect, registry, seed};
use common::person::Person;
use common::provider::Provider;
use common::{Server, local_http};
use rainwright_connections::{Credentials, Environment, Key, Reference, Secret, Status, Subject};
use rainwright_diagnostic::Code;
use rainwright_effect::{Call, Effect, HttpRequest};
use rainwright_runtime::audit::AuditLog;
use rainwright_runtime::connect::{ConnectOptions, Tested, Way};
use rainwright_runtime::http::Wire;
use rainwright_runtime::{Live, LiveOptions};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_with_pkce_becomes_a_connection() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let one = registry(folder.path(), &provider.service(""));
    let person = Person::client();
    let made = one.connect("mock", ConnectOptions::default(), person.clone()).await.unwrap();
    assert_eq!((made.name.as_str(), made.status), ("mock", Status::Connected));
    assert_eq!(made.scopes, ["read", "write"]);
    assert!(made.expires_at.is_some() && made.oauth2().unwrap().refresh_token.expose().starts_with("refresh-"));
    assert_eq!(*person.asked.lock().unwrap(), ["client_id", "client_secret"]);
    let opened = person.opened.lock().unwrap()[0].clone();
    assert!(
        opened.contains("code_challenge_method=S256") && opened.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A"),
        "{opened}"
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(person.pages.lock().unwrap()[0].contains("<h1>Connected</h1>"));

    // Another process sees it, and it works.
    let two = registry(folder.path(), &provider.service(""));
    assert_eq!(two.test(&Key::shared("mock")).await.unwrap(), Tested::Works(200));
    let health = two.health(None).await.unwrap();
    assert_eq!((health[0].status, health[0].usable, health[0].last_error.clone()), ("connected", true, None));
    assert!(!serde_json::to_string(&health).unwrap().contains("SECRETMARKER"));

    // A second one gets another name; a name that is taken must be meant.
    assert_eq!(connect(&two, ConnectOptions::default()).await.unwrap().name, "mock_2");
    let taken =
        connect(&two, ConnectOptions { name: Some("mock".into()), ..ConnectOptions::default() }).await.unwrap_err();
    assert!(taken.help().contains("--reconnect mock"), "{}", taken.help());

    // Authorised anew, it asks for nothing that it knows.
    let person = Person::knowing(&[]);
    let again = two
        .connect(
            "mock",
            ConnectOptions { name: Some("mock".into()), reconnect: true, ..ConnectOptions::default() },
            person.clone(),
        )
        .await
        .unwrap();
    assert!(person.asked.lock().unwrap().is_empty());
    assert_ne!(again.oauth2().unwrap().access_token, made.oauth2().unwrap().access_token);
    assert_eq!(again.oauth2().unwrap().client_secret.expose(), "client-SECRETMARKER");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_the_login_and_keeps_what_was_typed() {
    let provider = Provider::start().await;
    provider.book().denies = true;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let person = Person::client();
    let problem = registry.connect("mock", ConnectOptions::default(), person.clone()).await.unwrap_err();
    assert_eq!(problem.code, Code::AuthorizationFailed);
    assert!(problem.message.contains("access_denied"), "{problem}");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(person.pages.lock().unwrap()[0].contains("<h1>Not connected</h1>"));
    assert_eq!(registry.health(None).await.unwrap()[0].status, "draft");

    provider.book().denies = false;
    let person = Person::knowing(&[]);
    assert_eq!(registry.connect("mock", ConnectOptions::default(), person.clone()).await.unwrap().name, "mock");
    assert!(person.asked.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_is_asked_for_anew() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let wrong = Person::knowing(&[("client_id", "nobody"), ("client_secret", "wrong")]);
    let problem = registry.connect("mock", ConnectOptions::default(), wrong).await.unwrap_err();
    assert!(problem.message.contains("client") && problem.help().contains("asked for anew"), "{problem}");
    let person = Person::client();
    let made = registry.connect("mock", ConnectOptions::default(), person.clone()).await.unwrap();
    assert_eq!((made.name.as_str(), made.status), ("mock", Status::Connected));
    assert_eq!(*person.asked.lock().unwrap(), ["client_id", "client_secret"]);

    // A connection that worked keeps what it has.
    let again = ConnectOptions {
        name: Some("mock".into()),
        reconnect: true,
        answers: [("client_id".to_owned(), Secret::new("nobody"))].into(),
        ..ConnectOptions::default()
    };
    let problem = registry.connect("mock", again, Person::knowing(&[])).await.unwrap_err();
    assert!(problem.help().contains("--set client_id"), "{problem}");
    let stored = registry.store().load(&made.key()).unwrap().unwrap();
    assert_eq!(stored.credentials, made.credentials);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_callback_ends_the_wait() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let person = Arc::new(Person {
        away: true,
        answers: [("client_id", "client".into()), ("client_secret", "s".into())].into(),
        ..Person::default()
    });
    let login = tokio::spawn({
        let (registry, person) = (Arc::clone(&registry), person.clone());
        async move {
            registry
                .connect(
                    "mock",
                    ConnectOptions { patience: Duration::from_secs(20), ..ConnectOptions::default() },
                    person,
                )
                .await
        }
    });
    let opened = loop {
        if let Some(url) = person.opened.lock().unwrap().first() {
            break url.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let back =
        url::Url::parse(&opened).unwrap().query_pairs().find(|(n, _)| n == "redirect_uri").unwrap().1.into_owned();
    let http = local_http();
    for attack in ["", "?code=x", "?code=x&state=guess", "?error=access_denied&state=guess"] {
        let answer = http.send(Wire::new("GET", &format!("{back}{attack}")).unwrap()).await.unwrap();
        assert_eq!(answer.status, 400, "{attack}");
    }
    assert!(!login.is_finished());
    let page = http.send(Wire::new("GET", &opened).unwrap()).await.unwrap();
    assert!(String::from_utf8(page.body.to_vec()).unwrap().contains("Connected"));
    assert_eq!(login.await.unwrap().unwrap().status, Status::Connected);

    let late = registry
        .connect("mock", ConnectOptions { patience: Duration::from_millis(50), ..ConnectOptions::default() }, person)
        .await
        .unwrap_err();
    assert!(late.message.contains("did not come back"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_can_be_pasted() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    struct Paster(Arc<Person>);
    impl rainwright_runtime::connect::Ui for Paster {
        fn ask(
            &self,
            question: &rainwright_runtime::connect::Question,
        ) -> Result<Secret, rainwright_diagnostic::Problem> {
            if question.name != "callback" {
                return self.0.ask(question);
            }
            // The browser ended at an address that nobody serves; its bar still shows it.
            let opened = self.0.opened.lock().unwrap()[0].clone();
            let state =
                url::Url::parse(&opened).unwrap().query_pairs().find(|(n, _)| n == "state").unwrap().1.into_owned();
            Ok(Secret::new(format!("https://app.example.com/oauth?code=unknown&state={state}")))
        }
        fn open(&self, url: &str) -> Result<(), rainwright_diagnostic::Problem> {
            self.0.opened.lock().unwrap().push(url.to_owned());
            Ok(())
        }
        fn tell(&self, _: &str) {}
    }
    let options =
        ConnectOptions { way: Way::Paste("https://app.example.com/oauth".into()), ..ConnectOptions::default() };
    let problem = registry.connect("mock", options, Arc::new(Paster(Person::client()))).await.unwrap_err();
    // The state was right, so that the code was sent on; this provider never gave it.
    assert!(
        problem.message.contains("no longer takes the login") || problem.message.contains("gave no token"),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_grants_need_no_browser_here() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let direct = registry(folder.path(), &provider.service("grant = \"client_credentials\""));
    let person = Person::client();
    let made = direct.connect("mock", ConnectOptions::default(), person.clone()).await.unwrap();
    assert!(made.oauth2().unwrap().refresh_token.is_empty() && person.opened.lock().unwrap().is_empty());
    assert_eq!(direct.test(&made.key()).await.unwrap(), Tested::Works(200));

    let folder = tempfile::tempdir().unwrap();
    let device = registry(folder.path(), &provider.service(""));
    let person = Person::client();
    let made = device
        .connect("mock", ConnectOptions { way: Way::Device, ..ConnectOptions::default() }, person.clone())
        .await
        .unwrap();
    assert_eq!(made.status, Status::Connected);
    assert!(person.told.lock().unwrap()[0].contains("ABCD-EFGH"));
    assert_eq!(provider.book().device_polls_until_done, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_behind_the_login_are_found() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let base = provider.url("");
    let fields = format!(
        "fields = [{{ name = \"dc\", title = \"Data centre\", discovered = true }}]\n[[after_consent]]\nurl = \"{base}/metadata\"\nheaders = {{ Authorization = \"OAuth {{access_token}}\" }}\nkeep = {{ dc = \"dc\" }}\n[oauth2]"
    );
    let registry = registry(folder.path(), &provider.service("").replacen("[oauth2]", &fields, 1));
    let made = connect(&registry, ConnectOptions::default()).await.unwrap();
    assert_eq!(made.values["dc"], "us6");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_passwords_are_asked_for_and_references_stay_outside() {
    let server = Server::start(|seen| {
        let good = seen.header("x-api-key") == Some("key-SECRETMARKER");
        (if good { axum::http::StatusCode::OK } else { axum::http::StatusCode::UNAUTHORIZED }).into_response()
    })
    .await;
    use axum::response::IntoResponse;
    let folder = tempfile::tempdir().unwrap();
    let service = format!(
        "id = \"mock\"\nname = \"Keys\"\napi = \"{}\"\ntest = {{ url = \"/me\" }}\napi_key = [{{ key = \"X-Api-Key\" }}]\n",
        server.url("")
    );
    let registry = registry(folder.path(), &service);
    let made = registry
        .connect("mock", ConnectOptions::default(), Person::knowing(&[("api_key", "key-SECRETMARKER")]))
        .await
        .unwrap();
    assert_eq!(registry.test(&made.key()).await.unwrap(), Tested::Works(200));

    let path = folder.path().join("api key");
    std::fs::write(&path, "key-SECRETMARKER\n").unwrap();
    let options = ConnectOptions {
        name: Some("by_file".into()),
        references: [("api_key".to_owned(), Reference::File(path.display().to_string()))].into(),
        ..ConnectOptions::default()
    };
    let made = registry.connect("mock", options, Person::knowing(&[])).await.unwrap();
    let stored = registry.store().load(&made.key()).unwrap().unwrap();
    assert_eq!(stored.credentials, Credentials::ApiKey { keys: [].into() }, "only the reference is stored");
    assert_eq!(registry.test(&made.key()).await.unwrap(), Tested::Works(200));
    std::fs::write(&path, "another key\n").unwrap();
    let problem = registry.test(&made.key()).await.unwrap_err();
    assert_eq!(problem.code, Code::NeedsReauth);
    assert!(registry.health(None).await.unwrap()[0].last_error.as_ref().unwrap().message.contains("status 401"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_given_back() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let key = seed(&registry, &provider, None).key();
    assert!(registry.revoke(&key).await.unwrap());
    assert_eq!(provider.book().revoked, ["refresh_token", "access_token"]);
    let stored = registry.store().load(&key).unwrap().unwrap();
    assert!(stored.status == Status::Revoked && stored.oauth2().unwrap().access_token.is_empty());
    assert_eq!(registry.test(&key).await.unwrap_err().code, Code::ConnectionDisabled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_never_renews_a_token_that_has_not_ended() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let soon = jiff::Timestamp::now().as_second() + 30;
    let key = seed(&registry, &provider, Some(soon)).key();
    assert_eq!(registry.test(&key).await.unwrap(), Tested::Works(200));
    assert_eq!(provider.book().renewals, 0);
    // Ended it is renewed, and so it is when the provider says so.
    provider.expire_all();
    assert_eq!(registry.test(&key).await.unwrap(), Tested::Works(200));
    assert_eq!(provider.book().renewals, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_kept_alive_renamed_and_switched() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service("refresh_days = 60"));
    let key = seed(&registry, &provider, None).key();
    assert_eq!(registry.keep_alive(None).await.unwrap(), [(key.clone(), Ok(()))]);
    assert_eq!(provider.book().renewals, 1);
    assert!(registry.keep_alive(None).await.unwrap().is_empty(), "it is fresh now");

    registry.switch(&key, false).await.unwrap();
    let off = registry.test(&key).await.unwrap_err();
    assert_eq!(off.code, Code::ConnectionDisabled);
    registry.switch(&key, true).await.unwrap();
    registry.rename(&key, "other").await.unwrap();
    assert_eq!(registry.named(&Key::shared("mock")).await.unwrap_err().code, Code::UnknownConnection);
    assert_eq!(registry.test(&Key::shared("other")).await.unwrap(), Tested::Works(200));
    assert!(registry.delete(&Key::shared("other")).await.unwrap());
    assert!(!registry.delete(&Key::shared("other")).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_legs_make_an_oauth1_connection() {
    use axum::response::IntoResponse;
    let server = Server::start(|seen| {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let signed = seen.header("authorization").unwrap_or_default().to_owned();
        match path {
            "/request" if signed.contains("oauth_callback=") => {
                "oauth_token=temp&oauth_token_secret=ts&oauth_callback_confirmed=true".into_response()
            }
            "/authorize" => {
                assert_eq!(query, "oauth_token=temp");
                // The browser's way back was told in the first leg; the test's server remembers it there.
                "consent".into_response()
            }
            "/access" if signed.contains("oauth_verifier=\"v\"") => {
                "oauth_token=token&oauth_token_secret=secret&user_id=7".into_response()
            }
            "/me" if signed.contains("oauth_token=\"token\"") && signed.contains("oauth_signature=") => {
                "me".into_response()
            }
            _ => axum::http::StatusCode::UNAUTHORIZED.into_response(),
        }
    })
    .await;
    let base = server.url("");
    let service = format!(
        "id = \"mock\"\nname = \"Legs\"\napi = \"{base}\"\ntest = {{ url = \"/me\" }}\nfields = [{{ name = \"user\", discovered = true }}]\n[oauth1]\nrequest_token_url = \"{base}/request\"\nauthorize_url = \"{base}/authorize\"\naccess_token_url = \"{base}/access\"\nkeep_from_token = {{ user = \"user_id\" }}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &service);
    let person = Person::knowing(&[("consumer_key", "ck"), ("consumer_secret", "cs"), ("callback", "v")]);
    let options = ConnectOptions { way: Way::Paste("oob".into()), ..ConnectOptions::default() };
    let made = registry.connect("mock", options, person).await.unwrap();
    assert_eq!(made.values["user"], "7");
    assert_eq!(registry.test(&made.key()).await.unwrap(), Tested::Works(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_only_renewals_need_may_be_out_of_reach() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let now = jiff::Timestamp::now().as_second();
    let seeded = seed(&registry, &provider, Some(now + 3600));
    let key = seeded.key();
    let set = |change: &dyn Fn(&mut rainwright_connections::Connection)| {
        registry.change(&key, |connection| change(connection)).unwrap();
    };
    let unset = Reference::Env("RAINWRIGHT_TEST_UNSET".into());
    set(&|connection| drop(connection.references.insert("client_secret".into(), unset.clone())));
    assert_eq!(registry.test(&key).await.unwrap(), Tested::Works(200), "a good token needs no client secret");

    // Soon due: the token still works, so that a secret that cannot be read stops nothing yet.
    set(&|connection| connection.expires_at = Some(now + 30));
    let ready = registry.named(&key).await.unwrap();
    assert_eq!(registry.fresh(ready).await.unwrap().key(), key);

    set(&|connection| connection.expires_at = Some(now - 1));
    for problem in [registry.test(&key).await.unwrap_err(), registry.revoke(&key).await.unwrap_err()] {
        assert!(problem.message.contains("RAINWRIGHT_TEST_UNSET"), "{problem}");
    }
    let stored = registry.store().load(&key).unwrap().unwrap();
    assert_eq!((stored.status, stored.failures), (Status::Connected, 0), "the provider was not asked, nothing is lost");
    assert_eq!(stored.oauth2().unwrap().refresh_token, seeded.oauth2().unwrap().refresh_token);

    let file = folder.path().join("secret");
    std::fs::write(&file, "client-SECRETMARKER\n").unwrap();
    let there = Reference::File(file.display().to_string());
    set(&|connection| drop(connection.references.insert("client_secret".into(), there.clone())));
    assert_eq!(registry.test(&key).await.unwrap(), Tested::Works(200), "renewed with the secret from the file");
    assert_eq!(provider.book().reuses, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_are_sets_apart() {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), &provider.service(""));
    let production = Environment::parse("production").unwrap();
    let there = ConnectOptions { environment: production.clone(), ..ConnectOptions::default() };
    let (one, two) =
        (connect(&registry, ConnectOptions::default()).await.unwrap(), connect(&registry, there).await.unwrap());
    let key = Key::shared("mock").within(production.clone());
    assert_eq!((one.key(), two.key()), (Key::shared("mock"), key.clone()), "the same link name");
    assert_ne!(one.oauth2().unwrap().access_token, two.oauth2().unwrap().access_token);

    let own = Key::user("mock", "ada").within(production.clone());
    assert_eq!(registry.named(&own).await.unwrap().key(), key, "everybody's of the same environment");
    assert_eq!(registry.default_of("mock", &production, &Subject::Shared).await.unwrap().key(), key);

    let log = folder.path().join("audit.log");
    let options = LiveOptions {
        registry: Some(Arc::clone(&registry)),
        environment: production.clone(),
        audit: Some(Arc::new(AuditLog::open(&log).unwrap())),
        ..LiveOptions::default()
    };
    let live = Live::new(local_http(), options);
    let (method, url) = ("GET".to_owned(), provider.url("/api/me"));
    let request = HttpRequest { method, url, connection: Some("mock".into()), ..HttpRequest::default() };
    live.perform(Call::new(Effect::Http(Box::new(request)))).await.unwrap();
    let line: serde_json::Value = serde_json::from_str(std::fs::read_to_string(log).unwrap().trim()).unwrap();
    assert_eq!((&line["connection"], &line["environment"]), (&"mock".into(), &"production".into()));
    assert!(registry.delete(&key).await.unwrap());
    let problem = registry.named(&own).await.unwrap_err();
    assert!(problem.message.contains("in production; there is one in default"), "{problem}");
    assert_eq!(
        registry.default_of("mock", &production, &Subject::Shared).await.unwrap_err().code,
        Code::UnknownConnection
    );
    assert_eq!(registry.health(Some(&production)).await.unwrap().len(), 0);
    assert_eq!(registry.health(None).await.unwrap().len(), 1);
}
