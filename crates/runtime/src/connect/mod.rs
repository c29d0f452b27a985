//! Makes connections: asks what is needed, runs the login, asks for the values that it needs, stores the result.

mod callback;
mod consent;
mod credentials;
mod device;
mod lookup;
mod questions;
mod ui;
mod upkeep;

pub use questions::questions;
pub use ui::{Question, Ui};
pub use upkeep::{Health, Tested};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rainwright_connections::store::Put;
use rainwright_connections::{
    Auth, Connection, Environment, Grant, Key, Reference, Secret, Service, Status, Subject, name,
};
use rainwright_diagnostic::{Code, Problem};

use crate::registry::{Registry, blocking, now};

/// How the person gives consent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// In a browser that comes back to 127.0.0.1; port 0 is any free one.
    #[default]
    Browser,
    /// The same at a fixed port, for providers that want the whole redirect URL registered.
    Port(u16),
    /// In a browser anywhere; the address it ends at is pasted back. The redirect URL is the one registered with the provider.
    Paste(String),
    /// With a code typed on another device (RFC 8628).
    Device,
}

/// What is known before a login starts; all of it is optional.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// The link name; otherwise the service's id, with a number when that is taken.
    pub name: Option<String>,
    /// The set that it will belong to.
    pub environment: Environment,
    /// Whose connection it will be.
    pub subject: Subject,
    /// Whether a connection of that name is authorised anew, keeping its client and values.
    pub reconnect: bool,
    /// The name for people.
    pub label: Option<String>,
    /// The scopes to ask for; empty is the service's default.
    pub scopes: Vec<String>,
    /// Answers given beforehand, by the name of their question: `client_id`, `client_secret`, `api_key`, fields …
    pub answers: BTreeMap<String, Secret>,
    /// Secrets that are to be read elsewhere instead of stored, by the name of their question.
    pub references: BTreeMap<String, Reference>,
    /// How consent is given.
    pub way: Way,
    /// How long the person may take; 0 is five minutes.
    pub patience: Duration,
}

/// One login under way.
struct Login {
    registry: Arc<Registry>,
    ui: Arc<dyn Ui>,
    options: ConnectOptions,
    service: Arc<Service>,
    connection: Connection,
}

impl Registry {
    /// Connects to a service, or authorises a connection again, and stores the connection.
    ///
    /// What the person has typed is kept as a draft when the login fails, so that the next try need not ask again.
    ///
    /// # Errors
    /// [`Code::UnknownService`], [`Code::AuthorizationFailed`], [`Code::BadRequest`] for a bad name or value, [`Code::StoreProblem`],
    /// or what `ui` returns.
    pub async fn connect(
        self: &Arc<Self>,
        service: &str,
        options: ConnectOptions,
        ui: Arc<dyn Ui>,
    ) -> Result<Connection, Problem> {
        let mut login = self.login(service, options, ui).await?;
        login.ask_fields().await?;
        login.ask_credentials().await?;
        if login.connection.rev == 0 {
            login.save(Status::Draft).await?;
        }
        login.authorise().await?;
        login.look_up().await?;
        login.save(Status::Connected).await?;
        Ok(login.connection)
    }

    /// Makes a draft of a connection that somebody else will authorise: with the client that the service asks for, without
    /// what only that person knows.
    ///
    /// # Errors
    /// As [`Registry::connect`].
    pub async fn prepare(
        self: &Arc<Self>,
        service: &str,
        options: ConnectOptions,
        ui: Arc<dyn Ui>,
    ) -> Result<Connection, Problem> {
        let mut login = self.login(service, options, ui).await?;
        if matches!(login.service.auth(), Auth::OAuth1(_) | Auth::OAuth2(_)) {
            login.ask_credentials().await?;
        }
        let status = if login.connection.rev == 0 { Status::Draft } else { login.connection.status };
        login.save(status).await?;
        Ok(login.connection)
    }

    async fn login(
        self: &Arc<Self>,
        service: &str,
        options: ConnectOptions,
        ui: Arc<dyn Ui>,
    ) -> Result<Login, Problem> {
        let service = self.catalogue.get(service)?;
        let connection = self.start(&service, &options).await?;
        Ok(Login { registry: Arc::clone(self), ui, options, service, connection })
    }

    /// The connection that a login fills: a new draft, or the one that is authorised again.
    async fn start(self: &Arc<Self>, service: &Arc<Service>, options: &ConnectOptions) -> Result<Connection, Problem> {
        let registry = Arc::clone(self);
        let (service, options) = (Arc::clone(service), options.clone());
        blocking(move || {
            let wanted = options.name.as_deref().unwrap_or(&service.id);
            name::check(wanted)?;
            let key = Key {
                environment: options.environment.clone(),
                name: wanted.to_owned(),
                subject: options.subject.clone(),
            };
            let mut connection = match registry.store.load(&key)? {
                Some(found) if options.reconnect || found.status == Status::Draft => found,
                None if options.reconnect => return Err(registry.unknown(&key)),
                Some(_) if options.name.is_some() => {
                    return Err(Problem::new(Code::BadRequest, format!("There is already a connection \"{key}\"."))
                        .with_help(format!(
                            "Authorise it again with `dg connect --reconnect {}`, or choose another name.",
                            key.arguments()
                        )));
                }
                None => Connection::draft(key, &service, now()),
                Some(_) => {
                    let all = registry.store.list()?;
                    let rivals = all.iter().filter(|c| Key { name: c.name.clone(), ..key.clone() } == c.key());
                    let name = name::free(wanted, rivals.map(|c| c.name.as_str()));
                    Connection::draft(Key { name, ..key }, &service, now())
                }
            };
            if connection.service != service.id {
                return Err(Problem::new(
                    Code::BadRequest,
                    format!(
                        "The connection \"{wanted}\" belongs to the service {}, not to {}.",
                        connection.service, service.id
                    ),
                ));
            }
            if let Some(label) = &options.label {
                connection.label.clone_from(label);
            }
            if !options.scopes.is_empty() {
                connection.scopes.clone_from(&options.scopes);
            }
            connection.service_toml =
                registry.catalogue.is_custom(&service.id).then(|| service.to_toml()).transpose()?;
            Ok(connection)
        })
        .await
    }
}

impl Login {
    /// Runs the part of the login that the service's way of authenticating asks for.
    async fn authorise(&mut self) -> Result<(), Problem> {
        let service = Arc::clone(&self.service);
        match service.auth() {
            Auth::None | Auth::ApiKey(_) | Auth::Basic(_) => Ok(()),
            Auth::OAuth1(settings) => self.authorise_oauth1(settings).await,
            Auth::OAuth2(settings) => {
                self.discover(settings).await?;
                match settings.grant {
                    _ if self.options.way == Way::Device => self.authorise_device().await,
                    Grant::Device => self.authorise_device().await,
                    Grant::AuthorizationCode => self.authorise_code().await,
                    Grant::ClientCredentials | Grant::Password | Grant::Login => self.authorise_directly().await,
                }
            }
        }
    }

    /// Stores the connection over whatever is there, and lets nobody renew it meanwhile.
    async fn save(&mut self, status: Status) -> Result<(), Problem> {
        self.connection.status = status;
        if status == Status::Connected {
            self.connection.last_error = None;
            self.connection.failures = 0;
            self.connection.retry_at = None;
        }
        let registry = Arc::clone(&self.registry);
        let mut connection = self.connection.clone();
        self.connection = blocking(move || {
            let key = connection.key();
            let _turn = registry.store.lock(&key, Duration::from_secs(45))?;
            loop {
                connection.rev = registry.store.rev(&key)?.unwrap_or(0);
                if registry.store.put(&mut connection)? == Put::Stored {
                    registry.forget(&key);
                    return Ok(connection);
                }
            }
        })
        .await?;
        Ok(())
    }

    fn patience(&self) -> Duration {
        if self.options.patience.is_zero() { Duration::from_secs(300) } else { self.options.patience }
    }
}

/// Fresh random for state and PKCE.
fn entropy() -> Result<[u8; 64], Problem> {
    let mut bytes = [0; 64];
    crate::store::fill(&mut bytes)?;
    Ok(bytes)
}
