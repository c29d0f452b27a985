//! Changes of durable runs: each is done once for its run and number, and committed by itself.

use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, Records};

use crate::database::Sql;
use crate::store::Store;

impl Store {
    /// Performs a request of a durable run. Each change is its own transaction, which also stores the run, the number and the
    /// outcome. A request with the same run and number returns that outcome and changes nothing. A run can therefore be killed
    /// after the change and before its journal is written, and it holds no lock while it waits.
    ///
    /// # Errors
    /// A problem that the script may catch; the change has left nothing then.
    pub fn perform_once(&mut self, run: &str, seq: u64, request: &Records) -> Result<Data, Problem> {
        if !request.is_change() {
            return self.answer(request);
        }
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        self.begin()?;
        let done = match self.outcome(run, seq) {
            Ok(Some(known)) => Ok(known),
            Ok(None) => self.change(request).and_then(|outcome| {
                kill("change-made", seq);
                self.keep_outcome(run, seq, &outcome)?;
                kill("outcome-kept", seq);
                Ok(outcome)
            }),
            Err(problem) => Err(problem),
        };
        let ended = self.end(done.is_ok());
        kill("change-committed", seq);
        let done = done?;
        ended?;
        Ok(done)
    }

    /// What came of a change before.
    fn outcome(&self, run: &str, seq: i64) -> Result<Option<Data>, Problem> {
        let sql = "SELECT outcome FROM rainwright_done WHERE run = ?1 AND seq = ?2";
        let key = [Sql::Text(run.to_owned()), Sql::Integer(seq)];
        let known = self.database.first(sql, &key, |row| row.text(0))?;
        let Some(known) = known else { return Ok(None) };
        rainwright_effect::from_text(&known).map(Some)
    }

    fn keep_outcome(&self, run: &str, seq: i64, outcome: &Data) -> Result<(), Problem> {
        let text = rainwright_effect::to_text(outcome)?;
        let values = [Sql::Text(run.to_owned()), Sql::Integer(seq), Sql::Text(text)];
        self.execute("INSERT INTO rainwright_done VALUES (?1, ?2, ?3)", &values).map(drop)
    }

    /// Forgets the outcomes of a run that is over.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database fails.
    pub fn forget_run(&mut self, run: &str) -> Result<(), Problem> {
        self.execute("DELETE FROM rainwright_done WHERE run = ?1", [&Sql::Text(run.to_owned())]).map(drop)
    }
}

/// Ends the process at a named point, for the tests that kill it: `RAINWRIGHT_KILL_AT=change-made:3`. Only in debug builds.
fn kill(point: &str, seq: i64) {
    if cfg!(debug_assertions) && std::env::var("RAINWRIGHT_KILL_AT").is_ok_and(|at| at == format!("{point}:{seq}")) {
        std::process::abort();
    }
}
