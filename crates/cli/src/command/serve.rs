//! `dg serve`: a project's functions over HTTP.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rainwright::connections::Connectors;
use rainwright::runtime::live::LiveOptions;
use rainwright::runtime::store::home;
use rainwright::runtime::{Account, Live};
use rainwright_server::{Functions, Keys, Limits, LogSink, MakeHost, Names, Server, Source, Tls};

use super::durable::{self, InDoubtArg};
use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem, listen_problem};
use crate::network::{Network, NetworkArgs};
use crate::project::{self, Project};
use crate::terminal;

/// Serves the functions of a folder over HTTP, until Ctrl-C: at the address that Zoho CRM gives them, and in plain JSON.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg keys create shop --function price
  dg serve functions --port 8080
  curl 'http://127.0.0.1:8080/crm/v8/functions/price/actions/execute?auth_type=apikey&zapikey=KEY&sku=A12'
  curl -H 'Authorization: Bearer KEY' -H 'Content-Type: application/json' \\
       -d '{\"sku\":\"A12\"}' http://127.0.0.1:8080/run/price

With --tls-cert and --tls-key it speaks TLS. /health, /metrics (Prometheus) and /openapi.json tell about the server. With `Prefer: respond-async` a call of /run is
answered at once, and its result is at /runs/ID. With --durable, `Prefer: durable` starts a run that survives this server:
it may wait for days with durable.wait(SECONDS), or for POST /runs/ID/signals/NAME with durable.signal(NAME). An `Idempotency-Key` makes sending a POST again harmless.")]
pub struct Args {
    /// The folder with the functions, or single files
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// The port; 0 is any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen at; other machines reach the server only at an address of the network
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// A further name that the server answers to, such as that of a proxy in front of it
    #[arg(long = "name", value_name = "HOST")]
    names: Vec<String>,
    /// Serve over TLS with this certificate, in PEM, with those up to its authority; SIGHUP reads it and its key again
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Let everybody on this machine call without a key
    #[arg(long)]
    open: bool,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long)]
    profile: Option<String>,
    /// The account's time zone, such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Keep a journal, so that callers may ask for runs that survive this server (`Prefer: durable`)
    #[arg(long)]
    durable: bool,
    /// Keep the journal here: postgres://USER@HOST/DATABASE, a folder, or env:NAME for what that variable holds; otherwise
    /// RAINWRIGHT_JOURNAL says where, or it is in the data folder of this user
    #[arg(long, value_name = "PLACE", requires = "durable")]
    journal: Option<String>,
    /// What to do with an effect that was begun when the server ended, and may have been done
    #[arg(long, value_enum, value_name = "WHAT", default_value = "ask", requires = "durable")]
    in_doubt: InDoubtArg,
    /// Write a line of JSON for every request to this file; - is stderr
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// How long one run may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    time: u64,
    /// How many runs may be under way at once
    #[arg(long, value_name = "NUMBER", default_value_t = 256)]
    running: usize,
    /// The largest body of a request, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20)]
    body: usize,
    /// How many calls a minute a key may make that has no bound of its own
    #[arg(long, value_name = "NUMBER")]
    per_minute: Option<u32>,
    #[command(flatten)]
    network: NetworkArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if self.open && !self.bind.is_loopback() {
            let message =
                "--open lets everybody in, so it goes with an address of this machine only, such as 127.0.0.1.";
            return Err(Trouble::Usage(message.into()));
        }
        let first = self.paths.first().cloned().unwrap_or_else(|| ".".into());
        let project = Project::of(&first)?;
        let engine = project.engine(self.profile.as_deref(), false, self.timezone.as_deref())?;
        let files = project::scripts(&self.paths).map_err(Trouble::of_path)?;
        let mut sources = Vec::with_capacity(files.len());
        for file in &files {
            sources.push(Source { name: file.display().to_string(), text: project::read(file)? });
        }
        let library = project.library()?;
        let network = Network::start(&self.network, &project, None)?;
        let driver = Arc::clone(&network.driver);
        let limits = Limits {
            time: Duration::from_secs(self.time),
            running: self.running,
            body: self.body,
            per_minute: self.per_minute,
        };
        let keys = if self.open { None } else { Some(Keys::open(&home()?)?) };
        let log = self.log()?;
        let tls = self.tls()?;
        let journal = self.durable.then(|| durable::journal(self.journal.as_deref())).transpose()?;
        let host = self.host(network, project.settings.account.clone(), Arc::new(project.connectors()?))?;
        driver.wait(async move {
            let mut functions = Functions::new(engine, sources, library, host)?.with_limits(limits);
            if let Some(keys) = keys {
                functions = functions.with_keys(keys);
            }
            if let Some(journal) = journal {
                functions = functions.with_journal(journal, self.in_doubt.into());
            }
            if let Some(log) = log {
                functions = functions.with_log(log);
            }
            self.listen(functions, tls).await
        })
    }

    async fn listen(&self, functions: Functions, tls: Option<Tls>) -> CommandResult {
        let names = functions.names();
        if names.is_empty() {
            return Err(Trouble::Usage(
                "There is no function in these files that can be called; bare statements are not. A function is served under its \
                 name: string greet(string name) { … }"
                    .into(),
            ));
        }
        let wanted = SocketAddr::new(self.bind, self.port);
        let taken = |e: std::io::Error| listen_problem(wanted, &e);
        let mut server = Server::bind(wanted).await.map_err(taken)?;
        let address = server.address().map_err(taken)?;
        terminal::out(&format!("{}://{address}", if tls.is_some() { "https" } else { "http" }));
        if let Some(tls) = tls {
            server = server.with_tls(tls);
        }
        for name in &names {
            terminal::note(&format!("  /run/{name}"));
        }
        let routes = functions.routes();
        let names = Names::of(address, &self.names);
        let grace = Duration::from_secs(30);
        functions.resume_runs();
        let runs = functions.clone();
        let served = if self.open {
            server.run(names, routes, std::future::pending(), grace).await
        } else {
            terminal::note("Callers need a key: make one with `dg keys create NAME`.");
            let following = functions.follow_keys(home()?);
            server.run(names, routes, following, grace).await
        };
        runs.stop_runs();
        served.map_err(taken)?;
        Ok(Exit::Done)
    }

    fn host(&self, network: Network, account: Account, connectors: Arc<Connectors>) -> CommandResult<MakeHost> {
        #[cfg(feature = "mail")]
        let mailer = crate::host::mailer()?;
        let (audit, who) = (self.network.audit_log()?, self.network.user.clone());
        Ok(Box::new(move || {
            let options = LiveOptions {
                registry: Some(Arc::clone(&network.registry)),
                environment: network.environment.clone().unwrap_or_default(),
                subject: network.subject.clone(),
                who: who.clone(),
                audit: audit.clone(),
                account: account.clone(),
                #[cfg(feature = "mail")]
                mailer: mailer.clone(),
                connectors: Arc::clone(&connectors),
                ..LiveOptions::default()
            };
            Ok(Live::new(Arc::clone(&network.http), options))
        }))
    }

    fn tls(&self) -> CommandResult<Option<Tls>> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        Ok(Some(Tls::open(certificate, key)?.telling(terminal::note)))
    }

    fn log(&self) -> CommandResult<Option<LogSink>> {
        let Some(path) = &self.log else { return Ok(None) };
        if path.as_os_str() == "-" {
            return Ok(Some(Box::new(terminal::note)));
        }
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let file = Mutex::new(file.map_err(|e| file_problem(path, FileUse::Write, &e))?);
        Ok(Some(Box::new(move |line| {
            // A full disk must not stop the service; the line is lost.
            let _ = writeln!(file.lock().unwrap_or_else(PoisonError::into_inner), "{line}");
        })))
    }
}
