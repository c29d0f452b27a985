//! Runs that survive the server: they are kept in a journal, and driven again after a restart, a wait or a signal.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use rainwright::durable::{self, Resumed};
use rainwright::effect::DataMap;
use rainwright::runtime::journal::{self, Ending, InDoubt, Journal, State as Of, Stored};
use rainwright::runtime::live::Blocking;
use rainwright::{Code, Data, Engine, Failure, Interrupt, Problem, Wait};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::catalogue::Callable;
use super::given::Given;
use super::run::inputs;
use super::{Functions, Shared, answer};

/// How often a run that waits for a signal is looked at: signals may come from another process.
const GLANCE: Duration = Duration::from_secs(1);
/// How often a server looks for runs that nobody drives: another server of the same journal may have ended.
const ROUND: Duration = Duration::from_secs(5);

/// The journal of a server, and what its runs share.
pub(super) struct DurableRuns {
    journal: Arc<dyn Journal>,
    policy: InDoubt,
    /// Ends the runs in progress when the server stops; they go on when it starts again.
    stop: Interrupt,
    places: Semaphore,
    /// The runs that have a task which drives them: a second one would take the run from the first.
    driven: Mutex<HashSet<String>>,
}

/// The right to drive a run, which ends with it.
struct Driven {
    runs: Arc<DurableRuns>,
    id: String,
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.runs.driven.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// What to do about a run that was driven.
enum Next {
    Nothing,
    Later(Wait),
}

impl DurableRuns {
    pub(super) fn new(journal: Arc<dyn Journal>, policy: InDoubt, running: usize) -> Self {
        Self { journal, policy, stop: Interrupt::default(), places: Semaphore::new(running), driven: Mutex::default() }
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn stops(&self) -> bool {
        self.stop.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// The right to drive a run; `None` where a task of this server has it.
    fn take(self: &Arc<Self>, id: &str) -> Option<Driven> {
        let taken = self.driven.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        taken.then(|| Driven { runs: Arc::clone(self), id: id.to_owned() })
    }

    /// The run of that name, if a server started it for this caller.
    fn find(&self, id: &str, caller: Option<&str>) -> Result<Option<Stored>, Problem> {
        let run = self.journal.run(id)?;
        Ok(run.filter(|run| {
            let settings = &run.start.settings;
            settings["server"] == Data::Bool(true) && settings["caller"].as_text() == caller
        }))
    }
}

/// Starts a durable run, or finds the one that the same call has started before.
///
/// # Errors
/// The answer to a call that cannot be started.
pub(super) async fn begin(
    functions: &Functions,
    given: &Given,
    function: &str,
    caller: Option<&str>,
    callable: Arc<Callable>,
    arguments: DataMap,
) -> Result<String, Response> {
    let failed = |problem: &Problem| {
        answer::refused(StatusCode::INTERNAL_SERVER_ERROR, &problem.code.to_string(), &problem.message)
    };
    let Some(runs) = functions.shared.durable.clone() else {
        let message = "This server keeps no journal; it is started with `dg serve --durable`.";
        return Err(answer::refused(StatusCode::NOT_IMPLEMENTED, "not_durable", message));
    };
    // A call that is sent again has the same name, also after the server was started anew.
    let id = match given.idempotency_key() {
        Some(key) => {
            let place = format!("{}\n{function}\n{key}", caller.unwrap_or_default());
            journal::digest(place.as_bytes()).get(..32).unwrap_or_default().to_owned()
        }
        None => {
            let half = || journal::new_id().map_err(|problem| failed(&problem));
            half()? + &half()?
        }
    };
    let digest = journal::digest(&[given.uri.to_string().as_bytes(), &given.body].concat());
    let settings = Data::map([
        ("server", Data::Bool(true)),
        ("caller", caller.map(str::to_owned).into()),
        ("request", digest.clone().into()),
    ]);
    let engine = functions.shared.catalogue.engine().clone();
    let (name, caller) = (id.clone(), caller.map(str::to_owned));
    // Taken before the run is there, so that no round takes it from us.
    let driven = runs.take(&id);
    let started = spawn_blocking(move || {
        if let Some(run) = runs.find(&name, caller.as_deref())? {
            return Ok(run.start.settings["request"].as_text() == Some(&digest));
        }
        let inputs = inputs(&callable, &arguments);
        let entry = Some(callable.entry.name.clone());
        let lease = durable::start(&*runs.journal, &name, &engine, &callable.script, entry, &inputs, settings)?;
        // The task that drives it takes it up anew.
        runs.journal.leave(&lease, Of::Suspended, None, None)?;
        Ok::<bool, Failure>(true)
    });
    match started.await {
        Ok(Ok(true)) => {
            if let Some(driven) = driven {
                tokio::spawn(drive(functions.clone(), driven));
            }
            Ok(id)
        }
        Ok(Ok(false)) => {
            let message = "This idempotency key came with another request before.";
            Err(answer::refused(StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", message))
        }
        Ok(Err(failure)) => Err(failed(&Problem::new(failure.code(), failure.message()))),
        Err(_) => Err(failed(&Problem::new(Code::Interrupted, "The server is stopping."))),
    }
}

/// Takes up the runs that this server, or another one with the same journal, has left; again and again, until it stops.
pub(super) async fn take_up(functions: Functions) {
    let Some(runs) = functions.shared.durable.clone() else { return };
    while !runs.stops() {
        let journal = Arc::clone(&runs.journal);
        // A journal that cannot be read now may be in the next round.
        let open = spawn_blocking(move || journal.open_runs()).await;
        for driven in open.into_iter().flatten().flatten().filter_map(|id| runs.take(&id)) {
            tokio::spawn(drive(functions.clone(), driven));
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// Drives a run until it is over, the server stops, another process has it, or somebody must decide.
async fn drive(functions: Functions, driven: Driven) {
    let runs = &driven.runs;
    while !runs.stops() {
        let Ok(place) = runs.places.acquire().await else { break };
        let (shared, name) = (Arc::clone(&functions.shared), driven.id.clone());
        let next = spawn_blocking(move || advance(&shared, &name)).await;
        drop(place);
        let pause = match next {
            Ok(Ok(Next::Later(Wait::Until { millis }))) => {
                Duration::from_millis(u64::try_from(millis.saturating_sub(journal::now())).unwrap_or_default())
            }
            Ok(Ok(Next::Later(Wait::Signal { .. }))) => GLANCE,
            // A run that another process has, or that cannot be built again, keeps its state for `dg runs show`.
            Ok(Ok(Next::Nothing) | Err(_)) | Err(_) => break,
        };
        tokio::time::sleep(pause).await;
    }
}

/// Runs a run as far as it comes.
fn advance(shared: &Shared, id: &str) -> Result<Next, Failure> {
    let Some(runs) = &shared.durable else { return Ok(Next::Nothing) };
    let stored = durable::stored(&*runs.journal, id)?;
    match &stored.waits {
        // Runs of other programs may be in the same journal.
        _ if stored.start.settings["server"] != Data::Bool(true) => return Ok(Next::Nothing),
        _ if stored.state.is_over() || stored.state == Of::Stuck => return Ok(Next::Nothing),
        Some(wait) if stored.state == Of::Suspended && !durable::can_go_on(&*runs.journal, &stored)? => {
            return Ok(Next::Later(wait.clone()));
        }
        _ => {}
    }
    let run = Resumed::open(&*runs.journal, id, shared.catalogue.engine())?;
    let mut host = Blocking::new(Arc::new((shared.host)()?), tokio::runtime::Handle::current());
    let done = run.drive(&mut host, &runs.journal, runs.policy, &runs.stop)?;
    Ok(match done.stopped {
        Some(rainwright::Refusal::Suspend(wait)) => Next::Later(wait),
        _ => Next::Nothing,
    })
}

/// What a caller may know of a durable run; `None` when there is none of its own.
pub(super) async fn status(shared: &Arc<Shared>, id: &str, caller: Option<&str>) -> Option<Response> {
    let runs = shared.durable.clone()?;
    let (name, caller) = (id.to_owned(), caller.map(str::to_owned));
    let found = spawn_blocking(move || {
        let run = runs.find(&name, caller.as_deref())?;
        let lines = runs.journal.lines(&name)?;
        Ok::<_, Problem>(run.map(|run| (run, lines)))
    });
    match found.await {
        Ok(Ok(Some((run, lines)))) => Some(answer::json(StatusCode::OK, &told(&run, lines))),
        Ok(Ok(None)) | Err(_) => None,
        Ok(Err(problem)) => {
            let (code, message) = (problem.code.to_string(), problem.message);
            Some(answer::refused(StatusCode::INTERNAL_SERVER_ERROR, &code, &message))
        }
    }
}

fn told(run: &Stored, lines: Vec<(u64, String)>) -> Data {
    let mut map: DataMap = [("id", run.id.as_str()), ("status", run.state.name())].into_iter().collect();
    match &run.waits {
        Some(Wait::Until { millis }) if run.state == Of::Suspended => {
            map.insert("until", jiff::Timestamp::from_millisecond(*millis).map(|at| at.to_string()).ok());
        }
        Some(Wait::Signal { name }) if run.state == Of::Suspended => map.insert("signal", name.clone()),
        _ => {}
    }
    match &run.result {
        Some(Ending::Result(value)) => map.insert("result", value.clone()),
        Some(Ending::Error(message)) => map.insert("error", Data::map([("message", message.as_str())])),
        None => {}
    }
    map.insert("info", lines.into_iter().map(|(_, line)| Data::from(line)).collect::<Vec<_>>());
    map.into()
}

/// `/runs/{id}/signals/{name}`: tells a run that something happened.
pub(super) async fn signal(
    State(functions): State<Functions>,
    Path((id, name)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (mut given, body) = Given::of(request);
    if let Err(refusal) = given.read(body, functions.shared.limits.body).await {
        return refusal;
    }
    let caller = match functions.shared.caller_of(&given) {
        Ok(caller) => caller,
        Err(refusal) => return *refusal,
    };
    let payload = match given.json(functions.shared.catalogue.engine()) {
        Ok(payload) => payload,
        Err(problem) => return answer::refused(StatusCode::BAD_REQUEST, "invalid_data", &problem.message),
    };
    let unknown = || answer::refused(StatusCode::NOT_FOUND, "unknown_run", "There is no such run.");
    let Some(runs) = functions.shared.durable.clone() else { return unknown() };
    let told = spawn_blocking(move || match runs.find(&id, caller.as_deref())? {
        Some(_) => runs.journal.signal(&id, &name, &payload).map(|()| true),
        None => Ok(false),
    });
    match told.await {
        Ok(Ok(true)) => answer::json(StatusCode::ACCEPTED, &Data::map([("status", "accepted")])),
        Ok(Ok(false)) | Err(_) => unknown(),
        Ok(Err(problem)) => answer::refused(StatusCode::CONFLICT, &problem.code.to_string(), &problem.message),
    }
}

/// The engine of durable runs: `durable.wait` and `durable.signal` are known to it.
pub(super) fn engine(engine: Engine) -> Engine {
    durable::engine(engine)
}
