//! Asks before a project's files may send data elsewhere or widen what scripts reach.

use std::io::{IsTerminal, Write};

use rainwright::runtime::store::home;
use rainwright::runtime::trust::{Demand, Trust};
use rainwright::{Code, Lack, Problem};

use crate::project::Project;
use crate::terminal;

/// Makes sure that the user trusts what the project asks for: asks on a terminal, and refuses elsewhere.
///
/// # Errors
/// A problem with what is not trusted yet.
pub fn require(project: &Project) -> Result<(), Problem> {
    let demands = project.demands()?;
    if demands.is_empty() {
        return Ok(());
    }
    let mut trust = Trust::open(&home()?);
    let missing = trust.missing(project.home(), &demands);
    if missing.is_empty() {
        return Ok(());
    }
    let list = list(missing);
    let folder = terminal::plain(&project.home().display().to_string()).into_owned();
    if std::io::stdin().is_terminal() && terminal::is_watched() {
        terminal::note(&format!("The project in {folder} wants to:\n{list}"));
        if agrees("Do you trust it? [y/N] ")? {
            return trust.remember(project.home(), &demands);
        }
    }
    let message = format!("The project in {folder} is not trusted, and wants to:\n{list}");
    Err(Problem::new(Code::NotTrusted, message)
        .with_help("If you trust who wrote it, run `dg trust` there; `--sandbox` needs no trust.")
        .with_lack(Lack::Trust))
}

/// The demands, one a line. A project's words neither steer the terminal nor look like further lines.
pub fn list<'d>(demands: impl IntoIterator<Item = &'d Demand>) -> String {
    let lines =
        demands.into_iter().map(|demand| format!("  {}", terminal::plain(&demand.what).replace(['\n', '\t'], " ")));
    lines.collect::<Vec<_>>().join("\n")
}

/// Asks a question that only "y" or "yes" answers with yes.
pub fn agrees(question: &str) -> Result<bool, Problem> {
    let failed = |e: std::io::Error| Problem::new(Code::FileProblem, format!("The answer cannot be read: {e}."));
    let mut stderr = std::io::stderr();
    stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush()).map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
