//! `--sandbox`: stand-ins for services, and connections to them that are made when a script first uses them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rainwright::connections::{Key, Secret, Subject};
use rainwright::runtime::connect::{Options, Question, Ui};
use rainwright::{Code, HttpRequest, Problem};
use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, SUPPORT_PASSWORD, SUPPORT_USER, Sandbox, visitor};

use crate::network::Network;
use crate::terminal;

/// Settings of the sandbox.
#[derive(Args, Clone, Debug, Default)]
pub struct SandboxArgs {
    /// Use stand-ins for the services on this machine, with data to play with; no account is needed
    #[arg(long, help_heading = "Sandbox")]
    pub sandbox: bool,
    /// Keep the sandbox's data in this file from run to run
    #[arg(long, value_name = "FILE", requires = "sandbox", help_heading = "Sandbox")]
    pub sandbox_state: Option<PathBuf>,
    /// Let the sandbox's access tokens expire after so many seconds
    #[arg(long, value_name = "SECONDS", requires = "sandbox", help_heading = "Sandbox")]
    pub token_life: Option<f64>,
    /// Tell on stderr what the sandbox was asked for, as JSON
    #[arg(long, requires = "sandbox", help_heading = "Sandbox")]
    pub sandbox_report: bool,
}

/// Starts a sandbox; `token_life` is in seconds.
pub fn launch(port: u16, state_file: Option<PathBuf>, token_life: Option<f64>) -> Result<Sandbox, Problem> {
    let token_lifetime = token_life.map(Duration::try_from_secs_f64).transpose();
    let token_lifetime = token_lifetime
        .map_err(|_| Problem::new(Code::BadArgument, "A token lives for a positive number of seconds."))?;
    let options = rainwright_sandbox::Options { token_lifetime, state_file, port, ..Default::default() };
    Sandbox::launch(options)
        .map_err(|e| Problem::new(Code::FileProblem, format!("The sandbox could not be started: {e}.")))
}

/// The running sandbox.
pub struct Doubles {
    sandbox: Arc<Sandbox>,
}

impl Doubles {
    /// Starts the sandbox, if one is wanted.
    pub fn start(args: &SandboxArgs) -> Result<Option<Self>, Problem> {
        if !args.sandbox {
            return Ok(None);
        }
        let sandbox = launch(0, args.sandbox_state.clone(), args.token_life)?;
        Ok(Some(Self { sandbox: Arc::new(sandbox) }))
    }

    /// Where the real hosts stand.
    pub fn origins(&self) -> Vec<(String, String)> {
        self.sandbox.origins()
    }

    /// Makes the connection that a call needs, if it is not there yet: named by the script, or meant by a task.
    pub fn connect(&self, network: &Network, request: &HttpRequest) -> Result<(), Problem> {
        let Some(name) = request.connection.as_ref().or(request.service.as_ref()) else {
            return Ok(());
        };
        // A name that is no service is the script's mistake, and gets its own message later.
        let Ok(service) = network.catalogue().get(name) else {
            return Ok(());
        };
        let key = Key { subject: Subject::Shared, ..network.key(name) };
        if network.registry.store().load(&key)?.is_some() {
            return Ok(());
        }
        let mut answers = vec![
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("consumer_key", CLIENT_ID),
            ("consumer_secret", CLIENT_SECRET),
        ];
        if service.basic.is_some() {
            let host = "support.example.com";
            answers.extend([
                ("username", SUPPORT_USER),
                ("password", SUPPORT_PASSWORD),
                ("site_host", host),
                ("host", host),
            ]);
        }
        let answers =
            answers.into_iter().map(|(question, answer)| (question.to_owned(), Secret::new(answer.to_owned())));
        let options = Options {
            environment: key.environment,
            name: Some(key.name),
            answers: answers.collect(),
            ..Options::default()
        };
        let signs_in = service.oauth1.is_some() || service.oauth2.is_some();
        let ui = Arc::new(Robot { sandbox: Arc::clone(&self.sandbox), service: service.name.clone(), signs_in });
        network.driver.wait(network.registry.connect(&service.id, options, ui))?;
        if terminal::is_watched() {
            terminal::note(&format!("sandbox: connected to {}", service.name));
        }
        Ok(())
    }

    /// What the sandbox was asked for, as JSON.
    pub fn report(&self) -> String {
        self.sandbox.stats().unwrap_or_else(|e| format!("{{\"error\": \"{e}\"}}"))
    }
}

/// Signs in where the sandbox plays the login page.
struct Robot {
    sandbox: Arc<Sandbox>,
    service: String,
    /// Whether there is a login page, which must be one that is played: then examples will do as answers.
    signs_in: bool,
}

impl Ui for Robot {
    fn ask(&self, question: &Question) -> Result<Secret, Problem> {
        let offered = question.example.as_ref().or(question.choices.first()).filter(|_| self.signs_in);
        match question.default.as_ref().or(offered) {
            Some(answer) => Ok(Secret::new(answer.clone())),
            None if question.optional => Ok(Secret::default()),
            None => Err(not_played(&self.service)),
        }
    }

    fn open(&self, url: &str) -> Result<(), Problem> {
        let here = self.sandbox.resolve(url);
        if here == url {
            return Err(not_played(&self.service));
        }
        // The callback is answered by whoever waits for this method to return.
        std::thread::spawn(move || visitor::allow(&here));
        Ok(())
    }

    fn tell(&self, _: &str) {}
}

fn not_played(service: &str) -> Problem {
    let logins: Vec<&str> = rainwright_sandbox::providers().collect();
    Problem::new(Code::NotSupported, format!("The sandbox does not play {service}.")).with_help(format!(
        "It plays MailChimp, Zoho CRM, Google Calendar, Eventbrite, Dropbox and a support service, and the logins of {}.",
        logins.join(", ")
    ))
}
