//! What golden scripts get from the project around them: its functions, its settings, and services that are played.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rainwright::runtime::live::Clock;
use rainwright::{Host, Interrupt, Problem};
use rainwright_golden::{SandboxSetup, Surroundings};

use crate::host::{Lines, ScriptHost, Setting};
use crate::network::NetworkArgs;
use crate::project::{self, Project, Projects};
use crate::sandbox::{Doubles, Launch};

/// Finds what the project around a golden script gives it; each project is read once.
pub(crate) fn surroundings() -> impl Fn(&Path) -> Result<Surroundings, String> + Send + Sync + 'static {
    let projects: Mutex<Projects> = Mutex::default();
    move |path| {
        let mut projects = projects.lock().unwrap_or_else(PoisonError::into_inner);
        let (project, library) = projects.of(path).map_err(|problem| problem.message)?;
        Ok(Surroundings {
            library,
            profile: project.settings.profile.clone(),
            timezone: project.settings.timezone.clone(),
            account: project.settings.account.clone(),
            root: project.root.clone(),
        })
    }
}

/// The scripts of the projects that golden scripts belong to: what tests should reach. Without a project these are the scripts
/// beside the folder `tests`.
pub(crate) fn scripts(files: &[PathBuf]) -> Result<BTreeSet<PathBuf>, Problem> {
    let mut found = functions(files)?;
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let mut roots = BTreeMap::new();
    for folder in folders {
        match project::find(folder) {
            Some(root) => roots.insert(root, true),
            None => {
                let tests = folder.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "tests"));
                tests.and_then(Path::parent).and_then(|root| roots.insert(root.to_owned(), false))
            }
        };
    }
    for (root, is_project) in roots {
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { &root };
        let mut all = if is_project { project::files(root, "dg")? } else { right_in(root) };
        let mut homes: BTreeMap<PathBuf, bool> = BTreeMap::new();
        all.retain(|file| {
            // What lies in a project of its own does not count here.
            let folder = file.parent().unwrap_or(root).to_owned();
            let is_home = !is_project
                || *homes.entry(folder).or_insert_with_key(|folder| project::find(folder).as_deref() == Some(root));
            is_home && !super::is_test(file.strip_prefix(root).unwrap_or(file), file)
        });
        found.extend(all);
    }
    // One file may have been found by several names.
    let by_name = found.into_iter().map(|file| (file.canonicalize().unwrap_or_else(|_| file.clone()), file));
    let mut by_name: BTreeMap<PathBuf, PathBuf> = by_name.collect();
    files.iter().filter_map(|file| file.canonicalize().ok()).for_each(|test| drop(by_name.remove(&test)));
    Ok(by_name.into_values().collect())
}

/// The scripts right in a folder.
fn right_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|entry| entry.path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "dg")).collect()
}

/// The functions of the projects that golden scripts belong to.
pub(crate) fn functions(files: &[PathBuf]) -> Result<BTreeSet<PathBuf>, Problem> {
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let mut found = BTreeSet::new();
    for folder in folders {
        let project = Project::of(&folder.join("test.dg"))?;
        if let (Some(root), Some(functions)) = (&project.root, &project.settings.functions) {
            found.extend(project::files(&root.join(functions), "dg")?);
        }
    }
    // A test may lie in the folder of the functions; it is none.
    let same = |file: &PathBuf| file.canonicalize().ok();
    let tests: BTreeSet<PathBuf> = files.iter().filter_map(same).collect();
    found.retain(|file| same(file).is_none_or(|file| !tests.contains(&file)));
    Ok(found)
}

/// Plays the services of one run.
pub(crate) fn sandbox(setup: &SandboxSetup) -> Result<Box<dyn Host>, String> {
    let say = |problem: Problem| format!("{} {}", problem.message, problem.help());
    let project = Project::of(&setup.path).map_err(say)?;
    let launch = Launch {
        data: setup.data.clone(),
        lenient: setup.lenient.then_some(setup.seed),
        faults: setup.faults.clone(),
        ..Launch::default()
    };
    let doubles = Doubles::launch(launch).map_err(say)?;
    Ok(Box::new(ScriptHost::new(Setting {
        network: NetworkArgs::default(),
        account: project.settings.account.clone(),
        project,
        doubles: Some(doubles),
        tape: None,
        clock: Clock::Fixed(setup.now),
        seed: Some(setup.seed),
        lines: Lines::Keep(Arc::default()),
        stop: Interrupt::default(),
    })))
}
