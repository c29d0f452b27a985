//! `dg sandbox`: serves the stand-ins for services by themselves.

use std::path::PathBuf;

use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET};

use crate::exit::{Exit, Outcome};
use crate::sandbox::launch;
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
    /// Let access tokens expire after so many seconds
    #[arg(long, value_name = "SECONDS")]
    token_life: Option<f64>,
}

impl Args {
    /// Does it.
    pub fn run(self) -> Outcome {
        let sandbox = launch(self.port, self.state, self.token_life)?;
        terminal::out(&sandbox.base_url());
        terminal::note(&format!("The client that every login knows: id {CLIENT_ID}, secret {CLIENT_SECRET}"));
        for (host, base) in sandbox.origins() {
            terminal::note(&format!("  {host:<24}{base}"));
        }
        sandbox.wait();
        Ok(Exit::Done)
    }
}
