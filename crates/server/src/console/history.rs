//! What was done with connections in the console, one JSON object a line, and the calls that the audit log has.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rainwright::connections::Key;
use serde::{Deserialize, Serialize};

/// How much of the end of a file is looked at, in bytes.
const LOOKED_AT: u64 = 512 << 10;

/// What a deed is called that the console has noticed by itself: the health of a connection.
pub(super) const HEALTH: &str = "health";

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deed {
    /// When, in seconds since 1970.
    pub(super) at: i64,
    /// Who did it.
    pub(super) who: String,
    /// What: `tested`, `revoked` …
    pub(super) what: String,
    /// With which connection.
    pub(super) connection: Key,
    /// Whether it went well.
    pub(super) good: bool,
    /// What came of it; never a secret.
    pub(super) note: String,
}

/// A call, as `rainwright::runtime::audit` writes it down.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Call {
    pub(super) time: String,
    #[serde(default)]
    pub(super) who: Option<String>,
    #[serde(default)]
    connection: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    pub(super) method: String,
    pub(super) host: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) error: Option<String>,
    pub(super) ms: u64,
}

/// The file of deeds.
pub(super) struct History {
    path: PathBuf,
}

impl History {
    pub(super) fn in_folder(home: &Path) -> Self {
        Self { path: home.join("console-history.jsonl") }
    }

    /// Writes a deed down. A disk that is full must not keep anybody from revoking a connection: the line is lost then.
    pub(super) fn note(&self, who: &str, what: &str, connection: &Key, outcome: Result<&str, &str>) {
        let (good, note) = (outcome.is_ok(), outcome.unwrap_or_else(|note| note).to_owned());
        let deed = Deed {
            at: Timestamp::now().as_second(),
            who: who.to_owned(),
            what: what.to_owned(),
            connection: connection.clone(),
            good,
            note,
        };
        let Ok(line) = serde_json::to_string(&deed) else { return };
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&self.path).and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
        let _ = written;
    }

    /// The latest deeds with a connection, newest first.
    pub(super) fn of(&self, connection: &Key, most: usize) -> Vec<Deed> {
        latest(&self.path, most, |deed: &Deed| deed.connection == *connection)
    }
}

/// The latest calls with a connection, newest first.
pub(super) fn calls(audit: &Path, connection: &Key, most: usize) -> Vec<Call> {
    let environment = (!connection.environment.is_default()).then(|| connection.environment.name());
    latest(audit, most, |call: &Call| {
        call.connection.as_deref() == Some(&connection.name) && call.environment.as_deref() == environment
    })
}

/// The last lines of a file that can be read and are wanted, newest first.
fn latest<T: for<'d> Deserialize<'d>>(path: &Path, most: usize, wanted: impl Fn(&T) -> bool) -> Vec<T> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOOKED_AT)))?;
        let mut bytes = Vec::new();
        file.take(LOOKED_AT).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let lines = bytes.rsplit(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    lines.filter(wanted).take(most).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_deeds_come_first() {
        let home = tempfile::tempdir().unwrap();
        let history = History::in_folder(home.path());
        let (mine, other) = (Key::shared("mine"), Key::user("mine", "ann"));
        assert!(history.of(&mine, 5).is_empty());
        history.note("ann", "tested", &mine, Ok("status 200"));
        history.note("ann", "tested", &other, Err("status 500"));
        history.note("bob", "revoked", &mine, Ok(""));
        std::fs::OpenOptions::new().append(true).open(&history.path).unwrap().write_all(b"{torn").unwrap();
        let deeds = history.of(&mine, 5);
        let what: Vec<&str> = deeds.iter().map(|deed| deed.what.as_str()).collect();
        assert_eq!(what, ["revoked", "tested"]);
        assert!(!history.of(&other, 5)[0].good);
    }
}
