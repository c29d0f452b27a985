//! `dg test`: runs golden scripts, whose comments say what must come out.

mod chaos;
mod record;
mod surroundings;
mod watch;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rainwright::Diagnostic;
use rainwright_golden::{Checked, Coverage, GoldenFile, Mode, Pick, Runner, SectionResult as Ran, Summary, report};
use rainwright_ide::{CheckOptions, KnownForms};

use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::network::NetworkArgs;
use crate::{project, terminal};
pub(super) use surroundings::{sandbox, surroundings};

/// Runs golden scripts: scripts whose comments say what must come out.
#[derive(clap::Args)]
#[command(after_help = "A golden script:
  info \"Deluge\".contains(\"lug\");     // => true
  info {1, 2}.get(5);                // error E3006
  //--- a fresh script in the same file
  //@ timezone: Asia/Kolkata
  //--- a table of inputs
  //@ case: {\"net\":100} => 119.00

HTTP calls are answered from name.http beside name.dg, or by a sandbox (//@ sandbox); what nobody answers fails.
--record makes these calls for real, once, and writes name.http.

Examples:
  dg test
  dg test tests/invoice.dg --update
  dg test tests/lead.dg --record            real calls where no recording fits
  dg test --filter refund --watch
  dg test --coverage --coverage-html coverage.html
  dg test tests --junit report.xml
  dg test tests/lead.dg --chaos")]
pub struct Args {
    /// Scripts, or folders with .dg files; the folder `tests` when none is named
    paths: Vec<PathBuf>,
    /// Write what comes out into the files as what is expected
    #[arg(long, conflicts_with_all = ["filter", "tag", "skip_tag", "watch", "chaos"])]
    update: bool,
    /// First make the calls of tests for real and write them, secrets masked, into the recording beside each test: with
    /// `missing`, or no word, of those sections whose recording is missing or no longer fits; with `all`, of all that call
    #[arg(
        long,
        value_name = "WHICH",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "missing",
        conflicts_with_all = ["watch", "chaos"],
        help_heading = "Recordings"
    )]
    record: Option<record::Which>,
    #[command(flatten)]
    network: NetworkArgs,
    /// Run only the tests with this text in their file's name or their own; may be given several times
    #[arg(long, short, value_name = "TEXT")]
    filter: Vec<String>,
    /// Run only the tests with this tag (`//@ tag: slow`); may be given several times
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Run no test with this tag; may be given several times
    #[arg(long, value_name = "TAG")]
    skip_tag: Vec<String>,
    /// Begin no further test after a failure
    #[arg(long)]
    fail_fast: bool,
    /// Run so many files at once; as many as there are processors unless it is given
    #[arg(long, short, value_name = "NUMBER")]
    jobs: Option<std::num::NonZeroUsize>,
    /// Run again what a changed file concerns, until Ctrl-C
    #[arg(long, conflicts_with = "chaos")]
    watch: bool,
    /// Run each test again with one call gone wrong: 401, 429, 500, timeout, cut answer, delivered twice; tell what the
    /// script makes of it and after which calls data is left half changed. Exit code 3 when something should be done
    #[arg(long)]
    chaos: bool,
    /// Tell which statements and branches of the scripts were reached
    #[arg(long, help_heading = "Coverage")]
    coverage: bool,
    /// Write the coverage in lcov's form to this file
    #[arg(long, value_name = "FILE", help_heading = "Coverage")]
    coverage_lcov: Option<PathBuf>,
    /// Write a page with every source, coloured by what was reached, to this file
    #[arg(long, value_name = "FILE", help_heading = "Coverage")]
    coverage_html: Option<PathBuf>,
    /// Fail when less than so many percent of the statements are reached
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "Coverage")]
    coverage_min: Option<f64>,
    /// Write a report for CI systems to this file
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    junit: Option<PathBuf>,
    /// Print JSON
    #[arg(long, help_heading = "Reports", conflicts_with = "watch")]
    json: bool,
    /// Print annotations for GitHub; in a workflow of GitHub this is so by itself
    #[arg(long, help_heading = "Reports")]
    github: bool,
    /// Name every script, not only those that fail
    #[arg(long, short)]
    verbose: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if let (None, Some(option)) = (self.record, self.network.given()) {
            let why = format!("{option} is for the calls that --record makes; without it, a test reaches no service.");
            return Err(Trouble::Usage(why));
        }
        let files = self.files()?;
        let runner = self.runner()?;
        if self.chaos {
            return chaos::run(&runner, &files, self.json);
        }
        if self.watch {
            return watch::run(&self, &runner);
        }
        let recorded = self.record.is_none_or(|which| record::run(&runner, &files, which));
        let outcomes = self.play(&runner, &files);
        if outcomes.is_empty() {
            let message = match self.pick().is_everything() {
                true => "There is no golden script there: a .dg file with expectations, such as `// => 3`.",
                false => "No test has that text or tag.",
            };
            return Err(Trouble::Usage(message.into()));
        }
        if self.json {
            terminal::out(&report::json(&outcomes));
        }
        if let Some(path) = &self.junit {
            write(path, &report::junit(&outcomes))?;
        }
        let github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if (self.github || github) && !self.json {
            report::github(&outcomes).lines().for_each(terminal::out);
        }
        let summary = Summary::of(&outcomes);
        let enough = !self.covers() || self.cover(&runner, &files)?;
        self.sum_up(&outcomes);
        Ok(if summary.failed == 0 && enough && recorded { Exit::Done } else { Exit::Failed })
    }

    fn files(&self) -> CommandResult<Vec<PathBuf>> {
        let usual = [PathBuf::from("tests")];
        if self.paths.is_empty() && !usual[0].is_dir() {
            let why = "There is no folder tests here. Golden scripts go there, or are named: dg test lead.dg";
            return Err(Trouble::Usage(why.into()));
        }
        let paths = if self.paths.is_empty() { &usual[..] } else { &self.paths };
        let mut files = Vec::new();
        for path in paths {
            let found = Runner::find(path).map_err(|e| Trouble::missing(path, &e))?;
            files.extend(found.into_iter().filter(|file| file == path || is_test(file, file)));
        }
        Ok(files)
    }

    fn pick(&self) -> Pick {
        Pick { filter: self.filter.clone(), tags: self.tag.clone(), skip: self.skip_tag.clone() }
    }

    fn covers(&self) -> bool {
        self.coverage || self.coverage_lcov.is_some() || self.coverage_html.is_some() || self.coverage_min.is_some()
    }

    fn runner(&self) -> CommandResult<Runner> {
        let mode = if self.update { Mode::Update } else { Mode::Compare };
        let runner = Runner::new(mode)?.with_check(check).within(surroundings());
        let runner =
            runner.with_sandbox(sandbox).with_real_calls(record::real_calls(&self.network)).picking(self.pick());
        Ok(if self.covers() { runner.covering() } else { runner })
    }

    fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        self.jobs.map_or_else(all, std::num::NonZeroUsize::get)
    }

    /// Runs files and tells of each as it comes.
    fn play(&self, runner: &Runner, files: &[PathBuf]) -> Vec<Ran> {
        let color = terminal::colored(std::io::stdout().is_terminal());
        runner.run_all(files, self.threads(), self.fail_fast, |outcomes| {
            for outcome in outcomes.iter().filter(|_| !self.json) {
                self.tell(outcome, color);
            }
        })
    }

    fn tell(&self, outcome: &Ran, color: bool) {
        let outcome = cleaned(outcome);
        let word = |codes: &str, word: &str| match color {
            true => format!("\x1b[{codes}m{word}\x1b[0m"),
            false => word.to_owned(),
        };
        let title = outcome.title();
        let text = match outcome.passed() {
            false => format!("{} {title}\n{}", word("1;31", "FAILED"), report::show(&outcome, color).trim_end()),
            true if outcome.updated => format!("{} {title}", word("33", "updated")),
            true if self.verbose => format!("{}     {title}", word("32", "ok")),
            true => return,
        };
        terminal::out_painted(&text);
    }

    fn sum_up(&self, outcomes: &[Ran]) {
        let summary = Summary::of(outcomes);
        let updated = outcomes.iter().filter(|outcome| outcome.updated).count();
        let updated = if updated > 0 { format!(", {updated} of them updated") } else { String::new() };
        terminal::note(&format!("{} passed{updated}, {} failed", summary.passed, summary.failed));
    }

    /// Tells what was reached; whether it is enough.
    fn cover(&self, runner: &Runner, files: &[PathBuf]) -> CommandResult<bool> {
        let mut coverage: Coverage = runner.coverage();
        for file in surroundings::scripts(files)? {
            let text = project::read(&file)?;
            coverage.expect(&file, text);
        }
        if self.coverage && !self.json {
            terminal::table(&coverage.rows());
        }
        if let Some(path) = &self.coverage_lcov {
            write(path, &coverage.lcov())?;
        }
        if let Some(path) = &self.coverage_html {
            write(path, &coverage.html())?;
        }
        let percent = coverage.share().percent();
        match self.coverage_min {
            Some(_) if coverage.share().all == 0 => {
                terminal::note("No statement was there to be reached: these tests run no script of the project.");
                Ok(false)
            }
            Some(least) if percent < least => {
                terminal::note(&format!("{percent:.1} % of the statements were reached; {least} % were asked for."));
                Ok(false)
            }
            _ => Ok(true),
        }
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').trim().parse().ok();
    percent.filter(|percent| (0.0..=100.0).contains(percent)).ok_or_else(|| "write a number from 0 to 100".to_owned())
}

/// Whether a script that a folder holds is a test: those below a folder `tests` are, others say so in their comments. `place` is
/// where it is as seen from the folder.
fn is_test(place: &Path, file: &Path) -> bool {
    place.components().any(|part| part.as_os_str() == "tests")
        || GoldenFile::read(file).map_or(true, |file| file.is_test())
}

/// An outcome whose texts cannot steer a terminal.
fn cleaned(outcome: &Ran) -> Ran {
    let plain = |text: &str| terminal::plain(text).into_owned();
    let mut outcome = outcome.clone();
    outcome.file = plain(&outcome.file);
    outcome.section = plain(&outcome.section);
    outcome.text = plain(&outcome.text).into();
    for mismatch in &mut outcome.mismatches {
        mismatch.expected = plain(&mismatch.expected);
        mismatch.found = plain(&mismatch.found);
    }
    outcome
}

/// Writes a report, with the folder that it lies in.
fn write(path: &Path, text: &str) -> CommandResult<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| file_problem(folder, FileUse::Make, &e))?;
    }
    std::fs::write(path, text).map_err(|e| file_problem(path, FileUse::Write, &e).into())
}

/// The checks, for golden scripts that ask for them.
pub(super) fn check(checked: Checked<'_>) -> Vec<Diagnostic> {
    let options = CheckOptions {
        forms: Arc::new(KnownForms::new(checked.forms)),
        own_form: checked.form.map(str::to_owned),
        own_event: checked.event.map(str::to_owned),
        ..CheckOptions::for_profile(checked.profile)
    };
    rainwright_ide::check(checked.source, &options)
}
