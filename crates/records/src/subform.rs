//! Rows of subforms: put in, replaced, taken away.

use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, DataMap, FieldPath};

use crate::database::Sql;
use crate::field::{Field, FieldType, Storage};
use crate::schema::{PARENT, SYSTEM, Table};
use crate::sql::quoted;
use crate::store::Store;
use crate::stored;
use crate::write::Writer;

impl Store {
    pub(crate) fn subform(&self, form: &str, path: &FieldPath) -> Result<(Arc<Table>, Field), Problem> {
        let table = self.schema.shared(form)?;
        let field = table.expect(path.0.first().map_or("", String::as_str))?;
        if field.kind != FieldType::Subform {
            return Err(Problem::new(Code::WrongKind, format!("'{}' is no subform and has no rows", field.name)));
        }
        let field = field.clone();
        Ok((table, field))
    }

    /// Takes all rows of a subform away: records of another form stay, and belong to nothing.
    pub(crate) fn clear_rows(&mut self, table: &Table, id: i64, field: &Field) -> Result<(), Problem> {
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

    pub(crate) fn add_rows(&mut self, table: &Table, id: i64, field: &Field, rows: &[DataMap]) -> Result<(), Problem> {
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
            if link != PARENT {
                // Formulas of the row may follow the lookup that it just got.
                let child = self.schema.shared(&form)?;
                self.compute(&child, row)?;
            }
        }
        Ok(())
    }
}

/// Rows of a subform as a script or a user gives them: a list or collection of maps, or one map.
///
/// # Errors
/// [`Code::WrongKind`] for anything else.
pub fn rows_in(field: &Field, value: &Data) -> Result<Vec<DataMap>, Problem> {
    let bad = |what: &Data| {
        let message = format!(
            "The subform '{}' takes a list of rows, each an object of fields, not the {} {what}",
            field.name,
            what.kind()
        );
        let column = field.fields.first().map_or("Field", |column| column.name.as_str());
        Problem::new(Code::WrongKind, message)
            .with_help(format!("Rows are a list of objects: [{{\"{column}\": \"…\"}}]; one object is one row."))
    };
    if let Some(map) = value.as_map() {
        return Ok(vec![map.clone()]);
    }
    match value {
        Data::Null | Data::Braces => Ok(Vec::new()),
        Data::Text(text) if text.is_empty() => Ok(Vec::new()),
        Data::Collection(inner) if inner.is_null() => Ok(Vec::new()),
        // The records of another form as rows: they are named by their IDs.
        Data::Records(set) => {
            Ok(set.ids.iter().map(|id| std::iter::once(("ID", Data::Number(*id))).collect()).collect())
        }
        other => {
            let items = other.as_list().ok_or_else(|| bad(other))?;
            items.iter().map(|item| item.as_map().cloned().ok_or_else(|| bad(item))).collect()
        }
    }
}
