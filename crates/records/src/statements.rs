//! Statements about a table, written once and kept with the columns that they are for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::schema::Table;

/// How many statements are kept for a table: scripts write the same few sets of columns again and again.
const KEPT: usize = 16;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Adds a record with values for these columns.
    Insert,
    /// Changes these columns of a record.
    Update,
    /// Looks for another record with the same value in a column.
    Unique,
}

/// The statements of all tables.
#[derive(Default)]
pub(crate) struct Statements(RefCell<HashMap<String, Vec<Kept>>>);

struct Kept {
    what: What,
    columns: Vec<String>,
    sql: Arc<str>,
}

impl Statements {
    /// The statement that does this with these columns of a table.
    pub(crate) fn of<'n>(
        &self,
        table: &Table,
        what: What,
        columns: impl IntoIterator<Item = &'n str> + Clone,
        write: impl FnOnce() -> String,
    ) -> Arc<str> {
        let mut tables = self.0.borrow_mut();
        let fits = |kept: &Kept| what == kept.what && kept.columns.iter().map(String::as_str).eq(columns.clone());
        if let Some(found) = tables.get(&table.name).and_then(|kept| kept.iter().find(|kept| fits(kept))) {
            return Arc::clone(&found.sql);
        }
        let sql: Arc<str> = write().into();
        let kept = tables.entry(table.name.clone()).or_default();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        let columns = columns.into_iter().map(str::to_owned).collect();
        kept.push(Kept { what, columns, sql: Arc::clone(&sql) });
        sql
    }
}
