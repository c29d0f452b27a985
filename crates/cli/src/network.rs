//! The way out: connections, HTTP and recordings, started when they are first needed.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rainwright::connections::policy::AllowNet;
use rainwright::connections::store::MemoryStore;
use rainwright::connections::{Catalogue, Environment, Key, Secret, Store, Subject};
use rainwright::runtime::audit::AuditLog;
use rainwright::runtime::connect::{Question, Ui};
use rainwright::runtime::http::{Http, HttpOptions, Origins, Proxies, Settings};
use rainwright::runtime::store::{AnyStore, KeySource, StorePlace, home};
use rainwright::runtime::{Driver, Registry};
use rainwright::{Code, Problem};
use rainwright_sandbox::{origins_at, resolve_at};

use crate::project::{self, Project};
use crate::sandbox::Doubles;
use crate::{terminal, trust};

/// Which set of connections.
#[derive(Args, Clone, Debug, Default)]
pub struct EnvironmentArgs {
    /// Use the connections of this environment, such as production; otherwise RAINWRIGHT_ENV or the project names it
    #[arg(long, value_name = "NAME", help_heading = "Connections")]
    pub env: Option<Environment>,
}

impl EnvironmentArgs {
    /// The environment that is named: here, by `RAINWRIGHT_ENV`, or by the project.
    ///
    /// # Errors
    /// A project that names one and is not trusted.
    pub fn named(&self, project: &Project) -> Result<Option<Environment>, Problem> {
        let given = self.given()?;
        if given.is_none() && project.settings.environment.is_some() {
            trust::require(project)?;
        }
        Ok(given.or_else(|| project.settings.environment.clone()))
    }

    /// The same without a question of trust, for where nothing leaves the machine.
    fn named_by_anybody(&self, project: &Project) -> Result<Option<Environment>, Problem> {
        Ok(self.given()?.or_else(|| project.settings.environment.clone()))
    }

    /// The environment that the user names, on the command line or by `RAINWRIGHT_ENV`.
    fn given(&self) -> Result<Option<Environment>, Problem> {
        let variable = std::env::var("RAINWRIGHT_ENV").ok().filter(|name| !name.is_empty());
        match (&self.env, variable) {
            (Some(named), _) => Ok(Some(named.clone())),
            (None, Some(name)) => Environment::parse(&name).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// What every command with connections takes.
#[derive(Args, Clone, Debug, Default)]
pub struct NetworkArgs {
    /// Which set of connections
    #[command(flatten)]
    pub environment: EnvironmentArgs,
    /// Use the connections of this user before shared ones
    #[arg(long, value_name = "USER", help_heading = "Connections")]
    pub user: Option<String>,
    /// Read services of your own from the .toml files in this folder, besides those in `services/`
    #[arg(long = "services", value_name = "FOLDER", help_heading = "Connections")]
    pub services: Vec<PathBuf>,
    /// Let scripts reach a private host or network: HOST, HOST:PORT or a CIDR
    #[arg(long, value_name = "HOST", help_heading = "Connections")]
    pub allow_net: Vec<String>,
    /// Append a line for every call to this file: who, connection, method, host, path, status
    #[arg(long, value_name = "FILE", help_heading = "Connections")]
    pub audit: Option<PathBuf>,
    /// Reach services at the sandbox that `dg sandbox` serves here, such as http://127.0.0.1:8180
    #[arg(long, value_name = "URL", help_heading = "Connections")]
    pub sandbox_at: Option<String>,
    /// Trust the certificate authorities in this PEM file too
    #[arg(long, value_name = "FILE", help_heading = "Connections")]
    pub ca: Option<PathBuf>,
    /// Show servers that ask for it the client certificate in this PEM file, which holds its private key too
    #[arg(long, value_name = "FILE", help_heading = "Connections")]
    pub client_cert: Option<PathBuf>,
    /// Make all calls through this proxy, such as `http://proxy.example:3128`
    #[arg(long, value_name = "URL", env = "RAINWRIGHT_PROXY", hide_env_values = true, help_heading = "Connections")]
    pub proxy: Option<String>,
    /// The largest answer that is accepted, in bytes; a product's limit, where one is to hold
    #[arg(skip)]
    pub body_limit: Option<u64>,
}

impl NetworkArgs {
    /// The first of these options that is on the command line. The proxy may come from the environment and does not count.
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            ("--env", self.environment.env.is_some()),
            ("--user", self.user.is_some()),
            ("--services", !self.services.is_empty()),
            ("--allow-net", !self.allow_net.is_empty()),
            ("--audit", self.audit.is_some()),
            ("--sandbox-at", self.sandbox_at.is_some()),
            ("--ca", self.ca.is_some()),
            ("--client-cert", self.client_cert.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }

    /// Whose connections are used.
    pub fn subject(&self) -> Subject {
        self.user.clone().map_or(Subject::Shared, Subject::User)
    }

    /// The stand-ins of services: those of this run, or those that another process serves on this machine.
    fn origins(&self, doubles: Option<&Doubles>) -> Result<Vec<(String, String)>, Problem> {
        match (doubles, &self.sandbox_at) {
            (Some(doubles), _) => Ok(doubles.origins()),
            (None, None) => Ok(Vec::new()),
            (None, Some(base)) if is_loopback(base) => Ok(origins_at(base)),
            (None, Some(base)) => Err(Problem::new(Code::BadArgument, format!("'{base}' is no sandbox."))
                .with_help("A sandbox is on this machine: http://127.0.0.1 and a port, as `dg sandbox` tells it.")),
        }
    }

    /// The audit log, if one is wanted.
    pub fn audit_log(&self) -> Result<Option<Arc<AuditLog>>, Problem> {
        self.audit.as_deref().map(|path| AuditLog::open(path).map(Arc::new)).transpose()
    }
}

/// The started way out.
pub struct Network {
    /// Drives asynchronous work.
    pub driver: Arc<Driver>,
    /// The HTTP client.
    pub http: Arc<Http>,
    /// The connections.
    pub registry: Arc<Registry>,
    /// The set of connections that was named, if one was.
    pub environment: Option<Environment>,
    /// Whose connections are used.
    pub subject: Subject,
}

impl Network {
    /// Starts with the user's store, or with the doubles and a store that ends with the program.
    pub fn start(args: &NetworkArgs, project: &Project, doubles: Option<&Doubles>) -> Result<Self, Problem> {
        // In a sandbox nothing leaves this machine, and a project's network settings have no effect.
        let trusted = doubles.is_none() && args.sandbox_at.is_none();
        if trusted {
            trust::require(project)?;
        }
        let wanted = if trusted { project.settings.clone() } else { project::Settings::default() };
        let catalogue = Arc::new(project.catalogue(&args.services)?);
        let allow = AllowNet::parse(args.allow_net.iter().chain(&wanted.allow_net))?;
        let mut origins = Origins::new();
        for (host, base) in args.origins(doubles)? {
            origins.add(&host, &base)?;
        }
        if !trusted {
            // Play credentials and half a real service would help nobody.
            origins = origins.closed();
        }
        let mut options = HttpOptions::default();
        options.body_limit = args.body_limit.unwrap_or(options.body_limit);
        options.ca = args.ca.clone().or_else(|| project.path(wanted.ca.as_deref()));
        options.client_cert = args.client_cert.clone().or_else(|| project.path(wanted.client_cert.as_deref()));
        options.proxy = args.proxy.as_ref().or(wanted.proxy.as_ref()).map(Secret::new);
        if trusted {
            options.proxies = Proxies::from_environment();
        }
        let http = Arc::new(Http::new(Settings { allow, origins, options, ..Settings::default() }));
        let store: Arc<dyn Store> = match doubles {
            Some(_) => Arc::new(MemoryStore::default()),
            None => Arc::new(open_store()?),
        };
        let registry = Registry::new(store, catalogue, Arc::clone(&http));
        terminal::guard(&registry);
        let environment = match trusted {
            true => args.environment.named(project)?,
            false => args.environment.named_by_anybody(project)?,
        };
        Ok(Self { driver: Arc::new(Driver::start()?), http, registry, environment, subject: args.subject() })
    }

    /// The key that a link name stands for here.
    pub fn key(&self, name: &str) -> Key {
        let environment = self.environment.clone().unwrap_or_default();
        Key { environment, name: name.to_owned(), subject: self.subject.clone() }
    }

    /// The services.
    pub fn catalogue(&self) -> &Catalogue {
        self.registry.catalogue()
    }
}

/// Whether an address is plain HTTP to 127.0.0.1 with a port. Credentials go there, so nothing looser will do.
pub fn is_loopback(base: &str) -> bool {
    let port = base.trim_end_matches('/').strip_prefix("http://127.0.0.1:");
    port.is_some_and(|port| port.parse::<u16>().is_ok())
}

/// The user's store, or that of the team which `RAINWRIGHT_STORE` names.
pub fn open_store() -> Result<AnyStore, Problem> {
    let home = home()?;
    StorePlace::from_environment(&home)?.open(KeySource::from_environment(&home))
}

/// The person at the terminal.
pub struct Terminal {
    /// Whether browsers are opened, or addresses only shown.
    pub browser: bool,
    /// The sandbox where login pages are, if it plays.
    pub sandbox_at: Option<String>,
}

impl Ui for Terminal {
    fn ask(&self, question: &Question) -> Result<Secret, Problem> {
        if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            // What may be left empty is, where nobody can be asked; a default is put in by whoever asks.
            if question.optional || question.default.is_some() {
                return Ok(Secret::default());
            }
            return Err(Problem::new(
                Code::BadRequest,
                format!("\"{}\" is needed and nobody is there to ask.", question.title),
            )
            .with_help(format!(
                "Give it on the command line: --set {}=VALUE, or --set-env {0}=VARIABLE.",
                question.alias.unwrap_or(&question.name)
            )));
        }
        let mut words = question.title.clone();
        if !question.choices.is_empty() {
            words += &format!(" ({})", question.choices.join(", "));
        } else if let Some(example) = &question.example {
            words += &format!(" (such as {example})");
        }
        if let Some(default) = &question.default {
            words += &format!(" [{default}]");
        }
        words += ": ";
        loop {
            let answer = if question.secret { rpassword::prompt_password(&words) } else { prompt(&words) };
            let answer =
                answer.map_err(|e| Problem::new(Code::BadRequest, format!("The answer could not be read: {e}.")))?;
            let answer = answer.trim();
            match (&question.default, answer) {
                (Some(default), "") => return Ok(Secret::new(default.clone())),
                (None, "") if !question.optional => terminal::note("An answer is needed."),
                _ if !answer.is_empty()
                    && !question.choices.is_empty()
                    && !question.choices.iter().any(|c| c == answer) =>
                {
                    terminal::note(&format!("Choose one of {}.", question.choices.join(", ")));
                }
                _ => return Ok(Secret::new(answer.to_owned())),
            }
        }
    }

    fn open(&self, url: &str) -> Result<(), Problem> {
        let url = &self.sandbox_at.as_deref().map_or_else(|| url.to_owned(), |base| resolve_at(base, url));
        let shown = terminal::plain(url);
        terminal::note(&format!("Open this address in a browser and allow the access:\n\n  {shown}\n"));
        if self.browser {
            open_browser(url);
        }
        Ok(())
    }

    fn tell(&self, line: &str) {
        terminal::note(line);
    }
}

/// Reads a line from the terminal; the end of input is an answer that ends the login.
fn prompt(words: &str) -> std::io::Result<String> {
    use std::io::Write;
    let mut stderr = std::io::stderr();
    stderr.write_all(words.as_bytes())?;
    stderr.flush()?;
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line)? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line),
    }
}

/// Asks the desktop to open an address. It is shown anyway, so a failure needs no words.
pub fn open_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        Some("open")
    } else if cfg!(windows) {
        Some("explorer")
    } else {
        // Without a display there is no browser to come.
        let display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
        display.then_some("xdg-open")
    };
    if let Some(opener) = opener {
        let null = std::process::Stdio::null;
        let _ = std::process::Command::new(opener).arg(url).stdin(null()).stdout(null()).stderr(null()).spawn();
    }
}
