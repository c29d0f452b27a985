//! Sends requests and reads answers: pooled clients, redirects hop by hop, address checks, limits and clear problems.

mod error;
mod origin;
mod proxy;
mod redirect;
mod resolve;
mod wire;

pub use origin::Origins;
pub use proxy::Proxies;
pub use resolve::{Lookup, SystemLookup};
pub use wire::Wire;
pub(crate) use wire::{form, part_name};

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use rainwright_connections::Secret;
use rainwright_connections::policy::AllowNet;
use rainwright_connections::redact::Masker;
use rainwright_diagnostic::{Code, Problem, file_trouble};
use rainwright_effect::HttpResponse;

/// How calls are made; a connection may have its own.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// How long setting up a connection may take; 10 s as in Zoho.
    pub connect_timeout: Duration,
    /// How long a whole call may take, redirects and body included; 40 s as in Zoho.
    pub timeout: Duration,
    /// The largest body that is accepted, in bytes after unpacking; 50 MB as in Zoho.
    pub body_limit: u64,
    /// For how long a new token is believed to be good: refused in that time, it is not renewed again. A minute, unless a
    /// provider is known to take its tokens back at any moment.
    pub young_token: Duration,
    /// How many redirects are followed.
    pub redirects: u8,
    /// The proxy, such as `http://proxy.example:3128` or `socks5h://…`. Names are then resolved by the proxy.
    pub proxy: Option<Secret>,
    /// The proxies that the environment names, for calls without `proxy`, and the hosts that are called without any.
    pub proxies: Proxies,
    /// A PEM file of further certificate authorities to trust.
    pub ca: Option<PathBuf>,
    /// A PEM file with a client certificate and its private key.
    pub client_cert: Option<PathBuf>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(40),
            body_limit: 50_000_000,
            young_token: Duration::from_secs(rainwright_connections::refresh::YOUNG),
            redirects: 10,
            proxy: None,
            proxies: Proxies::default(),
            ca: None,
            client_cert: None,
        }
    }
}

/// Everything that decides how this process talks HTTP.
#[derive(Clone, Default)]
pub struct Settings {
    /// For calls whose connection has no options of its own.
    pub options: HttpOptions,
    /// By link name: options of single connections.
    pub connections: HashMap<String, HttpOptions>,
    /// Private addresses and hosts that scripts may reach all the same.
    pub allow: AllowNet,
    /// Hosts that stand-ins answer for; used by the sandbox.
    pub origins: Origins,
    /// Who looks up host names; `None` is the operating system.
    pub lookup: Option<Arc<dyn Lookup>>,
}

impl Settings {
    /// Masks the passwords of all proxies, also in the pairs that Basic authentication sends.
    pub(crate) fn masker(&self) -> Masker {
        let mut masker = Masker::new();
        let all = self.connections.values().chain([&self.options]);
        let all = all.flat_map(|options| options.proxy.iter().chain(options.proxies.all()));
        for proxy in all.filter_map(|proxy| url::Url::parse(proxy.expose()).ok()) {
            let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            if let Some(password) = proxy.password().map(decode) {
                let pair = format!("{}:{password}", decode(proxy.username()));
                masker.add(&Secret::new(STANDARD.encode(pair)));
                masker.add(&Secret::new(password));
            }
        }
        masker
    }
}

/// The HTTP client of a process: make one, share it.
pub struct Http {
    settings: Settings,
    clients: Mutex<HashMap<Pool, reqwest::Client>>,
}

/// What a pooled client is for: a connection with options of its own, the addresses, the proxy (by its address).
type Pool = (Option<String>, Reach, Option<String>);

/// Which addresses a pooled client may connect to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Reach {
    /// Public ones, and those that the rules allow at this port; 0 while there are no rules.
    Public(u16),
    /// Any: the host itself was allowed, or a stand-in answers for it.
    Any,
}

impl Http {
    /// A client with these settings. It opens no connection before the first call.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, clients: Mutex::new(HashMap::new()) }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends a request, follows redirects and reads the whole answer.
    ///
    /// An answer of any status is an answer, 4xx and 5xx included.
    ///
    /// # Errors
    /// [`Code::AddressRefused`], [`Code::DnsFailed`], [`Code::ConnectFailed`], [`Code::TlsFailed`], [`Code::Timeout`] ("socket timeout error"),
    /// [`Code::ResponseTooLarge`], [`Code::BadRequest`], [`Code::RedirectFailed`], [`Code::BadResponse`].
    pub async fn send(&self, wire: Wire) -> Result<HttpResponse, Problem> {
        self.perform(&wire).await
    }

    /// As [`Http::send`], for a request that is needed afterwards.
    pub(crate) async fn perform(&self, wire: &Wire) -> Result<HttpResponse, Problem> {
        let options = self.options(wire.connection.as_deref());
        let limit = wire.timeout.unwrap_or(options.timeout);
        match tokio::time::timeout(limit, self.follow(wire, options)).await {
            Ok(result) => result,
            Err(_) => Err(error::timed_out(wire, limit)),
        }
    }

    async fn follow(&self, first: &Wire, options: &HttpOptions) -> Result<HttpResponse, Problem> {
        let mut moved: Option<Wire> = None;
        for _ in 0..=options.redirects {
            let wire = moved.as_ref().unwrap_or(first);
            let answer = self.hop(wire, options).await?;
            let status = answer.status().as_u16();
            let location = answer.headers().get(reqwest::header::LOCATION);
            match location.filter(|_| redirect::is_redirect(status)) {
                None => return read(answer, wire, options).await,
                Some(location) => {
                    let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
                    moved = Some(redirect::follow(wire.clone(), status, &location)?);
                }
            }
        }
        Err(Problem::new(
            Code::RedirectFailed,
            format!(
                "{} was redirected more than {} times.",
                moved.as_ref().unwrap_or(first).label(),
                options.redirects
            ),
        ))
    }

    /// Sends one request; the address is checked here, so that every hop passes.
    async fn hop(&self, wire: &Wire, options: &HttpOptions) -> Result<reqwest::Response, Problem> {
        let target = self.settings.origins.target(&wire.url);
        // A stand-in is on this machine.
        let proxy = if target.is_some() { None } else { options.proxy_for(&wire.url) };
        if proxy.is_some() {
            proxy::check(wire, &self.settings.allow)?;
        }
        let reach = if target.is_some() { Reach::Any } else { self.reach(wire)? };
        let client = self.client(wire.connection.as_deref(), reach, options, proxy)?;
        let request = wire.to_request(&client, target.as_ref())?;
        client.execute(request).await.map_err(|e| error::explain(e, wire, options))
    }

    fn reach(&self, wire: &Wire) -> Result<Reach, Problem> {
        let host = wire.url.host_str().unwrap_or_default();
        let port = wire.url.port_or_known_default().unwrap_or(0);
        if self.settings.allow.allows_host(host, port) {
            return Ok(Reach::Any);
        }
        if self.settings.origins.is_closed() {
            return Err(error::not_played(wire, host));
        }
        self.settings.allow.check_host(host, port).map_err(|_| error::address_refused(wire, host))?;
        // The resolver of a client is not told the port, so rules that name one need a client of their own.
        Ok(Reach::Public(if self.settings.allow == AllowNet::none() { 0 } else { port }))
    }

    fn options(&self, connection: Option<&str>) -> &HttpOptions {
        connection.and_then(|name| self.settings.connections.get(name)).unwrap_or(&self.settings.options)
    }

    fn client(
        &self,
        connection: Option<&str>,
        reach: Reach,
        options: &HttpOptions,
        proxy: Option<&Secret>,
    ) -> Result<reqwest::Client, Problem> {
        let own = connection.filter(|name| self.settings.connections.contains_key(*name)).map(str::to_owned);
        let pool = (own, reach, proxy.map(|proxy| proxy.expose().to_owned()));
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&pool) {
            return Ok(client.clone());
        }
        let client = self.build(reach, options, proxy)?;
        clients.insert(pool, client.clone());
        Ok(client)
    }

    fn build(&self, reach: Reach, options: &HttpOptions, proxy: Option<&Secret>) -> Result<reqwest::Client, Problem> {
        install_tls();
        let allow = match reach {
            Reach::Public(port) => Some((self.settings.allow.clone(), port)),
            Reach::Any => None,
        };
        let lookup = self.settings.lookup.clone().unwrap_or_else(|| Arc::new(SystemLookup));
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("Rainwright/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .dns_resolver(resolve::Resolver { lookup, allow });
        builder = match proxy {
            Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy.expose()).map_err(|_| {
                Problem::new(Code::BadRequest, "The proxy's address cannot be used.")
                    .with_help("Write it as http://host:port.")
            })?),
            None => builder.no_proxy(),
        };
        if let Some(path) = &options.ca {
            let certificates = reqwest::Certificate::from_pem_bundle(&pem(path, "ca")?).map_err(|_| {
                Problem::new(Code::TlsFailed, "The file named by the setting `ca` holds no PEM certificates.")
                    .with_help(format!("Check {}.", path.display()))
            })?;
            builder = builder.tls_certs_merge(certificates);
        }
        if let Some(path) = &options.client_cert {
            let identity = reqwest::Identity::from_pem(&pem(path, "client_cert")?).map_err(|_| {
                Problem::new(
                    Code::TlsFailed,
                    "The file named by the setting `client_cert` holds no PEM certificate with its private key.",
                )
                .with_help(format!("Put both into {}: the certificate, then the key as PKCS#8 or RSA.", path.display()))
            })?;
            builder = builder.identity(identity);
        }
        builder.build().map_err(|e| {
            Problem::new(Code::TlsFailed, format!("The HTTP client could not be set up: {}.", error::root(&e)))
                .with_help("Check that this computer has its certificate authorities installed, and the settings `ca`, `client_cert` and `proxy`.")
        })
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("options", &self.settings.options).finish_non_exhaustive()
    }
}

/// Makes `ring` the TLS provider of the process; without one, rustls panics at its first use.
pub(crate) fn install_tls() {
    // An error means that the embedding program has chosen a provider already, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn pem(path: &PathBuf, setting: &str) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|e| {
        Problem::new(
            Code::TlsFailed,
            format!("The file named by the setting `{setting}` cannot be read: {}.", file_trouble(&e)),
        )
        .with_help(format!("Check {}.", path.display()))
    })
}

/// Reads the whole answer, and stops as soon as it is too large.
async fn read(mut answer: reqwest::Response, wire: &Wire, options: &HttpOptions) -> Result<HttpResponse, Problem> {
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let announced = answer.content_length().unwrap_or(0);
    if announced > options.body_limit {
        return Err(error::too_large(wire, options.body_limit));
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(1 << 20));
    while let Some(chunk) = answer.chunk().await.map_err(|e| error::explain(e, wire, options))? {
        if (body.len() + chunk.len()) as u64 > options.body_limit {
            return Err(error::too_large(wire, options.body_limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse { status: answer.status().as_u16(), headers, body: body.into() })
}

/// Whether sending again is harmless by the method's definition (RFC 9110, 9.2.2).
pub(crate) fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}
