//! `dg test --watch`: runs again what a changed file concerns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rainwright_golden::{Runner, SectionResult as Ran, Summary};

use super::Args;
use super::surroundings::functions;
use crate::exit::CommandResult;
use crate::project::{self, FILE as PROJECT_FILE};
use crate::terminal;

/// How often the files are looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// What a file looks like from outside; nothing when it is not there.
type Stamp = Option<(SystemTime, u64)>;

/// What came of each file the last time.
#[derive(Default)]
struct Known {
    files: BTreeMap<PathBuf, Vec<Ran>>,
    stamps: BTreeMap<PathBuf, Stamp>,
}

/// Runs everything, then what changes concern, until the program is ended.
pub(super) fn run(args: &Args, first: &Runner) -> CommandResult {
    let mut known = Known::default();
    let files = args.files()?;
    known.take(args.play(first, &files), around(&files));
    tell(&known, files.len());
    loop {
        std::thread::sleep(PAUSE);
        // A file that is just being written may be missing for a moment.
        let Ok(files) = args.files() else { continue };
        let affected = known.affected(&files);
        if affected.is_empty() {
            continue;
        }
        // Projects are read anew: what changed may be one of their functions.
        let runner = args.runner()?;
        known.take(args.play(&runner, &affected), around(&files));
        tell(&known, affected.len());
    }
}

/// The functions and settings of the projects around: a test that failed because one of them is broken has not read it.
fn around(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found = functions(files).unwrap_or_default();
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let projects = folders.into_iter().filter_map(project::find);
    found.extend(projects.map(|root| root.join(PROJECT_FILE)));
    found
}

fn tell(known: &Known, ran: usize) {
    let summary = Summary::of(known.files.values().flatten());
    let (passed, failed) = (summary.passed, summary.failed);
    terminal::note(&format!("ran {ran} files: {passed} passed, {failed} failed; watching, Ctrl-C ends"));
}

impl Known {
    /// Takes what came of files, and what lies around them that is watched too.
    fn take(&mut self, outcomes: Vec<Ran>, around: BTreeSet<PathBuf>) {
        let mut fresh: BTreeMap<PathBuf, Vec<Ran>> = BTreeMap::new();
        for outcome in outcomes {
            fresh.entry(PathBuf::from(&outcome.file)).or_default().push(outcome);
        }
        self.files.extend(fresh);
        let reads = self.files.values().flatten().flat_map(|outcome| outcome.reads.iter().cloned());
        let reads: BTreeSet<PathBuf> = reads.chain(around).collect();
        self.stamps = reads.into_iter().map(|path| (path.clone(), stamp(&path))).collect();
    }

    /// The files that a change concerns: those that read what has changed, and those that are new; all, when the project's
    /// settings have. A test that failed may wait for a file that it could not name.
    fn affected(&mut self, files: &[PathBuf]) -> Vec<PathBuf> {
        self.files.retain(|file, _| files.contains(file));
        let changed: BTreeSet<&PathBuf> =
            self.stamps.iter().filter(|(path, known)| stamp(path) != **known).map(|(path, _)| path).collect();
        let is_other = changed.iter().any(|file| file.ends_with(PROJECT_FILE));
        let is_new = files.iter().any(|file| !self.files.contains_key(file));
        let concerns = |file: &&PathBuf| match self.files.get(*file) {
            None => true,
            Some(outcomes) => {
                let failed = outcomes.iter().any(|outcome| !outcome.passed());
                is_other
                    || outcomes.iter().flat_map(|outcome| &outcome.reads).any(|path| changed.contains(path))
                    || (failed && (is_new || !changed.is_empty()))
            }
        };
        files.iter().filter(concerns).cloned().collect()
    }
}

fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Known, PROJECT_FILE};
    use rainwright_golden::{Mismatch, SectionResult as Ran};
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    #[test]
    fn only_what_reads_a_changed_file_runs_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| -> PathBuf { folder.path().join(name) };
        let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
        ["a.dg", "b.dg", "f.dg"].iter().for_each(|name| write(name, "x"));
        let ran = |name: &str, reads: &[&str]| Ran {
            file: path(name).display().to_string(),
            reads: reads.iter().map(|name| path(name)).collect(),
            ..Ran::default()
        };
        let mut known = Known::default();
        known.take(vec![ran("a.dg", &["a.dg", "f.dg"]), ran("b.dg", &["b.dg", "b.http"])], BTreeSet::new());
        let files = [path("a.dg"), path("b.dg")];
        assert!(known.affected(&files).is_empty());
        write("f.dg", "changed");
        assert_eq!(known.affected(&files), [path("a.dg")]);
        write("b.http", "new");
        assert_eq!(known.affected(&files), files);
        write("c.dg", "x");
        assert_eq!(known.affected(&[path("c.dg")]), [path("c.dg")]);
        // A function that is broken is read by nobody: what failed runs again when it changes, and all with the settings.
        let failed = Ran { mismatches: vec![Mismatch::default()], ..ran("a.dg", &["a.dg"]) };
        let passed = ran("b.dg", &["b.dg", "b.http"]);
        known.take(vec![failed, passed], [path("f.dg"), path(PROJECT_FILE)].into());
        assert!(known.affected(&files).is_empty());
        write("f.dg", "mended by now");
        assert_eq!(known.affected(&files), [path("a.dg")]);
        write(PROJECT_FILE, "");
        assert_eq!(known.affected(&files), files);
    }
}
