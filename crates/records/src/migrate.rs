//! Tables for forms: what a database lacks, has too much, or names otherwise, and the statements that mend it.

use std::collections::{BTreeMap, BTreeSet};

use rainwright_diagnostic::{Code, Problem};
use rusqlite::Connection;

use crate::field::{Field, Storage};
use crate::schema::{PARENT, SYSTEM, Schema, Table};
use crate::sql::{DECIMAL, quoted};
use crate::store::explain;

/// One difference between the forms and the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is, for people.
    pub what: String,
    /// Whether data are lost by it.
    pub loses: bool,
    /// The statements, in order.
    pub(crate) sql: Vec<String>,
}

/// The tables that every database has.
const OWN: &str = "
CREATE TABLE IF NOT EXISTS rainwright_facts (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rainwright_counters (form TEXT, field TEXT, value INTEGER NOT NULL, PRIMARY KEY (form, field)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rainwright_files (
    form TEXT, record INTEGER, field TEXT, place INTEGER, name TEXT NOT NULL, mime TEXT NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (form, record, field, place)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rainwright_done (run TEXT, seq INTEGER, outcome TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
";

/// Makes the tables that every database has.
pub(crate) fn prepare(database: &Connection) -> rusqlite::Result<()> {
    database.execute_batch(OWN)
}

/// The columns of a table: name and declaration.
fn columns(table: &Table) -> Vec<(String, String)> {
    let mut found = vec![("ID".to_owned(), "INTEGER PRIMARY KEY".to_owned())];
    if table.parent.is_some() {
        found.push((PARENT.to_owned(), "INTEGER".to_owned()));
    }
    for field in table.fields() {
        match field.storage() {
            Storage::Composite => {
                let parts = field.kind.parts().iter();
                found.extend(
                    parts.map(|part| (format!("{}.{part}", field.name), "TEXT NOT NULL DEFAULT ''".to_owned())),
                );
            }
            storage if storage.is_column() => found.push((field.name.clone(), declaration(&storage))),
            _ => {}
        }
    }
    for (name, kind) in &SYSTEM[1..] {
        found.push(((*name).to_owned(), declaration(&Field::new(name, *kind).storage())));
    }
    found
}

fn declaration(storage: &Storage) -> String {
    match storage {
        Storage::Text | Storage::File => "TEXT NOT NULL DEFAULT ''".to_owned(),
        Storage::Choice => "TEXT".to_owned(),
        Storage::Decimal => format!("TEXT COLLATE {DECIMAL}"),
        Storage::Flag => "INTEGER NOT NULL DEFAULT 0".to_owned(),
        _ => "INTEGER".to_owned(),
    }
}

/// The tables with the values of fields that hold several: name and kind of a value.
fn sides(table: &Table) -> Vec<(String, &'static str)> {
    let fields = table.fields().filter_map(|field| {
        let kind = match field.storage() {
            Storage::Choices => "TEXT",
            Storage::Lookups(_) => "INTEGER",
            _ => return None,
        };
        Some((table.side(field), kind))
    });
    fields.collect()
}

/// The columns that are looked for often.
fn indexes(table: &Table) -> Vec<String> {
    let mut found: Vec<String> = table.parent.iter().map(|_| PARENT.to_owned()).collect();
    for field in table.fields() {
        let storage = field.storage();
        if storage.is_column() && (field.unique || matches!(storage, Storage::Lookup(_))) {
            found.push(field.name.clone());
        }
    }
    found
}

/// What makes the database that of the forms.
///
/// # Errors
/// [`Code::StoreProblem`] when the database cannot be read.
pub(crate) fn plan(database: &Connection, schema: &Schema) -> Result<Vec<Step>, Problem> {
    let mut present = tables(database).map_err(|e| explain(&e))?;
    let known_indexes = names(database, "index").map_err(|e| explain(&e))?;
    let mut steps = Vec::new();
    for table in schema.tables() {
        let (name, columns) = (table.sql(), columns(table));
        let was = table.form.was.as_ref().map(|was| format!("f:{was}"));
        if !present.contains_key(&name)
            && let Some(old) = was.and_then(|was| present.remove_entry(&was))
        {
            steps.push(step(
                format!("form {} is named {} now", &old.0[2..], table.name),
                vec![format!("ALTER TABLE {} RENAME TO {}", quoted(&old.0), quoted(&name))],
            ));
            present.insert(name.clone(), old.1);
        }
        match present.remove(&name) {
            None => {
                let listed: Vec<String> =
                    columns.iter().map(|(name, kind)| format!("{} {kind}", quoted(name))).collect();
                let sql = format!("CREATE TABLE {} ({}) STRICT", quoted(&name), listed.join(", "));
                steps.push(step(format!("new form {}", table.name), vec![sql]));
            }
            Some(existing) => alter(table, &columns, &existing, &mut steps),
        }
        for (side, kind) in sides(table) {
            if present.remove(&side).is_none() {
                let sql = format!(
                    "CREATE TABLE {0} (record INTEGER NOT NULL, place INTEGER NOT NULL, value {kind} NOT NULL, PRIMARY KEY (record, place)) STRICT, WITHOUT ROWID",
                    quoted(&side)
                );
                let index =
                    format!("CREATE INDEX {} ON {} (value, record)", quoted(&format!("i:{side}")), quoted(&side));
                steps.push(step(format!("several values of {}", &side[2..]), vec![sql, index]));
            }
        }
        for column in indexes(table) {
            let index = format!("i:{}.{column}", table.name);
            if !known_indexes.contains(&index) {
                let sql = format!("CREATE INDEX {} ON {} ({})", quoted(&index), quoted(&name), quoted(&column));
                steps.push(step(format!("index of {}.{column}", table.name), vec![sql]));
            }
        }
    }
    for name in present.keys().filter(|name| name.starts_with("f:") || name.starts_with("v:")) {
        let sql = vec![format!("DROP TABLE {}", quoted(name))];
        steps.push(Step { what: format!("{} is gone", &name[2..]), loses: true, sql });
    }
    Ok(steps)
}

fn step(what: String, sql: Vec<String>) -> Step {
    Step { what, loses: false, sql }
}

/// The steps that give a table the columns that it should have.
fn alter(table: &Table, wanted: &[(String, String)], existing: &BTreeMap<String, String>, steps: &mut Vec<Step>) {
    let name = quoted(&table.sql());
    let mut left: BTreeSet<&String> = existing.keys().collect();
    for (column, kind) in wanted {
        let type_word = kind.split(' ').next().unwrap_or_default();
        if let Some(present) = existing.get(column) {
            left.remove(column);
            if !present.eq_ignore_ascii_case(type_word) {
                // Another kind of value: the old ones cannot be kept as they are.
                let column = quoted(column);
                steps.push(Step {
                    what: format!("{}.{column} holds another kind of value", table.name),
                    loses: true,
                    sql: vec![
                        format!(
                            "DROP INDEX IF EXISTS {}",
                            quoted(&format!("i:{}.{}", table.name, column.trim_matches('"')))
                        ),
                        format!("ALTER TABLE {name} DROP COLUMN {column}"),
                        format!("ALTER TABLE {name} ADD COLUMN {column} {kind}"),
                    ],
                });
            }
            continue;
        }
        let was = table.form.fields.iter().find(|field| field.name == *column).and_then(|field| field.was.clone());
        if let Some(was) = was.filter(|was| existing.contains_key(was) && wanted.iter().all(|(name, _)| name != was)) {
            if let Some((old, _)) = existing.get_key_value(&was) {
                left.remove(old);
            }
            let sql = vec![
                format!("DROP INDEX IF EXISTS {}", quoted(&format!("i:{}.{was}", table.name))),
                format!("ALTER TABLE {name} RENAME COLUMN {} TO {}", quoted(&was), quoted(column)),
            ];
            steps.push(step(format!("field {}.{was} is named {column} now", table.name), sql));
            continue;
        }
        let sql = format!("ALTER TABLE {name} ADD COLUMN {} {kind}", quoted(column));
        steps.push(step(format!("new field {}.{column}", table.name), vec![sql]));
    }
    for column in left {
        let sql = vec![
            format!("DROP INDEX IF EXISTS {}", quoted(&format!("i:{}.{column}", table.name))),
            format!("ALTER TABLE {name} DROP COLUMN {}", quoted(column)),
        ];
        steps.push(Step { what: format!("field {}.{column} is gone", table.name), loses: true, sql });
    }
}

/// Makes the database that of the forms, as part of the transaction that is open.
///
/// # Errors
/// [`Code::StoreProblem`] when data would be lost and may not be, or a statement fails.
pub(crate) fn apply(database: &Connection, steps: &[Step], allow_loss: bool) -> Result<(), Problem> {
    if let Some(step) = steps.iter().find(|step| step.loses && !allow_loss) {
        let message = format!("The forms differ from the database so that data would be lost: {}", step.what);
        let help = "Name what was renamed with `was`, or allow the loss with --allow-loss.";
        return Err(Problem::new(Code::StoreProblem, message).with_help(help));
    }
    for sql in steps.iter().flat_map(|step| &step.sql) {
        database.execute_batch(sql).map_err(|e| explain(&e))?;
    }
    Ok(())
}

fn names(database: &Connection, kind: &str) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement = database.prepare("SELECT name FROM sqlite_schema WHERE type = ?1")?;
    statement.query_map([kind], |row| row.get(0))?.collect()
}

/// The tables with their columns: name and type.
fn tables(database: &Connection) -> rusqlite::Result<BTreeMap<String, BTreeMap<String, String>>> {
    let mut found = BTreeMap::new();
    for name in names(database, "table")? {
        let mut statement = database.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
        let columns = statement.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let columns = columns.collect::<rusqlite::Result<_>>()?;
        found.insert(name, columns);
    }
    Ok(found)
}
