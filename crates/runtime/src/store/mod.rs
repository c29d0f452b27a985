//! Keeps connections encrypted: one SQLite file, or Postgres for several servers.

mod cipher;
pub mod export;
pub mod import;
mod key;
mod place;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub mod reference;
mod sqlite;

pub use cipher::Cipher;
pub(crate) use cipher::fill;
pub use key::KeySource;
pub use place::{AnyStore, StorePlace, VARIABLE as STORE_VARIABLE, migrate};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rainwright_connections::{Connection, Envelope, Environment, Key, Subject};
use rainwright_diagnostic::{Code, Problem};

/// The folder of this user's connections: `RAINWRIGHT_HOME`, or `rainwright` in the data folder of the operating system.
///
/// # Errors
/// [`Code::StoreProblem`] when the system names no data folder.
pub fn home() -> Result<PathBuf, Problem> {
    if let Some(home) = std::env::var_os("RAINWRIGHT_HOME").filter(|h| !h.is_empty()) {
        return Ok(PathBuf::from(home));
    }
    dirs::data_dir().map(|data| data.join("rainwright")).ok_or_else(|| {
        Problem::new(Code::StoreProblem, "This user has no data folder to keep connections in.")
            .with_help("Name one with RAINWRIGHT_HOME.")
    })
}

/// Makes a folder, and what is above it, that only its owner can enter.
pub(crate) fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for writing, or makes it, readable by its owner only.
pub(crate) fn create_private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The key in use; read again from its source when the store turns out to be encrypted with another.
struct Keyring {
    source: KeySource,
    cipher: RwLock<Arc<Cipher>>,
}

impl Keyring {
    /// The key for a store whose rows are encrypted with key `stored` (`None`: a new store).
    ///
    /// A rekeying that died between its two steps is finished here.
    fn open(source: KeySource, stored: Option<&str>) -> Result<Self, Problem> {
        let cipher = Self::find(&source, stored)?;
        Ok(Self { source, cipher: RwLock::new(Arc::new(cipher)) })
    }

    fn find(source: &KeySource, stored: Option<&str>) -> Result<Cipher, Problem> {
        let Some(stored) = stored else {
            return source.load();
        };
        // Nothing is made here: a new key would open nothing, and pass for the right one from then on.
        match source.present()? {
            Some(present) if present.id() == stored => Ok(present),
            present => match source.next()? {
                Some(next) if next.id() == stored => {
                    source.finish()?;
                    Ok(next)
                }
                _ => Err(cipher::wrong_key(stored, present.as_ref().map(Cipher::id))),
            },
        }
    }

    fn cipher(&self) -> Arc<Cipher> {
        Arc::clone(&self.cipher.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key with the id `stored`; another process may have rekeyed the store since the key was read.
    fn cipher_for(&self, stored: &str) -> Result<Arc<Cipher>, Problem> {
        let cipher = self.cipher();
        if cipher.id() == stored {
            return Ok(cipher);
        }
        let found = Arc::new(Self::find(&self.source, Some(stored))?);
        self.set(Arc::clone(&found));
        Ok(found)
    }

    fn set(&self, cipher: Arc<Cipher>) {
        *self.cipher.write().unwrap_or_else(PoisonError::into_inner) = cipher;
    }

    fn open_row(&self, row: &Envelope) -> Result<Connection, Problem> {
        self.cipher_for(&row.key_id)?.open(row)
    }
}

/// A key as the stores write it: environment, name and subject, each a column of text.
fn columns(key: &Key) -> [String; 3] {
    let subject = match &key.subject {
        Subject::Shared => String::new(),
        Subject::User(user) => format!("user:{user}"),
    };
    [key.environment.to_string(), key.name.clone(), subject]
}

/// The key that [`columns`] wrote.
fn key_of([environment, name, subject]: [String; 3]) -> Result<Key, Problem> {
    let subject = subject.strip_prefix("user:").map_or(Subject::Shared, |user| Subject::User(user.to_owned()));
    Ok(Key { environment: Environment::parse(&environment)?, name, subject })
}

/// The revision of a new row: high enough that a connection that is deleted and made again has one that was never seen.
fn first_rev() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or(1)
}
