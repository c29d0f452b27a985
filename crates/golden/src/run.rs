//! Runs golden files and compares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rainwright::runtime::record::{self, Exchange};
use rainwright::runtime::trust::{belongs, read_beside, write_beside};
use rainwright::runtime::{Account, Driver};
use rainwright::{Code, Diagnostic, Effect, Engine, Failure, Inputs, Library, Limits, Severity, Value, render};

use crate::expect::{Expectation, What, same};
use crate::host::GoldenHost;
use crate::records::Forms;
use crate::{GoldenFile, Mismatch, Played, Section, SectionResult, Settings};
use rainwright_syntax::DocumentKind;

/// Finds what is wrong with a source without running it; the profile's name comes along.
pub type Check = fn(source: &str, profile: Option<&str>) -> Vec<Diagnostic>;

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
    mode: Mode,
    check: Option<Check>,
    surround: Option<Surround>,
    driver: Arc<Driver>,
}

impl Runner {
    /// A runner that compares.
    ///
    /// # Errors
    /// When the thread for recorded calls cannot be started.
    pub fn new(mode: Mode) -> Result<Self, Failure> {
        Ok(Self { mode, check: None, surround: None, driver: Arc::new(Driver::start()?) })
    }

    /// The same runner with a checker, for sections that say `//@ check`.
    #[must_use]
    pub fn with_check(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// The same runner for scripts that belong to projects.
    #[must_use]
    pub fn within(mut self, surround: impl Fn(&Path) -> Result<Surroundings, String> + Send + Sync + 'static) -> Self {
        self.surround = Some(Box::new(surround));
        self
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

    /// Runs all sections of a file. In [`Mode::Update`] the file is rewritten where it differs, and run once more: what
    /// still differs then cannot be an expectation.
    ///
    /// # Errors
    /// A file that cannot be read or written, or with a setting that does not exist.
    pub fn run(&self, path: &Path) -> Result<Vec<SectionResult>, String> {
        let first = self.run_once(path)?;
        let passed = first.outcomes.iter().all(SectionResult::passed);
        // What the runner itself could not do says nothing about the script.
        if self.mode == Mode::Compare || passed || first.runner_failed {
            return Ok(first.outcomes);
        }
        let text = update(&first.file, &first.edits);
        std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        let out = path.with_extension("out");
        if out.exists() {
            write_beside(&out, &printed(&first.transcript)).map_err(|e| format!("{}: {e}", out.display()))?;
        }
        let mut again = self.run_once(path)?.outcomes;
        for (outcome, before) in again.iter_mut().zip(&first.outcomes) {
            outcome.updated = !before.passed() && outcome.passed();
        }
        Ok(again)
    }

    fn run_once(&self, path: &Path) -> Result<RunOnce, String> {
        let file = GoldenFile::read(path)?;
        let recordings = recordings(path)?;
        let around = self.surround.as_ref().map_or_else(|| Ok(Surroundings::default()), |surround| surround(path))?;
        let mut outcomes = Vec::with_capacity(file.sections.len());
        let (mut transcript, mut edits, mut runner_failed) = (Vec::new(), Vec::new(), false);
        // A recording without sections is played by all that have none of their own, each from where the last one stopped.
        let shared = |section: &Section| section.name.is_empty() || !recordings.contains_key(&section.name);
        let mut rest: Vec<Exchange> = Vec::new();
        for (at, section) in file.sections.iter().enumerate() {
            let is_shared = shared(section);
            if is_shared
                && rest.is_empty()
                && let Some(whole) = recordings.get("")
            {
                rest = record::parse(whole).map_err(|problem| format!("{}: {problem}", path.display()))?;
            }
            let recording = match is_shared {
                true => recordings.contains_key("").then(|| record::print(&rest)),
                false => recordings.get(&section.name).cloned(),
            };
            let started = Instant::now();
            let mut ran = self.run_section(path, section, recording.as_deref(), &around)?;
            if is_shared && !rest.is_empty() {
                rest.drain(..rest.len().saturating_sub(ran.calls_left));
                if file.sections[at + 1..].iter().any(shared) {
                    ran.calls_left = 0;
                }
            }
            let mut mismatches = compare(section, &ran);
            if !section.expects_something() && !path.with_extension("out").exists() {
                mismatches.push(Mismatch {
                    line: section.first_line,
                    expected: "at least one expectation".into(),
                    found: String::new(),
                });
            }
            runner_failed |= ran.runner_failed(section);
            edits.push(ran.by_line());
            transcript.extend(ran.transcript);
            outcomes.push(SectionResult {
                file: path.display().to_string(),
                section: section.name.clone(),
                line: section.first_line,
                basis: section.settings.basis.clone(),
                results: section.results(),
                mismatches,
                updated: false,
                time: started.elapsed(),
            });
        }
        self.transcript(path, &transcript, &mut outcomes)?;
        Ok(RunOnce { file, outcomes, edits, transcript, runner_failed })
    }

    /// Compares the whole transcript with the `.out` file, if there is one.
    fn transcript(&self, path: &Path, lines: &[String], outcomes: &mut [SectionResult]) -> Result<(), String> {
        let out = path.with_extension("out");
        if !out.exists() {
            return Ok(());
        }
        let found = printed(lines);
        let expected = read_beside(&out, path).map_err(|e| format!("{}: {e}", out.display()))?;
        if found == expected {
            return Ok(());
        }
        let at = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
        let at = at.unwrap_or(found.lines().count().min(expected.lines().count()));
        if let Some(last) = outcomes.last_mut() {
            last.mismatches.push(Mismatch {
                line: at as u32 + 1,
                expected: format!("in {}: {}", out.display(), expected.lines().nth(at).unwrap_or_default()),
                found: found.lines().nth(at).unwrap_or_default().to_owned(),
            });
        }
        Ok(())
    }

    fn run_section(
        &self,
        path: &Path,
        section: &Section,
        recording: Option<&str>,
        around: &Surroundings,
    ) -> Result<Ran, String> {
        let mut settings = section.settings.clone();
        settings.profile = settings.profile.or_else(|| around.profile.clone());
        settings.timezone = settings.timezone.or_else(|| around.timezone.clone());
        let settings = &settings;
        let mut ran = Ran::default();
        if settings.check {
            let check = self.check.ok_or("this runner has no checker for `//@ check`")?;
            ran.diagnostics(&section.source, &check(&section.source, settings.profile.as_deref()));
            return Ok(ran);
        }
        let name = path.file_name().map_or_else(|| "script".into(), |name| name.to_string_lossy());
        let say = |failure: Failure| format!("{}: {failure}", path.display());
        let mut played = settings.played.as_ref().map(|name| Played::beside(path, name)).transpose()?;
        let mut engine = engine(settings).map_err(say)?;
        let hosted = played.iter().flat_map(|played| &played.calls).filter_map(|(effect, _)| match effect {
            Effect::Function { name, .. } => Some(name.clone()),
            _ => None,
        });
        for name in hosted {
            engine = engine.declared_function(&name);
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let now = settings.now.unwrap_or(crate::settings::DEFAULT_NOW);
        let forms =
            Forms::new(settings, folder, now, engine.locale()).map_err(|what| format!("{}: {what}", path.display()))?;
        if let Some(forms) = &forms {
            engine = engine.subforms(forms.subforms());
        }
        let fails = settings.switches.iter().any(|(name, on)| name == "empty_record_fails" && *on);
        engine = engine.empty_record_fails(fails);
        let used = read_used(path, settings)?;
        let (name, source) = match &settings.script {
            Some(script) => {
                let file = path.parent().unwrap_or(Path::new("")).join(script);
                let text = read_beside(&file, path).map_err(|e| format!("{}: {e}", file.display()))?;
                (script.as_str().into(), text)
            }
            None => (name, section.source.clone()),
        };
        let mut sources = vec![(&*name, source.as_str())];
        sources.extend(used.iter().map(|(name, source)| (name.as_str(), source.as_str())));
        let script = match engine.compile_with(&sources, &around.library, settings.entry.as_deref()) {
            Ok(script) => script,
            Err(failure) => {
                ran.diagnostics(&source, failure.diagnostics());
                ran.transcript.extend(failure.render(render::Style::PLAIN).lines().map(str::to_owned));
                return Ok(ran);
            }
        };
        ran.diagnostics(&source, &script.warnings().cloned().collect::<Vec<_>>());
        let mut inputs = Inputs::new();
        if let Some(entry) = &settings.entry {
            inputs = inputs.entry(entry);
        }
        for (name, value) in &settings.args {
            let value = rainwright::read_json(value).unwrap_or_else(|_| Value::from(value.as_str()));
            inputs = inputs.arg(name, value);
        }
        if let Some((name, value)) = around.account.given(engine.current_profile().variables)
            && settings.args.iter().all(|(given, _)| given != name)
        {
            inputs = inputs.data(name, value);
        }
        for (name, value) in played.iter_mut().flat_map(|played| played.arguments.drain(..)) {
            inputs = inputs.data(name, value);
        }
        let say_where = |what| format!("{}: {what}", path.display());
        let mut host =
            GoldenHost::new(settings, recording, &around.account, &self.driver, played).map_err(say_where)?;
        host.forms = forms;
        host.forms.as_mut().map_or(Ok(()), Forms::begin).map_err(say_where)?;
        let done = script.run(&mut host, inputs);
        host.finish();
        if let Some(forms) = &mut host.forms {
            forms.end(done.result.is_ok()).map_err(say_where)?;
            let different = forms.differences(settings).map_err(|what| format!("{}: {what}", path.display()))?;
            ran.different = different;
        }
        ran.calls_left = host.calls_left();
        ran.printed = std::mem::take(&mut host.printed);
        ran.transcript.append(&mut host.transcript);
        match done.result {
            Ok(value) => {
                let text = value.to_text(engine.locale());
                // Such a script has no comments of ours: its transcript holds all that came out.
                if settings.script.is_some() && !value.is_null() {
                    ran.transcript.extend(format!("returned {text}").lines().map(str::to_owned));
                }
                ran.result = Some(text);
            }
            Err(failure) => {
                ran.transcript.extend(failure.render(render::Style::PLAIN).lines().map(str::to_owned));
                ran.found.push(Found {
                    line: line_in(&name, &failure),
                    severity: Severity::Error,
                    code: failure.code().number(),
                    message: failure.message().to_owned(),
                });
            }
        }
        Ok(ran)
    }
}

/// The sources that a golden script uses by `//@ use`, with their names; none for other scripts.
///
/// # Errors
/// One that cannot be read.
pub fn used(path: &Path, source: &str) -> Result<Vec<(String, String)>, String> {
    let file = GoldenFile::parse(path, source.to_owned());
    let sections = file.map(|file| file.sections).unwrap_or_default();
    sections
        .iter()
        .map(|section| read_used(path, &section.settings))
        .collect::<Result<Vec<_>, _>>()
        .map(|all| all.concat())
}

fn read_used(path: &Path, settings: &Settings) -> Result<Vec<(String, String)>, String> {
    let read = |name: &String| {
        let file = path.parent().unwrap_or(Path::new("")).join(name);
        let text = read_beside(&file, path).map_err(|e| format!("{}: {e}", file.display()))?;
        Ok((name.clone(), text))
    };
    settings.uses.iter().map(read).collect()
}

/// The line of the golden script at which it failed: that of the call, when a function of another file did.
fn line_in(name: &str, failure: &Failure) -> u32 {
    match (failure.place(), failure.calls().last()) {
        (Some(place), Some(call)) if place.source != name => call.line,
        _ => failure.line(),
    }
}

fn engine(settings: &Settings) -> Result<Engine, Failure> {
    let mut limits = Limits { fuel: 50_000_000, ..Limits::default() };
    for (name, number) in &settings.limits {
        match name.as_str() {
            // Limits go down only: a test that somebody else wrote takes no more of this machine.
            "fuel" => limits.fuel = limits.fuel.min(*number),
            "depth" => limits.depth = limits.depth.min(u32::try_from(*number).unwrap_or(u32::MAX)),
            "memory" => limits.memory = limits.memory.min(usize::try_from(*number).unwrap_or(usize::MAX)),
            "output" => limits.output = limits.output.min(usize::try_from(*number).unwrap_or(usize::MAX)),
            "statements" => limits.statements = Some(*number),
            "calls" => limits.calls = Some(*number),
            _ => {}
        }
    }
    let mut engine = Engine::new().counting(limits.statements.is_some()).limits(limits);
    if let Some(profile) = &settings.profile {
        engine = engine.profile(profile)?;
    }
    if let Some(zone) = &settings.timezone {
        engine = engine.timezone(zone)?;
    }
    Ok(engine)
}

/// The recordings beside a golden file, by section: `//--- name` lines part them.
fn recordings(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let file = path.with_extension("http");
    let mut parts = BTreeMap::new();
    if !file.exists() {
        return Ok(parts);
    }
    let text = read_beside(&file, path).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut name = String::new();
    let mut part = String::new();
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("//---") {
            let done = std::mem::take(&mut part);
            if !done.trim().is_empty() {
                parts.insert(std::mem::take(&mut name), done);
            }
            name = next.trim().to_owned();
        } else {
            part.push_str(line);
        }
    }
    if !part.trim().is_empty() {
        parts.insert(name, part);
    }
    Ok(parts)
}

/// What a section did.
#[derive(Default)]
struct Ran {
    printed: BTreeMap<u32, Vec<String>>,
    found: Vec<Found>,
    result: Option<String>,
    transcript: Vec<String>,
    calls_left: usize,
    /// Records that are not as they should be after the run.
    different: Vec<(String, String)>,
}

#[derive(Clone)]
struct Found {
    line: u32,
    severity: Severity,
    code: u16,
    message: String,
}

/// What one run of a whole file gave.
struct RunOnce {
    file: GoldenFile,
    outcomes: Vec<SectionResult>,
    /// The comments that would describe each section.
    edits: Vec<BTreeMap<u32, Vec<String>>>,
    transcript: Vec<String>,
    /// Whether something ended as it did because of the runner: a call that is not recorded, say.
    runner_failed: bool,
}

fn printed(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

impl Ran {
    /// Whether it ended with what only this runner says, and the section does not expect that.
    fn runner_failed(&self, section: &Section) -> bool {
        let own = [Code::NotRecorded, Code::UnknownConnection, Code::NotSupported].map(Code::number);
        let expected = |found: &Found| {
            section
                .expectations
                .iter()
                .any(|e| matches!(&e.what, What::Finds { code, .. } if *code == found.code) && e.line == found.line)
        };
        self.found.iter().any(|found| own.contains(&found.code) && !expected(found))
    }

    fn diagnostics(&mut self, source: &str, diagnostics: &[Diagnostic]) {
        let lines = rainwright::LineIndex::new(source);
        self.found.extend(diagnostics.iter().map(|d| Found {
            line: lines.line(d.span.start),
            severity: d.severity,
            code: d.problem.code.number(),
            message: d.problem.message.clone(),
        }));
    }

    /// The comments that would describe it, by line.
    fn by_line(&self) -> BTreeMap<u32, Vec<String>> {
        let mut comments: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (line, printed) in &self.printed {
            comments.entry(*line).or_default().extend(printed.iter().map(|text| format!("// => {text}")));
        }
        for found in &self.found {
            comments.entry(found.line).or_default().push(format!("// {} E{}", word(found.severity), found.code));
        }
        comments
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn compare(section: &Section, ran: &Ran) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let tolerance = section.settings.tolerance;
    let mut wanted: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut findings: Vec<&Expectation> = Vec::new();
    for expectation in &section.expectations {
        match &expectation.what {
            What::Prints(text) => wanted.entry(expectation.line).or_default().push(text),
            What::Finds { .. } => findings.push(expectation),
        }
    }
    for (line, texts) in &wanted {
        let printed = ran.printed.get(line).map(Vec::as_slice).unwrap_or_default();
        for i in 0..texts.len().max(printed.len()) {
            let (expected, found) = (texts.get(i).copied(), printed.get(i).map(String::as_str));
            if !matches!((expected, found), (Some(e), Some(f)) if same(f, e, tolerance)) {
                mismatches.push(Mismatch {
                    line: *line,
                    expected: expected.unwrap_or_default().to_owned(),
                    found: found.unwrap_or_default().to_owned(),
                });
            }
        }
    }
    let records = ran.different.iter().map(|(expected, found)| Mismatch {
        line: section.first_line,
        expected: expected.clone(),
        found: found.clone(),
    });
    mismatches.extend(records);
    let mut found: Vec<Option<&Found>> = ran.found.iter().map(Some).collect();
    for expectation in findings {
        let What::Finds { severity, code, message } = &expectation.what else { continue };
        let place = found.iter().position(|f| {
            f.is_some_and(|f| {
                f.line == expectation.line && f.code == *code && f.severity == *severity && f.message.contains(message)
            })
        });
        match place {
            Some(place) => found[place] = None,
            None => mismatches.push(Mismatch {
                line: expectation.line,
                expected: format!("{} E{code} {message}", word(*severity)),
                found: String::new(),
            }),
        }
    }
    // Warnings that no comment mentions are none of a golden run's business, unless it is a check.
    let ends = |f: &&Found| f.severity == Severity::Error && section.settings.ends == Some(f.code);
    let found = found.into_iter().flatten().filter(|f| !ends(f));
    for f in found.filter(|f| f.severity == Severity::Error || section.settings.check) {
        mismatches.push(Mismatch {
            line: f.line,
            expected: String::new(),
            found: format!("{} E{} {}", word(f.severity), f.code, f.message),
        });
    }
    if let Some(code) = section.settings.ends
        && !ran.found.iter().any(|f| f.severity == Severity::Error && f.code == code)
    {
        mismatches.push(Mismatch {
            line: section.first_line,
            expected: format!("the run ends with E{code}"),
            found: ran.result.clone().map_or_else(String::new, |result| format!("result {result}")),
        });
    }
    if let Some(expected) = &section.settings.result {
        let found = ran.result.clone().unwrap_or_default();
        if !same(&found, expected, tolerance) {
            mismatches.push(Mismatch { line: section.first_line, expected: format!("result {expected}"), found });
        }
    }
    if ran.calls_left > 0 {
        mismatches.push(Mismatch {
            line: section.first_line,
            expected: format!("{} more recorded calls to be made", ran.calls_left),
            found: String::new(),
        });
    }
    mismatches
}

/// The file with its expectations rewritten to what came out.
fn update(file: &GoldenFile, comments: &[BTreeMap<u32, Vec<String>>]) -> String {
    let mut all: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for section in comments {
        for (line, texts) in section {
            all.entry(*line).or_default().extend(texts.iter().cloned());
        }
    }
    let mut expected: BTreeMap<u32, Vec<&Expectation>> = BTreeMap::new();
    for expectation in file.sections.iter().flat_map(|s| &s.expectations) {
        expected.entry(expectation.line).or_default().push(expectation);
    }
    let mut out = String::with_capacity(file.text.len());
    for (index, line) in file.text.split_inclusive('\n').enumerate() {
        let number = index as u32 + 1;
        let bare = line.trim_end_matches(['\n', '\r']);
        let own_line = bare.trim_start().starts_with("//");
        let marks = ["// => ", "// =>", "// error E", "// warning E", "// note E"];
        let mark = marks.iter().filter_map(|mark| bare.rfind(mark)).min();
        match mark {
            Some(_) if own_line => continue,
            Some(at) => out.push_str(bare[..at].trim_end()),
            None => out.push_str(bare),
        }
        let now = all.get(&number).filter(|_| expected.contains_key(&number) || !own_line);
        match now.map(Vec::as_slice) {
            Some([one]) if !expected.get(&number).is_some_and(|e| e.iter().any(|e| e.own_line)) => {
                out.push_str(&format!("  {one}\n"));
            }
            Some(many) => {
                out.push('\n');
                let indent: String = bare.chars().take_while(|c| c.is_whitespace()).collect();
                for comment in many {
                    out.push_str(&format!("{indent}{comment}\n"));
                }
            }
            None => out.push('\n'),
        }
    }
    out
}
