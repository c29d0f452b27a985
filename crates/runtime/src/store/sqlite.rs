//! The store in one SQLite file: encrypted rows, many processes, nothing lost when one of them dies.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rainwright_connections::store::{LockGuard, Put, Store};
use rainwright_connections::{Connection, Envelope, Key, name};
use rainwright_diagnostic::{Code, Problem};
use rusqlite::{
    Connection as Database, ErrorCode, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params,
    types::Type,
};
use sha2::{Digest, Sha256};

use super::{Cipher, KeySource, Keyring, columns, create_folder, first_rev, key_of};

/// The file in the data folder.
const FILE: &str = "connections.db";
/// How long a process waits for another one's write.
const BUSY: Duration = Duration::from_secs(10);
/// How often a lock that another process holds is tried.
const POLL: Duration = Duration::from_millis(10);
/// The layout of the tables: 2 knows environments.
const VERSION: i64 = 2;
const DELETE: &str = "DELETE FROM connections WHERE environment = ?1 AND name = ?2 AND subject = ?3";
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS connections (
    environment TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, rev INTEGER NOT NULL,
    key_id TEXT NOT NULL, nonce BLOB NOT NULL, ciphertext BLOB NOT NULL,
    PRIMARY KEY (environment, name, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
";
/// Makes tables of version 1 those of version 2; the rows stay encrypted as they are.
const TO_VERSION_2: [&str; 2] = [
    "ALTER TABLE connections RENAME TO older;",
    "INSERT INTO connections SELECT 'default', name, subject, rev, key_id, nonce, ciphertext FROM older; DROP TABLE older;",
];

/// Connections in `connections.db` of a folder, encrypted row by row.
pub struct SqliteStore {
    database: Mutex<Database>,
    locks: PathBuf,
    keyring: Keyring,
}

impl SqliteStore {
    /// Opens the store of a folder, or makes it, readable by its owner only.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file or key cannot be used: another key, a damaged file, missing rights.
    pub fn open(home: &Path, key: KeySource) -> Result<Self, Problem> {
        let failed = |e: rusqlite::Error| explain(&e);
        let path = home.join(FILE);
        let mut database = match create_folder(home).and_then(|()| touch(&path)) {
            Ok(_) => Database::open(&path).map_err(failed)?,
            // Nobody can change it there, so that it may be read without the files that keep readers and writers apart.
            Err(e) if e.kind() == std::io::ErrorKind::ReadOnlyFilesystem && path.exists() => {
                return Self::open_frozen(home, &path, key);
            }
            Err(e) => {
                return Err(unusable(&format!("cannot be opened: {e}"), if path.exists() { &path } else { home }));
            }
        };
        database.busy_timeout(BUSY).map_err(failed)?;
        // A token that was stored must survive a power cut: the provider has forgotten the one before.
        database
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")
            .map_err(failed)?;
        let known =
            if version(&database).map_err(failed)? == VERSION { key_id(&database).map_err(failed)? } else { None };
        let keyring = match known {
            Some(id) => Keyring::open(key, Some(&id))?,
            None => set_up(&mut database, key)?,
        };
        Ok(Self { database: Mutex::new(database), locks: home.join("locks"), keyring })
    }

    /// The store on a disk that takes no writes: what is there can be used, nothing can be changed or renewed.
    fn open_frozen(home: &Path, path: &Path, key: KeySource) -> Result<Self, Problem> {
        let failed = |e: rusqlite::Error| explain(&e);
        let address = url::Url::from_file_path(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
            .map_err(|()| unusable("has no place in the file system", path))?;
        if std::fs::metadata(path.with_extension("db-wal")).is_ok_and(|log| log.len() > 0) {
            return Err(unusable(
                "has changes beside it that must be written into it first, and its disk takes no writes",
                path,
            ));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let database = Database::open_with_flags(format!("{address}?immutable=1"), flags).map_err(failed)?;
        if version(&database).map_err(failed)? != VERSION {
            return Err(unusable("was written by another version of this program, and its disk takes no writes", path));
        }
        let stored = key_id(&database).map_err(failed)?;
        let keyring = Keyring::open(key, stored.as_deref())?;
        Ok(Self { database: Mutex::new(database), locks: home.join("locks"), keyring })
    }

    /// The store with another patience: how long a read or write waits for another process's write, 10 s otherwise.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be used.
    pub fn with_patience(self, patience: Duration) -> Result<Self, Problem> {
        self.database().busy_timeout(patience).map_err(|e| explain(&e))?;
        Ok(self)
    }

    /// Encrypts every row with a new key, in one transaction, and returns the new key's id.
    ///
    /// `None` makes the key and puts it where the present one is kept; both are there until all rows are written.
    /// A given key is for sources that only their owner can change.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when a row, the file or the key's source cannot be used; the present key then stays in use.
    pub fn rekey(&self, new: Option<Cipher>) -> Result<String, Problem> {
        let failed = |e: rusqlite::Error| explain(&e);
        let own_source = new.is_none();
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let new = match new {
            Some(cipher) => cipher,
            None => self.keyring.source.prepare()?,
        };
        for row in rows(&change).map_err(failed)? {
            let sealed = new.seal(&self.keyring.open_row(&row)?, row.rev + 1)?;
            write(&change, &sealed).map_err(failed)?;
        }
        set_key_id(&change, new.id()).map_err(failed)?;
        change.commit().map_err(failed)?;
        // Old ciphertext leaves the write-ahead log as well.
        database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").map_err(failed)?;
        let id = new.id().to_owned();
        self.keyring.set(Arc::new(new));
        if own_source {
            self.keyring.source.finish()?;
        }
        Ok(id)
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        // A panic of another thread leaves no open transaction behind: dropping one rolls it back.
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SqliteStore {
    fn load(&self, key: &Key) -> Result<Option<Connection>, Problem> {
        let row = self
            .database()
            .prepare_cached("SELECT environment, name, subject, rev, key_id, nonce, ciphertext FROM connections WHERE environment = ?1 AND name = ?2 AND subject = ?3")
            .and_then(|mut query| query.query_row(columns(key), envelope).optional())
            .map_err(|e| explain(&e))?;
        row.map(|row| self.keyring.open_row(&row)).transpose()
    }

    fn rev(&self, key: &Key) -> Result<Option<u64>, Problem> {
        self.database()
            .prepare_cached("SELECT rev FROM connections WHERE environment = ?1 AND name = ?2 AND subject = ?3")
            .and_then(|mut query| query.query_row(columns(key), |row| row.get::<_, i64>(0)).optional())
            .map(|rev| rev.map(i64::cast_unsigned))
            .map_err(|e| explain(&e))
    }

    fn list(&self) -> Result<Vec<Connection>, Problem> {
        let rows = rows(&self.database()).map_err(|e| explain(&e))?;
        rows.iter().map(|row| self.keyring.open_row(row)).collect()
    }

    fn put_all(&self, connections: &mut [Connection]) -> Result<Put, Problem> {
        let failed = |e: rusqlite::Error| explain(&e);
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let cipher = match key_id(&change).map_err(failed)? {
            Some(id) => self.keyring.cipher_for(&id)?,
            None => self.keyring.cipher(),
        };
        let mut revs = Vec::with_capacity(connections.len());
        for connection in &*connections {
            let stored = stored_rev(&change, &connection.key()).map_err(failed)?;
            if stored.unwrap_or(0) != connection.rev {
                return Ok(Put::Conflict);
            }
            let rev = stored.map_or_else(first_rev, |rev| rev + 1);
            write(&change, &cipher.seal(connection, rev)?).map_err(failed)?;
            revs.push(rev);
        }
        change.commit().map_err(failed)?;
        for (connection, rev) in connections.iter_mut().zip(revs) {
            connection.rev = rev;
        }
        Ok(Put::Stored)
    }

    fn delete(&self, key: &Key) -> Result<bool, Problem> {
        self.database().execute(DELETE, columns(key)).map(|rows| rows > 0).map_err(|e| explain(&e))
    }

    fn rename(&self, key: &Key, new_name: &str) -> Result<(), Problem> {
        name::check(new_name)?;
        let failed = |e: rusqlite::Error| explain(&e);
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let rows = rows(&change).map_err(failed)?;
        let Some(row) = rows.iter().find(|row| row.key == *key) else {
            return Err(name::unknown(key, rows.iter().map(|row| row.key.clone()), []));
        };
        let mut connection = self.keyring.open_row(row)?;
        new_name.clone_into(&mut connection.name);
        if rows.iter().any(|row| row.key == connection.key()) {
            return Err(Problem::new(
                Code::StoreProblem,
                format!("There is already a connection \"{}\".", connection.key()),
            )
            .with_help("Choose another name."));
        }
        write(&change, &self.keyring.cipher().seal(&connection, row.rev + 1)?).map_err(failed)?;
        change.execute(DELETE, columns(key)).map_err(failed)?;
        change.commit().map_err(failed)
    }

    fn lock(&self, key: &Key, wait: Duration) -> Result<LockGuard, Problem> {
        let refused = |e: std::io::Error| unusable(&format!("cannot be locked: {e}"), &self.locks);
        create_folder(&self.locks).map_err(refused)?;
        let digest = Sha256::digest(Envelope::associated_data(key));
        let name: String = digest[..12].iter().map(|b| format!("{b:02x}")).collect();
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(self.locks.join(name)).map_err(refused)?;
        let late = Instant::now() + wait;
        loop {
            // The operating system frees the lock with the file, and the file with the process, however that ends.
            match file.try_lock() {
                Ok(()) => return Ok(Box::new(file)),
                Err(std::fs::TryLockError::WouldBlock) if Instant::now() < late => std::thread::sleep(POLL),
                Err(std::fs::TryLockError::WouldBlock) => {
                    return Err(Problem::new(
                        Code::StoreProblem,
                        format!("The connection \"{key}\" was being renewed for longer than {} s.", wait.as_secs()),
                    )
                    .with_help("Try again; another process holds its lock."));
                }
                Err(std::fs::TryLockError::Error(e)) => return Err(refused(e)),
            }
        }
    }

    fn check_writable(&self) -> Result<(), Problem> {
        // As large as a connection, so that a full disk shows now and not when the token is there.
        self.database()
            .execute("INSERT INTO facts VALUES ('probe', randomblob(16384)) ON CONFLICT DO UPDATE SET value = excluded.value", [])
            .map(|_| ())
            .map_err(|e| explain(&e))
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("key", &self.keyring.cipher().id().to_owned()).finish_non_exhaustive()
    }
}

/// Makes the tables, brings those of an earlier version up to date, and notes the first key.
fn set_up(database: &mut Database, key: KeySource) -> Result<Keyring, Problem> {
    let failed = |e: rusqlite::Error| explain(&e);
    // In one transaction, so that two processes cannot each think that theirs is the first key.
    let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found = version(&change).map_err(failed)?;
    if found > VERSION {
        return Err(Problem::new(
            Code::StoreProblem,
            "The store of connections was written by a later version of this program.",
        )
        .with_help("Update the program."));
    }
    let [before, after] = if found == 1 { TO_VERSION_2 } else { [""; 2] };
    for step in [before, TABLES, after] {
        change.execute_batch(step).map_err(failed)?;
    }
    change.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    let stored = key_id(&change).map_err(failed)?;
    let keyring = Keyring::open(key, stored.as_deref())?;
    if stored.is_none() {
        set_key_id(&change, keyring.cipher().id()).map_err(failed)?;
    }
    change.commit().map_err(failed)?;
    Ok(keyring)
}

fn version(database: &Database) -> rusqlite::Result<i64> {
    database.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Makes the file when it is missing, so that it never has other rights than its owner's.
fn touch(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn rows(database: &Database) -> rusqlite::Result<Vec<Envelope>> {
    let mut query =
        database.prepare("SELECT environment, name, subject, rev, key_id, nonce, ciphertext FROM connections")?;
    let mut rows: Vec<Envelope> = query.query_map([], envelope)?.collect::<rusqlite::Result<_>>()?;
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(rows)
}

fn envelope(row: &Row<'_>) -> rusqlite::Result<Envelope> {
    let key = key_of([row.get(0)?, row.get(1)?, row.get(2)?])
        .map_err(|problem| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(problem)))?;
    Ok(Envelope {
        key,
        rev: row.get::<_, i64>(3)?.cast_unsigned(),
        key_id: row.get(4)?,
        nonce: row.get(5)?,
        ciphertext: row.get(6)?,
    })
}

fn stored_rev(change: &Transaction<'_>, key: &Key) -> rusqlite::Result<Option<u64>> {
    change
        .prepare_cached("SELECT rev FROM connections WHERE environment = ?1 AND name = ?2 AND subject = ?3")?
        .query_row(columns(key), |row| row.get::<_, i64>(0))
        .optional()
        .map(|rev| rev.map(i64::cast_unsigned))
}

fn write(change: &Transaction<'_>, row: &Envelope) -> rusqlite::Result<()> {
    let [environment, name, subject] = columns(&row.key);
    change
        .prepare_cached("INSERT OR REPLACE INTO connections VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![environment, name, subject, row.rev.cast_signed(), row.key_id, row.nonce, row.ciphertext])
        .map(|_| ())
}

fn key_id(database: &Database) -> rusqlite::Result<Option<String>> {
    database.query_row("SELECT value FROM facts WHERE name = 'key_id'", [], |row| row.get(0)).optional()
}

fn set_key_id(change: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    change.execute("INSERT OR REPLACE INTO facts VALUES ('key_id', ?1)", [id]).map(|_| ())
}

fn unusable(why: &str, path: &Path) -> Problem {
    Problem::new(Code::StoreProblem, format!("The store of connections {why}."))
        .with_help(format!("Check {} and its rights, or name another folder with RAINWRIGHT_HOME.", path.display()))
}

/// What SQLite says, as what to do.
fn explain(error: &rusqlite::Error) -> Problem {
    // Where there is no room for the file that readers share, SQLite calls it a failure of the disk.
    let no_room = error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
    let code = if no_room { Some(ErrorCode::DiskFull) } else { error.sqlite_error_code() };
    let (what, help) = match code {
        Some(ErrorCode::DiskFull) => {
            ("has no room: the disk is full", "Make room on the disk; nothing that was stored is lost.")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            "cannot be written",
            "Give this user the right to write to the folder of the store, or name another with RAINWRIGHT_HOME.",
        ),
        Some(ErrorCode::CannotOpen) => {
            ("cannot be opened", "Check the folder of the store and its rights, or name another with RAINWRIGHT_HOME.")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("is held by another process", "Try again when the other process is done.")
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ("is damaged", "Restore connections.db from a backup, or move it away and connect again.")
        }
        Some(ErrorCode::SystemIoFailure) => (
            "cannot be read or written: the disk reports a failure",
            "Check the disk and its free room; then try again.",
        ),
        _ => {
            return Problem::new(Code::StoreProblem, format!("The store of connections cannot be used: {error}."));
        }
    };
    Problem::new(Code::StoreProblem, format!("The store of connections {what}.")).with_help(help)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
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
                scope
                    .spawn(|| assert_eq!(SqliteStore::open(folder.path(), source()).unwrap().list().unwrap().len(), 2));
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
        std::fs::set_permissions(folder.path().join("key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
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
}
