//! The journal in Postgres, for servers that share their runs: the same sealed entries, locked by the database.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use postgres::{Client, Row, Transaction};
use rainwright_connections::Secret;
use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, Outcome, Wait};

use super::seal::{
    RawEntry, RawRun, SealedKey, Sealer, check_name, is_held, is_over, is_taken, lost, no_run, no_source, number, place,
};
use super::{Answer, Ending, Entry, FORMAT, Journal, Lease, Start, State, Stored, digest, now};
use crate::database::explain;
use crate::store::postgres::Pool;
use crate::store::{Cipher, KeySource};

/// How often the lock of a run is tried.
const LOOKS: u32 = 6;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Guards the making of the tables; any number that other programs do not use.
const SETUP_LOCK: i64 = 0x7261_696e_6a6f_7572;
/// The number of the advisory lock of run `$1`. Such locks belong to the whole database, so the number depends on the
/// table as well: journals in two schemas do not lock each other's runs.
const LOCK: &str = "hashtextextended('rainwright run ' || 'rainwright_runs'::regclass::oid || ' ' || $1::text, 0)";

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS rainwright_runs (
    id TEXT PRIMARY KEY, format BIGINT NOT NULL, state TEXT NOT NULL, epoch BIGINT NOT NULL, owner TEXT NOT NULL,
    created BIGINT NOT NULL, changed BIGINT NOT NULL, start BYTEA NOT NULL, waits BYTEA, result BYTEA
);
CREATE TABLE IF NOT EXISTS rainwright_entries (
    run TEXT NOT NULL REFERENCES rainwright_runs (id) ON DELETE CASCADE, seq BIGINT NOT NULL, kind TEXT NOT NULL,
    digest TEXT NOT NULL, shown BYTEA NOT NULL, answer BYTEA, attempt BIGINT NOT NULL, idempotency_key TEXT NOT NULL,
    until BIGINT, time BIGINT NOT NULL,
    PRIMARY KEY (run, seq)
);
CREATE TABLE IF NOT EXISTS rainwright_log (
    run TEXT NOT NULL REFERENCES rainwright_runs (id) ON DELETE CASCADE, seq BIGINT NOT NULL, line BYTEA NOT NULL,
    PRIMARY KEY (run, seq)
);
CREATE TABLE IF NOT EXISTS rainwright_signals (
    number BIGSERIAL PRIMARY KEY, run TEXT NOT NULL REFERENCES rainwright_runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL, payload BYTEA NOT NULL, taken BIGINT
);
CREATE INDEX IF NOT EXISTS rainwright_signals_run ON rainwright_signals (run, name) WHERE taken IS NULL;
CREATE TABLE IF NOT EXISTS rainwright_sources (digest TEXT PRIMARY KEY, text BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS rainwright_journal_keys (store_key TEXT PRIMARY KEY, sealed BYTEA NOT NULL);
";

const RUN: &str = "SELECT id, format, state, epoch, created, start, waits, result FROM rainwright_runs";

/// Runs in tables of a database whose names begin with `rainwright_`.
///
/// Its methods block: they are not to be called on a thread that drives a tokio runtime.
pub struct PostgresJournal {
    pool: Pool,
    sealer: Sealer,
    owner: Mutex<Owner>,
}

/// The runs that this process has. Their locks belong to one connection: the database frees them when it ends, however
/// that happens.
#[derive(Default)]
struct Owner {
    client: Option<Client>,
    held: HashSet<String>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Closing blocks, which the thread that drops us may not be allowed to.
        let client = self.client.take();
        std::thread::spawn(move || drop(client));
    }
}

impl PostgresJournal {
    /// Opens the journal at an address such as `postgres://user:password@host/database?sslmode=require`, and makes its
    /// tables.
    ///
    /// # Errors
    /// [`Code::StoreProblem`](rainwright_diagnostic::Code::StoreProblem) when the database cannot be reached, or was used
    /// with another key.
    pub fn open(url: &Secret, key: &KeySource) -> Result<Self, Problem> {
        let pool = Pool::new(url)?;
        let sealer = pool.with(|client| {
            let mut change = client.transaction().map_err(failed)?;
            change.execute("SELECT pg_advisory_xact_lock($1)", &[&SETUP_LOCK]).map_err(failed)?;
            change.batch_execute(TABLES).map_err(failed)?;
            let rows = change.query("SELECT store_key, sealed FROM rainwright_journal_keys", &[]).map_err(failed)?;
            let kept = rows.iter().map(|row| Ok(SealedKey { with: get(row, 0)?, sealed: get(row, 1)? }));
            let kept = kept.collect::<Result<Vec<_>, Problem>>()?;
            let sealer = if kept.is_empty() {
                let (sealer, key) = Sealer::create(key)?;
                let text = "INSERT INTO rainwright_journal_keys VALUES ($1, $2)";
                change.execute(text, &[&key.with, &key.sealed]).map_err(failed)?;
                sealer
            } else {
                Sealer::open(key, &kept)?
            };
            change.commit().map_err(failed)?;
            Ok(sealer)
        })?;
        Ok(Self { pool, sealer, owner: Mutex::default() })
    }

    /// Takes the lock of a run. The database needs a moment to see that a process was killed, and whoever goes on with its
    /// run often comes at once: so it is tried again for a while.
    fn lock(&self, id: &str) -> Result<(), Problem> {
        for look in 0..LOOKS {
            if look > 0 {
                std::thread::sleep(BETWEEN_LOOKS);
            }
            if self.try_lock(id)? {
                return Ok(());
            }
        }
        Err(is_held(id))
    }

    /// Takes the lock of a run; false when somebody else has it.
    fn try_lock(&self, id: &str) -> Result<bool, Problem> {
        let mut owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        if owner.client.as_ref().is_none_or(Client::is_closed) {
            // What it held is free for others now; they have another epoch, so that nothing is written twice.
            owner.held.clear();
            owner.client = Some(self.pool.connect()?);
        }
        let Owner { client: Some(client), held } = &mut *owner else { return Ok(false) };
        if held.contains(id) {
            return Ok(true);
        }
        let row = client.query_one(&format!("SELECT pg_try_advisory_lock({LOCK})"), &[&id]).map_err(failed)?;
        let taken = get::<bool>(&row, 0)?;
        if taken {
            held.insert(id.to_owned());
        }
        Ok(taken)
    }

    fn unlock(&self, id: &str) {
        let mut owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        let was_held = owner.held.remove(id);
        if let Some(client) = owner.client.as_mut().filter(|_| was_held)
            && client.execute(&format!("SELECT pg_advisory_unlock({LOCK})"), &[&id]).is_err()
        {
            // A connection that cannot unlock is closed, which unlocks as well.
            *owner = Owner::default();
        }
    }

    fn put_sources(&self, change: &mut Transaction<'_>, sources: &[(String, String)]) -> Result<(), Problem> {
        for (_, text) in sources {
            let digest = digest(text.as_bytes());
            let sealed = self.sealer.seal_text(&place("source", &digest, 0), text)?;
            let text = "INSERT INTO rainwright_sources VALUES ($1, $2) ON CONFLICT DO NOTHING";
            change.execute(text, &[&digest, &sealed]).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes an entry within a transaction that holds the lease.
    fn put(&self, change: &mut Transaction<'_>, run: &str, entry: &Entry) -> Result<(), Problem> {
        let shown = self.sealer.seal(&place("shown", run, entry.seq), &entry.shown)?;
        let answer = entry.answer.as_ref();
        let answer = answer.map(|answer| self.sealer.seal(&place("answer", run, entry.seq), answer)).transpose()?;
        let text = "INSERT INTO rainwright_entries VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    ON CONFLICT (run, seq) DO UPDATE SET answer = $6, attempt = $7, until = $9";
        let (seq, attempt) = (number(entry.seq), i64::from(entry.attempt));
        change
            .execute(
                text,
                &[
                    &run,
                    &seq,
                    &entry.kind,
                    &entry.digest,
                    &shown,
                    &answer,
                    &attempt,
                    &entry.key,
                    &entry.until,
                    &entry.time,
                ],
            )
            .map_err(failed)?;
        Ok(())
    }

    /// Changes something of a run whose lease still holds.
    fn fenced<T>(
        &self,
        lease: &Lease,
        change: impl FnOnce(&mut Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.pool.with(|client| {
            let mut transaction = client.transaction().map_err(failed)?;
            let text = "SELECT epoch FROM rainwright_runs WHERE id = $1 FOR UPDATE";
            let row = transaction.query_opt(text, &[&lease.run]).map_err(failed)?;
            if row.map(|row| get::<i64>(&row, 0)).transpose()? != Some(lease.epoch) {
                return Err(lost(&lease.run));
            }
            let changed = change(&mut transaction)?;
            transaction.commit().map_err(failed)?;
            Ok(changed)
        })
    }
}

impl Journal for PostgresJournal {
    fn create(&self, id: &str, start: &Start, sources: &[(String, String)]) -> Result<Lease, Problem> {
        check_name(id)?;
        self.lock(id)?;
        let sealed = self.sealer.seal(&place("start", id, 0), start)?;
        let added = self.pool.with(|client| {
            let mut change = client.transaction().map_err(failed)?;
            let text = "INSERT INTO rainwright_runs VALUES ($1, $2, 'running', 1, $3, $4, $4, $5, NULL, NULL)
                        ON CONFLICT DO NOTHING";
            let added = change.execute(text, &[&id, &FORMAT, &owner(), &now(), &sealed]).map_err(failed)?;
            if added > 0 {
                self.put_sources(&mut change, sources)?;
                change.commit().map_err(failed)?;
            }
            Ok(added > 0)
        });
        match added {
            Ok(true) => Ok(Lease { run: id.to_owned(), epoch: 1 }),
            Ok(false) => {
                self.unlock(id);
                Err(is_taken(id))
            }
            Err(problem) => {
                self.unlock(id);
                Err(problem)
            }
        }
    }

    fn claim(&self, id: &str) -> Result<Lease, Problem> {
        self.lock(id)?;
        let text = "UPDATE rainwright_runs SET epoch = epoch + 1, owner = $2, state = 'running', changed = $3
                    WHERE id = $1 AND state NOT IN ('done', 'failed') RETURNING epoch";
        let claimed = self.pool.with(|client| client.query_opt(text, &[&id, &owner(), &now()]).map_err(failed));
        match claimed {
            Ok(Some(row)) => Ok(Lease { run: id.to_owned(), epoch: get(&row, 0)? }),
            Ok(None) => {
                self.unlock(id);
                Err(self.run(id)?.map_or_else(|| no_run(id), |run| is_over(id, run.state)))
            }
            Err(problem) => {
                self.unlock(id);
                Err(problem)
            }
        }
    }

    fn run(&self, id: &str) -> Result<Option<Stored>, Problem> {
        let text = format!("{RUN} WHERE id = $1");
        let row = self.pool.with(|client| client.query_opt(&text, &[&id]).map_err(failed))?;
        row.map(|row| self.sealer.stored(raw_run(&row)?)).transpose()
    }

    fn runs(&self) -> Result<Vec<Stored>, Problem> {
        let text = format!("{RUN} ORDER BY created DESC, id");
        let rows = self.pool.with(|client| client.query(&text, &[]).map_err(failed))?;
        rows.iter().map(|row| self.sealer.stored(raw_run(row)?)).collect()
    }

    fn open_runs(&self) -> Result<Vec<String>, Problem> {
        let text = "SELECT id FROM rainwright_runs WHERE state IN ('running', 'suspended') ORDER BY created, id";
        let rows = self.pool.with(|client| client.query(text, &[]).map_err(failed))?;
        rows.iter().map(|row| get(row, 0)).collect()
    }

    fn source(&self, digest: &str) -> Result<String, Problem> {
        let text = "SELECT text FROM rainwright_sources WHERE digest = $1";
        let row = self.pool.with(|client| client.query_opt(text, &[&digest]).map_err(failed))?;
        let row = row.ok_or_else(no_source)?;
        self.sealer.open_text(&place("source", digest, 0), &get::<Vec<u8>>(&row, 0)?)
    }

    fn replace_sources(&self, lease: &Lease, start: &Start, sources: &[(String, String)]) -> Result<(), Problem> {
        let sealed = self.sealer.seal(&place("start", &lease.run, 0), start)?;
        self.fenced(lease, |change| {
            self.put_sources(change, sources)?;
            let text = "UPDATE rainwright_runs SET start = $2 WHERE id = $1";
            change.execute(text, &[&lease.run, &sealed]).map_err(failed)?;
            Ok(())
        })
    }

    fn entries(&self, id: &str) -> Result<Vec<Entry>, Problem> {
        let text = "SELECT seq, kind, digest, shown, answer, attempt, idempotency_key, until, time
                    FROM rainwright_entries WHERE run = $1 ORDER BY seq";
        let rows = self.pool.with(|client| client.query(text, &[&id]).map_err(failed))?;
        rows.iter().map(|row| self.sealer.entry(id, raw_entry(row)?)).collect()
    }

    fn write(&self, lease: &Lease, entry: &Entry) -> Result<(), Problem> {
        self.fenced(lease, |change| self.put(change, &lease.run, entry))
    }

    fn log(&self, lease: &Lease, seq: u64, line: &str) -> Result<bool, Problem> {
        let sealed = self.sealer.seal_text(&place("line", &lease.run, seq), line)?;
        self.fenced(lease, |change| {
            let text = "INSERT INTO rainwright_log VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            Ok(change.execute(text, &[&lease.run, &number(seq), &sealed]).map_err(failed)? > 0)
        })
    }

    fn lines(&self, id: &str) -> Result<Vec<(u64, String)>, Problem> {
        let text = "SELECT seq, line FROM rainwright_log WHERE run = $1 ORDER BY seq";
        let rows = self.pool.with(|client| client.query(text, &[&id]).map_err(failed))?;
        let line = |row: &Row| {
            let seq = get::<i64>(row, 0)?.unsigned_abs();
            Ok((seq, self.sealer.open_text(&place("line", id, seq), &get::<Vec<u8>>(row, 1)?)?))
        };
        rows.iter().map(line).collect()
    }

    fn leave(&self, lease: &Lease, state: State, waits: Option<&Wait>, result: Option<&Ending>) -> Result<(), Problem> {
        let waits = waits.map(|wait| self.sealer.seal(&place("waits", &lease.run, 0), wait)).transpose()?;
        let result = result.map(|result| self.sealer.seal(&place("result", &lease.run, 0), result)).transpose()?;
        let left = self.fenced(lease, |change| {
            let text = "UPDATE rainwright_runs SET state = $2, changed = $3, waits = $4, result = $5 WHERE id = $1";
            change.execute(text, &[&lease.run, &state.name(), &now(), &waits, &result]).map_err(failed)?;
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
        let text = "INSERT INTO rainwright_signals (run, name, payload) VALUES ($1, $2, $3)";
        self.pool.with(|client| client.execute(text, &[&id, &name, &sealed]).map_err(failed))?;
        Ok(())
    }

    fn take_signal(&self, lease: &Lease, name: &str, entry: &Entry) -> Result<Option<Data>, Problem> {
        self.fenced(lease, |change| {
            let text = "SELECT number, payload FROM rainwright_signals WHERE run = $1 AND name = $2 AND taken IS NULL
                        ORDER BY number LIMIT 1 FOR UPDATE";
            let Some(row) = change.query_opt(text, &[&lease.run, &name]).map_err(failed)? else { return Ok(None) };
            let payload: Data = self.sealer.open_sealed(&place("signal", &lease.run, 0), &get::<Vec<u8>>(&row, 1)?)?;
            let text = "UPDATE rainwright_signals SET taken = $2 WHERE number = $1";
            change.execute(text, &[&get::<i64>(&row, 0)?, &now()]).map_err(failed)?;
            let answer = Some(Answer::Outcome(Outcome::from(payload.clone())));
            self.put(change, &lease.run, &Entry { answer, ..entry.clone() })?;
            Ok(Some(payload))
        })
    }

    fn has_signal(&self, id: &str, name: &str) -> Result<bool, Problem> {
        let text = "SELECT EXISTS (SELECT 1 FROM rainwright_signals WHERE run = $1 AND name = $2 AND taken IS NULL)";
        self.pool.with(|client| get(&client.query_one(text, &[&id, &name]).map_err(failed)?, 0))
    }

    fn prune(&self, before: i64) -> Result<usize, Problem> {
        self.pool.with(|client| {
            let mut change = client.transaction().map_err(failed)?;
            let text = "DELETE FROM rainwright_runs WHERE state IN ('done', 'failed') AND created < $1";
            let gone = change.execute(text, &[&before]).map_err(failed)?;
            // Sources are shared by runs; without any run nobody needs them.
            let text = "DELETE FROM rainwright_sources WHERE NOT EXISTS (SELECT 1 FROM rainwright_runs)";
            change.execute(text, &[]).map_err(failed)?;
            change.commit().map_err(failed)?;
            Ok(usize::try_from(gone).unwrap_or(usize::MAX))
        })
    }

    fn admit(&self, store: &Cipher) -> Result<(), Problem> {
        let key = self.sealer.sealed_with(store)?;
        let text = "INSERT INTO rainwright_journal_keys VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.pool.with(|client| client.execute(text, &[&key.with, &key.sealed]).map_err(failed))?;
        Ok(())
    }

    fn keep_only(&self, id: &str) -> Result<(), Problem> {
        let text = "DELETE FROM rainwright_journal_keys WHERE store_key <> $1
                    AND EXISTS (SELECT 1 FROM rainwright_journal_keys WHERE store_key = $1)";
        self.pool.with(|client| client.execute(text, &[&id]).map_err(failed))?;
        Ok(())
    }
}

fn raw_run(row: &Row) -> Result<RawRun, Problem> {
    Ok(RawRun {
        id: get(row, 0)?,
        format: get(row, 1)?,
        state: get(row, 2)?,
        epoch: get(row, 3)?,
        created: get(row, 4)?,
        start: get(row, 5)?,
        waits: get(row, 6)?,
        result: get(row, 7)?,
    })
}

fn raw_entry(row: &Row) -> Result<RawEntry, Problem> {
    Ok(RawEntry {
        seq: get(row, 0)?,
        kind: get(row, 1)?,
        digest: get(row, 2)?,
        shown: get(row, 3)?,
        answer: get(row, 4)?,
        attempt: u32::try_from(get::<i64>(row, 5)?).unwrap_or(u32::MAX),
        key: get(row, 6)?,
        until: get(row, 7)?,
        time: get(row, 8)?,
    })
}

fn get<'r, T: postgres::types::FromSql<'r>>(row: &'r Row, column: usize) -> Result<T, Problem> {
    row.try_get(column).map_err(failed)
}

/// The number of a run's lock.
fn owner() -> String {
    format!("process {}", std::process::id())
}

#[allow(clippy::needless_pass_by_value, reason = "so that it goes to map_err as it is")]
fn failed(error: postgres::Error) -> Problem {
    explain(&error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::journal::tests::PROMISES;

    /// `RAINWRIGHT_TEST_POSTGRES` names the database; each promise is kept in a schema of its own.
    #[test]
    #[ignore = "needs a database"]
    fn every_promise_is_kept() {
        let base = std::env::var("RAINWRIGHT_TEST_POSTGRES").unwrap();
        let key = Cipher::random().unwrap().to_text();
        for (number, (name, promise)) in PROMISES.iter().enumerate() {
            println!("{name}");
            let schema = format!("journal{number}");
            let mut client = Client::connect(&base, postgres::NoTls).unwrap();
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).unwrap();
            let join = if base.contains('?') { '&' } else { '?' };
            let url = Secret::new(format!("{base}{join}options=-c%20search_path%3D{schema}"));
            promise(&|| Arc::new(PostgresJournal::open(&url, &KeySource::Text(key.clone())).unwrap()));
        }
    }

    /// The lock of a run belongs to its process: another one gets the run when that process has let it go.
    #[test]
    #[ignore = "needs a database"]
    fn a_run_has_one_owner() {
        let base = Secret::new(std::env::var("RAINWRIGHT_TEST_POSTGRES").unwrap());
        let key = Cipher::random().unwrap().to_text();
        let mut client = Client::connect(base.expose(), postgres::NoTls).unwrap();
        client.batch_execute("DROP SCHEMA IF EXISTS owners CASCADE; CREATE SCHEMA owners").unwrap();
        let join = if base.expose().contains('?') { '&' } else { '?' };
        let url = Secret::new(format!("{}{join}options=-c%20search_path%3Downers", base.expose()));
        let open = || PostgresJournal::open(&url, &KeySource::Text(key.clone())).unwrap();
        let (one, two) = (open(), open());
        let old = one.create("a", &Start::default(), &[]).unwrap();
        assert!(two.claim("a").unwrap_err().message.contains("another process"));
        drop(one);
        let new = (0..50).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            two.claim("a").ok()
        });
        assert_eq!(new.unwrap().epoch, old.epoch + 1);
        let other_key = KeySource::Text(Cipher::random().unwrap().to_text());
        assert!(PostgresJournal::open(&url, &other_key).is_err());
    }
}
