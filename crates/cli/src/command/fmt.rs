//! `dg fmt`: brings scripts into one style.

use std::path::{Path, PathBuf};

use crate::exit::{CommandResult, Exit, file_problem};
use crate::project::{read, scripts};
use crate::terminal;

/// Brings scripts into the style of Zoho's own editor. Comments stay; a script with mistakes is left alone.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg fmt
  dg fmt --check scripts        exit code 3 when a script would change
  dg fmt - < draft.dg           from stdin to stdout")]
pub struct Args {
    /// Scripts, or folders with .dg files; - for stdin; this folder when none is named
    #[arg(default_value = ".", hide_default_value = true)]
    paths: Vec<PathBuf>,
    /// Change nothing; name the scripts that would change
    #[arg(long)]
    check: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let files = if self.paths == [Path::new("-")] { self.paths.clone() } else { scripts(&self.paths)? };
        let (mut changed, mut broken) = (0, 0);
        for file in &files {
            let source = read(file)?;
            let formatted = match rainwright_format::format(&source) {
                Ok(formatted) => formatted,
                Err(mistakes) => {
                    broken += 1;
                    let name = file.display().to_string();
                    terminal::diagnostics(&name, &source, &mistakes);
                    continue;
                }
            };
            if file == Path::new("-") && !self.check {
                terminal::out(formatted.trim_end_matches('\n'));
            } else if formatted != source {
                changed += 1;
                if self.check {
                    terminal::out(&file.display().to_string());
                } else {
                    std::fs::write(file, formatted).map_err(|e| file_problem(file, "be written", &e))?;
                }
            }
        }
        let verb = if self.check { "would change" } else { "changed" };
        if changed + broken > 0 {
            terminal::note(&format!("{changed} of {} {verb}, {broken} with mistakes", files.len()));
        }
        Ok(if broken > 0 || (self.check && changed > 0) { Exit::Found } else { Exit::Done })
    }
}
