//! `--sandbox`: stand-ins for services, and connections to them that are made when a script first uses them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::exit::{FileUse, file_problem};
use clap::Args;
use rainwright::connections::{Catalogue, Key, Secret, Service, Subject};
use rainwright::runtime::connect::{ConnectOptions, Question, Ui};
use rainwright::{Code, HttpRequest, Problem};
use rainwright_records::Applications;
use rainwright_sandbox::{
    API_KEY, CLIENT_ID, CLIENT_SECRET, SUPPORT_PASSWORD, SUPPORT_USER, Sandbox, ZOHO_SCOPES, read_seed, visitor,
};

use crate::network::Network;
use crate::terminal;

/// Settings of the sandbox.
#[derive(Args, Clone, Debug, Default)]
pub struct SandboxArgs {
    /// Use stand-ins for the services on this machine, with data to play with; no account is needed
    #[arg(long, help_heading = "Sandbox")]
    pub sandbox: bool,
    /// Start the sandbox with the records in this file or folder, beside those that are shipped
    #[arg(long, value_name = "PATH", requires = "sandbox", help_heading = "Sandbox")]
    pub sandbox_data: Option<PathBuf>,
    /// Make up a fitting record for every id that the sandbox does not know, the same ones for the same seed
    #[arg(long, value_name = "SEED", num_args = 0..=1, default_missing_value = "0", requires = "sandbox", help_heading = "Sandbox")]
    pub sandbox_lenient: Option<u64>,
    /// Write the mails and messages that the sandbox captured to this file, one a line
    #[arg(long, value_name = "FILE", requires = "sandbox", help_heading = "Sandbox")]
    pub mails: Option<PathBuf>,
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

/// How a sandbox is started.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The port; 0 is any free one.
    pub port: u16,
    /// Where its data is kept.
    pub state_file: Option<PathBuf>,
    /// What it starts with besides what is shipped.
    pub data: Option<PathBuf>,
    /// The seed of records that are made up.
    pub lenient: Option<u64>,
    /// How long access tokens live, in seconds.
    pub token_life: Option<f64>,
    /// Misbehaviour that waits for its calls, each as JSON.
    pub faults: Vec<String>,
    /// The records of Creator's applications.
    pub applications: Applications,
}

/// Starts a sandbox.
pub fn launch(launch: Launch) -> Result<Sandbox, Problem> {
    let token_lifetime = launch.token_life.map(Duration::try_from_secs_f64).transpose();
    let token_lifetime = token_lifetime
        .map_err(|_| Problem::new(Code::BadArgument, "A token lives for a positive number of seconds."))?;
    let seed = launch.data.as_deref().map(read_seed).transpose().map_err(|e| {
        Problem::new(Code::FileProblem, format!("The sandbox's data could not be read: {e}."))
            .with_help("`dg sandbox --init` writes an example.")
    })?;
    let fault = |text: &String| {
        serde_json::from_str::<rainwright_sandbox::Fault>(text).map_err(|e| {
            Problem::new(Code::CannotParse, format!("This is no fault of the sandbox: {e}."))
                .with_help("Write it like {\"service\":\"mailchimp\",\"path\":\"/3.0/lists\",\"status\":503}.")
        })
    };
    let options = rainwright_sandbox::SandboxOptions {
        faults: launch.faults.iter().map(fault).collect::<Result<_, _>>()?,
        token_lifetime,
        state_file: launch.state_file,
        seed,
        lenient: launch.lenient,
        port: launch.port,
        applications: launch.applications,
        ..Default::default()
    };
    Sandbox::launch(options)
        .map_err(|e| Problem::new(Code::FileProblem, format!("The sandbox could not be started: {e}.")))
}

/// The running sandbox.
pub struct Doubles {
    sandbox: Arc<Sandbox>,
    /// The records that the sandbox and the script's own queries share.
    applications: Applications,
    /// Where captured mails go.
    mails: Option<PathBuf>,
}

impl Doubles {
    /// Starts the sandbox, if one is wanted.
    pub fn start(args: &SandboxArgs, applications: Applications) -> Result<Option<Self>, Problem> {
        if !args.sandbox {
            return Ok(None);
        }
        let doubles = Self::launch(Launch {
            state_file: args.sandbox_state.clone(),
            data: args.sandbox_data.clone(),
            lenient: args.sandbox_lenient,
            token_life: args.token_life,
            applications,
            ..Launch::default()
        })?;
        Ok(Some(Self { mails: args.mails.clone(), ..doubles }))
    }

    /// Starts the sandbox.
    pub fn launch(launch: Launch) -> Result<Self, Problem> {
        let applications = launch.applications.clone();
        Ok(Self { sandbox: Arc::new(self::launch(launch)?), applications, mails: None })
    }

    /// The records of Creator's applications.
    pub fn applications(&self) -> &Applications {
        &self.applications
    }

    /// Where the sandbox answers for each real host.
    pub fn origins(&self) -> Vec<(String, String)> {
        self.sandbox.origins()
    }

    /// Where the sandbox is.
    pub fn base_url(&self) -> String {
        self.sandbox.base_url()
    }

    /// Makes the connection that a call needs, if it is not there yet: named by the script, or meant by a task.
    pub fn connect(&self, network: &Network, request: &HttpRequest) -> Result<(), Problem> {
        let Some(name) = request.connection.as_ref().or(request.service.as_ref()) else {
            return Ok(());
        };
        let key = Key { subject: Subject::Shared, ..network.key(name) };
        if network.registry.store().load(&key)?.is_some() {
            return Ok(());
        }
        let service = match network.catalogue().get(name) {
            Ok(service) => service,
            // A name that is not a service means the service of the address. If there is none either, the message comes later.
            Err(_) => match self.service_of(network.catalogue(), &request.url) {
                Some(service) => {
                    let bound = format!("sandbox: '{name}' is not configured; it is bound to {}", service.name);
                    terminal::note(&bound);
                    service
                }
                None => return Ok(()),
            },
        };
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
        let host = host_of(&request.url);
        if service.oauth1.is_none() && service.oauth2.is_none() {
            answers.push(("api_key", API_KEY));
        }
        if service.anonymous {
            answers.push(("host", host.as_str()));
        }
        let zoho = service.category == "zoho";
        let answers =
            answers.into_iter().map(|(question, answer)| (question.to_owned(), Secret::new(answer.to_owned())));
        let options = ConnectOptions {
            environment: key.environment,
            name: Some(key.name),
            // Whoever has not configured a connection is not to learn scopes first.
            scopes: if zoho { ZOHO_SCOPES.iter().map(|scope| (*scope).to_owned()).collect() } else { Vec::new() },
            answers: answers.collect(),
            ..ConnectOptions::default()
        };
        let signs_in = service.oauth1.is_some() || service.oauth2.is_some();
        let ui = Arc::new(Robot { sandbox: Arc::clone(&self.sandbox), service: service.name.clone(), signs_in });
        network.driver.wait(network.registry.connect(&service.id, options, ui))?;
        if terminal::is_watched() {
            terminal::note(&format!("sandbox: connected to {}", service.name));
        }
        Ok(())
    }

    /// The service that an address belongs to: the one whose API is there, for Zoho the login for all products.
    fn service_of(&self, catalogue: &Catalogue, url: &str) -> Option<Arc<Service>> {
        let host = host_of(url);
        let zoho = ["zoho.", "zohoapis.", "zohocloud.", "{api_domain}", "{dc}"];
        if zoho.iter().any(|part| host.contains(part)) {
            return catalogue.get("zoho_oauth").ok();
        }
        if host.starts_with("{instance_url}") {
            return catalogue.get("salesforce").ok();
        }
        // `{subdomain}.myshopify.com` stands for every shop.
        let ends = |service: &Arc<Service>| {
            let api = service.api.as_deref().and_then(|api| api.split_once("://")).map_or("", |(_, rest)| rest);
            let api = api.split('/').next().unwrap_or_default();
            match api.rsplit_once('}') {
                Some((_, suffix)) => suffix.len() > 4 && host.ends_with(suffix),
                None => api == host,
            }
        };
        // With several services at one host, one whose login is played comes first, then the plainest name.
        let played = |service: &Service| match &service.oauth2 {
            Some(login) => {
                let page = login.authorize_url.as_deref().unwrap_or_default();
                page.contains('{') || self.sandbox.resolve(page) != page
            }
            None => true,
        };
        let mut found: Vec<Arc<Service>> = catalogue.all().filter(ends).collect();
        found.sort_by_key(|service| (!played(service), service.id.len(), service.id.clone()));
        found.into_iter().next().or_else(|| catalogue.get("generic_none").ok())
    }

    /// Tells what was sent to people and what was not played, and writes the mails where they are wanted.
    pub fn finish(&self) -> Result<(), Problem> {
        if self.mails.is_none() && !terminal::is_watched() {
            return Ok(());
        }
        let messages = self.sandbox.outbox().map_err(|e| {
            Problem::new(Code::FileProblem, format!("The mails that the sandbox took cannot be read: {e}."))
        })?;
        if let Some(path) = &self.mails {
            let lines: String = messages.iter().map(|message| format!("{message}\n")).collect();
            std::fs::write(path, lines).map_err(|e| file_problem(path, FileUse::Write, &e))?;
        }
        if terminal::is_watched() {
            for message in &messages {
                let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
                terminal::note(&format!(
                    "sandbox: captured {} of {}: {}",
                    text("kind"),
                    text("service"),
                    message["content"]
                ));
            }
        }
        Ok(())
    }

    /// What the sandbox was asked for, as JSON.
    pub fn report(&self) -> String {
        self.sandbox.stats().unwrap_or_else(|e| format!("{{\"error\": \"{e}\"}}"))
    }
}

/// The host of an address, in lower case.
fn host_of(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit_once(':').map_or(host, |(host, _)| host).to_lowercase()
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
        "It plays Zoho's products, MailChimp, Google, Eventbrite, Dropbox, Twilio, WhatsApp, chat completions and a support service, and the logins of {}.",
        logins.join(", ")
    ))
}
