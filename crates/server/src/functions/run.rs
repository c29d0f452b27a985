//! The requests that run a function: who may, with what, and how the answer is told.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rainwright::effect::DataMap;
use rainwright::{Code, Data, Inputs, Problem};

use super::answer::{self, Ran};
use super::catalogue::Callable;
use super::given::Given;
use super::log::Line;
use super::runs::{Sent, Status};
use super::watched::Watched;
use super::{Functions, Shared, durable};

/// The bytes of a body with which a function may end at once.
const SHORT: usize = 16 << 10;

/// The form of an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Crm,
    Plain,
}

/// A caller that was let in.
struct Caller {
    /// The name of its key; `None` where nobody needs one.
    key: Option<String>,
}

/// `/crm/{version}/functions/{name}/actions/execute`.
pub(super) async fn of_crm(
    State(functions): State<Functions>,
    Path((version, name)): Path<(String, String)>,
    request: Request,
) -> Response {
    let known = version.strip_prefix('v').is_some_and(|n| n.parse::<f32>().is_ok_and(|n| (2.0..9.0).contains(&n)));
    if !known {
        let message = "Please check if the URL trying to access is a correct one";
        return answer::crm_refused(StatusCode::NOT_FOUND, "INVALID_URL_PATTERN", message);
    }
    logged(functions, name, request, Style::Crm).await
}

/// `/run/{name}`.
pub(super) fn plain(
    State(functions): State<Functions>,
    Path(name): Path<String>,
    request: Request,
) -> impl Future<Output = Response> {
    logged(functions, name, request, Style::Plain)
}

/// `/runs/{id}`.
pub(super) async fn status(State(functions): State<Functions>, Path(id): Path<String>, request: Request) -> Response {
    let (mut given, body) = Given::of(request);
    if let Err(refusal) = given.read(body, functions.shared.limits.body).await {
        return refusal;
    }
    let caller = match functions.shared.caller(&given, None, Style::Plain) {
        Ok(caller) => caller,
        Err(refusal) => return *refusal,
    };
    if let Some(told) = durable::status(&functions.shared, &id, caller.key.as_deref()).await {
        return told;
    }
    match functions.shared.runs.status(&id, caller.key.as_deref()) {
        Status::Unknown => answer::refused(StatusCode::NOT_FOUND, "unknown_run", "There is no such run."),
        Status::Running => answer::json(StatusCode::OK, &Data::map([("id", id.as_str()), ("status", "running")])),
        Status::Ran(status, told) => {
            let done = if status.is_success() { "done" } else { "failed" };
            let mut map: DataMap = [("id", id.as_str()), ("status", done)].into_iter().collect();
            if let Data::Map(told) = told {
                for (key, value) in told {
                    map.push(key, value);
                }
            }
            answer::json(StatusCode::OK, &map.into())
        }
    }
}

/// `/health`.
pub(super) async fn health(State(functions): State<Functions>) -> Response {
    let shared = &functions.shared;
    let count = shared.catalogue.names().count() as u64;
    let told =
        [("status", Data::from("ok")), ("functions", count.into()), ("running", (shared.pool.load() as u64).into())];
    answer::json(StatusCode::OK, &Data::map(told))
}

/// `/metrics`.
pub(super) async fn metrics(State(functions): State<Functions>) -> Response {
    let text = functions.shared.metrics.render(functions.shared.pool.load());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Answers a call, counts it and writes its line.
///
/// Futures are moved when they are made, whole, and a function that is async has room for its arguments twice: the request
/// is taken apart before, and what is awaited seldom is in boxes. Otherwise the moves take as long as a short function.
fn logged(functions: Functions, name: String, request: Request, style: Style) -> impl Future<Output = Response> {
    let (mut given, body) = Given::of(request);
    async move {
        let begun = Instant::now();
        let mut told = Told::default();
        let response = call(&functions, &name, &mut given, body, style, &mut told).await;
        let (status, took) = (response.status().as_u16(), begun.elapsed());
        let shared = &functions.shared;
        shared.metrics.request(told.callable.as_ref().map(|_| name.as_str()), status, took);
        if let Some(log) = &shared.log {
            let line = Line {
                method: given.method.as_str(),
                path: given.uri.path(),
                function: &name,
                version: told.callable.as_ref().map_or("", |callable| &callable.digest),
                key: told.key.as_deref(),
                status,
                took,
            };
            log(&line.write());
        }
        response
    }
}

/// What the log learns of a call on its way.
#[derive(Default)]
struct Told {
    key: Option<String>,
    callable: Option<Arc<Callable>>,
}

async fn call(
    functions: &Functions,
    name: &str,
    given: &mut Given,
    body: Body,
    style: Style,
    told: &mut Told,
) -> Response {
    let shared = &functions.shared;
    if !matches!(given.method, Method::GET | Method::POST) {
        let mut response = style.refused(StatusCode::METHOD_NOT_ALLOWED, "INVALID_REQUEST_METHOD", "Use GET or POST.");
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, POST"));
        return response;
    }
    if let Err(refusal) = given.read(body, shared.limits.body).await {
        return refusal;
    }
    let given = &*given;
    let caller = match shared.caller(given, Some(name), style) {
        Ok(caller) => caller,
        Err(refusal) => return *refusal,
    };
    told.key.clone_from(&caller.key);
    let callable = match shared.catalogue.find(name) {
        Some(Ok(callable)) => callable,
        Some(Err(failure)) => {
            let message = format!("The function cannot be compiled. {failure}");
            return style.refused(StatusCode::INTERNAL_SERVER_ERROR, "BROKEN_FUNCTION", &message);
        }
        None => {
            return style.refused(
                StatusCode::NOT_FOUND,
                "INVALID_FUNCTION",
                &format!("There is no function '{name}'."),
            );
        }
    };
    told.callable = Some(Arc::clone(&callable));
    let arguments = match shared.arguments(given, &callable, style).await {
        Ok(arguments) => arguments,
        Err(problem) => return style.refused(StatusCode::BAD_REQUEST, "INVALID_DATA", &problem.message),
    };
    if style == Style::Plain && given.is_durable() {
        let begun = durable::begin(functions, given, name, caller.key.as_deref(), callable, arguments);
        return Box::pin(begun).await.map_or_else(|refusal| refusal, |id| accepted(&id));
    }
    let Some(key) = given.idempotency_key().filter(|_| given.method == Method::POST) else {
        return shared.answer(functions, given, &caller, callable, arguments, style).await;
    };
    let owner = caller.key.as_deref().unwrap_or_default();
    let place = format!("{owner}\n{name}\n{key}");
    let mut hasher = DefaultHasher::new();
    (given.uri.to_string(), &given.body).hash(&mut hasher);
    let Some(once) = shared.remembered.place(&place, hasher.finish()) else {
        let message = "This idempotency key came with another request before.";
        return style.refused(StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", message);
    };
    let sent = once.get_or_init(|| async {
        let response = shared.answer(functions, given, &caller, callable, arguments, style).await;
        let (parts, body) = response.into_parts();
        // It was made from memory, which cannot fail.
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Sent { status: parts.status, headers: parts.headers, body }
    });
    let sent = Box::pin(sent).await.clone();
    let mut response = (sent.status, sent.body).into_response();
    *response.headers_mut() = sent.headers;
    response
}

impl Style {
    fn refused(self, status: StatusCode, code: &str, message: &str) -> Response {
        match self {
            Style::Crm => answer::crm_refused(status, code, message),
            Style::Plain => answer::refused(status, code, message),
        }
    }
}

impl Shared {
    /// The name of the caller's key, for addresses that belong to no function.
    pub(super) fn caller_of(&self, given: &Given) -> Result<Option<String>, Box<Response>> {
        self.caller(given, None, Style::Plain).map(|caller| caller.key)
    }

    /// Checks that the caller has a key for the function, or for any function when none is named.
    fn caller(&self, given: &Given, function: Option<&str>, style: Style) -> Result<Caller, Box<Response>> {
        let (name, per_minute) = match &self.keys {
            None => (None, self.limits.per_minute),
            Some(keys) => {
                let keys = keys.read().unwrap_or_else(PoisonError::into_inner);
                let found = given.key().and_then(|shown| keys.find(shown, jiff::Timestamp::now()));
                let Some(key) = found else {
                    let message = "A key is needed: as `Authorization: Bearer KEY`, or auth_type=apikey&zapikey=KEY.";
                    return Err(Box::new(style.refused(StatusCode::UNAUTHORIZED, "AUTHENTICATION_FAILURE", message)));
                };
                if function.is_some_and(|function| !key.scope.has(function)) {
                    let message = "The key may not call this function.";
                    return Err(Box::new(style.refused(StatusCode::FORBIDDEN, "NO_PERMISSION", message)));
                }
                (Some(key.name.clone()), key.per_minute.or(self.limits.per_minute))
            }
        };
        if let (Some(_), Some(per_minute)) = (function, per_minute) {
            let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(wait) = rates.take(name.as_deref().unwrap_or_default(), per_minute, Instant::now()) {
                let message = "Too many calls; try again later.";
                let response = style.refused(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", message);
                return Err(Box::new(retry_after(response, wait.as_secs() + 1)));
            }
        }
        Ok(Caller { key: name })
    }

    async fn arguments(&self, given: &Given, callable: &Callable, style: Style) -> Result<DataMap, Problem> {
        let locale = self.catalogue.locale();
        let mut arguments = match style {
            Style::Crm => given.crm_arguments(locale).await?,
            Style::Plain => given.plain_arguments(locale).await?,
        };
        let wants_request = callable.entry.params.iter().any(|param| param.name == "crmAPIRequest");
        if wants_request && style == Style::Crm {
            arguments.insert("crmAPIRequest", given.crm_api_request().await?);
        }
        Ok(arguments)
    }

    async fn answer(
        &self,
        functions: &Functions,
        given: &Given,
        caller: &Caller,
        callable: Arc<Callable>,
        arguments: DataMap,
        style: Style,
    ) -> Response {
        if self.pool.load() >= self.limits.running {
            let message = "All places are taken; try again later.";
            return retry_after(style.refused(StatusCode::SERVICE_UNAVAILABLE, "BUSY", message), 1);
        }
        if style == Style::Plain && given.is_async() {
            return self.later(functions, caller, callable, arguments);
        }
        // The way through the pool takes longer than a short function does.
        let at_once = (given.body.len() <= SHORT).then(|| inputs(&callable, &arguments));
        let at_once = at_once.and_then(|inputs| callable.script.run_at_once(inputs));
        let ended = match at_once {
            Some(answer) => Ran { result: answer.result, lines: answer.lines, effects: Vec::new() },
            None => Box::pin(self.run(Arc::clone(&callable), arguments)).await,
        };
        match style {
            Style::Crm => answer::crm(ended, &callable.entry, &callable.digest),
            Style::Plain => {
                let (status, told) = answer::plain(ended);
                answer::json(status, &told)
            }
        }
    }

    /// Begins a run and tells where its end will be found.
    fn later(&self, functions: &Functions, caller: &Caller, callable: Arc<Callable>, arguments: DataMap) -> Response {
        let id = match self.runs.begin(caller.key.clone()) {
            Ok(id) => id,
            Err(problem) => {
                return answer::refused(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", &problem.message);
            }
        };
        let (functions, run) = (functions.clone(), id.clone());
        tokio::spawn(async move {
            let ended = functions.shared.run(callable, arguments).await;
            let (status, told) = answer::plain(ended);
            functions.shared.runs.end(&run, status, told);
        });
        accepted(&id)
    }

    pub(super) async fn run(&self, callable: Arc<Callable>, arguments: DataMap) -> Ran {
        let host = match (self.host)() {
            Ok(host) => Arc::new(Watched::new(host)),
            Err(problem) => return Ran::failed(problem),
        };
        let running = self.pool.run(&callable.script, Arc::clone(&host), inputs(&callable, &arguments));
        drop(arguments);
        match tokio::time::timeout(self.limits.time, running).await {
            Ok(answer) => Ran { result: answer.result, lines: answer.lines, effects: host.seen() },
            Err(_) => {
                let message = format!("The function took more than {} s.", self.limits.time.as_secs_f64());
                Ran { effects: host.seen(), ..Ran::failed(Problem::new(Code::Timeout, message)) }
            }
        }
    }
}

/// The answer to a call whose result comes later.
fn accepted(id: &str) -> Response {
    let location = format!("/runs/{id}");
    let told = [("id", id), ("status", "running"), ("location", &location)];
    let mut response = answer::json(StatusCode::ACCEPTED, &Data::map(told));
    if let Ok(location) = header::HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The arguments that a function declares; the rest of a query is for others.
pub(super) fn inputs(callable: &Callable, arguments: &DataMap) -> Inputs {
    let inputs = Inputs::new().entry(&callable.entry.name);
    callable.entry.params.iter().fold(inputs, |inputs, param| match arguments.get(&param.name) {
        Some(value) => inputs.data(&param.name, value.clone()),
        None => inputs,
    })
}

fn retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}
