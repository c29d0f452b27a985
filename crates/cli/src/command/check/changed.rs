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
    let quiet = without_commands()?;
    let root = git(&quiet, &["rev-parse", "--show-toplevel"])?;
    let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
    let changed = git(&quiet, &["diff", "--no-ext-diff", "--name-only", "-z", "--diff-filter=d", commit, "--"])?;
    let new = git(&quiet, &["ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/"])?;
    let paths = changed.split('\0').chain(new.split('\0')).filter(|name| !name.is_empty());
    Ok(paths.filter_map(|name| root.join(Path::new(name)).canonicalize().ok()).collect())
}

/// Settings for Git under which a repository that somebody has sent runs no command of its own: a folder that was unpacked
/// brings its `.git/config` along, with file watchers and filters. Those of the user's own settings stay.
fn without_commands() -> CommandResult<Vec<String>> {
    let mut settings = vec!["core.fsmonitor=false".to_owned()];
    let listed = git(&[], &["config", "--list", "--show-scope", "--name-only", "-z"])?;
    let mut fields = listed.split('\0');
    while let (Some(scope), Some(key)) = (fields.next(), fields.next()) {
        let of_repository = matches!(scope, "local" | "worktree");
        match key.strip_prefix("filter.").and_then(|rest| rest.rsplit_once('.')) {
            Some((_, "required")) if of_repository => settings.push(format!("{key}=false")),
            Some(_) if of_repository => settings.push(format!("{key}=")),
            _ => {}
        }
    }
    Ok(settings)
}

fn git(settings: &[String], args: &[&str]) -> CommandResult<String> {
    let settings = settings.iter().flat_map(|setting| ["-c", setting]);
    let ran = Command::new("git").args(settings).args(args).output();
    let output = ran.map_err(|e| Trouble::Usage(format!("--changed asks Git, which cannot be started: {e}.")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("no reason given").trim_start_matches("fatal: ");
        return Err(Trouble::Usage(format!("--changed asks Git, which says: {said}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
