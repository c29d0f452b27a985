//! Writing: new records, changed ones, deleted ones, and what each does to others.

use std::collections::BTreeMap;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, DataMap, FieldPath, File, Records};

use crate::criteria::part_of;
use crate::database::Sql;
use crate::field::{Field, FieldType, Storage};
use crate::schema::{PARENT, SYSTEM, Table};
use crate::sql::quoted;
use crate::store::Store;
use crate::stored;

/// What is written to one record.
#[derive(Default)]
pub(crate) struct Change {
    /// Columns of the record's own table.
    pub(crate) columns: BTreeMap<String, Sql>,
    /// Values of fields that hold several.
    pub(crate) sides: Vec<(Field, Vec<Sql>)>,
    /// Rows of subforms.
    rows: Vec<(Field, Vec<DataMap>)>,
    /// Files of file fields.
    files: Vec<(Field, Vec<File>)>,
}

/// How strict a write is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A statement of a script.
    Script,
    /// The product itself: a submission that was checked, a formula.
    Product,
}

impl Store {
    /// Performs a change; its caller undoes what a failure leaves.
    pub(crate) fn change(&mut self, request: &Records) -> Result<Data, Problem> {
        match request {
            Records::Insert { form, fields } => self.add(form, None, fields, Writer::Script).map(Data::Number),
            Records::Update { query, field, value } => {
                let ids = self.ids(query, false)?;
                for id in ids {
                    self.set(&query.form, id, &[(field.clone(), value.clone())], Writer::Script)?;
                }
                Ok(Data::Null)
            }
            Records::Delete { query } => {
                let ids = self.ids(query, false)?;
                for id in ids {
                    self.delete(&query.form, id)?;
                }
                Ok(Data::Null)
            }
            Records::Set { form, id, fields } => {
                let others = self.set(form, *id, fields, Writer::Script)?;
                let table = self.schema.expect(form)?;
                Ok(if others { Data::Null } else { self.rows(table, &[*id])?.pop().unwrap_or_default() })
            }
            Records::AddRows { form, id, field, rows } => {
                let (table, field) = self.subform(form, field)?;
                self.add_rows(&table, *id, &field, rows)?;
                Ok(Data::Null)
            }
            _ => Err(Problem::new(Code::NotSupported, "The store does not know this request")),
        }
    }

    /// Whether a change of one record is a single statement after all checks. Then nothing is written when it fails, and it needs
    /// no savepoint. All its fields are in the record's own row, and no other record changes.
    pub(crate) fn is_simple(&self, request: &Records) -> bool {
        let (Records::Insert { form, fields } | Records::Set { form, fields, .. }) = request else { return false };
        let Some(table) = self.schema.table(form) else { return false };
        let lies_in_row = |field: &Field| match field.storage() {
            Storage::File => false,
            storage => field.bidirectional.is_none() && (storage.is_column() || storage == Storage::Composite),
        };
        fields.iter().all(|(path, _)| path.0.first().and_then(|name| table.field(name)).is_some_and(lies_in_row))
    }

    fn subform(&self, form: &str, path: &FieldPath) -> Result<(Arc<Table>, Field), Problem> {
        let table = self.schema.shared(form)?;
        let field = table.expect(path.0.first().map_or("", String::as_str))?;
        if field.kind != FieldType::Subform {
            return Err(Problem::new(Code::WrongKind, format!("'{}' is no subform and has no rows", field.name)));
        }
        let field = field.clone();
        Ok((table, field))
    }

    /// Adds a record as the product does, and gives its ID. Mandatory fields are the caller's part: whether they are
    /// demanded depends on the form as it was shown; see [`Store::missing`].
    ///
    /// # Errors
    /// A value that a field cannot hold, or a value that must be unique and is not.
    pub fn submit(&mut self, form: &str, fields: &[(FieldPath, Data)]) -> Result<i64, Problem> {
        self.add(form, None, fields, Writer::Product)
    }

    /// Adds a record that has an ID already, as one that was there before.
    ///
    /// # Errors
    /// As [`Store::submit`], and an ID that another record has.
    pub fn put(&mut self, form: &str, id: i64, fields: &[(FieldPath, Data)]) -> Result<(), Problem> {
        if self.exists(form, id)? {
            let message = format!("The form '{form}' has a record {id} already");
            return Err(Problem::new(Code::BadArgument, message));
        }
        self.add(form, Some(id), fields, Writer::Product).map(drop)
    }

    /// What a mandatory field of a record lacks, for records that no form was filled in for.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the record cannot be read.
    pub fn missing(&self, form: &str, id: i64) -> Result<Option<Problem>, Problem> {
        let table = self.schema.expect(form)?;
        let row = self.rows(table, &[id])?.pop().unwrap_or_default();
        let unset = |field: &&Field| match &row[field.name.as_str()] {
            Data::Null | Data::Bool(false) => true,
            Data::Text(text) => text.is_empty(),
            Data::List(items) => items.is_empty(),
            Data::Records(set) => set.ids.is_empty(),
            _ => false,
        };
        let found = table.fields().filter(|field| field.required && !field.kind.is_computed()).find(unset);
        Ok(found.map(missing))
    }

    /// Changes a record as the product does, formulas among its fields.
    ///
    /// # Errors
    /// A value that a field cannot hold, or a rule of the form that it breaks.
    pub fn store_fields(&mut self, form: &str, id: i64, fields: &[(FieldPath, Data)]) -> Result<(), Problem> {
        self.set(form, id, fields, Writer::Product).map(drop)
    }

    fn add(
        &mut self,
        form: &str,
        id: Option<i64>,
        fields: &[(FieldPath, Data)],
        writer: Writer,
    ) -> Result<i64, Problem> {
        let table = self.schema.shared(form)?;
        if table.form.stateless {
            let message = format!("The form '{form}' stores no records");
            return Err(Problem::new(Code::NotSupported, message));
        }
        self.check_entries(&table)?;
        let mut change = Change::default();
        let mut added_user = self.actor.user.clone();
        for (path, value) in fields {
            match path.0.as_slice() {
                [name] if name.eq_ignore_ascii_case("Added_User") => {
                    added_user = crate::operand::text(value, &self.settings.locale).unwrap_or_default();
                }
                _ => self.gather(&table, path, value, writer, &mut change)?,
            }
        }
        let strict = writer == Writer::Script && self.settings.mandatory_in_scripts;
        for field in table.fields().filter(|field| field.required && strict) {
            if !is_given(field, &change) {
                return Err(missing(field));
            }
        }
        // What a value may break is found before anything is written; see [`Store::is_simple`].
        self.check_unique(&table, 0, &change, writer)?;
        let id = id.map_or_else(|| self.next_id(), |id| self.given_id(id))?;
        for field in table.fields().filter(|field| field.kind == FieldType::AutoNumber) {
            let number = self.next_number(&table, field)?;
            change.columns.insert(field.name.clone(), Sql::Integer(number));
        }
        let now = Sql::Integer(self.actor.now);
        let user = Sql::Text(added_user);
        for (name, value) in
            [("Added_Time", &now), ("Modified_Time", &now), ("Added_User", &user), ("Modified_User", &user)]
        {
            change.columns.insert(name.to_owned(), value.clone());
        }
        change.columns.insert("Record_Status".to_owned(), Sql::Text("UNLOCKED".to_owned()));
        change.columns.insert("ID".to_owned(), Sql::Integer(id));
        let names: Vec<String> = change.columns.keys().map(|name| quoted(name)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", quoted(&table.sql()), names.join(", "));
        self.execute(&sql, change.columns.values())?;
        self.finish(&table, id, change)?;
        Ok(id)
    }

    /// Changes fields of a record; says whether other records changed as well. A record that is gone stays gone.
    fn set(&mut self, form: &str, id: i64, fields: &[(FieldPath, Data)], writer: Writer) -> Result<bool, Problem> {
        let table = self.schema.shared(form)?;
        let mut change = Change::default();
        for (path, value) in fields {
            self.gather(&table, path, value, writer, &mut change)?;
        }
        let strict = writer == Writer::Script && self.settings.mandatory_in_scripts;
        for (path, _) in fields {
            let field = table.expect(path.0.first().map_or("", String::as_str))?;
            if field.required && strict && path.0.len() == 1 && !is_given(field, &change) {
                return Err(missing(field));
            }
        }
        self.check_unique(&table, id, &change, writer)?;
        let others = fields.iter().any(|(path, _)| {
            path.0
                .first()
                .and_then(|name| table.field(name))
                .is_some_and(|f| f.bidirectional.is_some() || f.kind == FieldType::Subform)
        });
        let before = self.links(&table, id, &change)?;
        change.columns.insert("Modified_Time".to_owned(), Sql::Integer(self.actor.now));
        change.columns.insert("Modified_User".to_owned(), Sql::Text(self.actor.user.clone()));
        let sets: Vec<String> = change.columns.keys().map(|name| format!("{} = ?", quoted(name))).collect();
        let sql = format!("UPDATE {} SET {} WHERE \"ID\" = ?", quoted(&table.sql()), sets.join(", "));
        let key = Sql::Integer(id);
        let changed = self.execute(&sql, change.columns.values().chain([&key]))?;
        if changed == 0 {
            return Ok(false);
        }
        for (name, targets) in before {
            if let Some(field) = table.field(&name).cloned() {
                self.unlink(id, &field, &targets)?;
            }
        }
        self.finish(&table, id, change)?;
        Ok(others)
    }

    /// Sorts a value into what is written.
    fn gather(
        &mut self,
        table: &Table,
        path: &FieldPath,
        value: &Data,
        writer: Writer,
        change: &mut Change,
    ) -> Result<(), Problem> {
        let (first, rest) = path.0.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
        let field = table.expect(first)?;
        let is_system = SYSTEM.iter().any(|(name, _)| *name == field.name);
        let computed = field.kind.is_computed() && !(writer == Writer::Product && field.kind == FieldType::Formula);
        if is_system || computed || (field.kind == FieldType::Signature && writer == Writer::Script) {
            let message = format!("'{}' is filled by the product and cannot be written", field.name);
            return Err(Problem::new(Code::BadArgument, message));
        }
        let storage = field.storage();
        match (&storage, rest) {
            (Storage::Composite, [part]) => {
                let column = part_of(field, part).ok_or_else(|| no_part(field))?;
                change.columns.insert(column, stored::column(field, &Storage::Text, value, &self.settings.locale)?);
            }
            (Storage::Composite, []) => {
                let parts: Vec<(String, Data)> = match value {
                    Data::Null => field.kind.parts().iter().map(|part| ((*part).to_owned(), Data::Null)).collect(),
                    Data::Map(map) => {
                        let named = map
                            .iter()
                            .map(|(key, value)| (key.as_text().unwrap_or_default().to_owned(), value.clone()));
                        named.filter(|(key, _)| part_of(field, key).is_some()).collect()
                    }
                    _ => return Err(no_part(field)),
                };
                for (part, value) in parts {
                    self.gather(table, &FieldPath(vec![field.name.clone(), part]), &value, writer, change)?;
                }
            }
            (_, [_, ..]) => {
                let message = format!("{path} cannot be written: '{}' is a field of another record", rest.join("."));
                return Err(
                    Problem::new(Code::BadArgument, message).with_help("Fetch that record and write its field.")
                );
            }
            (Storage::Choices, []) => {
                let values = stored::several(field, &storage, value, &self.settings.locale)?;
                for chosen in &values {
                    self.check_choice(field, chosen);
                }
                change.sides.push((field.clone(), values));
            }
            (Storage::Lookups(to), []) => {
                let values = stored::several(field, &storage, value, &self.settings.locale)?;
                for chosen in &values {
                    self.check_target(to, field, chosen)?;
                }
                change.sides.push((field.clone(), values));
            }
            (Storage::Rows | Storage::Children(_), []) => change.rows.push((field.clone(), rows_in(value)?)),
            (Storage::File, []) => {
                let files: Vec<File> = match value {
                    Data::File(file) => vec![(**file).clone()],
                    Data::List(items) => items
                        .iter()
                        .filter_map(|item| match item {
                            Data::File(file) => Some((**file).clone()),
                            _ => None,
                        })
                        .collect(),
                    _ => Vec::new(),
                };
                let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
                let names = if files.is_empty() { value.clone() } else { names.join(",").into() };
                change
                    .columns
                    .insert(field.name.clone(), stored::column(field, &storage, &names, &self.settings.locale)?);
                change.files.push((field.clone(), files));
            }
            (Storage::Nothing, []) => {}
            (storage, []) => {
                let value = &stored::as_shown(value, &self.settings.locale);
                let column = stored::column(field, storage, value, &self.settings.locale)?;
                match storage {
                    Storage::Lookup(to) => self.check_target(to, field, &column)?,
                    Storage::Text | Storage::Choice => self.check_choice(field, &column),
                    _ => {}
                }
                change.columns.insert(field.name.clone(), column);
            }
        }
        Ok(())
    }

    /// A value that is none of the choices is stored as given, with a warning.
    fn check_choice(&mut self, field: &Field, value: &Sql) {
        if let Sql::Text(text) = value
            && !text.is_empty()
            && !field.choices.is_empty()
            && !field.other_choices
            && !field.choices.contains(text)
        {
            self.warn(format!("'{text}' is none of the choices of '{}'", field.name));
        }
    }

    fn check_target(&self, form: &str, field: &Field, value: &Sql) -> Result<(), Problem> {
        let Sql::Integer(id) = value else { return Ok(()) };
        if self.exists(form, *id)? {
            return Ok(());
        }
        let message = format!("Invalid column value for '{}': there is no record {id} of '{form}'", field.name);
        Err(Problem::new(Code::BadArgument, message).with_help("A lookup takes the ID of a record that is there."))
    }

    /// Whether a form has a record of an ID.
    ///
    /// # Errors
    /// [`Code::UnknownName`] for a form that is not there.
    pub fn exists(&self, form: &str, id: i64) -> Result<bool, Problem> {
        let sql = format!("SELECT 1 FROM {} WHERE \"ID\" = ?1", quoted(&self.schema.expect(form)?.sql()));
        Ok(self.database.first(&sql, &[Sql::Integer(id)], |_| Ok(()))?.is_some())
    }

    fn check_entries(&self, table: &Table) -> Result<(), Problem> {
        let Some(most) = table.form.entries else { return Ok(()) };
        let sql = format!("SELECT count(*) FROM {}", quoted(&table.sql()));
        let count = self.database.first(&sql, &[], |row| row.id(0))?.unwrap_or(0);
        if u64::try_from(count).unwrap_or(0) < most {
            return Ok(());
        }
        let message = format!("The form '{}' holds its {most} records already", table.name);
        Err(Problem::new(Code::LimitReached, message))
    }

    fn check_unique(&self, table: &Table, id: i64, change: &Change, writer: Writer) -> Result<(), Problem> {
        if writer == Writer::Script && !self.settings.unique_in_scripts {
            return Ok(());
        }
        for field in table.fields().filter(|field| field.unique) {
            let Some(value) = change.columns.get(&field.name) else { continue };
            if is_unset(value) {
                continue;
            }
            let column = quoted(&field.name);
            let sql = format!("SELECT 1 FROM {} WHERE {column} = ?1 AND \"ID\" <> ?2", quoted(&table.sql()));
            if self.database.first(&sql, &[value.clone(), Sql::Integer(id)], |_| Ok(()))?.is_some() {
                let message = "This value already exists. Enter a unique value.";
                let help = format!("The field is '{}' of the form '{}'.", field.shown(), table.name);
                return Err(Problem::new(Code::BadArgument, message).with_help(help));
            }
        }
        Ok(())
    }

    pub(crate) fn execute<'v>(&self, sql: &str, values: impl IntoIterator<Item = &'v Sql>) -> Result<usize, Problem> {
        self.database.execute(sql, values)
    }

    /// Writes what does not lie in the record's own table, and keeps the other sides of lookups in step.
    fn finish(&mut self, table: &Table, id: i64, change: Change) -> Result<(), Problem> {
        for (field, values) in &change.sides {
            let side = quoted(&table.side(field));
            self.execute(&format!("DELETE FROM {side} WHERE record = ?1"), [&Sql::Integer(id)])?;
            let sql = format!("INSERT INTO {side} VALUES (?1, ?2, ?3)");
            for (place, value) in values.iter().enumerate() {
                let place = Sql::Integer(i64::try_from(place).unwrap_or(i64::MAX));
                self.execute(&sql, [&Sql::Integer(id), &place, value])?;
            }
        }
        for (field, files) in change.files {
            self.execute(
                "DELETE FROM rainwright_files WHERE form = ?1 AND record = ?2 AND field = ?3",
                [&Sql::Text(table.name.clone()), &Sql::Integer(id), &Sql::Text(field.name.clone())],
            )?;
            for (place, file) in files.into_iter().enumerate() {
                let values = [
                    Sql::Text(table.name.clone()),
                    Sql::Integer(id),
                    Sql::Text(field.name.clone()),
                    Sql::Integer(i64::try_from(place).unwrap_or(i64::MAX)),
                    Sql::Text(file.name),
                    Sql::Text(file.mime),
                    Sql::Blob(file.bytes.to_vec()),
                ];
                self.execute("INSERT INTO rainwright_files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", &values)?;
            }
        }
        let linked: Vec<(Field, Vec<i64>)> = table
            .fields()
            .filter(|field| field.bidirectional.is_some() && field.kind != FieldType::Subform)
            .filter_map(|field| {
                let side =
                    change.sides.iter().find(|(known, _)| known.name == field.name).map(|(_, values)| ids(values));
                let own = change.columns.get(&field.name).map(|value| ids(std::slice::from_ref(value)));
                side.or(own).map(|targets| (field.clone(), targets))
            })
            .collect();
        for (field, targets) in linked {
            self.link(table, id, &field, &targets)?;
        }
        for (field, rows) in change.rows {
            self.clear_rows(table, id, &field)?;
            self.add_rows(table, id, &field, &rows)?;
        }
        Ok(())
    }

    /// Takes all rows of a subform away: records of another form stay, and belong to nothing.
    fn clear_rows(&mut self, table: &Table, id: i64, field: &Field) -> Result<(), Problem> {
        match field.storage() {
            Storage::Children(form) => {
                let rows = self.schema.expect(&form)?;
                let Some(link) = self.schema.link(table, field, rows) else { return Ok(()) };
                let column = quoted(&link.name);
                let sql = format!("UPDATE {} SET {column} = NULL WHERE {column} = ?1", quoted(&rows.sql()));
                self.execute(&sql, [&Sql::Integer(id)]).map(drop)
            }
            _ => {
                let form = format!("{}.{}", table.name, field.name);
                let rows = quoted(&self.schema.expect(&form)?.sql());
                let sql = format!("SELECT \"ID\" FROM {rows} WHERE {} = ?1", quoted(PARENT));
                let found = self.database.query(&sql, &[Sql::Integer(id)], |row| row.id(0))?;
                found.into_iter().try_for_each(|row| self.delete(&form, row))
            }
        }
    }

    fn add_rows(&mut self, table: &Table, id: i64, field: &Field, rows: &[DataMap]) -> Result<(), Problem> {
        let (form, link) = match field.storage() {
            Storage::Children(form) => {
                let child = self.schema.expect(&form)?;
                let link = self.schema.link(table, field, child).map(|link| link.name.clone());
                (form, link.unwrap_or_default())
            }
            _ => (format!("{}.{}", table.name, field.name), PARENT.to_owned()),
        };
        let child = self.schema.expect(&form)?;
        let numbered =
            child.fields().filter(|field| field.kind == FieldType::AutoNumber).map(|field| field.name.clone());
        let numbered: Vec<String> = numbered.collect();
        for row in rows {
            let named = row.iter().map(|(key, value)| (key.as_text().unwrap_or_default(), value));
            // A row that is there already keeps its ID; what it does not own is left out.
            let known = row.get("ID").and_then(stored::id).filter(|row| self.exists(&form, *row).unwrap_or(false));
            let fields: Vec<(FieldPath, Data)> = named
                .filter(|(key, _)| !SYSTEM.iter().any(|(system, _)| system == key) && *key != link)
                .filter(|(key, _)| !numbered.iter().any(|known| known == key))
                .map(|(key, value)| (FieldPath::parse(key), value.clone()))
                .collect();
            let row = match known.filter(|_| link != PARENT) {
                Some(known) => {
                    self.set(&form, known, &fields, Writer::Product)?;
                    known
                }
                None => self.add(&form, None, &fields, Writer::Product)?,
            };
            let rows = quoted(&self.schema.expect(&form)?.sql());
            let sql = format!("UPDATE {rows} SET {} = ?1 WHERE \"ID\" = ?2", quoted(&link));
            self.execute(&sql, [&Sql::Integer(id), &Sql::Integer(row)])?;
        }
        Ok(())
    }

    /// Deletes a record: lookups that pointed to it become empty, its own subform rows go with it.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn delete(&mut self, form: &str, id: i64) -> Result<(), Problem> {
        let table = self.schema.shared(form)?;
        let key = [Sql::Integer(id)];
        for field in table.fields() {
            match field.storage() {
                Storage::Rows => self.clear_rows(&table, id, field)?,
                Storage::Choices | Storage::Lookups(_) => {
                    self.execute(&format!("DELETE FROM {} WHERE record = ?1", quoted(&table.side(field))), &key)?;
                }
                _ => {}
            }
        }
        for (other, field) in self.schema.referring(&table.name) {
            let sql = match field.storage() {
                Storage::Lookups(_) => format!("DELETE FROM {} WHERE value = ?1", quoted(&other.side(field))),
                _ => {
                    let column = quoted(&field.name);
                    format!("UPDATE {} SET {column} = NULL WHERE {column} = ?1", quoted(&other.sql()))
                }
            };
            self.execute(&sql, &key)?;
        }
        let files = [Sql::Text(table.name.clone()), Sql::Integer(id)];
        self.execute("DELETE FROM rainwright_files WHERE form = ?1 AND record = ?2", &files)?;
        self.execute(&format!("DELETE FROM {} WHERE \"ID\" = ?1", quoted(&table.sql())), &key).map(drop)
    }
}

fn ids(values: &[Sql]) -> Vec<i64> {
    values
        .iter()
        .filter_map(|value| match value {
            Sql::Integer(id) => Some(*id),
            _ => None,
        })
        .collect()
}

/// Rows of a subform as a script has them: a list or collection of maps, or one.
fn rows_in(value: &Data) -> Result<Vec<DataMap>, Problem> {
    if let Some(map) = value.as_map() {
        return Ok(vec![map.clone()]);
    }
    let bad = || Problem::new(Code::WrongKind, format!("A subform takes rows, not {}", value.kind()));
    match value {
        Data::Null | Data::Braces => Ok(Vec::new()),
        Data::Text(text) if text.is_empty() => Ok(Vec::new()),
        Data::Collection(inner) if inner.is_null() => Ok(Vec::new()),
        // The records of another form as rows: they are named by their IDs.
        Data::Records(set) => {
            Ok(set.ids.iter().map(|id| std::iter::once(("ID", Data::Number(*id))).collect()).collect())
        }
        other => {
            let items = other.as_list().ok_or_else(bad)?;
            items.iter().map(|item| item.as_map().cloned().ok_or_else(bad)).collect()
        }
    }
}

fn no_part(field: &Field) -> Problem {
    let message = format!("'{}' is written part by part", field.name);
    Problem::new(Code::BadArgument, message).with_help(format!("Its parts are {}.", field.kind.parts().join(", ")))
}

fn missing(field: &Field) -> Problem {
    Problem::new(Code::BadArgument, format!("Enter a value for {}", field.shown()))
}

fn is_unset(value: &Sql) -> bool {
    match value {
        Sql::Null => true,
        Sql::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// Whether a change gives a field a value.
fn is_given(field: &Field, change: &Change) -> bool {
    match field.storage() {
        Storage::Choices | Storage::Lookups(_) => {
            change.sides.iter().any(|(known, values)| known.name == field.name && !values.is_empty())
        }
        Storage::Rows | Storage::Children(_) => {
            change.rows.iter().any(|(known, rows)| known.name == field.name && !rows.is_empty())
        }
        Storage::Composite => change
            .columns
            .iter()
            .any(|(column, value)| column.starts_with(&format!("{}.", field.name)) && !is_unset(value)),
        Storage::Flag => change.columns.get(&field.name) == Some(&Sql::Integer(1)),
        Storage::Nothing => true,
        _ if field.kind.is_computed() => true,
        _ => change.columns.get(&field.name).is_some_and(|value| !is_unset(value)),
    }
}
