//! Writing: new records, changed ones, deleted ones, and what each does to others.

use std::fmt::Write as _;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, FieldPath, Records};

use crate::change::{Change, is_given, is_unset};
use crate::database::Sql;
use crate::field::{Field, FieldType, Storage};
use crate::schema::Table;
use crate::sql::quoted;
use crate::statements::What;
use crate::store::Store;

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
                self.compute(&table, *id)?;
                Ok(Data::Null)
            }
            _ => Err(Problem::new(Code::NotSupported, "The store does not know this request")),
        }
    }

    /// Whether a change of one record is a single statement after all checks: all its fields are in the record's own row, no
    /// other record changes, and no formula is computed. If it fails nothing was written, so it needs no savepoint.
    pub(crate) fn is_simple(&self, request: &Records) -> bool {
        let (Records::Insert { form, fields } | Records::Set { form, fields, .. }) = request else { return false };
        let Some(table) = self.schema.table(form) else { return false };
        let lies_in_row = |field: &Field| match field.storage() {
            Storage::File(_) => false,
            storage => field.bidirectional.is_none() && (storage.is_column() || storage == Storage::Composite),
        };
        let in_row =
            |(path, _): &(FieldPath, Data)| path.0.first().and_then(|name| table.field(name)).is_some_and(lies_in_row);
        let parent = table.parent.as_deref().and_then(|parent| self.schema.table(parent));
        let computes = table.computes() || parent.is_some_and(Table::computes);
        !computes && fields.iter().all(in_row)
    }

    /// Adds a record as the product does, and gives its ID. Mandatory fields are the caller's part: whether they are
    /// demanded depends on the form as it was shown; see [`Store::missing`].
    ///
    /// # Errors
    /// A value that a field cannot hold, or a value that must be unique and is not.
    pub fn submit(&mut self, form: &str, fields: &[(FieldPath, Data)]) -> Result<i64, Problem> {
        self.whole(|store| store.add(form, None, fields, Writer::Product))
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
        self.whole(|store| store.add(form, Some(id), fields, Writer::Product).map(drop))
    }

    /// What a mandatory field of a record lacks, for records that no form was filled in for. Its own rows count as well.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the record cannot be read.
    pub fn missing(&self, form: &str, id: i64) -> Result<Option<Problem>, Problem> {
        fn is_blank(value: &Data) -> bool {
            match value {
                Data::Null | Data::Bool(false) => true,
                Data::Text(text) => text.trim().is_empty(),
                Data::List(items) => items.is_empty(),
                Data::Records(set) => set.ids.is_empty(),
                _ => false,
            }
        }
        let table = self.schema.expect(form)?;
        let demands = |field: &Field| field.required && !field.kind.is_computed();
        let in_rows = |field: &Field| field.storage() == Storage::Rows && field.fields.iter().any(demands);
        if !table.fields().any(|field| demands(field) || in_rows(field)) {
            return Ok(None);
        }
        let row = self.rows(table, &[id])?.pop().unwrap_or_default();
        for field in table.fields() {
            let lacks = match field.storage() {
                Storage::Composite => {
                    field.kind.parts().iter().all(|part| is_blank(&row[format!("{}.{part}", field.name).as_str()]))
                }
                _ => is_blank(&row[field.name.as_str()]),
            };
            if demands(field) && lacks {
                return Ok(Some(missing(field)));
            }
            if let (true, Data::Records(set)) = (in_rows(field), &row[field.name.as_str()]) {
                for (place, id) in set.ids.iter().enumerate() {
                    if let Some(problem) = self.missing(&set.form, *id)? {
                        let message = format!("row {} of '{}': {}", place + 1, field.name, problem.message);
                        return Ok(Some(Problem { message, ..problem }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Changes a record as the product does.
    ///
    /// # Errors
    /// A value that a field cannot hold, or a rule of the form that it breaks.
    pub fn store_fields(&mut self, form: &str, id: i64, fields: &[(FieldPath, Data)]) -> Result<(), Problem> {
        self.whole(|store| store.set(form, id, fields, Writer::Product).map(drop))
    }

    pub(crate) fn add(
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
        let id = match id {
            Some(id) => self.given_id(id)?,
            None => self.next_id()?,
        };
        for field in table.fields().filter(|field| field.kind == FieldType::AutoNumber) {
            let number = self.next_number(&table, field)?;
            change.columns.put(&field.name, Sql::Integer(number));
        }
        let system = [Sql::Integer(id), Sql::Integer(self.actor.now), Sql::Text(added_user)];
        let columns = &change.columns;
        let sql = self.statements.of(&table, What::Insert, columns.names(), || insertion(&table, columns.names()));
        self.execute(&sql, system.iter().chain(columns.values()))?;
        self.finish(&table, id, change)?;
        self.compute(&table, id)?;
        Ok(id)
    }

    /// Changes fields of a record; says whether other records changed as well. A record that is gone stays gone.
    pub(crate) fn set(
        &mut self,
        form: &str,
        id: i64,
        fields: &[(FieldPath, Data)],
        writer: Writer,
    ) -> Result<bool, Problem> {
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
        change.columns.put("Modified_Time", Sql::Integer(self.actor.now));
        change.columns.put("Modified_User", Sql::Text(self.actor.user.clone()));
        if self.update(&table, id, &change)? == 0 {
            return Ok(false);
        }
        for (name, targets) in before {
            if let Some(field) = table.field(&name).cloned() {
                self.unlink(id, &field, &targets)?;
            }
        }
        self.finish(&table, id, change)?;
        Ok(self.compute(&table, id)? || others)
    }

    pub(crate) fn check_target(&self, form: &str, field: &Field, value: &Sql) -> Result<(), Problem> {
        let Sql::Integer(id) = value else { return Ok(()) };
        if self.exists(form, *id)? {
            return Ok(());
        }
        let message = format!("Invalid column value for '{}': there is no record {id} of '{form}'", field.name);
        Err(Problem::new(Code::BadArgument, message).with_help("A lookup takes the ID of a record that is there."))
    }

    /// Says whether a record waits for a decision: `LOCKED`, or `UNLOCKED`.
    ///
    /// # Errors
    /// [`Code::UnknownName`] for a form that is not there.
    pub fn set_status(&mut self, form: &str, id: i64, status: &str) -> Result<(), Problem> {
        let table = quoted(&self.schema.expect(form)?.sql());
        let sql = format!("UPDATE {table} SET \"Record_Status\" = ?1 WHERE \"ID\" = ?2");
        self.execute(&sql, [&Sql::Text(status.to_owned()), &Sql::Integer(id)]).map(drop)
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

    fn check_unique(&self, table: &Table, id: i64, change: &Change<'_>, writer: Writer) -> Result<(), Problem> {
        if writer == Writer::Script && !self.settings.unique_in_scripts {
            return Ok(());
        }
        for field in table.fields().filter(|field| field.unique) {
            let Some(value) = change.columns.get(&field.name) else { continue };
            if is_unset(value) {
                continue;
            }
            let sql = self.statements.of(table, What::Unique, [field.name.as_str()], || {
                let column = quoted(&field.name);
                format!("SELECT 1 FROM {} WHERE {column} = ?1 AND \"ID\" <> ?2", quoted(&table.sql()))
            });
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
    fn finish(&mut self, table: &Table, id: i64, change: Change<'_>) -> Result<(), Problem> {
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
        let linked: Vec<(&Field, Vec<i64>)> = table
            .fields()
            .filter(|field| field.bidirectional.is_some() && field.kind != FieldType::Subform)
            .filter_map(|field| {
                let side =
                    change.sides.iter().find(|(known, _)| known.name == field.name).map(|(_, values)| ids(values));
                let own = change.columns.get(&field.name).map(|value| ids(std::slice::from_ref(value)));
                side.or(own).map(|targets| (field, targets))
            })
            .collect();
        for (field, targets) in linked {
            self.link(table, id, field, &targets)?;
        }
        for (field, rows) in change.rows {
            self.clear_rows(table, id, field)?;
            self.add_rows(table, id, field, &rows)?;
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

/// The statement that adds a record: its ID, the present and the user come first, then the given columns.
fn insertion<'n>(table: &Table, names: impl Iterator<Item = &'n str>) -> String {
    let (mut columns, mut marks) = (String::new(), String::new());
    for (at, name) in names.enumerate() {
        // Writing to a text cannot fail.
        let _ = write!(columns, ", {}", quoted(name));
        let _ = write!(marks, ", ?{}", at + 4);
    }
    format!(
        "INSERT INTO {} (\"ID\", \"Added_Time\", \"Modified_Time\", \"Added_User\", \"Modified_User\", \"Record_Status\"{columns}) \
         VALUES (?1, ?2, ?2, ?3, ?3, 'UNLOCKED'{marks})",
        quoted(&table.sql())
    )
}

fn missing(field: &Field) -> Problem {
    Problem::new(Code::BadArgument, format!("Enter a value for {}", field.shown()))
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
