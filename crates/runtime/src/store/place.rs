//! Where the connections are: the data folder of this user, or a database that a team shares.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rainwright_connections::store::{Duty, LockGuard, Put, Store};
use rainwright_connections::{Connection, Key, Secret};
use rainwright_diagnostic::{Code, Problem};

use super::{Cipher, KeySource, SqliteStore};

/// The variable that names the place.
pub const VARIABLE: &str = "RAINWRIGHT_STORE";

/// Where a store is.
#[derive(Clone, Debug)]
pub enum StorePlace {
    /// A folder with `connections.db`.
    Folder(PathBuf),
    /// A Postgres database, by its address, which may hold a password.
    Database(Secret),
}

impl StorePlace {
    /// The place that `RAINWRIGHT_STORE` names, otherwise the data folder.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for an address of another kind of database.
    pub fn from_environment(home: &Path) -> Result<Self, Problem> {
        match std::env::var(VARIABLE) {
            Ok(text) if !text.trim().is_empty() => Self::parse(&text),
            _ => Ok(StorePlace::Folder(home.to_owned())),
        }
    }

    /// A place as people write it: an address such as `postgres://user@host/database`, a folder, or `env:NAME` for what
    /// that variable holds, which keeps a password off the command line.
    ///
    /// # Errors
    /// [`Code::BadArgument`] that does not repeat what was given, for it may hold a password.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix("env:") {
            return match std::env::var(name) {
                Ok(held) if !held.starts_with("env:") && !held.trim().is_empty() => Self::parse(&held),
                _ => Err(Problem::new(Code::BadArgument, format!("The variable {name} names no place."))),
            };
        }
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(StorePlace::Database(Secret::new(text))),
            Some((scheme, _)) => Err(Problem::new(
                Code::BadArgument,
                format!(
                    "A store cannot be at an address that begins with {}://.",
                    scheme.chars().take(20).collect::<String>()
                ),
            )
            .with_help("Write postgres://user@host/database, or the path of a folder.")),
            None => Ok(StorePlace::Folder(PathBuf::from(text))),
        }
    }

    /// Opens the store there, or makes it.
    ///
    /// Blocks, like the store's methods: not to be called on a thread that drives a tokio runtime.
    ///
    /// # Errors
    /// [`Code::StoreProblem`]; [`Code::NotSupported`] for a database when the program was built without it.
    pub fn open(&self, key: KeySource) -> Result<AnyStore, Problem> {
        match self {
            StorePlace::Folder(folder) => SqliteStore::open(folder, key).map(|store| AnyStore::Sqlite(Box::new(store))),
            #[cfg(feature = "postgres")]
            StorePlace::Database(address) => super::PostgresStore::open(address, key).map(AnyStore::Postgres),
            #[cfg(not(feature = "postgres"))]
            StorePlace::Database(_) => Err(Problem::new(
                Code::NotSupported,
                "A store in Postgres is not supported: this program was built without it.",
            )
            .with_help("Build it with the feature `postgres`, or unset RAINWRIGHT_STORE.")),
        }
    }

    /// Whether there is a store already; a database is taken to have one.
    #[must_use]
    pub fn exists(&self) -> bool {
        match self {
            StorePlace::Folder(folder) => SqliteStore::is_in(folder),
            StorePlace::Database(_) => true,
        }
    }
}

impl std::fmt::Display for StorePlace {
    /// Without an address: messages and logs must not hold its password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StorePlace::Folder(folder) => write!(f, "{}", folder.display()),
            StorePlace::Database(_) => f.write_str("the database"),
        }
    }
}

/// A store of either kind.
#[derive(Debug)]
pub enum AnyStore {
    /// One file.
    Sqlite(Box<SqliteStore>),
    /// A database.
    #[cfg(feature = "postgres")]
    Postgres(super::PostgresStore),
}

macro_rules! either {
    ($store:expr, $held:ident => $work:expr) => {
        match $store {
            AnyStore::Sqlite($held) => $work,
            #[cfg(feature = "postgres")]
            AnyStore::Postgres($held) => $work,
        }
    };
}

impl AnyStore {
    /// Encrypts everything with another key; see [`SqliteStore::rekey_with`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`]; the present key then stays in use.
    pub fn rekey_with(
        &self,
        new: Option<Cipher>,
        before: impl FnOnce(&Cipher) -> Result<(), Problem>,
    ) -> Result<String, Problem> {
        either!(self, store => store.rekey_with(new, before))
    }

    /// Writes a copy into a file; see [`SqliteStore::backup`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`]; [`Code::NotSupported`] for a database, which has its own tools for that.
    pub fn backup(&self, file: &Path) -> Result<(), Problem> {
        match self {
            AnyStore::Sqlite(store) => store.backup(file),
            #[cfg(feature = "postgres")]
            AnyStore::Postgres(_) => Err(Problem::new(
                Code::NotSupported,
                "A store in Postgres is backed up with the database's own tools.",
            )
            .with_help(
                "Use pg_dump, or `dg store migrate --to FOLDER`, which copies it into a file with the same key.",
            )),
        }
    }
}

impl Store for AnyStore {
    fn load(&self, key: &Key) -> Result<Option<Connection>, Problem> {
        either!(self, store => store.load(key))
    }

    fn rev(&self, key: &Key) -> Result<Option<u64>, Problem> {
        either!(self, store => store.rev(key))
    }

    fn list(&self) -> Result<Vec<Connection>, Problem> {
        either!(self, store => store.list())
    }

    fn damaged(&self) -> Result<Vec<(String, Problem)>, Problem> {
        either!(self, store => store.damaged())
    }

    fn settle(&self) -> Result<(), Problem> {
        either!(self, store => store.settle())
    }

    fn put_all(&self, connections: &mut [Connection]) -> Result<Put, Problem> {
        either!(self, store => store.put_all(connections))
    }

    fn delete(&self, key: &Key) -> Result<bool, Problem> {
        either!(self, store => store.delete(key))
    }

    fn rename(&self, key: &Key, new_name: &str) -> Result<(), Problem> {
        either!(self, store => store.rename(key, new_name))
    }

    fn lock(&self, key: &Key, wait: Duration) -> Result<LockGuard, Problem> {
        either!(self, store => store.lock(key, wait))
    }

    fn elect(&self, duty: &str) -> Result<Option<Box<dyn Duty>>, Problem> {
        either!(self, store => store.elect(duty))
    }

    fn check_writable(&self) -> Result<(), Problem> {
        either!(self, store => store.check_writable())
    }
}

/// Copies every connection into an empty store: all of them or none. Each row is opened and sealed anew with the key there,
/// read back, and compared.
///
/// # Errors
/// [`Code::StoreProblem`] when a row cannot be read, or the other store has connections already.
pub fn migrate(from: &dyn Store, to: &dyn Store) -> Result<usize, Problem> {
    let damaged = from.damaged()?;
    if let Some((name, problem)) = damaged.first() {
        let message = format!("{name} cannot be read: {} Nothing was copied.", problem.message);
        return Err(
            Problem::new(Code::StoreProblem, message).with_help("Delete it, or take it from a backup; then try again.")
        );
    }
    if !to.list()?.is_empty() || !to.damaged()?.is_empty() {
        return Err(Problem::new(
            Code::StoreProblem,
            "The store to copy into has connections already. Nothing was copied.",
        )
        .with_help("Name an empty database or folder, or use `dg connections export` and `import` to add to one."));
    }
    let mut connections = from.list()?;
    for connection in &mut connections {
        connection.rev = 0;
    }
    if to.put_all(&mut connections)? == Put::Conflict {
        return Err(Problem::new(
            Code::StoreProblem,
            "Somebody else has written into that store meanwhile. Nothing was copied.",
        ));
    }
    for connection in &connections {
        let stored = to.load(&connection.key())?;
        if stored.as_ref() != Some(connection) {
            let message = format!("{} reads back differently.", connection.key());
            return Err(Problem::new(Code::StoreProblem, message).with_help("Keep the old store, and report this."));
        }
    }
    Ok(connections.len())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_never_shown() {
        let address = "postgres://team:MARKER@db.example.com/team";
        let place = StorePlace::parse(address).unwrap();
        assert!(matches!(place, StorePlace::Database(_)));
        let shown =
            format!("{place} {place:?} {:?}", StorePlace::parse("mysql://team:MARKER@db.example.com").unwrap_err());
        assert!(!shown.contains("MARKER") && !shown.contains("example.com"), "{shown}");
        let opened =
            StorePlace::parse("postgres://team:MARKER@127.0.0.1:1/team?sslmode=disable&connect_timeout=2").unwrap();
        let problem = opened.open(KeySource::Text(Secret::new("x"))).unwrap_err();
        assert!(!format!("{problem:?}").contains("MARKER"), "{problem:?}");
        assert!(matches!(StorePlace::parse("/srv/rainwright").unwrap(), StorePlace::Folder(_)));
        assert!(StorePlace::parse("env:RAINWRIGHT_NO_SUCH_VARIABLE").is_err());
    }

    #[test]
    fn a_store_moves_whole_or_not_at_all() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let open =
            |folder: &Path| StorePlace::Folder(folder.to_owned()).open(KeySource::File(folder.join("key"))).unwrap();
        let (from, to) = (open(a.path()), open(b.path()));
        for name in ["one", "two"] {
            let mut connection = Connection { name: name.into(), label: "L".into(), ..Connection::default() };
            assert_eq!(from.put(&mut connection).unwrap(), Put::Stored);
        }
        assert_eq!(migrate(&from, &to).unwrap(), 2);
        assert_eq!(to.list().unwrap().len(), 2);
        assert!(migrate(&from, &to).unwrap_err().message.contains("already"));
        // What cannot be read stops all of it.
        let c = tempfile::tempdir().unwrap();
        let database = rusqlite::Connection::open(a.path().join("connections.db")).unwrap();
        database.execute("UPDATE connections SET ciphertext = x'00' WHERE name = 'two'", []).unwrap();
        let empty = open(c.path());
        assert!(migrate(&from, &empty).unwrap_err().message.contains("two cannot be read"));
        assert!(empty.list().unwrap().is_empty());
    }

    #[test]
    fn one_of_many_is_elected() {
        let folder = tempfile::tempdir().unwrap();
        let open =
            || StorePlace::Folder(folder.path().to_owned()).open(KeySource::File(folder.path().join("key"))).unwrap();
        let (first, second) = (open(), open());
        let mut duty = first.elect("keepalive").unwrap().unwrap();
        assert!(second.elect("keepalive").unwrap().is_none() && second.elect("health").unwrap().is_some());
        assert!(duty.is_held());
        drop(duty);
        assert!(second.elect("keepalive").unwrap().is_some());
    }
}
