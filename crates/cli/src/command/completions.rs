//! `dg completions`: prints a completion script.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use crate::exit::{CommandResult, Exit};
use crate::terminal;

/// Prints a completion script for a shell.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg completions bash > ~/.local/share/bash-completion/completions/dg
  dg completions zsh > ~/.zfunc/_dg")]
pub struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "dg", &mut script);
        terminal::out(String::from_utf8_lossy(&script).trim_end());
        Ok(Exit::Done)
    }
}
