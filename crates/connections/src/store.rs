//! What a store of connections does; how it keeps them is its own affair.

use crate::{Connection, Environment, Key, Status, Subject};
use rainwright_diagnostic::{Code, Problem};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Held while one connection is renewed; dropping it lets the next one in.
pub type LockGuard = Box<dyn Any + Send>;

/// A duty that one process has for as long as it holds this.
pub trait Duty: Send {
    /// Whether it is still held: a database may have ended the session that it belongs to.
    fn is_held(&mut self) -> bool;
}

/// Held as long as the value lives, as a locked file is.
impl Duty for LockGuard {
    fn is_held(&mut self) -> bool {
        true
    }
}

/// Keeps connections. Implementations are shared between threads; their methods may block.
pub trait Store: Send + Sync {
    /// The connection under a key, if there is one, with its secrets.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store cannot be read.
    fn load(&self, key: &Key) -> Result<Option<Connection>, Problem>;

    /// How often the connection under a key was stored, without decrypting it; `None` when there is none.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store cannot be read.
    fn rev(&self, key: &Key) -> Result<Option<u64>, Problem> {
        Ok(self.load(key)?.map(|connection| connection.rev))
    }

    /// All connections that can be read, ordered by environment, name and subject.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store cannot be read.
    fn list(&self) -> Result<Vec<Connection>, Problem>;

    /// The connections that are there and cannot be read, each with the reason: one of them hides no other.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store itself cannot be read.
    fn damaged(&self) -> Result<Vec<(String, Problem)>, Problem> {
        Ok(Vec::new())
    }

    /// Makes the store complete on its disk, so that a copy of it is a backup. Called when a program ends.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it cannot be written.
    fn settle(&self) -> Result<(), Problem> {
        Ok(())
    }

    /// Stores connections, all of them or none, if nobody else has since they were loaded, and gives each its next
    /// revision.
    ///
    /// `connection.rev` is what was loaded, 0 for a new one; afterwards it is the new revision. After a conflict or an
    /// error it is what it was.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store cannot be written.
    fn put_all(&self, connections: &mut [Connection]) -> Result<Put, Problem>;

    /// Stores one connection as [`Store::put_all`] does.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store cannot be written.
    fn put(&self, connection: &mut Connection) -> Result<Put, Problem> {
        self.put_all(std::slice::from_mut(connection))
    }

    /// Forgets a connection; `false` when there was none.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store cannot be written.
    fn delete(&self, key: &Key) -> Result<bool, Problem>;

    /// Gives a connection another name, its secrets bound to the new one.
    ///
    /// # Errors
    /// [`Code::UnknownConnection`] when there is none; [`Code::StoreProblem`] when the new name is taken or the store
    /// cannot be written.
    fn rename(&self, key: &Key, new_name: &str) -> Result<(), Problem>;

    /// Waits until this caller alone, of all threads and processes, may renew the connection; at most `wait`.
    ///
    /// The lock ends with the guard, and with the process.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the lock was not to be had in time.
    fn lock(&self, key: &Key, wait: Duration) -> Result<LockGuard, Problem>;

    /// Takes a duty, such as renewing idle logins, that one process of all that share the store is to have; `None` when
    /// another one has it. It ends with the value, and with the process.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the store cannot be asked.
    fn elect(&self, duty: &str) -> Result<Option<Box<dyn Duty>>, Problem>;

    /// Whether the store can be written: asked before a provider gives a token that must be kept.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] that says why not.
    fn check_writable(&self) -> Result<(), Problem>;
}

/// What came of [`Store::put`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Put {
    /// It is stored.
    Stored,
    /// Somebody else stored it first; load again.
    Conflict,
}

/// A store that lives as long as the program: for tests and for programs that keep credentials themselves.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    connections: Arc<Mutex<BTreeMap<Key, Connection>>>,
    locks: Arc<Locks>,
}

#[derive(Debug, Default)]
struct Locks {
    held: Mutex<std::collections::BTreeSet<Key>>,
    freed: Condvar,
}

struct MemoryLock {
    locks: Arc<Locks>,
    key: Key,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        open(&self.locks.held).remove(&self.key);
        self.locks.freed.notify_all();
    }
}

/// A panic of another thread leaves the maps as they were: each change is one insertion or removal.
fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn load(&self, key: &Key) -> Result<Option<Connection>, Problem> {
        Ok(open(&self.connections).get(key).cloned())
    }

    fn rev(&self, key: &Key) -> Result<Option<u64>, Problem> {
        Ok(open(&self.connections).get(key).map(|connection| connection.rev))
    }

    fn list(&self) -> Result<Vec<Connection>, Problem> {
        Ok(open(&self.connections).values().cloned().collect())
    }

    fn put_all(&self, connections: &mut [Connection]) -> Result<Put, Problem> {
        let mut stored = open(&self.connections);
        let current = |c: &Connection| stored.get(&c.key()).map_or(0, |stored| stored.rev) == c.rev;
        if !connections.iter().all(current) {
            return Ok(Put::Conflict);
        }
        for connection in connections {
            connection.rev += 1;
            stored.insert(connection.key(), connection.clone());
        }
        Ok(Put::Stored)
    }

    fn delete(&self, key: &Key) -> Result<bool, Problem> {
        Ok(open(&self.connections).remove(key).is_some())
    }

    fn rename(&self, key: &Key, new_name: &str) -> Result<(), Problem> {
        crate::name::check(new_name)?;
        let mut connections = open(&self.connections);
        let new_key = Key { name: new_name.to_owned(), ..key.clone() };
        if connections.contains_key(&new_key) {
            return Err(Problem::new(Code::StoreProblem, format!("There is already a connection \"{new_key}\"."))
                .with_help("Choose another name."));
        }
        let Some(mut connection) = connections.remove(key) else {
            return Err(crate::name::unknown(key, connections.keys().cloned(), []));
        };
        connection.name = new_name.to_owned();
        connection.rev += 1;
        connections.insert(new_key, connection);
        Ok(())
    }

    fn elect(&self, _duty: &str) -> Result<Option<Box<dyn Duty>>, Problem> {
        // It is one process's own.
        let guard: LockGuard = Box::new(());
        Ok(Some(Box::new(guard)))
    }

    fn lock(&self, key: &Key, wait: Duration) -> Result<LockGuard, Problem> {
        let held = open(&self.locks.held);
        let waited = self.locks.freed.wait_timeout_while(held, wait, |held| held.contains(key));
        let (mut held, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !held.insert(key.clone()) {
            return Err(Problem::new(
                Code::StoreProblem,
                format!("The connection \"{key}\" was being renewed for longer than {} s.", wait.as_secs()),
            )
            .with_help("Try again."));
        }
        Ok(Box::new(MemoryLock { locks: Arc::clone(&self.locks), key: key.clone() }))
    }

    fn check_writable(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// Services whose login is good for every product of Zoho, the one that is asked first in front.
const ZOHO_LOGINS: [&str; 2] = ["zoho_oauth", "zoho"];

/// The connection that an integration task means when it names none: the one that works of that service, or the one
/// named like it. A product of Zoho without a connection of its own is reached by the login for all of them.
///
/// # Errors
/// [`Code::UnknownConnection`] when there is none or more than one could be meant, with what to do.
pub fn default_connection<'a>(
    connections: &'a [Connection],
    service: &str,
    environment: &Environment,
    subject: &Subject,
) -> Result<&'a Connection, Problem> {
    let of = |id: &str| -> Vec<&'a Connection> {
        let usable_by = |c: &Connection| c.subject == *subject || c.subject == Subject::Shared;
        connections.iter().filter(|c| c.service == id && c.environment == *environment && usable_by(c)).collect()
    };
    let shared_logins = ZOHO_LOGINS.into_iter().filter(|_| service.starts_with("zoho_"));
    let candidates =
        std::iter::once(service).chain(shared_logins).map(of).find(|found| !found.is_empty()).unwrap_or_default();
    if let Some(named) = candidates.iter().find(|c| c.name == service || c.name == c.service) {
        return Ok(named);
    }
    let works = |c: &&Connection| matches!(c.status, Status::Connected | Status::Error);
    let working: Vec<&Connection> = candidates.iter().copied().filter(works).collect();
    let none = |help: String| {
        Problem::new(Code::UnknownConnection, format!("No connection is named, and none is the default of {service}."))
            .with_help(help)
    };
    match (candidates.as_slice(), working.as_slice()) {
        (_, [one]) | ([one], _) => Ok(one),
        ([], _) => {
            let wanted = Key::shared(service).within(environment.clone());
            Err(none(format!("Create one with `dg connect {}`.", wanted.arguments())))
        }
        _ => {
            let names: Vec<String> = candidates.iter().map(|c| format!("\"{}\"", c.name)).collect();
            let help = format!("Name one of {} in the call, or rename one to \"{service}\".", names.join(", "));
            Err(none(help))
        }
    }
}
