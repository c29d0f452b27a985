//! The store in one SQLite file: encrypted rows, many processes, nothing lost when one of them dies.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rainwright_connections::store::{Duty, LockGuard, Put, Store};
use rainwright_connections::{Connection, Envelope, Key, name};
use rainwright_diagnostic::{Code, Problem, file_trouble};
use rusqlite::{
    Connection as Database, ErrorCode, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params,
    types::Type,
};
use sha2::{Digest, Sha256};

use super::{Cipher, KeySource, Keyring, columns, create_folder, create_private, first_rev, key_of};

/// The file in the data folder.
const FILE: &str = "connections.db";
/// How long a process waits for another one's write.
const BUSY: Duration = Duration::from_secs(10);
/// How often a lock that another process holds is tried.
const POLL: Duration = Duration::from_millis(10);
/// The layout of the tables: 2 knows environments.
const VERSION: i64 = 2;
/// Writes the write-ahead log into the file itself and empties it.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE);";
/// How many pages a backup copies before others may write.
const PAGES: i32 = 256;
/// What SQLite calls the file that was opened.
const MAIN: &str = "main";
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
    /// Whether a folder has a store: opening one would make it.
    #[must_use]
    pub fn is_in(home: &Path) -> bool {
        home.join(FILE).is_file()
    }

    /// Opens the store of a folder, or makes it, readable by its owner only.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file or key cannot be used: another key, a damaged file, missing rights.
    pub fn open(home: &Path, key: KeySource) -> Result<Self, Problem> {
        let failed = |e: rusqlite::Error| explain(&e);
        let path = home.join(FILE);
        let mut database = match create_folder(home).and_then(|()| create_private(&path)) {
            Ok(_) => Database::open(&path).map_err(failed)?,
            // Nobody can change it there: it may be read without the files that keep readers and writers apart.
            Err(e) if cannot_be_written(&e) && path.exists() => {
                return Self::open_frozen(home, &path, key);
            }
            Err(e) => {
                return Err(unusable(
                    &format!("cannot be opened: {}", file_trouble(&e)),
                    if path.exists() { &path } else { home },
                ));
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
        self.rekey_with(new, |_| Ok(()))
    }

    /// As [`SqliteStore::rekey`]; `before` is told the new key before anything is encrypted with it, so that what else
    /// depends on the store's key can be prepared.
    ///
    /// # Errors
    /// As [`SqliteStore::rekey`], and those of `before`.
    pub fn rekey_with(
        &self,
        new: Option<Cipher>,
        before: impl FnOnce(&Cipher) -> Result<(), Problem>,
    ) -> Result<String, Problem> {
        let failed = |e: rusqlite::Error| explain(&e);
        let own_source = new.is_none();
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let new = match new {
            Some(cipher) => cipher,
            None => self.keyring.source.prepare()?,
        };
        before(&new)?;
        // All or nothing: a row that cannot be read now could not be read with the new key either.
        for (_, row) in all_rows(&change).map_err(failed)? {
            let row = row?;
            let sealed = new.seal(&self.keyring.open_row(&row)?, row.rev + 1)?;
            write(&change, &sealed).map_err(failed)?;
        }
        set_key_id(&change, new.id()).map_err(failed)?;
        change.commit().map_err(failed)?;
        // Old ciphertext leaves the write-ahead log as well.
        database.execute_batch(CHECKPOINT).map_err(failed)?;
        let id = new.id().to_owned();
        self.keyring.set(Arc::new(new));
        if own_source {
            self.keyring.source.finish()?;
        }
        Ok(id)
    }

    /// Writes a copy of the store, complete in itself, while other processes may go on using the store. The key is not in it.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file is there already or cannot be written.
    pub fn backup(&self, file: &Path) -> Result<(), Problem> {
        let failed = |e: rusqlite::Error| explain(&e);
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(file).map_err(|e| unusable(&format!("cannot be made: {}", file_trouble(&e)), file))?;
        let written = (|| {
            let mut copy = Database::open(file).map_err(failed)?;
            let source = self.database();
            let backup = rusqlite::backup::Backup::new(&source, &mut copy).map_err(failed)?;
            backup.run_to_completion(PAGES, Duration::from_millis(5), None).map_err(failed)?;
            drop(backup);
            // One file, which can be read where nothing can be written.
            copy.pragma_update(None, "journal_mode", "DELETE").map_err(failed)
        })();
        if written.is_err() {
            // Half a backup is none.
            let _ = std::fs::remove_file(file);
        }
        written
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        // A panic of another thread leaves no open transaction: dropping one rolls it back.
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
        Ok(rows.iter().filter_map(|row| self.keyring.open_row(row).ok()).collect())
    }

    fn damaged(&self) -> Result<Vec<(String, Problem)>, Problem> {
        let database = self.database();
        let found = all_rows(&database).map_err(|e| explain(&e))?;
        drop(database);
        let problem = |(name, row): (String, Result<Envelope, Problem>)| {
            let opened = row.and_then(|row| self.keyring.open_row(&row));
            opened.err().map(|problem| (name, problem))
        };
        Ok(found.into_iter().filter_map(problem).collect())
    }

    fn settle(&self) -> Result<(), Problem> {
        let database = self.database();
        if database.is_readonly(MAIN).unwrap_or(true) {
            return Ok(());
        }
        // Another process may be at work: then it writes the rest when it ends.
        match database.busy_timeout(Duration::ZERO).and_then(|()| database.execute_batch(CHECKPOINT)) {
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
            result => result.map_err(|e| explain(&e)),
        }
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
        let refused = |e: std::io::Error| unusable(&format!("cannot be locked: {}", file_trouble(&e)), &self.locks);
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

    fn elect(&self, duty: &str) -> Result<Option<Box<dyn Duty>>, Problem> {
        let refused = |e: std::io::Error| unusable(&format!("cannot be locked: {}", file_trouble(&e)), &self.locks);
        create_folder(&self.locks).map_err(refused)?;
        let digest = Sha256::digest(format!("duty {duty}"));
        let name: String = digest[..12].iter().map(|b| format!("{b:02x}")).collect();
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(self.locks.join(name)).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {
                let guard: LockGuard = Box::new(file);
                Ok(Some(Box::new(guard)))
            }
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(e)) => Err(refused(e)),
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

/// Makes the file when it is missing, readable by its owner only from the first moment.
fn cannot_be_written(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied)
}

/// The rows that can be read, in order.
fn rows(database: &Database) -> rusqlite::Result<Vec<Envelope>> {
    let mut rows: Vec<Envelope> = all_rows(database)?.into_iter().filter_map(|(_, row)| row.ok()).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(rows)
}

/// All rows, each with the name that it has, or seems to have.
fn all_rows(database: &Database) -> rusqlite::Result<Vec<(String, Result<Envelope, Problem>)>> {
    let mut query =
        database.prepare("SELECT environment, name, subject, rev, key_id, nonce, ciphertext FROM connections")?;
    let mut rows = query.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let name = row.get::<_, String>(1).unwrap_or_else(|_| "(without a name)".to_owned());
        found.push((name, envelope(row).map_err(|e| explain(&e))));
    }
    Ok(found)
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
mod tests;
