//! `dg resume`: goes on with durable runs.

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::runtime::journal::{Journal, Replay, SqliteJournal, Start, State, Stored, digest};
use rainwright::runtime::live::Clock;
use rainwright::{Code, Interrupt, Wait};

use super::durable::{self, InDoubtArg};
use super::run::interrupt;
use crate::exit::{CommandResult, Exit, Trouble};
use crate::host::{Lines, ScriptHost, Setting};
use crate::network::NetworkArgs;
use crate::project::{self, Project};
use crate::terminal;

/// Goes on with durable runs: what their journals have an answer for is not done again.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg resume 5f2c09d1a7b3e864
  dg resume --all                      those whose process ended, or whose time or signal has come
  dg resume nightly-7 --with fixed.dg  with a corrected script, while its effects so far are the same
  dg resume nightly-7 --in-doubt repeat")]
pub struct Args {
    /// The run
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// Go on with all runs that can
    #[arg(long)]
    all: bool,
    /// Go on with this script in place of the one that the run was started with
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    with: Option<PathBuf>,
    /// What to do with an effect that was begun and may have been done
    #[arg(long, value_enum, value_name = "WHAT", default_value = "ask")]
    in_doubt: InDoubtArg,
    #[command(flatten)]
    network: NetworkArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let journal = durable::journal()?;
        let stop = interrupt()?;
        if let Some(id) = &self.id {
            let stored = durable::stored(&*journal, id)?;
            return self.resume(&journal, stored, &stop);
        }
        let mut worst = Exit::Done;
        for stored in journal.runs()?.into_iter().rev() {
            if stop.load(std::sync::atomic::Ordering::Relaxed) {
                break;
            }
            if !can_go_on(&*journal, &stored)? {
                continue;
            }
            terminal::note(&format!("resuming {}", stored.id));
            match self.resume(&journal, stored, &stop) {
                Ok(Exit::Done) => {}
                Ok(exit) => worst = exit,
                Err(trouble) => worst = trouble.report(),
            }
        }
        Ok(worst)
    }

    fn resume(&self, journal: &Arc<SqliteJournal>, stored: Stored, stop: &Interrupt) -> CommandResult {
        let id = stored.id;
        let mut start = stored.start;
        let mut sources = durable::sources(&**journal, &start)?;
        if let Some(path) = &self.with {
            let text = project::read(path)?;
            let Some(first) = sources.first_mut() else {
                return Err(Trouble::Usage(format!("The run {id} has no script that could be replaced.")));
            };
            first.1 = text;
            fits(&**journal, &id, &start, &sources)?;
        }
        let script = durable::script(&start, &sources)?;
        let lease = journal.claim(&id)?;
        if self.with.is_some() {
            start.sources = sources.iter().map(|(name, text)| (name.clone(), digest(text.as_bytes()))).collect();
            journal.replace_sources(&lease, &start, &sources)?;
        }
        let file = PathBuf::from(start.settings["file"].as_text().unwrap_or_default());
        let project = Project::of(&file)?;
        let mut host = ScriptHost::new(Setting {
            network: durable::network(&start, &self.network)?,
            account: project.settings.account.clone(),
            project,
            doubles: None,
            tape: None,
            clock: Clock::System,
            seed: None,
            lines: Lines::Print,
            stop: Interrupt::clone(stop),
        });
        let inputs = durable::inputs(&start).interrupt(Interrupt::clone(stop));
        let done = durable::drive(&script, inputs, &mut host, journal, &lease, self.in_doubt.into())?;
        if let Some(exit) = durable::report(&done, &id) {
            return Ok(exit);
        }
        let value = done.result?;
        if !value.is_null() {
            terminal::out(&value.to_text(script.locale()));
        }
        Ok(Exit::Done)
    }
}

/// Whether a script makes the effects that the journal has, in their order.
fn fits(journal: &dyn Journal, id: &str, start: &Start, sources: &[(String, String)]) -> CommandResult<()> {
    let script = durable::script(start, sources)?;
    let mut host = Replay::new(journal.entries(id)?);
    let done = script.run(&mut host, durable::inputs(start));
    match done.result {
        Err(failure) if failure.code() == Code::JournalMismatch => Err(failure.into()),
        _ => Ok(()),
    }
}

/// Whether what a run waits for has come, or nobody runs it any more.
fn can_go_on(journal: &dyn Journal, run: &Stored) -> CommandResult<bool> {
    Ok(match (run.state, &run.waits) {
        (State::Running, _) | (State::Suspended, None) => true,
        (State::Suspended, Some(Wait::Until { millis })) => *millis <= jiff::Timestamp::now().as_millisecond(),
        (State::Suspended, Some(Wait::Signal { name })) => journal.has_signal(&run.id, name)?,
        _ => false,
    })
}
