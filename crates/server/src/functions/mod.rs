//! The service that runs a project's functions: routes, and what they share.

mod answer;
mod catalogue;
mod durable;
mod given;
mod limits;
mod log;
mod openapi;
mod run;
mod runs;
mod watched;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get, post};
use rainwright::effect::DataMap;
use rainwright::runtime::Live;
use rainwright::runtime::journal::{InDoubt, Journal};
use rainwright::{Engine, EntryPoint, Failure, Library, Pool, Problem};

use crate::keys::Keys;
use catalogue::Catalogue;
use durable::DurableRuns;
use limits::Rates;
use log::Metrics;
use runs::{Remembered, Runs};

pub use answer::Ran;
pub use catalogue::Source;
pub use watched::SeenEffect;

/// Bounds of a server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long one run may take.
    pub time: Duration,
    /// How many runs may be under way; further callers are told to come back.
    pub running: usize,
    /// The largest body that is read, in bytes.
    pub body: usize,
    /// How many calls a minute a caller may make whose key has no bound of its own.
    pub per_minute: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(60), running: 256, body: 10 << 20, per_minute: None }
    }
}

/// Makes the host of one run.
pub type MakeHost = Box<dyn Fn() -> Result<Live, Problem> + Send + Sync>;

/// Takes the lines of the access log, each a JSON object.
pub type LogSink = Box<dyn Fn(&str) + Send + Sync>;

/// The functions of a project as a service. Cloning shares it.
#[derive(Clone)]
pub struct Functions {
    shared: Arc<Shared>,
}

struct Shared {
    catalogue: Catalogue,
    host: MakeHost,
    pool: Pool,
    limits: Limits,
    /// `None` lets everybody in.
    keys: Option<RwLock<Keys>>,
    log: Option<LogSink>,
    rates: Mutex<Rates>,
    runs: Runs,
    /// Where there is a journal.
    durable: Option<Arc<DurableRuns>>,
    remembered: Remembered,
    metrics: Metrics,
}

impl Functions {
    /// A service of the functions in `sources`, which may call each other and those of `library`.
    ///
    /// # Errors
    /// When the threads that evaluate cannot be started; outside of a tokio runtime.
    pub fn new(engine: Engine, sources: Vec<Source>, library: Library, host: MakeHost) -> Result<Self, Failure> {
        let shared = Shared {
            catalogue: Catalogue::new(durable::engine(engine), sources, library),
            host,
            pool: Pool::start()?,
            limits: Limits::default(),
            keys: None,
            log: None,
            rates: Mutex::default(),
            runs: Runs::default(),
            durable: None,
            remembered: Remembered::default(),
            metrics: Metrics::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    fn change(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        // It is not shared before the routes are made.
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            change(shared);
        }
        self
    }

    /// The same service with other bounds.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        self.change(|shared| shared.limits = limits)
    }

    /// The same service for callers with a key only.
    #[must_use]
    pub fn with_keys(self, keys: Keys) -> Self {
        self.change(|shared| shared.keys = Some(RwLock::new(keys)))
    }

    /// The same service with a journal: callers may ask for runs that survive the server. `policy` is what happens to an
    /// effect that was begun when the server ended.
    #[must_use]
    pub fn with_journal(self, journal: Arc<dyn Journal>, policy: InDoubt) -> Self {
        self.change(|shared| {
            shared.durable = Some(Arc::new(DurableRuns::new(journal, policy, shared.limits.running)));
        })
    }

    /// Takes up the durable runs that an earlier server has left; to be called within a tokio runtime.
    pub fn resume_runs(&self) {
        tokio::spawn(durable::take_up(self.clone()));
    }

    /// Puts the durable runs in progress aside for the next server: each stops at its next loop turn, call or effect.
    pub fn stop_runs(&self) {
        if let Some(runs) = &self.shared.durable {
            runs.stop();
        }
    }

    /// The same service with an access log.
    #[must_use]
    pub fn with_log(self, log: LogSink) -> Self {
        self.change(|shared| shared.log = Some(log))
    }

    fn set_keys(&self, keys: Keys) {
        if let Some(held) = &self.shared.keys {
            *held.write().unwrap_or_else(PoisonError::into_inner) = keys;
        }
    }

    /// Takes over what `dg keys` changes while the server runs: the folder's file is looked at every two seconds. A file
    /// that is damaged changes nothing.
    pub async fn follow_keys(self, home: PathBuf) {
        let stamp = || {
            let meta = std::fs::metadata(Keys::file(&home)).ok()?;
            Some((meta.modified().ok()?, meta.len()))
        };
        let mut seen = stamp();
        loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let now = stamp();
            if now != seen
                && let Ok(keys) = Keys::open(&home)
            {
                seen = now;
                self.set_keys(keys);
            }
        }
    }

    /// The names of the functions that can be called.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.shared.catalogue.names().map(str::to_owned).collect()
    }

    /// The functions that can be called, by name, each with its parameters or with why it cannot be compiled.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, Result<EntryPoint, Failure>)> {
        let names = self.names().into_iter();
        names.filter_map(|name| self.entry(&name).map(|entry| (name, entry))).collect()
    }

    /// The function of that name, `None` when there is none.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<Result<EntryPoint, Failure>> {
        self.shared.catalogue.find(name).map(|found| found.map(|callable| callable.entry.clone()))
    }

    /// Runs a function with arguments by name, text or of their types; `None` when there is none of that name.
    pub async fn run_named(&self, name: &str, arguments: DataMap) -> Option<Ran> {
        match self.shared.catalogue.find(name)? {
            Ok(callable) => Some(self.shared.run(callable, arguments).await),
            Err(failure) => Some(Ran::failed(failure)),
        }
    }

    /// Runs a function with arguments by name and answers as CRM does; `None` when there is none of that name.
    pub async fn crm_answer(&self, name: &str, arguments: DataMap) -> Option<axum::response::Response> {
        match self.shared.catalogue.find(name)? {
            Ok(callable) => {
                let ran = self.shared.run(Arc::clone(&callable), arguments).await;
                Some(answer::crm(ran, &callable.entry, &callable.digest))
            }
            Err(failure) => {
                let message = format!("The function cannot be compiled. {failure}");
                let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
                Some(answer::crm_refused(status, "BROKEN_FUNCTION", &message))
            }
        }
    }

    /// How many runs are under way.
    #[must_use]
    pub fn running(&self) -> usize {
        self.shared.pool.load()
    }

    /// The routes of the service.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/crm/{version}/functions/{name}/actions/execute", any(run::of_crm))
            .route("/run/{name}", any(run::plain))
            .route("/runs/{id}", get(run::status))
            .route("/runs/{id}/signals/{name}", post(durable::signal))
            .route("/health", get(run::health))
            .route("/metrics", get(run::metrics))
            .route("/openapi.json", get(openapi::document))
            .with_state(self.clone())
    }
}
