//! `dg try`: runs scripts with made-up inputs and answers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rainwright::builtins::FunctionKind;
use rainwright::runtime::trust::{belongs, write_beside};
use rainwright::{Call, Code, Data, Effect, Host, Interrupt, Library, Outcome, Problem, Refusal, Ui};
use rainwright_golden::{Mode, Played as Tape, Runner};
use rainwright_records::Form;
use rainwright_syntax::DocumentKind;
use rainwright_synth::{
    Doubles, End, EntryReport, Event, Found, Given, Report, TryOptions, Unreached, Verdict, try_script,
};

use super::run::Walk;
use crate::application::KnownApplication;
use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::export::{self, Named, PRODUCT};
use crate::host::Lines;
use crate::kind::KindArgs;
use crate::played::Played;
use crate::project::{self, Projects};
use crate::terminal::Progress;
use crate::{application, terminal};

/// Runs a script without an account, an argument or a mock: inputs and answers are made up to fit what the script does
/// with them. Nothing leaves this machine.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg try lead.dg
  dg try lead.dg --json > lead.json       and, with the values in it changed: --with lead.json
  dg try greet.dg --kind cliq-bot-message
  dg try functions/ app.ds

Each script ends in one of four verdicts: finished (a run reached its end), throws (every run ended in the script's own
throw), fault (every run ended in a mistake: exit code 1), not playable (exit code 6).")]
pub struct Args {
    /// Scripts and application exports (.ds), or folders with them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Try only this function
    #[arg(long, value_name = "FUNCTION")]
    entry: Option<String>,
    /// Take inputs and answers from this file: the JSON that a run prints as `inputs`, edited
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long)]
    profile: Option<String>,
    #[command(flatten)]
    kind: KindArgs,
    /// The account's time zone, such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Make up other values
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Pretend that it is now this instant, such as 2025-01-31T10:00:00+05:30
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
    /// Write a golden test of the run that is shown, with its data beside it; `dg test` runs it. Below the script's folder
    /// in `tests` unless a file is named
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    save: Option<Option<PathBuf>>,
    /// Go on with so many runs with hostile values: null, empty, huge, of the wrong kind, calls that fail
    #[arg(long, value_name = "RUNS", default_value_t = 0)]
    fuzz: usize,
    /// Make up the answers of all services, those of the sandbox too
    #[arg(long)]
    no_sandbox: bool,
    /// Print JSON: for one script an object, for several an array
    #[arg(long)]
    json: bool,
}

/// One script to try.
struct Target {
    name: String,
    source: Rc<str>,
    /// The scripts of the export that the source is, and which of them is tried.
    of_export: Option<(Rc<[Named]>, usize)>,
    profile: Option<String>,
    timezone: Option<String>,
    functions: Library,
    /// The forms of its application.
    forms: Rc<[Form]>,
    /// The form whose events it serves.
    own_form: Option<String>,
}

impl Target {
    /// The source to run. A script of an export is tried where it is: the functions that it may call stay around it.
    fn text(&self) -> Cow<'_, str> {
        match &self.of_export {
            Some((scripts, place)) => export::with_functions(&self.source, scripts, &scripts[*place]).into(),
            None => (&*self.source).into(),
        }
    }

    /// The entry that a script of an export is; an empty name for statements.
    fn entry(&self) -> Option<String> {
        let (scripts, place) = self.of_export.as_ref()?;
        Some(scripts[*place].function.clone().unwrap_or_default())
    }
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let given = self.given()?;
        let now = self.now.unwrap_or_else(jiff::Timestamp::now).as_millisecond();
        let targets = self.targets()?;
        let mut reports = Vec::new();
        let mut progress = Progress::new(targets.len());
        for target in targets {
            // What one script writes there is nothing that another one may find.
            let doubles = self.doubles(now);
            let options = self.options(&target, &given, now, doubles.as_ref())?;
            reports.push(try_script(&target.name, &target.text(), &options)?);
            progress.step();
        }
        progress.end();
        match &reports[..] {
            [] => {
                let (message, help) = match &self.entry {
                    Some(entry) => (
                        format!("There is no script '{entry}' there."),
                        "Without --entry all of its scripts are tried.",
                    ),
                    None => (
                        "There is no script there.".into(),
                        "Name a .dg file, an application export (.ds), or a folder with them.",
                    ),
                };
                return Err(Problem::new(Code::FileProblem, message).with_help(help).into());
            }
            [report] if self.save.is_some() => {
                self.save(report, now)?;
                show(report);
            }
            _ if self.save.is_some() => {
                return Err(Trouble::Usage("--save takes one script.".into()));
            }
            [report] if self.json => terminal::out(&report.data().to_json()),
            [report] => show(report),
            all if self.json => terminal::out(&Data::List(all.iter().map(Report::data).collect()).to_json()),
            all => table(all),
        }
        let worst = reports.iter().map(|report| report.verdict).max().unwrap_or(Verdict::Finished);
        Ok(match worst {
            Verdict::Finished | Verdict::Throws => Exit::Done,
            Verdict::Fault => Exit::Failed,
            Verdict::NotPlayable => Exit::NotPlayable,
        })
    }

    /// Tries the script, and gives the run that would be shown to `walk`: with what was made up for it.
    pub(super) fn debug(self, lines: &Lines, stop: Interrupt, walk: &mut Walk<'_>) -> CommandResult<Option<String>> {
        let now = self.now.unwrap_or_else(jiff::Timestamp::now).as_millisecond();
        let Some(target) = self.targets()?.into_iter().next() else {
            return Err(Trouble::Usage("There is no script there.".into()));
        };
        let doubles = self.doubles(now);
        let options = self.options(&target, &self.given()?, now, doubles.as_ref())?;
        rainwright_synth::play(&target.name, &target.text(), &options, |script, inputs, host| {
            let mut telling = Telling { inner: host, lines };
            let value = walk(script, &mut telling, inputs.interrupt(stop)).result?;
            Ok((!value.is_null()).then(|| value.to_text(script.locale())))
        })?
    }

    fn given(&self) -> CommandResult<Given> {
        let Some(path) = &self.with else { return Ok(Given::default()) };
        let text = std::fs::read_to_string(path).map_err(|e| file_problem(path, FileUse::Read, &e))?;
        Ok(Given::read(&text)?)
    }

    /// Who plays the services.
    fn doubles(&self, now: i64) -> Option<Rc<dyn Doubles>> {
        match self.no_sandbox {
            true => None,
            false => Some(Rc::new(Played::new(now, self.seed))),
        }
    }

    fn options(
        &self,
        target: &Target,
        given: &Given,
        now: i64,
        doubles: Option<&Rc<dyn Doubles>>,
    ) -> CommandResult<TryOptions> {
        let kind = self.kind.of(&target.text())?;
        let by_kind = kind.map(|kind| kind.profile.to_owned());
        Ok(TryOptions {
            kind,
            profile: self.profile.clone().or(by_kind).or_else(|| target.profile.clone()),
            timezone: self.timezone.clone().or_else(|| target.timezone.clone()),
            entry: target.entry().or_else(|| self.entry.clone()),
            alone: target.of_export.is_some(),
            functions: target.functions.clone(),
            forms: target.forms.to_vec(),
            own_form: target.own_form.clone(),
            now,
            seed: self.seed,
            given: given.clone(),
            doubles: doubles.cloned(),
            fuzz: self.fuzz,
            ..TryOptions::default()
        })
    }

    /// Writes the golden test of a report, and runs it.
    fn save(&self, report: &Report, now: i64) -> CommandResult<()> {
        let script = &self.paths[0];
        let stem = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if report.name.contains(".ds#") || script == Path::new("-") || report.entries.is_empty() {
            return Err(Trouble::Usage("--save takes a script file that can be run.".into()));
        }
        let test = match &self.save {
            Some(Some(path)) => path.clone(),
            _ => script.parent().unwrap_or(Path::new("")).join("tests").join(format!("{stem}.dg")),
        };
        let folder = test.parent().unwrap_or(Path::new("")).to_owned();
        let around = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        if !belongs(script, around) {
            let (test, script) = (test.display(), script.display());
            let help = "The project is the repository, or the folder with a dg.toml, around the script";
            return Err(Trouble::Usage(format!(
                "{test} is not in the project of {script}, and a test reads nothing outside of its own. {help}."
            )));
        }
        std::fs::create_dir_all(&folder).map_err(|e| file_problem(&folder, FileUse::Make, &e))?;
        let write =
            |path: &Path, text: &str| write_beside(path, text).map_err(|e| file_problem(path, FileUse::Write, &e));
        let mut text = format!("// What {stem} did when this was saved; `dg try --save` wrote it.\n");
        for (number, entry) in report.entries.iter().enumerate() {
            let data = test.with_extension(if number == 0 { "jsonl".into() } else { format!("{}.jsonl", number + 1) });
            let is_played = |effect: &Effect| {
                let shown = matches!(effect, Effect::Ui(action) if matches!(**action, Ui::Html { .. }));
                !shown && !matches!(effect, Effect::Info { .. })
            };
            let calls = entry.tape.iter().filter(|(call, _)| is_played(&call.effect));
            let calls = calls.map(|(call, outcome)| (call.effect.clone(), outcome.clone())).collect();
            write(&data, &Tape { arguments: entry.arguments.clone(), calls }.write()?)?;
            let name = if entry.entry.is_empty() { "statements" } else { &entry.entry };
            text.push_str(&format!("//--- {name}\n//@ script: {}\n", between(&folder, script)));
            text.push_str(&format!("//@ profile: {}\n", report.profile));
            if let Some(kind) = report.kind {
                text.push_str(&format!("//@ kind: {}\n", kind.name));
            }
            if let Some(zone) = &self.timezone {
                text.push_str(&format!("//@ timezone: {zone}\n"));
            }
            if let Ok(at) = jiff::Timestamp::from_millisecond(now) {
                text.push_str(&format!("//@ now: {at}\n"));
            }
            if !entry.entry.is_empty() {
                text.push_str(&format!("//@ entry: {}\n", entry.entry));
            }
            let file = data.file_name().unwrap_or_default().to_string_lossy().into_owned();
            text.push_str(&format!("//@ played: {file}\n"));
            match &entry.end {
                End::Finished(_) => {}
                End::Thrown(why) | End::Fault(why) | End::Stuck(why) => {
                    text.push_str(&format!("//@ ends: {}\n", why.code))
                }
            }
        }
        write(&test, &text)?;
        // The runner writes down what it sees: the log and the result.
        write(&test.with_extension("out"), "")?;
        let surround = super::test::surroundings;
        Runner::new(Mode::Update)?.within(surround()).run(&test).map_err(|why| Problem::new(Code::CannotParse, why))?;
        let outcomes = Runner::new(Mode::Compare)?.within(surround()).run(&test);
        let outcomes = outcomes.map_err(|why| Problem::new(Code::CannotParse, why))?;
        if let Some(failed) = outcomes.iter().find(|outcome| !outcome.passed()) {
            return Err(
                Problem::new(Code::NotRecorded, format!("The saved test fails: {}", failed.explain().trim())).into()
            );
        }
        terminal::note(&format!("saved {}", test.display()));
        Ok(())
    }

    fn targets(&self) -> CommandResult<Vec<Target>> {
        let mut files = Vec::new();
        for path in &self.paths {
            if path.is_dir() {
                files.extend(project::files(path, "dg")?);
                files.extend(project::files(path, "ds")?);
            } else {
                files.push(path.clone());
            }
        }
        let mut targets = Vec::new();
        let mut projects = Projects::default();
        for file in &files {
            let (project, library) = projects.of(file)?;
            let source = project::read(file)?;
            let name = if file == Path::new("-") { "stdin".into() } else { file.display().to_string() };
            if DocumentKind::of(&source) != DocumentKind::Export {
                let (profile, timezone) = (project.settings.profile.clone(), project.settings.timezone.clone());
                let app = application::of_script(file, &source, project.root.as_deref())?;
                let own_form = app.as_ref().and_then(|app| KnownApplication::of(app).form_of(file));
                let forms = app.map(|app| app.forms).unwrap_or_default().into();
                let source = source.into();
                let functions = library;
                targets.push(Target { name, source, of_export: None, profile, timezone, functions, forms, own_form });
                continue;
            }
            let scripts: Rc<[Named]> = export::scripts(&source).into();
            let places: Vec<_> = scripts.iter().map(|one| one.script.clone()).collect();
            let mut served = rainwright_ide::served(&source, &places);
            // An export that cannot be imported as a whole has scripts all the same.
            let forms = application::of_script(file, &source, None).ok().flatten().map(|app| app.forms);
            let (forms, source): (Rc<[Form]>, Rc<str>) = (forms.unwrap_or_default().into(), source.into());
            let is_wanted = |one: &Named| self.entry.as_ref().is_none_or(|wanted| one.is(wanted));
            for (place, one) in scripts.iter().enumerate().filter(|(_, one)| is_wanted(one)) {
                targets.push(Target {
                    name: format!("{name}#{}", one.name),
                    source: Rc::clone(&source),
                    of_export: Some((Rc::clone(&scripts), place)),
                    profile: Some(PRODUCT.to_owned()),
                    timezone: project.settings.timezone.clone(),
                    functions: Library::default(),
                    forms: Rc::clone(&forms),
                    own_form: served[place].take(),
                });
            }
        }
        Ok(targets)
    }
}

/// A host whose `info` lines are shown as they come.
pub(super) struct Telling<'h> {
    pub(super) inner: &'h mut dyn Host,
    pub(super) lines: &'h Lines,
}

impl Host for Telling<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        if let Effect::Info { text } = &call.effect {
            self.lines.take(text);
        }
        self.inner.perform(call)
    }
}

/// A file as seen from a folder.
fn between(folder: &Path, file: &Path) -> String {
    let whole = |path: &Path| {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    };
    let (from, to) = (whole(folder), whole(file));
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<String> = from.components().skip(shared).map(|_| "..".to_owned()).collect();
    parts.extend(to.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned()));
    parts.join("/")
}

/// Prints one script's report.
fn show(report: &Report) {
    terminal::out(text(report).trim_end_matches('\n'));
}

/// The lines of one script's report.
pub fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    write(report, &mut lines);
    lines.join("\n")
}

fn write(report: &Report, out: &mut Vec<String>) {
    let coverage = report.coverage;
    let runs: usize = report.entries.iter().map(|entry| entry.runs).sum();
    out.push(format!(
        "{}: {} ({runs} runs; {} of {} statements, {} of {} branches)",
        report.name,
        report.verdict.word(),
        coverage.reached,
        coverage.statements,
        coverage.taken,
        coverage.sides
    ));
    for entry in &report.entries {
        out.push("".to_owned());
        if report.entries.len() > 1 {
            let name = if entry.entry.is_empty() { "the bare statements" } else { &entry.entry };
            out.push(format!("== {name}: {}", entry.verdict.word()));
        }
        write_entry(entry, report.kind, out);
    }
    if !report.unreached.is_empty() {
        out.push("\nNot reached".to_owned());
        let place = |one: &Unreached| match one.lines {
            Some((from, to)) if from == one.line && to > from => format!("lines {from}-{to}"),
            _ => format!("line {:<4}", one.line),
        };
        let width = report.unreached.iter().map(|one| place(one).len()).max().unwrap_or(0);
        for one in &report.unreached {
            out.push(format!("  {:<width$}  {}", place(one), one.why));
        }
    }
}

/// The most that is shown of what a run did, and how much of that is its end.
const MOST_EVENTS: usize = 60;
const LAST_EVENTS: usize = 5;

fn write_entry(entry: &EntryReport, kind: Option<&FunctionKind>, out: &mut Vec<String>) {
    if let Some(arguments) = entry.inputs.get("arguments").and_then(Data::as_map) {
        out.push("Made up".to_owned());
        for (name, value) in arguments.iter() {
            out.push(format!("  {name} = {}", brief(&value.to_json(), 300)));
        }
        out.push("".to_owned());
    }
    if !entry.events.is_empty() {
        out.push("What it did".to_owned());
        // A loop that never ends makes thousands.
        let (first, last) = match entry.events.len() {
            count if count > MOST_EVENTS => entry.events.split_at(count - LAST_EVENTS),
            _ => (&entry.events[..], &[][..]),
        };
        let kept = if last.is_empty() { first.len() } else { MOST_EVENTS - LAST_EVENTS };
        first.iter().take(kept).for_each(|event| write_event(event, out));
        if kept < first.len() {
            out.push(format!("  …         {} more; --json shows all of them", first.len() - kept));
        }
        last.iter().for_each(|event| write_event(event, out));
        out.push("".to_owned());
    }
    match &entry.end {
        End::Finished(Data::Null) => out.push("It came to its end.".to_owned()),
        End::Finished(result) => {
            out.push(format!("It returned {}", brief(&result.to_string(), 500)));
            if let Some(shown) = kind.and_then(|kind| kind.returns.show(result)) {
                out.push(format!("\n{}", terminal::plain(&shown)));
            }
        }
        End::Thrown(why) => out.push(format!("It threw in line {}: {}", why.line, why.message)),
        End::Fault(why) | End::Stuck(why) => {
            out.push(format!("It stopped in line {} with {}: {}", why.line, why.code, why.message));
        }
    }
    write_found("Mistakes", &entry.found, out);
    write_found("Under hostile values", &entry.hostile, out);
}

fn write_found(title: &str, all: &[Found], out: &mut Vec<String>) {
    if all.is_empty() {
        return;
    }
    out.push(format!("\n{title}"));
    for found in all {
        let fault = &found.fault;
        let place = fault.source.as_ref().map_or_else(String::new, |source| format!("{source} "));
        out.push(format!("  {place}line {:<4} {} {}", fault.line, fault.code, brief(&fault.message, 200)));
        let because = match found.because.is_empty() {
            true => "in every run".into(),
            false => format!("when {}", brief(&found.because.join(", "), 300)),
        };
        let caught = if found.caught { "; the script catches it" } else { "" };
        out.push(format!("            {because}{caught}"));
        out.push(format!("            {}", fault.help));
    }
}

fn write_event(event: &Event, out: &mut Vec<String>) {
    let mut line = format!("  line {:<4} {:<9}{}", event.line, event.kind, brief(&event.text, 200));
    if let Some(connection) = &event.connection {
        line.push_str(&format!("  [{connection}]"));
    }
    out.push(line);
    if let Some(body) = &event.body {
        out.push(format!("            sends {}", brief(body, 300)));
    }
    if let Some(answer) = &event.answer {
        let status = event.status.map_or_else(String::new, |status| format!("{status} "));
        out.push(format!("            gets  {status}{}", brief(&answer.to_json(), 300)));
    }
    if let Some(why) = &event.refused {
        out.push(format!("            note  the service would refuse it: {}", brief(why, 200)));
    }
}

fn brief(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > most { text.chars().take(most - 1).chain(['…']).collect() } else { text }
}

/// One line for each of several scripts, then the counts and the causes.
fn table(reports: &[Report]) {
    let mut verdicts: BTreeMap<Verdict, usize> = BTreeMap::new();
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    let mut shares: Vec<usize> = Vec::new();
    terminal::out("verdict       statements  script");
    for report in reports {
        let coverage = report.coverage;
        let share = (coverage.reached * 100).checked_div(coverage.statements).unwrap_or(100);
        shares.push(share);
        *verdicts.entry(report.verdict).or_default() += 1;
        let worst = report.entries.iter().max_by_key(|entry| entry.verdict);
        let cause = match worst.map(|entry| &entry.end) {
            Some(End::Fault(why) | End::Stuck(why)) => {
                *causes.entry(format!("{} {}", why.code, why.code.title().trim())).or_default() += 1;
                format!("  line {}: {} {}", why.line, why.code, brief(&why.message, 100))
            }
            _ => String::new(),
        };
        terminal::out(&format!("{:<14}{share:>9} %  {}{cause}", report.verdict.word(), report.name));
    }
    shares.sort_unstable();
    let median = shares.get(shares.len() / 2).copied().unwrap_or(100);
    terminal::out(&format!("\n{} scripts; of their statements {median} % were reached (median)", reports.len()));
    for (verdict, count) in verdicts {
        terminal::out(&format!("{count:>6}  {}", verdict.word()));
    }
    if !causes.is_empty() {
        terminal::out("\nCauses");
        let mut causes: Vec<(String, usize)> = causes.into_iter().collect();
        causes.sort_by_key(|(cause, count)| (std::cmp::Reverse(*count), cause.clone()));
        for (cause, count) in causes {
            terminal::out(&format!("{count:>6}  {cause}"));
        }
    }
}
