//! Reading: queries to records, rows to data, figures over many.

use std::collections::HashMap;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{
    Comparison, Criteria, Data, DataMap, Decimal, File, LEADS_TO, Operand, Query, RecordSet, Records,
};

use crate::criteria::{Writer, part_of};
use crate::database::{Row, Sql, ValueRef};
use crate::dialect::Dialect;
use crate::field::{Field, FileKind, Storage};
use crate::picture;
use crate::schema::{SYSTEM, Table};
use crate::sql::quoted;
use crate::store::Store;

/// Rows that come with the IDs of a query.
const PAGE: usize = 100;

/// A statement with its values.
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) bound: Vec<Sql>,
}

/// How a row of a table is read.
pub(crate) struct RowPlan {
    columns: Vec<Column>,
    /// The columns as a statement selects them from the table that it knows as `t`; the ID comes first.
    selected: String,
    /// The keys of a row, which all rows share.
    keys: Arc<[Data]>,
    /// Whether they all lie in the record's own table.
    is_plain: bool,
    /// The statements for one record, and for several.
    one: String,
    several: String,
}

/// A column of a row as it is read.
struct Column {
    key: String,
    sql: String,
    storage: Storage,
    /// Whether it is a part of a name or an address.
    is_part: bool,
}

impl Column {
    fn new(key: impl Into<String>, sql: String, storage: Storage) -> Self {
        let key = key.into();
        let is_part = key.contains('.');
        Self { key, sql, storage, is_part }
    }
}

/// The order of the rows of a query that names none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsorted {
    /// Ascending by ID.
    ById,
    /// As the database finds them.
    AsFound,
}

impl Store {
    /// Answers a question.
    pub(crate) fn answer(&mut self, request: &Records) -> Result<Data, Problem> {
        if !self.is_open() || !self.database.is_spoiled_by_failures() {
            return self.ask(request);
        }
        self.mark()?;
        let answer = self.ask(request);
        self.release(answer.is_ok())?;
        answer
    }

    fn ask(&mut self, request: &Records) -> Result<Data, Problem> {
        match request {
            Records::Fetch { query, field: None } => {
                let (ids, rows) = self.fetch(query)?;
                let form = self.schema.expect(&query.form)?.name.clone();
                Ok(Data::Records(Box::new(RecordSet { form, single: false, ids, rows })))
            }
            Records::Fetch { query, field: Some(field) } => match self.ids(query, true)?.first() {
                Some(id) => self.read(&query.form, *id, &field.0, true),
                None => {
                    self.warn(format!("No record of '{}' matches, so that {field} is null", query.form));
                    Ok(Data::Null)
                }
            },
            Records::Aggregate { query, function, field } => self.figure(query, *function, field.as_ref()),
            Records::Rows { form, ids } => {
                let table = self.schema.expect(form)?;
                let rows = self.rows(table, ids)?;
                Ok(Data::Records(Box::new(RecordSet {
                    form: table.name.clone(),
                    single: false,
                    ids: ids.clone(),
                    rows,
                })))
            }
            Records::Read { form, id, field } => self.read(form, *id, &field.0, true),
            _ => Err(Problem::new(Code::NotSupported, "The store does not know this request")),
        }
    }

    /// Adds something that a script's author may want to know; a hundred are kept until they are taken.
    pub fn warn(&mut self, warning: String) {
        if self.warnings.len() < 100 {
            self.warnings.push(warning);
        }
    }

    /// The statement of a query that selects something of each record, known as `t`.
    pub(crate) fn select(
        &self,
        query: &Query,
        unsorted: Unsorted,
        what: impl FnOnce(&mut Writer<'_>, &Table) -> Result<String, Problem>,
    ) -> Result<Option<Statement>, Problem> {
        let table = self.schema.expect(&query.form)?;
        let locale = &self.settings.locale;
        let dialect = self.database.dialect();
        let mut writer = Writer::new(&self.schema, dialect, locale, self.actor.now, self.settings.ignore_case);
        let what = what(&mut writer, table)?;
        let mut sql = format!("SELECT {what} FROM {} t", quoted(&table.sql()));
        if let Some(criteria) = &query.criteria {
            let condition = writer.condition(table, "t", criteria)?;
            sql.push_str(" WHERE ");
            sql.push_str(&condition);
        }
        if query.sort.is_empty() && query.range.is_none() && unsorted == Unsorted::AsFound {
            return Ok(Some(Statement { sql, bound: writer.bound }));
        }
        sql.push_str(" ORDER BY ");
        for sort in &query.sort {
            let (value, storage) = writer.value(table, "t", &sort.field.0)?;
            sql.push_str(&match storage {
                Storage::Choice => dialect.folded(&value),
                // A lookup that is unset leads to no text, which is as good as an empty one.
                Storage::Text | Storage::File(_) => format!("coalesce({}, '')", dialect.folded(&value)),
                Storage::Decimal => dialect.ordered_decimal(&value),
                _ => value,
            });
            sql.push_str(if sort.descending { " DESC NULLS LAST, " } else { " NULLS FIRST, " });
        }
        // The plus keeps SQLite from walking all records in the order of their IDs where an index finds the few that match.
        let finds = query.criteria.as_ref().is_some_and(|criteria| uses_index(table, criteria));
        sql.push_str(if dialect == Dialect::Sqlite && finds { "+t.\"ID\"" } else { "t.\"ID\"" });
        if let Some((from, to)) = &query.range {
            let (from, to) = (range_end(from)?, range_end(to)?);
            if from < 1 || to < from {
                return Ok(None);
            }
            writer.bound.extend([Sql::Integer((to - from).saturating_add(1)), Sql::Integer(from - 1)]);
            sql.push_str(" LIMIT ? OFFSET ?");
        }
        Ok(Some(Statement { sql, bound: writer.bound }))
    }

    /// The IDs of the records that match, in order; `first` asks for no more than one.
    pub(crate) fn ids(&self, query: &Query, first: bool) -> Result<Vec<i64>, Problem> {
        // A query that asks for all and for no order is put in order here, which costs less.
        let unsorted = if first { Unsorted::ById } else { Unsorted::AsFound };
        let Some(mut statement) = self.select(query, unsorted, |_, _| Ok("t.\"ID\"".to_owned()))? else {
            return Ok(Vec::new());
        };
        if first && query.range.is_none() {
            statement.sql.push_str(" LIMIT 1");
        }
        let mut ids = self.list(&statement, |row| row.id(0))?;
        if query.sort.is_empty() && query.range.is_none() {
            ids.sort_unstable();
        }
        Ok(ids)
    }

    /// The IDs of the records that match, in order, with the first page of rows.
    fn fetch(&self, query: &Query) -> Result<(Vec<i64>, Vec<Data>), Problem> {
        let table = self.schema.expect(&query.form)?;
        let plan = self.row_plan(table)?;
        if plan.is_plain && query.range.is_none() {
            let Some(mut statement) = self.select(query, Unsorted::ById, |_, _| Ok(plan.selected.clone()))? else {
                return Ok((Vec::new(), Vec::new()));
            };
            // Most queries find few records, and one statement is enough for them.
            statement.sql.push_str(" LIMIT 101");
            let found = self.list(&statement, |row| Ok((row.id(0)?, self.row(table, &plan, row)?)))?;
            if found.len() <= PAGE {
                return Ok(found.into_iter().unzip());
            }
        }
        let ids = self.ids(query, false)?;
        let rows = self.rows(table, &ids[..ids.len().min(PAGE)])?;
        Ok((ids, rows))
    }

    pub(crate) fn list<T>(
        &self,
        statement: &Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, Problem>,
    ) -> Result<Vec<T>, Problem> {
        self.database.query(&statement.sql, &statement.bound, read)
    }

    /// The columns of a row: the ID, the form's fields, the system's.
    fn columns(&self, table: &Table) -> Result<Vec<Column>, Problem> {
        let mut found = vec![Column::new("ID", "t.\"ID\"".into(), Storage::Number)];
        let dialect = self.database.dialect();
        let writer = Writer::new(&self.schema, dialect, &self.settings.locale, 0, false);
        for field in table.fields() {
            let storage = field.storage();
            let sql = match &storage {
                Storage::Nothing => continue,
                Storage::Choices | Storage::Lookups(_) => {
                    let side = quoted(&table.side(field));
                    dialect.gathered("value", &side, "record = t.\"ID\"", "place")
                }
                Storage::Composite => {
                    let parts = field.kind.parts().iter().map(|part| format!("{}.{part}", field.name));
                    for key in parts {
                        found.push(Column::new(&*key, format!("t.{}", quoted(&key)), Storage::Text));
                    }
                    String::new()
                }
                Storage::Rows | Storage::Children(_) => {
                    let (rows, link) = writer.rows_of(table, field, &storage)?;
                    let (name, link) = (quoted(&rows.sql()), quoted(&link));
                    let rows = format!("{name} r");
                    dialect.gathered("r.\"ID\"", &rows, &format!("r.{link} = t.\"ID\""), "r.\"ID\"")
                }
                _ => dialect.shown(format!("t.{}", quoted(&field.name)), &storage),
            };
            found.push(Column::new(&*field.name, sql, storage));
        }
        for (name, kind) in &SYSTEM[1..] {
            let storage = Field::new(name, *kind).storage();
            found.push(Column::new(*name, format!("t.{}", quoted(name)), storage));
        }
        Ok(found)
    }

    /// How a row of a table is read; made once.
    fn row_plan(&self, table: &Table) -> Result<Arc<RowPlan>, Problem> {
        if let Some(known) = self.row_plans.borrow().get(&table.name) {
            return Ok(Arc::clone(known));
        }
        let columns = self.columns(table)?;
        let listed: Vec<&str> = columns.iter().filter(|c| !c.sql.is_empty()).map(|c| c.sql.as_str()).collect();
        let (selected, name) = (listed.join(", "), quoted(&table.sql()));
        let one = format!("SELECT {selected} FROM {name} t WHERE t.\"ID\" = ?1");
        let several = self.database.dialect().by_ids(&selected, &name);
        let is_plain = columns.iter().all(|column| column.storage.is_column() || column.sql.is_empty());
        let mut keys = Vec::with_capacity(columns.len());
        for column in &columns {
            if let Storage::Lookups(_) = &column.storage {
                keys.push(Data::Text(format!("{}{LEADS_TO}", column.key)));
            }
            keys.push(Data::Text(column.key.clone()));
        }
        let plan = Arc::new(RowPlan { columns, selected, keys: keys.into(), is_plain, one, several });
        self.row_plans.borrow_mut().insert(table.name.clone(), Arc::clone(&plan));
        Ok(plan)
    }

    /// The rows of IDs as maps, null where there is none.
    pub(crate) fn rows(&self, table: &Table, ids: &[i64]) -> Result<Vec<Data>, Problem> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let plan = self.row_plan(table)?;
        if let [id] = ids {
            let row = self.database.first(&plan.one, &[Sql::Integer(*id)], |row| self.row(table, &plan, row))?;
            return Ok(vec![row.unwrap_or_default()]);
        }
        let listed = [self.database.dialect().listed_ids(ids)];
        let found =
            self.database.query(&plan.several, &listed, |row| Ok((row.id(0)?, self.row(table, &plan, row)?)))?;
        if found.len() == ids.len() && found.iter().map(|(id, _)| id).eq(ids) {
            return Ok(found.into_iter().map(|(_, row)| row).collect());
        }
        let found: HashMap<i64, Data> = found.into_iter().collect();
        Ok(ids.iter().map(|id| found.get(id).cloned().unwrap_or_default()).collect())
    }

    /// A row that a plan selected.
    fn row(&self, table: &Table, plan: &RowPlan, row: &Row<'_>) -> Result<Data, Problem> {
        let mut values = Vec::with_capacity(plan.keys.len());
        let mut at = 0;
        let mut parts: Vec<String> = Vec::new();
        for column in &plan.columns {
            let value = if column.sql.is_empty() {
                let address = table.field(&column.key).is_some_and(|f| f.kind.parts().len() > 4);
                joined(&std::mem::take(&mut parts), address)
            } else {
                at += 1;
                let value = self.data(&column.storage, table, &column.key, row.at(at - 1)?);
                if column.is_part {
                    parts.push(value.as_text().unwrap_or_default().to_owned());
                }
                value
            };
            if let Storage::Lookups(to) = &column.storage {
                values.push(Data::Text(to.clone()));
            }
            values.push(value);
        }
        Ok(Data::Map(DataMap::row(Arc::clone(&plan.keys), values)))
    }

    /// A stored value as data.
    pub(crate) fn data(&self, storage: &Storage, table: &Table, key: &str, value: ValueRef<'_>) -> Data {
        let dialect = self.database.dialect();
        match (storage, value) {
            (Storage::Flag, ValueRef::Integer(flag)) => Data::Bool(flag != 0),
            (Storage::Date, ValueRef::Integer(days)) => Data::Date(days),
            (Storage::DateTime, ValueRef::Integer(millis)) => {
                let offset = i32::try_from(self.settings.locale.zone.offset(millis) / 1000).unwrap_or(0);
                Data::DateTime { millis, offset }
            }
            (Storage::Time, ValueRef::Integer(millis)) => Data::Time { millis, twelve_hours: false },
            (Storage::Decimal, ValueRef::Text(digits)) => decimal(&String::from_utf8_lossy(digits)),
            (Storage::Choices | Storage::Lookups(_), ValueRef::Text(json)) => {
                // A column holds several choices or IDs as a JSON array, which SQL can look into.
                let values: Vec<serde_json::Value> = serde_json::from_slice(json).unwrap_or_default();
                Data::List(
                    values
                        .into_iter()
                        .map(|value| {
                            let text = || dialect.restored(value.as_str().unwrap_or_default().as_bytes()).into();
                            value.as_i64().map_or_else(text, Data::Number)
                        })
                        .collect(),
                )
            }
            (Storage::Rows | Storage::Children(_), ValueRef::Text(json)) => {
                let form = match storage {
                    Storage::Children(form) => form.clone(),
                    _ => format!("{}.{key}", table.name),
                };
                let ids = serde_json::from_slice(json).unwrap_or_default();
                Data::Records(Box::new(RecordSet { form, single: false, ids, rows: Vec::new() }))
            }
            (_, ValueRef::Integer(number)) => Data::Number(number),
            (Storage::File(FileKind::Image), ValueRef::Text(text)) => picture::shown(&dialect.restored(text)),
            (Storage::File(FileKind::Clip), ValueRef::Text([])) => Data::Null,
            (_, ValueRef::Text(text)) => Data::Text(dialect.restored(text)),
            _ => Data::Null,
        }
    }

    /// The value of a field of a record, through lookups, subforms, parts and files; `whole` asks for a name or an address as
    /// the map of its parts.
    pub(crate) fn read(&self, form: &str, id: i64, path: &[String], whole: bool) -> Result<Data, Problem> {
        let table = self.schema.expect(form)?;
        let Some((first, rest)) = path.split_first() else {
            return Ok(Data::Number(id));
        };
        let field = table.expect(first)?;
        let row = self.rows(table, &[id])?.pop().unwrap_or_default();
        let value = row.get(&field.name).cloned().unwrap_or_default();
        let storage = field.storage();
        match (&storage, rest) {
            (Storage::Composite, []) if whole && !value.is_null() => {
                let part = |part: &&'static str| (*part, row[format!("{}.{part}", field.name).as_str()].clone());
                Ok(Data::map(field.kind.parts().iter().map(part).collect::<Vec<_>>()))
            }
            (_, []) => Ok(value),
            (Storage::Composite, [part]) => {
                let key = part_of(field, part).ok_or_else(|| no_field(field, part))?;
                Ok(row.get(&key).cloned().unwrap_or_default())
            }
            (Storage::Lookup(to), rest) => match value.as_number() {
                Some(linked) => self.read(to, linked, rest, whole),
                None => {
                    // A path that is wrong is wrong for an unset link too.
                    self.schema.expect(to)?.expect(&rest[0]).map(|_| Data::Null)
                }
            },
            (Storage::Lookups(to), rest) => {
                let linked = value.as_list().unwrap_or_default().iter().filter_map(Data::as_number);
                linked.map(|id| self.read(to, id, rest, false)).collect::<Result<Vec<_>, _>>().map(Data::List)
            }
            (Storage::Rows | Storage::Children(_), rest) => match value {
                Data::Records(set) => match set.ids.first() {
                    Some(row) => self.read(&set.form, *row, rest, whole),
                    None => Ok(Data::Null),
                },
                _ => Ok(Data::Null),
            },
            (Storage::File(_), [content]) if content.eq_ignore_ascii_case("content") => {
                Ok(self.files(&table.name, id, &field.name)?.into_iter().next().map_or(Data::Null, Data::from))
            }
            (_, [part, ..]) => Err(no_field(field, part)),
        }
    }

    /// The files of a field of a record.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database cannot be read.
    pub fn files(&self, form: &str, id: i64, field: &str) -> Result<Vec<File>, Problem> {
        let sql = "SELECT name, mime, bytes FROM rainwright_files WHERE form = ?1 AND record = ?2 AND field = ?3 ORDER BY place";
        let bound = vec![Sql::Text(form.to_owned()), Sql::Integer(id), Sql::Text(field.to_owned())];
        self.list(&Statement { sql: sql.to_owned(), bound }, |row| {
            Ok(File { name: row.text(0)?, mime: row.text(1)?, bytes: row.bytes(2)?.into(), ..File::default() })
        })
    }

    /// A value as a field holds it: a text from a form or a file becomes what it reads as.
    ///
    /// # Errors
    /// A field that is not there, or a value that it cannot hold.
    pub fn fit(&self, form: &str, field: &str, value: Data) -> Result<Data, Problem> {
        self.fit_as(form, self.schema.expect(form)?.expect(field)?, value)
    }

    /// A value as a field of that description holds it; see [`Store::fit`].
    ///
    /// # Errors
    /// A form that is not there, or a value that the field cannot hold.
    pub fn fit_as(&self, form: &str, field: &Field, value: Data) -> Result<Data, Problem> {
        let table = self.schema.expect(form)?;
        let (storage, locale) = (field.storage(), &self.settings.locale);
        Ok(match &storage {
            Storage::Choices | Storage::Lookups(_) => {
                let values = crate::stored::several(field, &storage, &value, locale)?;
                Data::List(values.iter().map(|value| self.data(&Storage::Choice, table, "", value.into())).collect())
            }
            Storage::File(_) if is_file(&value) => value,
            storage if storage.is_column() => {
                let column = crate::stored::column(field, storage, &value, locale)?;
                self.data(storage, table, "", (&column).into())
            }
            _ => value,
        })
    }
}

/// Whether an index finds the records that criteria choose: one that must hold compares an indexed column with a value.
fn uses_index(table: &Table, criteria: &Criteria) -> bool {
    match criteria {
        Criteria::All { of } => of.iter().any(|one| uses_index(table, one)),
        Criteria::Compare { left: Operand::Field(path), comparison, right: Operand::Value(_) } => {
            // A path through a lookup is answered by the index of the lookup.
            let field = path.0.first().and_then(|name| table.field(name));
            let finds =
                !matches!(comparison, Comparison::NotEqual | Comparison::IsNot | Comparison::NotIn | Comparison::Like);
            finds && field.is_some_and(Field::is_indexed)
        }
        _ => false,
    }
}

/// Whether a value is files rather than the name of one.
fn is_file(value: &Data) -> bool {
    match value {
        Data::File(_) => true,
        Data::List(items) => items.iter().any(|item| matches!(item, Data::File(_))),
        _ => false,
    }
}

fn no_field(field: &Field, part: &str) -> Problem {
    let message = format!("'{}' has no field '{part}' within it", field.name);
    Problem::new(Code::UnknownName, message).with_help("Only lookups, subforms, names and addresses have fields.")
}

/// A composite field as one text.
fn joined(parts: &[String], address: bool) -> Data {
    let shown = if address { &parts[..parts.len().min(6)] } else { parts };
    let parts: Vec<&str> = shown.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { Data::Null } else { parts.join(if address { ", " } else { " " }).into() }
}

/// A decimal by its digits; beyond the digits of an exact one the nearest float.
pub(crate) fn decimal(digits: &str) -> Data {
    match digits.parse::<Decimal>() {
        Ok(decimal) => Data::Decimal(decimal),
        Err(_) => Data::Float(digits.parse().unwrap_or(f64::NAN)),
    }
}

fn range_end(value: &Data) -> Result<i64, Problem> {
    let number = value.as_number().or_else(|| value.as_text().and_then(|text| text.trim().parse().ok()));
    number.ok_or_else(|| {
        let message = format!("The ends of a range are NUMBERs, not {}", value.kind());
        Problem::new(Code::WrongKind, message)
    })
}
