//! Renews tokens: one task of one process at a time, the new token stored before anybody uses it.

use std::sync::Arc;
use std::time::Duration;

use rainwright_connections::oauth2::{self, TokenAnswer, TokenError, TokenGrant};
use rainwright_connections::redact::Masker;
use rainwright_connections::refresh::{self, Decision, Rejected};
use rainwright_connections::store::Put;
use rainwright_connections::{Auth, Connection, ProviderCall, Service, UnixTime, time};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::HttpResponse;

use crate::http::Wire;
use crate::registry::{Ready, Registry, blocking, now};

/// How long a provider may take to answer a renewal.
const ANSWER: Duration = Duration::from_secs(20);
/// How long to wait before a token is asked for once more, unless the server says, and at most.
const PAUSE: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait for another process that renews the same connection: longer than its own limit.
const TURN: Duration = Duration::from_secs(60);

impl Registry {
    /// Renews the token of a connection, unless somebody else just has.
    ///
    /// `refused` says that the service no longer takes the token, whatever its expiry says.
    ///
    /// The work goes on when the caller is dropped: a token that was given is stored even if nobody waits for it.
    pub(crate) async fn renew(self: &Arc<Self>, known: Arc<Ready>, refused: bool) -> Result<Arc<Ready>, Problem> {
        let registry = Arc::clone(self);
        let work = tokio::spawn(async move { registry.renew_once(known, refused).await });
        match work.await {
            Ok(result) => result,
            Err(_) => Err(Problem::new(Code::Interrupted, "The program is being shut down.")),
        }
    }

    async fn renew_once(self: Arc<Self>, known: Arc<Ready>, refused: bool) -> Result<Arc<Ready>, Problem> {
        let key = known.key();
        let lock = self.refresh_lock(&key);
        let _turn = lock.lock().await;
        let after_turn = match self.still_due(&known, refused).await? {
            Due::No(ready) => return Ok(ready),
            Due::Yes(..) => {
                let (registry, wanted) = (Arc::clone(&self), key.clone());
                let lock = blocking(move || registry.store.lock(&wanted, TURN)).await?;
                (self.still_due(&known, refused).await?, lock)
            }
        };
        let (Due::Yes(ready, rerequest), _lock) = after_turn else {
            let (Due::No(ready), _) = after_turn else {
                return Ok(known);
            };
            return Ok(ready);
        };
        // A provider that rotates tokens forgets the old one as soon as it answers: first make sure that the new one can
        // be kept, and leave word for whoever comes after a process that dies in between.
        let registry = Arc::clone(&self);
        if rerequest {
            blocking(move || registry.store.check_writable()).await?;
            return self.ask_and_store(ready, true, None).await;
        }
        let (ready, interrupted) = blocking(move || registry.begin(&ready)).await?;
        self.ask_and_store(ready, false, interrupted).await
    }

    /// Stores that a renewal begins; see [`refresh::begin`]. Blocks.
    fn begin(&self, ready: &Ready) -> Result<(Arc<Ready>, Option<UnixTime>), Problem> {
        let mut connection = ready.connection.clone();
        loop {
            let interrupted = refresh::begin(&mut connection, now());
            match self.store.put(&mut connection)? {
                Put::Stored => {
                    let ready = Arc::new(Ready { connection, service: Arc::clone(&ready.service) });
                    self.remember(&ready);
                    return Ok((ready, interrupted));
                }
                // Somebody noted something else meanwhile; the tokens are the same, for we hold the lock.
                Put::Conflict => match self.read(&ready.key())? {
                    Some(stored) => connection = stored.connection.clone(),
                    None => {
                        return Err(rainwright_connections::name::unknown(&ready.key(), [], self.catalogue.ids()));
                    }
                },
            }
        }
    }

    /// What is stored now, and whether it is still to be renewed.
    async fn still_due(self: &Arc<Self>, known: &Arc<Ready>, refused: bool) -> Result<Due, Problem> {
        let key = known.key();
        let Some(ready) = self.reload(&key).await? else {
            return Err(rainwright_connections::name::unknown(&key, [], self.catalogue.ids()));
        };
        let decision = if refused && ready.signs_like(known) {
            refresh::on_expiry(&ready.connection, &ready.service, now())
        } else {
            refresh::due(&ready.connection, &ready.service, now())
        };
        match decision {
            Decision::Use => Ok(Due::No(ready)),
            Decision::Refresh { .. } => Ok(Due::Yes(ready, false)),
            Decision::Rerequest { .. } => Ok(Due::Yes(ready, true)),
            Decision::Blocked(problem) => Err(problem),
        }
    }

    async fn ask_and_store(
        self: &Arc<Self>,
        ready: Arc<Ready>,
        rerequest: bool,
        interrupted: Option<UnixTime>,
    ) -> Result<Arc<Ready>, Problem> {
        let key = ready.key();
        let mut previous = false;
        loop {
            let grant = if rerequest { TokenGrant::First } else { TokenGrant::Refresh { previous } };
            let error = match self.ask(&ready, grant).await? {
                Ok(answer) => {
                    tracing::info!(connection = %key, "the token was renewed");
                    return self.store_renewed(&ready, answer).await;
                }
                Err(error) => error,
            };
            tracing::warn!(connection = %key, status = error.status, error = %error.error, "the token was not renewed");
            if error.needs_person() && !rerequest {
                let stored = self.reload(&key).await?;
                match refresh::rejected(&ready.connection, stored.as_deref().map(|s| &s.connection), previous) {
                    Rejected::UseStored => {
                        if let Some(stored) = stored {
                            return Ok(stored);
                        }
                    }
                    Rejected::TryPrevious => {
                        previous = true;
                        continue;
                    }
                    Rejected::Reauthorize => {}
                }
            }
            let registry = Arc::clone(self);
            return blocking(move || {
                let mut problem = None;
                registry
                    .change(&key, |connection| problem = Some(refresh::fail(connection, &error, interrupted, now())))?;
                Err(problem.unwrap_or_else(|| Problem::new(Code::RefreshFailed, "The token was not renewed.")))
            })
            .await;
        }
    }

    async fn store_renewed(self: &Arc<Self>, ready: &Arc<Ready>, answer: TokenAnswer) -> Result<Arc<Ready>, Problem> {
        let (registry, ready) = (Arc::clone(self), Arc::clone(ready));
        let key = ready.key();
        blocking(move || {
            let mut connection = ready.connection.clone();
            loop {
                refresh::succeed(&mut connection, &ready.service, answer.clone(), now());
                match registry.store.put(&mut connection) {
                    Ok(Put::Stored) => return Ok(()),
                    // Somebody noted or changed something else meanwhile; the tokens are ours alone to write, for we hold the lock.
                    Ok(Put::Conflict) => match registry.store.load(&connection.key())? {
                        Some(stored) => connection = stored,
                        None => return Ok(()),
                    },
                    Err(problem) => {
                        registry.keep_unsaved(connection);
                        return Err(problem);
                    }
                }
            }
        })
        .await?;
        self.reload(&key).await?.ok_or_else(|| rainwright_connections::name::unknown(&key, [], self.catalogue.ids()))
    }

    /// Asks the token URL.
    async fn ask(
        self: &Arc<Self>,
        ready: &Ready,
        grant: TokenGrant<'_>,
    ) -> Result<Result<TokenAnswer, TokenError>, Problem> {
        let connection = self.complete(&ready.connection).await?;
        self.ask_token(&connection, &ready.service, grant).await
    }

    /// Asks the token URL of a service for a token; the inner error is the provider's.
    pub(crate) async fn ask_token(
        &self,
        connection: &Connection,
        service: &Service,
        grant: TokenGrant<'_>,
    ) -> Result<Result<TokenAnswer, TokenError>, Problem> {
        let Auth::OAuth2(settings) = service.auth() else {
            return Err(Problem::new(Code::BadService, format!("The service {} gives no tokens.", service.name)));
        };
        let call = oauth2::token_request(connection, service, grant)?;
        let mut result = self.call(call.clone(), &connection.name).await;
        // A machine in front of the provider is busy; the provider itself has not acted.
        if let Ok(answer) = &result
            && matches!(answer.status, 502 | 503)
            && let Some(pause) = pause_before_retry(answer)
        {
            tokio::time::sleep(pause).await;
            result = self.call(call, &connection.name).await;
        }
        Ok(match result {
            Ok(answer) => oauth2::read_token(settings, answer.status, &answer.body, now()).map_err(|e| {
                e.with_retry_after(answer.header("retry-after").and_then(|asked| time::retry_after(asked, now())))
            }),
            Err(problem) => Err(TokenError::network(problem.message)),
        }
        .map_err(|e| e.masked(&secrets_of(connection, grant))))
    }

    /// Sends a call of a login or renewal; its credentials follow no redirect to another origin.
    pub(crate) async fn call(&self, call: ProviderCall, connection: &str) -> Result<HttpResponse, Problem> {
        let mut wire = Wire::of_call(call);
        wire.connection = Some(connection.to_owned());
        wire.timeout = Some(ANSWER);
        self.http.send(wire).await
    }
}

/// How long to wait before a token is asked for once more; `None` when the server asks for longer than callers wait.
fn pause_before_retry(answer: &HttpResponse) -> Option<Duration> {
    let asked = answer.header("retry-after").and_then(|asked| time::retry_after(asked, now()));
    let asked = asked.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
    Some(asked.unwrap_or(PAUSE)).filter(|pause| *pause <= PATIENCE)
}

/// Every secret that a token request may carry; all of them are masked.
fn secrets_of(connection: &Connection, grant: TokenGrant<'_>) -> Masker {
    let mut masker = Masker::of(connection);
    match grant {
        TokenGrant::Code { code, pending } => {
            masker.add(code);
            masker.add(pending.verifier());
        }
        TokenGrant::Device { device_code } => masker.add(device_code),
        TokenGrant::First | TokenGrant::Refresh { .. } => {}
    }
    masker
}

/// Whether to renew a connection.
enum Due {
    /// It is good.
    No(Arc<Ready>),
    /// Renew it; `true` asks for a first token again.
    Yes(Arc<Ready>, bool),
}
