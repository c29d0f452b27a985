//! The journal in one SQLite file: several processes, encrypted entries, nothing lost when a process dies.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, Outcome, Wait, from_text, to_text};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Answer, Ending, Entry, FORMAT, Journal, Lease, Start, State, Stored, now};
use crate::store::{Cipher, KeySource, create_folder};

/// The file in the data folder.
const FILE: &str = "runs.db";
/// The folder of the locks that say that a process still has a run.
const LOCKS: &str = "runs";
/// How long a process waits for another one's write.
const BUSY: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, format INTEGER NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL, owner TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL, start BLOB NOT NULL, waits BLOB, result BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, seq INTEGER NOT NULL, kind TEXT NOT NULL,
    digest TEXT NOT NULL, shown BLOB NOT NULL, answer BLOB, attempt INTEGER NOT NULL, idempotency_key TEXT NOT NULL,
    until INTEGER, time INTEGER NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, seq INTEGER NOT NULL, line BLOB NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signals (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, name TEXT NOT NULL,
    payload BLOB NOT NULL, taken INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS sources (digest TEXT PRIMARY KEY, text BLOB NOT NULL) STRICT, WITHOUT ROWID;
";

const RUN: &str = "SELECT id, format, state, epoch, created, start, waits, result FROM runs";

/// Runs in `runs.db` of a folder.
pub struct SqliteJournal {
    database: Mutex<Connection>,
    cipher: Cipher,
    locks: PathBuf,
    /// The locks of the runs that this process has.
    held: Mutex<HashMap<String, File>>,
}

impl SqliteJournal {
    /// Opens the journal of a folder, or makes it, readable by its owner only. It is encrypted with the key of the
    /// connection store.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file or the key cannot be used.
    pub fn open(home: &Path, key: &KeySource) -> Result<Self, Problem> {
        let locks = home.join(LOCKS);
        create_folder(&locks).map_err(|e| {
            Problem::new(Code::StoreProblem, format!("The folder {} cannot be made: {e}.", locks.display()))
        })?;
        let database = Connection::open(home.join(FILE)).map_err(failed)?;
        database.busy_timeout(BUSY).map_err(failed)?;
        // What was sent must be known after a power cut too.
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;";
        database.execute_batch(settings).map_err(failed)?;
        database.execute_batch(TABLES).map_err(failed)?;
        let cipher = key.load()?;
        Ok(Self { database: Mutex::new(database), cipher, locks, held: Mutex::default() })
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock of a run; the system frees it when the process ends, however that happens.
    fn lock(&self, id: &str) -> Result<(), Problem> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.contains_key(id) {
            return Ok(());
        }
        // A name may hold anything; its digest fits a file's name.
        let path = self.locks.join(format!("{}.lock", super::digest(id.as_bytes()).get(..32).unwrap_or_default()));
        let unusable = |e: &dyn std::fmt::Display| {
            Problem::new(Code::StoreProblem, format!("{} cannot be used: {e}.", path.display()))
        };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|e| unusable(&e))?;
        match file.try_lock() {
            Ok(()) => {
                held.insert(id.to_owned(), file);
                Ok(())
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(Problem::new(Code::StoreProblem, format!("The run {id} is run by another process."))
                    .with_help("Wait for it, or end that process first."))
            }
            Err(std::fs::TryLockError::Error(e)) => Err(unusable(&e)),
        }
    }

    fn unlock(&self, id: &str) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn seal(&self, place: &str, value: &impl Serialize) -> Result<Vec<u8>, Problem> {
        self.cipher.seal_bytes(place, to_text(value)?.as_bytes())
    }

    fn open_sealed<T: DeserializeOwned>(&self, place: &str, sealed: &[u8]) -> Result<T, Problem> {
        let bytes = self.cipher.open_bytes(place, sealed)?;
        from_text(&String::from_utf8_lossy(&bytes))
    }

    fn put_sources(&self, change: &Transaction<'_>, sources: &[(String, String)]) -> Result<(), Problem> {
        for (_, text) in sources {
            let digest = super::digest(text.as_bytes());
            let sealed = self.cipher.seal_bytes(&place("source", &digest, 0), text.as_bytes())?;
            change
                .execute("INSERT INTO sources VALUES (?1, ?2) ON CONFLICT DO NOTHING", params![digest, sealed])
                .map_err(failed)?;
        }
        Ok(())
    }

    fn stored(&self, row: RawRun) -> Result<Stored, Problem> {
        let RawRun { id, format, state, epoch, created, start, waits, result } = row;
        if format > FORMAT {
            let problem = Problem::new(Code::StoreProblem, format!("The run {id} was written by a later version."));
            return Err(problem.with_help("Update the program."));
        }
        let state = State::named(&state).ok_or_else(|| {
            Problem::new(Code::StoreProblem, format!("The run {id} has the unknown state '{state}'."))
        })?;
        let waits = waits.map(|sealed| self.open_sealed(&place("waits", &id, 0), &sealed)).transpose()?;
        let result = result.map(|sealed| self.open_sealed(&place("result", &id, 0), &sealed)).transpose()?;
        let start = self.open_sealed(&place("start", &id, 0), &start)?;
        Ok(Stored { id, state, start, epoch, created, waits, result })
    }

    /// Writes an entry within a transaction that holds the lease.
    fn put(&self, change: &Transaction<'_>, run: &str, entry: &Entry) -> Result<(), Problem> {
        let shown = self.seal(&place("shown", run, entry.seq), &entry.shown)?;
        let answer =
            entry.answer.as_ref().map(|answer| self.seal(&place("answer", run, entry.seq), answer)).transpose()?;
        change
            .execute(
                "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (run, seq) DO UPDATE SET answer = ?6, attempt = ?7, until = ?9",
                params![
                    run,
                    number(entry.seq),
                    entry.kind,
                    entry.digest,
                    shown,
                    answer,
                    entry.attempt,
                    entry.key,
                    entry.until,
                    entry.time
                ],
            )
            .map_err(failed)?;
        Ok(())
    }

    /// Changes something of a run whose lease still holds.
    fn fenced<T>(
        &self,
        lease: &Lease,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut database = self.database();
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let epoch: Option<i64> = transaction
            .query_row("SELECT epoch FROM runs WHERE id = ?1", [&lease.run], |row| row.get(0))
            .optional()
            .map_err(failed)?;
        if epoch != Some(lease.epoch) {
            let message = format!("The run {} was taken up by another process; this one stops.", lease.run);
            return Err(Problem::new(Code::Interrupted, message));
        }
        let changed = change(&transaction)?;
        transaction.commit().map_err(failed)?;
        Ok(changed)
    }
}

impl Journal for SqliteJournal {
    fn create(&self, id: &str, start: &Start, sources: &[(String, String)]) -> Result<Lease, Problem> {
        if id.is_empty() || id.len() > 200 {
            return Err(Problem::new(Code::BadArgument, "The name of a run has 1 to 200 bytes."));
        }
        self.lock(id)?;
        let sealed = self.seal(&place("start", id, 0), start)?;
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let added = change
            .execute(
                "INSERT INTO runs VALUES (?1, ?2, 'running', 1, ?3, ?4, ?4, ?5, NULL, NULL) ON CONFLICT DO NOTHING",
                params![id, FORMAT, owner(), now(), sealed],
            )
            .map_err(failed)?;
        if added == 0 {
            drop(change);
            self.unlock(id);
            return Err(Problem::new(Code::BadArgument, format!("There is a run {id} already."))
                .with_help(format!("Resume it with `dg resume {id}`, or choose another name.")));
        }
        self.put_sources(&change, sources)?;
        change.commit().map_err(failed)?;
        Ok(Lease { run: id.to_owned(), epoch: 1 })
    }

    fn claim(&self, id: &str) -> Result<Lease, Problem> {
        self.lock(id)?;
        let claimed = self
            .database()
            .query_row(
                "UPDATE runs SET epoch = epoch + 1, owner = ?2, state = 'running', changed = ?3
                 WHERE id = ?1 AND state NOT IN ('done', 'failed') RETURNING epoch",
                params![id, owner(), now()],
                |row| row.get(0),
            )
            .optional()
            .map_err(failed)?;
        match claimed {
            Some(epoch) => Ok(Lease { run: id.to_owned(), epoch }),
            None => {
                self.unlock(id);
                Err(match self.run(id)? {
                    Some(run) => {
                        let message = format!("The run {id} is {} already.", run.state.name());
                        Problem::new(Code::BadArgument, message)
                    }
                    None => no_run(id),
                })
            }
        }
    }

    fn run(&self, id: &str) -> Result<Option<Stored>, Problem> {
        let row = self.database().query_row(&format!("{RUN} WHERE id = ?1"), [id], raw_run).optional();
        row.map_err(failed)?.map(|row| self.stored(row)).transpose()
    }

    fn runs(&self) -> Result<Vec<Stored>, Problem> {
        let rows: rusqlite::Result<Vec<RawRun>> = {
            let database = self.database();
            let mut query = database.prepare(&format!("{RUN} ORDER BY created DESC, id")).map_err(failed)?;
            query.query_map([], raw_run).map_err(failed)?.collect()
        };
        rows.map_err(failed)?.into_iter().map(|row| self.stored(row)).collect()
    }

    fn source(&self, digest: &str) -> Result<String, Problem> {
        let sealed: Option<Vec<u8>> = self
            .database()
            .query_row("SELECT text FROM sources WHERE digest = ?1", [digest], |row| row.get(0))
            .optional()
            .map_err(failed)?;
        let sealed =
            sealed.ok_or_else(|| Problem::new(Code::StoreProblem, "A source of the run is not in the journal."))?;
        let bytes = self.cipher.open_bytes(&place("source", digest, 0), &sealed)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn replace_sources(&self, lease: &Lease, start: &Start, sources: &[(String, String)]) -> Result<(), Problem> {
        let sealed = self.seal(&place("start", &lease.run, 0), start)?;
        self.fenced(lease, |change| {
            self.put_sources(change, sources)?;
            change.execute("UPDATE runs SET start = ?2 WHERE id = ?1", params![lease.run, sealed]).map_err(failed)?;
            Ok(())
        })
    }

    fn entries(&self, id: &str) -> Result<Vec<Entry>, Problem> {
        let rows: rusqlite::Result<Vec<RawEntry>> = {
            let database = self.database();
            let text = "SELECT seq, kind, digest, shown, answer, attempt, idempotency_key, until, time FROM entries
                        WHERE run = ?1 ORDER BY seq";
            let mut query = database.prepare(text).map_err(failed)?;
            query.query_map([id], raw_entry).map_err(failed)?.collect()
        };
        let entry = |row: RawEntry| {
            let RawEntry { seq, kind, digest, shown, answer, attempt, key, until, time } = row;
            let seq = seq.unsigned_abs();
            let shown = self.open_sealed(&place("shown", id, seq), &shown)?;
            let answer = answer.map(|sealed| self.open_sealed(&place("answer", id, seq), &sealed)).transpose()?;
            Ok(Entry { seq, kind, digest, shown, answer, attempt, key, until, time })
        };
        rows.map_err(failed)?.into_iter().map(entry).collect()
    }

    fn write(&self, lease: &Lease, entry: &Entry) -> Result<(), Problem> {
        self.fenced(lease, |change| self.put(change, &lease.run, entry))
    }

    fn log(&self, lease: &Lease, seq: u64, line: &str) -> Result<bool, Problem> {
        let sealed = self.cipher.seal_bytes(&place("line", &lease.run, seq), line.as_bytes())?;
        self.fenced(lease, |change| {
            let added = change.execute(
                "INSERT INTO log VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![lease.run, number(seq), sealed],
            );
            Ok(added.map_err(failed)? > 0)
        })
    }

    fn lines(&self, id: &str) -> Result<Vec<(u64, String)>, Problem> {
        let rows: rusqlite::Result<Vec<(i64, Vec<u8>)>> = {
            let database = self.database();
            let mut query =
                database.prepare("SELECT seq, line FROM log WHERE run = ?1 ORDER BY seq").map_err(failed)?;
            query.query_map([id], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?.collect()
        };
        let line = |(seq, sealed): (i64, Vec<u8>)| {
            let seq = seq.unsigned_abs();
            let bytes = self.cipher.open_bytes(&place("line", id, seq), &sealed)?;
            Ok((seq, String::from_utf8_lossy(&bytes).into_owned()))
        };
        rows.map_err(failed)?.into_iter().map(line).collect()
    }

    fn leave(&self, lease: &Lease, state: State, waits: Option<&Wait>, result: Option<&Ending>) -> Result<(), Problem> {
        let waits = waits.map(|wait| self.seal(&place("waits", &lease.run, 0), wait)).transpose()?;
        let result = result.map(|result| self.seal(&place("result", &lease.run, 0), result)).transpose()?;
        let left = self.fenced(lease, |change| {
            let text = "UPDATE runs SET state = ?2, changed = ?3, waits = ?4, result = ?5 WHERE id = ?1";
            change.execute(text, params![lease.run, state.name(), now(), waits, result]).map_err(failed)?;
            Ok(())
        });
        self.unlock(&lease.run);
        left
    }

    fn signal(&self, id: &str, name: &str, payload: &Data) -> Result<(), Problem> {
        let Some(run) = self.run(id)? else { return Err(no_run(id)) };
        if run.state.is_over() {
            return Err(Problem::new(Code::BadArgument, format!("The run {id} is {} already.", run.state.name())));
        }
        let sealed = self.seal(&place("signal", id, 0), payload)?;
        let text = "INSERT INTO signals (run, name, payload) VALUES (?1, ?2, ?3)";
        self.database().execute(text, params![id, name, sealed]).map_err(failed)?;
        Ok(())
    }

    fn take_signal(&self, lease: &Lease, name: &str, entry: &Entry) -> Result<Option<Data>, Problem> {
        self.fenced(lease, |change| {
            let text = "SELECT number, payload FROM signals WHERE run = ?1 AND name = ?2 AND taken IS NULL
                        ORDER BY number LIMIT 1";
            let found: Option<(i64, Vec<u8>)> = change
                .query_row(text, params![lease.run, name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
                .map_err(failed)?;
            let Some((number, sealed)) = found else { return Ok(None) };
            let payload: Data = self.open_sealed(&place("signal", &lease.run, 0), &sealed)?;
            let text = "UPDATE signals SET taken = ?2 WHERE number = ?1";
            change.execute(text, params![number, now()]).map_err(failed)?;
            let answer = Some(Answer::Outcome(Outcome::from(payload.clone())));
            self.put(change, &lease.run, &Entry { answer, ..entry.clone() })?;
            Ok(Some(payload))
        })
    }

    fn has_signal(&self, id: &str, name: &str) -> Result<bool, Problem> {
        let text = "SELECT EXISTS (SELECT 1 FROM signals WHERE run = ?1 AND name = ?2 AND taken IS NULL)";
        self.database().query_row(text, params![id, name], |row| row.get(0)).map_err(failed)
    }

    fn prune(&self, before: i64) -> Result<usize, Problem> {
        let mut database = self.database();
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let text = "DELETE FROM runs WHERE state IN ('done', 'failed') AND created < ?1";
        let gone = change.execute(text, [before]).map_err(failed)?;
        if change.query_row("SELECT COUNT(*) FROM runs", [], |row| row.get::<_, i64>(0)).map_err(failed)? == 0 {
            // Sources are shared by runs; without any run nobody needs them.
            change.execute("DELETE FROM sources", []).map_err(failed)?;
        }
        change.commit().map_err(failed)?;
        Ok(gone)
    }
}

struct RawRun {
    id: String,
    format: i64,
    state: String,
    epoch: i64,
    created: i64,
    start: Vec<u8>,
    waits: Option<Vec<u8>>,
    result: Option<Vec<u8>>,
}

fn raw_run(row: &Row<'_>) -> rusqlite::Result<RawRun> {
    Ok(RawRun {
        id: row.get(0)?,
        format: row.get(1)?,
        state: row.get(2)?,
        epoch: row.get(3)?,
        created: row.get(4)?,
        start: row.get(5)?,
        waits: row.get(6)?,
        result: row.get(7)?,
    })
}

struct RawEntry {
    seq: i64,
    kind: String,
    digest: String,
    shown: Vec<u8>,
    answer: Option<Vec<u8>>,
    attempt: u32,
    key: String,
    until: Option<i64>,
    time: i64,
}

fn raw_entry(row: &Row<'_>) -> rusqlite::Result<RawEntry> {
    Ok(RawEntry {
        seq: row.get(0)?,
        kind: row.get(1)?,
        digest: row.get(2)?,
        shown: row.get(3)?,
        answer: row.get(4)?,
        attempt: row.get(5)?,
        key: row.get(6)?,
        until: row.get(7)?,
        time: row.get(8)?,
    })
}

/// What a sealed column is bound to: it opens nowhere else.
fn place(column: &str, id: &str, seq: u64) -> String {
    format!("journal/{column}/{seq}/{id}")
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn owner() -> String {
    format!("process {}", std::process::id())
}

fn no_run(id: &str) -> Problem {
    Problem::new(Code::BadArgument, format!("There is no run {id}.")).with_help("List the runs with `dg runs list`.")
}

fn failed(error: rusqlite::Error) -> Problem {
    let full = matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DiskFull));
    let help = if full { "Make room on the disk, then resume the run." } else { "Check the file and its disk." };
    Problem::new(Code::StoreProblem, format!("The journal of runs cannot be used: {error}.")).with_help(help)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use rainwright_effect::{Call, Effect, Host, HttpRequest, HttpResponse, Refusal};

    use super::*;
    use crate::journal::{Durable, InDoubt, SIGNAL, WAIT};

    /// Answers calls with their number, and counts them.
    #[derive(Default)]
    struct Counting {
        sent: Vec<HttpRequest>,
        lines: Vec<String>,
        retry_after: Option<&'static str>,
        /// Ends, as a killed process does, before this many calls are answered.
        dies_at: Option<usize>,
    }

    impl Host for Counting {
        fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
            match call.effect {
                Effect::Info { text } => self.lines.push(text),
                Effect::Now => return Ok(Outcome::Instant { millis: 7 }),
                Effect::Http(request) => {
                    self.sent.push(*request);
                    if self.dies_at == Some(self.sent.len()) {
                        return Err(Refusal::Stop(Problem::new(Code::Interrupted, "killed")));
                    }
                    let headers = self.retry_after.map(|s| ("retry-after".to_owned(), s.to_owned()));
                    let response = HttpResponse {
                        status: if headers.is_some() { 429 } else { 200 },
                        headers: headers.into_iter().collect(),
                        body: format!("{}", self.sent.len()).into_bytes().into(),
                    };
                    return Ok(Outcome::Http(Box::new(response)));
                }
                _ => {}
            }
            Ok(Outcome::Done)
        }
    }

    fn journal(home: &Path) -> Arc<SqliteJournal> {
        Arc::new(SqliteJournal::open(home, &KeySource::File(home.join("key"))).unwrap())
    }

    fn durable<'h>(host: &'h mut Counting, journal: &Arc<SqliteJournal>, lease: &Lease) -> Durable<'h> {
        Durable::new(host, journal.clone(), lease.clone(), InDoubt::Ask).unwrap()
    }

    fn http(method: &str, at: &str) -> Effect {
        let request = HttpRequest::new(method, format!("http://127.0.0.1/{at}"));
        Effect::Http(Box::new(request.with_header("Authorization", "Bearer MARKER-1")))
    }

    fn call(seq: u64, effect: Effect) -> Call {
        Call { seq, line: u32::try_from(seq).unwrap(), ..Call::new(effect) }
    }

    fn body(outcome: Result<Outcome, Refusal>) -> String {
        String::from_utf8(outcome.unwrap().into_http().unwrap().body.to_vec()).unwrap()
    }

    #[test]
    fn what_was_answered_is_not_sent_again_and_lines_are_shown_once() {
        let home = tempfile::tempdir().unwrap();
        let mut host = Counting::default();
        let journal = journal(home.path());
        let start = Start { inputs: vec![("n".into(), 1.into())], ..Start::default() };
        let lease = journal.create("a", &start, &[("a.dg".into(), "info 1;".into())]).unwrap();
        for _ in 0..2 {
            let mut durable = Durable::new(&mut host, journal.clone(), lease.clone(), InDoubt::Ask).unwrap();
            durable.perform(call(1, Effect::Info { text: "line".into() })).unwrap();
            assert_eq!(body(durable.perform(call(2, http("POST", "x")))), "1");
            assert_eq!(durable.perform(call(3, Effect::Now)).unwrap(), Outcome::Instant { millis: 7 });
        }
        assert_eq!((host.sent.len(), host.lines.len()), (1, 1));
        assert_eq!(host.sent[0].header("idempotency-key").unwrap().len(), 32);
        journal.leave(&lease, State::Done, None, Some(&Ending::Result(5.into()))).unwrap();
        let stored = journal.run("a").unwrap().unwrap();
        assert_eq!((stored.state, stored.start, stored.result), (State::Done, start, Some(Ending::Result(5.into()))));
        assert_eq!(journal.lines("a").unwrap(), [(1, "line".to_owned())]);
        assert!(journal.claim("a").unwrap_err().message.contains("done already"));
        // Nothing can be read in the file, and no credential is in it even with the key.
        let bytes: Vec<u8> = ["runs.db", "runs.db-wal"]
            .iter()
            .flat_map(|file| std::fs::read(home.path().join(file)).unwrap_or_default())
            .collect();
        assert!(!bytes.windows(8).any(|w| w == b"MARKER-1" || w == b"127.0.0."));
        assert!(!format!("{:?}", journal.entries("a").unwrap()).contains("MARKER-1"));
        assert_eq!(journal.prune(i64::MAX).unwrap(), 1);
        assert!(journal.runs().unwrap().is_empty());
    }

    #[test]
    fn an_effect_in_doubt_goes_by_its_policy() {
        for (method, policy, sent) in [
            ("GET", InDoubt::Ask, 2),
            ("POST", InDoubt::Ask, 1),
            ("POST", InDoubt::Repeat, 2),
            ("POST", InDoubt::Fail, 1),
        ] {
            let home = tempfile::tempdir().unwrap();
            let mut host = Counting { dies_at: Some(1), ..Counting::default() };
            let lease = journal(home.path()).create("a", &Start::default(), &[]).unwrap();
            let mut first = Durable::new(&mut host, journal(home.path()), lease, policy).unwrap();
            first.perform(call(1, http(method, "x"))).unwrap_err();
            let journal = journal(home.path());
            let lease = journal.claim("a").unwrap();
            assert_eq!(lease.epoch, 2);
            let mut again = Durable::new(&mut host, journal.clone(), lease, policy).unwrap();
            let answered = again.perform(call(1, http(method, "x")));
            assert_eq!(host.sent.len(), sent, "{method} {policy:?}");
            match (method, policy) {
                ("POST", InDoubt::Ask) => assert!(!answered.unwrap_err().is_catchable()),
                ("POST", InDoubt::Fail) => assert!(answered.unwrap_err().is_catchable()),
                _ => {
                    assert_eq!(body(answered), "2");
                    let keys: Vec<_> = host.sent.iter().map(|request| request.header("idempotency-key")).collect();
                    assert_eq!(keys[0], keys[1]);
                    assert_eq!(journal.entries("a").unwrap()[0].attempt, 2);
                }
            }
        }
    }

    #[test]
    fn an_owner_that_lost_the_run_writes_nothing_more() {
        let home = tempfile::tempdir().unwrap();
        let journal = journal(home.path());
        let old = journal.create("a", &Start::default(), &[]).unwrap();
        let new = journal.claim("a").unwrap();
        let (mut one, mut two) = (Counting::default(), Counting::default());
        let mut stale = Durable::new(&mut one, journal.clone(), old.clone(), InDoubt::Ask).unwrap();
        let refused = stale.perform(call(1, http("POST", "x"))).unwrap_err();
        assert!(!refused.is_catchable() && refused.problem().message.contains("another process"));
        assert!(journal.log(&old, 2, "x").is_err() && journal.leave(&old, State::Done, None, None).is_err());
        Durable::new(&mut two, journal.clone(), new, InDoubt::Ask)
            .unwrap()
            .perform(call(1, http("POST", "x")))
            .unwrap();
        assert_eq!((one.sent.len(), two.sent.len()), (0, 1));
    }

    #[test]
    fn another_call_than_the_one_in_the_journal_stops_the_run() {
        let home = tempfile::tempdir().unwrap();
        let journal = journal(home.path());
        let lease = journal.create("a", &Start::default(), &[]).unwrap();
        let mut host = Counting::default();
        durable(&mut host, &journal, &lease).perform(call(1, http("POST", "x"))).unwrap();
        let refused = durable(&mut host, &journal, &lease).perform(call(1, http("POST", "y"))).unwrap_err();
        assert!(!refused.is_catchable());
        let message = refused.problem().message;
        assert!(message.contains("/y") && message.contains("/x") && message.contains("effect 1"), "{message}");
        // A call that comes where the journal has one before it was skipped.
        assert!(!durable(&mut host, &journal, &lease).perform(call(2, http("POST", "x"))).unwrap_err().is_catchable());
        assert_eq!(host.sent.len(), 1);
    }

    #[test]
    fn a_run_waits_for_times_signals_and_servers_that_ask_for_it() {
        let home = tempfile::tempdir().unwrap();
        let journal = journal(home.path());
        let function = |name: &str, argument: Data| Effect::Function { name: name.into(), arguments: vec![argument] };
        let mut host = Counting { retry_after: Some("3600"), ..Counting::default() };

        let lease = journal.create("times", &Start::default(), &[]).unwrap();
        let mut waits = || {
            let mut run = durable(&mut host, &journal, &lease);
            assert_eq!(run.perform(call(1, function(WAIT, 0.into()))).unwrap(), Outcome::Done);
            run.perform(call(2, function(WAIT, 3600.into()))).unwrap_err()
        };
        let long = waits();
        assert!(matches!(long, Refusal::Suspend(Wait::Until { millis }) if millis > now() + 3_500_000), "{long:?}");
        assert_eq!(waits(), long, "a resumed run waits for the same moment");

        let lease = journal.create("signals", &Start::default(), &[]).unwrap();
        let mut asks = || durable(&mut host, &journal, &lease).perform(call(1, function(SIGNAL, "go".into())));
        assert_eq!(asks().unwrap_err(), Refusal::Suspend(Wait::Signal { name: "go".into() }));
        journal.signal("signals", "go", &Data::from("payload")).unwrap();
        assert!(journal.has_signal("signals", "go").unwrap() && !journal.has_signal("signals", "stop").unwrap());
        for _ in 0..2 {
            assert_eq!(asks().unwrap(), Outcome::from(Data::from("payload")), "it is taken once and kept");
        }

        let lease = journal.create("servers", &Start::default(), &[]).unwrap();
        for _ in 0..2 {
            let busy = durable(&mut host, &journal, &lease).perform(call(1, http("POST", "busy"))).unwrap_err();
            assert!(matches!(busy, Refusal::Suspend(Wait::Until { .. })), "{busy:?}");
        }
        assert_eq!(host.sent.len(), 1, "the server is left alone");
    }

    #[test]
    fn entries_open_only_at_their_place_and_later_formats_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let journal = journal(home.path());
        for id in ["a", "b"] {
            let lease = journal.create(id, &Start { entry: Some(id.into()), ..Start::default() }, &[]).unwrap();
            journal.leave(&lease, State::Suspended, None, None).unwrap();
        }
        let change = |text: &str| journal.database().execute(text, []).unwrap();
        change("UPDATE runs SET start = (SELECT start FROM runs WHERE id = 'a') WHERE id = 'b'");
        assert_eq!(journal.run("b").unwrap_err().code, Code::StoreProblem);
        change("UPDATE runs SET format = 99 WHERE id = 'a'");
        assert!(journal.run("a").unwrap_err().message.contains("later version"));
    }
}
