//! What a connection is: one set of credentials for one service, under the name that scripts use.

use crate::oauth2::Metadata;
use crate::{Environment, Key, Secret, Service, Subject, UnixTime, template};
use rainwright_diagnostic::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The status of a connection. Only `NeedsReauth`, `Revoked` and `Disabled` stop calls; `Draft` has no credentials yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Made, not yet authorised.
    #[default]
    Draft,
    /// Works, as far as is known.
    Connected,
    /// The provider no longer takes the login; a person must consent again.
    NeedsReauth,
    /// Given back to the provider.
    Revoked,
    /// Switched off here.
    Disabled,
    /// The last renewal failed for a reason that may pass.
    Error,
}

impl Status {
    /// The name in listings and JSON: `connected`, `needs_reauth` …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Connected => "connected",
            Status::NeedsReauth => "needs_reauth",
            Status::Revoked => "revoked",
            Status::Disabled => "disabled",
            Status::Error => "error",
        }
    }
}

/// Where a secret is read when it is not kept in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// In an environment variable.
    Env(String),
    /// In a file, without the line end.
    File(String),
    /// What a command prints, without the line end.
    Command(String),
}

/// Something that went wrong, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When, in seconds since 1970.
    pub at: UnixTime,
    /// What, without secrets.
    pub message: String,
}

/// The credentials of a connection. Serialised, the secrets are left out; see [`Connection::secrets`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credentials {
    /// None needed.
    #[default]
    None,
    /// Keys, by the parameter's name.
    ApiKey {
        /// The keys.
        #[serde(skip)]
        keys: BTreeMap<String, Secret>,
    },
    /// User name and password; some services take a key for either, so both are secret.
    Basic {
        /// The user name.
        #[serde(skip)]
        username: Secret,
        /// The password.
        #[serde(skip)]
        password: Secret,
    },
    /// OAuth 1.0a.
    OAuth1(OAuth1Credentials),
    /// OAuth 2.0.
    OAuth2(OAuth2Credentials),
}

/// The credentials of OAuth 1.0a.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OAuth1Credentials {
    /// The client's public name.
    pub consumer_key: String,
    /// The client's secret; for RSA-SHA1 its private key as PEM.
    #[serde(skip)]
    pub consumer_secret: Secret,
    /// The token; empty when there is none (two-legged).
    #[serde(skip)]
    pub token: Secret,
    /// The token's secret.
    #[serde(skip)]
    pub token_secret: Secret,
}

/// The credentials of OAuth 2.0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OAuth2Credentials {
    /// The client's public name.
    pub client_id: String,
    /// The client's secret; empty for public clients.
    #[serde(skip)]
    pub client_secret: Secret,
    /// The user name of the password and login grants.
    #[serde(skip)]
    pub username: Secret,
    /// The password of the password and login grants.
    #[serde(skip)]
    pub password: Secret,
    /// What goes with calls; empty before the first token.
    #[serde(skip)]
    pub access_token: Secret,
    /// What gets the next access token; empty when there is none.
    #[serde(skip)]
    pub refresh_token: Secret,
    /// The refresh token of one generation ago, in case the answer with the present one was lost.
    #[serde(skip)]
    pub previous_refresh_token: Secret,
}

/// One set of credentials for one service.
///
/// `Debug` and serialisation show no secret: [`Connection::seal`] is the only way to write them out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// The set that it belongs to.
    #[serde(skip_serializing_if = "Environment::is_default")]
    pub environment: Environment,
    /// The link name that scripts use.
    pub name: String,
    /// Whose it is.
    pub subject: Subject,
    /// The id of its service.
    pub service: String,
    /// The name for people, often the account.
    pub label: String,
    /// Its status.
    pub status: Status,
    /// The credentials.
    pub credentials: Credentials,
    /// The values asked for and found: `dc`, `instance_url` …
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// The values that are kept like credentials.
    #[serde(skip)]
    pub secret_values: BTreeMap<String, Secret>,
    /// Secrets that are read elsewhere, by their name in [`Connection::secrets`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, Reference>,
    /// The scopes asked for, or granted when the provider said so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What else the provider said with the token, as JSON; may hold secrets.
    #[serde(skip)]
    pub extras: Secret,
    /// When it was made.
    pub created_at: UnixTime,
    /// When the present access token was got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obtained_at: Option<UnixTime>,
    /// When the access token ends; `None` is unknown or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixTime>,
    /// When the refresh token ends; `None` is unknown or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_expires_at: Option<UnixTime>,
    /// When the provider last took the credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ok: Option<UnixTime>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<UnixTime>,
    /// What last went wrong; gone after the next success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Failure>,
    /// How many renewals failed in a row.
    #[serde(skip_serializing_if = "is_default")]
    pub failures: u32,
    /// Before when no renewal is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<UnixTime>,
    /// When a renewal was begun whose answer has not been stored: the provider may have replaced the refresh token since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewal_begun: Option<UnixTime>,
    /// By how many seconds the provider's clock is ahead of ours.
    #[serde(skip_serializing_if = "is_default")]
    pub clock_skew: i64,
    /// Hosts that may get the credentials, besides the service's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_hosts: Vec<String>,
    /// The only methods that calls may use; empty leaves it to the service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Whether credentials may travel without TLS to other hosts than this machine.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_http: bool,
    /// The definition of a custom service, as TOML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_toml: Option<String>,
    /// The URLs that its issuer's metadata named, for services that state an issuer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// How often it was stored; the store compares it before it writes.
    #[serde(skip_serializing_if = "is_default")]
    pub rev: u64,
}

impl Connection {
    /// A draft: a name and a service, no credentials yet.
    #[must_use]
    pub fn draft(key: Key, service: &Service, now: UnixTime) -> Self {
        let label = service.name.clone();
        Self {
            environment: key.environment,
            name: key.name,
            subject: key.subject,
            service: service.id.clone(),
            label,
            created_at: now,
            ..Self::default()
        }
    }

    /// What it is stored under.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { environment: self.environment.clone(), name: self.name.clone(), subject: self.subject.clone() }
    }

    /// A value by its name in placeholders: the connection's own, else the service's default for it.
    #[must_use]
    pub fn value<'a>(&'a self, service: &'a Service, name: &str) -> Option<Cow<'a, str>> {
        self.value_at(service, name, 0)
    }

    fn value_at<'a>(&'a self, service: &'a Service, name: &str, depth: u8) -> Option<Cow<'a, str>> {
        if let Some(value) = self.values.get(name) {
            return Some(Cow::Borrowed(value));
        }
        if let Some(secret) = self.secret_values.get(name) {
            return Some(Cow::Borrowed(secret.expose()));
        }
        // A default may mention other fields; files cannot make it go round for ever.
        let default = service.field(name)?.default.as_deref()?;
        let inner = |name: &str| (depth < 4).then(|| self.value_at(service, name, depth + 1)).flatten();
        Some(template::fill(default, inner))
    }

    /// Fills a URL template of the service: the connection's values, each encoded for its place.
    ///
    /// # Errors
    /// [`Code::BadRequest`] when a value is missing or does not fit its place.
    pub fn fill_url(&self, service: &Service, url: &str) -> Result<String, Problem> {
        let filled = template::fill_url(url, |name| self.value(service, name))?;
        if let Some(name) = template::names(&filled).find(|name| service.field(name).is_some()) {
            let message =
                format!("The connection \"{}\" has no value {{{name}}}, which {} needs.", self.name, service.name);
            return Err(Problem::new(Code::BadRequest, message)
                .with_help(format!("Connect again with `dg connect --reconnect {}`.", self.key().arguments())));
        }
        Ok(filled.into_owned())
    }

    /// Sets a value, among the secret ones when the service's field says so.
    pub fn set_value(&mut self, service: &Service, name: &str, value: impl Into<String>) {
        if service.field(name).is_some_and(|field| field.secret) {
            self.secret_values.insert(name.to_owned(), Secret::new(value));
        } else {
            self.values.insert(name.to_owned(), value.into());
        }
    }

    /// All secrets, each with the name it has in the store and in [`Connection::references`].
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, &Secret)> {
        let mut all: Vec<(String, &Secret)> = match &self.credentials {
            Credentials::None => Vec::new(),
            Credentials::ApiKey { keys } => keys.iter().map(|(name, key)| (name.clone(), key)).collect(),
            Credentials::Basic { username, password } => named([("username", username), ("password", password)]),
            Credentials::OAuth1(c) => {
                named([("consumer_secret", &c.consumer_secret), ("token", &c.token), ("token_secret", &c.token_secret)])
            }
            Credentials::OAuth2(c) => named([
                ("client_secret", &c.client_secret),
                ("username", &c.username),
                ("password", &c.password),
                ("access_token", &c.access_token),
                ("refresh_token", &c.refresh_token),
                ("previous_refresh_token", &c.previous_refresh_token),
            ]),
        };
        all.extend(self.secret_values.iter().map(|(name, secret)| (format!("value.{name}"), secret)));
        all.push(("extras".to_owned(), &self.extras));
        all.retain(|(_, secret)| !secret.is_empty());
        all
    }

    /// Sets a secret by its name in [`Connection::secrets`]; `false` when the credentials have no such part.
    pub fn set_secret(&mut self, name: &str, secret: Secret) -> bool {
        if let Some(value) = name.strip_prefix("value.") {
            self.secret_values.insert(value.to_owned(), secret);
            return true;
        }
        let slot = match (&mut self.credentials, name) {
            (_, "extras") => &mut self.extras,
            (Credentials::ApiKey { keys }, _) => keys.entry(name.to_owned()).or_default(),
            (Credentials::Basic { username, .. }, "username") => username,
            (Credentials::Basic { password, .. }, "password") => password,
            (Credentials::OAuth1(c), "consumer_secret") => &mut c.consumer_secret,
            (Credentials::OAuth1(c), "token") => &mut c.token,
            (Credentials::OAuth1(c), "token_secret") => &mut c.token_secret,
            (Credentials::OAuth2(c), "client_secret") => &mut c.client_secret,
            (Credentials::OAuth2(c), "username") => &mut c.username,
            (Credentials::OAuth2(c), "password") => &mut c.password,
            (Credentials::OAuth2(c), "access_token") => &mut c.access_token,
            (Credentials::OAuth2(c), "refresh_token") => &mut c.refresh_token,
            (Credentials::OAuth2(c), "previous_refresh_token") => &mut c.previous_refresh_token,
            _ => return false,
        };
        *slot = secret;
        true
    }

    /// The OAuth 2.0 credentials, if that is what it has.
    #[must_use]
    pub fn oauth2(&self) -> Option<&OAuth2Credentials> {
        match &self.credentials {
            Credentials::OAuth2(c) => Some(c),
            _ => None,
        }
    }

    /// The OAuth 2.0 credentials, to change them.
    #[must_use]
    pub fn oauth2_mut(&mut self) -> Option<&mut OAuth2Credentials> {
        match &mut self.credentials {
            Credentials::OAuth2(c) => Some(c),
            _ => None,
        }
    }

    /// The client that a further connection of the same service can use, by the names of the questions that it answers.
    #[must_use]
    pub fn client(&self) -> BTreeMap<String, Secret> {
        let parts = match &self.credentials {
            Credentials::OAuth1(c) => {
                [("consumer_key", Secret::new(c.consumer_key.clone())), ("consumer_secret", c.consumer_secret.clone())]
            }
            Credentials::OAuth2(c) => {
                [("client_id", Secret::new(c.client_id.clone())), ("client_secret", c.client_secret.clone())]
            }
            _ => return BTreeMap::new(),
        };
        let parts = parts.into_iter().filter(|(_, secret)| !secret.is_empty());
        parts.map(|(name, secret)| (name.to_owned(), secret)).collect()
    }

    /// Why the connection may not be used now, if so.
    ///
    /// # Errors
    /// [`Code::NeedsReauth`] or [`Code::ConnectionDisabled`], with what to do.
    pub fn check_usable(&self) -> Result<(), Problem> {
        let (code, state) = match self.status {
            Status::Connected | Status::Error => return Ok(()),
            Status::Draft => (Code::NeedsReauth, "has not been authorised yet"),
            Status::NeedsReauth => (Code::NeedsReauth, "must be authorised again"),
            Status::Revoked => (Code::ConnectionDisabled, "was revoked"),
            Status::Disabled => (Code::ConnectionDisabled, "is switched off"),
        };
        let mut message = format!("The connection \"{}\" {state}.", self.key());
        if let (Status::NeedsReauth, Some(failure)) = (self.status, &self.last_error) {
            message = format!("The connection \"{}\" {state}: {}", self.key(), failure.message);
        }
        let name = self.key().arguments();
        let help = match self.status {
            Status::Disabled => format!("Switch it on with `dg connections enable {name}`."),
            _ => format!("Authorise it with `dg connect --reconnect {name}`."),
        };
        Err(Problem::new(code, message).with_help(help))
    }

    /// Marks the provider as having taken the credentials.
    pub fn note_ok(&mut self, now: UnixTime) {
        self.last_ok = Some(now);
        self.last_used = Some(now);
        self.last_error = None;
        if self.status == Status::Error {
            self.status = Status::Connected;
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn named<'a, const N: usize>(parts: [(&str, &'a Secret); N]) -> Vec<(String, &'a Secret)> {
    parts.map(|(name, secret)| (name.to_owned(), secret)).into()
}
