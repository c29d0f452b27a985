//! The console: connections, functions and who may see them, as pages for a browser.
//!
//! It shows and calls what the libraries do: [`Registry`] makes, tests and revokes connections, [`Functions`] runs functions.
//! Of the program around it, it needs a [`Workplace`]. Who may do what is decided in one place, `access`.

mod access;
mod attempt;
mod change;
mod connect;
mod consent;
mod custom;
mod frame;
mod functions;
mod history;
mod links;
mod list;
mod login;
mod pick;
mod runs;
mod sandbox;
mod users;
mod view;
mod webhook;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use rainwright::connections::{Catalogue, Environment};
use rainwright::runtime::Registry;
use rainwright::{Code, Problem};

use crate::Functions;
use crate::web::{self, Gate, Sessions, Throttle, assets, gate, headers};
use access::Who;
use attempt::Attempts;
use history::History;
use runs::RecentRuns;

pub use access::Role;
pub use links::{ConsentLink, ConsentLinks};
pub use users::{User, Users};
pub use webhook::{Notice, secret as webhook_secret, secret_file as webhook_secret_file, send_notice};

/// A place in a script that names a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The file, as messages show it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// What the console needs of the program around it: the project's files, and where addresses lead. The methods may block.
pub trait Workplace: Send + Sync {
    /// Keeps the file of a custom service, and gives the services that there are now.
    ///
    /// # Errors
    /// When there is a file of that name already, or it cannot be written.
    fn save_service(&self, id: &str, toml: &str) -> Result<Catalogue, Problem>;

    /// The places in the project's scripts that name a connection.
    ///
    /// # Errors
    /// When a script cannot be read.
    fn uses(&self, connection: &str) -> Result<Vec<Use>, Problem>;

    /// Where the browser finds an address: elsewhere when a sandbox plays the services.
    fn resolve(&self, url: &str) -> String;

    /// Tells the person at the terminal a new one-time link.
    fn tell_link(&self, link: &str);

    /// Runs a function of the project with inputs and answers that are made up to fit, and tells what came of it.
    ///
    /// # Errors
    /// When there is no such function, or this console tries none.
    fn try_out(&self, function: &str) -> Result<String, Problem> {
        Err(Problem::new(Code::NotSupported, format!("This console does not try {function} out.")))
    }

    /// Asks the sandbox that plays services: method, path below its own pages, and body; answers status and body.
    ///
    /// # Errors
    /// [`Code::NotSupported`] when none plays; when it does not answer.
    fn sandbox(&self, method: &str, path: &str, body: &str) -> Result<(u16, String), Problem> {
        let _ = (method, path, body);
        Err(Problem::new(Code::NotSupported, "No sandbox plays services here."))
    }
}

/// Who gets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever has the one-time link of the terminal, as admin.
    Link,
    /// The users of [`Users`], each with a password and a role.
    Password,
}

/// How a console is started.
pub struct Settings {
    /// The connections.
    pub registry: Arc<Registry>,
    /// The set that new connections belong to.
    pub environment: Environment,
    /// The program around it.
    pub workplace: Arc<dyn Workplace>,
    /// The project's functions, if there are any.
    pub functions: Option<Functions>,
    /// The user's data folder, for users and history.
    pub home: PathBuf,
    /// The file that calls are written to.
    pub audit: PathBuf,
    /// Where browsers reach it: `http://127.0.0.1:8190`.
    pub address: String,
    /// Who gets in.
    pub access: Access,
}

/// The console. Cloning shares it.
#[derive(Clone)]
pub struct Console {
    shared: Arc<Shared>,
}

struct Shared {
    registry: RwLock<Arc<Registry>>,
    settings: Settings,
    sessions: Sessions<Who>,
    attempts: Attempts,
    history: History,
    runs: RecentRuns,
    /// The key of the one-time link.
    key: Mutex<String>,
    by_address: Throttle<std::net::IpAddr>,
    by_user: Throttle<String>,
}

impl Console {
    /// A console. Its cookie has the port in its name, since browsers share cookies between the ports of a host.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the system gives no random bytes.
    pub fn new(settings: Settings, listening: SocketAddr) -> Result<Self, Problem> {
        let secure = settings.address.starts_with("https://");
        let shared = Shared {
            registry: RwLock::new(Arc::clone(&settings.registry)),
            sessions: Sessions::new(&format!("dg_console_{}", listening.port()), secure),
            attempts: Attempts::default(),
            history: History::in_folder(&settings.home),
            runs: RecentRuns::default(),
            key: Mutex::new(web::random().map_err(no_random)?),
            by_address: Throttle::default(),
            by_user: Throttle::default(),
            settings,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The one-time link. Once it was used, [`Workplace::tell_link`] gets the next one.
    #[must_use]
    pub fn link(&self) -> String {
        let key = self.shared.key.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{}/enter?key={key}", self.shared.settings.address)
    }

    /// The address that providers send the browser back to.
    #[must_use]
    pub fn redirect_url(&self) -> String {
        format!("{}/oauth/callback", self.shared.settings.address)
    }

    /// Its routes.
    pub fn routes(&self) -> Router {
        let inside = Router::new()
            .route("/", get(async || web::see_other("/connections")))
            .route("/logout", post(login::leave))
            .route("/connections", get(list::page))
            .route("/connections/pick", get(pick::page))
            .route("/connections/pick/{service}", get(connect::page))
            .route("/connections/custom", get(custom::page).post(custom::create))
            .route("/connections/connect", post(connect::create))
            .route("/connections/reconnect", get(connect::again_page).post(connect::again))
            .route("/connections/login/{id}", get(attempt::page).post(attempt::give_up))
            .route("/connections/view", get(view::page))
            .route("/connections/{action}", post(change::act))
            .route("/oauth/callback", get(attempt::callback))
            .route("/sandbox", get(sandbox::page).post(sandbox::change))
            .route("/functions", get(functions::list))
            .route("/functions/{name}", get(functions::page).post(functions::run))
            .fallback(frame::missing)
            .layer(from_fn_with_state(self.clone(), access::check))
            .layer(from_fn_with_state(Gate::closed(self.shared.sessions.clone(), "/login"), gate::<Who>));
        let guest = Who::new("guest", Role::Guest);
        let links = Router::new()
            .route("/consent/{token}", get(consent::page).post(consent::begin))
            .layer(from_fn_with_state(Gate::open(self.shared.sessions.clone(), guest), gate::<Who>))
            .layer(from_fn_with_state(self.clone(), consent::known));
        Router::new()
            .route("/login", get(login::page).post(login::enter))
            .route("/enter", get(login::by_link))
            .merge(links)
            .merge(inside)
            .with_state(self.clone())
            .merge(assets())
            .layer(from_fn(headers))
    }

    /// What goes on beside the pages, as long as the console runs: it follows the users, and tells webhooks.
    pub async fn look_after(self) {
        tokio::join!(self.clone().follow_users(), self.clone().watch_health(), self.tell_webhooks());
    }

    /// Takes over what `dg console user` changes while the console runs: every two seconds, whoever is no user any more or
    /// has another role is signed out. A file that is damaged changes nothing.
    async fn follow_users(self) {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            let home = self.shared.settings.home.clone();
            let users = blocking(move || Users::open(&home)).await;
            if let (Access::Password, Ok(users)) = (self.shared.settings.access, users) {
                let is_known = |who: &Who| {
                    who.role == Role::Guest
                        || users.list().iter().any(|user| {
                            user.name == who.name && user.role == who.role && user.environments == who.environments
                        })
                };
                self.shared.sessions.end_where(|who| !is_known(who));
            }
        }
    }

    /// Notes in the history when a connection goes bad, or is good again.
    async fn watch_health(self) {
        let mut known = std::collections::HashMap::new();
        loop {
            if let Ok(all) = self.registry().health(None).await {
                let now: std::collections::HashMap<_, _> = all
                    .iter()
                    .filter(|one| !one.is_draft())
                    .map(|one| {
                        let why = one.problem.clone().or_else(|| (!one.usable).then(|| one.status.to_owned()));
                        (one.key.clone(), why)
                    })
                    .collect();
                for (key, why) in &now {
                    // What it is like when the console starts is no news, unless it is bad.
                    let before: Option<&Option<String>> = known.get(key);
                    match (before, why) {
                        (Some(Some(_)), None) => {
                            self.shared.history.note("console", history::HEALTH, key, Ok("good again"))
                        }
                        (before, Some(why)) if before.is_none_or(|before| before.as_ref() != Some(why)) => {
                            self.shared.history.note("console", history::HEALTH, key, Err(why));
                        }
                        _ => {}
                    }
                }
                known = now;
            }
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        }
    }

    fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.shared.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes other services; logins under way keep those that they began with.
    fn set_catalogue(&self, catalogue: Catalogue) {
        let mut held = self.shared.registry.write().unwrap_or_else(PoisonError::into_inner);
        *held = held.with_catalogue(Arc::new(catalogue));
    }
}

fn no_random(error: getrandom::Error) -> Problem {
    Problem::new(Code::StoreProblem, format!("The system gives no random bytes: {error}."))
}

/// Does what may block away from the threads that serve.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Problem::new(Code::StoreProblem, "The work was broken off.")),
    }
}
