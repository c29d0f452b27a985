//! Formulas: the store keeps their values, and asks for them after every change of a record.

use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, FieldPath};

use crate::change::Change;
use crate::database::Sql;
use crate::field::FieldType;
use crate::schema::{PARENT, Table};
use crate::sql::quoted;
use crate::statements::What;
use crate::store::Store;
use crate::write::Writer;

/// What evaluates the formulas of an application. This crate knows no scripts, so whoever opens a store that is to have
/// formulas says what computes them; see [`Store::compute_with`].
pub trait Formulas: Send + Sync {
    /// The formula fields of a record of a form (or of a subform, by `Form.Subform`) whose values are others now, with these
    /// values. The record is in the store as it was changed; its subform rows are computed already.
    ///
    /// # Errors
    /// A record that cannot be read, or an evaluation that was stopped. A formula that fails is empty, and no error.
    fn compute(&self, store: &mut Store, form: &str, id: i64) -> Result<Vec<(String, Data)>, Problem>;
}

impl Table {
    /// Whether it has formulas.
    pub(crate) fn computes(&self) -> bool {
        self.fields().any(|field| field.kind == FieldType::Formula && field.formula.is_some())
    }
}

impl Store {
    /// Computes the formulas of a record that was written, and then those of the record that it is a row of.
    pub(crate) fn compute(&mut self, table: &Table, id: i64) -> Result<(), Problem> {
        let Some(formulas) = self.formulas.clone() else { return Ok(()) };
        if table.computes() {
            let values = formulas.compute(self, &table.name, id)?;
            let mut change = Change::default();
            for (name, value) in values {
                self.gather(table, &FieldPath(vec![name]), &value, Writer::Product, &mut change)?;
            }
            self.update(table, id, &change)?;
        }
        let Some(parent) = &table.parent else { return Ok(()) };
        let parent = self.schema.shared(parent)?;
        if !parent.computes() {
            return Ok(());
        }
        let sql = format!("SELECT {} FROM {} WHERE \"ID\" = ?1", quoted(PARENT), quoted(&table.sql()));
        match self.database.first(&sql, &[Sql::Integer(id)], |row| row.number(0))?.flatten() {
            Some(owner) => self.compute(&parent, owner),
            // A row that is being put in: the record is computed when all its rows are there.
            None => Ok(()),
        }
    }

    /// Writes columns of a record; says how many records there were.
    pub(crate) fn update(&self, table: &Table, id: i64, change: &Change<'_>) -> Result<usize, Problem> {
        let columns = &change.columns;
        if columns.names().next().is_none() {
            return Ok(0);
        }
        let sql = self.statements.of(table, What::Update, columns.names(), || {
            let sets: Vec<String> = columns.names().map(|name| format!("{} = ?", quoted(name))).collect();
            format!("UPDATE {} SET {} WHERE \"ID\" = ?", quoted(&table.sql()), sets.join(", "))
        });
        self.execute(&sql, columns.values().chain([&Sql::Integer(id)]))
    }
}
