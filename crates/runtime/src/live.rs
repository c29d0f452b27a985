//! The host that really does it: calls, mail, the clock and random numbers.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rainwright_connections::redact::Masker;
use rainwright_connections::{Connectors, Environment, Key, Subject, refresh};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Data, DataMap, Effect, Host, HttpRequest, HttpResponse, Outcome, Refusal};
use tokio::time::Instant;

use crate::account::Account;
use crate::audit::{AuditLine, AuditLog};
use crate::http::{Http, Wire};
use crate::record::{RecordedRequest, Tape, body_bytes};
use crate::registry::{Better, Ready, Registry};
use crate::retry::{Budget, Retry};
use crate::sign::{sign, unsigned};

/// How often a call is signed anew because somebody else has renewed the token since it went out.
const OVERTAKEN: u8 = 8;

/// Where the present instant comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    #[default]
    System,
    /// Always the same, in milliseconds since 1970.
    Fixed(i64),
}

/// Takes the lines that a script writes with `info`: the text, and the line of the statement.
pub type InfoSink = Box<dyn Fn(&str, u32) + Send + Sync>;

/// What a [`Live`] host is made of; the default does HTTP without connections.
#[derive(Default)]
pub struct LiveOptions {
    /// The connections that scripts may name.
    pub registry: Option<Arc<Registry>>,
    /// The set of connections that scripts use.
    pub environment: Environment,
    /// Whose connections are used before everybody's.
    pub subject: Subject,
    /// Who runs the script, for the audit log.
    pub who: Option<String>,
    /// What scripts are told about their account.
    pub account: Account,
    /// The connectors that `zoho.crm.invokeConnector` calls.
    pub connectors: Arc<Connectors>,
    /// The clock.
    pub clock: Clock,
    /// The seed of random numbers, when a run must be repeatable.
    pub seed: Option<u64>,
    /// Where `info` goes; `None` drops it.
    pub info: Option<InfoSink>,
    /// Records calls, or answers them from a recording.
    pub tape: Option<Tape>,
    /// The audit log.
    pub audit: Option<Arc<AuditLog>>,
    /// How calls of connections are tried again.
    pub retry: Retry,
    /// The server that mail goes out through.
    #[cfg(feature = "mail")]
    pub mailer: Option<crate::mail::Mailer>,
}

/// Performs effects for real. Shared by as many runs as wanted: [`Live::perform`] takes `&self`.
pub struct Live {
    http: Arc<Http>,
    options: LiveOptions,
    random: Mutex<Option<u64>>,
    budgets: Mutex<HashMap<String, Budget>>,
}

impl Live {
    /// A host that talks through `http`.
    #[must_use]
    pub fn new(http: Arc<Http>, options: LiveOptions) -> Self {
        Self { http, random: Mutex::new(options.seed), budgets: Mutex::default(), options }
    }

    /// The tape, to ask how much of a recording was played.
    #[must_use]
    pub fn tape(&self) -> Option<&Tape> {
        self.options.tape.as_ref()
    }

    /// Performs one effect.
    ///
    /// # Errors
    /// What the effect's own documentation says; [`Code::NotSupported`] for what this host does not do. No text holds a known secret.
    pub async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        if let Some(answer) = self.options.account.answer(&call.effect) {
            return Ok(answer);
        }
        if let Some(request) = self.options.connectors.of_effect(&call.effect) {
            let called = match request {
                Ok(request) => self.call(&request).await,
                Err(problem) => Err(problem),
            };
            return called.map(|answer| connector_answer(&answer)).map_err(|p| self.mask_problem(p).into());
        }
        let result = match call.effect {
            Effect::Now => Ok(Outcome::Instant { millis: self.now() }),
            Effect::Random => self.random().map(|bits| Outcome::Bits { bits }),
            Effect::Info { text } => {
                if let Some(info) = &self.options.info {
                    info(&self.mask(&text), if call.source == 0 { call.line } else { 0 });
                }
                Ok(Outcome::Done)
            }
            Effect::Http(request) => self.call(&request).await.map(|response| Outcome::Http(Box::new(response))),
            Effect::Mail(message) => self.send_mail(&message).await,
            other => Err(other.not_supported()),
        };
        result.map_err(|problem| self.mask_problem(problem).into())
    }

    /// The connection that a link name means in this run.
    fn key(&self, name: &str) -> Key {
        let (environment, subject) = (self.options.environment.clone(), self.options.subject.clone());
        Key { environment, name: name.to_owned(), subject }
    }

    fn now(&self) -> i64 {
        match self.options.clock {
            Clock::System => Timestamp::now().as_millisecond(),
            Clock::Fixed(millis) => millis,
        }
    }

    fn random(&self) -> Result<u64, Problem> {
        let mut state = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        match state.as_mut() {
            // SplitMix64: every seed gives a full sequence.
            Some(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                Ok(z ^ (z >> 31))
            }
            None => {
                let mut bytes = [0; 8];
                crate::store::fill(&mut bytes)?;
                Ok(u64::from_ne_bytes(bytes))
            }
        }
    }

    #[cfg(feature = "mail")]
    async fn send_mail(&self, message: &rainwright_effect::Message) -> Result<Outcome, Problem> {
        match &self.options.mailer {
            Some(mailer) => mailer.send(message).await.map(|()| Outcome::Done),
            None => Err(Problem::new(Code::SendFailed, "No mail server is set up.")
                .with_help("Name one with RAINWRIGHT_SMTP, such as smtps://user:password@mail.example.com.")),
        }
    }

    #[cfg(not(feature = "mail"))]
    async fn send_mail(&self, _message: &rainwright_effect::Message) -> Result<Outcome, Problem> {
        Err(Problem::new(Code::NotSupported, "Mail is not supported by this host: it was built without it.")
            .with_help("Build it with the feature `mail`."))
    }

    async fn call(&self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        let Some(ready) = self.connection(request).await? else {
            return self.call_unsigned(request).await;
        };
        self.call_signed(request, ready).await
    }

    /// The connection that a request names, or its service's default one.
    async fn connection(&self, request: &HttpRequest) -> Result<Option<Arc<Ready>>, Problem> {
        let found = match (&self.options.registry, &request.connection, &request.service) {
            (_, None, None) => return Ok(None),
            (Some(registry), Some(name), _) => registry.named(&self.key(name)).await,
            (Some(registry), None, Some(service)) => {
                registry.default_of(service, &self.options.environment, &self.options.subject).await
            }
            (None, name, service) => {
                let name = name.as_deref().or(service.as_deref()).unwrap_or_default();
                Err(rainwright_connections::name::unknown(&self.key(name), [], []))
            }
        };
        match found {
            // A recording answers for connections that this machine does not have.
            Err(problem) if problem.code == Code::UnknownConnection && self.replays() => Ok(None),
            found => found.map(Some),
        }
    }

    fn replays(&self) -> bool {
        matches!(self.options.tape, Some(Tape::Replay(_)))
    }

    async fn call_unsigned(&self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        if let Some(Tape::Replay(replayer)) = &self.options.tape {
            return replayer.answer(&RecordedRequest::of_script(request));
        }
        let wire = unsigned(request)?;
        let result = self.send(&wire).await;
        self.record(&wire, &result)?;
        result
    }

    async fn call_signed(&self, request: &HttpRequest, ready: Arc<Ready>) -> Result<HttpResponse, Problem> {
        if let Some(Tape::Replay(replayer)) = &self.options.tape {
            return replayer.answer(&RecordedRequest::of_wire(&sign(&ready, request)?));
        }
        let Some(registry) = &self.options.registry else {
            return self.call_unsigned(request).await;
        };
        let mut ready = registry.fresh(ready).await?;
        let keyed = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
        let (mut tried, mut overtaken, mut renewed) = (0, 0, false);
        let (wire, result) = loop {
            let wire = sign(&ready, request)?;
            self.wait_for_budget(&ready, &wire).await?;
            let result = self.send(&wire).await;
            let Ok(answer) = &result else {
                break (wire, result);
            };
            if refresh::is_expiry(&ready.service, answer.status, &answer.body) {
                match registry.after_refusal(&ready, !renewed).await? {
                    Some(Better::Renewed(better)) => {
                        (ready, renewed) = (better, true);
                        continue;
                    }
                    Some(Better::Stored(better)) if overtaken < OVERTAKEN => {
                        (ready, overtaken) = (better, overtaken + 1);
                        continue;
                    }
                    _ => {}
                }
                let mut refused = format!("{} refused the credentials (status {}).", ready.service.name, answer.status);
                if registry.is_young(&ready) {
                    refused +=
                        " The token was less than a minute old, and was not renewed again: check scopes and account.";
                    tracing::warn!(connection = %ready.key(), "{refused}");
                }
                registry.note(&ready, Some(refused));
                break (wire, result);
            }
            tried += 1;
            match self.options.retry.wait(&wire.method, keyed, answer, tried, Timestamp::now()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    if answer.status < 400 {
                        registry.note(&ready, None);
                    }
                    break (wire, result);
                }
            }
        };
        self.record(&wire, &result)?;
        result
    }

    /// Waits until the connection may make another call.
    async fn wait_for_budget(&self, ready: &Ready, wire: &Wire) -> Result<(), Problem> {
        let Some(rate) = ready.service.rate else {
            return Ok(());
        };
        let wait = {
            let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
            budgets.entry(ready.connection.name.clone()).or_insert_with(Budget::new).take(rate, Instant::now())
        };
        if wait > self.http.settings().options.timeout {
            return Err(Problem::new(
                Code::Timeout,
                format!(
                    "{} was not sent: {} welcomes {} calls in {} s, and more are waiting already.",
                    wire.label(),
                    ready.service.name,
                    rate.calls,
                    rate.seconds
                ),
            ));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    async fn send(&self, wire: &Wire) -> Result<HttpResponse, Problem> {
        let started = Instant::now();
        let result = self.http.perform(wire).await;
        self.audit(wire, &result, started.elapsed());
        result
    }

    fn audit(&self, wire: &Wire, result: &Result<HttpResponse, Problem>, took: Duration) {
        if self.options.audit.is_none() && !tracing::enabled!(target: "rainwright::audit", tracing::Level::INFO) {
            return;
        }
        let outcome = result.as_ref().map(|answer| answer.status).map_err(|problem| problem.code);
        let mut line = AuditLine::new(&wire.method, &wire.url, outcome, took);
        line.path = self.mask(&line.path);
        line.who.clone_from(&self.options.who);
        line.connection.clone_from(&wire.connection);
        let environment = Some(&self.options.environment).filter(|e| line.connection.is_some() && !e.is_default());
        line.environment = environment.map(ToString::to_string);
        tracing::info!(
            target: "rainwright::audit",
            who = line.who, connection = line.connection, environment = line.environment, method = line.method, host = line.host, path = line.path,
            status = line.status, error = line.error, ms = line.ms, "call"
        );
        if let Some(log) = &self.options.audit {
            log.write(&line);
        }
    }

    fn record(&self, wire: &Wire, result: &Result<HttpResponse, Problem>) -> Result<(), Problem> {
        match &self.options.tape {
            Some(Tape::Record(recorder)) => recorder.write(RecordedRequest::of_wire(wire), result, &self.masker()),
            _ => Ok(()),
        }
    }

    fn masker(&self) -> Arc<Masker> {
        self.options.registry.as_ref().map(|registry| registry.masker()).unwrap_or_default()
    }

    /// A text without the secrets of the connections used so far.
    fn mask(&self, text: &str) -> String {
        self.masker().mask(text).into_owned()
    }

    fn mask_problem(&self, problem: Problem) -> Problem {
        let masker = self.masker();
        Problem {
            message: masker.mask(&problem.message).into_owned(),
            help: problem.help.map(|help| masker.mask(&help).into_owned()),
            ..problem
        }
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("subject", &self.options.subject)
            .field("clock", &self.options.clock)
            .finish_non_exhaustive()
    }
}

/// What `zoho.crm.invokeConnector` gives: the status, and the body as text.
fn connector_answer(answer: &HttpResponse) -> Outcome {
    let mut map = DataMap::new();
    map.insert("status_code", i64::from(answer.status));
    map.insert("response", String::from_utf8_lossy(&answer.body).into_owned());
    Data::from(map).into()
}

impl RecordedRequest {
    /// A request as it is sent.
    #[must_use]
    pub fn of_wire(wire: &Wire) -> Self {
        Self::of(&wire.method, wire.url.to_string(), &wire.headers, &wire.body)
    }

    /// A request as the script wrote it, placeholders of its connection included.
    #[must_use]
    pub fn of_script(request: &HttpRequest) -> Self {
        let mut url = request.url.trim().to_owned();
        if !request.query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            rainwright_connections::request::write_pairs(&mut url, &request.query);
        }
        Self::of(&request.method, url, &request.headers, &request.body)
    }

    fn of(method: &str, url: String, headers: &[(String, String)], body: &rainwright_effect::Body) -> Self {
        let (bytes, content_type) = body_bytes(body);
        let mut headers = headers.to_vec();
        if let Some(content_type) =
            content_type.filter(|_| !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")))
        {
            headers.push(("Content-Type".to_owned(), content_type));
        }
        Self { method: method.to_uppercase(), url, headers, body: Some(bytes).filter(|bytes| !bytes.is_empty()) }
    }
}

/// A [`Live`] host for callers that wait: each effect blocks the thread until it is done.
#[derive(Clone, Debug)]
pub struct Blocking {
    live: Arc<Live>,
    runtime: tokio::runtime::Handle,
}

impl Blocking {
    /// Runs the effects of `live` on a tokio runtime, which must not be the one that the calling thread drives.
    #[must_use]
    pub fn new(live: Arc<Live>, runtime: tokio::runtime::Handle) -> Self {
        Self { live, runtime }
    }
}

impl Host for Blocking {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            // These need no reactor, and scripts ask for them often.
            Effect::Now => Ok(Outcome::Instant { millis: self.live.now() }),
            Effect::Random => Ok(Outcome::Bits { bits: self.live.random()? }),
            _ => self.runtime.block_on(self.live.perform(call)),
        }
    }
}

/// Opens the tape that the options `--record` and `--replay` of a command ask for.
///
/// # Errors
/// [`Code::FileProblem`] or [`Code::CannotParse`] for a file that cannot be used.
pub fn open_tape(record: Option<&Path>, replay: Option<&Path>) -> Result<Option<Tape>, Problem> {
    match (record, replay) {
        (Some(_), Some(_)) => Err(Problem::new(Code::BadRequest, "A run either records or replays.")),
        (Some(path), None) => crate::record::Recorder::create(path).map(Tape::Record).map(Some),
        (None, Some(path)) => crate::record::Replayer::open(path).map(Tape::Replay).map(Some),
        (None, None) => Ok(None),
    }
}
