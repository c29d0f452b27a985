//! Tests of the store in one SQLite file.
#![allow(clippy::unwrap_used)]

use super::*;
use rainwright_connections::{Credentials, Environment, Secret};

fn store(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, KeySource::File(folder.join("key"))).unwrap()
}

fn connection(name: &str) -> Connection {
    let credentials = Credentials::Basic { username: Secret::new("u"), password: Secret::new("PLANTED") };
    Connection { name: name.into(), credentials, ..Connection::default() }
}

#[test]
fn connections_are_kept_under_name_and_subject() {
    let folder = tempfile::tempdir().unwrap();
    let one = store(folder.path());
    let mut shared = connection("a");
    let mut own = Connection { subject: rainwright_connections::Subject::User("u1".into()), ..connection("a") };
    assert_eq!(one.put(&mut shared).unwrap(), Put::Stored);
    assert_eq!(one.put(&mut own).unwrap(), Put::Stored);
    let two = store(folder.path());
    assert_eq!(two.load(&Key::shared("a")).unwrap().unwrap(), shared);
    assert_eq!(two.rev(&Key::user("a", "u1")).unwrap(), Some(own.rev));
    assert_eq!(two.list().unwrap(), [shared.clone(), own]);

    let mut stale = shared.clone();
    shared.label = "new".into();
    assert_eq!(two.put(&mut shared).unwrap(), Put::Stored);
    assert_eq!(one.put(&mut stale).unwrap(), Put::Conflict);
    assert_eq!(one.load(&Key::shared("a")).unwrap().unwrap().label, "new");

    one.rename(&Key::shared("a"), "b").unwrap();
    assert!(two.rename(&Key::shared("b"), "B").is_err());
    assert_eq!(two.load(&Key::shared("a")).unwrap(), None);
    assert_eq!(two.load(&Key::shared("b")).unwrap().unwrap().credentials, shared.credentials);
    assert!(one.delete(&Key::shared("b")).unwrap() && !one.delete(&Key::shared("b")).unwrap());
    let mut again = connection("b");
    assert_eq!(one.put(&mut again).unwrap(), Put::Stored);
    assert!(again.rev > shared.rev, "a name used again does not look like the old connection");
}

#[test]
fn a_row_cannot_be_moved_to_another_environment() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let production = Environment::parse("production").unwrap();
    let mut here = connection("a");
    let mut there = Connection { environment: production.clone(), label: "there".into(), ..connection("a") };
    assert_eq!(store.put_all(&mut [here.clone(), there.clone()]).unwrap(), Put::Stored);
    let key = Key::shared("a").within(production.clone());
    let labels = |store: &SqliteStore| store.list().unwrap().into_iter().map(|c| c.label).collect::<Vec<_>>();
    assert_eq!(labels(&store), ["", "there"], "the default set comes first");
    assert_eq!(store.load(&key).unwrap().unwrap().label, "there");
    store.rename(&key, "b").unwrap();
    assert!(store.load(&key).unwrap().is_none() && store.load(&Key::shared("a")).unwrap().is_some());
    assert!(store.delete(&Key::shared("a")).unwrap() && !store.delete(&Key::shared("b")).unwrap());

    let moved = "UPDATE connections SET environment = 'default'";
    assert_eq!(store.database().execute(moved, []).unwrap(), 1);
    let problem = store.load(&Key::shared("b")).unwrap_err();
    assert!(problem.message.contains("moved from another row"), "{problem}");
    here.rev = 0;
    there.rev = 0;
    assert_eq!(store.put(&mut there).unwrap(), Put::Stored);
}

#[test]
fn a_store_from_before_there_were_environments_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let source = || KeySource::File(folder.path().join("key"));
    let cipher = source().load().unwrap();
    let own = Connection { subject: rainwright_connections::Subject::User("ada".into()), ..connection("a") };
    {
        let old = Database::open(folder.path().join(FILE)).unwrap();
        old.execute_batch(
            "CREATE TABLE connections (
                 name TEXT NOT NULL, subject TEXT NOT NULL, rev INTEGER NOT NULL,
                 key_id TEXT NOT NULL, nonce BLOB NOT NULL, ciphertext BLOB NOT NULL,
                 PRIMARY KEY (name, subject)
             ) STRICT, WITHOUT ROWID;
             CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
             PRAGMA user_version = 1;",
        )
        .unwrap();
        old.execute("INSERT INTO facts VALUES ('key_id', ?1)", [cipher.id()]).unwrap();
        for (subject, connection) in [("", connection("a")), ("user:ada", own.clone())] {
            let row = cipher.seal(&connection, 7).unwrap();
            old.execute(
                "INSERT INTO connections VALUES ('a', ?1, 7, ?2, ?3, ?4)",
                params![subject, row.key_id, row.nonce, row.ciphertext],
            )
            .unwrap();
        }
    }
    // Several processes at once bring it up to date once.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(SqliteStore::open(folder.path(), source()).unwrap().list().unwrap().len(), 2));
        }
    });
    let store = store(folder.path());
    let found = store.load(&Key::user("a", "ada")).unwrap().unwrap();
    assert_eq!(found, Connection { rev: 7, ..own });
    let tables: i64 = store
        .database()
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'older'", [], |r| r.get(0))
        .unwrap();
    assert_eq!(tables, 0);
    store.database().execute_batch("PRAGMA user_version = 99").unwrap();
    let later = SqliteStore::open(folder.path(), source()).unwrap_err();
    assert!(later.message.contains("later version"), "{later}");
}

#[test]
fn no_secret_lies_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    assert_eq!(store.put(&mut connection("a")).unwrap(), Put::Stored);
    for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"PLANTED"), "{:?}", entry.path());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
        }
    }
    assert!(!format!("{store:?} {:?}", connection("a")).contains("PLANTED"));
}

#[test]
fn rekeying_keeps_everything_and_other_processes_follow() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (store(folder.path()), store(folder.path()));
    let mut a = connection("a");
    assert_eq!(one.put(&mut a).unwrap(), Put::Stored);
    let before = std::fs::read(folder.path().join("key")).unwrap();
    let id = one.rekey(None).unwrap();
    assert_ne!(before, std::fs::read(folder.path().join("key")).unwrap());
    assert!(!folder.path().join("key.next").exists());
    let mut seen = two.load(&Key::shared("a")).unwrap().unwrap();
    assert_eq!(seen.credentials, a.credentials);
    assert_eq!(two.put(&mut seen).unwrap(), Put::Stored);
    assert!(format!("{:?}", store(folder.path())).contains(&id));

    // Death between writing the rows and finishing the key: the prepared key lies beside the old one.
    std::fs::rename(folder.path().join("key"), folder.path().join("key.next")).unwrap();
    std::fs::write(folder.path().join("key"), &before).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(folder.path().join("key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(store(folder.path()).load(&Key::shared("a")).unwrap().unwrap().credentials, a.credentials);
    assert!(!folder.path().join("key.next").exists());

    let given = Cipher::random().unwrap();
    let text = given.to_text();
    one.rekey(Some(given)).unwrap();
    let three = SqliteStore::open(folder.path(), KeySource::Text(text)).unwrap();
    assert_eq!(three.list().unwrap().len(), 1);
    let wrong = SqliteStore::open(folder.path(), KeySource::File(folder.path().join("key"))).unwrap_err();
    assert!(wrong.message.contains("encrypted with key"), "{wrong}");
    std::fs::remove_file(folder.path().join("key")).unwrap();
    let none = SqliteStore::open(folder.path(), KeySource::File(folder.path().join("key"))).unwrap_err();
    assert!(none.message.contains("there is no key") && !folder.path().join("key").exists(), "{none}");
}

#[test]
fn damaged_and_unwritable_stores_say_so() {
    let folder = tempfile::tempdir().unwrap();
    drop(store(folder.path()));
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"this is no database, and long enough to be looked at as one................................................................").unwrap();
    let torn = SqliteStore::open(folder.path(), KeySource::File(folder.path().join("key"))).unwrap_err();
    assert!(torn.message.contains("damaged") && torn.help().contains("backup"), "{torn}");
    std::fs::write(&path, &whole).unwrap();
    let one = store(folder.path());
    let mut a = connection("a");
    assert_eq!(one.put(&mut a).unwrap(), Put::Stored);
    // As a full disk: no page may be added.
    let pages: i64 = one.database().query_row("PRAGMA page_count", [], |r| r.get(0)).unwrap();
    one.database().execute_batch(&format!("PRAGMA max_page_count = {pages}")).unwrap();
    let full = one.check_writable().unwrap_err();
    assert!(full.message.contains("disk is full"), "{full}");
    one.database().execute_batch("PRAGMA query_only = ON").unwrap();
    let read_only = one.put(&mut a).unwrap_err();
    assert!(read_only.message.contains("cannot be written"), "{read_only}");
    assert_eq!(store(folder.path()).load(&Key::shared("a")).unwrap().unwrap(), a, "nothing is lost");
}

#[test]
fn a_lock_is_held_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (store(folder.path()), store(folder.path()));
    let key = Key::shared("a");
    let guard = one.lock(&key, Duration::ZERO).unwrap();
    assert_eq!(two.lock(&key, Duration::from_millis(30)).map(|_| ()).unwrap_err().code, Code::StoreProblem);
    assert!(two.lock(&Key::shared("b"), Duration::ZERO).is_ok());
    drop(guard);
    assert!(two.lock(&key, Duration::ZERO).is_ok());
}

#[test]
fn one_damaged_row_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    for name in ["a", "b", "c"] {
        store.put(&mut connection(name)).map(drop).unwrap();
    }
    store.database().execute("UPDATE connections SET ciphertext = x'00ff' WHERE name = 'b'", []).unwrap();
    store.database().execute("INSERT INTO connections VALUES ('No Name', 'x', '', 1, 'k', x'', x'')", []).unwrap();
    let names: Vec<String> = store.list().unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["a", "c"]);
    let mut damaged: Vec<String> = store.damaged().unwrap().into_iter().map(|(name, _)| name).collect();
    damaged.sort();
    assert_eq!(damaged, ["b", "x"]);
    assert!(store.load(&Key::shared("a")).unwrap().is_some());
    store.rename(&Key::shared("a"), "z").unwrap();
    store.rekey(None).unwrap_err();
    assert!(store.load(&Key::shared("c")).unwrap().is_some(), "the key stays in use");
}

#[test]
fn a_settled_store_is_one_file_and_a_backup_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.put(&mut connection("a")).map(drop).unwrap();
    let backup = folder.path().join("backup.db");
    store.backup(&backup).unwrap();
    assert!(store.backup(&backup).unwrap_err().message.contains("cannot be made"), "nothing is overwritten");
    store.settle().unwrap();
    for file in [folder.path().join(FILE), backup] {
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::copy(&file, elsewhere.path().join(FILE)).unwrap();
        std::fs::copy(folder.path().join("key"), elsewhere.path().join("key")).unwrap();
        assert!(self::store(elsewhere.path()).load(&Key::shared("a")).unwrap().is_some(), "{}", file.display());
    }
}

#[test]
fn a_settled_store_can_be_read_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.put(&mut connection("a")).map(drop).unwrap();
    store.settle().unwrap();
    drop(store);
    let path = folder.path().join(FILE);
    let open = || SqliteStore::open_frozen(folder.path(), &path, KeySource::File(folder.path().join("key")));
    let frozen = open().unwrap();
    assert!(frozen.load(&Key::shared("a")).unwrap().is_some());
    let refused = frozen.put(&mut connection("b")).unwrap_err();
    assert!(refused.message.contains("cannot be written"), "{refused}");
    // Changes of a process that was killed must be written into the store first.
    std::fs::write(path.with_extension("db-wal"), "what is left of a log").unwrap();
    assert!(open().err().unwrap().message.contains("must be written into it first"));
}
