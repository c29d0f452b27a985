//! `dg resume`: goes on with durable runs.

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::durable::{Resumed, can_go_on};
use rainwright::runtime::journal::{Journal, Replay};
use rainwright::{Code, Engine, Interrupt};

use super::app_run::AppRun;
use super::durable::{self, InDoubtArg};
use super::run::interrupt;
use crate::exit::{CommandResult, Exit, Trouble};
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
    /// Where the journal is: postgres://USER@HOST/DATABASE, a folder, or env:NAME for what that variable holds; otherwise
    /// RAINWRIGHT_JOURNAL says where, or it is in the data folder of this user
    #[arg(long, value_name = "PLACE")]
    journal: Option<String>,
    /// What to do with an effect that was begun and may have been done
    #[arg(long, value_enum, value_name = "WHAT", default_value = "ask")]
    in_doubt: InDoubtArg,
    #[command(flatten)]
    network: NetworkArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let journal = durable::journal(self.journal.as_deref())?;
        let stop = interrupt()?;
        if let Some(id) = &self.id {
            return self.resume(&journal, id, &stop);
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
            match self.resume(&journal, &stored.id, &stop) {
                Ok(Exit::Done) => {}
                Ok(exit) => worst = exit,
                Err(trouble) => worst = trouble.report(),
            }
        }
        Ok(worst)
    }

    fn resume(&self, journal: &Arc<dyn Journal>, id: &str, stop: &Interrupt) -> CommandResult {
        if let Some(run) = AppRun::of(&**journal, id)? {
            if self.with.is_some() {
                let message =
                    "A run of an application goes on with the functions it was started with: leave --with out.";
                return Err(Trouble::Usage(message.into()));
            }
            return run.resume(journal, &self.network, self.in_doubt.into(), stop);
        }
        let engine = Engine::new();
        let mut run = Resumed::open(&**journal, id, &engine)?;
        if let Some(path) = &self.with {
            run = run.with_script(&engine, project::read(path)?)?;
            fits(&**journal, &run)?;
            let lease = journal.claim(id)?;
            journal.replace_sources(&lease, &run.start, &run.sources)?;
        }
        let start = &run.start;
        let file = PathBuf::from(start.settings["file"].as_text().unwrap_or_default());
        let project = Project::of(&file)?;
        let mut host = durable::host(durable::network(start, &self.network)?, project, stop);
        let done = run.drive(&mut host, journal, self.in_doubt.into(), stop)?;
        if let Some(exit) = durable::report(&done, id) {
            return Ok(exit);
        }
        let value = done.result?;
        if !value.is_null() {
            terminal::out(&value.to_text(run.script.locale()));
        }
        Ok(Exit::Done)
    }
}

/// Whether a run's script makes the effects that the journal has, in their order.
fn fits(journal: &dyn Journal, run: &Resumed) -> CommandResult<()> {
    let mut host = Replay::new(journal.entries(&run.id)?);
    match run.script.run(&mut host, run.inputs()).result {
        Err(failure) if failure.code() == Code::JournalMismatch => Err(failure.into()),
        _ => Ok(()),
    }
}
