//! Formulas: the store keeps their values, and asks for them after every change of a record.

use std::collections::HashMap;

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

/// The kind of the notes on the formulas that the values of a form were computed with.
const KIND: &str = "formulas";

impl Table {
    /// Whether it has formulas.
    pub(crate) fn computes(&self) -> bool {
        self.formulas().next().is_some()
    }

    fn formulas(&self) -> impl Iterator<Item = (&str, &str)> {
        let formulas = self.fields().filter(|field| field.kind == FieldType::Formula);
        formulas.filter_map(|field| Some((field.name.as_str(), field.formula.as_deref()?)))
    }

    /// All its formulas in one text, which is another when one of them is.
    fn all_formulas(&self) -> String {
        self.formulas().map(|(field, formula)| format!("{field} = {formula}\n")).collect()
    }
}

impl Store {
    /// Computes the formulas of a record that was written, and then those of the record that it is a row of; says whether that
    /// one has any.
    pub(crate) fn compute(&mut self, table: &Table, id: i64) -> Result<bool, Problem> {
        let Some(formulas) = self.formulas.clone() else { return Ok(false) };
        self.compute_own(&*formulas, table, id)?;
        let Some(parent) = &table.parent else { return Ok(false) };
        let parent = self.schema.shared(parent)?;
        if !parent.computes() {
            return Ok(false);
        }
        let sql = format!("SELECT {} FROM {} WHERE \"ID\" = ?1", quoted(PARENT), quoted(&table.sql()));
        match self.database.first(&sql, &[Sql::Integer(id)], |row| row.number(0))?.flatten() {
            Some(owner) => self.compute_own(&*formulas, &parent, owner).map(|()| true),
            // A row that is being put in: the record is computed when all its rows are there.
            None => Ok(false),
        }
    }

    fn compute_own(&mut self, formulas: &dyn Formulas, table: &Table, id: i64) -> Result<(), Problem> {
        if !table.computes() {
            return Ok(());
        }
        let mut change = Change::default();
        for (name, value) in formulas.compute(self, &table.name, id)? {
            self.gather(table, &FieldPath(vec![name]), &value, Writer::Product, &mut change)?;
        }
        self.update(table, id, &change).map(drop)
    }

    /// The forms whose formulas are not those that the values in the database were computed with; rows of subforms come
    /// before the records that they belong to.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database cannot be read.
    pub fn outdated(&self) -> Result<Vec<String>, Problem> {
        let known: HashMap<String, String> = self.notes(KIND)?.into_iter().collect();
        let noted = |table: &Table| known.get(&table.name).map_or("", String::as_str);
        let other = self.schema.tables().filter(|table| table.all_formulas() != noted(table));
        let (rows, records): (Vec<&Table>, Vec<&Table>) = other.partition(|table| table.parent.is_some());
        Ok(rows.into_iter().chain(records).map(|table| table.name.clone()).collect())
    }

    /// Computes the formulas of all records of [`outdated`](Store::outdated) forms, as one transaction.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database fails, or an evaluation that was
    /// stopped.
    pub fn compute_outdated(&mut self) -> Result<(), Problem> {
        let (Some(formulas), outdated) = (self.formulas.clone(), self.outdated()?) else { return Ok(()) };
        if outdated.is_empty() {
            return Ok(());
        }
        self.whole(|store| {
            for form in outdated {
                let table = store.schema.shared(&form)?;
                if table.computes() {
                    let sql = format!("SELECT \"ID\" FROM {} ORDER BY \"ID\"", quoted(&table.sql()));
                    for id in store.database.query(&sql, &[], |row| row.id(0))? {
                        store.compute_own(&*formulas, &table, id)?;
                    }
                }
                store.keep_note(KIND, &form, &table.all_formulas())?;
            }
            Ok(())
        })
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
