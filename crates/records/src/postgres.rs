//! Records in Postgres: statements with their places numbered, values sent as text whose kind the statement decides.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::error::Error;

use bytes::BytesMut;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Row, Statement};
use rainwright_diagnostic::{Code, Problem};
use rainwright_runtime::database::Database as Address;

use crate::database::{Sql, ValueRef};
use crate::dialect::Dialect;

/// Statements that are kept prepared.
const PREPARED: usize = 256;
/// One run writes at a time, as in SQLite: the lock is that of the schema, is waited for as long as in SQLite, and ends with the
/// transaction. What was committed while it was waited for is seen.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '30s'; \
                     SELECT pg_advisory_xact_lock(hashtextextended('rainwright records ' || current_schema(), 0))";
/// A transaction in which a statement failed would be undone by a COMMIT without a word; the question before it fails then.
const COMMIT: &str = "SELECT 1; COMMIT";
/// What the database must have.
const ABLE: &str = "SELECT getdatabaseencoding() = 'UTF8', current_schema() IS NOT NULL, \
                    EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu')";

/// A connection of a store.
pub(crate) struct Postgres {
    address: Address,
    client: RefCell<Client>,
    prepared: RefCell<HashMap<String, Statement>>,
    open: Cell<bool>,
}

impl Postgres {
    /// Connects to a database by its address.
    pub(crate) fn connect(url: &str) -> Result<Self, Problem> {
        let address = Address::new(url)?;
        let mut client = address.connect()?;
        let row = client.query_one(ABLE, &[]).map_err(|e| explain(&e))?;
        let lacks = |place: usize| row.try_get::<_, bool>(place).map(|able| !able).map_err(|e| explain(&e));
        let unable = |message: &str, help: &str| Err(Problem::new(Code::StoreProblem, message).with_help(help));
        if lacks(0)? {
            return unable(
                "The database keeps texts in another encoding than UTF-8.",
                "Create one with ENCODING 'UTF8'.",
            );
        }
        if lacks(1)? {
            return unable(
                "The schema that the records should be in is not there.",
                "Create it, or name another one: ?options=-csearch_path%3DNAME.",
            );
        }
        if lacks(2)? {
            return unable("The database was built without ICU, which folds texts.", "Use a Postgres with ICU.");
        }
        Ok(Self { address, client: RefCell::new(client), prepared: RefCell::default(), open: Cell::new(false) })
    }

    /// The connection; a new one when the old one is gone and nothing was begun on it.
    fn client(&self) -> Result<RefMut<'_, Client>, Problem> {
        let mut client = self.client.borrow_mut();
        if client.is_closed() && !self.open.get() {
            self.prepared.borrow_mut().clear();
            *client = self.address.connect()?;
        }
        Ok(client)
    }

    /// Runs a prepared statement.
    fn with<'v, T>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = &'v Sql>,
        work: impl FnOnce(&mut Client, &Statement, &[Param<'v>]) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut client = self.client()?;
        let known = self.prepared.borrow().get(sql).cloned();
        let statement = match known {
            Some(known) => known,
            None => {
                let statement = client.prepare(&numbered(sql)).map_err(|e| explain(&e))?;
                let mut prepared = self.prepared.borrow_mut();
                if prepared.len() >= PREPARED {
                    prepared.clear();
                }
                prepared.insert(sql.to_owned(), statement.clone());
                statement
            }
        };
        let params: Vec<Param<'_>> = values.into_iter().map(Param).collect();
        let done = work(&mut client, &statement, &params);
        if done.is_err() {
            // Another process may have changed its table.
            self.prepared.borrow_mut().remove(sql);
        }
        done
    }

    pub(crate) fn execute<'v>(&self, sql: &str, values: impl IntoIterator<Item = &'v Sql>) -> Result<usize, Problem> {
        self.with(sql, values, |client, statement, params| {
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
            let changed = client.execute(statement, &params).map_err(|e| explain(&e))?;
            Ok(usize::try_from(changed).unwrap_or(usize::MAX))
        })
    }

    pub(crate) fn query(
        &self,
        sql: &str,
        values: &[Sql],
        mut read: impl FnMut(&Row) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.with(sql, values, |client, statement, params| {
            let mut rows = client.query_raw(statement, params).map_err(|e| explain(&e))?;
            while let Some(row) = rows.next().map_err(|e| explain(&e))? {
                read(&row)?;
            }
            Ok(())
        })
    }

    pub(crate) fn batch(&self, sql: &str) -> Result<(), Problem> {
        // Tables may change, and with them what was prepared.
        self.prepared.borrow_mut().clear();
        self.control(&numbered(sql))
    }

    pub(crate) fn control(&self, word: &str) -> Result<(), Problem> {
        self.client()?.batch_execute(word).map_err(|e| explain(&e))
    }

    pub(crate) fn begin(&self) -> Result<(), Problem> {
        let begun = self.control(BEGIN);
        match begun {
            Ok(()) => self.open.set(true),
            // The lock was not to be had in time: the transaction is there all the same.
            Err(_) => drop(self.client.borrow_mut().batch_execute("ROLLBACK")),
        }
        begun
    }

    pub(crate) fn end(&self, keep: bool) -> Result<(), Problem> {
        let mut client = self.client.borrow_mut();
        self.open.set(false);
        if keep {
            let kept = client.batch_execute(COMMIT).map_err(|e| explain(&e));
            if kept.is_ok() {
                return kept;
            }
            drop(client.batch_execute("ROLLBACK"));
            return kept;
        }
        // What the database has lost sight of, it undoes.
        let undone = client.batch_execute("ROLLBACK").map_err(|e| explain(&e));
        if client.is_closed() { Ok(()) } else { undone }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.get()
    }
}

/// A value of a row.
pub(crate) fn value(row: &Row, place: usize) -> Result<ValueRef<'_>, Problem> {
    let kind = row.columns().get(place).map_or(&Type::UNKNOWN, |column| column.type_());
    let found = match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(place).map(|v| v.map(ValueRef::Integer)),
        Type::INT4 => row.try_get::<_, Option<i32>>(place).map(|v| v.map(|v| ValueRef::Integer(v.into()))),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(place).map(|v| v.map(ValueRef::Blob)),
        _ => row.try_get::<_, Option<&str>>(place).map(|v| v.map(|text| ValueRef::Text(text.as_bytes()))),
    };
    found.map(|value| value.unwrap_or(ValueRef::Null)).map_err(|e| explain(&e))
}

/// A value on its way into a statement.
#[derive(Debug)]
struct Param<'v>(&'v Sql);

impl ToSql for Param<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Sql::Null => return Ok(IsNull::Yes),
            Sql::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Sql::Real(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Sql::Text(text) if text.contains('\u{10FFFF}') => {
                return Err("a text with the character U+10FFFF cannot be kept in Postgres".into());
            }
            Sql::Text(text) => out.extend_from_slice(Dialect::Postgres.stored(text).as_bytes()),
            // Bytes go as they are: only columns of bytes are given any.
            Sql::Blob(bytes) => out.extend_from_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        if matches!(self.0, Sql::Blob(_)) { Format::Binary } else { Format::Text }
    }

    to_sql_checked!();
}

/// A statement with its places numbered, and long names as the database keeps them.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut next = 0;
    let mut rest = sql;
    while let Some(at) = rest.find(['?', '"', '\'']) {
        out.push_str(&rest[..at]);
        let mark = &rest[at..=at];
        let after = &rest[at + 1..];
        if mark == "?" {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            next += 1;
            let number = if digits > 0 { after[..digits].to_owned() } else { next.to_string() };
            out.push('$');
            out.push_str(&number);
            rest = &after[digits..];
            continue;
        }
        let Some(end) = after.find(mark) else {
            out.push_str(&rest[at..]);
            return out;
        };
        let inner = &after[..end];
        let kept = if mark == "\"" { Dialect::Postgres.kept(inner) } else { inner.to_owned() };
        out.push_str(mark);
        out.push_str(&kept);
        out.push_str(mark);
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

/// A failure of the database as a problem.
fn explain(error: &postgres::Error) -> Problem {
    let problem = rainwright_runtime::database::explain(error);
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => crate::store::busy(),
        Some(code) if code.code().starts_with("42") && *code != SqlState::INSUFFICIENT_PRIVILEGE => {
            problem.with_help("Check that the forms fit the database with `dg app diff`.")
        }
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn places_are_numbered_outside_of_names_and_texts() {
        for (sql, expected) in [
            ("a = ? AND b = ?", "a = $1 AND b = $2"),
            ("a = ?2 AND b = ?1", "a = $2 AND b = $1"),
            ("\"a?\" = ? AND c <> '?'", "\"a?\" = $1 AND c <> '?'"),
            ("c <> '' AND d = ?", "c <> '' AND d = $1"),
        ] {
            assert_eq!(numbered(sql), expected);
        }
        let long = format!("\"{}\"", "x".repeat(80));
        assert_eq!(numbered(&long).len(), 40 + 17 + 2);
        assert_ne!(numbered(&long), numbered(&format!("\"{}y\"", "x".repeat(80))));
    }
}
