//! Gives out connections that are ready to be used: cached in memory, renewed in time, renewed once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use rainwright_connections::redact::Masker;
use rainwright_connections::refresh::{self, Decision};
use rainwright_connections::store::{self, Put};
use rainwright_connections::{
    Catalogue, Connection, Environment, Failure, Key, Service, Store, Subject, UnixTime, name,
};
use rainwright_diagnostic::{Code, Problem};
use tokio::time::Instant;

use crate::http::Http;
use crate::store::reference;

/// For how long a connection in memory is used without asking the store whether another process has changed it.
const TRUSTED: Duration = Duration::from_secs(1);
/// How often "the provider has taken the credentials" is written to the store while nothing else changes, in seconds.
const NOTED: i64 = 300;
/// How often a write is tried again when another process wrote first.
const WRITES: usize = 8;

/// A connection with its service, as it was stored last.
#[derive(Debug)]
pub struct Ready {
    /// The connection, secrets included.
    pub connection: Connection,
    /// Its service.
    pub service: Arc<Service>,
}

impl Ready {
    /// What it is stored under.
    #[must_use]
    pub fn key(&self) -> Key {
        self.connection.key()
    }

    /// Whether both would sign a call in the same way.
    pub(crate) fn signs_like(&self, other: &Ready) -> bool {
        self.connection.secrets() == other.connection.secrets()
    }
}

/// What a call that was refused can be tried again with.
pub(crate) enum Better {
    /// What somebody else has stored meanwhile.
    Stored(Arc<Ready>),
    /// What was renewed for this call.
    Renewed(Arc<Ready>),
}

/// The service, and whose connection of which set is asked for when a script names none.
type Wanted = (String, Environment, Subject);

struct Cached {
    ready: Arc<Ready>,
    checked: Instant,
}

/// The connections of a store, shared by all runs of a process.
pub struct Registry {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) http: Arc<Http>,
    cache: RwLock<HashMap<Key, Cached>>,
    defaults: Mutex<HashMap<Wanted, (Key, Instant)>>,
    gates: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
    /// Renewed connections that the store did not take: written before anything else is done with them.
    unsaved: Mutex<HashMap<Key, Connection>>,
    masker: RwLock<Arc<Masker>>,
}

impl Registry {
    /// The connections of `store`, with the services of `catalogue`, renewed over `http`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, catalogue: Arc<Catalogue>, http: Arc<Http>) -> Arc<Self> {
        let masker = RwLock::new(Arc::new(http.settings().masker()));
        Arc::new(Self {
            store,
            catalogue,
            http,
            cache: RwLock::default(),
            defaults: Mutex::default(),
            gates: Mutex::default(),
            unsaved: Mutex::default(),
            masker,
        })
    }

    /// The same connections with other services. Both may be used at the same time: the store lets one of them renew.
    #[must_use]
    pub fn with_catalogue(&self, catalogue: Arc<Catalogue>) -> Arc<Self> {
        Self::new(Arc::clone(&self.store), catalogue, Arc::clone(&self.http))
    }

    /// The client that it calls services with.
    #[must_use]
    pub fn http(&self) -> &Arc<Http> {
        &self.http
    }

    /// The store that it reads and writes.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The services that connections can be made for.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Masks the secrets of every connection that was used so far.
    #[must_use]
    pub fn masker(&self) -> Arc<Masker> {
        Arc::clone(&self.masker.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The connection that a script means by a name: the subject's own, or everybody's, of the key's environment.
    ///
    /// # Errors
    /// [`Code::UnknownConnection`] with the names near it and how to create one; [`Code::StoreProblem`].
    pub async fn named(self: &Arc<Self>, key: &Key) -> Result<Arc<Ready>, Problem> {
        if let Some(own) = self.find(key).await? {
            return Ok(own);
        }
        if key.subject != Subject::Shared
            && let Some(shared) = self.find(&Key { subject: Subject::Shared, ..key.clone() }).await?
        {
            return Ok(shared);
        }
        let (registry, key) = (Arc::clone(self), key.clone());
        blocking(move || Err(registry.unknown(&key))).await
    }

    /// What to say of a key that the store does not have. Blocks.
    #[must_use]
    pub fn unknown(&self, key: &Key) -> Problem {
        match self.store.list() {
            Ok(all) => name::unknown(key, all.iter().map(Connection::key), self.catalogue.ids()),
            Err(problem) => problem,
        }
    }

    /// The connection that a task of a service uses when it names none.
    ///
    /// # Errors
    /// [`Code::UnknownConnection`] that says how to create or choose one; [`Code::StoreProblem`].
    pub async fn default_of(
        self: &Arc<Self>,
        service: &str,
        environment: &Environment,
        subject: &Subject,
    ) -> Result<Arc<Ready>, Problem> {
        let wanted = (service.to_owned(), environment.clone(), subject.clone());
        let known =
            lock(&self.defaults).get(&wanted).filter(|(_, at)| at.elapsed() < TRUSTED).map(|(key, _)| key.clone());
        if let Some(key) = known
            && let Some(ready) = self.find(&key).await?
        {
            return Ok(ready);
        }
        let registry = Arc::clone(self);
        let all = blocking(move || registry.store.list()).await?;
        let key = store::default_connection(&all, service, environment, subject)?.key();
        lock(&self.defaults).insert(wanted, (key.clone(), Instant::now()));
        self.find(&key).await?.ok_or_else(|| name::unknown(&key, [], self.catalogue.ids()))
    }

    /// The connection under a key, from memory when that is fresh.
    async fn find(self: &Arc<Self>, key: &Key) -> Result<Option<Arc<Ready>>, Problem> {
        let cached = {
            let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
            cache.get(key).map(|cached| (Arc::clone(&cached.ready), cached.checked))
        };
        let Some((ready, checked)) = cached else {
            return self.reload(key).await;
        };
        if checked.elapsed() < TRUSTED {
            return Ok(Some(ready));
        }
        let (registry, wanted) = (Arc::clone(self), key.clone());
        let rev = blocking(move || registry.store.rev(&wanted)).await?;
        if rev == Some(ready.connection.rev) {
            self.remember(&ready);
            return Ok(Some(ready));
        }
        self.reload(key).await
    }

    /// The connection as it is stored now.
    pub(crate) async fn reload(self: &Arc<Self>, key: &Key) -> Result<Option<Arc<Ready>>, Problem> {
        let (registry, wanted) = (Arc::clone(self), key.clone());
        let loaded = blocking(move || registry.read(&wanted)).await?;
        match &loaded {
            Some(ready) => self.remember(ready),
            None => drop(self.cache.write().unwrap_or_else(PoisonError::into_inner).remove(key)),
        }
        Ok(loaded)
    }

    /// Reads a connection from the store, with its service and the secrets that are kept elsewhere. Blocks.
    pub(crate) fn read(&self, key: &Key) -> Result<Option<Arc<Ready>>, Problem> {
        self.save_unsaved(key)?;
        let Some(mut connection) = self.store.load(key)? else {
            return Ok(None);
        };
        reference::fill_for_calls(&mut connection)?;
        let service = self.catalogue.of(&connection)?;
        Ok(Some(Arc::new(Ready { connection, service })))
    }

    pub(crate) fn remember(&self, ready: &Arc<Ready>) {
        let cached = Cached { ready: Arc::clone(ready), checked: Instant::now() };
        let before = self.cache.write().unwrap_or_else(PoisonError::into_inner).insert(ready.key(), cached);
        if before.is_none_or(|before| !before.ready.signs_like(ready)) {
            let mut masker = self.masker.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut masker).add_connection(&ready.connection, Some(&ready.service));
        }
    }

    /// A connection whose token is good: renewed first when it is due.
    ///
    /// # Errors
    /// [`Code::NeedsReauth`], [`Code::ConnectionDisabled`], [`Code::RefreshFailed`], [`Code::StoreProblem`].
    pub async fn fresh(self: &Arc<Self>, ready: Arc<Ready>) -> Result<Arc<Ready>, Problem> {
        match refresh::due(&ready.connection, &ready.service, now()) {
            Decision::Use => Ok(ready),
            Decision::Blocked(problem) => Err(problem),
            Decision::Refresh { still_valid } | Decision::Rerequest { still_valid } => {
                match self.renew(Arc::clone(&ready), false).await {
                    // A token that still works need not wait for a provider that does not answer, or for a secret that
                    // only the renewal needs.
                    Err(problem) if still_valid && matches!(problem.code, Code::RefreshFailed | Code::StoreProblem) => {
                        tracing::warn!(connection = %ready.key(), problem = %problem.message, "the token was not renewed ahead of its end");
                        Ok(ready)
                    }
                    result => result,
                }
            }
        }
    }

    /// A connection to try again with after the service has refused `used`; `None` when there is nothing better.
    ///
    /// Without `may_renew` only what somebody else has stored meanwhile counts as better.
    ///
    /// # Errors
    /// As [`Registry::fresh`].
    pub(crate) async fn after_refusal(
        self: &Arc<Self>,
        used: &Arc<Ready>,
        may_renew: bool,
    ) -> Result<Option<Better>, Problem> {
        let Some(stored) = self.later_than(used).await? else {
            return Ok(None);
        };
        if !stored.signs_like(used) {
            return Ok(Some(Better::Stored(stored)));
        }
        if self.is_young(&stored) {
            return Ok(None);
        }
        match refresh::on_expiry(&stored.connection, &stored.service, now()) {
            Decision::Blocked(problem) => Err(problem),
            Decision::Refresh { .. } | Decision::Rerequest { .. } if may_renew => {
                self.renew(stored, true).await.map(Better::Renewed).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Whether a connection's token is too new to be renewed because a service refuses it.
    pub(crate) fn is_young(&self, ready: &Ready) -> bool {
        let young = self.http.settings().options.young_token.as_secs();
        refresh::is_young(&ready.connection, now(), young)
    }

    /// What a task of this process has found or stored since `used` was taken, else what is stored now.
    ///
    /// All calls under way are refused at once when a token ends: one of them reads the store for all.
    async fn later_than(self: &Arc<Self>, used: &Arc<Ready>) -> Result<Option<Arc<Ready>>, Problem> {
        let key = used.key();
        let lock = self.refresh_lock(&key);
        let _turn = lock.lock().await;
        let known = {
            let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
            cache.get(&key).map(|cached| Arc::clone(&cached.ready))
        };
        match known.filter(|known| known.connection.rev > used.connection.rev && !known.signs_like(used)) {
            Some(known) => Ok(Some(known)),
            None => self.reload(&key).await,
        }
    }

    /// The connection with all secrets that are read elsewhere: those that only get tokens are read when they are needed.
    pub(crate) async fn complete(self: &Arc<Self>, connection: &Connection) -> Result<Connection, Problem> {
        let (registry, mut connection) = (Arc::clone(self), connection.clone());
        blocking(move || {
            reference::fill(&mut connection)?;
            let service = registry.catalogue.of(&connection).ok();
            let mut masker = registry.masker.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut masker).add_connection(&connection, service.as_deref());
            Ok(connection)
        })
        .await
    }

    /// The lock that lets one task of this process at a time renew a connection.
    pub(crate) fn refresh_lock(&self, key: &Key) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(lock(&self.gates).entry(key.clone()).or_default())
    }

    /// Notes that the service took the credentials, or that it refused them for good; written now and then.
    pub(crate) fn note(self: &Arc<Self>, used: &Arc<Ready>, refused: Option<String>) {
        let connection = &used.connection;
        let worth_writing = match &refused {
            Some(message) => connection.last_error.as_ref().is_none_or(|failure| failure.message != *message),
            None => connection.last_error.is_some() || connection.last_ok.is_none_or(|at| now() - at > NOTED),
        };
        if !worth_writing {
            return;
        }
        let (registry, key) = (Arc::clone(self), used.key());
        let used = Arc::clone(used);
        tokio::task::spawn_blocking(move || {
            let written = registry.change(&key, |connection| match &refused {
                // The token may have been renewed since the call went out: then the refusal says nothing about it.
                Some(message) if connection.rev == used.connection.rev => {
                    connection.last_error = Some(Failure { at: now(), message: message.clone() });
                }
                Some(_) => {}
                None => connection.note_ok(now()),
            });
            if let Err(problem) = written {
                tracing::warn!(connection = %key, problem = %problem.message, "the health of a connection was not stored");
            }
        });
    }

    /// Changes a stored connection, whoever else writes at the same time. Blocks.
    ///
    /// # Errors
    /// [`Code::UnknownConnection`] when there is none; [`Code::StoreProblem`].
    pub fn change(&self, key: &Key, mut change: impl FnMut(&mut Connection)) -> Result<Connection, Problem> {
        for _ in 0..WRITES {
            let mut connection = self.store.load(key)?.ok_or_else(|| name::unknown(key, [], self.catalogue.ids()))?;
            change(&mut connection);
            if self.store.put(&mut connection)? == Put::Stored {
                self.forget(key);
                return Ok(connection);
            }
        }
        Err(Problem::new(
            Code::StoreProblem,
            format!("The connection \"{key}\" is being changed by others all the time."),
        ))
    }

    /// Drops what is remembered of a connection, so that its next use reads the store.
    pub fn forget(&self, key: &Key) {
        self.cache.write().unwrap_or_else(PoisonError::into_inner).remove(key);
        lock(&self.defaults).clear();
    }

    /// Keeps a connection in memory until the store takes it.
    pub(crate) fn keep_unsaved(&self, connection: Connection) {
        lock(&self.unsaved).insert(connection.key(), connection);
    }

    /// Writes what the store did not take before, unless somebody has renewed the connection since.
    fn save_unsaved(&self, key: &Key) -> Result<(), Problem> {
        let Some(mut connection) = lock(&self.unsaved).get(key).cloned() else {
            return Ok(());
        };
        if let Some(stored) = self.store.load(key)? {
            let sent = |c: &Connection| c.oauth2().map(|o| o.refresh_token.clone());
            let replaced = connection.oauth2().map(|o| o.previous_refresh_token.clone());
            if sent(&stored) == sent(&connection) || sent(&stored) == replaced {
                connection.rev = stored.rev;
                if self.store.put(&mut connection)? == Put::Conflict {
                    return self.save_unsaved(key);
                }
            }
        }
        lock(&self.unsaved).remove(key);
        Ok(())
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> UnixTime {
    Timestamp::now().as_second()
}

/// Runs what may block where blocking is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Problem::new(Code::Interrupted, "The program is being shut down.")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
