//! IDs and auto numbers: read once in a transaction, counted in memory, written before it ends. Nobody else takes one in
//! between, because the transaction holds the right to write.

use rainwright_diagnostic::Problem;

use crate::database::Sql;
use crate::field::Field;
use crate::schema::Table;
use crate::store::Store;

/// The first ID: 19 digits, as the cloud's are.
const FIRST_ID: i64 = 1_000_000_000_000_000_000;

/// The last numbers that the transaction has given.
#[derive(Default)]
pub(crate) struct Numbers {
    counters: Vec<Counter>,
    /// The counters as they were at each mark within the transaction.
    marks: Vec<Vec<Counter>>,
}

/// One sequence of numbers.
#[derive(Clone)]
struct Counter {
    of: Sequence,
    last: i64,
    is_stored: bool,
}

#[derive(Clone, PartialEq, Eq)]
enum Sequence {
    /// One for all forms of an application.
    Ids,
    /// That of a field.
    Field { form: String, field: String },
}

impl Numbers {
    /// Forgets everything: a transaction begins, or is undone.
    pub(crate) fn clear(&mut self) {
        self.counters.clear();
        self.marks.clear();
    }

    /// Notes the present numbers; see [`Numbers::release`].
    pub(crate) fn mark(&mut self) {
        self.marks.push(self.counters.clone());
    }

    /// Ends what the last mark began: its numbers stay given, or are given again.
    pub(crate) fn release(&mut self, keep: bool) {
        if let Some(before) = self.marks.pop()
            && !keep
        {
            self.counters = before;
        }
    }

    /// The next number of a sequence that the transaction has used before.
    fn next(&mut self, is_it: impl Fn(&Sequence) -> bool) -> Option<i64> {
        let counter = self.counters.iter_mut().find(|counter| is_it(&counter.of))?;
        counter.last += 1;
        counter.is_stored = false;
        Some(counter.last)
    }

    /// Goes on after a number that was not given by the sequence.
    fn pass(&mut self, of: &Sequence, number: i64) {
        if let Some(counter) = self.counters.iter_mut().find(|counter| counter.of == *of && counter.last < number) {
            counter.last = number;
            counter.is_stored = false;
        }
    }

    fn begin(&mut self, of: Sequence, first: i64) -> i64 {
        self.counters.push(Counter { of, last: first, is_stored: false });
        first
    }
}

impl Store {
    /// The next ID of the application.
    pub(crate) fn next_id(&mut self) -> Result<i64, Problem> {
        if let Some(next) = self.numbers.next(|of| *of == Sequence::Ids) {
            return Ok(next);
        }
        let last = self.last_id()?;
        Ok(self.numbers.begin(Sequence::Ids, last + 1))
    }

    /// The last ID that earlier transactions gave.
    fn last_id(&self) -> Result<i64, Problem> {
        let sql = format!("SELECT value FROM {} WHERE name = 'id'", self.database.dialect().facts());
        Ok(self.database.first(&sql, &[], |row| row.id(0))?.unwrap_or(FIRST_ID))
    }

    /// The next number of an auto number field.
    pub(crate) fn next_number(&mut self, table: &Table, field: &Field) -> Result<i64, Problem> {
        let is_it = |of: &Sequence| matches!(of, Sequence::Field { form, field: name } if *form == table.name && *name == field.name);
        if let Some(next) = self.numbers.next(is_it) {
            return Ok(next);
        }
        let sql = "SELECT value FROM rainwright_counters WHERE form = ?1 AND field = ?2";
        let key = [Sql::Text(table.name.clone()), Sql::Text(field.name.clone())];
        let last = self.database.first(sql, &key, |row| row.id(0))?;
        let first = last.map_or(field.start.unwrap_or(1), |last| last + 1);
        Ok(self.numbers.begin(Sequence::Field { form: table.name.clone(), field: field.name.clone() }, first))
    }

    /// Writes the numbers that were given since the last time.
    pub(crate) fn store_numbers(&mut self) -> Result<(), Problem> {
        let facts = self.database.dialect().facts();
        for counter in self.numbers.counters.iter_mut().filter(|counter| !counter.is_stored) {
            let last = Sql::Integer(counter.last);
            match &counter.of {
                Sequence::Ids => {
                    let sql = format!(
                        "INSERT INTO {facts} VALUES ('id', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                    );
                    self.database.execute(&sql, [&last])?;
                }
                Sequence::Field { form, field } => {
                    let sql = "INSERT INTO rainwright_counters VALUES (?1, ?2, ?3) \
                               ON CONFLICT (form, field) DO UPDATE SET value = excluded.value";
                    self.database.execute(sql, [&Sql::Text(form.clone()), &Sql::Text(field.clone()), &last])?;
                }
            }
            counter.is_stored = true;
        }
        Ok(())
    }

    /// An ID that a record brings: later ones come after it.
    pub(crate) fn given_id(&mut self, id: i64) -> Result<i64, Problem> {
        if id >= FIRST_ID {
            if !self.numbers.counters.iter().any(|counter| counter.of == Sequence::Ids) {
                let last = self.last_id()?;
                self.numbers.begin(Sequence::Ids, last);
            }
            self.numbers.pass(&Sequence::Ids, id);
        }
        Ok(id)
    }
}
