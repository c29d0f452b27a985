//! `dg runs`: lists, shows and prunes durable runs, and sends them signals.

use std::time::Duration;

use rainwright::runtime::journal::{Answer, Ending, Journal, Stored, describe};

use super::durable;
use crate::exit::{CommandResult, Exit, Trouble};
use crate::terminal;

/// How often a run that is followed is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// Lists, shows and prunes durable runs, and sends them signals.
#[derive(clap::Args)]
pub struct Args {
    /// Where the journal is: postgres://USER@HOST/DATABASE, a folder, or env:NAME for what that variable holds; otherwise
    /// RAINWRIGHT_JOURNAL says where, or it is in the data folder of this user
    #[arg(long, value_name = "PLACE", global = true)]
    journal: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List the runs, the newest first
    List,
    /// Show a run: what it was started with, its effects, how it ended
    Show {
        /// The run
        id: String,
    },
    /// Show the lines that a run logged, and those to come until it ends
    Tail {
        /// The run
        id: String,
    },
    /// Tell a run that something happened: it gets the JSON where it asks durable.signal(NAME)
    Signal {
        /// The run
        id: String,
        /// The signal's name
        name: String,
        /// What it carries
        #[arg(default_value = "null")]
        json: String,
    },
    /// Remove runs that are over
    Prune {
        /// Keep those that were started in the last so many days
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        keep: u32,
    },
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let journal = durable::journal(self.journal.as_deref())?;
        match self.command {
            Command::List => {
                for run in journal.runs()? {
                    terminal::out(&line(&run));
                }
            }
            Command::Show { id } => show(&*journal, &id)?,
            Command::Tail { id } => tail(&*journal, &id)?,
            Command::Signal { id, name, json } => {
                journal.signal(&id, &name, &rainwright::builtins::json_data(&json)?)?;
                terminal::note(&format!("Go on with `dg resume {id}`."));
            }
            Command::Prune { keep } => {
                let now = jiff::Timestamp::now().as_millisecond();
                let gone = journal.prune(now.saturating_sub(i64::from(keep) * 86_400_000))?;
                terminal::note(&format!("{gone} removed"));
            }
        }
        Ok(Exit::Done)
    }
}

fn moment(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |moment| moment.to_string())
}

/// A run in a line.
fn line(run: &Stored) -> String {
    let script = run.start.sources.first().map_or("", |(name, _)| name.as_str());
    let waits = run.waits.as_ref().map(|wait| format!("  {}", durable::waits(wait))).unwrap_or_default();
    format!("{}  {:9}  {}  {script}{waits}", run.id, run.state.name(), moment(run.created))
}

fn show(journal: &dyn Journal, id: &str) -> CommandResult<()> {
    let run = rainwright::durable::stored(journal, id)?;
    terminal::out(&line(&run));
    let start = &run.start;
    terminal::out(&format!("profile {}, time zone {}, taken up {} times", start.profile, start.timezone, run.epoch));
    for (name, value) in &start.inputs {
        terminal::out(&format!("input {name} = {}", value.to_json()));
    }
    for entry in journal.entries(id)? {
        let came = match &entry.answer {
            None => "in doubt, or waiting".to_owned(),
            Some(Answer::Problem(problem)) => format!("{}: {}", problem.code, problem.message),
            Some(Answer::Outcome(_)) => "done".to_owned(),
        };
        let again = if entry.attempt > 1 { format!(", sent {} times", entry.attempt) } else { String::new() };
        let what = describe(&entry.shown.effect);
        terminal::out(&format!("#{} line {} {what}: {came}{again}", entry.seq, entry.shown.line));
    }
    match run.result {
        Some(Ending::Result(value)) => terminal::out(&format!("result {}", value.to_json())),
        Some(Ending::Error(message)) => terminal::out(&format!("error {message}")),
        None => {}
    }
    Ok(())
}

fn tail(journal: &dyn Journal, id: &str) -> CommandResult<()> {
    let mut shown = 0;
    let stop = super::run::interrupt().map_err(Trouble::from)?;
    loop {
        // The state is read first, so that no line is missed that was written before the end.
        let run = rainwright::durable::stored(journal, id)?;
        let lines = journal.lines(id)?;
        for (_, line) in lines.iter().skip(shown) {
            terminal::out(line);
        }
        shown = lines.len();
        if run.state != rainwright::runtime::journal::State::Running || stop.load(std::sync::atomic::Ordering::Relaxed)
        {
            return Ok(());
        }
        std::thread::sleep(GLANCE);
    }
}
