//! Small files of the data folder: read whole, and replaced whole, so that a crash leaves the old one or the new one.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use rainwright::{Code, Problem};
use rainwright_diagnostic::file_trouble;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a JSON file of `what`; `None` when there is none.
///
/// # Errors
/// [`Code::StoreProblem`] when it cannot be read.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path, what: &str) -> Result<Option<T>, Problem> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|e| trouble(path, what, "is damaged", &e)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(trouble(path, what, "cannot be read", &file_trouble(&e))),
    }
}

/// Writes a JSON file of `what`, for its owner's eyes only.
///
/// # Errors
/// [`Code::StoreProblem`] when it cannot be written.
pub(crate) fn write_json<T: Serialize>(path: &Path, what: &str, content: &T) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(content).map_err(|e| trouble(path, what, "cannot be written", &e))?;
    let written = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let draft = path.with_extension("json.new");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    written().map_err(|e: std::io::Error| trouble(path, what, "cannot be written", &file_trouble(&e)))
}

fn trouble(path: &Path, what: &str, state: &str, error: &dyn std::fmt::Display) -> Problem {
    Problem::new(Code::StoreProblem, format!("The file of {what} {} {state}: {error}.", path.display()))
        .with_help("Check the file and its permissions.")
}
