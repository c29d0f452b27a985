//! `dg test`: runs golden scripts, whose comments say what must come out.

use std::path::{Path, PathBuf};

use rainwright::{Code, Diagnostic, PROFILES, Problem, Profile};
use rainwright_golden::{Mode, Outcome as Ran, Runner, Summary, Surroundings, junit};

use crate::exit::{Exit, Outcome, file_problem};
use crate::project::Project;
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
    pub fn run(self) -> Outcome {
        let mode = if self.update { Mode::Update } else { Mode::Compare };
        let runner = Runner::new(mode)?.with_check(check).within(surround);
        let mut outcomes: Vec<Ran> = Vec::new();
        let usual = [PathBuf::from("tests")];
        let paths = if self.paths.is_empty() { &usual[..] } else { &self.paths };
        for path in paths {
            for file in Runner::find(path).map_err(|e| file_problem(path, "be read", &e))? {
                outcomes.extend(runner.run(&file).map_err(|why| Problem::new(Code::CannotParse, why))?);
            }
        }
        for outcome in &outcomes {
            match outcome.passed() {
                false => terminal::out(&format!("FAILED {}\n{}", outcome.title(), outcome.explain().trim_end())),
                true if self.verbose => terminal::out(&format!("ok     {}", outcome.title())),
                true => {}
            }
        }
        if let Some(path) = &self.junit {
            std::fs::write(path, junit(&outcomes)).map_err(|e| file_problem(path, "be written", &e))?;
        }
        let summary = Summary::of(&outcomes);
        terminal::note(&format!("{} passed, {} failed", summary.passed, summary.failed));
        if outcomes.is_empty() {
            return Err(Problem::new(Code::FileProblem, "There is no golden script there.")
                .with_help("A golden script is a .dg file with expectations, such as `// => 3`.")
                .into());
        }
        Ok(if summary.failed == 0 { Exit::Done } else { Exit::Failed })
    }
}

/// What the project around a golden script gives it.
pub(super) fn surround(path: &Path) -> Result<Surroundings, String> {
    let project = Project::of(path).map_err(|problem| problem.message)?;
    let functions = project.functions(path).map_err(|problem| problem.message)?;
    Ok(Surroundings { profile: project.settings.profile, timezone: project.settings.timezone, functions })
}

/// The checks, for golden scripts that ask for them.
fn check(source: &str, profile: Option<&str>) -> Vec<Diagnostic> {
    let profile = profile.and_then(Profile::find).unwrap_or(&PROFILES[0]);
    rainwright_ide::check(source, &rainwright_ide::Options { profile, ..Default::default() })
}
