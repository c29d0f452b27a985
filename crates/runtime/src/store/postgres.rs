//! The store in Postgres, for several servers that share connections: the same encrypted rows, locked by the database.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, GenericClient, Row};
use rainwright_connections::store::{Duty, LockGuard, Put, Store};
use rainwright_connections::{Connection, Envelope, Key, Secret, name};
use rainwright_diagnostic::{Code, Problem};
use sha2::{Digest, Sha256};

use super::{Cipher, KeySource, Keyring, columns, first_rev, key_of};
use crate::database::{Database, explain};

/// How many database connections of one process are at work at a time, and kept when they are not.
const MOST: usize = 8;
/// How long one more piece of work waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// Guards the making of the tables; any number that other programs do not use.
const SETUP_LOCK: i64 = 0x7261_696e_7772_6774;
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS rainwright_connections (
    environment TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, rev BIGINT NOT NULL,
    key_id TEXT NOT NULL, nonce BYTEA NOT NULL, ciphertext BYTEA NOT NULL,
    PRIMARY KEY (environment, name, subject)
);
CREATE TABLE IF NOT EXISTS rainwright_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
";
/// The layout of the tables: 2 knows environments. Version 1 noted none.
const VERSION: i64 = 2;
/// Makes tables of version 1 those of version 2; the rows stay encrypted as they are.
const TO_VERSION_2: &str = "
ALTER TABLE rainwright_connections ADD COLUMN IF NOT EXISTS environment TEXT NOT NULL DEFAULT 'default';
ALTER TABLE rainwright_connections ALTER COLUMN environment DROP DEFAULT;
ALTER TABLE rainwright_connections DROP CONSTRAINT rainwright_connections_pkey;
ALTER TABLE rainwright_connections ADD PRIMARY KEY (environment, name, subject);
";
/// The fact that says which key the rows are encrypted with.
const KEY_ID: &str = "key_id";
const DELETE: &str = "DELETE FROM rainwright_connections WHERE environment = $1 AND name = $2 AND subject = $3";
const COLUMNS: &str = "SELECT environment, name, subject, rev, key_id, nonce, ciphertext FROM rainwright_connections";

/// Connections in the tables `rainwright_connections` and `rainwright_facts` of a database.
pub struct PostgresStore {
    pool: Arc<Pool>,
    keyring: Keyring,
}

impl PostgresStore {
    /// Opens the store at an address such as `postgres://user:password@host/database?sslmode=require`, and makes its tables.
    ///
    /// Blocks, like all of its methods: not to be called on a thread that drives a tokio runtime.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database cannot be reached or the key is another; the address is not shown.
    pub fn open(url: &Secret, key: KeySource) -> Result<Self, Problem> {
        let pool = Arc::new(Pool::new(url)?);
        let keyring = pool.with(|client| {
            let mut change = client.transaction().map_err(|e| explain(&e))?;
            change.execute("SELECT pg_advisory_xact_lock($1)", &[&SETUP_LOCK]).map_err(|e| explain(&e))?;
            set_up(&mut change)?;
            let stored = fact(&mut change, KEY_ID)?;
            let keyring = Keyring::open(key, stored.as_deref())?;
            if stored.is_none() {
                set_fact(&mut change, KEY_ID, keyring.cipher().id())?;
            }
            change.commit().map_err(|e| explain(&e))?;
            Ok(keyring)
        })?;
        Ok(Self { pool, keyring })
    }

    /// Encrypts every row with a new key, in one transaction, and returns the new key's id; see
    /// [`SqliteStore::rekey`](super::SqliteStore::rekey).
    ///
    /// # Errors
    /// [`Code::StoreProblem`]; the present key then stays in use.
    pub fn rekey(&self, new: Option<Cipher>) -> Result<String, Problem> {
        self.rekey_with(new, |_| Ok(()))
    }

    /// As [`PostgresStore::rekey`]; see [`SqliteStore::rekey_with`](super::SqliteStore::rekey_with).
    ///
    /// # Errors
    /// As [`PostgresStore::rekey`], and those of `before`.
    pub fn rekey_with(
        &self,
        new: Option<Cipher>,
        before: impl FnOnce(&Cipher) -> Result<(), Problem>,
    ) -> Result<String, Problem> {
        let own_source = new.is_none();
        let new = self.pool.with(|client| {
            let mut change = client.transaction().map_err(|e| explain(&e))?;
            change.batch_execute("LOCK TABLE rainwright_connections IN EXCLUSIVE MODE").map_err(|e| explain(&e))?;
            let new = new.map_or_else(|| self.keyring.source.prepare(), Ok)?;
            before(&new)?;
            for row in rows(&mut change)? {
                write(&mut change, &new.seal(&self.keyring.open_row(&row)?, row.rev + 1)?)?;
            }
            set_fact(&mut change, KEY_ID, new.id())?;
            change.commit().map_err(|e| explain(&e))?;
            Ok(new)
        })?;
        let id = new.id().to_owned();
        self.keyring.set(Arc::new(new));
        if own_source {
            self.keyring.source.finish()?;
        }
        Ok(id)
    }
}

impl PostgresStore {
    /// Makes sure of the key before rows are read: one that another process has changed is no damage of a row.
    fn know_key(&self, rows: &[Envelope]) -> Result<(), Problem> {
        match self.pool.with(|client| fact(client, KEY_ID))?.filter(|_| !rows.is_empty()) {
            Some(id) => self.keyring.cipher_for(&id).map(drop),
            None => Ok(()),
        }
    }
}

impl Store for PostgresStore {
    fn load(&self, key: &Key) -> Result<Option<Connection>, Problem> {
        let row = self.pool.with(|client| {
            let [environment, name, subject] = columns(key);
            let query = format!("{COLUMNS} WHERE environment = $1 AND name = $2 AND subject = $3");
            client.query_opt(&query, &[&environment, &name, &subject]).map_err(|e| explain(&e))
        })?;
        row.map(|row| self.keyring.open_row(&envelope(&row)?)).transpose()
    }

    fn rev(&self, key: &Key) -> Result<Option<u64>, Problem> {
        self.pool.with(|client| stored_rev(client, key, ""))
    }

    fn list(&self) -> Result<Vec<Connection>, Problem> {
        let rows = self.pool.with(rows)?;
        self.know_key(&rows)?;
        Ok(rows.iter().filter_map(|row| self.keyring.open_row(row).ok()).collect())
    }

    fn damaged(&self) -> Result<Vec<(String, Problem)>, Problem> {
        let rows = self.pool.with(rows)?;
        self.know_key(&rows)?;
        let problem = |row: &Envelope| self.keyring.open_row(row).err().map(|problem| (row.key.name.clone(), problem));
        Ok(rows.iter().filter_map(problem).collect())
    }

    fn put_all(&self, connections: &mut [Connection]) -> Result<Put, Problem> {
        let revs = self.pool.with(|client| {
            let mut change = client.transaction().map_err(|e| explain(&e))?;
            // Shared with other writers, and held off by a rekeying.
            change.batch_execute("LOCK TABLE rainwright_connections IN ROW EXCLUSIVE MODE").map_err(|e| explain(&e))?;
            let cipher = match fact(&mut change, KEY_ID)? {
                Some(id) => self.keyring.cipher_for(&id)?,
                None => self.keyring.cipher(),
            };
            let mut revs = Vec::with_capacity(connections.len());
            for connection in &*connections {
                let stored = stored_rev(&mut change, &connection.key(), "FOR UPDATE")?;
                if stored.unwrap_or(0) != connection.rev {
                    return Ok(None);
                }
                let rev = stored.map_or_else(first_rev, |rev| rev + 1);
                let row = cipher.seal(connection, rev)?;
                let written = if stored.is_some() { write(&mut change, &row)? } else { insert(&mut change, &row)? };
                if written == 0 {
                    return Ok(None);
                }
                revs.push(rev);
            }
            change.commit().map_err(|e| explain(&e))?;
            Ok(Some(revs))
        })?;
        let Some(revs) = revs else {
            return Ok(Put::Conflict);
        };
        for (connection, rev) in connections.iter_mut().zip(revs) {
            connection.rev = rev;
        }
        Ok(Put::Stored)
    }

    fn delete(&self, key: &Key) -> Result<bool, Problem> {
        self.pool.with(|client| delete(client, key))
    }

    fn rename(&self, key: &Key, new_name: &str) -> Result<(), Problem> {
        name::check(new_name)?;
        self.pool.with(|client| {
            let mut change = client.transaction().map_err(|e| explain(&e))?;
            change.batch_execute("LOCK TABLE rainwright_connections IN EXCLUSIVE MODE").map_err(|e| explain(&e))?;
            let rows = rows(&mut change)?;
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
            insert(&mut change, &self.keyring.cipher().seal(&connection, row.rev + 1)?)?;
            delete(&mut change, key)?;
            change.commit().map_err(|e| explain(&e))
        })
    }

    fn lock(&self, key: &Key, wait: Duration) -> Result<LockGuard, Problem> {
        let digest = Sha256::digest(Envelope::associated_data(key));
        let mut number = [0; 8];
        number.copy_from_slice(&digest[..8]);
        let number = i64::from_be_bytes(number);
        let mut client = self.pool.take()?;
        // A lock of the session: the database frees it when the connection ends, however that happens.
        let taken = client
            .batch_execute(&format!("SET lock_timeout = {}", wait.as_millis().max(1)))
            .and_then(|()| client.execute("SELECT pg_advisory_lock($1)", &[&number]));
        match taken {
            Ok(_) => Ok(Box::new(Held { pool: Arc::clone(&self.pool), client: Some(client), number })),
            Err(e) => {
                let late = e.code() == Some(&SqlState::LOCK_NOT_AVAILABLE);
                self.pool.give_back(client);
                if !late {
                    return Err(explain(&e));
                }
                let message =
                    format!("The connection \"{key}\" was being renewed for longer than {} s.", wait.as_secs());
                Err(Problem::new(Code::StoreProblem, message).with_help("Try again; another process holds its lock."))
            }
        }
    }

    fn elect(&self, duty: &str) -> Result<Option<Box<dyn Duty>>, Problem> {
        let number = number_of(format!("duty {duty}").as_bytes());
        // A connection of its own: the lock ends with it, and it with the process.
        let mut client = self.pool.connect()?;
        // The lock is the database's as a whole; two stores in it, each in a schema of its own, have duties of their own.
        let asked = "SELECT pg_try_advisory_lock(hashtext(current_schema()), $1)";
        let row = client.query_one(asked, &[&number]).map_err(|e| explain(&e))?;
        let taken: bool = row.try_get(0).map_err(|e| explain(&e))?;
        let held = OnDuty { client: Some(client) };
        Ok(if taken { Some(Box::new(held)) } else { None })
    }

    fn check_writable(&self) -> Result<(), Problem> {
        self.pool.with(|client| set_fact(client, "probe", &first_rev().to_string()))
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").field("key", &self.keyring.cipher().id().to_owned()).finish_non_exhaustive()
    }
}

/// The database connections of this process: at most [`MOST`] do work at a time, whoever needs one more waits. Those that
/// hold the lock of a renewal come on top, for their holder needs another one to store what it was given.
pub(crate) struct Pool {
    database: Database,
    clients: Mutex<Clients>,
    freed: Condvar,
}

#[derive(Default)]
struct Clients {
    idle: Vec<Client>,
    /// How many are at work.
    busy: usize,
}

impl Pool {
    /// The database at an address; nothing is connected yet.
    pub(crate) fn new(url: &Secret) -> Result<Self, Problem> {
        Ok(Self { database: Database::new(url.expose())?, clients: Mutex::default(), freed: Condvar::new() })
    }

    /// A connection of its own, which is closed by its owner.
    pub(crate) fn connect(&self) -> Result<Client, Problem> {
        self.database.connect()
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that is idle, else a new one; not counted as busy.
    fn take(&self) -> Result<Client, Problem> {
        let idle = self.clients().idle.pop();
        match idle.filter(|client| !client.is_closed()) {
            Some(client) => Ok(client),
            None => self.connect(),
        }
    }

    fn give_back(&self, client: Client) {
        let mut clients = self.clients();
        if clients.idle.len() < MOST && !client.is_closed() {
            clients.idle.push(client);
        }
    }

    /// Does a piece of work on one of the connections.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Client) -> Result<T, Problem>) -> Result<T, Problem> {
        let (mut clients, waited) = self
            .freed
            .wait_timeout_while(self.clients(), PATIENCE, |clients| clients.busy >= MOST)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            let message =
                format!("The database did not answer {MOST} others for longer than {} s.", PATIENCE.as_secs());
            return Err(Problem::new(Code::StoreProblem, message)
                .with_help("Check that the database is up and can be reached."));
        }
        clients.busy += 1;
        drop(clients);
        let _turn = Turn(self);
        let mut client = self.take()?;
        let result = work(&mut client);
        self.give_back(client);
        result
    }
}

/// One that is at work; its end lets the next one begin.
struct Turn<'a>(&'a Pool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.clients().busy -= 1;
        self.0.freed.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Closing blocks, which the thread that drops us may not be allowed to.
        let clients = std::mem::take(self.clients.get_mut().unwrap_or_else(PoisonError::into_inner));
        std::thread::spawn(move || drop(clients.idle));
    }
}

/// The lock of one connection's renewal.
struct Held {
    pool: Arc<Pool>,
    client: Option<Client>,
    number: i64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let (Some(mut client), pool, number) = (self.client.take(), Arc::clone(&self.pool), self.number) else {
            return;
        };
        std::thread::spawn(move || {
            // A connection that cannot unlock is closed, which unlocks as well.
            if client.execute("SELECT pg_advisory_unlock($1)", &[&number]).is_ok()
                && client.batch_execute("RESET lock_timeout").is_ok()
            {
                pool.give_back(client);
            }
        });
    }
}

/// The half of a lock's number that tells duties apart.
fn number_of(name: &[u8]) -> i32 {
    let digest = Sha256::digest(name);
    i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// A duty, which the database takes back when the connection ends.
struct OnDuty {
    client: Option<Client>,
}

impl Duty for OnDuty {
    fn is_held(&mut self) -> bool {
        self.client.as_mut().is_some_and(|client| client.is_valid(PATIENCE).is_ok())
    }
}

impl Drop for OnDuty {
    fn drop(&mut self) {
        // Closing blocks, which the thread that drops us may not be allowed to.
        let client = self.client.take();
        std::thread::spawn(move || drop(client));
    }
}

/// Makes the tables, and brings those of an earlier version up to date.
fn set_up<C: GenericClient>(client: &mut C) -> Result<(), Problem> {
    let failed = |e: postgres::Error| explain(&e);
    let older = "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'rainwright_connections'";
    let is_new = client.query_opt(older, &[]).map_err(failed)?.is_none();
    client.batch_execute(TABLES).map_err(failed)?;
    let noted = fact(client, "version")?.and_then(|version| version.parse().ok());
    let version = noted.unwrap_or(if is_new { VERSION } else { 1 });
    if version > VERSION {
        return Err(Problem::new(
            Code::StoreProblem,
            "The store of connections was written by a later version of this program.",
        )
        .with_help("Update the program."));
    }
    if version == 1 {
        client.batch_execute(TO_VERSION_2).map_err(failed)?;
    }
    match noted {
        Some(VERSION) => Ok(()),
        _ => set_fact(client, "version", &VERSION.to_string()),
    }
}

fn rows<C: GenericClient>(client: &mut C) -> Result<Vec<Envelope>, Problem> {
    let rows = client.query(COLUMNS, &[]).map_err(|e| explain(&e))?;
    let mut rows = rows.iter().map(envelope).collect::<Result<Vec<_>, _>>()?;
    // By what the names are, not by the database's collation.
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(rows)
}

fn delete<C: GenericClient>(client: &mut C, key: &Key) -> Result<bool, Problem> {
    let [environment, name, subject] = columns(key);
    client.execute(DELETE, &[&environment, &name, &subject]).map(|rows| rows > 0).map_err(|e| explain(&e))
}

fn envelope(row: &Row) -> Result<Envelope, Problem> {
    let failed = |e: postgres::Error| explain(&e);
    let text = |column: usize| row.try_get::<_, String>(column).map_err(failed);
    Ok(Envelope {
        key: key_of([text(0)?, text(1)?, text(2)?])?,
        rev: row.try_get::<_, i64>(3).map_err(failed)?.cast_unsigned(),
        key_id: text(4)?,
        nonce: row.try_get(5).map_err(failed)?,
        ciphertext: row.try_get(6).map_err(failed)?,
    })
}

fn stored_rev<C: GenericClient>(client: &mut C, key: &Key, lock: &str) -> Result<Option<u64>, Problem> {
    let [environment, name, subject] = columns(key);
    let query =
        format!("SELECT rev FROM rainwright_connections WHERE environment = $1 AND name = $2 AND subject = $3 {lock}");
    let row = client.query_opt(&query, &[&environment, &name, &subject]).map_err(|e| explain(&e))?;
    row.map(|row| row.try_get::<_, i64>(0).map(i64::cast_unsigned).map_err(|e| explain(&e))).transpose()
}

/// Writes over the row that is there.
fn write<C: GenericClient>(client: &mut C, row: &Envelope) -> Result<u64, Problem> {
    let query = "UPDATE rainwright_connections SET rev = $4, key_id = $5, nonce = $6, ciphertext = $7 WHERE environment = $1 AND name = $2 AND subject = $3";
    run(client, query, row)
}

/// Writes a new row; 0 when another process was faster.
fn insert<C: GenericClient>(client: &mut C, row: &Envelope) -> Result<u64, Problem> {
    let query = "INSERT INTO rainwright_connections (environment, name, subject, rev, key_id, nonce, ciphertext) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    run(client, query, row)
}

fn run<C: GenericClient>(client: &mut C, query: &str, row: &Envelope) -> Result<u64, Problem> {
    let ([environment, name, subject], rev) = (columns(&row.key), row.rev.cast_signed());
    client
        .execute(query, &[&environment, &name, &subject, &rev, &row.key_id, &row.nonce, &row.ciphertext])
        .map_err(|e| explain(&e))
}

fn fact<C: GenericClient>(client: &mut C, name: &str) -> Result<Option<String>, Problem> {
    let row =
        client.query_opt("SELECT value FROM rainwright_facts WHERE name = $1", &[&name]).map_err(|e| explain(&e))?;
    row.map(|row| row.try_get(0).map_err(|e| explain(&e))).transpose()
}

fn set_fact<C: GenericClient>(client: &mut C, name: &str, value: &str) -> Result<(), Problem> {
    let query = "INSERT INTO rainwright_facts VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    client.execute(query, &[&name, &value]).map(|_| ()).map_err(|e| explain(&e))
}
