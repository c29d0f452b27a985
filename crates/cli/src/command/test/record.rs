//! `dg test --record`: makes the calls of tests for real, and keeps them as recordings beside the tests.

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::runtime::live::Clock;
use rainwright::{Host, Interrupt, Problem};
use rainwright_golden::{Came, RealCalls, Runner, ToRecord};

use crate::host::{Lines, ScriptHost, Setting};
use crate::network::NetworkArgs;
use crate::project::Project;
use crate::terminal;

/// Which sections are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Which {
    /// Sections whose recording is missing, or no longer fits what they call
    Missing,
    /// All sections that make calls
    All,
}

impl From<Which> for ToRecord {
    fn from(which: Which) -> Self {
        match which {
            Which::Missing => ToRecord::Missing,
            Which::All => ToRecord::All,
        }
    }
}

/// Makes calls as `dg run --record` does: with the connections of the user, from the project of the script.
pub(super) fn real_calls(
    network: &NetworkArgs,
) -> impl Fn(RealCalls) -> Result<Box<dyn Host>, String> + Send + Sync + 'static {
    let network = network.clone();
    move |calls| {
        let say = |problem: Problem| format!("{} {}", problem.message, problem.help());
        let project = Project::of(&calls.path).map_err(say)?;
        Ok(Box::new(ScriptHost::new(Setting {
            network: network.clone(),
            account: project.settings.account.clone(),
            project,
            doubles: None,
            tape: Some(calls.tape),
            clock: Clock::Fixed(calls.now),
            seed: Some(calls.seed),
            lines: Lines::Keep(Arc::default()),
            stop: Interrupt::default(),
        })))
    }
}

/// Records files one after the other and tells what was recorded; whether all that was wanted could be.
pub(super) fn run(runner: &Runner, files: &[PathBuf], which: Which) -> bool {
    let (mut sections, mut calls, mut kept, mut failed) = (0, 0, 0, 0);
    for file in files {
        let all = match runner.record(file, which.into()) {
            Ok(all) => all,
            Err(why) => {
                terminal::note(&format!("not recorded: {why}"));
                failed += 1;
                continue;
            }
        };
        for one in all {
            match one.came {
                Came::Made(made) => {
                    let file = one.file.display();
                    terminal::note(&format!("recorded {}: {} in {file}", one.title, counted(made.len(), "call")));
                    made.iter().for_each(|call| terminal::note(&format!("  {call}")));
                    sections += 1;
                    calls += made.len();
                }
                Came::Failed(why) => {
                    terminal::note(&format!("not recorded {}: {why}", one.title));
                    failed += 1;
                }
                Came::Kept => kept += 1,
                Came::NoCalls => {}
            }
        }
    }
    let kept = match kept {
        0 => String::new(),
        1 => "; 1 has a recording that fits".to_owned(),
        many => format!("; {many} have recordings that fit"),
    };
    let missed = if failed > 0 { format!("; {failed} could not be recorded") } else { String::new() };
    let recorded = format!("{} of {}", counted(calls, "call"), counted(sections, "section"));
    terminal::note(&format!("recorded {recorded}{kept}{missed}"));
    failed == 0
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
