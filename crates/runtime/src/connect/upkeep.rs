//! Looks after connections: tests, renews idle ones, revokes tokens, reports their status.

use std::sync::Arc;
use std::time::Duration;

use rainwright_connections::redact::Masker;
use rainwright_connections::refresh;
use rainwright_connections::{Auth, Connection, Environment, Failure, Key, Secret, Status, UnixTime, lookup, oauth2};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::HttpResponse;
use serde::Serialize;

use crate::http::Wire;
use crate::registry::{Better, Ready, Registry, blocking, now};
use crate::sign::sign;
use crate::store::reference;

/// The status of a connection for listings and monitoring, without secrets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// What it is stored under; its parts follow for listings.
    #[serde(skip)]
    pub key: Key,
    /// The set that it belongs to.
    pub environment: Environment,
    /// The link name.
    pub name: String,
    /// Whose it is: `shared`, or a user.
    pub subject: String,
    /// The service's id.
    pub service: String,
    /// The name for people.
    pub label: String,
    /// `connected`, `needs_reauth` …
    pub status: &'static str,
    /// Whether scripts can use it now, as far as can be told without a call.
    pub usable: bool,
    /// Whether the provider has ever taken its credentials.
    pub tested: bool,
    /// Why it cannot be used, or what was wrong when it was last used or tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The scopes granted.
    pub scopes: Vec<String>,
    /// When the access token ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixTime>,
    /// When the login itself ends if it is not used, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_expires_at: Option<UnixTime>,
    /// When the provider last took the credentials, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ok: Option<UnixTime>,
    /// When a call last used it, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<UnixTime>,
    /// What last went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Failure>,
}

impl Health {
    /// Whether it is only planned: it was never authorised, and no script depends on it yet.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.status == Status::Draft.name()
    }

    /// The status of a connection.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let state = connection.check_usable().err().map(|problem| problem.message);
        let source = connection.references.values().find_map(reference::missing);
        let usable = state.is_none() && source.is_none();
        let failure = connection.last_error.as_ref().map(|failure| failure.message.clone());
        Self {
            key: connection.key(),
            environment: connection.environment.clone(),
            name: connection.name.clone(),
            subject: connection.subject.to_string(),
            service: connection.service.clone(),
            label: connection.label.clone(),
            status: connection.status.name(),
            usable,
            tested: connection.last_ok.is_some(),
            problem: source.or(failure).or(state),
            scopes: connection.scopes.clone(),
            expires_at: connection.expires_at,
            refresh_expires_at: connection.refresh_expires_at,
            last_ok: connection.last_ok,
            last_used: connection.last_used,
            last_error: connection.last_error.clone(),
        }
    }
}

/// What a test of a connection showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// The service took the credentials; the status it answered with.
    Works(u16),
    /// The service names no call to test with; the credentials are there.
    Untested,
}

impl Registry {
    /// The status of all connections of an environment; `None` is all environments.
    ///
    /// # Errors
    /// [`Code::StoreProblem`].
    pub async fn health(self: &Arc<Self>, environment: Option<&Environment>) -> Result<Vec<Health>, Problem> {
        Ok(self.listed(environment).await?.iter().map(Health::of).collect())
    }

    async fn listed(self: &Arc<Self>, environment: Option<&Environment>) -> Result<Vec<Connection>, Problem> {
        let registry = Arc::clone(self);
        let mut all = blocking(move || registry.store.list()).await?;
        all.retain(|connection| environment.is_none_or(|wanted| connection.environment == *wanted));
        Ok(all)
    }

    /// Makes the service's harmless call with a connection. A token that has not ended is never renewed by this.
    ///
    /// # Errors
    /// Why the connection does not work: [`Code::NeedsReauth`] when the service refuses it, or what stopped the call.
    pub async fn test(self: &Arc<Self>, key: &Key) -> Result<Tested, Problem> {
        let mut ready = self.existing(key).await?;
        ready.connection.check_usable()?;
        if ready.connection.expires_at.is_some_and(|end| end <= now()) {
            ready = self.fresh(ready).await?;
        }
        let service = Arc::clone(&ready.service);
        let Some(request) = lookup::test_request(&ready.connection, &service)? else {
            return Ok(Tested::Untested);
        };
        let mut answer = self.send_test(&ready, sign(&ready, &request)?).await?;
        if refresh::is_expiry(&service, answer.status, &answer.body)
            && let Some(Better::Renewed(better) | Better::Stored(better)) = self.after_refusal(&ready, true).await?
        {
            ready = better;
            answer = self.send_test(&ready, sign(&ready, &request)?).await?;
        }
        if lookup::test_passes(&service, answer.status, &answer.body) {
            let (registry, key) = (Arc::clone(self), key.clone());
            blocking(move || registry.change(&key, |connection| connection.note_ok(now()))).await?;
            return Ok(Tested::Works(answer.status));
        }
        let good = (200..400).contains(&answer.status);
        let message = match good {
            true => {
                format!("{} answered the test call with a refusal, if with status {}.", service.name, answer.status)
            }
            false => format!("{} answered the test call with status {}.", service.name, answer.status),
        };
        self.note_failure(key, &message).await?;
        let code = if good || matches!(answer.status, 401 | 403) { Code::NeedsReauth } else { Code::BadResponse };
        Err(Problem::new(code, format!("The connection \"{key}\" does not work: {message}")))
    }

    /// Sends a test call. A service that cannot be reached is a failure of the test too.
    async fn send_test(self: &Arc<Self>, ready: &Ready, wire: Wire) -> Result<HttpResponse, Problem> {
        match self.http.send(wire).await {
            Ok(answer) => Ok(answer),
            Err(problem) => {
                let message = Masker::of(&ready.connection).mask(&problem.message).into_owned();
                self.note_failure(&ready.key(), &message).await?;
                Err(problem)
            }
        }
    }

    async fn note_failure(self: &Arc<Self>, key: &Key, message: &str) -> Result<(), Problem> {
        let failure = Failure { at: now(), message: message.to_owned() };
        let (registry, key) = (Arc::clone(self), key.clone());
        let note = move || registry.change(&key, |connection| connection.last_error = Some(failure.clone()));
        blocking(note).await.map(drop)
    }

    /// Gives a connection's tokens back to the provider, where it takes them, and forgets them.
    ///
    /// `Ok(false)` says that the provider offers no way to take them back.
    ///
    /// # Errors
    /// [`Code::AuthorizationFailed`] when the provider did not take them back; they are forgotten here all the same.
    pub async fn revoke(self: &Arc<Self>, key: &Key) -> Result<bool, Problem> {
        let lock = self.refresh_lock(key);
        let _turn = lock.lock().await;
        let ready = self.existing(key).await?;
        let calls = match ready.service.auth() {
            Auth::OAuth2(_) => oauth2::revocations(&self.complete(&ready.connection).await?, &ready.service)?,
            _ => Vec::new(),
        };
        let offered = !calls.is_empty();
        let mut result = Ok(offered);
        for call in calls {
            let given_back = match self.call(call, &key.name).await {
                Ok(answer) => oauth2::read_revocation(&ready.service, answer.status, &answer.body),
                Err(problem) => Err(problem),
            };
            if let Err(mut problem) = given_back {
                problem.message = Masker::of(&ready.connection).mask(&problem.message).into_owned();
                result = Err(problem);
            }
        }
        let (registry, key) = (Arc::clone(self), key.clone());
        blocking(move || {
            registry.change(&key, |connection| {
                connection.status = Status::Revoked;
                connection.expires_at = None;
                connection.refresh_expires_at = None;
                connection.extras = Secret::default();
                if let Some(credentials) = connection.oauth2_mut() {
                    credentials.access_token = Secret::default();
                    credentials.refresh_token = Secret::default();
                    credentials.previous_refresh_token = Secret::default();
                }
            })
        })
        .await?;
        result
    }

    /// Renews every idle connection of an environment (`None`: of all) whose login would otherwise end unused; each
    /// with what came of it.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the connections cannot be listed.
    pub async fn keep_alive(
        self: &Arc<Self>,
        environment: Option<&Environment>,
    ) -> Result<Vec<(Key, Result<(), Problem>)>, Problem> {
        let mut renewed = Vec::new();
        for connection in self.listed(environment).await? {
            let Ok(service) = self.catalogue.of(&connection) else {
                continue;
            };
            if refresh::keep_alive_due(&connection, &service, now()) {
                let key = connection.key();
                let result = self.renew(Arc::new(Ready { connection, service }), true).await.map(|_| ());
                renewed.push((key, result));
            }
        }
        Ok(renewed)
    }

    /// Switches a connection off, or on again.
    ///
    /// # Errors
    /// [`Code::UnknownConnection`], [`Code::StoreProblem`]; why it cannot be used even so, when switched on.
    pub async fn switch(self: &Arc<Self>, key: &Key, on: bool) -> Result<(), Problem> {
        let (registry, key) = (Arc::clone(self), key.clone());
        blocking(move || {
            registry.change(&key, |connection| match (on, connection.status) {
                (true, Status::Disabled) => connection.status = Status::Connected,
                (false, Status::Connected | Status::Error) => connection.status = Status::Disabled,
                _ => {}
            })
        })
        .await
        .and_then(|connection| if on { connection.check_usable() } else { Ok(()) })
    }

    /// Gives a connection another link name.
    ///
    /// # Errors
    /// [`Code::UnknownConnection`], [`Code::BadRequest`] for a bad name, [`Code::StoreProblem`] for one that is taken.
    pub async fn rename(self: &Arc<Self>, key: &Key, new_name: &str) -> Result<(), Problem> {
        let lock = self.refresh_lock(key);
        let _turn = lock.lock().await;
        let (registry, old, new_name) = (Arc::clone(self), key.clone(), new_name.to_owned());
        blocking(move || {
            let _renewal = registry.store.lock(&old, Duration::from_secs(45))?;
            registry.store.rename(&old, &new_name)?;
            registry.forget(&old);
            Ok(())
        })
        .await
    }

    /// Forgets a connection; `false` when there was none. The provider is not told: see [`Registry::revoke`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`].
    pub async fn delete(self: &Arc<Self>, key: &Key) -> Result<bool, Problem> {
        let (registry, key) = (Arc::clone(self), key.clone());
        blocking(move || {
            let found = registry.store.delete(&key)?;
            registry.forget(&key);
            Ok(found)
        })
        .await
    }

    async fn existing(self: &Arc<Self>, key: &Key) -> Result<Arc<Ready>, Problem> {
        match self.reload(key).await? {
            Some(ready) => Ok(ready),
            None => self.named(key).await,
        }
    }
}
