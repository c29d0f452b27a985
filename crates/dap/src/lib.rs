//! Speaks the debugger's protocol: DAP over standard input and output.
//!
//! [`serve`] reads requests and writes answers; what it debugs comes from a [`Launcher`], which compiles the script and
//! decides which host it talks to. The script runs on a thread of its own under a [`Probe`](rainwright::Probe). While it
//! is stopped, that thread answers every request that looks at values, so values never leave it.

mod breakpoints;
mod debuggee;
mod evaluation;
mod protocol;
mod session;
mod variables;
mod watch;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use rainwright::{Done, Host, Inputs, Interrupt, Problem, Script};
use serde_json::Value as Json;

pub use session::serve;

/// Where the editor shows a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// What the script logs.
    Script,
    /// Results, and what the debugger says.
    Console,
    /// Mistakes.
    Problem,
}

/// Takes the lines that the editor shows.
pub type Tell = Arc<dyn Fn(Channel, &str) + Send + Sync>;

/// A script that is ready to run.
pub struct Program<'p> {
    /// The script.
    pub script: &'p Script,
    /// What it is given.
    pub inputs: Inputs,
    /// What it talks to.
    pub host: &'p mut dyn Host,
    /// The files that its sources come from, by their numbers; nothing for a source that is in no file.
    pub files: Vec<Option<PathBuf>>,
}

/// Runs a program under the debugger, to its end.
pub type Drive<'d> = dyn FnMut(Program<'_>) -> Done + 'd;

/// Makes what is debugged.
pub trait Launcher: Send + Sync {
    /// Compiles the script that the editor's launch configuration names, gives it to `drive` once, and says what came of
    /// it. Setting `stop` ends the run. Called once for each start, on the thread that runs the script.
    ///
    /// # Errors
    /// What the user is told: why there is nothing to debug, or the error that ended the run.
    fn launch(&self, arguments: &Json, tell: &Tell, stop: Interrupt, drive: &mut Drive<'_>) -> Result<(), String>;

    /// A text as it may be shown: without secrets.
    fn masked(&self, text: &str) -> String {
        text.to_owned()
    }

    /// What to do about a problem, for somebody at an editor, who writes no command line.
    fn advice(&self, problem: &Problem) -> String {
        problem.help().to_owned()
    }
}
