//! One line for every call that leaves: who, with which connection, where to, what came back; never a secret or a body.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rainwright_diagnostic::{Code, FileUse, Problem, file_problem};
use serde::Serialize;
use url::Url;

/// One call, as a line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditLine {
    /// When the call ended (RFC 3339, in UTC).
    pub time: String,
    /// Who ran the script, as the embedding program named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The connection's link name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The set that the connection belongs to, unless it is the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The method.
    pub method: String,
    /// The host.
    pub host: String,
    /// The path, without the query.
    pub path: String,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The code of the problem that stood in for an answer, such as `E4008`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

impl AuditLine {
    pub(crate) fn new(method: &str, url: &Url, outcome: Result<u16, Code>, took: Duration) -> Self {
        Self {
            time: format!("{:.3}", Timestamp::now()),
            who: None,
            connection: None,
            environment: None,
            method: method.to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            path: url.path().to_owned(),
            status: outcome.ok(),
            error: outcome.err().map(|code| code.to_string()),
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Appends audit entries to a file as JSON, one a line.
#[derive(Debug)]
pub struct AuditLog {
    file: Mutex<File>,
}

impl AuditLog {
    /// Opens the file, or makes it, readable by its owner only.
    ///
    /// # Errors
    /// [`Code::FileProblem`] when it cannot be written.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|e| file_problem(path, FileUse::Write, &e))?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Writes one line. A line that cannot be written is reported as a warning: the call itself has been made.
    pub(crate) fn write(&self, line: &AuditLine) {
        let Ok(mut text) = serde_json::to_vec(line) else {
            return;
        };
        text.push(b'\n');
        // One write, so that lines of several processes do not mix.
        if let Err(error) = self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&text) {
            tracing::warn!(%error, "the audit log cannot be written");
        }
    }
}
