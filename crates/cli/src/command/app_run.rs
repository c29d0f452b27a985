//! `dg app run`: calls a function of an application, or runs a workflow: a schedule, an action, an approval, a transition;
//! durable runs of functions.

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::durable::{self, Resumed};
use rainwright::runtime::journal::{InDoubt, Journal, Start, new_id};
use rainwright::{Data, Done, Inputs, Interrupt, Problem, Value};
use rainwright_app::{Application, Ran, Running, Setting as AppSetting, Workflow};
use rainwright_value::read_json;

use super::app::{Common, records_at};
use super::durable as shared;
use super::run::interrupt;
use crate::exit::{CommandResult, Exit, Trouble};
use crate::network::NetworkArgs;
use crate::project::Project;
use crate::terminal;

/// `dg app run`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// The function, with or without its namespace, or a workflow that is no form's own
    #[arg(required_unless_present = "due", default_value = "")]
    name: String,
    /// Run the schedules whose time has come since the last look, as a job that your system starts again and again; the first
    /// look only notes the time
    #[arg(long, conflicts_with_all = ["name", "args", "ids", "durable"])]
    due: bool,
    /// Give a parameter its value: a JSON value or plain text
    #[arg(long = "arg", value_name = "NAME=VALUE")]
    args: Vec<String>,
    /// Run the action of a report, decide an approval, or take a transition for this record; may be given several times for
    /// actions
    #[arg(long = "record", value_name = "ID", conflicts_with = "durable")]
    ids: Vec<i64>,
    /// Run the action for all records of its form
    #[arg(long, conflicts_with_all = ["ids", "due", "durable", "args"])]
    all: bool,
    /// Approve the record
    #[arg(long, requires = "ids", conflicts_with = "reject")]
    approve: bool,
    /// Reject the record
    #[arg(long, requires = "ids")]
    reject: bool,
    /// The level of the approval, counted from 1; where the record waits unless it is given
    #[arg(long, value_name = "NUMBER", requires = "ids")]
    level: Option<usize>,
    /// Take the record through this transition of the blueprint
    #[arg(long, value_name = "NAME", requires = "ids", conflicts_with_all = ["approve", "reject"])]
    transition: Option<String>,
    /// Keep a journal, so that the run survives the end of this process: `dg resume` goes on with it. Each change of records is
    /// kept as soon as it is made
    #[arg(long, conflicts_with = "now")]
    durable: bool,
    /// Name the durable run; otherwise its name is drawn
    #[arg(long, value_name = "NAME", requires = "durable")]
    id: Option<String>,
    /// Where the journal is: postgres://USER@HOST/DATABASE, a folder, or env:NAME for what that variable holds; otherwise
    /// RAINWRIGHT_JOURNAL says where, or it is in the data folder of this user
    #[arg(long, value_name = "PLACE", requires = "durable")]
    journal: Option<String>,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let mut arguments = Vec::new();
        for pair in &self.args {
            let Some((name, text)) = pair.split_once('=') else {
                return Err(Trouble::Usage(format!("--arg takes NAME=VALUE, and '{pair}' has no '='.")));
            };
            arguments.push((name.to_owned(), read_json(text, false).unwrap_or_else(|_| Value::text(text))));
        }
        if self.durable {
            return self.run_durably(arguments);
        }
        if self.due {
            return self.common.with(|running| {
                let lines: Vec<(String, bool)> = running.run_due()?.iter().flat_map(due_lines).collect();
                lines.iter().for_each(|(line, _)| terminal::note(line));
                Ok(if lines.iter().any(|(_, failed)| *failed) { Exit::Failed } else { Exit::Done })
            });
        }
        self.common.with(|running| {
            if let Some(first) = self.ids.first() {
                if self.ids.len() > 1 && (self.approve || self.reject || self.transition.is_some()) {
                    return Err(Trouble::Usage(
                        "A decision or a transition is for one record: give --record once.".into(),
                    ));
                }
                let state = match &self.transition {
                    Some(transition) => running.transit(&self.name, transition, *first)?,
                    None if self.approve || self.reject => {
                        running.decide(&self.name, *first, self.level, self.approve)?
                    }
                    None => running.run_action(&self.name, &self.ids)?,
                };
                state.seen().iter().for_each(|event| terminal::note(event));
                return Ok(Exit::Done);
            }
            let workflows = &running.application().workflows;
            if let Some(workflow) = workflows.iter().find(|w| w.name == self.name && w.kind != "form") {
                self.check_records(workflow)?;
                let times = running.schedule(&self.name)?;
                terminal::note(&format!("ran {times} times"));
                return Ok(Exit::Done);
            }
            let value = running.call(&self.name, &arguments)?;
            if !value.is_null() {
                terminal::out(&value.to_string());
            }
            Ok(Exit::Done)
        })
    }

    /// Refuses to run for all records what is for those that somebody chooses.
    fn check_records(&self, workflow: &Workflow) -> CommandResult<()> {
        let has_form = !workflow.form_name().is_empty();
        let (what, give) = match workflow.kind.as_str() {
            "approval" => ("an approval", "--record ID with --approve or --reject"),
            "blueprint" => ("a blueprint", "--record ID with --transition NAME"),
            "functions" if has_form && !self.all => {
                ("an action on records", "--record ID, or --all for all of its form")
            }
            _ => return Ok(()),
        };
        Err(Trouble::Usage(format!("'{}' is {what}: give {give}.", workflow.name)))
    }

    fn run_durably(&self, arguments: Vec<(String, Value)>) -> CommandResult {
        let journal = shared::journal(self.journal.as_deref())?;
        let stop = interrupt()?;
        let id = self.id.clone().map_or_else(new_id, Ok)?;
        let mut settings = shared::settings(&self.common.app, &self.common.network);
        if let Data::Map(map) = &mut settings {
            // Settings are sealed in the journal: an address with a password is safe there.
            map.insert(RECORDS, Data::from(self.common.lasting_records()?));
        }
        self.common.with(|running| {
            let (script, entry) = running.function(&self.name)?;
            let mut inputs = Inputs::new().entry(&entry);
            for (name, value) in running.arguments(&self.name, &arguments)? {
                inputs = inputs.arg(name, value);
            }
            let engine = running.engine().clone();
            let lease = durable::start(&*journal, &id, &engine, &script, Some(entry), &inputs, settings)?;
            terminal::note(&format!("The run is called {id}."));
            let inputs = inputs.interrupt(Interrupt::clone(&stop));
            let mut host = running.durable_host()?;
            let done = durable::drive(&script, inputs, &mut host, &journal, &lease, InDoubt::Ask)?;
            ended(running, done, &id)
        })
    }
}

/// What a schedule did in words, and whether that is a failure.
pub(super) fn due_lines(ran: &Ran) -> Vec<(String, bool)> {
    let times = if ran.times == 1 { "once".to_owned() } else { format!("{} times", ran.times) };
    let mut lines = vec![(format!("the schedule {} ran {times}", ran.schedule), false)];
    lines.extend(
        ran.failures.iter().map(|why| (format!("the schedule {} failed: {}", ran.schedule, why.message()), true)),
    );
    lines
}

/// The key of the settings that names the place of the records, by which a run of an application is known.
const RECORDS: &str = "records";

/// A durable run of an application's function.
pub struct AppRun {
    id: String,
    start: Start,
}

impl AppRun {
    /// The run of that name, if it is one of an application.
    ///
    /// # Errors
    /// When there is no such run, or the journal cannot be read.
    pub fn of(journal: &dyn Journal, id: &str) -> Result<Option<Self>, Problem> {
        let start = durable::stored(journal, id)?.start;
        let is_app = start.settings[RECORDS].as_text().is_some();
        Ok(is_app.then(|| Self { id: id.to_owned(), start }))
    }

    /// Goes on with it.
    ///
    /// # Errors
    /// When the application cannot be read, another process has the run, or the journal cannot be written.
    pub fn resume(
        self,
        journal: &Arc<dyn Journal>,
        given: &NetworkArgs,
        policy: InDoubt,
        stop: &Interrupt,
    ) -> CommandResult {
        let text = |key: &str| self.start.settings[key].as_text().unwrap_or_default();
        let (folder, records) = (PathBuf::from(text("file")), records_at(text(RECORDS))?);
        let network = shared::network(&self.start, given)?;
        let user = network.user.clone().unwrap_or_default();
        let project = Project::of(&folder)?;
        let mut host = shared::host(network, project, stop);
        let setting = AppSetting { records, user, interrupt: Interrupt::clone(stop) };
        let mut running = Running::open(Application::read(&folder)?, setting, &mut host)?;
        // What the run began with, whatever the application's functions say by now.
        let source = |(name, digest): &(String, String)| Ok((name.clone(), journal.source(digest)?));
        let sources = self.start.sources.iter().map(source).collect::<Result<Vec<_>, Problem>>()?;
        let named: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let script = running.engine().compile_all(&named)?;
        let run = Resumed { id: self.id, start: self.start, sources, script };
        let mut host = running.durable_host()?;
        let done = run.drive(&mut host, journal, policy, stop)?;
        ended(&mut running, done, &run.id)
    }
}

/// Says how a run ended or what it waits for. The outcomes of one that is over are not needed any more.
fn ended(running: &mut Running<'_>, done: Done, id: &str) -> CommandResult {
    if let Some(exit) = shared::report(&done, id) {
        return Ok(exit);
    }
    let value = done.result?;
    running.store().forget_run(id)?;
    if !value.is_null() {
        terminal::out(&value.to_string());
    }
    Ok(Exit::Done)
}
