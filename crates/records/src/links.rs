//! Lookups in both directions: writing one side changes the other.

use rainwright_diagnostic::Problem;
use rainwright_effect::Data;

use crate::change::Change;
use crate::database::Sql;
use crate::field::{Field, Storage};
use crate::schema::Table;
use crate::sql::quoted;
use crate::store::Store;

impl Store {
    /// The records that the bidirectional lookups in a change referred to before it.
    pub(crate) fn links(
        &self,
        table: &Table,
        id: i64,
        change: &Change<'_>,
    ) -> Result<Vec<(String, Vec<i64>)>, Problem> {
        let touched = table.fields().filter(|field| {
            field.bidirectional.is_some()
                && (change.columns.get(&field.name).is_some() || change.sides.iter().any(|(f, _)| f.name == field.name))
        });
        let mut found = Vec::new();
        for field in touched {
            let targets = match self.read(&table.name, id, std::slice::from_ref(&field.name), false)? {
                Data::Number(target) => vec![target],
                Data::List(items) => items.iter().filter_map(Data::as_number).collect(),
                _ => Vec::new(),
            };
            found.push((field.name.clone(), targets));
        }
        Ok(found)
    }

    /// The other side of a bidirectional lookup.
    fn other_side(&self, field: &Field) -> Option<(Table, Field)> {
        let (Storage::Lookup(to) | Storage::Lookups(to)) = field.storage() else { return None };
        let table = self.schema.table(&to)?;
        let other = table.field(field.bidirectional.as_deref()?)?;
        matches!(other.storage(), Storage::Lookup(_) | Storage::Lookups(_)).then(|| (table.clone(), other.clone()))
    }

    pub(crate) fn link(&self, table: &Table, id: i64, field: &Field, targets: &[i64]) -> Result<(), Problem> {
        let Some((target, other)) = self.other_side(field) else { return Ok(()) };
        for to in targets {
            let (id, to) = (Sql::Integer(id), Sql::Integer(*to));
            if matches!(other.storage(), Storage::Lookups(_)) {
                let side = quoted(&target.side(&other));
                let sql = format!(
                    "INSERT INTO {side} SELECT CAST(?1 AS BIGINT), (SELECT coalesce(max(place), -1) + 1 FROM {side} WHERE record = ?1), CAST(?2 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM {side} WHERE record = ?1 AND value = ?2)"
                );
                self.execute(&sql, [&to, &id])?;
            } else {
                // The target may refer to one record only: the one before lets go of it.
                let read = format!("SELECT {} FROM {} WHERE \"ID\" = ?1", quoted(&other.name), quoted(&target.sql()));
                let before = self.database.first(&read, std::slice::from_ref(&to), |row| row.number(0))?;
                if let Some(before) = before.flatten().map(Sql::Integer).filter(|before| *before != id) {
                    self.forget(table, field, &before, &to)?;
                }
                let sql =
                    format!("UPDATE {} SET {} = ?1 WHERE \"ID\" = ?2", quoted(&target.sql()), quoted(&other.name));
                self.execute(&sql, [&id, &to])?;
            }
        }
        Ok(())
    }

    pub(crate) fn unlink(&self, id: i64, field: &Field, targets: &[i64]) -> Result<(), Problem> {
        let Some((target, other)) = self.other_side(field) else { return Ok(()) };
        for to in targets {
            self.forget(&target, &other, &Sql::Integer(*to), &Sql::Integer(id))?;
        }
        Ok(())
    }

    /// Takes a reference to `value` out of a lookup field of a record.
    pub(crate) fn forget(&self, table: &Table, field: &Field, record: &Sql, value: &Sql) -> Result<(), Problem> {
        let sql = match field.storage() {
            Storage::Lookups(_) => {
                format!("DELETE FROM {} WHERE record = ?1 AND value = ?2", quoted(&table.side(field)))
            }
            _ => {
                let column = quoted(&field.name);
                format!("UPDATE {} SET {column} = NULL WHERE \"ID\" = ?1 AND {column} = ?2", quoted(&table.sql()))
            }
        };
        self.execute(&sql, [record, value]).map(drop)
    }
}
