//! Runs golden files, one after the other or several at once, and compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rainwright::effect::FormFacts;
use rainwright::runtime::trust::{belongs, read_beside, write_beside};
use rainwright::runtime::{Account, Driver};
use rainwright::{Diagnostic, Failure, Library};
use rainwright_diagnostic::{FileUse, file_problem};
use rainwright_records::StoreLocation;
use rainwright_syntax::DocumentKind;

use crate::coverage::Coverage;
use crate::play::{Around, SandboxSetup, StartSandbox};
use crate::ran::{Ran, compare};
use crate::record::MakeCalls;
use crate::recordings::{Part, Recordings, Reel};
use crate::section::without_path;
use crate::update::update;
use crate::{GoldenFile, Mismatch, Pick, Section, SectionResult};

/// Finds what is wrong with a source without running it.
pub type Check = fn(Checked<'_>) -> Vec<Diagnostic>;

/// A source that is checked, with what its section says about it.
pub struct Checked<'a> {
    /// The text.
    pub source: &'a str,
    /// The profile's name.
    pub profile: Option<&'a str>,
    /// The forms that it may name.
    pub forms: Vec<FormFacts>,
    /// The form whose events it serves.
    pub form: Option<&'a str>,
    /// The event, such as `on validate`.
    pub event: Option<&'a str>,
}

/// What the project of a golden script gives it; what the script's own settings say goes first.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The product whose rules hold.
    pub profile: Option<String>,
    /// The time zone of the account.
    pub timezone: Option<String>,
    /// The functions of the project.
    pub library: Library,
    /// What scripts are told about their account.
    pub account: Account,
    /// The folder that the names of the library's files start from.
    pub root: Option<PathBuf>,
}

/// Finds the project of a golden script.
pub type Surround = Box<dyn Fn(&Path) -> Result<Surroundings, String> + Send + Sync>;

/// What happens to expectations that do not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are reported.
    #[default]
    Compare,
    /// They are rewritten in place.
    Update,
}

/// Runs golden files. Its parts may be shared between threads.
pub struct Runner {
    pub(crate) mode: Mode,
    pub(crate) check: Option<Check>,
    surround: Option<Surround>,
    pub(crate) start_sandbox: Option<StartSandbox>,
    pub(crate) make_calls: Option<MakeCalls>,
    /// Where each section has its records, which are empty when it begins.
    pub(crate) records: StoreLocation,
    pick: Pick,
    coverage: Option<Mutex<Coverage>>,
    pub(crate) driver: Arc<Driver>,
}

impl Runner {
    /// A runner that compares.
    ///
    /// # Errors
    /// When the thread for recorded calls cannot be started.
    pub fn new(mode: Mode) -> Result<Self, Failure> {
        Ok(Self {
            mode,
            check: None,
            surround: None,
            start_sandbox: None,
            make_calls: None,
            records: StoreLocation::Memory,
            pick: Pick::default(),
            coverage: None,
            driver: Arc::new(Driver::start()?),
        })
    }

    /// The same runner with a checker, for sections that say `//@ check`.
    #[must_use]
    pub fn with_check(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// The same runner with another place for records; whoever opens it finds it empty.
    #[must_use]
    pub fn with_records(mut self, place: StoreLocation) -> Self {
        self.records = place;
        self
    }

    /// The same runner for scripts that belong to projects.
    #[must_use]
    pub fn within(mut self, surround: impl Fn(&Path) -> Result<Surroundings, String> + Send + Sync + 'static) -> Self {
        self.surround = Some(Box::new(surround));
        self
    }

    /// The same runner with services played for sections that say `//@ sandbox`.
    #[must_use]
    pub fn with_sandbox(
        mut self,
        start: impl Fn(&SandboxSetup) -> Result<Box<dyn rainwright::Host>, String> + Send + Sync + 'static,
    ) -> Self {
        self.start_sandbox = Some(Box::new(start));
        self
    }

    /// The same runner for some of the sections only.
    #[must_use]
    pub fn picking(mut self, pick: Pick) -> Self {
        self.pick = pick;
        self
    }

    /// The same runner, counting what is reached.
    #[must_use]
    pub fn covering(mut self) -> Self {
        self.coverage = Some(Mutex::default());
        self
    }

    /// Whether it counts what is reached.
    pub(crate) fn counts(&self) -> bool {
        self.coverage.is_some()
    }

    /// What was reached so far; nothing when it does not count.
    pub fn coverage(&self) -> Coverage {
        let coverage = self.coverage.as_ref();
        coverage.map(|all| all.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// The golden files at a path: the file itself, or all scripts below the folder by their extension, sorted.
    ///
    /// # Errors
    /// A path that cannot be read.
    pub fn find(path: &Path) -> std::io::Result<Vec<PathBuf>> {
        if path.is_file() {
            return Ok(vec![path.to_owned()]);
        }
        let mut found = Vec::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                // A link could lead round in a circle, out of the project, or to a device.
                if kind.is_dir() {
                    folders.push(path);
                } else if DocumentKind::of_extension(path.extension()) == Some(DocumentKind::Script)
                    && (kind.is_file() || belongs(&path, &folder))
                {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Runs files on several threads. Their outcomes come in the order of the files; `each` is told of them as they come.
    /// With `fail_fast` nothing new is begun after a failure, neither a file nor a section.
    pub fn run_all(
        &self,
        files: &[PathBuf],
        threads: usize,
        fail_fast: bool,
        each: impl Fn(&[SectionResult]) + Sync,
    ) -> Vec<SectionResult> {
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let done: Mutex<BTreeMap<usize, Vec<SectionResult>>> = Mutex::default();
        let work = || {
            while !stop.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(file) = files.get(at) else { break };
                // A file that cannot be read fails, and keeps no other from being run.
                let outcomes = self.run_until(file, fail_fast.then_some(&stop));
                let outcomes = outcomes.unwrap_or_else(|why| vec![SectionResult::broken(file, why)]);
                if fail_fast && outcomes.iter().any(|outcome| !outcome.passed()) {
                    stop.store(true, Ordering::Relaxed);
                }
                each(&outcomes);
                done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, outcomes);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(files.len()) {
                scope.spawn(work);
            }
            work();
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().flatten().collect()
    }

    /// Runs all sections of a file. In [`Mode::Update`] the file is rewritten where it differs, and run once more: what
    /// still differs then cannot be an expectation.
    ///
    /// # Errors
    /// A file that cannot be read or written, or with a setting that does not exist.
    pub fn run(&self, path: &Path) -> Result<Vec<SectionResult>, String> {
        self.run_until(path, None)
    }

    /// The same, until the switch is turned on; a failure turns it on.
    fn run_until(&self, path: &Path, stop: Option<&AtomicBool>) -> Result<Vec<SectionResult>, String> {
        // A file is rewritten as a whole or not at all.
        let first = self.run_once(path, stop.filter(|_| self.mode == Mode::Compare))?;
        let passed = first.outcomes.iter().all(SectionResult::passed);
        // What the runner itself could not do says nothing about the script.
        if self.mode == Mode::Compare || passed || first.runner_failed {
            return Ok(first.outcomes);
        }
        first.rewrite(path)?;
        let out = path.with_extension("out");
        if out.exists() {
            write_beside(&out, &printed(&first.transcript))
                .map_err(|e| file_problem(&out, FileUse::Write, &e).message)?;
        }
        let mut again = self.run_once(path, None)?.outcomes;
        for (outcome, before) in again.iter_mut().zip(&first.outcomes) {
            outcome.updated = !before.passed() && outcome.passed();
        }
        Ok(again)
    }

    /// Writes what comes out of a file into it as what is expected, also where it expects nothing; a file that cannot be run here
    /// stays as it is.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn describe(&self, path: &Path) -> Result<(), String> {
        let once = self.run_once(path, None)?;
        if once.runner_failed { Ok(()) } else { once.rewrite(path) }
    }

    /// What the project around a golden file gives it.
    pub(crate) fn surroundings(&self, path: &Path) -> Result<Surroundings, String> {
        self.surround.as_ref().map_or_else(|| Ok(Surroundings::default()), |surround| surround(path))
    }

    /// The sections of a file that run, each with its recording, as far as it has one of its own or plays it first.
    pub(crate) fn picked<'f>(&self, path: &Path, file: &'f GoldenFile) -> impl Iterator<Item = &'f Section> {
        let shown = path.display().to_string();
        file.sections.iter().filter(move |section| self.pick.takes(&shown, section))
    }

    fn run_once(&self, path: &Path, stop: Option<&AtomicBool>) -> Result<RunOnce, String> {
        let file = GoldenFile::read(path)?;
        let recordings = Recordings::beside(path)?;
        let mut reel = Reel::new(&recordings);
        let project = self.surroundings(path)?;
        let out = path.with_extension("out");
        let mut once = RunOnce::default();
        let text: Arc<str> = file.text.as_str().into();
        let all: Vec<&Section> = self.picked(path, &file).collect();
        let mut is_whole = all.len() == file.sections.len();
        for (at, section) in all.iter().copied().enumerate() {
            if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                is_whole = false;
                break;
            }
            reel.begin(section).map_err(|why| format!("{}: {why}", path.display()))?;
            let others_share = all[at + 1..].iter().any(|section| recordings.is_shared_by(section));
            for (number, run) in section.runs().iter().enumerate() {
                let started = Instant::now();
                let (part, recording) = reel.answers(section, run);
                let played = match section.mistakes.first() {
                    Some((line, why)) => Err((*line, why.clone())),
                    None => {
                        let ran = self.play(path, run, Around::new(recording.as_deref(), &project));
                        ran.map_err(|why| (run.line_of(&why, path), without_path(&why, path).to_owned()))
                    }
                };
                let mut ran = match played {
                    Ok(ran) => ran,
                    Err((line, why)) => {
                        once.runner_failed = true;
                        once.outcomes.push(SectionResult::not_run(path, run, line, why, &text));
                        // All cases have the mistake.
                        break;
                    }
                };
                let makes_none = reel.played(&part, ran.calls_left);
                // A section without calls after one that made them all leaves nothing out.
                if part == Part::Shared && (makes_none || others_share) {
                    ran.calls_left = 0;
                }
                let mut mismatches = compare(run, &ran);
                if !run.expects_something() && !out.exists() {
                    mismatches.push(Mismatch {
                        line: run.first_line,
                        expected: "at least one expectation, such as `// => 3`".into(),
                        ..Mismatch::default()
                    });
                }
                once.runner_failed |= ran.runner_failed(run);
                if number == 0 {
                    once.edits.push(ran.by_line(run));
                }
                once.note_results(section, run, &ran, &mismatches);
                if let Some(coverage) = &self.coverage {
                    let mut coverage = coverage.lock().unwrap_or_else(PoisonError::into_inner);
                    ran.reached.drain(..).for_each(|reached| coverage.add(reached));
                }
                once.transcript.append(&mut ran.transcript);
                let mut reads: BTreeSet<PathBuf> = std::mem::take(&mut ran.reads);
                reads.extend([path.to_owned(), path.with_extension("http"), out.clone()]);
                once.outcomes.push(SectionResult {
                    file: path.display().to_string(),
                    section: run.name.clone(),
                    line: run.first_line,
                    basis: run.settings.basis.clone(),
                    results: run.results(),
                    mismatches,
                    updated: false,
                    time: started.elapsed(),
                    text: Arc::clone(&text),
                    reads: reads.into_iter().collect(),
                });
                if once.stops(stop) {
                    break;
                }
            }
            once.stops(stop);
            reel.end();
        }
        if is_whole && !stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            transcript(path, &out, &once.transcript, &mut once.outcomes)?;
        }
        once.file = file;
        Ok(once)
    }
}

/// Compares the whole transcript with the `.out` file, if there is one.
fn transcript(path: &Path, out: &Path, lines: &[String], outcomes: &mut [SectionResult]) -> Result<(), String> {
    if !out.exists() {
        return Ok(());
    }
    let found = printed(lines);
    let expected = read_beside(out, path).map_err(|e| file_problem(out, FileUse::Read, &e).message)?;
    if found == expected {
        return Ok(());
    }
    let at = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    let at = at.unwrap_or(found.lines().count().min(expected.lines().count()));
    if let Some(last) = outcomes.last_mut() {
        last.mismatches.push(Mismatch {
            line: last.line,
            expected: format!("in {}:{}: {}", out.display(), at + 1, expected.lines().nth(at).unwrap_or_default()),
            found: found.lines().nth(at).unwrap_or_default().to_owned(),
            columns: None,
        });
    }
    Ok(())
}

/// What one run of a whole file gave.
#[derive(Default)]
struct RunOnce {
    file: GoldenFile,
    outcomes: Vec<SectionResult>,
    /// The comments that would describe each section.
    edits: Vec<BTreeMap<u32, Vec<String>>>,
    /// The results of cases by their lines.
    cases: BTreeMap<u32, String>,
    /// The results of sections that say theirs, by their first lines.
    results: BTreeMap<u32, String>,
    transcript: Vec<String>,
    /// Whether something ended as it did because of the runner: a call that is not recorded, say.
    runner_failed: bool,
}

impl RunOnce {
    /// Writes what came out into the file.
    fn rewrite(&self, path: &Path) -> Result<(), String> {
        let text = update(&self.file, &self.edits, &self.cases, &self.results);
        std::fs::write(path, text).map_err(|e| file_problem(path, FileUse::Write, &e).message)
    }

    /// Turns the switch on when the last outcome is a failure; whether nothing more is to be run.
    fn stops(&self, stop: Option<&AtomicBool>) -> bool {
        let Some(stop) = stop else { return false };
        if self.outcomes.last().is_some_and(|outcome| !outcome.passed()) {
            stop.store(true, Ordering::Relaxed);
        }
        stop.load(Ordering::Relaxed)
    }

    /// Notes the results that `--update` writes: of a case, or of a section that says its own.
    fn note_results(&mut self, section: &Section, run: &Section, ran: &Ran, mismatches: &[Mismatch]) {
        let says_end = run.settings.result.is_some() || run.settings.ends.is_some();
        if !section.settings.cases.is_empty() && says_end && !mismatches.is_empty() {
            self.cases.insert(run.first_line, ran.as_case());
        } else if section.settings.cases.is_empty() {
            let result = |mismatch: &Mismatch| {
                let wanted = mismatch.expected.starts_with("result ");
                mismatch.found.strip_prefix("result ").filter(|_| wanted).map(str::to_owned)
            };
            self.results.extend(mismatches.iter().find_map(result).map(|text| (section.first_line, text)));
        }
    }
}

fn printed(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}
