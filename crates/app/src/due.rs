//! Schedules by the clock: what should have run since it was looked at last runs once, each record in a transaction of its own.
//!
//! How far a schedule is lies beside the records. A time that was missed while nobody looked is made up for once, however
//! often it was missed. The note that a record's turn is over is part of the transaction of that turn: a process that is
//! killed, or a second one that looks at the same time, repeats nothing.

use rainwright::{Data, Failure, Locale};
use rainwright_value::HOUR;

use crate::when::When;
use crate::{Running, Workflow};

/// The kind of the notes that say until when a schedule was looked at.
const LOOKED: &str = "schedule";
/// A note older than this, in milliseconds, is renewed even when the schedule was not due.
const OLDEST: i64 = HOUR;

/// A schedule that ran because its time had come.
#[derive(Debug)]
pub struct Ran {
    /// The link name.
    pub schedule: String,
    /// How often it ran without a failure.
    pub times: usize,
    /// Why the others failed; what they wrote is undone, and they are not tried again.
    pub failures: Vec<Failure>,
}

impl Running<'_> {
    /// Runs what should have run since the last look. The first look at a schedule only notes the time.
    ///
    /// # Errors
    /// Records that cannot be used, or criteria that cannot be read.
    pub fn run_due(&mut self) -> Result<Vec<Ran>, Failure> {
        let now = self.act()?;
        self.run_due_at(now)
    }

    /// Runs what should have run by an instant, in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// As [`Running::run_due`].
    pub fn run_due_at(&mut self, now: i64) -> Result<Vec<Ran>, Failure> {
        let schedules: Vec<Workflow> =
            self.app.workflows.iter().filter(|w| w.kind == "schedule" && !w.inactive).cloned().collect();
        let mut ran = Vec::new();
        for workflow in schedules {
            let Some((when, locale)) = self.times(&workflow) else { continue };
            let looked = self.store.note(LOOKED, &workflow.name)?.and_then(|looked| looked.parse::<i64>().ok());
            let Some(noted) = looked else {
                self.looked(&workflow.name, now)?;
                continue;
            };
            let since = self.looked.get(&workflow.name).copied().unwrap_or(noted).max(noted);
            if since >= now {
                continue;
            }
            let done = self.run_times(&workflow, &when, &locale, since, now)?;
            self.looked.insert(workflow.name.clone(), now);
            let did = done.times > 0 || !done.failures.is_empty();
            // Most looks find nothing due; they are not written.
            if did || now - noted > OLDEST {
                self.looked(&workflow.name, now)?;
            }
            if did {
                ran.push(done);
            }
        }
        Ok(ran)
    }

    /// When a schedule runs, in its own time zone.
    fn times(&self, workflow: &Workflow) -> Option<(When, Locale)> {
        let locale = match workflow.zone.as_str() {
            "" => self.engine.locale().clone(),
            zone => self.engine.clone().timezone(zone).ok()?.locale().clone(),
        };
        When::of(workflow, &locale).map(|when| (when, locale))
    }

    fn looked(&mut self, schedule: &str, now: i64) -> Result<(), Failure> {
        self.store.begin()?;
        let kept = self
            .store
            .keep_note(LOOKED, schedule, &now.to_string())
            .and_then(|()| self.store.forget_notes(&turns(schedule), None))
            .map_err(Failure::from);
        self.end(kept)
    }

    fn run_times(
        &mut self,
        workflow: &Workflow,
        when: &When,
        locale: &Locale,
        since: i64,
        now: i64,
    ) -> Result<Ran, Failure> {
        let mut ran = Ran { schedule: workflow.name.clone(), times: 0, failures: Vec::new() };
        // One at a fixed time is the same for all records: they are looked for when it has come.
        if when.start.field().is_none() {
            let Some(due) = when.last(now, &locale.zone, |_| Data::Null).filter(|due| *due > since) else {
                return Ok(ran);
            };
            let records = match workflow.form_name() {
                "" => vec![None],
                _ => self.chosen(workflow)?.into_iter().map(Some).collect(),
            };
            for record in records {
                self.turn(workflow, record, due, &mut ran)?;
            }
            return Ok(ran);
        }
        for id in self.chosen(workflow)? {
            let mut dates = Vec::new();
            for field in when.fields() {
                // `dg app check` names a field that is not there.
                dates.push((field, self.value(workflow.form_name(), id, field).unwrap_or_default()));
            }
            let value = |field: &str| dates.iter().find(|(known, _)| *known == field).map(|(_, date)| date.clone());
            let due = when.last(now, &locale.zone, |field| value(field).unwrap_or_default());
            if let Some(due) = due.filter(|due| *due > since) {
                self.turn(workflow, Some(id), due, &mut ran)?;
            }
        }
        Ok(ran)
    }

    /// One turn of a schedule, for a record or for none, unless it is over already.
    fn turn(&mut self, workflow: &Workflow, record: Option<i64>, due: i64, ran: &mut Ran) -> Result<(), Failure> {
        let (kind, name) = (turns(&workflow.name), record.map(|id| id.to_string()).unwrap_or_default());
        self.act()?;
        self.store.begin()?;
        // Another process may have been faster; this one has the right to write now.
        let over = self.store.note(LOOKED, &workflow.name)?.and_then(|looked| looked.parse::<i64>().ok());
        let over = over.is_some_and(|looked| looked >= due)
            || self
                .store
                .note(&kind, &name)?
                .and_then(|known| known.parse::<i64>().ok())
                .is_some_and(|last| last >= due);
        if over {
            return Ok(self.store.end(false)?);
        }
        self.store.keep_note(&kind, &name, &due.to_string())?;
        let ids: Vec<i64> = record.into_iter().collect();
        let done = self.scripts_for(workflow, &ids, |_| true);
        match self.end(done) {
            Ok(_) => ran.times += 1,
            Err(failure) => {
                self.store.begin()?;
                let kept = self.store.keep_note(&kind, &name, &due.to_string()).map_err(Failure::from);
                self.end(kept)?;
                ran.failures.push(failure);
            }
        }
        Ok(())
    }
}

/// The kind of the notes on turns of a schedule that are over.
fn turns(schedule: &str) -> String {
    format!("turns of {schedule}")
}
