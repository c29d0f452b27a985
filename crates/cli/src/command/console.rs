//! `dg console`: connections and functions in a browser.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rainwright::connections::{Catalogue, Connectors, Environment};
use rainwright::runtime::Live;
use rainwright::runtime::audit::AuditLog;
use rainwright::runtime::live::LiveOptions;
use rainwright::runtime::store::home;
use rainwright::{Code, Engine, Problem};
use rainwright_sandbox::{resolve_at, visitor};
use rainwright_server::console::{Access, Console, Role, Settings, Use, Users, Workplace};
use rainwright_server::{Functions, MakeHost, Names, Server, Source};
use rainwright_synth::{TryOptions, try_script};

use super::connections::look::{Mention, mentions};
use super::services::add::save;
use super::try_::text;
use crate::exit::{CommandResult, Exit, Trouble, listen_problem};
use crate::network::{Network, NetworkArgs, open_browser};
use crate::project::{self, Project};
use crate::{terminal, trust};

/// Shows connections and functions in a browser, until Ctrl-C: makes connections through the provider's consent page,
/// describes services of your own, tests, reconnects, revokes, and runs functions.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg console
  dg console functions --port 8190
  dg console user add ann --role admin
  dg console --bind 0.0.0.0 --url https://console.example.com

On this machine it opens with a link that works once. When others can reach it, they sign in with a name and a password:
a viewer looks, an operator tests connections and runs functions, an admin does everything.")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The folder of the project, or its files
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// The port; 0 is any free one. Providers want the redirect address registered, and it has the port in it
    #[arg(long, default_value_t = 8190)]
    port: u16,
    /// The address to listen at; other machines reach the console only at an address of the network
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Where browsers reach it, when that is not the address it listens at: https and the name of the proxy in front
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Ask for name and password on this machine too
    #[arg(long)]
    password: bool,
    /// Show the link only, and open no browser
    #[arg(long)]
    no_browser: bool,
    #[command(flatten)]
    network: Box<NetworkArgs>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Add, list and remove those who may sign in
    #[command(subcommand)]
    User(UserCommand),
}

#[derive(clap::Subcommand)]
enum UserCommand {
    /// Add a user, or give one another password and role; the password is asked for, or read from stdin
    Add {
        /// The name to sign in with
        name: String,
        /// What the user may do: viewer, operator or admin
        #[arg(long, default_value = "viewer", value_parser = role)]
        role: Role,
        /// Another role in one environment: production=viewer
        #[arg(long = "in", value_name = "ENVIRONMENT=ROLE", value_parser = role_in)]
        environments: Vec<(String, Role)>,
    },
    /// List the users
    List,
    /// Remove a user, who is signed out at once
    Remove {
        /// The name
        name: String,
    },
}

fn role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| "expected viewer, operator or admin".to_owned())
}

fn role_in(text: &str) -> Result<(String, Role), String> {
    let (place, name) = text.split_once('=').ok_or("expected ENVIRONMENT=ROLE, such as production=viewer")?;
    let place = Environment::parse(place).map_err(|problem| problem.message)?;
    Ok((place.name().to_owned(), role(name)?))
}

/// The project that the console is started in.
struct Here {
    project: Project,
    paths: Vec<PathBuf>,
    services: Vec<PathBuf>,
    sandbox_at: Option<String>,
}

impl Workplace for Here {
    fn save_service(&self, id: &str, toml: &str) -> Result<Catalogue, Problem> {
        save(&self.project, &self.project.own_services(), id, toml)?;
        self.project.catalogue(&self.services)
    }

    fn uses(&self, connection: &str) -> Result<Vec<Use>, Problem> {
        let found = mentions(connection, &self.paths)?.into_iter();
        Ok(found.map(|Mention { file, line, text }| Use { file: file.display().to_string(), line, text }).collect())
    }

    fn resolve(&self, url: &str) -> String {
        self.sandbox_at.as_deref().map_or_else(|| url.to_owned(), |base| resolve_at(base, url))
    }

    fn tell_link(&self, link: &str) {
        terminal::note(&format!("The link was used. For another browser: {link}"));
    }

    fn try_out(&self, function: &str) -> Result<String, Problem> {
        let named = |source: &str| {
            Engine::new().compile("function", source).is_ok_and(|script| {
                script.entries().iter().any(|entry| entry.name.rsplit('.').next() == Some(function))
            })
        };
        for file in project::scripts(&self.paths)? {
            let source = project::read(&file)?;
            if source.contains(function) && named(&source) {
                let options = TryOptions {
                    profile: self.project.settings.profile.clone(),
                    timezone: self.project.settings.timezone.clone(),
                    entry: Some(function.to_owned()),
                    functions: self.project.library()?,
                    ..TryOptions::default()
                };
                let failed = |failure: rainwright::Failure| Problem::new(failure.code(), failure.message());
                return try_script(&file.display().to_string(), &source, &options)
                    .map(|report| text(&report))
                    .map_err(failed);
            }
        }
        Err(Problem::new(
            Code::UnknownFunction,
            format!("There is no function {function} in the files of this console."),
        ))
    }

    fn sandbox(&self, method: &str, path: &str, body: &str) -> Result<(u16, String), Problem> {
        let Some(base) = &self.sandbox_at else {
            return Err(Problem::new(Code::NotSupported, "No sandbox plays services here."));
        };
        let url = format!("{}/_sandbox{path}", base.trim_end_matches('/'));
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let (status, _, answer) = visitor::send(method, &url, &headers, body.as_bytes()).map_err(|e| {
            Problem::new(Code::ConnectFailed, format!("The sandbox does not answer: {e}."))
                .with_help("Look whether `dg sandbox` still runs at that address.")
        })?;
        Ok((status, String::from_utf8_lossy(&answer).into_owned()))
    }
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if let Some(Command::User(command)) = self.command {
            return command.run();
        }
        let home = home()?;
        let first = self.paths.first().cloned().unwrap_or_else(|| ".".into());
        let project = Project::of(&first)?;
        let is_public = self.password || self.url.is_some() || !self.bind.is_loopback();
        let access = if is_public { Access::Password } else { Access::Link };
        self.check(access, &home)?;
        // Also where the sandbox plays: what is made here stays in the store.
        trust::require(&project)?;
        let network = Network::start(&self.network, &project, None)?;
        let driver = Arc::clone(&network.driver);
        let audit = self.network.audit.clone().unwrap_or_else(|| home.join("console-calls.jsonl"));
        let functions = self.functions(&project, &network, &audit)?;
        let environment = network.environment.clone().unwrap_or_default();
        let registry = Arc::clone(&network.registry);
        let workplace = Arc::new(Here {
            project,
            paths: self.paths.clone(),
            services: self.network.services.clone(),
            sandbox_at: self.network.sandbox_at.clone(),
        });
        driver.wait(async move {
            let wanted = SocketAddr::new(self.bind, self.port);
            let taken = |e: std::io::Error| listen_problem(wanted, &e);
            let server = Server::bind(wanted).await.map_err(taken)?;
            let listening = server.address().map_err(taken)?;
            let address = match &self.url {
                Some(url) => url.trim_end_matches('/').to_owned(),
                None => format!("http://{listening}"),
            };
            let more: Vec<String> = address.split_once("://").map(|(_, name)| name.to_owned()).into_iter().collect();
            let functions = functions.map(|make| make()).transpose()?;
            let settings =
                Settings { registry, environment, workplace, functions, home, audit, address: address.clone(), access };
            let console = Console::new(settings, listening)?;
            match access {
                Access::Link => {
                    let link = console.link();
                    terminal::out(&link);
                    terminal::note("The link works once. Ctrl-C ends the console.");
                    if !self.no_browser {
                        open_browser(&link);
                    }
                }
                Access::Password => terminal::out(&address),
            }
            let names = Names::of(listening, &more);
            let following = console.clone().look_after();
            server.run(names, console.routes(), following, Duration::from_secs(10)).await.map_err(taken)?;
            Ok(Exit::Done)
        })
    }

    /// Refuses what would let nobody in, or passwords travel in the open.
    fn check(&self, access: Access, home: &Path) -> CommandResult<()> {
        if let Some(url) = &self.url
            && !url.starts_with("https://")
            && !url.starts_with("http://127.0.0.1")
        {
            return Err(Trouble::Usage(format!(
                "--url is where browsers reach the console, with https: '{url}' is not."
            )));
        }
        if !self.bind.is_loopback() && self.url.is_none() {
            let message = "Others would send their passwords over plain HTTP. Put a proxy with HTTPS in front, and name its \
                           address with --url https://console.example.com.";
            return Err(Trouble::Usage(message.into()));
        }
        if access == Access::Password && Users::open(home)?.list().is_empty() {
            let message = "Nobody could sign in: add a user first, with `dg console user add NAME --role admin`.";
            return Err(Trouble::Usage(message.into()));
        }
        Ok(())
    }

    /// Makes the functions of the project within a runtime; `None` when it has none.
    #[allow(clippy::type_complexity, reason = "it is named once")]
    fn functions(
        &self,
        project: &Project,
        network: &Network,
        audit: &Path,
    ) -> CommandResult<Option<Box<dyn FnOnce() -> CommandResult<Functions> + Send>>> {
        let engine = project.engine(None, false, None)?;
        let files = project::scripts(&self.paths).map_err(Trouble::of_path)?;
        if files.is_empty() {
            return Ok(None);
        }
        let mut sources = Vec::with_capacity(files.len());
        for file in &files {
            sources.push(Source { name: file.display().to_string(), text: project::read(file)? });
        }
        let library = project.library()?;
        let host = host(network, self.network.user.clone(), audit, project.connectors()?)?;
        Ok(Some(Box::new(move || Ok(Functions::new(engine, sources, library, host)?))))
    }
}

/// Makes the host of each run: live, with the connections, each call in the audit log.
pub fn host(network: &Network, user: Option<String>, audit: &Path, connectors: Connectors) -> CommandResult<MakeHost> {
    let connectors = Arc::new(connectors);
    let audit = Arc::new(AuditLog::open(audit)?);
    let (registry, http) = (Arc::clone(&network.registry), Arc::clone(&network.http));
    let (environment, subject) = (network.environment.clone().unwrap_or_default(), network.subject.clone());
    Ok(Box::new(move || {
        let options = LiveOptions {
            registry: Some(Arc::clone(&registry)),
            environment: environment.clone(),
            subject: subject.clone(),
            who: user.clone().or_else(|| Some("console".to_owned())),
            audit: Some(Arc::clone(&audit)),
            connectors: Arc::clone(&connectors),
            ..LiveOptions::default()
        };
        Ok(Live::new(Arc::clone(&http), options))
    }))
}

impl UserCommand {
    fn run(self) -> CommandResult {
        let mut users = Users::open(&home()?)?;
        match self {
            UserCommand::Add { name, role, environments } => {
                users.set(&name, role, &password()?)?;
                let more: String =
                    environments.iter().map(|(place, role)| format!(", in {place} as {}", role.name())).collect();
                users.set_environments(&name, environments.into_iter().collect())?;
                terminal::note(&format!("{name} may sign in as {}{more}.", role.name()));
            }
            UserCommand::List => {
                for user in users.list() {
                    let more: Vec<String> =
                        user.environments.iter().map(|(place, role)| format!("{place}={}", role.name())).collect();
                    let line = format!("{}\t{}\t{}", user.name, user.role.name(), more.join(" "));
                    terminal::out(terminal::plain(&line).trim_end());
                }
            }
            UserCommand::Remove { name } => {
                if !users.remove(&name)? {
                    return Err(Problem::new(Code::BadArgument, format!("There is no user named '{name}'."))
                        .with_help("List them with `dg console user list`.")
                        .into());
                }
                terminal::note(&format!("{name} cannot sign in any more."));
            }
        }
        Ok(Exit::Done)
    }
}

/// The new password: asked for twice at a terminal, else the first line of stdin.
fn password() -> CommandResult<String> {
    let failed = |e: std::io::Error| Problem::new(Code::BadRequest, format!("The password could not be read: {e}."));
    if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(failed)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password("Password: ").map_err(failed)?;
    let again = rpassword::prompt_password("The same again: ").map_err(failed)?;
    if first == again { Ok(first) } else { Err(Trouble::Usage("The two are not the same.".into())) }
}
