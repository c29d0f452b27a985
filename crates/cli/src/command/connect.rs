//! `dg connect`: makes a connection, or authorises one again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rainwright::connections::{Connection, Reference, Secret, sample};
use rainwright::runtime::connect::{ConnectOptions, Way};

use rainwright::runtime::store::home;
use rainwright_server::console::{ConsentLinks, webhook_secret, webhook_secret_file};

use crate::exit::{CommandResult, Exit, Trouble};
use crate::network::{Network, NetworkArgs, Terminal};
use crate::project::Project;
use crate::{terminal, trust};

/// Connects to a service: asks what it needs, opens the provider's page, and stores the login encrypted.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg connect mailchimp
  dg connect zoho_crm --scope ZohoCRM.modules.leads.ALL --name crm_leads
  dg connect github --device
  dg connect stripe_api_key --set-env api_key=STRIPE_KEY
  dg connect --reconnect mailchimp
  dg connect zoho_crm --link --user ann

Register your application with the provider first; for a login in the browser its redirect address is
http://127.0.0.1 with any port, or the port of --port. Secrets are asked for without showing them: giving
them with --set leaves them in the history of your shell.")]
pub struct Args {
    /// The service; `dg services` lists them
    #[arg(required_unless_present = "reconnect")]
    service: Option<String>,
    /// The link name that scripts use; the service's id unless given
    #[arg(long)]
    name: Option<String>,
    /// Authorise this connection again, keeping its client and values
    #[arg(long, value_name = "NAME", conflicts_with = "name")]
    reconnect: Option<String>,
    /// The name for people
    #[arg(long)]
    label: Option<String>,
    /// Ask for this scope; may be repeated, or hold several separated by commas
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    scopes: Vec<String>,
    /// Answer a question beforehand: client_id, client_secret, api_key, username, a field …
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Read a secret from an environment variable at each run, instead of storing it
    #[arg(long = "set-env", value_name = "NAME=VARIABLE")]
    set_env: Vec<String>,
    /// Read a secret from a file at each run, instead of storing it
    #[arg(long = "set-file", value_name = "NAME=FILE")]
    set_file: Vec<String>,
    /// Read a secret from the output of a command at each run, instead of storing it
    #[arg(long = "set-command", value_name = "NAME=COMMAND")]
    set_command: Vec<String>,
    /// Wait for the provider's answer at this port, for providers that want the whole redirect address registered
    #[arg(long)]
    port: Option<u16>,
    /// Consent on another device, by a code
    #[arg(long, conflicts_with_all = ["port", "paste"])]
    device: bool,
    /// Consent in a browser anywhere, and paste the address where it ends; this is the registered redirect address
    #[arg(long, value_name = "REDIRECT_URL", conflicts_with = "port")]
    paste: Option<String>,
    /// Show the address only, and open no browser
    #[arg(long)]
    no_browser: bool,
    /// Make a link for somebody else to give the consent: `dg console` serves it, once, for a while
    #[arg(long, conflicts_with_all = ["port", "device", "paste"])]
    link: bool,
    /// For how many hours the link works
    #[arg(long, value_name = "HOURS", default_value_t = 24, requires = "link", value_parser = clap::value_parser!(u32).range(1..=720))]
    hours: u32,
    /// Tell this address when the connection is there, and when it needs consent again
    #[arg(long, value_name = "URL", requires = "link")]
    webhook: Option<String>,
    /// Where the console is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8190", requires = "link")]
    console: String,
    #[command(flatten)]
    network: NetworkArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if let Some(address) = self.service.as_ref().filter(|service| service.contains("://")) {
            return Err(Trouble::Usage(format!(
                "{address} is an address: name the service, which knows its addresses. `dg services` lists them, `dg services add` \
                 makes one of your own."
            )));
        }
        let project = Project::of(Path::new("."))?;
        // Also where the sandbox plays: the description of a stranger's service would stay in the store.
        trust::require(&project)?;
        let network = Network::start(&self.network, &project, None)?;
        let options = self.options(&network)?;
        let service = match (&self.service, &self.reconnect) {
            (Some(service), _) => service.clone(),
            (None, Some(name)) => self.service_of(&network, name)?,
            // Required by the parser.
            (None, None) => return Err(Trouble::Usage("Name a service.".into())),
        };
        let with_key = format!("{service}_api_key");
        if self.reconnect.is_none() && network.catalogue().get(&with_key).is_ok_and(|other| other.id == with_key) {
            terminal::note(&format!("With an API key at hand, `dg connect {with_key}` is simpler."));
        }
        let ui = Arc::new(Terminal { browser: !self.no_browser, sandbox_at: self.network.sandbox_at.clone() });
        if self.link {
            return self.make_link(&network, &service, options, ui);
        }
        let connection = network.driver.wait(network.registry.connect(&service, options, ui))?;
        tell(&network, &connection)?;
        Ok(Exit::Done)
    }

    /// Keeps a draft with the application's id and secret, and prints the link that lets somebody else authorise it.
    fn make_link(
        &self,
        network: &Network,
        service: &str,
        mut options: ConnectOptions,
        ui: Arc<Terminal>,
    ) -> CommandResult {
        // An application that is known from another connection need not be entered again.
        let id = network.catalogue().get(service)?.id.clone();
        let all = network.registry.store().list()?;
        let known = all.iter().filter(|one| one.service == id && !one.client().is_empty());
        if let Some(known) = known.max_by_key(|one| one.environment == options.environment) {
            for (name, answer) in known.client() {
                options.answers.entry(name).or_insert(answer);
            }
        }
        let connection = network.driver.wait(network.registry.prepare(service, options, ui))?;
        let home = home()?;
        let seconds = i64::from(self.hours) * 3600;
        let now = jiff::Timestamp::now().as_second();
        let token = ConsentLinks::open(&home)?.create(
            &connection.service,
            connection.key(),
            now,
            seconds,
            self.webhook.clone(),
        )?;
        terminal::out(&format!("{}/consent/{token}", self.console.trim_end_matches('/')));
        terminal::note(&format!(
            "It authorises {} once, within {} h, while `dg console` runs there.",
            connection.key(),
            self.hours
        ));
        if self.webhook.is_some() {
            webhook_secret(&home)?;
            let file = webhook_secret_file(&home);
            terminal::note(&format!(
                "What the webhook gets is signed (Standard Webhooks) with the secret in {}.",
                file.display()
            ));
        }
        Ok(Exit::Done)
    }

    fn service_of(&self, network: &Network, name: &str) -> CommandResult<String> {
        let key = network.key(name);
        match network.registry.store().load(&key)? {
            Some(connection) => Ok(connection.service),
            None => Err(network.registry.unknown(&key).into()),
        }
    }

    fn options(&self, network: &Network) -> CommandResult<ConnectOptions> {
        let mut references = BTreeMap::new();
        type Kind = fn(String) -> Reference;
        let kinds: [(&[String], Kind); 3] = [
            (&self.set_env, Reference::Env),
            (&self.set_file, Reference::File),
            (&self.set_command, Reference::Command),
        ];
        for (pairs, kind) in kinds {
            for pair in pairs {
                let (name, from) = split(pair)?;
                // A script may run anywhere: the file is meant from here.
                let reference = match kind(from) {
                    Reference::File(path) => {
                        Reference::File(std::path::absolute(&path).map_or(path, |full| full.display().to_string()))
                    }
                    other => other,
                };
                references.insert(name, reference);
            }
        }
        let mut answers = BTreeMap::new();
        for pair in &self.set {
            let (name, value) = split(pair)?;
            answers.insert(name, Secret::new(value));
        }
        let way = match (&self.paste, self.port) {
            _ if self.device => Way::Device,
            (Some(url), _) => Way::Paste(url.clone()),
            (None, Some(port)) => Way::Port(port),
            (None, None) => Way::Browser,
        };
        Ok(ConnectOptions {
            name: self.name.clone().or_else(|| self.reconnect.clone()),
            environment: network.environment.clone().unwrap_or_default(),
            subject: network.subject.clone(),
            reconnect: self.reconnect.is_some(),
            label: self.label.clone(),
            scopes: self.scopes.clone(),
            answers,
            references,
            way,
            ..ConnectOptions::default()
        })
    }
}

/// The two sides of `NAME=VALUE`; the value may be a secret and is not repeated.
pub fn split(pair: &str) -> CommandResult<(String, String)> {
    let (name, value) =
        pair.split_once('=').ok_or_else(|| Trouble::Usage("--set and its like take NAME=VALUE.".into()))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Tells what was made, with the block to paste.
pub fn tell(network: &Network, connection: &Connection) -> CommandResult<()> {
    let service = network.catalogue().of(connection)?;
    terminal::note(&format!("Connected to {} as \"{}\".", service.name, connection.key()));
    terminal::out(&sample::invokeurl(connection, &service));
    Ok(())
}
