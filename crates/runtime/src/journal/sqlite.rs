//! The journal in one SQLite file: several processes, encrypted entries, nothing lost when a process dies.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rainwright_diagnostic::{Code, Problem, file_trouble};
use rainwright_effect::{Data, Outcome, Wait};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::seal::{
    RawEntry, RawRun, SealedKey, Sealer, check_name, is_held, is_over, is_taken, lost, no_run, no_source, number, place,
};
use super::{Answer, Ending, Entry, FORMAT, Journal, Lease, Start, State, Stored, now};
use crate::store::{Cipher, KeySource, create_folder, create_private};

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
CREATE TABLE IF NOT EXISTS keys (store_key TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
";

const RUN: &str = "SELECT id, format, state, epoch, created, start, waits, result FROM runs";

/// Runs in `runs.db` of a folder.
pub struct SqliteJournal {
    database: Mutex<Connection>,
    sealer: Sealer,
    locks: PathBuf,
    /// The locks of the runs that this process has.
    held: Mutex<HashMap<String, File>>,
}

impl SqliteJournal {
    /// Opens the journal of a folder, or makes it, readable by its owner only. The key of the connection store opens it.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file or the key cannot be used.
    pub fn open(home: &Path, key: &KeySource) -> Result<Self, Problem> {
        let locks = home.join(LOCKS);
        create_folder(&locks).map_err(|e| {
            Problem::new(
                Code::StoreProblem,
                format!("The folder {} cannot be made: {}.", locks.display(), file_trouble(&e)),
            )
        })?;
        let file = home.join(FILE);
        create_private(&file).map_err(|e| {
            Problem::new(
                Code::StoreProblem,
                format!("The journal {} cannot be opened: {}.", file.display(), file_trouble(&e)),
            )
            .with_help("Check the folder, its rights and the room on its disk.")
        })?;
        let mut database = Connection::open(&file).map_err(failed)?;
        database.busy_timeout(BUSY).map_err(failed)?;
        // What was sent must be known after a power cut too.
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;";
        database.execute_batch(settings).map_err(failed)?;
        database.execute_batch(TABLES).map_err(failed)?;
        let sealer = Self::sealer(&mut database, key)?;
        Ok(Self { database: Mutex::new(database), sealer, locks, held: Mutex::default() })
    }

    /// Whether a folder has a journal.
    #[must_use]
    pub fn exists(home: &Path) -> bool {
        home.join(FILE).exists()
    }

    fn sealer(database: &mut Connection, source: &KeySource) -> Result<Sealer, Problem> {
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let kept: Vec<SealedKey> = {
            let mut query = change.prepare("SELECT store_key, sealed FROM keys").map_err(failed)?;
            let row = |row: &Row<'_>| Ok(SealedKey { with: row.get(0)?, sealed: row.get(1)? });
            query.query_map([], row).map_err(failed)?.collect::<rusqlite::Result<_>>().map_err(failed)?
        };
        if !kept.is_empty() {
            return Sealer::open(source, &kept);
        }
        let (sealer, key) = Sealer::create(source)?;
        change.execute("INSERT INTO keys VALUES (?1, ?2)", params![key.with, key.sealed]).map_err(failed)?;
        change.commit().map_err(failed)?;
        Ok(sealer)
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
            Err(std::fs::TryLockError::WouldBlock) => Err(is_held(id)),
            Err(std::fs::TryLockError::Error(e)) => Err(unusable(&e)),
        }
    }

    fn unlock(&self, id: &str) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn put_sources(&self, change: &Transaction<'_>, sources: &[(String, String)]) -> Result<(), Problem> {
        for (_, text) in sources {
            let digest = super::digest(text.as_bytes());
            let sealed = self.sealer.seal_text(&place("source", &digest, 0), text)?;
            change
                .execute("INSERT INTO sources VALUES (?1, ?2) ON CONFLICT DO NOTHING", params![digest, sealed])
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Writes an entry within a transaction that holds the lease.
    fn put(&self, change: &Transaction<'_>, run: &str, entry: &Entry) -> Result<(), Problem> {
        let shown = self.sealer.seal(&place("shown", run, entry.seq), &entry.shown)?;
        let answer = entry
            .answer
            .as_ref()
            .map(|answer| self.sealer.seal(&place("answer", run, entry.seq), answer))
            .transpose()?;
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
            return Err(lost(&lease.run));
        }
        let changed = change(&transaction)?;
        transaction.commit().map_err(failed)?;
        Ok(changed)
    }
}

impl Journal for SqliteJournal {
    fn create(&self, id: &str, start: &Start, sources: &[(String, String)]) -> Result<Lease, Problem> {
        check_name(id)?;
        self.lock(id)?;
        let sealed = self.sealer.seal(&place("start", id, 0), start)?;
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
            return Err(is_taken(id));
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
                    Some(run) => is_over(id, run.state),
                    None => no_run(id),
                })
            }
        }
    }

    fn run(&self, id: &str) -> Result<Option<Stored>, Problem> {
        let row = self.database().query_row(&format!("{RUN} WHERE id = ?1"), [id], raw_run).optional();
        row.map_err(failed)?.map(|row| self.sealer.stored(row)).transpose()
    }

    fn runs(&self) -> Result<Vec<Stored>, Problem> {
        let rows: rusqlite::Result<Vec<RawRun>> = {
            let database = self.database();
            let mut query = database.prepare(&format!("{RUN} ORDER BY created DESC, id")).map_err(failed)?;
            query.query_map([], raw_run).map_err(failed)?.collect()
        };
        rows.map_err(failed)?.into_iter().map(|row| self.sealer.stored(row)).collect()
    }

    fn open_runs(&self) -> Result<Vec<String>, Problem> {
        let database = self.database();
        let text = "SELECT id FROM runs WHERE state IN ('running', 'suspended') ORDER BY created, id";
        let mut query = database.prepare(text).map_err(failed)?;
        let ids = query.query_map([], |row| row.get(0)).map_err(failed)?;
        ids.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    fn source(&self, digest: &str) -> Result<String, Problem> {
        let sealed: Option<Vec<u8>> = self
            .database()
            .query_row("SELECT text FROM sources WHERE digest = ?1", [digest], |row| row.get(0))
            .optional()
            .map_err(failed)?;
        let sealed = sealed.ok_or_else(no_source)?;
        self.sealer.open_text(&place("source", digest, 0), &sealed)
    }

    fn replace_sources(&self, lease: &Lease, start: &Start, sources: &[(String, String)]) -> Result<(), Problem> {
        let sealed = self.sealer.seal(&place("start", &lease.run, 0), start)?;
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
        rows.map_err(failed)?.into_iter().map(|row| self.sealer.entry(id, row)).collect()
    }

    fn write(&self, lease: &Lease, entry: &Entry) -> Result<(), Problem> {
        self.fenced(lease, |change| self.put(change, &lease.run, entry))
    }

    fn log(&self, lease: &Lease, seq: u64, line: &str) -> Result<bool, Problem> {
        let sealed = self.sealer.seal_text(&place("line", &lease.run, seq), line)?;
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
            Ok((seq, self.sealer.open_text(&place("line", id, seq), &sealed)?))
        };
        rows.map_err(failed)?.into_iter().map(line).collect()
    }

    fn leave(&self, lease: &Lease, state: State, waits: Option<&Wait>, result: Option<&Ending>) -> Result<(), Problem> {
        let waits = waits.map(|wait| self.sealer.seal(&place("waits", &lease.run, 0), wait)).transpose()?;
        let result = result.map(|result| self.sealer.seal(&place("result", &lease.run, 0), result)).transpose()?;
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
            return Err(is_over(id, run.state));
        }
        let sealed = self.sealer.seal(&place("signal", id, 0), payload)?;
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
            let payload: Data = self.sealer.open_sealed(&place("signal", &lease.run, 0), &sealed)?;
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

    fn admit(&self, store: &Cipher) -> Result<(), Problem> {
        let key = self.sealer.sealed_with(store)?;
        let text = "INSERT INTO keys VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.database().execute(text, params![key.with, key.sealed]).map_err(failed)?;
        Ok(())
    }

    fn keep_only(&self, id: &str) -> Result<(), Problem> {
        let text = "DELETE FROM keys WHERE store_key <> ?1 AND EXISTS (SELECT 1 FROM keys WHERE store_key = ?1)";
        self.database().execute(text, [id]).map_err(failed)?;
        Ok(())
    }
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

fn owner() -> String {
    format!("process {}", std::process::id())
}

fn failed(error: rusqlite::Error) -> Problem {
    let full = matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DiskFull));
    let help = if full { "Make room on the disk, then resume the run." } else { "Check the file and its disk." };
    Problem::new(Code::StoreProblem, format!("The journal of runs cannot be used: {error}.")).with_help(help)
}

#[cfg(test)]
mod tests;
