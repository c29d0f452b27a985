//! `dg replay`: runs a durable run again from its journal, offline.

use std::path::{Path, PathBuf};

use rainwright::durable::Resumed;
use rainwright::runtime::journal::{Answer, Replay};
use rainwright::{Call, Code, Effect, Engine, Interrupt, Outcome as Came};

use super::durable;
use super::run::Walk;
use super::try_::Telling;
use crate::exit::{CommandResult, Exit};
use crate::host::Lines;
use crate::project;
use crate::terminal;

/// Runs a durable run again from its journal, offline: the same lines and the same result, to the byte.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg replay 5f2c09d1a7b3e864
  dg replay nightly-7 --trace            every effect with its line and what came of it
  dg replay nightly-7 --with changed.dg  says at which effect a changed script first differs")]
pub struct Args {
    /// The run
    id: String,
    /// Show every effect with its line and what came of it, on stderr
    #[arg(long)]
    trace: bool,
    /// Where the journal is: postgres://USER@HOST/DATABASE, a folder, or env:NAME for what that variable holds; otherwise
    /// RAINWRIGHT_JOURNAL says where, or it is in the data folder of this user
    #[arg(long, value_name = "PLACE")]
    journal: Option<String>,
    /// Run this script in place of the one that the run was started with
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let journal = durable::journal(self.journal.as_deref())?;
        let engine = Engine::new();
        let mut run = Resumed::open(&*journal, &self.id, &engine)?;
        if let Some(path) = &self.with {
            run = run.with_script(&engine, project::read(path)?)?;
        }
        let mut host = Replay::new(journal.entries(&self.id)?);
        let done = run.script.run(&mut host, run.inputs().run(self.id.as_str()));
        for (call, answer) in host.seen() {
            if let Effect::Info { text } = &call.effect {
                terminal::out(text);
            } else if self.trace {
                terminal::note(&traced(call, answer.as_ref()));
            }
        }
        match done.result {
            Ok(value) => {
                if !value.is_null() {
                    terminal::out(&value.to_text(run.script.locale()));
                }
                Ok(Exit::Done)
            }
            Err(failure) if failure.code() == Code::Suspended => {
                terminal::note("The journal ends here: the run is not over.");
                Ok(Exit::Done)
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

/// A durable run under the debugger. The journal answers every effect: nothing is sent.
pub(super) struct Debugged {
    /// The file that the run was started with, if it still says so.
    pub(super) file: PathBuf,
    run: Resumed,
    host: Replay,
}

impl Debugged {
    /// Opens a run, with another script in place of its own if one is given.
    pub(super) fn open(id: &str, with: Option<&Path>) -> CommandResult<Self> {
        let journal = durable::journal(None)?;
        let engine = Engine::new();
        let mut run = Resumed::open(&*journal, id, &engine)?;
        let mut file = PathBuf::from(run.start.settings["file"].as_text().unwrap_or_default());
        if let Some(path) = with {
            run = run.with_script(&engine, project::read(path)?)?;
            path.clone_into(&mut file);
        }
        let host = Replay::new(journal.entries(id)?);
        Ok(Self { file, run, host })
    }

    /// Plays it; what the user is shown of the result.
    pub(super) fn debug(
        mut self,
        lines: &Lines,
        stop: Interrupt,
        walk: &mut Walk<'_>,
    ) -> CommandResult<Option<String>> {
        let script = &self.run.script;
        let inputs = self.run.inputs().run(self.run.id.as_str()).interrupt(stop);
        let done = walk(script, &mut Telling { inner: &mut self.host, lines }, inputs);
        match done.result {
            Ok(value) => Ok((!value.is_null()).then(|| value.to_text(script.locale()))),
            Err(failure) if failure.code() == Code::Suspended => {
                Ok(Some("The journal ends here: the run is not over.".into()))
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

/// An effect in a line: `line 4 #7 POST https://… → 201`.
fn traced(call: &Call, answer: Option<&Answer>) -> String {
    let what = rainwright::runtime::journal::describe(&call.effect);
    let came = match answer {
        None => "not done".to_owned(),
        Some(Answer::Problem(problem)) => format!("{}: {}", problem.code, problem.message),
        Some(Answer::Outcome(outcome)) => match outcome {
            Came::Http(response) => format!("{}, {} bytes", response.status, response.body.len()),
            Came::Instant { millis } => millis.to_string(),
            Came::Bits { bits } => bits.to_string(),
            Came::Data { value } => value.to_string(),
            _ => "done".to_owned(),
        },
    };
    format!("line {} #{} {what} → {came}", call.line, call.seq)
}
