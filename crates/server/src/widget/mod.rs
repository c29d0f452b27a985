//! Hosts a widget: its page in a frame of another origin, and the host's side of the messages that Zoho's SDKs send.
//!
//! A widget is a stranger's code. Its files are served by a second listener under another host name, so that for a browser
//! its page is another site; what it asks for comes as messages to the host page, which passes them on with the session's
//! token. Here it is decided whether the user has allowed it: [`Grants`]. It never sees a credential.

mod call;
mod creator;
mod crm;
mod files;
mod grants;
pub mod manifest;
mod message;
mod outside;
mod page;
mod product;
mod project;
mod serve;
mod validate;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use rainwright::connections::Connectors;
use rainwright::effect::{HttpRequest, HttpResponse};
use rainwright::{Code, Problem};

use crate::Functions;
use crate::web::{self, Gate, Sessions, Throttle, assets, gate, headers};

pub use creator::CreatorApp;
pub use grants::{Ask, Grants};
pub use manifest::WidgetProject;
pub use project::{WidgetKind, write as write_project};
pub use serve::Listening;
pub use validate::{WidgetFinding, validate};

/// The way out of the program around the widget: connections, HTTP, a sandbox. The method blocks.
pub trait WidgetReach: Send + Sync {
    /// Makes a call, signed with the connection or the default connection of the service that it names.
    ///
    /// # Errors
    /// When there is no such connection, or no answer.
    fn call(&self, request: HttpRequest) -> Result<HttpResponse, Problem>;

    /// Tells the person at the terminal a new one-time link.
    fn tell_link(&self, link: &str);
}

/// How a widget is hosted.
pub struct WidgetSettings {
    /// The project.
    pub project: WidgetProject,
    /// The way out.
    pub reach: Arc<dyn WidgetReach>,
    /// The functions that it may run, if any.
    pub functions: Option<Functions>,
    /// The connectors that it may call.
    pub connectors: Connectors,
    /// What the user allows on the command line, besides what is asked in the page.
    pub allowed: Vec<Ask>,
    /// The user's data folder.
    pub home: PathBuf,
    /// Where the browser finds the host page: `http://127.0.0.1:8192`.
    pub address: String,
    /// The origin of the widget's own files: another host name, such as `http://localhost:8193`.
    pub widget_address: String,
    /// The module and the records that the page is opened for.
    pub record: (String, Vec<String>),
    /// The application that a widget of Creator lives in.
    pub creator: CreatorApp,
    /// Whether our own implementation takes the place of Zoho's SDK files.
    pub own_sdk: bool,
}

/// A hosted widget. Cloning shares it.
#[derive(Clone)]
pub struct Widget {
    shared: Arc<Shared>,
}

struct Shared {
    settings: WidgetSettings,
    sessions: Sessions<()>,
    key: Mutex<String>,
    by_address: Throttle<IpAddr>,
    grants: RwLock<Grants>,
}

impl Widget {
    /// A widget whose host page listens at an address.
    ///
    /// # Errors
    /// When the user's answers cannot be read, or the system gives no random bytes.
    pub fn new(settings: WidgetSettings, listening: SocketAddr) -> Result<Self, Problem> {
        let grants = Grants::load(&settings.home, &settings.project)?;
        let shared = Shared {
            sessions: Sessions::new(&format!("dg_widget_{}", listening.port()), false),
            key: Mutex::new(web::random().map_err(no_random)?),
            by_address: Throttle::default(),
            grants: RwLock::new(grants),
            settings,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The one-time link to the host page.
    #[must_use]
    pub fn link(&self) -> String {
        let key = self.shared.key.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{}/enter?key={key}", self.shared.settings.address)
    }

    /// The routes of the host page.
    pub fn routes(&self) -> Router {
        let inside = Router::new()
            .route("/", get(page::host))
            .route("/permissions", get(page::permissions).post(page::permit))
            .layer(from_fn_with_state(Gate::closed(self.shared.sessions.clone(), "/login"), gate::<()>));
        Router::new()
            .merge(inside)
            .route("/login", get(page::login))
            .route("/enter", get(page::enter))
            .route("/call", post(call::call))
            .route(&page::SCRIPT_PATH, get(page::script))
            .with_state(self.clone())
            .merge(assets())
            .layer(from_fn(headers))
    }

    /// The routes of the widget's own origin.
    pub fn file_routes(&self) -> Router {
        files::routes(self.clone())
    }

    fn project(&self) -> &WidgetProject {
        &self.shared.settings.project
    }

    /// Whether pages get our own SDK: nobody outside of Zoho can tell how those of Creator, Desk and finance talk to their host.
    fn brings_sdk(&self) -> bool {
        let service = self.project().service.as_str();
        self.shared.settings.own_sdk || service == "CREATOR" || product::has(service)
    }

    fn policy(&self) -> String {
        let grants = self.grants();
        let more = self.shared.settings.allowed.iter().filter_map(|ask| match ask {
            Ask::Domain(host) => Some(host.as_str()),
            _ => None,
        });
        files::policy(&self.shared.settings.address, grants.domains().chain(more))
    }

    fn grants(&self) -> Grants {
        self.shared.grants.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn asked(&self) -> Vec<Ask> {
        let settings = &self.shared.settings;
        let mut asked = grants::asked(&settings.project, settings.functions.is_some(), &settings.connectors);
        asked.retain(|ask| !settings.allowed.contains(ask));
        asked
    }

    fn allows(&self, ask: &Ask) -> bool {
        self.shared.settings.allowed.contains(ask) || (self.asked().contains(ask) && self.grants().allows(ask))
    }

    fn allows_host(&self, host: &str) -> bool {
        let own = self.shared.settings.allowed.iter().any(|ask| match ask {
            Ask::AnyDomain => true,
            Ask::Domain(pattern) => manifest::covers(pattern, host),
            _ => false,
        });
        own || self.grants().allows_host(host)
    }
}

fn no_random(error: getrandom::Error) -> Problem {
    Problem::new(Code::StoreProblem, format!("The system gives no random bytes: {error}."))
}
