//! `dg sandbox`: serves the stand-ins for services by themselves.

use std::path::{Path, PathBuf};

use rainwright::{Code, Problem};
use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, EXAMPLE_DATA};

use crate::exit::{CommandResult, Exit, FileUse, file_problem};
use crate::sandbox::{Launch, launch};
use crate::terminal;

/// Serves stand-ins for services on this machine, until Ctrl-C. `dg run --sandbox` needs none of this: it is for trying
/// `dg connect` by hand, and for several processes that use one connection.
#[derive(clap::Args)]
#[command(after_help = "Example, in two terminals:
  dg sandbox --port 8180
  dg connect mailchimp --sandbox-at http://127.0.0.1:8180
  dg run campaign.dg --sandbox-at http://127.0.0.1:8180

Connections that are made this way work with the sandbox only; keep them apart with RAINWRIGHT_HOME.")]
pub struct Args {
    /// The port; any free one unless given
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Keep the data in this file from run to run
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Start with the records in this file or folder, beside those that are shipped
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Make up a fitting record for every id that is not known, the same ones for the same seed
    #[arg(long, value_name = "SEED", num_args = 0..=1, default_missing_value = "0")]
    lenient: Option<u64>,
    /// Let access tokens expire after so many seconds
    #[arg(long, value_name = "SECONDS")]
    token_life: Option<f64>,
    /// Write an example of such records, with comments, and end
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "sandbox-data.json")]
    init: Option<PathBuf>,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if let Some(path) = self.init {
            return init(&path);
        }
        let sandbox = launch(Launch {
            port: self.port,
            state_file: self.state,
            data: self.data,
            lenient: self.lenient,
            token_life: self.token_life,
            ..Launch::default()
        })?;
        terminal::out(&sandbox.base_url());
        terminal::note(&format!("The client that every login knows: id {CLIENT_ID}, secret {CLIENT_SECRET}"));
        // Zoho's hosts are the same in every data centre.
        for (host, base) in
            sandbox.origins().iter().filter(|(_, base)| !base.contains("/zoho-") || base.ends_with("/us"))
        {
            terminal::note(&format!("  {host:<32}{base}"));
        }
        sandbox.wait();
        Ok(Exit::Done)
    }
}

/// Writes the example, but never over a file that is there.
fn init(path: &Path) -> CommandResult {
    let wrong = |text: String| Problem::new(Code::FileProblem, text);
    if path.exists() {
        return Err(wrong(format!("{} is there already.", path.display())).with_help("Name another file.").into());
    }
    std::fs::write(path, EXAMPLE_DATA).map_err(|e| file_problem(path, FileUse::Write, &e))?;
    terminal::note(&format!(
        "Wrote {}; use it with `dg run FILE --sandbox --sandbox-data {}`.",
        path.display(),
        path.display()
    ));
    Ok(Exit::Done)
}
