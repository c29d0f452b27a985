//! The files that Git sees as changed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::exit::{CommandResult, Trouble};

/// The files that differ from a commit, and those that Git does not know yet; as absolute paths.
///
/// # Errors
/// No Git, no repository, or no such commit.
pub fn since(commit: &str) -> CommandResult<Vec<PathBuf>> {
    // What begins with a hyphen would be an option of Git.
    if commit.starts_with('-') {
        return Err(Trouble::Usage(format!("'{commit}' is no commit.")));
    }
    let root = git(&["rev-parse", "--show-toplevel"])?;
    let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
    let changed = git(&["diff", "--name-only", "-z", "--diff-filter=d", commit, "--"])?;
    let new = git(&["ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/"])?;
    let paths = changed.split('\0').chain(new.split('\0')).filter(|name| !name.is_empty());
    Ok(paths.filter_map(|name| root.join(Path::new(name)).canonicalize().ok()).collect())
}

fn git(args: &[&str]) -> CommandResult<String> {
    let ran = Command::new("git").args(args).output();
    let output = ran.map_err(|e| Trouble::Usage(format!("--changed asks Git, which cannot be started: {e}.")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("no reason given").trim_start_matches("fatal: ");
        return Err(Trouble::Usage(format!("--changed asks Git, which says: {said}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
