//! `dg plan`: runs a script with real reads and shows what it would write.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use rainwright::effect::DataMap;
use rainwright::{Data, Failure};
use rainwright_synth::{Plan, Step, plan};

use crate::exit::{CommandResult, Exit, Trouble};
use crate::host::Lines;
use crate::network::NetworkArgs;
use crate::project::{self, Project};
use crate::sandbox::SandboxArgs;
use crate::{command::run, terminal};

/// Runs a script with your connections, but changes nothing: it reads for real, and what it would write, send or delete is
/// held back, shown, and answered as such a service would answer.
///
/// Held back are all calls but GET and HEAD (and COQL queries), calls whose address says that they do something, mails, text
/// messages, changes of records, and tasks that do not just look something up. A connection whose access token has ended is
/// refreshed: without it nothing could be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg plan sync_leads.dg --arg lead_id=4876876000000304001
  dg plan nightly.dg --json")]
pub struct Args {
    /// The script
    file: PathBuf,
    /// Give a parameter, or a variable, its value: a JSON value, plain text, or @PATH for a file
    #[arg(long = "arg", value_name = "NAME=VALUE")]
    args: Vec<String>,
    /// Take parameters from a JSON object in this file
    #[arg(long = "args", value_name = "FILE")]
    args_file: Option<PathBuf>,
    /// Call this function instead of the one named like the file
    #[arg(long, value_name = "FUNCTION")]
    entry: Option<String>,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long)]
    profile: Option<String>,
    /// The account's time zone, such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Pretend that it is now this instant, such as 2025-01-31T10:00:00+05:30
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
    /// Print one JSON object: the steps, the log, and the result or the error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let project = Project::of(&self.file)?;
        let source = project::read(&self.file).map_err(Trouble::of_path)?;
        let engine = project.engine(self.profile.as_deref(), false, self.timezone.as_deref())?;
        let (script, given) = ((self.file, self.entry), (self.args, self.args_file));
        let run = run::Args::planned(script, given, self.now, self.network, self.sandbox);
        let kept = self.json.then(Arc::default);
        let lines = kept.as_ref().map_or(Lines::Print, |kept| Lines::Keep(Arc::clone(kept)));
        let (script, inputs, mut host) = run.prepare(&engine, project, &source, lines)?;
        let now = self.now.unwrap_or_else(jiff::Timestamp::now).as_millisecond();
        let Plan { done, steps } = plan(&script, &source, &mut host, inputs, now);
        let result = done.result.as_ref().map(|value| script.to_data(value));
        if let Some(kept) = kept {
            let lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let mut object = DataMap::new();
            object.insert("info", lines.clone());
            object.insert("steps", steps.iter().map(data).collect::<Vec<_>>());
            match result {
                Ok(result) => object.insert("result", result?),
                Err(failure) => object.insert("error", error(failure)),
            }
            terminal::out(&Data::from(object).to_json());
            return Ok(done.result.map_or_else(|failure| Exit::of(failure.code()), |_| Exit::Done));
        }
        show(&steps);
        let value = done.result?;
        if !value.is_null() {
            terminal::out(&value.to_text(engine.locale()));
        }
        Ok(Exit::Done)
    }
}

fn show(steps: &[Step]) {
    for Step { held, event } in steps {
        let connection = event.connection.as_ref().map_or_else(String::new, |name| format!("  [{name}]"));
        let what = if *held { "held back" } else { "read" };
        terminal::out(&format!("{what:<10} line {:<4} {} {}{connection}", event.line, event.kind, event.text));
        if let (true, Some(body)) = (held, &event.body) {
            terminal::out(&format!("           {body}"));
        }
    }
    let held = steps.iter().filter(|step| step.held).count();
    terminal::note(&format!("{held} held back, {} read; nothing was changed", steps.len() - held));
}

fn data(step: &Step) -> Data {
    let mut map = DataMap::new();
    map.insert("held", step.held);
    step.event.write_to(&mut map);
    map.into()
}

fn error(failure: &Failure) -> Data {
    Data::map([
        ("code", Data::from(failure.code().to_string())),
        ("message", failure.message().into()),
        ("help", failure.help().into()),
        ("line", failure.line().into()),
    ])
}
