//! Runs that survive the end of their process: each effect is written down before it is made and after it is answered.
//!
//! A run that was interrupted is run again from its beginning; what its journal has an answer for is answered from there,
//! so nothing that was done is done twice. [`Journal`] keeps runs and entries, [`Durable`] is the [`Host`] in between:
//!
//! 1. `begun` is committed before an effect is sent.
//! 2. `done`, with the outcome, is committed before the script sees it.
//! 3. An effect that was begun and is not done is *in doubt*: reads are repeated, everything else as [`InDoubt`] says, with
//!    the same `Idempotency-Key`.
//! 4. Every write carries the epoch of its owner. A process that lost the run to another one can write nothing more.
//! 5. A call that is not the one in the journal stops the run; it is `stuck` until it runs with a script that fits.
//!
//! [`Host`]: rainwright_effect::Host

mod host;
#[cfg(debug_assertions)]
mod kill;
#[cfg(feature = "postgres")]
mod postgres;
mod seal;
mod sqlite;
#[cfg(test)]
mod tests;

pub use host::{Durable, InDoubt, Replay, add_key, describe, digest_of, idempotency_key, left_alone};
#[cfg(feature = "postgres")]
pub use postgres::PostgresJournal;
pub use sqlite::SqliteJournal;

use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, Outcome, Refusal, Wait};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::Cipher;

/// The version of what is written; a reader refuses later ones.
pub const FORMAT: i64 = 1;

/// The function with which a script waits for some seconds: `durable.wait(3600)`.
pub const WAIT: &str = "durable.wait";
/// The function with which a script waits for an event: `durable.signal("approved")` gives what the signal carries.
pub const SIGNAL: &str = "durable.signal";

/// Where a run is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody runs it, or did until the process ended.
    Running,
    /// It waits for a time or a signal.
    Suspended,
    /// It does not fit its journal, or somebody must decide about an effect in doubt.
    Stuck,
    /// It ended with a result.
    Done,
    /// It ended with an error.
    Failed,
}

impl State {
    /// Its name, as lists show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Suspended => "suspended",
            State::Stuck => "stuck",
            State::Done => "done",
            State::Failed => "failed",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<State> {
        let all = [State::Running, State::Suspended, State::Stuck, State::Done, State::Failed];
        all.into_iter().find(|state| state.name() == name)
    }

    /// Whether there is nothing left to resume.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, State::Done | State::Failed)
    }
}

/// What a run is started with; all of it is needed to run it again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The sources by name, the script first, with the digests of their texts.
    pub sources: Vec<(String, String)>,
    /// The function that is called; `None` for the bare statements.
    pub entry: Option<String>,
    /// The arguments by name.
    pub inputs: Vec<(String, Data)>,
    /// The version of the program that started it.
    pub engine: String,
    /// The product whose rules hold.
    pub profile: String,
    /// The time zone.
    pub timezone: String,
    /// Settings of the program that drives the run, given back when it is resumed.
    pub settings: Data,
}

/// A run as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its name.
    pub id: String,
    /// Where it is in its life.
    pub state: State,
    /// What it was started with.
    pub start: Start,
    /// How often it was taken up.
    pub epoch: i64,
    /// When it was started, in milliseconds since 1970.
    pub created: i64,
    /// What a suspended run waits for.
    pub waits: Option<Wait>,
    /// The result, the error, or why it is stuck.
    pub result: Option<Ending>,
}

/// How a run ended, or why it cannot go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The result.
    Result(Data),
    /// The error, as it is shown.
    Error(String),
}

/// One effect of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The number of the call within its run.
    pub seq: u64,
    /// The kind of effect.
    pub kind: String,
    /// The digest of the effect.
    pub digest: String,
    /// The effect and where it comes from, to be shown; headers with credentials are masked.
    pub shown: Shown,
    /// What came of it; `None` while it is begun and not done.
    pub answer: Option<Answer>,
    /// How often it was sent.
    pub attempt: u32,
    /// The key that a repeated call carries.
    pub key: String,
    /// When it may be tried again or is over, in milliseconds since 1970.
    pub until: Option<i64>,
    /// When it was begun.
    pub time: i64,
}

/// What of a call is kept to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The function that made the call.
    pub function: String,
    /// The line.
    pub line: u32,
    /// The effect.
    pub effect: rainwright_effect::Effect,
}

/// What came of an effect: an outcome, or a problem that the script may catch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// An outcome.
    Outcome(Outcome),
    /// A problem.
    Problem(Problem),
}

impl Answer {
    /// As a host gives it.
    ///
    /// # Errors
    /// The problem, when it is one.
    pub fn into_result(self) -> Result<Outcome, Refusal> {
        match self {
            Answer::Outcome(outcome) => Ok(outcome),
            Answer::Problem(problem) => Err(Refusal::Problem(problem)),
        }
    }
}

/// The right to write to a run: it is lost when another process takes the run up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The run.
    pub run: String,
    /// The number of this owner.
    pub epoch: i64,
}

/// Keeps runs and their entries.
pub trait Journal: Send + Sync {
    /// Adds a run with its sources, and takes it up.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when there is a run of that name, or the journal
    /// cannot be written.
    fn create(&self, id: &str, start: &Start, sources: &[(String, String)]) -> Result<Lease, Problem>;
    /// Takes a run up: whoever had it can write no more.
    ///
    /// # Errors
    /// When a living process has it, when it is over, or when the journal cannot be written.
    fn claim(&self, id: &str) -> Result<Lease, Problem>;
    /// A run by its name.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn run(&self, id: &str) -> Result<Option<Stored>, Problem>;
    /// All runs, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn runs(&self) -> Result<Vec<Stored>, Problem>;
    /// The names of the runs that somebody has, or that wait, the oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn open_runs(&self) -> Result<Vec<String>, Problem>;
    /// The text of a source by its digest.
    ///
    /// # Errors
    /// When it is not there, or the journal cannot be read.
    fn source(&self, digest: &str) -> Result<String, Problem>;
    /// Gives a run other sources.
    ///
    /// # Errors
    /// When the lease is lost, or the journal cannot be written.
    fn replace_sources(&self, lease: &Lease, start: &Start, sources: &[(String, String)]) -> Result<(), Problem>;
    /// The entries of a run in order.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn entries(&self, id: &str) -> Result<Vec<Entry>, Problem>;
    /// Writes an entry: a new one, or a later state of one that is there.
    ///
    /// # Errors
    /// When the lease is lost, or the journal cannot be written.
    fn write(&self, lease: &Lease, entry: &Entry) -> Result<(), Problem>;
    /// Writes a line of the log; says whether it is new.
    ///
    /// # Errors
    /// When the lease is lost, or the journal cannot be written.
    fn log(&self, lease: &Lease, seq: u64, line: &str) -> Result<bool, Problem>;
    /// The log of a run: numbers of calls with their lines.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn lines(&self, id: &str) -> Result<Vec<(u64, String)>, Problem>;
    /// Sets the state of a run and lets it go.
    ///
    /// # Errors
    /// When the lease is lost, or the journal cannot be written.
    fn leave(&self, lease: &Lease, state: State, waits: Option<&Wait>, result: Option<&Ending>) -> Result<(), Problem>;
    /// Puts a signal beside a run; the run takes it when it asks for it.
    ///
    /// # Errors
    /// When there is no such run, or the journal cannot be written.
    fn signal(&self, id: &str, name: &str, payload: &Data) -> Result<(), Problem>;
    /// Takes the oldest signal of that name as the answer of an entry, both or none.
    ///
    /// # Errors
    /// When the lease is lost, or the journal cannot be written.
    fn take_signal(&self, lease: &Lease, name: &str, entry: &Entry) -> Result<Option<Data>, Problem>;
    /// Whether a signal of that name waits.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn has_signal(&self, id: &str, name: &str) -> Result<bool, Problem>;
    /// Removes runs that are over and were started before that time; gives how many.
    ///
    /// # Errors
    /// When the journal cannot be written.
    fn prune(&self, before: i64) -> Result<usize, Problem>;
    /// Lets another key of the connection store open the journal too. Call it before the store's key is replaced, and
    /// [`Journal::keep_only`] after.
    ///
    /// # Errors
    /// When the journal cannot be written.
    fn admit(&self, store: &Cipher) -> Result<(), Problem>;
    /// Lets only the store's key of that id open the journal; one that it does not know changes nothing.
    ///
    /// # Errors
    /// When the journal cannot be written.
    fn keep_only(&self, id: &str) -> Result<(), Problem>;
}

/// The digest of bytes, in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name for a run: sixteen random hexadecimal digits.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_id() -> Result<String, Problem> {
    let mut bytes = [0; 8];
    crate::store::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
