//! `dg widget`: makes widget projects, hosts them, and looks for mistakes in them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rainwright::connections::Connectors;
use rainwright::effect::{HttpRequest, HttpResponse};
use rainwright::runtime::Live;
use rainwright::runtime::audit::AuditLog;
use rainwright::runtime::live::LiveOptions;
use rainwright::runtime::store::home;
use rainwright::{Call, Effect, Problem};
use rainwright_server::widget::{
    Ask, CreatorApp, Listening, Widget, WidgetProject, WidgetReach, WidgetSettings, manifest, manifest::WidgetPage,
    validate,
};
use rainwright_server::{Functions, Source};

use super::console::host;
use super::widget_new::NewArgs;
use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem, listen_problem};
use crate::network::{Network, NetworkArgs, open_browser};
use crate::project::{self, Project};
use crate::sandbox::{Doubles, Launch};
use crate::{terminal, trust};

/// Hosts widgets: pages that Zoho's products show within themselves.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  dg widget new my_widget
  dg widget serve my_widget --functions my_widget/functions --sandbox --record 1001
  dg widget serve my_widget --functions functions --module Leads --record 1001
  dg widget validate my_widget

A widget project is a folder with plugin-manifest.json and a folder app, as `dg widget new` and `zet init` make it. Its page runs under another
host name than the page around it, and reaches only the connections, functions and servers that you allow there.")]
pub enum Command {
    /// Make a widget project, with a small example that runs a function and calls a connection
    New(NewArgs),
    /// Show a widget in a browser, until Ctrl-C: its SDK's calls use your connections, functions, or the sandbox
    Serve(Box<ServeArgs>),
    /// Look for mistakes in a widget project before it is packed
    Validate {
        /// The folder of the project
        #[arg(default_value = ".")]
        folder: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What `dg widget serve` takes.
#[derive(clap::Args)]
pub struct ServeArgs {
    /// The folder of the widget project
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The port of the page around the widget; 0 is any free one. The widget gets a free one of its own
    #[arg(long, default_value_t = 8192)]
    port: u16,
    /// Let it run the functions of this folder, once you have allowed that in the page
    #[arg(long, value_name = "FOLDER")]
    functions: Option<PathBuf>,
    /// Let it call connectors: the .toml files of this folder; otherwise those in `connectors/` beside the functions
    #[arg(long, value_name = "FOLDER")]
    connectors: Option<PathBuf>,
    /// Allow it this connection, also when its manifest does not name it
    #[arg(long = "connection", value_name = "NAME")]
    connections: Vec<String>,
    /// Allow it to call this host without credentials: api.example.com, or *.example.com for all below
    #[arg(long = "domain", value_name = "HOST")]
    domains: Vec<String>,
    /// The page to show: /app/widget.html, or those that the manifest names
    #[arg(long, value_name = "PATH")]
    page: Option<String>,
    /// The module of the record that the page is opened for
    #[arg(long, value_name = "NAME", default_value = "Leads")]
    module: String,
    /// The record that the page is opened for; several are those that are ticked in a list
    #[arg(long = "record", value_name = "ID")]
    records: Vec<String>,
    /// The application that a widget of Creator lives in
    #[arg(long, value_name = "OWNER/APPLICATION")]
    app: Option<String>,
    /// Give it our own implementation in place of the SDK files that Zoho serves; needs no network
    #[arg(long)]
    own_sdk: bool,
    /// Use stand-ins for the services on this machine, with data to play with; no account is needed
    #[arg(long, conflicts_with = "sandbox_at")]
    sandbox: bool,
    /// Show the link only, and open no browser
    #[arg(long)]
    no_browser: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

impl Command {
    /// Does it.
    pub fn run(self) -> CommandResult {
        match self {
            Command::New(args) => args.run(),
            Command::Serve(args) => args.run(),
            Command::Validate { folder, json } => look(&folder, json),
        }
    }
}

fn look(folder: &Path, json: bool) -> CommandResult {
    let found = validate(folder)?;
    let word = |is_error| if is_error { "error" } else { "warning" };
    if json {
        let list: Vec<_> = found
            .iter()
            .map(|f| serde_json::json!({ "severity": word(f.is_error), "file": f.file, "message": f.message }))
            .collect();
        terminal::out(&serde_json::Value::from(list).to_string());
    } else {
        for finding in &found {
            let line = format!("{}: {}: {}", finding.file, word(finding.is_error), finding.message);
            terminal::out(&terminal::plain(&line));
        }
        if found.is_empty() {
            terminal::note("Nothing is wrong.");
        }
    }
    let is_bad = found.iter().any(|finding| finding.is_error);
    Ok(if is_bad { Exit::Found } else { Exit::Done })
}

/// The way out: the user's connections, or those of the sandbox, made when they are first used.
struct Out {
    live: Live,
    network: Network,
    doubles: Option<Doubles>,
    /// Held while a connection to the sandbox is made: a page makes several calls at once.
    connecting: Mutex<()>,
}

impl WidgetReach for Out {
    fn call(&self, request: HttpRequest) -> Result<HttpResponse, Problem> {
        if let Some(doubles) = &self.doubles {
            let _turn = self.connecting.lock().unwrap_or_else(PoisonError::into_inner);
            doubles.connect(&self.network, &request)?;
        }
        let call = Call::new(Effect::Http(Box::new(request)));
        let outcome = self.network.driver.wait(self.live.perform(call)).map_err(rainwright::Refusal::problem)?;
        outcome.into_http()
    }

    fn tell_link(&self, link: &str) {
        terminal::note(&format!("The link was used. For another browser: {link}"));
    }
}

impl ServeArgs {
    fn run(self) -> CommandResult {
        let mut widget = WidgetProject::open(&self.folder)?;
        if let Some(path) = &self.page {
            widget.pages = vec![WidgetPage {
                name: String::new(),
                location: String::new(),
                path: path.trim_start_matches("./").to_owned(),
            }];
        }
        for finding in validate(&self.folder)?.iter().filter(|finding| finding.is_error) {
            terminal::note(&terminal::plain(&format!("{}: {}", finding.file, finding.message)));
        }
        let home = home()?;
        // The project whose settings hold is that of the functions: the widget's folder is a stranger's.
        let project = match &self.functions {
            Some(folder) => Project::of(folder)?,
            None => Project::default(),
        };
        let doubles = if self.sandbox { Some(Doubles::launch(Launch::default())?) } else { None };
        if doubles.is_none() {
            trust::require(&project)?;
        }
        let network = Network::start(&self.network, &project, doubles.as_ref())?;
        let connectors = match &self.connectors {
            Some(folder) => project::connectors_in(folder)?,
            None if self.functions.is_some() => project.connectors()?,
            None => Connectors::default(),
        };
        let audit = match &self.network.audit {
            Some(file) => file.clone(),
            None => {
                // With a sandbox nothing else has made the folder.
                make_folder(&home).map_err(|e| file_problem(&home, FileUse::Make, &e))?;
                home.join("widget-calls.jsonl")
            }
        };
        let functions = self.functions(&project, &network, doubles.as_ref(), &audit, connectors.clone())?;
        let options = LiveOptions {
            registry: Some(Arc::clone(&network.registry)),
            environment: network.environment.clone().unwrap_or_default(),
            subject: network.subject.clone(),
            who: Some(format!("widget {}", widget.name())),
            audit: Some(Arc::new(AuditLog::open(&audit)?)),
            ..LiveOptions::default()
        };
        let live = Live::new(Arc::clone(&network.http), options);
        let driver = Arc::clone(&network.driver);
        let reach = Arc::new(Out { live, network, doubles, connecting: Mutex::default() });
        let mut settings = WidgetSettings {
            project: widget,
            reach,
            functions: None,
            connectors,
            allowed: self.allowed()?,
            home,
            address: String::new(),
            widget_address: String::new(),
            record: (self.module.clone(), self.records.clone()),
            creator: self.creator()?,
            own_sdk: self.own_sdk,
        };
        let (port, browser) = (self.port, !self.no_browser);
        driver.wait(async move {
            settings.functions = functions.map(|make| make()).transpose()?;
            let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let taken = |e: std::io::Error| listen_problem(wanted, &e);
            let listening = Listening::at(port).await.map_err(taken)?;
            settings.address = format!("http://{}", listening.host_address());
            settings.widget_address = listening.widget_origin();
            let widget = Widget::new(settings, listening.host_address())?;
            let link = widget.link();
            terminal::out(&link);
            terminal::note("The link works once. Ctrl-C ends the widget.");
            if browser {
                open_browser(&link);
            }
            listening.run(&widget).await.map_err(taken)?;
            Ok(Exit::Done)
        })
    }

    /// What the command line allows.
    fn allowed(&self) -> CommandResult<Vec<Ask>> {
        let mut allowed: Vec<Ask> = self.connections.iter().cloned().map(Ask::Connection).collect();
        for host in &self.domains {
            let domain = manifest::domain(host)
                .ok_or_else(|| Trouble::Usage(format!("'{host}' is no public host, such as api.example.com.")))?;
            allowed.push(Ask::Domain(domain));
        }
        Ok(allowed)
    }

    fn creator(&self) -> CommandResult<CreatorApp> {
        let Some(app) = &self.app else { return Ok(CreatorApp::default()) };
        let (owner, app) =
            app.split_once('/').ok_or_else(|| Trouble::Usage(format!("'{app}' is not OWNER/APPLICATION.")))?;
        Ok(CreatorApp { owner: owner.to_owned(), app: app.to_owned() })
    }

    /// Makes the functions that the widget may run within a runtime.
    fn functions(
        &self,
        project: &Project,
        network: &Network,
        doubles: Option<&Doubles>,
        audit: &Path,
        connectors: Connectors,
    ) -> CommandResult<Option<MakeFunctions>> {
        let Some(folder) = &self.functions else { return Ok(None) };
        let engine = project.engine(None, false, None)?;
        let files = project::scripts(std::slice::from_ref(folder)).map_err(Trouble::of_path)?;
        let mut sources = Vec::with_capacity(files.len());
        for file in &files {
            let source = Source { name: file.display().to_string(), text: project::read(file)? };
            if let Some(doubles) = doubles {
                connect_ahead(doubles, network, &source.text)?;
            }
            sources.push(source);
        }
        let library = project.library()?;
        let host = host(network, self.network.user.clone(), audit, connectors)?;
        Ok(Some(Box::new(move || Ok(Functions::new(engine, sources, library, host)?))))
    }
}

/// Makes a folder that only its owner can enter.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes functions within a runtime.
type MakeFunctions = Box<dyn FnOnce() -> CommandResult<Functions> + Send>;

/// Makes the connections to the sandbox that a function may use: those that it names as a service is called, and Zoho's.
fn connect_ahead(doubles: &Doubles, network: &Network, text: &str) -> CommandResult<()> {
    let named = |id: &&str| text.contains(&format!("\"{id}\"")) || text.contains(&format!("'{id}'"));
    let ids: Vec<&str> = network.catalogue().ids().into_iter().filter(named).collect();
    let zoho = text.contains("zoho.").then_some("zoho_oauth");
    for id in ids.into_iter().chain(zoho) {
        let request = HttpRequest { connection: Some(id.to_owned()), ..HttpRequest::default() };
        if let Err(problem) = doubles.connect(network, &request) {
            terminal::note(&format!("sandbox: no connection {id}: {}", problem.message));
        }
    }
    Ok(())
}
