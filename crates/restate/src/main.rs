//! `dg-worker`: serves the functions of a folder to Restate.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use rainwright::connections::policy::AllowNet;
use rainwright::connections::{Catalogue, Environment, Secret, Store, Subject};
use rainwright::runtime::http::{Http, HttpOptions, Proxies, Settings};
use rainwright::runtime::live::LiveOptions;
use rainwright::runtime::store::{KeySource, SqliteStore, home};
use rainwright::runtime::{Live, Registry};
use rainwright::{Code, Engine, Failure, Problem};
use rainwright_restate::{Source, Worker};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Serves the functions of a folder as handlers of Restate, until Ctrl-C. Each effect of a script is a durable step.
#[derive(Parser)]
#[command(
    name = "dg-worker",
    version,
    after_help = "Examples:
  dg-worker functions --listen 127.0.0.1:9080
  curl http://127.0.0.1:9070/deployments -H 'Content-Type: application/json' -d '{\"uri\":\"http://127.0.0.1:9080\"}'
  curl http://127.0.0.1:8080/functions/price -H 'Content-Type: application/json' -d '{\"sku\":\"A12\"}'"
)]
struct Args {
    /// Folders with functions, or single files
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Where Restate reaches this worker; one on another machine does only at an address of the network
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9080")]
    listen: SocketAddr,
    /// The name of the service whose handlers the functions are
    #[arg(long, value_name = "NAME", default_value = "functions")]
    service: String,
    /// Answer only the Restate server with this public key, such as publickeyv1_…
    #[arg(long, value_name = "KEY", env = "RAINWRIGHT_RESTATE_KEY")]
    identity_key: Option<String>,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The account's time zone, such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Use the connections of this environment, such as production
    #[arg(long, value_name = "NAME", env = "RAINWRIGHT_ENV")]
    env: Option<String>,
    /// Use the connections of this user before shared ones
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Let scripts reach a private host or network: HOST, HOST:PORT or a CIDR
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,
    /// The store of connections that all workers share, postgres://USER@HOST/DATABASE; otherwise a file of this user
    #[arg(long, value_name = "ADDRESS", env = "RAINWRIGHT_STORE", hide_env_values = true)]
    store: Option<String>,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("warn,rainwright_restate=info"));
    // What no line is made of is not looked at, but for the span that says whether a run is being rebuilt. Without this the
    // filter below would be asked about every step of HTTP/2.
    let needed = EnvFilter::new(format!("restate_sdk::endpoint=info,{filter}"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    // What a script logs is not logged again while its run is rebuilt.
    let lines = lines.with_filter(restate_sdk::filter::ReplayAwareFilter);
    tracing_subscriber::registry().with(needed).with(lines).init();
    // A second provider would be another one of ours.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Args::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            if !failure.help().is_empty() {
                eprintln!("{}", failure.help());
            }
            ExitCode::FAILURE
        }
    }
}

impl Args {
    fn run(self) -> Result<(), Failure> {
        let mut engine = Engine::new();
        if let Some(profile) = &self.profile {
            engine = engine.profile(profile)?;
        }
        if let Some(zone) = &self.timezone {
            engine = engine.timezone(zone)?;
        }
        let sources = self.sources()?;
        let live = self.live()?;
        let failed = |what: String| Failure::from(Problem::new(Code::NotSupported, what));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|e| failed(format!("The system gives no threads: {e}.")))?;
        runtime.block_on(async {
            let worker = Worker::new(engine, &sources, live)?;
            let names: Vec<&str> = worker.names().collect();
            if names.is_empty() {
                return Err(failed("There is no function in these files that can be called.".into()));
            }
            let endpoint = worker.endpoint(&self.service, self.identity_key.as_deref())?;
            let listener = tokio::net::TcpListener::bind(self.listen).await;
            let listener = listener.map_err(|e| failed(format!("{} cannot be listened at: {e}.", self.listen)))?;
            let address = listener.local_addr().unwrap_or(self.listen);
            println!("http://{address}");
            for name in names {
                eprintln!("  {}/{name}", self.service);
            }
            Worker::serve(endpoint, listener, tokio::signal::ctrl_c()).await
        })
    }

    /// The host that performs effects, with the connections of the store.
    fn live(&self) -> Result<Live, Problem> {
        let allow = AllowNet::parse(&self.allow_net)?;
        let options = HttpOptions { proxies: Proxies::from_environment(), ..HttpOptions::default() };
        let http = Arc::new(Http::new(Settings { allow, options, ..Settings::default() }));
        let registry = Registry::new(self.store()?, Arc::new(Catalogue::shipped()), Arc::clone(&http));
        let environment = self.env.as_deref().filter(|name| !name.is_empty()).map(Environment::parse).transpose()?;
        Ok(Live::new(
            http,
            LiveOptions {
                registry: Some(registry),
                environment: environment.unwrap_or_default(),
                subject: self.user.clone().map_or(Subject::Shared, Subject::User),
                who: self.user.clone(),
                #[cfg(feature = "mail")]
                mailer: mailer()?,
                info: Some(Box::new(|text, line| tracing::info!(target: "rainwright_restate", line, "{text}"))),
                ..LiveOptions::default()
            },
        ))
    }

    fn store(&self) -> Result<Arc<dyn Store>, Problem> {
        let home = home()?;
        let key = KeySource::from_environment(&home);
        let Some(address) = self.store.as_deref().filter(|address| !address.is_empty()) else {
            return Ok(Arc::new(SqliteStore::open(&home, key)?));
        };
        shared(&Secret::new(address), key)
    }

    /// The files that are named, and the .dg files of the folders that are.
    fn sources(&self) -> Result<Vec<Source>, Problem> {
        let mut files = Vec::new();
        for path in &self.paths {
            collect(path, true, &mut files)?;
        }
        files.sort();
        files.dedup();
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).map_err(|e| unreadable(path, &e))?;
            Ok(Source { name: path.display().to_string(), text })
        };
        files.iter().map(read).collect()
    }
}

/// The mail server that `RAINWRIGHT_SMTP` names.
#[cfg(feature = "mail")]
fn mailer() -> Result<Option<rainwright::runtime::mail::Mailer>, Problem> {
    let address = std::env::var("RAINWRIGHT_SMTP").ok().filter(|address| !address.is_empty());
    address.map(|address| rainwright::runtime::mail::Mailer::new(&address.into())).transpose()
}

#[cfg(feature = "postgres")]
fn shared(address: &Secret, key: KeySource) -> Result<Arc<dyn Store>, Problem> {
    Ok(Arc::new(rainwright::runtime::store::PostgresStore::open(address, key)?))
}

#[cfg(not(feature = "postgres"))]
fn shared(_: &Secret, _: KeySource) -> Result<Arc<dyn Store>, Problem> {
    Err(Problem::new(Code::NotSupported, "This dg-worker was built without Postgres, so it cannot use a shared store.")
        .with_help("Build it with `--features postgres`."))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(Code::FileProblem, format!("{} cannot be read: {error}.", path.display()))
}

/// Adds a file, or the .dg files below a folder; links are not followed, hidden folders left alone.
fn collect(path: &Path, named: bool, files: &mut Vec<PathBuf>) -> Result<(), Problem> {
    let kind = if named { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) };
    let kind = kind.map_err(|e| unreadable(path, &e))?;
    if !kind.is_dir() {
        if named || (kind.is_file() && path.extension().is_some_and(|ending| ending == "dg")) {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(|e| unreadable(path, &e))? {
        let entry = entry.map_err(|e| unreadable(path, &e))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            collect(&entry.path(), false, files)?;
        }
    }
    Ok(())
}
