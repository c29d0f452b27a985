//! Remembers what of a project's files the user trusts, by hash and outside of the project.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use rainwright_diagnostic::{FileUse, Problem, file_problem};
use sha2::{Digest, Sha256};

use crate::store::create_folder;

/// The file in the data folder.
const FILE: &str = "trust.json";

/// One thing that a project asks for and gets only when the user trusts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What would change, in words.
    pub what: String,
    hash: String,
}

impl Demand {
    /// A demand; `content` is everything that it depends on, such as the value of a setting and the file it names.
    #[must_use]
    pub fn new(what: impl Into<String>, content: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in content {
            // The length keeps two parts from being read as one.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { what: what.into(), hash }
    }
}

/// What this user trusts, by project folder.
#[derive(Debug)]
pub struct Trust {
    path: PathBuf,
    folders: BTreeMap<String, BTreeSet<String>>,
}

impl Trust {
    /// Reads what is trusted from the user's data folder. A file that cannot be read trusts nothing.
    #[must_use]
    pub fn open(home: &Path) -> Self {
        let path = home.join(FILE);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Self { path, folders: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// The demands of a project folder that are not trusted yet.
    #[must_use]
    pub fn missing<'d>(&self, folder: &Path, demands: &'d [Demand]) -> Vec<&'d Demand> {
        let known = self.folders.get(&name(folder));
        demands.iter().filter(|demand| known.is_none_or(|known| !known.contains(&demand.hash))).collect()
    }

    /// Trusts these demands, and only these, of a project folder.
    ///
    /// # Errors
    /// [`Code::FileProblem`](rainwright_diagnostic::Code::FileProblem) when it cannot be written down.
    pub fn remember(&mut self, folder: &Path, demands: &[Demand]) -> Result<(), Problem> {
        self.folders.insert(name(folder), demands.iter().map(|demand| demand.hash.clone()).collect());
        self.write()
    }

    /// Trusts one more demand of a project folder: what the user has just written there.
    ///
    /// # Errors
    /// [`Code::FileProblem`](rainwright_diagnostic::Code::FileProblem) when it cannot be written down.
    pub fn add(&mut self, folder: &Path, demand: &Demand) -> Result<(), Problem> {
        self.folders.entry(name(folder)).or_default().insert(demand.hash.clone());
        self.write()
    }

    /// Forgets a project folder; tells whether anything of it was trusted.
    ///
    /// # Errors
    /// [`Code::FileProblem`](rainwright_diagnostic::Code::FileProblem) when it cannot be written down.
    pub fn forget(&mut self, folder: &Path) -> Result<bool, Problem> {
        let was_there = self.folders.remove(&name(folder)).is_some();
        self.write().map(|()| was_there)
    }

    /// Replaces the file in one step, so that a process that dies leaves the old one.
    fn write(&self) -> Result<(), Problem> {
        let failed = |e: std::io::Error| file_problem(&self.path, FileUse::Write, &e);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        create_folder(folder).map_err(failed)?;
        let draft = folder.join(format!("{FILE}.{}", std::process::id()));
        let text = serde_json::to_string_pretty(&self.folders).unwrap_or_default();
        let written = std::fs::File::create(&draft).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| std::fs::rename(&draft, &self.path)).map_err(failed)
    }
}

/// A folder by its real path, so that a link to it does not count as another one.
fn name(folder: &Path) -> String {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).display().to_string()
}

/// Whether a file is an ordinary one of the same project as `beside`, a file or folder. Links are followed, so that a
/// stranger's project cannot name somebody's own files, nor a device.
///
/// The project is the repository, or the folder with the project file, around it; without one the present folder, else the
/// folder itself. One's home is no project, even when it is a repository.
#[must_use]
pub fn belongs(file: &Path, beside: &Path) -> bool {
    let (Ok(file), Ok(beside)) = (file.canonicalize(), beside.canonicalize()) else { return false };
    let folder = if beside.is_dir() { beside.as_path() } else { beside.parent().unwrap_or(&beside) };
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    let is_project = |folder: &Path| folder.parent().is_some() && home.as_deref() != Some(folder);
    let marks = [".git", ".hg", ".jj", "dg.toml"];
    let marked = folder.ancestors().find(|folder| marks.iter().any(|mark| folder.join(mark).exists()));
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let here = here.as_deref().filter(|here| folder.starts_with(here));
    let edge = marked.filter(|edge| is_project(edge)).or(here.filter(|here| is_project(here))).unwrap_or(folder);
    file.is_file() && file.starts_with(edge)
}

/// The text of a file that a file of a project names, when it [belongs] to the same project.
///
/// # Errors
/// A file that cannot be read, or that lies outside of the project.
pub fn read_beside(file: &Path, beside: &Path) -> std::io::Result<String> {
    if file.exists() && !belongs(file, beside) {
        let why = "it is no ordinary file of this project (a folder with a dg.toml, or a repository)";
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, why));
    }
    std::fs::read_to_string(file)
}

/// Writes a file that this program names itself, in the folder of a project: a link there does not lead it out.
///
/// # Errors
/// A file that cannot be written, or is a link out of the project or to nothing.
pub fn write_beside(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if std::fs::symlink_metadata(file).is_ok_and(|meta| meta.is_symlink()) && !belongs(file, folder) {
        let why = "it is a link out of this project; remove it first";
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, why));
    }
    std::fs::write(file, text)
}

/// Whether a file, and the folder that it lies in, can only be changed by this user (or by the administrator).
#[cfg(unix)]
#[must_use]
pub fn is_own(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(link), Ok(file), Ok(folder)) = (std::fs::symlink_metadata(file), file.metadata(), folder.metadata()) else {
        return false;
    };
    let others_may_write = |mode: u32| mode & 0o002 != 0;
    link.uid() == user && file.uid() == user && !others_may_write(file.mode()) && !others_may_write(folder.mode())
}

/// Whether a file is this user's own. Elsewhere than on Unix the system keeps others out of one's folders.
#[cfg(not(unix))]
#[must_use]
pub fn is_own(_file: &Path) -> bool {
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn trust_holds_for_what_was_seen_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let (project, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let proxy = Demand::new("a proxy", &[b"proxy", b"http://a.example"]);
        let moved = Demand::new("a proxy", &[b"proxy", b"http://b.example"]);
        let shifted = Demand::new("a proxy", &[b"proxyh", b"ttp://a.example"]);
        let mut trust = Trust::open(home.path());
        trust.remember(project.path(), std::slice::from_ref(&proxy)).unwrap();
        let trust_later = Trust::open(home.path());
        let missing = |folder: &Path, demand: &Demand| trust_later.missing(folder, std::slice::from_ref(demand)).len();
        assert_eq!(missing(project.path(), &proxy), 0);
        assert_eq!(missing(&project.path().join("."), &proxy), 0);
        assert_eq!(missing(project.path(), &moved), 1);
        assert_eq!(missing(project.path(), &shifted), 1);
        assert_eq!(missing(other.path(), &proxy), 1, "another folder asks for itself");
        assert!(trust.forget(project.path()).unwrap() && !trust.forget(project.path()).unwrap());
        assert_eq!(Trust::open(home.path()).missing(project.path(), &[proxy]).len(), 1);
    }

    #[test]
    fn a_damaged_file_trusts_nothing() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(FILE), "{\"/\": true").unwrap();
        assert_eq!(Trust::open(home.path()).missing(Path::new("/"), &[Demand::new("x", &[])]).len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_a_project_are_neither_read_nor_written() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["p/lib", "p/tests"] {
            std::fs::create_dir_all(path(name)).unwrap();
        }
        for name in ["own", "p/dg.toml", "p/lib/a"] {
            std::fs::write(path(name), "text").unwrap();
        }
        symlink(path("own"), path("p/tests/out")).unwrap();
        symlink(path("nothing"), path("p/tests/dangling")).unwrap();
        symlink("../lib/a", path("p/tests/inside")).unwrap();
        symlink("/dev/zero", path("p/tests/device")).unwrap();
        for name in ["p/tests/out", "p/tests/device", "p/tests/../../own"] {
            assert!(read_beside(&path(name), &path("p/tests")).is_err(), "{name}");
        }
        for name in ["p/tests/out", "p/tests/device", "p/tests/dangling"] {
            assert!(write_beside(&path(name), "new").is_err(), "{name}");
        }
        assert!(!path("nothing").exists());
        assert_eq!(read_beside(&path("p/tests/inside"), &path("p/tests")).unwrap(), "text");
        write_beside(&path("p/tests/inside"), "new").unwrap();
        write_beside(&path("p/tests/fresh"), "new").unwrap();
        assert_eq!(std::fs::read_to_string(path("p/lib/a")).unwrap(), "new");
        assert_eq!(std::fs::read_to_string(path("own")).unwrap(), "text");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_change_is_not_ones_own() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dg.toml");
        std::fs::write(&file, "").unwrap();
        assert!(is_own(&file));
        let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        set(&file, 0o666);
        assert!(!is_own(&file));
        set(&file, 0o644);
        set(folder.path(), 0o1777);
        assert!(!is_own(&file), "in a folder like /tmp anybody could have put it there");
    }
}
