//! Places for the records of tests: SQLite and, where it is built in and `RAINWRIGHT_TEST_POSTGRES` names a database, Postgres.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::path::Path;

use rainwright_records::{Form, Settings, Store, StoreLocation};

/// The databases to test.
pub fn kinds() -> Vec<Kind> {
    let mut kinds = vec![Kind::Sqlite];
    kinds.extend(address().map(Kind::Postgres));
    kinds
}

fn address() -> Option<String> {
    if cfg!(feature = "postgres") { std::env::var("RAINWRIGHT_TEST_POSTGRES").ok() } else { None }
}

/// One of them.
#[derive(Clone)]
pub enum Kind {
    Sqlite,
    Postgres(String),
}

impl Kind {
    /// A place that is gone with the store that is opened there: memory, or the temporary tables of a session.
    pub fn brief(&self) -> StoreLocation {
        match self {
            Kind::Sqlite => StoreLocation::Memory,
            Kind::Postgres(url) => StoreLocation::Postgres(in_schema(url, "pg_temp")),
        }
    }

    /// A store in such a place.
    pub fn open(&self, forms: Vec<Form>, settings: Settings) -> Store {
        Store::open(self.brief(), forms, settings).unwrap()
    }

    /// A place that several stores can open, and that nobody else uses. It is gone when this is dropped.
    pub fn lasting(&self) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let url = match self {
            Kind::Sqlite => None,
            Kind::Postgres(url) => Some(url.clone()),
        };
        let schema = schema_of(folder.path());
        if let Some(url) = &url {
            on(url, &format!("CREATE SCHEMA \"{schema}\""));
        }
        Home { folder, url, schema }
    }
}

/// A place of records that last.
pub struct Home {
    folder: tempfile::TempDir,
    url: Option<String>,
    schema: String,
}

impl Home {
    pub fn place(&self) -> StoreLocation {
        match &self.url {
            None => StoreLocation::File(self.folder.path().join("records.db")),
            Some(url) => StoreLocation::Postgres(in_schema(url, &self.schema)),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(url) = &self.url {
            on(url, &format!("DROP SCHEMA \"{}\" CASCADE", self.schema));
        }
    }
}

/// The folder's name is drawn by chance; the process makes it one of its own in a database that several computers use.
fn schema_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap().to_string_lossy().replace('.', "").to_lowercase();
    format!("records_{}_{name}", std::process::id())
}

fn in_schema(url: &str, schema: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}options=-csearch_path%3D{schema}")
}

#[cfg(feature = "postgres")]
fn on(url: &str, sql: &str) {
    postgres::Client::connect(url, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
}

#[cfg(not(feature = "postgres"))]
fn on(_: &str, _: &str) {}
