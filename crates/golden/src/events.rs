//! Sections about the events of forms: `//@ workflow:` says which event a script serves, steps say what a user does, `//@ then:`
//! what must have come of it.

use std::collections::BTreeMap;
use std::path::Path;

use rainwright::builtins::{json_data, to_data};
use rainwright::effect::DataMap;
use rainwright::runtime::Account;
use rainwright::{Data, Failure, Locale, Value};
use rainwright_app::{Action, Application, Change, FormState, Function, Ran, Running, Setting, Workflow};
use rainwright_diagnostic::closest;
use rainwright_records::{Actor, StoreLocation};
use rainwright_syntax::ast::Item;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::host::GoldenHost;
use crate::play::Around;
use crate::ran::{self, expects_mails};
use crate::records::{differences, fill, given, read_forms, unread};
use crate::run::Runner;
use crate::{Section, Settings};

/// The user of sections that name none, and who added the records that are there before.
const USER: &str = "ada";
/// What a step is called in a golden script.
pub(crate) const STEPS: &[&str] = &[
    "submit",
    "edit",
    "delete",
    "open",
    "type",
    "click",
    "save",
    "schedule",
    "due",
    "action",
    "approve",
    "reject",
    "transition",
    "call",
    "then",
];

/// A line of a section that says what happens, or what must have come of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// 1-based line in the file.
    pub line: u32,
    /// The word before the colon: `submit`, `then` …
    pub word: String,
    /// What follows it.
    pub text: String,
}

/// A workflow as a section describes it: its own fields, and those of its one action.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Described {
    #[serde(flatten)]
    workflow: Workflow,
    event: String,
    /// The level or transition that the script belongs to.
    in_step: String,
    condition: Option<String>,
    /// What no workflow has.
    #[serde(flatten)]
    rest: BTreeMap<String, IgnoredAny>,
}

impl Described {
    /// What to say of a key that no workflow has.
    fn lacks(name: &str) -> String {
        match closest(name, ["event", "in_step", "condition"]) {
            Some(near) => format!("there is no setting '{name}' in this place. Did you mean {near}?"),
            // The reader of workflows knows the names of the others.
            None => match serde_json::from_value::<Workflow>(serde_json::json!({ name: null })) {
                Err(e) => unread(&e),
                Ok(_) => format!("there is no setting '{name}' in this place"),
            },
        }
    }
}

/// The application of a section: its forms, the functions before the first workflow, a workflow for each `//@ workflow:`.
pub(crate) fn application(section: &Section, settings: &Settings, folder: &Path) -> Result<Application, String> {
    let mut app = match &settings.app {
        Some(json) => serde_json::from_str(json).map_err(|e| format!("app: {}", unread(&e)))?,
        None => Application::default(),
    };
    app.forms = read_forms(settings, folder)?;
    app.timezone = settings.timezone.clone().or(app.timezone);
    for (name, on) in &settings.switches {
        match name.as_str() {
            "mandatory_in_scripts" => app.mandatory_in_scripts = Some(*on),
            "unique_in_scripts" => app.unique_in_scripts = Some(*on),
            "ignore_case" => app.ignore_case = Some(*on),
            "empty_record_fails" => app.empty_record_fails = Some(*on),
            "null_order_fails" => app.null_order_fails = Some(*on),
            "atomic" => app.atomic = Some(*on),
            other => return Err(format!("switch: there is no switch '{other}'")),
        }
    }
    let mut marks: Vec<u32> = settings.workflows.iter().map(|step| step.line).collect();
    marks.extend(settings.steps.iter().map(|step| step.line));
    marks.sort_unstable();
    // The text between two lines, where it lies in the file: places in it are those of the file.
    let between = |from: u32, to: u32| -> String {
        let lines = section.source.lines().enumerate();
        let kept = lines.map(|(at, line)| if at as u32 >= from && (at as u32) < to - 1 { line } else { "" });
        kept.collect::<Vec<_>>().join("\n") + "\n"
    };
    let after = |line: u32| marks.iter().copied().find(|mark| *mark > line).unwrap_or(u32::MAX);
    for step in settings.workflows.iter().filter(|step| step.line >= section.first_line) {
        let described: Described =
            serde_json::from_str(&step.text).map_err(|e| format!("workflow in line {}: {e}", step.line))?;
        let Described { mut workflow, event, in_step, condition, rest } = described;
        if let Some(name) = rest.keys().next() {
            return Err(format!("workflow in line {}: {}", step.line, Described::lacks(name)));
        }
        let is_named = !workflow.name.is_empty();
        if workflow.kind.is_empty() {
            workflow.kind = "form".into();
        }
        if workflow.name.is_empty() {
            workflow.name = format!("{} {event}", workflow.form);
        }
        let source = between(step.line, after(step.line));
        let action = Action { event, step: in_step, condition, source, ..Action::default() };
        // The scripts of a workflow with several events follow each other under its name.
        match app.workflows.iter_mut().find(|known| is_named && known.kind != "form" && known.name == workflow.name) {
            Some(known) => {
                known.steps.append(&mut workflow.steps);
                known.actions.push(action);
            }
            None => {
                workflow.actions = vec![action];
                app.workflows.push(workflow);
            }
        }
    }
    for workflow in &app.workflows {
        workflow.check_steps().map_err(|problem| format!("{problem} {}", problem.help()))?;
    }
    let functions = between(section.first_line, after(0).min(section.source.lines().count() as u32 + 2));
    for item in rainwright_syntax::parse(&functions).tree.items {
        if let Item::Function(function) = item {
            let path: Vec<&str> = function.path.iter().map(|part| part.name.as_str()).collect();
            let text = functions.get(function.span.range()).unwrap_or_default();
            let lines = functions[..function.span.start as usize].matches('\n').count();
            app.functions.push(Function { name: path.join("."), source: "\n".repeat(lines) + text });
        }
    }
    Ok(app)
}

/// Opens the application of a section, with the records that are there before; says their IDs.
pub(crate) fn open<'h>(
    app: Application,
    settings: &Settings,
    account: &Account,
    records: StoreLocation,
    host: &'h mut GoldenHost,
) -> Result<(Running<'h>, Vec<i64>), String> {
    let user = settings.user.clone().or_else(|| account.login_mail.clone()).or_else(|| account.login_user.clone());
    let setting = Setting { user: user.unwrap_or_else(|| USER.to_owned()), records, ..Setting::default() };
    let say = |failure: Failure| format!("{failure} {}", failure.help());
    let mut running = Running::open(app, setting, host).map_err(say)?;
    let now = settings.now.unwrap_or(crate::settings::DEFAULT_NOW);
    running.store().act_as(Actor { now, user: USER.into(), mail: USER.into() });
    let ids = fill(running.store(), settings)?;
    Ok((running, ids))
}

impl Runner {
    /// Plays a section about events.
    pub(crate) fn play_events(
        &self,
        path: &Path,
        section: &Section,
        settings: &Settings,
        around: Around<'_>,
    ) -> Result<ran::Ran, String> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let in_file = |what: String| format!("{}: {what}", path.display());
        let app = application(section, settings, folder).map_err(in_file)?;
        let mut ran = ran::Ran::default();
        ran.reads.extend(settings.forms.iter().filter(|form| !form.starts_with('{')).map(|form| folder.join(form)));
        let mut host = GoldenHost::new(settings, around.recording, &around.project.account, &self.driver, None)
            .map_err(in_file)?;
        if let Some((number, fault)) = around.fault {
            host.with_fault(number, fault);
        }
        host.real = around.real.and_then(std::cell::Cell::take);
        host.mails = expects_mails(section);
        let mut different = Vec::new();
        {
            let records = self.records.clone();
            let (running, ids) = open(app, settings, &around.project.account, records, &mut host).map_err(in_file)?;
            let mut play = Play { running, ids, open: None, came: Data::Null, told: true, different: Vec::new() };
            for step in settings.steps.iter().filter(|step| step.line >= section.first_line) {
                play.step(step).map_err(|why| in_file(format!("line {}: {why}", step.line)))?;
            }
            play.untold();
            different.append(&mut play.different);
            let ids = std::mem::take(&mut play.ids);
            let records = differences(play.running.store(), &ids, settings).map_err(in_file)?;
            different.extend(records);
            for warning in play.running.store().take_warnings() {
                ran.transcript.push(format!("warning: {warning}"));
            }
        }
        ran.different = different;
        host.finish();
        ran.calls_left = host.calls_left();
        ran.unanswered = host.unanswered.take();
        ran.printed = std::mem::take(&mut host.printed);
        ran.transcript.append(&mut host.transcript);
        ran.sent = std::mem::take(&mut host.sent);
        Ok(ran)
    }
}

/// A section that is played.
struct Play<'h> {
    running: Running<'h>,
    /// The records that were given or submitted, in order.
    ids: Vec<i64>,
    /// The form that is open, with the record that is edited.
    open: Option<(FormState, Option<i64>)>,
    /// What came of the last step.
    came: Data,
    /// Whether a failure of the last step was expected.
    told: bool,
    different: Vec<(String, String)>,
}

impl Play<'_> {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        if step.word == "then" {
            return self.then(&step.text);
        }
        self.untold();
        let (subject, fields) = self.parts(&step.text)?;
        let (name, named) = subject.split_once(' ').unwrap_or((&subject, ""));
        let name = name.trim().to_owned();
        let ids: Vec<i64> = named.split_whitespace().map(|record| self.record(record)).collect::<Result<_, _>>()?;
        let record = ids.first().copied();
        let came = match (step.word.as_str(), record) {
            ("submit", None) => self.submit(&name, Change::Add { fields }),
            ("edit", Some(id)) => self.submit(&name, Change::Edit { id, fields }),
            ("delete", Some(id)) => self.submit(&name, Change::Delete { id }),
            ("open", id) => self.open(&name, id, fields),
            ("type", None) => self.with_open(|running, state, id| {
                running.type_in(state, id, fields).map(|wrong| wrong.into_iter().collect::<Vec<_>>())
            }),
            ("click", None) => self.with_open(|running, state, _| running.click(state, &name).map(|()| Vec::new())),
            ("save", None) => match self.open.take() {
                Some((state, id)) => self.running.save_form(state, id).map(|done| {
                    self.ids.extend(done.record.filter(|_| id.is_none()));
                    done.to_data()
                }),
                None => return Err("no form is open".into()),
            },
            ("schedule", None) => self
                .running
                .schedule(&subject)
                .map(|times| Data::map([("times", i64::try_from(times).unwrap_or(i64::MAX))])),
            ("due", None) => {
                let now = crate::settings::instant(&subject)?;
                self.running.run_due_at(now).map(|ran| of_due(&ran))
            }
            ("action", Some(_)) => self.running.run_action(&name, &ids).map(|state| state.to_data()),
            ("approve" | "reject", Some(id)) => {
                let level = fields.iter().find(|(name, _)| name == "level").and_then(|(_, level)| level.as_number());
                let level = level.and_then(|level| usize::try_from(level).ok());
                self.running.decide(&name, id, level, step.word == "approve").map(|state| state.to_data())
            }
            ("transition", Some(id)) => {
                let (blueprint, transition) = name.split_once('.').unwrap_or((&name, ""));
                self.running.transit(blueprint, transition, id).map(|state| state.to_data())
            }
            ("call", None) => {
                let locale = Locale::default();
                let fields = fields.into_iter();
                let arguments: Vec<(String, Value)> =
                    fields.map(|(name, value)| (name, rainwright::builtins::from_data(value, &locale))).collect();
                let value = self.running.call(&name, &arguments);
                value.map(|value| Data::map([("value", to_data(&value, &locale).unwrap_or_default())]))
            }
            (word, None) => return Err(format!("{word} needs a record: {word}: {name} #1")),
            (word, Some(_)) => return Err(format!("{word} takes no record")),
        };
        self.came = came.unwrap_or_else(|failure| Data::map([("error", failure.message().to_owned())]));
        self.told = ["error", "failure"].iter().all(|key| self.came.get(key).is_none());
        Ok(())
    }

    /// A failure that no `then` speaks of.
    fn untold(&mut self) {
        if !self.told {
            let failed = ["error", "failure"].into_iter().find_map(|key| Some((key, self.came.get(key)?)));
            let (word, why) = failed.map_or(("error", Data::Null), |(word, why)| (word, why.clone()));
            self.different.push(("the step works".into(), format!("{word} {why}")));
            self.told = true;
        }
    }

    /// `Claim #1 {"Amount": 5}` as what is before the brace and the fields in it.
    fn parts(&self, text: &str) -> Result<(String, Vec<(String, Data)>), String> {
        let Some(open) = text.find('{') else { return Ok((text.trim().to_owned(), Vec::new())) };
        let fields = match given(&self.ids, json(&text[open..])?) {
            Data::Map(map) => map.into_iter().map(|(key, value)| (key.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        Ok((text[..open].trim().to_owned(), fields))
    }

    fn record(&self, text: &str) -> Result<i64, String> {
        match given(&self.ids, text.into()) {
            Data::Number(id) => Ok(id),
            _ => Err(format!("'{text}' names none of the {} records so far: write #1", self.ids.len())),
        }
    }

    fn submit(&mut self, form: &str, change: Change) -> Result<Data, Failure> {
        let is_new = matches!(change, Change::Add { .. });
        let done = self.running.submit(form, change)?;
        self.ids.extend(done.record.filter(|_| is_new));
        Ok(done.to_data())
    }

    fn open(&mut self, form: &str, id: Option<i64>, fields: Vec<(String, Data)>) -> Result<Data, Failure> {
        let mut state = self.running.open_form(form, id)?;
        let wrong = self.running.type_in(&mut state, id, fields)?;
        let came = of_state(&state, &wrong);
        self.open = Some((state, id));
        Ok(came)
    }

    fn with_open(
        &mut self,
        work: impl FnOnce(&mut Running<'_>, &mut FormState, Option<i64>) -> Result<Vec<(String, String)>, Failure>,
    ) -> Result<Data, Failure> {
        let Some((state, id)) = &mut self.open else {
            let problem = rainwright::Problem::new(rainwright::Code::BadArgument, "No form is open");
            return Err(problem.with_help("Open one: //@ open: Claim").into());
        };
        let wrong = work(&mut self.running, state, *id)?;
        Ok(of_state(state, &wrong))
    }

    /// Compares what came of the last step with what a section expects of it: only what it names counts.
    fn then(&mut self, text: &str) -> Result<(), String> {
        let Data::Map(wanted) = given(&self.ids, json(text)?) else { return Err("then takes a JSON object".into()) };
        self.told |= ["error", "failure"].iter().any(|key| wanted.get(key).is_some());
        for (key, expected) in wanted.iter() {
            let key = key.to_string();
            let found = self.came.get(&key).cloned().unwrap_or_default();
            for (place, expected, found) in pairs(&key, expected, &found) {
                let part = matches!(key.as_str(), "error" | "failure") && found.contains(expected.trim_matches('"'));
                if expected != found && !part {
                    self.different.push((format!("{place}: {expected}"), format!("{place}: {found}")));
                }
            }
        }
        Ok(())
    }
}

/// What schedules did: how often each ran, and why turns failed.
fn of_due(ran: &[Ran]) -> Data {
    let times = ran.iter().map(|ran| (ran.schedule.clone(), i64::try_from(ran.times).unwrap_or(i64::MAX)));
    let failures = ran.iter().flat_map(|ran| &ran.failures).map(|failure| Data::from(failure.message()));
    Data::map([("ran", Data::map(times)), ("failures", Data::List(failures.collect()))])
}

fn of_state(state: &FormState, wrong: &[(String, String)]) -> Data {
    let mut came = state.to_data();
    if let Data::Map(map) = &mut came {
        map.insert("errors", Data::map(wrong.to_vec()));
    }
    came
}

/// What two values differ in: the fields that the expected one names, or the values themselves.
fn pairs(place: &str, expected: &Data, found: &Data) -> Vec<(String, String, String)> {
    match (expected, found) {
        (Data::Map(wanted), Data::Map(known)) if !wanted.is_empty() => wanted
            .iter()
            .flat_map(|(key, value)| {
                let key = key.to_string();
                pairs(&format!("{place}.{key}"), value, &known.get(&key).cloned().unwrap_or_default())
            })
            .collect(),
        (Data::List(_), Data::Collection(inner)) => pairs(place, expected, inner),
        // Rows that were put in together are a list within the list.
        (Data::List(wanted), Data::List(known))
            if known.iter().any(|row| row.as_list().is_some()) && wanted.iter().all(|row| row.as_list().is_none()) =>
        {
            let flat = known.iter().flat_map(|row| row.as_list().map_or_else(|| vec![row.clone()], <[Data]>::to_vec));
            pairs(place, expected, &Data::List(flat.collect()))
        }
        (Data::List(wanted), Data::List(known)) if wanted.len() == known.len() => wanted
            .iter()
            .zip(known)
            .enumerate()
            .flat_map(|(at, (wanted, known))| pairs(&format!("{place} {}", at + 1), wanted, known))
            .collect(),
        _ => vec![(place.to_owned(), expected.to_json(), found.to_json())],
    }
}

fn json(text: &str) -> Result<Data, String> {
    let data = json_data(text).map_err(|problem| problem.message)?;
    // An empty object is a map here.
    Ok(if matches!(data, Data::Braces) { Data::Map(DataMap::new()) } else { data })
}
