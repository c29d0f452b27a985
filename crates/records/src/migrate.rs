//! Tables for forms: what a database lacks, has too much, or names otherwise, and the statements that mend it.

use std::collections::{BTreeMap, BTreeSet};

use rainwright_diagnostic::{Code, Problem};

use crate::database::Database;
use crate::dialect::Dialect;
use crate::field::{Field, Storage};
use crate::schema::{PARENT, SYSTEM, Schema, Table};
use crate::sql::{DECIMAL, quoted};

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
CREATE TABLE IF NOT EXISTS rainwright_notes (kind TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rainwright_done (run TEXT, seq INTEGER, outcome TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
";

/// Makes the tables that every database has.
pub(crate) fn prepare(database: &Database) -> Result<(), Problem> {
    let dialect = database.dialect();
    if dialect == Dialect::Sqlite {
        return database.batch(OWN);
    }
    // A user who may only read and write records can do so once the tables are there.
    if database.first("SELECT 1 WHERE to_regclass('rainwright_notes') IS NOT NULL", &[], |_| Ok(()))?.is_some() {
        return Ok(());
    }
    let own =
        OWN.replace(" STRICT, WITHOUT ROWID", dialect.table_end(true)).replace("rainwright_facts", dialect.facts());
    database.batch(&dialect.declared(&own))
}

/// The columns of a table: name and declaration.
fn columns(table: &Table, dialect: Dialect) -> Vec<(String, String)> {
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
    found.into_iter().map(|(name, kind)| (name, dialect.declared(&kind))).collect()
}

fn declaration(storage: &Storage) -> String {
    match storage {
        Storage::Text | Storage::File(_) => "TEXT NOT NULL DEFAULT ''".to_owned(),
        Storage::Choice => "TEXT".to_owned(),
        Storage::Decimal => format!("TEXT COLLATE {DECIMAL}"),
        Storage::Flag => "INTEGER NOT NULL DEFAULT 0".to_owned(),
        _ => "INTEGER".to_owned(),
    }
}

fn side_index(side: &str, kind: &str, dialect: Dialect) -> String {
    let over = dialect.index_of("value", kind, ", record");
    format!("CREATE INDEX {} ON {} {over}", quoted(&format!("i:{side}")), quoted(side))
}

/// A text within a statement of ours; link names are all that comes here.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The tables with the values of fields that hold several: name, kind of a value, and the name that it had before.
fn sides(table: &Table) -> Vec<(String, &'static str, Option<String>)> {
    let fields = table.fields().filter_map(|field| {
        let kind = match field.storage() {
            Storage::Choices => "TEXT",
            Storage::Lookups(_) => "INTEGER",
            _ => return None,
        };
        let (form, field_was) = (table.form.was.as_ref(), field.was.as_ref());
        let was = (form.is_some() || field_was.is_some())
            .then(|| format!("v:{}.{}", form.unwrap_or(&table.name), field_was.unwrap_or(&field.name)));
        Some((table.side(field), kind, was))
    });
    fields.collect()
}

/// The columns that are looked for often.
fn indexes(table: &Table) -> Vec<String> {
    let mut found: Vec<String> = table.parent.iter().map(|_| PARENT.to_owned()).collect();
    found.extend(table.fields().filter(|field| field.is_indexed()).map(|field| field.name.clone()));
    found
}

/// What makes the database that of the forms.
///
/// # Errors
/// [`Code::StoreProblem`] when the database cannot be read.
pub(crate) fn plan(database: &Database, schema: &Schema) -> Result<Vec<Step>, Problem> {
    let dialect = database.dialect();
    let mut present = tables(database)?;
    let known_indexes = indexes_of(database)?;
    let mut steps = Vec::new();
    for table in schema.tables() {
        let (name, columns) = (table.sql(), columns(table, dialect));
        let kept = dialect.kept(&name);
        let was = table.form.was.as_ref().map(|was| dialect.kept(&format!("f:{was}")));
        if !present.contains_key(&kept)
            && let Some(old) = was.and_then(|was| present.remove_entry(&was))
        {
            let was = table.form.was.clone().unwrap_or_default();
            let mut sql = vec![format!("ALTER TABLE {} RENAME TO {}", quoted(&old.0), quoted(&name))];
            for own in ["rainwright_counters", "rainwright_files"] {
                sql.push(format!("UPDATE {own} SET form = {} WHERE form = {}", literal(&table.name), literal(&was)));
            }
            sql.extend(
                old.1.keys().map(|column| format!("DROP INDEX IF EXISTS {}", quoted(&format!("i:{was}.{column}")))),
            );
            steps.push(step(format!("form {was} is named {} now", table.name), sql));
            present.insert(kept.clone(), old.1);
        }
        match present.remove(&kept) {
            None => {
                let listed: Vec<String> =
                    columns.iter().map(|(name, kind)| format!("{} {kind}", quoted(name))).collect();
                let end = dialect.table_end(false);
                let sql = format!("CREATE TABLE {} ({}){end}", quoted(&name), listed.join(", "));
                steps.push(step(format!("new form {}", table.name), vec![sql]));
            }
            Some(existing) => alter(table, &columns, &existing, dialect, &mut steps),
        }
        for (side, kind, was) in sides(table) {
            if present.contains_key(&dialect.kept(&side)) {
                present.remove(&dialect.kept(&side));
            } else if let Some(was) = was.filter(|was| present.remove(&dialect.kept(was)).is_some()) {
                let sql = vec![
                    format!("ALTER TABLE {} RENAME TO {}", quoted(&was), quoted(&side)),
                    format!("DROP INDEX IF EXISTS {}", quoted(&format!("i:{was}"))),
                    side_index(&side, kind, dialect),
                ];
                steps.push(step(format!("several values of {} are those of {} now", &was[2..], &side[2..]), sql));
            } else {
                let index = side_index(&side, kind, dialect);
                let (kind, end) = (dialect.declared(kind), dialect.table_end(true));
                let number = dialect.declared("INTEGER");
                let sql = format!(
                    "CREATE TABLE {0} (record {number} NOT NULL, place {number} NOT NULL, value {kind} NOT NULL, PRIMARY KEY (record, place)){end}",
                    quoted(&side)
                );
                steps.push(step(format!("several values of {}", &side[2..]), vec![sql, index]));
            }
        }
        for column in indexes(table) {
            let index = format!("i:{}.{column}", table.name);
            if !known_indexes.contains(&dialect.kept(&index)) {
                let kind = columns.iter().find(|(name, _)| *name == column).map_or("", |(_, kind)| kind);
                let over = dialect.index_of(&quoted(&column), kind, "");
                let sql = format!("CREATE INDEX {} ON {} {over}", quoted(&index), quoted(&name));
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
fn alter(
    table: &Table,
    wanted: &[(String, String)],
    existing: &BTreeMap<String, String>,
    dialect: Dialect,
    steps: &mut Vec<Step>,
) {
    let name = quoted(&table.sql());
    let mut left: BTreeSet<&String> = existing.keys().collect();
    for (column, kind) in wanted {
        let type_word = if kind.contains(DECIMAL) { DECIMAL } else { kind.split(' ').next().unwrap_or_default() };
        let kept = dialect.kept(column);
        if let Some(present) = existing.get(&kept) {
            left.remove(&kept);
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
        let (field, part) = column.split_once('.').map_or((column.as_str(), None), |(field, part)| (field, Some(part)));
        let was = table.form.fields.iter().find(|known| known.name == field).and_then(|known| known.was.clone());
        let was = was.map(|was| part.map_or(was.clone(), |part| format!("{was}.{part}")));
        let old = was.as_ref().and_then(|was| existing.get_key_value(&dialect.kept(was)));
        if let (Some(was), Some((old, _))) = (was, old)
            && wanted.iter().all(|(name, _)| *name != was)
        {
            left.remove(old);
            let mut sql = vec![
                format!("DROP INDEX IF EXISTS {}", quoted(&format!("i:{}.{was}", table.name))),
                format!("ALTER TABLE {name} RENAME COLUMN {} TO {}", quoted(&was), quoted(column)),
            ];
            for own in ["rainwright_counters", "rainwright_files"] {
                let (new, was, form) = (literal(column), literal(&was), literal(&table.name));
                sql.push(format!("UPDATE {own} SET field = {new} WHERE form = {form} AND field = {was}"));
            }
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
pub(crate) fn apply(database: &Database, steps: &[Step], allow_loss: bool) -> Result<(), Problem> {
    if let Some(step) = steps.iter().find(|step| step.loses && !allow_loss) {
        let message = format!("The forms differ from the database so that data would be lost: {}", step.what);
        let help = "Name what was renamed with `was`, or allow the loss with --allow-loss.";
        return Err(Problem::new(Code::StoreProblem, message).with_help(help));
    }
    for sql in steps.iter().flat_map(|step| &step.sql) {
        database.batch(sql)?;
    }
    Ok(())
}

/// The names of the indexes.
fn indexes_of(database: &Database) -> Result<BTreeSet<String>, Problem> {
    let sql = match database.dialect() {
        Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'index'",
        Dialect::Postgres => {
            "SELECT CAST(c.relname AS TEXT) FROM pg_class c WHERE c.relkind = 'i' \
             AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
        }
    };
    Ok(database.query(sql, &[], |row| row.text(0))?.into_iter().collect())
}

/// The tables with their columns: name and type.
fn tables(database: &Database) -> Result<BTreeMap<String, BTreeMap<String, String>>, Problem> {
    let sql = match database.dialect() {
        Dialect::Sqlite => {
            // The type of a column does not tell decimals from other texts; their collation does.
            "SELECT t.name, c.name, iif(instr(t.sql, '\"' || c.name || '\" TEXT COLLATE rainwright_decimal'), 'rainwright_decimal', c.type) \
             FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"
        }
        Dialect::Postgres => {
            "SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT), format_type(a.atttypid, NULL) \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
             WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
             AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
        }
    };
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (table, column, kind) in database.query(sql, &[], |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?)))? {
        found.entry(table).or_default().insert(column, kind);
    }
    Ok(found)
}
