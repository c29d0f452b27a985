//! IDs of records and automatic numbers.

use rainwright_diagnostic::Problem;

use crate::database::Sql;
use crate::field::Field;
use crate::schema::Table;
use crate::store::Store;

/// The first ID: 19 digits, as the cloud's are.
const FIRST_ID: i64 = 1_000_000_000_000_000_000;

impl Store {
    /// The next ID of the application: one sequence for all forms.
    pub(crate) fn next_id(&self) -> Result<i64, Problem> {
        let facts = self.database.dialect().facts();
        let sql = format!(
            "INSERT INTO {facts} VALUES ('id', ?1) ON CONFLICT (name) DO UPDATE SET value = {facts}.value + 1 RETURNING value"
        );
        Ok(self.database.first(&sql, &[Sql::Integer(FIRST_ID + 1)], |row| row.id(0))?.unwrap_or(FIRST_ID))
    }

    /// An ID that a record brings: later ones come after it.
    pub(crate) fn given_id(&self, id: i64) -> Result<i64, Problem> {
        if id >= FIRST_ID {
            let facts = self.database.dialect().facts();
            let sql = format!(
                "INSERT INTO {facts} VALUES ('id', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > {facts}.value"
            );
            self.execute(&sql, [&Sql::Integer(id)])?;
        }
        Ok(id)
    }

    pub(crate) fn next_number(&self, table: &Table, field: &Field) -> Result<i64, Problem> {
        let sql = "INSERT INTO rainwright_counters VALUES (?1, ?2, ?3) ON CONFLICT (form, field) DO UPDATE SET value = rainwright_counters.value + 1 RETURNING value";
        let first = field.start.unwrap_or(1);
        let values = [Sql::Text(table.name.clone()), Sql::Text(field.name.clone()), Sql::Integer(first)];
        Ok(self.database.first(sql, &values, |row| row.id(0))?.unwrap_or(first))
    }
}
