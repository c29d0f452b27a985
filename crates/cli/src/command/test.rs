//! `dg test`: runs golden scripts, whose comments say what must come out.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rainwright::{Diagnostic, PROFILES, Profile};
use rainwright_golden::{Mode, Runner, SectionResult as Ran, Summary, Surroundings, junit};

use crate::exit::{CommandResult, Exit, Trouble, file_problem};
use crate::project::Projects;
use crate::terminal;

/// Runs golden scripts: scripts whose comments say what must come out.
#[derive(clap::Args)]
#[command(after_help = "A golden script:
  info \"Deluge\".contains(\"lug\");     // => true
  info {1, 2}.get(5);                // error E3006
  //--- a fresh script in the same file
  //@ timezone: Asia/Kolkata

HTTP calls are answered from name.http beside name.dg; what is not recorded fails.

Examples:
  dg test
  dg test tests/invoice.dg --update
  dg test tests --junit report.xml")]
pub struct Args {
    /// Scripts, or folders with .dg files; the folder `tests` when none is named
    paths: Vec<PathBuf>,
    /// Write what comes out into the files as what is expected
    #[arg(long)]
    update: bool,
    /// Write a report for CI systems to this file
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Name every script, not only those that fail
    #[arg(long, short)]
    verbose: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let mode = if self.update { Mode::Update } else { Mode::Compare };
        let runner = Runner::new(mode)?.with_check(check).within(surroundings());
        let mut outcomes: Vec<Ran> = Vec::new();
        let usual = [PathBuf::from("tests")];
        let paths = if self.paths.is_empty() { &usual[..] } else { &self.paths };
        for path in paths {
            for file in Runner::find(path).map_err(|e| Trouble::missing(path, &e))? {
                // One file that cannot be read fails, and keeps no other from being run.
                outcomes.extend(runner.run(&file).unwrap_or_else(|why| vec![Ran::broken(&file, why)]));
            }
        }
        if outcomes.is_empty() {
            let message = "There is no golden script there: a .dg file with expectations, such as `// => 3`.";
            return Err(Trouble::Usage(message.into()));
        }
        for outcome in &outcomes {
            match outcome.passed() {
                false => terminal::out(&format!("FAILED {}\n{}", outcome.title(), outcome.explain().trim_end())),
                true if outcome.updated => terminal::out(&format!("updated {}", outcome.title())),
                true if self.verbose => terminal::out(&format!("ok     {}", outcome.title())),
                true => {}
            }
        }
        if let Some(path) = &self.junit {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|e| file_problem(folder, "be made", &e))?;
            }
            std::fs::write(path, junit(&outcomes)).map_err(|e| file_problem(path, "be written", &e))?;
        }
        let summary = Summary::of(&outcomes);
        let updated = outcomes.iter().filter(|outcome| outcome.updated).count();
        let updated = if updated > 0 { format!(", {updated} of them updated") } else { String::new() };
        terminal::note(&format!("{} passed{updated}, {} failed", summary.passed, summary.failed));
        Ok(if summary.failed == 0 { Exit::Done } else { Exit::Failed })
    }
}

/// Finds what the project around a golden script gives it; each project is read once.
pub(super) fn surroundings() -> impl Fn(&Path) -> Result<Surroundings, String> + Send + Sync + 'static {
    let projects: Mutex<Projects> = Mutex::default();
    move |path| {
        let mut projects = projects.lock().unwrap_or_else(PoisonError::into_inner);
        let (project, library) = projects.of(path).map_err(|problem| problem.message)?;
        Ok(Surroundings {
            library,
            profile: project.settings.profile.clone(),
            timezone: project.settings.timezone.clone(),
            account: project.settings.account.clone(),
        })
    }
}

/// The checks, for golden scripts that ask for them.
fn check(source: &str, profile: Option<&str>) -> Vec<Diagnostic> {
    let profile = profile.and_then(Profile::find).unwrap_or(&PROFILES[0]);
    rainwright_ide::check(source, &rainwright_ide::CheckOptions { profile, ..Default::default() })
}
