//! `dg trust`: gives or takes back the trust in a project's files.

use std::io::IsTerminal;
use std::path::PathBuf;

use rainwright::runtime::store::home;
use rainwright::runtime::trust::Trust;

use crate::exit::{CommandResult, Exit, Trouble};
use crate::project::Project;
use crate::{terminal, trust};

/// Shows what a project asks for beyond running its scripts, and trusts it when you agree.
///
/// A project's files may always set the product, the time zone, folders within it, an account to play with and lower
/// limits. A proxy, certificates, private hosts, the environment and services of its own send data elsewhere or widen
/// what scripts reach: these wait until you trust them. When one of them changes, you are asked again.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg trust
  dg trust ../claims --yes        in CI, where nobody can be asked
  dg trust --show                 exit code 3 when something is not trusted yet
  dg trust --forget")]
pub struct Args {
    /// The folder of the project; the present one unless given
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Trust it without a question
    #[arg(long, short)]
    yes: bool,
    /// Only show what it asks for
    #[arg(long, conflicts_with_all = ["yes", "forget"])]
    show: bool,
    /// Take the trust back
    #[arg(long, conflicts_with = "yes")]
    forget: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if !self.folder.is_dir() {
            return Err(Trouble::Usage(format!("There is no folder {}.", self.folder.display())));
        }
        let project = Project::of(&self.folder)?;
        let folder = terminal::plain(&project.home().display().to_string()).into_owned();
        let mut known = Trust::open(&home()?);
        if self.forget {
            let was_there = known.forget(project.home())?;
            let said = if was_there { "is not trusted any more" } else { "was not trusted" };
            terminal::note(&format!("The project in {folder} {said}."));
            return Ok(Exit::Done);
        }
        let demands = project.demands()?;
        let missing = known.missing(project.home(), &demands);
        if demands.is_empty() {
            terminal::note(&format!("The project in {folder} asks for nothing that needs trust."));
            return Ok(Exit::Done);
        }
        if missing.is_empty() {
            terminal::out(&trust::list(&demands));
            terminal::note(&format!("The project in {folder} is trusted with all of this."));
            return Ok(Exit::Done);
        }
        terminal::out(&trust::list(missing));
        if self.show {
            terminal::note(&format!("The project in {folder} is not trusted with this yet."));
            return Ok(Exit::Found);
        }
        if !self.yes {
            if !std::io::stdin().is_terminal() {
                return Err(Trouble::Usage(
                    "There is no terminal to ask on. Read the list, then run it again with --yes.".into(),
                ));
            }
            if !trust::agrees(&format!("Let the project in {folder} do this? [y/N] "))? {
                terminal::note("Nothing was changed.");
                return Ok(Exit::Failed);
            }
        }
        known.remember(project.home(), &demands)?;
        terminal::note(&format!("The project in {folder} is trusted. If it changes, you are asked again."));
        Ok(Exit::Done)
    }
}
