//! What the journals of all databases share: rows that only the journal's key opens.
//!
//! A journal has a key of its own. It is kept in the journal, sealed with the key of the connection store: when that key
//! is replaced, only this one entry is sealed anew.

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{from_text, to_text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{Entry, FORMAT, State, Stored};
use crate::store::{Cipher, KeySource};

/// Where the sealed key of a journal belongs.
const KEY_PLACE: &str = "journal/key";

/// Seals and opens what a journal keeps.
pub(super) struct Sealer {
    cipher: Cipher,
}

/// The key of a journal, sealed with a key of the connection store.
pub(super) struct SealedKey {
    /// The id of the store's key.
    pub(super) with: String,
    pub(super) sealed: Vec<u8>,
}

impl Sealer {
    /// A new journal's key, and how to keep it.
    pub(super) fn create(source: &KeySource) -> Result<(Self, SealedKey), Problem> {
        let sealer = Self { cipher: Cipher::random()? };
        let kept = sealer.sealed_with(&source.load()?)?;
        Ok((sealer, kept))
    }

    /// The key of a journal that keeps it sealed with one or more keys of the store.
    pub(super) fn open(source: &KeySource, kept: &[SealedKey]) -> Result<Self, Problem> {
        // A replacement of the store's key that was interrupted has the new one beside the old one.
        let (present, next) = (source.present()?, source.next()?);
        for cipher in [&present, &next].into_iter().flatten() {
            if let Some(key) = kept.iter().find(|key| key.with == cipher.id()) {
                let bytes = Zeroizing::new(cipher.open_bytes(KEY_PLACE, &key.sealed)?);
                let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| damaged())?;
                return Ok(Self { cipher: Cipher::new(Zeroizing::new(bytes)) });
            }
        }
        let with: Vec<&str> = kept.iter().map(|key| key.with.as_str()).collect();
        let message =
            format!("The journal of runs is encrypted with the store's key {}, which is not here.", with.join(" or "));
        Err(Problem::new(Code::StoreProblem, message)
            .with_help("Give the key of the connection store that the runs were started with."))
    }

    /// The journal's key, sealed with a key of the store.
    pub(super) fn sealed_with(&self, store: &Cipher) -> Result<SealedKey, Problem> {
        let sealed = store.seal_bytes(KEY_PLACE, self.cipher.key_bytes())?;
        Ok(SealedKey { with: store.id().to_owned(), sealed })
    }

    pub(super) fn seal(&self, place: &str, value: &impl Serialize) -> Result<Vec<u8>, Problem> {
        self.seal_text(place, &to_text(value)?)
    }

    pub(super) fn seal_text(&self, place: &str, text: &str) -> Result<Vec<u8>, Problem> {
        self.cipher.seal_bytes(place, text.as_bytes())
    }

    pub(super) fn open_sealed<T: DeserializeOwned>(&self, place: &str, sealed: &[u8]) -> Result<T, Problem> {
        from_text(&self.open_text(place, sealed)?)
    }

    pub(super) fn open_text(&self, place: &str, sealed: &[u8]) -> Result<String, Problem> {
        String::from_utf8(self.cipher.open_bytes(place, sealed)?).map_err(|_| damaged())
    }

    /// The run that a row holds.
    pub(super) fn stored(&self, row: RawRun) -> Result<Stored, Problem> {
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

    /// The entry that a row holds.
    pub(super) fn entry(&self, run: &str, row: RawEntry) -> Result<Entry, Problem> {
        let RawEntry { seq, kind, digest, shown, answer, attempt, key, until, time } = row;
        let seq = seq.unsigned_abs();
        let shown = self.open_sealed(&place("shown", run, seq), &shown)?;
        let answer = answer.map(|sealed| self.open_sealed(&place("answer", run, seq), &sealed)).transpose()?;
        Ok(Entry { seq, kind, digest, shown, answer, attempt, key, until, time })
    }
}

/// A run as a database has it.
pub(super) struct RawRun {
    pub(super) id: String,
    pub(super) format: i64,
    pub(super) state: String,
    pub(super) epoch: i64,
    pub(super) created: i64,
    pub(super) start: Vec<u8>,
    pub(super) waits: Option<Vec<u8>>,
    pub(super) result: Option<Vec<u8>>,
}

/// An entry as a database has it.
pub(super) struct RawEntry {
    pub(super) seq: i64,
    pub(super) kind: String,
    pub(super) digest: String,
    pub(super) shown: Vec<u8>,
    pub(super) answer: Option<Vec<u8>>,
    pub(super) attempt: u32,
    pub(super) key: String,
    pub(super) until: Option<i64>,
    pub(super) time: i64,
}

/// What a sealed column is bound to: it opens nowhere else.
pub(super) fn place(column: &str, id: &str, seq: u64) -> String {
    format!("journal/{column}/{seq}/{id}")
}

pub(super) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(super) fn no_run(id: &str) -> Problem {
    Problem::new(Code::BadArgument, format!("There is no run {id}.")).with_help("List the runs with `dg runs list`.")
}

pub(super) fn no_source() -> Problem {
    Problem::new(Code::StoreProblem, "A source of the run is not in the journal.")
}

pub(super) fn is_over(id: &str, state: State) -> Problem {
    Problem::new(Code::BadArgument, format!("The run {id} is {} already.", state.name()))
}

pub(super) fn is_taken(id: &str) -> Problem {
    Problem::new(Code::BadArgument, format!("There is a run {id} already."))
        .with_help(format!("Resume it with `dg resume {id}`, or choose another name."))
}

pub(super) fn is_held(id: &str) -> Problem {
    Problem::new(Code::StoreProblem, format!("The run {id} is run by another process."))
        .with_help("Wait for it, or end that process first.")
}

/// What a process is told that writes to a run which another one has taken up.
pub(super) fn lost(id: &str) -> Problem {
    Problem::new(Code::Interrupted, format!("The run {id} was taken up by another process; this one stops."))
}

/// Whether a run can have that name.
pub(super) fn check_name(id: &str) -> Result<(), Problem> {
    if id.is_empty() || id.len() > 200 {
        return Err(Problem::new(Code::BadArgument, "The name of a run has 1 to 200 bytes."));
    }
    Ok(())
}

fn damaged() -> Problem {
    Problem::new(Code::StoreProblem, "An entry of the journal is not what was written: it was damaged.")
}
