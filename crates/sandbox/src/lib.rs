//! Stands in for services and their login pages, over real HTTP on loopback.
//!
//! A [`Sandbox`] is one server on `127.0.0.1`. It plays MailChimp, Zoho, Google, Eventbrite, Dropbox, a
//! remote-support service and an echo service, and the logins of the [`providers`], each under its own path. [`Sandbox::origins`] says which real
//! host is played where; whoever calls only swaps origins, and everything else is as with the real service:
//! the same paths, headers, OAuth flows, error formats and paging.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use rainwright_sandbox::{SandboxOptions, Sandbox};
//!
//! let sandbox = Sandbox::start(SandboxOptions::default()).await?;
//! for (host, base) in sandbox.origins() {
//!     println!("https://{host} is at {base}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! It misbehaves on demand: see [`Fault`], `POST /_sandbox/next` and the token answers under `/quirks/`.

#![allow(clippy::result_large_err, reason = "a refusal is an answer, and an answer has the size that axum gives it")]

mod admin;
mod call;
mod creator;
mod crm;
mod desk;
mod doubles;
mod dropbox;
mod echo;
mod eventbrite;
mod fault;
mod fields;
mod finance;
mod google;
mod hosted;
mod http;
mod listener;
mod mailchimp;
mod makeup;
mod oauth;
mod outbox;
mod partners;
mod pdf;
mod products;
mod rows;
mod runner;
mod seed;
mod store;
mod support;
pub mod visitor;
mod world;
mod zoho;

pub use fault::Fault;
pub use fields::{PlayedModule, played_modules};
pub use oauth::{CLIENT_ID, CLIENT_SECRET, OAUTH1_TOKEN, PUBLIC_CLIENT_ID, Rotation, oauth1_token_secret, providers};
pub use runner::{RunFunction, Runner};
pub use seed::{EXAMPLE_DATA, read_seed};
pub use support::{PASSWORD as SUPPORT_PASSWORD, USER as SUPPORT_USER};

pub use zoho::SCOPES as ZOHO_SCOPES;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rainwright_records::Applications;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use world::Ctx;

/// A key for services that are called with one: the sandbox takes any, and this one is as good as another.
pub const API_KEY: &str = "sandbox-api-key";

/// How a sandbox behaves.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// How long access tokens live. `None` leaves it to each service: an hour with most, for ever with MailChimp.
    pub token_lifetime: Option<Duration>,
    /// What becomes of a refresh token when it is used.
    pub rotation: Rotation,
    /// The data centre of the Zoho user who signs in: `us`, `eu`, `in`, `au`, `jp`, `cn`, `sa`, `uk` or `ca`.
    pub zoho_location: String,
    /// A JSON file that holds the services' data: read at the start if it exists, written after each change.
    /// Tokens are kept in it as digests only.
    pub state_file: Option<PathBuf>,
    /// Data to start with instead of the shipped one, in the form of the state file; services left out keep theirs.
    pub seed: Option<serde_json::Value>,
    /// With a seed, ids that nobody knows get a record that is made up, the same one for the same seed; any module and any
    /// token will do.
    pub lenient: Option<u64>,
    /// What the doubles' clock says, in milliseconds since 1970-01-01T00:00:00Z; the time of day unless it is set. It holds
    /// for a sandbox on a thread of its own.
    pub now: Option<i64>,
    /// The records of Creator's applications: copies share them, so that a script's own queries meet the same ones.
    pub applications: Applications,
    /// Runs the functions that are called through CRM's API or a custom API of Creator.
    pub runner: Option<Runner>,
    /// Misbehaviour waiting from the start; more can be added with `POST /_sandbox/next`.
    pub faults: Vec<Fault>,
    /// The port to listen at; 0 is any free one.
    pub port: u16,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            token_lifetime: None,
            rotation: Rotation::Keep,
            zoho_location: "us".into(),
            state_file: None,
            seed: None,
            lenient: None,
            now: None,
            applications: Applications::default(),
            runner: None,
            faults: Vec::new(),
            port: 0,
        }
    }
}

/// A running sandbox; it ends when dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on `127.0.0.1`, as a task of the present tokio runtime.
    ///
    /// # Errors
    /// When no port can be had, or the state file or seed cannot be read.
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let (sandbox, serving) = Self::prepare(options).await?;
        tokio::spawn(serving);
        Ok(sandbox)
    }

    /// Starts a sandbox on a thread of its own, for callers without a tokio runtime.
    ///
    /// # Errors
    /// As [`Sandbox::start`], and when no thread can be had.
    pub fn launch(options: SandboxOptions) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let now = options.now;
        let (mut sandbox, serving) = runtime.block_on(Self::prepare(options))?;
        let thread = std::thread::Builder::new().name("sandbox".into()).spawn(move || {
            world::set_clock(now);
            runtime.block_on(serving);
        })?;
        sandbox.thread = Some(thread);
        Ok(sandbox)
    }

    async fn prepare(options: SandboxOptions) -> io::Result<(Self, impl Future<Output = ()> + Send + 'static)> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let ctx = Ctx::new(options, format!("http://{address}"))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let app = doubles::app(ctx).into_make_service_with_connect_info::<listener::Cut>();
        let serving = async move {
            let server = async { axum::serve(listener::Door(listener), app).await };
            // Either end is an end; a dropped sender means that the sandbox was dropped.
            tokio::select! { _ = server => {}, _ = stopped => {} }
        };
        Ok((Self { address, stop: Some(stop), thread: None }, serving))
    }

    /// The sandbox's own origin, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where each real host is played: see [`origins_at`].
    #[must_use]
    pub fn origins(&self) -> Vec<(String, String)> {
        origins_at(&self.base_url())
    }

    /// What happened so far, as JSON: the answer of `GET /_sandbox/stats`. Waits for it; not for asynchronous code.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub fn stats(&self) -> io::Result<String> {
        visitor::read(&format!("{}/_sandbox/stats", self.base_url()))
    }

    /// The mails, texts and messages that were captured so far. Waits for them; not for asynchronous code.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub fn outbox(&self) -> io::Result<Vec<serde_json::Value>> {
        let text = visitor::read(&format!("{}/_sandbox/outbox", self.base_url()))?;
        let answer: serde_json::Value = serde_json::from_str(&text)?;
        Ok(answer["messages"].as_array().cloned().unwrap_or_default())
    }

    /// The address in this sandbox of a real service's URL: see [`resolve_at`].
    #[must_use]
    pub fn resolve(&self, url: &str) -> String {
        resolve_at(&self.base_url(), url)
    }

    /// Waits until the sandbox ends, which it does not do by itself; for programs that serve it alone.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where each real host is played in the sandbox at `base`, such as `http://127.0.0.1:8180`: pairs of a host pattern
/// (`login.mailchimp.com`, `*.api.mailchimp.com`) and the base URL that takes the place of `https://` and the host.
#[must_use]
pub fn origins_at(base: &str) -> Vec<(String, String)> {
    let base = base.trim_end_matches('/');
    doubles::hosts().map(|(host, path)| (host, format!("{base}{path}"))).collect()
}

/// The address, in the sandbox at `base`, of a real service's URL; a URL of another host comes back as it is.
#[must_use]
pub fn resolve_at(base: &str, url: &str) -> String {
    let Ok(parsed) = url::Url::parse(url) else {
        return url.into();
    };
    let host = parsed.host_str().unwrap_or_default();
    let rest = &parsed[url::Position::BeforePath..];
    let found = origins_at(base).into_iter().find(|(pattern, _)| doubles::matches(pattern, host));
    found.map_or_else(|| url.into(), |(_, origin)| format!("{origin}{rest}"))
}

/// Gives the sandbox at `base` a mail or a text message of a script, which it keeps in its outbox.
///
/// # Errors
/// When the sandbox does not answer, or does not take it.
pub fn deliver_at(base: &str, kind: &str, content: &serde_json::Value) -> io::Result<()> {
    let sent = serde_json::json!({ "kind": kind, "content": content });
    let page = visitor::post(&format!("{}/_sandbox/outbox", base.trim_end_matches('/')), &sent.to_string())?;
    match page.status {
        204 => Ok(()),
        status => Err(io::Error::other(format!("it answered {status}"))),
    }
}

/// What the sandbox at an address answers to a task that has no address of its own, as JSON; its arguments are a JSON object by
/// the names of the parameters. `None` for a task whose answers are not documented.
///
/// # Errors
/// When the sandbox cannot be reached.
pub fn perform_at(base: &str, task: &str, arguments: &str) -> io::Result<Option<String>> {
    let sent = format!("{{\"task\": {}, \"arguments\": {arguments}}}", serde_json::Value::from(task));
    let page = visitor::post(&format!("{}/_sandbox/task", base.trim_end_matches('/')), &sent)?;
    Ok((page.status == 200).then_some(page.body))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // The thread can only have ended; there is nothing to do about a panic in it here.
            let _ = thread.join();
        }
    }
}
