//! Keeping connections: what is sealed, what is shown, and who writes first.

use crate::{NOW, connected, custom_oauth2, shipped};
use rainwright_connections::store::{MemoryStore, Put, Store, default_connection};
use rainwright_connections::{
    Connection, Credentials, Envelope, Environment, Key, OAuth1Credentials, OAuth2Credentials, Reference, Secret,
    Status, Subject,
};
use rainwright_diagnostic::Code;
use std::time::Duration;

/// One connection of each kind, every secret field filled with a marker.
fn marked() -> Vec<Connection> {
    let marker = |n: u8| Secret::new(format!("MARKER-{n}"));
    let credentials = [
        Credentials::ApiKey { keys: [("api_key".to_owned(), marker(1)), ("app".to_owned(), marker(2))].into() },
        Credentials::Basic { username: marker(3), password: marker(4) },
        Credentials::OAuth1(OAuth1Credentials {
            consumer_key: "public".to_owned(),
            consumer_secret: marker(5),
            token: marker(6),
            token_secret: marker(7),
        }),
        Credentials::OAuth2(OAuth2Credentials {
            client_id: "public".to_owned(),
            client_secret: marker(1),
            username: marker(2),
            password: marker(3),
            access_token: marker(4),
            refresh_token: marker(5),
            previous_refresh_token: marker(6),
        }),
        Credentials::None,
    ];
    let make = |credentials| Connection {
        name: "acme".to_owned(),
        credentials,
        values: [("dc".to_owned(), "us6".to_owned())].into(),
        secret_values: [("webhook".to_owned(), marker(8))].into(),
        extras: marker(9),
        ..Connection::default()
    };
    credentials.into_iter().map(make).collect()
}

#[test]
fn nothing_but_the_seal_holds_secrets() {
    for connection in marked() {
        for shown in
            [format!("{connection:?}"), format!("{connection:#?}"), serde_json::to_string(&connection).unwrap()]
        {
            assert!(!shown.contains("MARKER"), "{shown}");
            assert!(shown.contains("us6"));
        }
        let sealed = connection.seal().unwrap();
        let text = String::from_utf8(sealed.to_vec()).unwrap();
        assert_eq!(text.matches("MARKER").count(), connection.secrets().len());
        assert_eq!(Connection::unseal(&sealed).unwrap(), connection);
    }
}

#[test]
fn secrets_read_elsewhere_are_not_stored() {
    let mut connection = marked().remove(3);
    connection.references.insert("client_secret".to_owned(), Reference::Env("ACME_SECRET".to_owned()));
    let sealed = connection.seal().unwrap();
    let mut read = Connection::unseal(&sealed).unwrap();
    assert!(read.oauth2().unwrap().client_secret.is_empty());
    assert_eq!(read.references["client_secret"], Reference::Env("ACME_SECRET".to_owned()));
    assert!(read.set_secret("client_secret", Secret::new("MARKER-1")));
    assert_eq!(read, connection);
    assert!(!read.set_secret("token_secret", Secret::new("x")), "OAuth 2.0 has none");
}

#[test]
fn damaged_and_later_seals_are_refused_without_showing_them() {
    let sealed = marked().remove(1).seal().unwrap();
    let text = String::from_utf8(sealed.to_vec()).unwrap();
    for broken in [
        &text[..text.len() - 2],
        "",
        "{}",
        &text.replace("\"format\":1", "\"format\":9"),
        &text.replace("password", "pasword"),
    ] {
        let problem = Connection::unseal(broken.as_bytes()).unwrap_err();
        assert_eq!(problem.code, Code::StoreProblem);
        assert!(!problem.message.contains("MARKER"), "{problem}");
    }
}

#[test]
fn rows_cannot_be_swapped() {
    let data = [
        Envelope::associated_data(&Key::shared("a")),
        Envelope::associated_data(&Key::shared("b")),
        Envelope::associated_data(&Key::user("a", "b")),
        Envelope::associated_data(&Key::user("a", "")),
        Envelope::associated_data(&Key::user("ab", "")),
        Envelope::associated_data(&Key::shared("auser:b")),
        Envelope::associated_data(&Key::shared("a").within(Environment::parse("b").unwrap())),
        Envelope::associated_data(&Key::user("a", "b").within(Environment::parse("b").unwrap())),
    ];
    for (i, one) in data.iter().enumerate() {
        assert!(data.iter().skip(i + 1).all(|other| other != one));
    }
}

#[test]
fn the_first_writer_wins_and_the_second_reads_again() {
    let store = MemoryStore::new();
    let service = custom_oauth2("");
    let mut first = connected(&service, 60);
    let mut second = first.clone();
    assert_eq!(store.put(&mut first), Ok(Put::Stored));
    assert_eq!(first.rev, 1);
    assert_eq!(store.put(&mut second), Ok(Put::Conflict));
    let mut again = store.load(&first.key()).unwrap().unwrap();
    again.label = "changed".to_owned();
    assert_eq!(store.put(&mut again), Ok(Put::Stored));
    assert_eq!(store.put(&mut first), Ok(Put::Conflict));
    assert_eq!(store.rev(&first.key()), Ok(Some(2)));
    assert_eq!(store.list().unwrap().len(), 1);
    assert_eq!(store.delete(&first.key()), Ok(true));
    assert_eq!(store.delete(&first.key()), Ok(false));
    assert_eq!(store.put(&mut again), Ok(Put::Conflict), "a deleted connection does not come back");
}

#[test]
fn renaming_keeps_everything_but_the_name() {
    let store = MemoryStore::new();
    let mut connection = connected(&custom_oauth2(""), 60);
    store.put(&mut connection).map(|put| assert_eq!(put, Put::Stored)).unwrap();
    store.rename(&Key::shared("acme"), "better").unwrap();
    assert!(store.load(&Key::shared("acme")).unwrap().is_none());
    let renamed = store.load(&Key::shared("better")).unwrap().unwrap();
    assert_eq!((renamed.oauth2(), renamed.rev), (connection.oauth2(), 2));
    assert_eq!(store.rename(&Key::shared("betterr"), "x").unwrap_err().code, Code::UnknownConnection);
    assert!(store.rename(&Key::shared("better"), "Bad Name").is_err());
    assert_eq!(store.rename(&Key::shared("better"), "better").unwrap_err().code, Code::StoreProblem);
}

#[test]
fn one_at_a_time_renews() {
    let store = MemoryStore::new();
    let key = Key::shared("acme");
    let held = store.lock(&key, Duration::ZERO).unwrap();
    assert!(store.lock(&key, Duration::from_millis(5)).is_err());
    assert!(store.lock(&Key::shared("other"), Duration::ZERO).is_ok());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.lock(&key, Duration::from_secs(10)).map(|_| ()));
        drop(held);
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
    let most = std::sync::atomic::AtomicU32::new(0);
    let inside = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let _held = store.lock(&key, Duration::from_secs(10)).unwrap();
                    let now = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                    most.fetch_max(now, std::sync::atomic::Ordering::SeqCst);
                    std::thread::yield_now();
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(most.into_inner(), 1);
}

#[test]
fn a_task_without_a_connection_finds_the_one_that_is_meant() {
    let service = shipped("zoho_crm");
    let make = |name: &str, status| Connection { status, ..Connection::draft(Key::shared(name), &service, NOW) };
    let find = |list: &[Connection]| {
        default_connection(list, "zoho_crm", &Environment::default(), &Subject::Shared).map(|c| c.name.clone())
    };
    assert!(find(&[]).unwrap_err().help().contains("dg connect zoho_crm"));
    assert_eq!(find(&[make("crm", Status::Connected)]), Ok("crm".to_owned()));
    assert_eq!(find(&[make("crm", Status::NeedsReauth)]), Ok("crm".to_owned()), "it says itself what is wrong");
    assert_eq!(find(&[make("crm", Status::Connected), make("old", Status::Revoked)]), Ok("crm".to_owned()));
    assert_eq!(find(&[make("crm", Status::Connected), make("zoho_crm", Status::Connected)]), Ok("zoho_crm".to_owned()));
    let two = find(&[make("a", Status::Connected), make("b", Status::Connected)]).unwrap_err();
    assert!(two.help().contains("\"a\", \"b\""));
    let others = Connection { subject: Subject::User("bob".to_owned()), ..make("crm", Status::Connected) };
    assert!(find(&[others]).is_err(), "another user's connection is not taken");
    let production = Environment::parse("production").unwrap();
    let elsewhere = Connection { environment: production.clone(), ..make("crm", Status::Connected) };
    let problem = find(std::slice::from_ref(&elsewhere)).unwrap_err();
    assert!(problem.help().contains("`dg connect zoho_crm`"), "another environment's is not taken: {problem}");
    let there = default_connection(std::slice::from_ref(&elsewhere), "zoho_crm", &production, &Subject::Shared);
    assert_eq!(there.map(|c| c.name.as_str()), Ok("crm"));
    assert!(
        default_connection(&[], "zoho_crm", &production, &Subject::Shared)
            .unwrap_err()
            .help()
            .contains("--env production")
    );
}

#[test]
fn a_product_of_zoho_is_reached_by_the_login_for_all_products() {
    let make = |service: &str, name: &str| Connection {
        status: Status::Connected,
        ..Connection::draft(Key::shared(name), &shipped(service), NOW)
    };
    let find = |list: &[Connection], service: &str| {
        default_connection(list, service, &Environment::default(), &Subject::Shared)
            .map(|c| c.name.clone())
            .map_err(|p| p.help().to_owned())
    };
    let (crm, oauth, zoho) = (make("zoho_crm", "crm"), make("zoho_oauth", "all"), make("zoho", "any"));
    let everything = [zoho.clone(), oauth.clone(), crm];
    assert_eq!(find(&everything, "zoho_crm"), Ok("crm".to_owned()), "its own comes first");
    assert_eq!(find(&everything, "zoho_books"), Ok("all".to_owned()));
    assert_eq!(find(std::slice::from_ref(&zoho), "zoho_books"), Ok("any".to_owned()));
    assert_eq!(find(&[zoho.clone(), make("zoho_crm", "crm")], "zoho_books"), Ok("any".to_owned()));

    let two = [oauth, make("zoho_oauth", "second"), zoho.clone()];
    let help = find(&two, "zoho_books").unwrap_err();
    assert!(help.contains("\"all\", \"second\"") && help.contains("rename one to \"zoho_books\""), "{help}");
    let named = [two[0].clone(), make("zoho_oauth", "zoho_books")];
    assert_eq!(find(&named, "zoho_books"), Ok("zoho_books".to_owned()), "what the help says works");

    assert!(find(&[zoho], "slack").unwrap_err().contains("dg connect slack"), "others do not take Zoho's login");
    let bobs = Connection { subject: Subject::User("bob".to_owned()), ..make("zoho", "any") };
    assert!(find(&[bobs], "zoho_crm").unwrap_err().contains("dg connect zoho_crm"));
}
