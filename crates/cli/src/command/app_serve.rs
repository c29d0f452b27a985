//! `dg app serve`: a Creator application in a browser on this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rainwright::runtime::Driver;
use rainwright::{Failure, Host, Interrupt};
use rainwright_app::{Application, Ran};
use rainwright_server::{Names, Preview, PreviewSetting, Server};

use super::app::Common;
use super::app_run::due_lines;
use crate::exit::{CommandResult, Exit, listen_problem};
use crate::host::{Lines, ScriptHost};
use crate::terminal;

/// Shows the application in a browser on this machine, until Ctrl-C: forms, reports and pages. Its schedules run when their time
/// comes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg app serve claims --as-user ada@example.com
  dg app serve claims.ds --port 0 --records /tmp/try.db

The application has a port of its own, and with it an origin of its own: no other page in the browser reaches it, and its
pages reach nothing else. Only this machine can connect.")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// The port; 0 is any free one
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The user whom scripts see, by mail address; nobody is signed in unless it is given
    #[arg(long, value_name = "MAIL")]
    as_user: Option<String>,
    /// Run no schedules
    #[arg(long)]
    no_schedules: bool,
}

/// What schedules did goes where scripts log.
fn told(ran: &Result<Vec<Ran>, Failure>) {
    match ran {
        Ok(ran) => ran.iter().flat_map(due_lines).for_each(|(line, _)| terminal::note(&line)),
        Err(failure) => terminal::note(&format!("schedules cannot run: {}", failure.message())),
    }
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let app = Application::read(&self.common.app)?;
        let stop = Interrupt::default();
        let mut setting = self.common.host(&stop)?;
        // The address goes to stdout, so that a program can read it; what scripts log does not mix with it.
        setting.lines = Lines::Tell;
        let user = self.as_user.clone().or_else(|| self.common.network.user.clone()).unwrap_or_default();
        if !user.is_empty() && !app.users.is_empty() && !app.users.contains_key(&user) {
            terminal::note(&format!("{user} is none of the users in app.toml, so no profile or role is known."));
        }
        let preview = Preview::start(
            PreviewSetting { app, records: self.common.records()?, user, schedules: !self.no_schedules, tell: told },
            Box::new(move || Ok(Box::new(ScriptHost::new(setting)) as Box<dyn Host>)),
        )?;
        let wanted = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), self.port);
        Driver::start()?.wait(async {
            let taken = |e: std::io::Error| listen_problem(wanted, &e);
            let server = Server::bind(wanted).await.map_err(taken)?;
            let address = server.address().map_err(taken)?;
            terminal::out(&format!("http://{address}"));
            let names = Names::of(address, &[]);
            server.run(names, preview.routes(), std::future::pending(), Duration::from_secs(2)).await.map_err(taken)?;
            preview.stop();
            Ok(Exit::Done)
        })
    }
}
