//! One interface to the database of a store: SQLite, or Postgres where that is built in.

use rainwright_diagnostic::{Code, Problem};
pub(crate) use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::dialect::Dialect;
use crate::store::explain;

/// A database.
pub(crate) enum Database {
    Sqlite(Connection),
    #[cfg(feature = "postgres")]
    Postgres(Box<crate::postgres::Postgres>),
}

/// A row of an answer.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    #[cfg(feature = "postgres")]
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    /// The value at a place.
    pub(crate) fn at(&self, place: usize) -> Result<ValueRef<'_>, Problem> {
        match self {
            Row::Sqlite(row) => row.get_ref(place).map_err(|e| explain(&e)),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => crate::postgres::value(row, place),
        }
    }

    /// The number at a place; none where there is null.
    pub(crate) fn number(&self, place: usize) -> Result<Option<i64>, Problem> {
        match self.at(place)? {
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Ok(None),
        }
    }

    /// The number at a place that always has one.
    pub(crate) fn id(&self, place: usize) -> Result<i64, Problem> {
        self.number(place)?.ok_or_else(|| Problem::new(Code::StoreProblem, "The database answered without a number"))
    }

    /// The text at a place; empty where there is none.
    pub(crate) fn text(&self, place: usize) -> Result<String, Problem> {
        let dialect = match self {
            Row::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Row::Postgres(_) => Dialect::Postgres,
        };
        match self.at(place)? {
            ValueRef::Text(bytes) => Ok(dialect.restored(bytes)),
            _ => Ok(String::new()),
        }
    }

    /// The bytes at a place.
    pub(crate) fn bytes(&self, place: usize) -> Result<Vec<u8>, Problem> {
        match self.at(place)? {
            ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
            _ => Ok(Vec::new()),
        }
    }
}

impl Database {
    /// How it calls things.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Database::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement, and says how many rows it changed.
    pub(crate) fn execute<'v>(&self, sql: &str, values: impl IntoIterator<Item = &'v Sql>) -> Result<usize, Problem> {
        match self {
            Database::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(|e| explain(&e))?;
                statement.execute(params_from_iter(values)).map_err(|e| explain(&e))
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(client) => client.execute(sql, values),
        }
    }

    /// Runs statements that take no values and may change tables, one after the other.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), Problem> {
        match self {
            Database::Sqlite(connection) => connection.execute_batch(sql).map_err(|e| explain(&e)),
            #[cfg(feature = "postgres")]
            Database::Postgres(client) => client.batch(sql),
        }
    }

    /// What a question finds.
    pub(crate) fn query<T>(
        &self,
        sql: &str,
        values: &[Sql],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Problem>,
    ) -> Result<Vec<T>, Problem> {
        let mut found = Vec::new();
        match self {
            Database::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(|e| explain(&e))?;
                let mut rows = statement.query(params_from_iter(values)).map_err(|e| explain(&e))?;
                while let Some(row) = rows.next().map_err(|e| explain(&e))? {
                    found.push(read(&Row::Sqlite(row))?);
                }
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(client) => client.query(sql, values, |row| {
                found.push(read(&Row::Postgres(row))?);
                Ok(())
            })?,
        }
        Ok(found)
    }

    /// The first row that a question finds.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        values: &[Sql],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        match self {
            Database::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(|e| explain(&e))?;
                let row = statement.query_row(params_from_iter(values), |row| Ok(read(&Row::Sqlite(row))));
                row.optional().map_err(|e| explain(&e))?.transpose()
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(self.query(sql, values, read)?.into_iter().next()),
        }
    }

    /// Begins a transaction that holds the right to write.
    pub(crate) fn begin(&self) -> Result<(), Problem> {
        match self {
            Database::Sqlite(_) => self.control("BEGIN IMMEDIATE"),
            #[cfg(feature = "postgres")]
            Database::Postgres(client) => client.begin(),
        }
    }

    /// Ends the transaction. One that cannot be kept is undone.
    pub(crate) fn end(&self, keep: bool) -> Result<(), Problem> {
        match self {
            Database::Sqlite(_) => {
                let ended = self.control(if keep { "COMMIT" } else { "ROLLBACK" });
                if ended.is_err() && keep && self.is_open() {
                    self.control("ROLLBACK")?;
                }
                ended
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(client) => client.end(keep),
        }
    }

    /// Runs a word that begins or ends a part of a transaction.
    pub(crate) fn control(&self, word: &str) -> Result<(), Problem> {
        match self {
            Database::Sqlite(_) => self.execute(word, []).map(drop),
            #[cfg(feature = "postgres")]
            Database::Postgres(client) => client.control(word),
        }
    }

    /// Whether a transaction is open.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Database::Sqlite(connection) => !connection.is_autocommit(),
            #[cfg(feature = "postgres")]
            Database::Postgres(client) => client.is_open(),
        }
    }

    /// Whether a question that fails spoils the transaction that it is asked in.
    pub(crate) fn is_spoiled_by_failures(&self) -> bool {
        self.dialect() == Dialect::Postgres
    }
}
