//! A host that does things for real: HTTP with the stored connections of the user, and mail.

use std::sync::Arc;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use rainwright::connections::policy::AllowNet;
use rainwright::connections::{Catalogue, Environment};
use rainwright::runtime::http::{Http, Settings};
use rainwright::runtime::live::Blocking;
use rainwright::runtime::store::{KeySource, SqliteStore, home};
use rainwright::runtime::{LiveOptions, Registry};
use rainwright::Problem;

/// Performs effects for real, with the connections that `dg connect` has stored.
#[pyclass(module = "rainwright", frozen)]
pub(crate) struct Live {
    live: Arc<rainwright::runtime::Live>,
    runtime: tokio::runtime::Runtime,
}

#[pymethods]
impl Live {
    /// Opens the store of connections. `allow_net` names private hosts that scripts may call, such as `127.0.0.1:8080`.
    #[new]
    #[pyo3(signature = (environment = None, allow_net = Vec::new()))]
    fn new(environment: Option<&str>, allow_net: Vec<String>) -> PyResult<Self> {
        let failed = |problem: Problem| PyOSError::new_err(problem.to_string());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let _guard = runtime.enter();
        let allow = AllowNet::parse(&allow_net).map_err(failed)?;
        let http = Arc::new(Http::new(Settings { allow, ..Settings::default() }));
        let folder = home().map_err(failed)?;
        let store = SqliteStore::open(&folder, KeySource::from_environment(&folder)).map_err(failed)?;
        let registry = Registry::new(Arc::new(store), Arc::new(Catalogue::shipped()), Arc::clone(&http));
        let environment = environment.map(Environment::parse).transpose().map_err(failed)?;
        let options = LiveOptions {
            registry: Some(registry),
            environment: environment.unwrap_or_default(),
            ..LiveOptions::default()
        };
        let live = Arc::new(rainwright::runtime::Live::new(http, options));
        drop(_guard);
        Ok(Self { live, runtime })
    }
}

impl Live {
    /// The host of one run.
    pub(crate) fn host(&self) -> Blocking {
        Blocking::new(Arc::clone(&self.live), self.runtime.handle().clone())
    }
}
