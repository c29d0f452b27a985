//! Runs one section of a golden file.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use rainwright::builtins::{FunctionKind, json_data};
use rainwright::runtime::trust::{belongs, read_beside, write_beside};
use rainwright::{Code, Effect, Engine, Failure, Host, Inputs, Limits, Script, Severity, Value, render};
use rainwright_diagnostic::{FileUse, file_problem, file_trouble};
use rainwright_records::Schema;

use crate::coverage::Reached;
use crate::events::{application, open};
use crate::expect::{same, same_data};
use crate::host::GoldenHost;
use crate::kind::{form_of, happened, of_product};
use crate::ran::{Found, Ran, expects_mails};
use crate::records::differences;
use crate::run::{Checked, Mode, Runner, Surroundings};
use crate::{Fault, GoldenFile, Played, Section, Settings};

/// What is asked of the one who plays services on this machine.
#[derive(Clone, Debug)]
pub struct SandboxSetup {
    /// The script that runs.
    pub path: PathBuf,
    /// A file with records beside those that are shipped.
    pub data: Option<PathBuf>,
    /// Whether a fitting record is made up for every id that nobody knows.
    pub lenient: bool,
    /// Faults of the sandbox, each as JSON.
    pub faults: Vec<String>,
    /// The instant of the run, in milliseconds since the epoch.
    pub now: i64,
    /// The seed of random numbers.
    pub seed: u64,
}

/// Starts what plays services.
pub type StartSandbox = Box<dyn Fn(&SandboxSetup) -> Result<Box<dyn Host>, String> + Send + Sync>;

/// What a section runs with, besides its own settings.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) recording: Option<&'a str>,
    pub(crate) project: &'a Surroundings,
    /// A call that goes wrong: its number, and how.
    pub(crate) fault: Option<(usize, Fault)>,
    /// What makes calls for real, for the one run that takes it.
    pub(crate) real: Option<&'a Cell<Option<Box<dyn Host>>>>,
}

impl<'a> Around<'a> {
    /// A run whose calls a recording answers, and nothing goes wrong.
    pub(crate) fn new(recording: Option<&'a str>, project: &'a Surroundings) -> Self {
        Self { recording, project, fault: None, real: None }
    }
}

impl Runner {
    pub(crate) fn play(&self, path: &Path, section: &Section, around: Around<'_>) -> Result<Ran, String> {
        let project = around.project;
        let mut settings = section.settings.clone();
        let folder = path.parent().unwrap_or(Path::new(""));
        let file_text = settings.script.as_ref().map(|script| read_named("script", script, path)).transpose()?;
        if settings.kind.is_none() {
            // A script may say itself of what kind it is.
            let own = file_text.as_deref().map_or(Ok(None), FunctionKind::of_source);
            settings.kind = own.map_err(|problem| format!("{}: {}", path.display(), problem.message))?;
        }
        let of_kind = settings.kind.map(|kind| kind.profile.to_owned());
        settings.profile = settings.profile.or(of_kind).or_else(|| project.profile.clone());
        settings.timezone = settings.timezone.or_else(|| project.timezone.clone());
        let settings = &settings;
        let mut ran = Ran::default();
        if settings.check {
            let check = self.check.ok_or("this runner has no checker for `//@ check`")?;
            let forms =
                crate::records::read_forms(settings, folder).map_err(|why| format!("{}: {why}", path.display()))?;
            let checked = Checked {
                source: &section.source,
                profile: settings.profile.as_deref(),
                forms: rainwright_records::facts(&forms),
                form: settings.check_form.as_deref(),
                event: settings.check_event.as_deref(),
            };
            ran.diagnostics(&section.source, &check(checked));
            return Ok(ran);
        }
        if settings.steps.iter().chain(&settings.workflows).any(|step| step.line >= section.first_line) {
            return self.play_events(path, section, settings, around);
        }
        let name = path.file_name().map_or_else(|| "script".into(), |name| name.to_string_lossy());
        let in_file = |what: String| format!("{}: {what}", path.display());
        let say = |failure: Failure| in_file(failure.to_string());
        let mut played = settings.played.as_ref().map(|name| Played::beside(path, name)).transpose()?;
        ran.reads.extend(settings.played.iter().map(|name| folder.join(name)));
        let mut engine = engine(settings, self.counts()).map_err(say)?;
        let hosted = played.iter().flat_map(|played| &played.calls).filter_map(|(effect, _)| match effect {
            Effect::Function { name, .. } => Some(name.as_str()),
            _ => None,
        });
        for name in hosted.chain(settings.stubs.iter().map(|(name, _)| name.as_str())) {
            engine = engine.declared_function(name);
        }
        let now = settings.now.unwrap_or(crate::settings::DEFAULT_NOW);
        // What was written down answers for records as well.
        let has_records = !settings.forms.is_empty() && played.is_none();
        let app = has_records.then(|| application(section, settings, folder)).transpose().map_err(in_file)?;
        if let Some(app) = &app {
            let schema = Schema::new(app.forms.clone()).map_err(|problem| in_file(say(problem.into())))?;
            engine = engine.subforms(rainwright_app::makers(&schema));
        }
        ran.reads.extend(settings.forms.iter().filter(|form| !form.starts_with('{')).map(|form| folder.join(form)));
        for (name, on) in &settings.switches {
            engine = match name.as_str() {
                "empty_record_fails" => engine.empty_record_fails(*on),
                "null_order_fails" => engine.null_order_fails(*on),
                _ => engine,
            };
        }
        let used = read_used(path, settings)?;
        ran.reads.extend(settings.uses.iter().chain(&settings.script).map(|file| folder.join(file)));
        let (name, source) = match &settings.script {
            Some(script) => (script.as_str().into(), file_text.unwrap_or_default()),
            None => (name, section.source.clone()),
        };
        let mut sources = vec![(&*name, source.as_str())];
        sources.extend(used.iter().map(|(name, source)| (name.as_str(), source.as_str())));
        let library = project.library.without(settings.stubs.iter().map(|(name, _)| name.clone()));
        let script = match engine.compile_with(&sources, &library, settings.entry.as_deref()) {
            Ok(script) => script,
            Err(failure) => {
                ran.diagnostics(&source, failure.diagnostics());
                ran.transcript.extend(failure.render(render::Style::PLAIN).lines().map(str::to_owned));
                return Ok(ran);
            }
        };
        ran.diagnostics(&source, &script.warnings().cloned().collect::<Vec<_>>());
        if let Some(root) = &project.root {
            ran.reads.extend(script.sources().skip(sources.len()).map(|(name, _)| root.join(name)));
        }
        crate::named::stubs(settings, &script, &project.library)?;
        let by_kind = of_product(path, settings, &script)?;
        crate::named::arguments(section, settings, &script, |name| {
            by_kind.iter().any(|(given, _)| given == name)
                || engine.current_profile().variables().any(|given| given == name)
                || settings.kind.is_some_and(|kind| kind.variable(name).is_some())
        })?;
        let form = if played.is_some() { None } else { form_of(path, settings)? };
        let is_free = |name: &str| settings.args.iter().all(|(given, _)| given != name) && played.is_none();
        let by_kind: Vec<_> = by_kind.into_iter().filter(|(name, _)| is_free(name)).collect();
        let mut inputs = inputs(settings, &mut played);
        for (name, value) in by_kind {
            inputs = inputs.data(name, value);
        }
        if let Some((name, value)) = project.account.given(&engine.current_profile().variables().collect::<Vec<_>>())
            && settings.event.is_none()
            && settings.args.iter().all(|(given, _)| given != name)
        {
            inputs = inputs.data(name, value);
        }
        let mut host =
            GoldenHost::new(settings, around.recording, &project.account, &self.driver, played).map_err(in_file)?;
        if settings.sandbox.is_some() {
            host.sandbox = Some(self.sandbox(path, settings, now)?);
        }
        if let Some((number, fault)) = around.fault {
            host.with_fault(number, fault);
        }
        host.real = around.real.and_then(Cell::take);
        host.mails = expects_mails(section);
        let (done, on_form) = match (app, &form) {
            (Some(app), _) => {
                let records = self.records.clone();
                let opened = open(app, settings, &project.account, records, &mut host).map_err(in_file)?;
                let (mut running, given) = opened;
                let done = script.run(&mut running.outside_host().map_err(say)?, inputs);
                if running.store().is_open() {
                    running.store().end(done.result.is_ok()).map_err(|problem| say(problem.into()))?;
                }
                ran.different = differences(running.store(), &given, settings).map_err(in_file)?;
                (done, Vec::new())
            }
            (None, None) => (script.run(&mut host, inputs), Vec::new()),
            (None, Some(form)) => {
                let mut shown = form.host(&mut host);
                let done = script.run(&mut shown, form.inputs(inputs));
                (done, happened(form, &shown, engine.locale()))
            }
        };
        host.finish();
        ran.calls_left = host.calls_left();
        ran.unanswered = host.unanswered.take();
        ran.printed = std::mem::take(&mut host.printed);
        ran.transcript.append(&mut host.transcript);
        ran.sent = std::mem::take(&mut host.sent);
        if form.is_some() {
            ran.shown = Some(on_form.join("\n"));
            ran.transcript.extend(on_form);
        }
        if self.counts() {
            ran.reached = reached(&script, &done.reach, folder, settings, project);
        }
        match done.result {
            Ok(value) => {
                let text = value.to_text(engine.locale());
                // Such a script has no comments of ours: its transcript holds all that came out.
                if settings.script.is_some() && !value.is_null() {
                    ran.transcript.extend(format!("returned {text}").lines().map(str::to_owned));
                }
                ran.taken(section, settings, &script.to_data(&value).map_err(say)?);
                ran.result = Some(text);
                if let Some(file) = &settings.snapshot {
                    self.snapshot(path, file, &script, &value, settings, &mut ran)?;
                }
            }
            Err(failure) => {
                ran.transcript.extend(failure.render(render::Style::PLAIN).lines().map(str::to_owned));
                ran.found.push(found(&name, &source, &failure));
                ran.failed = Some(failure);
            }
        }
        Ok(ran)
    }

    fn sandbox(&self, path: &Path, settings: &Settings, now: i64) -> Result<Box<dyn Host>, String> {
        let start =
            self.start_sandbox.as_ref().ok_or("this runner plays no services for `//@ sandbox`: use `dg test`")?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut setup = SandboxSetup {
            path: settings.script.as_ref().map_or_else(|| path.to_owned(), |script| folder.join(script)),
            data: None,
            lenient: false,
            faults: Vec::new(),
            now,
            seed: settings.seed,
        };
        for word in settings.sandbox.as_deref().unwrap_or_default().split_whitespace() {
            match word.split_once('=') {
                Some(("data", file)) if belongs(&folder.join(file), path) => setup.data = Some(folder.join(file)),
                Some(("data", file)) => {
                    return Err(format!("{}: sandbox: {file} is no file of the project", path.display()));
                }
                None if word == "lenient" => setup.lenient = true,
                _ => return Err(format!("{}: sandbox: '{word}' is neither lenient nor data=FILE", path.display())),
            }
        }
        let faults = settings.faults.iter().filter_map(|fault| match fault {
            crate::Planned::Sandbox(json) => Some(json.clone()),
            _ => None,
        });
        setup.faults = faults.collect();
        start(&setup).map_err(|why| format!("{}: {why}", path.display()))
    }

    /// Compares the result with a file; [`Mode::Update`] writes it.
    fn snapshot(
        &self,
        path: &Path,
        file: &str,
        script: &Script,
        value: &Value,
        settings: &Settings,
        ran: &mut Ran,
    ) -> Result<(), String> {
        let is_name = Path::new(file).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !is_name {
            return Err(format!("{}: snapshot: '{file}' leads elsewhere: name a file beside the test", path.display()));
        }
        let file = &path.parent().unwrap_or(Path::new("")).join(file);
        ran.reads.insert(file.clone());
        let say = |why: String| format!("{}: {why}", file.display());
        let found = script.to_data(value).map_err(|failure| say(failure.to_string()))?.to_json_indented();
        let json = |text: &str| json_data(text).map_err(|problem| say(problem.message));
        let expected = file
            .exists()
            .then(|| read_beside(file, path))
            .transpose()
            .map_err(|e| say(file_problem(file, FileUse::Write, &e).message))?;
        let is_same = match &expected {
            Some(text) => same_data(&json(&found)?, &json(text)?, settings.tolerance),
            None => false,
        };
        if is_same {
            return Ok(());
        }
        if self.mode == Mode::Update {
            return write_beside(file, &(found + "\n"))
                .map_err(|e| say(file_problem(file, FileUse::Write, &e).message));
        }
        match expected {
            None => ran.different.push((format!("the file {}; `--update` writes it", file.display()), found)),
            Some(text) => {
                let bare = |line: &str| line.trim().trim_end_matches(',').to_owned();
                let mut lines = text.lines().zip(found.lines());
                let lines = lines.find(|(a, b)| !same(&bare(b), &bare(a), settings.tolerance));
                let (expected, found) = lines.unwrap_or((text.trim(), found.trim()));
                let in_file = format!("in {}: ", file.display());
                ran.different.push((in_file.clone() + expected.trim(), in_file + found.trim()));
            }
        }
        Ok(())
    }
}

fn inputs(settings: &Settings, played: &mut Option<Played>) -> Inputs {
    let mut inputs = Inputs::new();
    if let Some(entry) = &settings.entry {
        inputs = inputs.entry(entry);
    }
    for (name, value) in &settings.args {
        let value = rainwright::read_json(value).unwrap_or_else(|_| Value::from(value.as_str()));
        inputs = inputs.arg(name, value);
    }
    for (name, value) in played.iter_mut().flat_map(|played| played.arguments.drain(..)) {
        inputs = inputs.data(name, value);
    }
    inputs
}

/// The error that ended a run, at the line of the golden script.
fn found(name: &str, source: &str, failure: &Failure) -> Found {
    let mut found = Found {
        line: failure.line(),
        severity: Severity::Error,
        code: failure.code().number(),
        message: failure.message().to_owned(),
        columns: None,
    };
    if failure.code() == Code::NotRecorded {
        found.message.push_str(" (dg test --record makes the call and records it)");
    }
    match failure.place() {
        // A function of another file failed: the line is that of its call.
        Some(place) if place.source != name => {
            found.line = failure.calls().last().map_or(found.line, |call| call.line);
            found.message.push_str(&format!(" (at {}:{}:{})", place.source, place.line, place.column));
        }
        Some(place) if place.line == found.line => {
            let text = source.get(place.span.range()).unwrap_or_default();
            let width = text.lines().next().unwrap_or_default().chars().count() as u32;
            found.columns = Some((place.column, place.column + width.max(1)));
        }
        _ => {}
    }
    found
}

/// What a run reached of files other than the golden script itself.
fn reached(
    script: &Script,
    reach: &[rainwright::Reach],
    folder: &Path,
    settings: &Settings,
    project: &Surroundings,
) -> Vec<Reached> {
    let own = 1 + settings.uses.len() as u32;
    let mut all: Vec<Reached> = Vec::new();
    let numbers: std::collections::BTreeSet<u32> = reach.iter().map(|reach| reach.source).collect();
    for number in numbers {
        let Some((name, text)) = script.source(number as usize) else { continue };
        let file = match (number, &settings.script, &project.root) {
            (0, None, _) => continue,
            (number, _, Some(root)) if number >= own => root.join(name),
            _ => folder.join(name),
        };
        let times = reach.iter().filter(|reach| reach.source == number).map(|reach| (reach.span, reach.times));
        all.push(Reached { file, text: text.to_owned(), times: times.collect() });
    }
    all
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
    settings.uses.iter().map(|name| read_named("use", name, path).map(|text| (name.clone(), text))).collect()
}

/// The text of a file that a setting names, as seen from the golden script.
pub(crate) fn read_named(setting: &str, name: &str, path: &Path) -> Result<String, String> {
    let file = path.parent().unwrap_or(Path::new("")).join(name);
    read_beside(&file, path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            format!("{setting}: there is no file '{name}': it is named as seen from this script")
        }
        _ => format!("{setting}: '{name}' cannot be read: {}", file_trouble(&e)),
    })
}

fn engine(settings: &Settings, counts: bool) -> Result<Engine, Failure> {
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
    let mut engine = Engine::new().counting(counts || limits.statements.is_some()).limits(limits);
    if let Some(profile) = &settings.profile {
        engine = engine.profile(profile)?;
    }
    if let Some(zone) = &settings.timezone {
        engine = engine.timezone(zone)?;
    }
    Ok(engine)
}
