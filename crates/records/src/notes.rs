//! Small facts that an application keeps beside its records: what scripts made of its users, how far its schedules are, which
//! records wait for an approval.

use rainwright_diagnostic::Problem;

use crate::database::Sql;
use crate::store::Store;

impl Store {
    /// A note of a kind.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database cannot be read.
    pub fn note(&self, kind: &str, name: &str) -> Result<Option<String>, Problem> {
        let key = [Sql::Text(kind.to_owned()), Sql::Text(name.to_owned())];
        self.database.first("SELECT value FROM rainwright_notes WHERE kind = ?1 AND name = ?2", &key, |row| row.text(0))
    }

    /// All notes of a kind by their names.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database cannot be read.
    pub fn notes(&self, kind: &str) -> Result<Vec<(String, String)>, Problem> {
        let sql = "SELECT name, value FROM rainwright_notes WHERE kind = ?1 ORDER BY name";
        self.database.query(sql, &[Sql::Text(kind.to_owned())], |row| Ok((row.text(0)?, row.text(1)?)))
    }

    /// Keeps a note in place of the one before.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database cannot be written.
    pub fn keep_note(&mut self, kind: &str, name: &str, value: &str) -> Result<(), Problem> {
        let values = [kind, name, value].map(|text| Sql::Text(text.to_owned()));
        let sql = "INSERT INTO rainwright_notes VALUES (?1, ?2, ?3) ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value";
        self.execute(sql, &values).map(drop)
    }

    /// Forgets a note, or with no name all notes of a kind.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database cannot be written.
    pub fn forget_notes(&mut self, kind: &str, name: Option<&str>) -> Result<(), Problem> {
        let kind = Sql::Text(kind.to_owned());
        match name {
            Some(name) => {
                let key = [kind, Sql::Text(name.to_owned())];
                self.execute("DELETE FROM rainwright_notes WHERE kind = ?1 AND name = ?2", &key).map(drop)
            }
            None => self.execute("DELETE FROM rainwright_notes WHERE kind = ?1", [&kind]).map(drop),
        }
    }
}
