//! The store in Postgres: what is kept, moved, renamed and encrypted anew, and that it travels over TLS.
//!
//! `RAINWRIGHT_TEST_POSTGRES` names the database: each test works in a schema of its own. For the test of TLS
//! `RAINWRIGHT_TEST_POSTGRES_TLS` names one that offers it, and `SSL_CERT_FILE` its authority.
//! Run with `cargo test -p rainwright-runtime --features postgres --test postgres -- --ignored`.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, clippy::panic)]

use postgres::{Client, NoTls};
use rainwright_connections::store::{Put, Store};
use rainwright_connections::{Connection, Credentials, Environment, Key, Secret, Status};
use rainwright_diagnostic::Code;
use rainwright_runtime::store::import::{self, Clash, Fate};
use rainwright_runtime::store::{Cipher, KeySource, PostgresStore, export};

/// A schema of the database's own that is empty, and the address that leads there.
fn schema(name: &str) -> (Client, Secret) {
    let base = std::env::var("RAINWRIGHT_TEST_POSTGRES").unwrap();
    let mut client = Client::connect(&base, NoTls).unwrap();
    client
        .batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}; SET search_path = {name}"))
        .unwrap();
    let join = if base.contains('?') { '&' } else { '?' };
    (client, Secret::new(format!("{base}{join}options=-c%20search_path%3D{name}")))
}

fn connection(name: &str) -> Connection {
    let credentials = Credentials::Basic { username: Secret::new("u"), password: Secret::new("PLANTED") };
    Connection {
        name: name.into(),
        service: "openai".into(),
        status: Status::Connected,
        credentials,
        ..Connection::default()
    }
}

fn source(key: &Cipher) -> KeySource {
    KeySource::Text(key.to_text())
}

#[test]
#[ignore = "needs a database"]
fn connections_are_kept_renamed_and_deleted() {
    let (mut client, url) = schema("keep");
    let key = Cipher::random().unwrap();
    let (one, two) =
        (PostgresStore::open(&url, source(&key)).unwrap(), PostgresStore::open(&url, source(&key)).unwrap());
    let production = Environment::parse("production").unwrap();
    let mut here = connection("a");
    let mut there = Connection { environment: production.clone(), label: "there".into(), ..connection("a") };
    assert_eq!(one.put(&mut here).unwrap(), Put::Stored);
    assert_eq!(two.put(&mut there).unwrap(), Put::Stored);
    assert_eq!(two.list().unwrap(), [here.clone(), there.clone()]);
    assert_eq!(one.put(&mut Connection { rev: here.rev - 1, ..here.clone() }).unwrap(), Put::Conflict);

    let key_there = Key::shared("a").within(production);
    one.rename(&key_there, "b").unwrap();
    assert_eq!(two.load(&key_there).unwrap(), None);
    let renamed = two.load(&Key { name: "b".into(), ..key_there.clone() }).unwrap().unwrap();
    assert_eq!((renamed.credentials, renamed.label.as_str()), (there.credentials, "there"));
    assert_eq!(one.rename(&key_there, "c").unwrap_err().code, Code::UnknownConnection);
    assert!(one.delete(&Key::shared("a")).unwrap() && !two.delete(&Key::shared("a")).unwrap());

    // A row that somebody moves to another environment does not open there, nor does any secret stand in the tables.
    client.execute("UPDATE rainwright_connections SET environment = 'default'", &[]).unwrap();
    let moved = two.load(&Key::shared("b")).unwrap_err();
    assert!(moved.message.contains("moved from another row"), "{moved}");
    let dump: String = client
        .query("SELECT encode(ciphertext, 'escape') || name || key_id FROM rainwright_connections", &[])
        .unwrap()
        .iter()
        .map(|row| row.get::<_, String>(0))
        .collect();
    assert!(dump.len() > 100 && !dump.contains("PLANTED"));
}

#[test]
#[ignore = "needs a database"]
fn rekeying_keeps_everything_and_other_servers_follow() {
    let (_, url) = schema("rekey");
    let folder = tempfile::tempdir().unwrap();
    let file = || KeySource::File(folder.path().join("key"));
    let (one, two) = (PostgresStore::open(&url, file()).unwrap(), PostgresStore::open(&url, file()).unwrap());
    let mut a = connection("a");
    assert_eq!(one.put(&mut a).unwrap(), Put::Stored);
    let before = std::fs::read(folder.path().join("key")).unwrap();
    let id = one.rekey(None).unwrap();
    assert_ne!(std::fs::read(folder.path().join("key")).unwrap(), before);
    // The other server reads, and writes, with the new key.
    let mut seen = two.load(&Key::shared("a")).unwrap().unwrap();
    assert_eq!(seen.credentials, a.credentials);
    assert_eq!(two.put(&mut seen).unwrap(), Put::Stored);
    assert!(format!("{two:?}").contains(&id));

    let given = Cipher::random().unwrap();
    let text = given.to_text();
    one.rekey(Some(given)).unwrap();
    assert_eq!(PostgresStore::open(&url, KeySource::Text(text)).unwrap().list().unwrap().len(), 1);
    let wrong = PostgresStore::open(&url, file()).unwrap_err();
    assert!(wrong.message.contains("encrypted with key") && wrong.help().contains("RAINWRIGHT_KEY"), "{wrong}");
}

#[test]
#[ignore = "needs a database"]
fn exports_come_in_all_or_none() {
    let (_, url) = schema("move");
    let store = PostgresStore::open(&url, source(&Cipher::random().unwrap())).unwrap();
    let text = export::references(&[connection("a"), connection("b")]).unwrap();
    assert!(!text.contains("PLANTED"));
    let connections = || export::read(text.as_bytes(), None).unwrap();
    import::import(&store, vec![connections().remove(1)], &import::ImportOptions::default()).unwrap();
    assert!(import::import(&store, connections(), &import::ImportOptions::default()).is_err());
    assert_eq!(store.list().unwrap().len(), 1, "nothing was imported");
    let skip = import::ImportOptions { clash: Clash::Skip, ..import::ImportOptions::default() };
    let fates: Vec<Fate> = import::import(&store, connections(), &skip).unwrap().iter().map(|one| one.fate).collect();
    assert_eq!(fates, [Fate::Added, Fate::Skipped]);
    assert_eq!(store.list().unwrap().len(), 2);
}

#[test]
#[ignore = "needs a database"]
fn a_store_from_before_there_were_environments_is_brought_up_to_date() {
    let (mut client, url) = schema("older");
    let key = Cipher::random().unwrap();
    let row = key.seal(&connection("a"), 7).unwrap();
    client
        .batch_execute(
            "CREATE TABLE rainwright_connections (
                 name TEXT NOT NULL, subject TEXT NOT NULL, rev BIGINT NOT NULL,
                 key_id TEXT NOT NULL, nonce BYTEA NOT NULL, ciphertext BYTEA NOT NULL,
                 PRIMARY KEY (name, subject)
             );
             CREATE TABLE rainwright_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);",
        )
        .unwrap();
    client.execute("INSERT INTO rainwright_facts VALUES ('key_id', $1)", &[&key.id()]).unwrap();
    client
        .execute(
            "INSERT INTO rainwright_connections VALUES ('a', '', 7, $1, $2, $3)",
            &[&row.key_id, &row.nonce, &row.ciphertext],
        )
        .unwrap();
    // Servers that start together bring it up to date once.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(PostgresStore::open(&url, source(&key)).unwrap().list().unwrap().len(), 1));
        }
    });
    let store = PostgresStore::open(&url, source(&key)).unwrap();
    assert_eq!(store.load(&Key::shared("a")).unwrap().unwrap(), Connection { rev: 7, ..connection("a") });
    let production = Environment::parse("production").unwrap();
    assert_eq!(store.put(&mut Connection { environment: production, ..connection("a") }).unwrap(), Put::Stored);
    client.execute("UPDATE rainwright_facts SET value = '99' WHERE name = 'version'", &[]).unwrap();
    let later = PostgresStore::open(&url, source(&key)).unwrap_err();
    assert!(later.message.contains("later version"), "{later}");
}

#[test]
#[ignore = "needs a database with TLS"]
fn the_store_is_reached_over_tls_when_its_certificate_is_trusted() {
    let url = Secret::new(std::env::var("RAINWRIGHT_TEST_POSTGRES_TLS").unwrap());
    let opened = PostgresStore::open(&url, source(&Cipher::from_text(&"0f".repeat(32)).unwrap()));
    // Run a second time with other authorities in SSL_CERT_FILE, the certificate must be refused.
    match std::env::var_os("RAINWRIGHT_TEST_UNTRUSTED") {
        None => assert!(opened.unwrap().list().is_ok()),
        Some(_) => {
            let refused = opened.unwrap_err();
            assert!(refused.message.contains("certificate") && refused.help().contains("SSL_CERT_FILE"), "{refused}");
        }
    }
}
