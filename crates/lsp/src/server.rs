//! Runs a connection: one thread takes messages, so that a cancellation is seen at once, another answers them in order.

use crate::Surroundings;
use crate::capabilities::capabilities;
use crate::files::path_of;
use crate::position::Units;
use crate::state::{State, Work};
use crate::stdio;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use lsp_types::notification::{LogMessage, Notification as _, PublishDiagnostics, ShowMessage};
use lsp_types::request::{RegisterCapability, Request as _};
use lsp_types::{InitializeParams, MessageType, PublishDiagnosticsParams, ShowMessageParams};
use rainwright_ide::Cancel;
use serde_json::json;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often files are looked at when the editor does not watch them.
const POLL: Duration = Duration::from_secs(2);

/// The stack of the thread that answers. Trees are deep, and walks over them ask for more where they need it.
const STACK: usize = 16 << 20;

/// Why the server stopped before it was asked to.
#[derive(Debug)]
pub struct Stopped(pub String);

impl From<ProtocolError> for Stopped {
    fn from(error: ProtocolError) -> Self {
        Stopped(if error.channel_is_disconnected() { GONE.to_owned() } else { error.to_string() })
    }
}

/// Serves over standard input and output, until the editor says that it ends.
///
/// # Errors
/// The editor went away without a word, or does not speak the protocol.
pub fn serve_stdio(surroundings: Box<dyn Surroundings>) -> Result<(), Stopped> {
    let (connection, threads) = stdio::connect().map_err(|e| Stopped(format!("A thread could not be started: {e}")))?;
    let ended = serve(&connection, surroundings);
    drop(connection);
    match &ended {
        Ok(()) => threads.join().map_err(|e| Stopped(e.to_string()))?,
        // The thread that reads has ended: because nothing more comes, or because it could not read what came.
        Err(stopped) if stopped.0 == GONE => {
            let why = |e: std::io::Error| e.to_string().chars().take(MOST_SAID).collect::<String>();
            threads.join().map_err(|e| Stopped(format!("A message of the editor could not be read: {}", why(e))))?;
        }
        // It waits for a message that does not come when the editor broke the protocol.
        Err(_) => {}
    }
    ended
}

/// How much is said of a message that cannot be read: the library repeats all of it.
const MOST_SAID: usize = 300;

/// Why the server stops when no further message comes.
const GONE: &str = "The editor went away.";

enum Job {
    Ask(Request, Cancel),
    Tell(Notification),
}

type Pending = Arc<Mutex<HashMap<RequestId, Cancel>>>;

fn locked(pending: &Pending) -> std::sync::MutexGuard<'_, HashMap<RequestId, Cancel>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves over a connection, until the editor says that it ends.
///
/// # Errors
/// The editor went away without a word, or does not speak the protocol.
pub fn serve(connection: &Connection, surroundings: Box<dyn Surroundings>) -> Result<(), Stopped> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = match serde_json::from_value(params) {
        Ok(params) => params,
        Err(e) => {
            let why = format!("The parameters of initialize are not right: {e}");
            let _ = connection.sender.send(Response::new_err(id, ErrorCode::InvalidParams as i32, why.clone()).into());
            return Err(Stopped(why));
        }
    };
    let general = params.capabilities.general.as_ref();
    let units = Units::choose(general.and_then(|general| general.position_encodings.as_deref()));
    let info = json!({ "name": "dg", "version": env!("CARGO_PKG_VERSION") });
    connection.initialize_finish(id, json!({ "capabilities": capabilities(units), "serverInfo": info }))?;
    let watches = watches_files(&params);
    if watches {
        send(
            &connection.sender,
            Request::new("watch".to_owned().into(), RegisterCapability::METHOD.to_owned(), watchers()),
        );
    }
    let (jobs, queue) = unbounded();
    let pending = Pending::default();
    let worker = Worker { sender: connection.sender.clone(), pending: Arc::clone(&pending), watches };
    let roots = roots(&params);
    let thread = std::thread::Builder::new()
        .name("answers".to_owned())
        .stack_size(STACK)
        .spawn(move || worker.run(&queue, State::new(surroundings, units, roots)))
        .map_err(|e| Stopped(format!("A thread could not be started: {e}")))?;
    let ended = receive(connection, &jobs, &pending);
    drop(jobs);
    thread.join().map_err(|_| Stopped("The thread that answers ended early.".to_owned()))?;
    ended
}

/// Takes messages until the editor ends.
fn receive(connection: &Connection, jobs: &Sender<Job>, pending: &Pending) -> Result<(), Stopped> {
    let gone = || Stopped("The thread that answers ended early.".to_owned());
    let mut shut_down = false;
    for message in &connection.receiver {
        match message {
            Message::Request(request) if shut_down => {
                let why = "The server is shutting down.".to_owned();
                send(&connection.sender, Response::new_err(request.id, ErrorCode::InvalidRequest as i32, why));
            }
            Message::Request(request) if request.method == "shutdown" => {
                shut_down = true;
                // Nobody waits for the other answers.
                locked(pending).values().for_each(Cancel::cancel);
                send(&connection.sender, Response::new_ok(request.id, ()));
            }
            Message::Request(request) => {
                let cancel = Cancel::default();
                locked(pending).insert(request.id.clone(), cancel.clone());
                jobs.send(Job::Ask(request, cancel)).map_err(|_| gone())?;
            }
            Message::Notification(told) if told.method == "exit" => {
                return if shut_down {
                    Ok(())
                } else {
                    Err(Stopped("The editor ended without a shutdown.".to_owned()))
                };
            }
            Message::Notification(told) if told.method == "$/cancelRequest" => {
                if let Some(id) = request_id(&told.params)
                    && let Some(cancel) = locked(pending).get(&id)
                {
                    cancel.cancel();
                }
            }
            Message::Notification(told) => jobs.send(Job::Tell(told)).map_err(|_| gone())?,
            Message::Response(response) => {
                if let Err(error) = response.response_result {
                    tracing::warn!("the editor answered {}: {}", response.id, error.message);
                }
            }
        }
    }
    if shut_down { Ok(()) } else { Err(Stopped(GONE.to_owned())) }
}

fn request_id(params: &serde_json::Value) -> Option<RequestId> {
    serde_json::from_value(params.get("id")?.clone()).ok()
}

/// Sends a message; an editor that went away gets no more.
fn send(sender: &Sender<Message>, message: impl Into<Message>) {
    let _ = sender.send(message.into());
}

struct Worker {
    sender: Sender<Message>,
    pending: Pending,
    watches: bool,
}

impl Worker {
    fn run(&self, queue: &Receiver<Job>, mut state: State) {
        loop {
            match self.next(queue, &mut state) {
                Ok(Some(Job::Ask(request, cancel))) => self.answer(&mut state, request, &cancel),
                Ok(Some(Job::Tell(told))) => {
                    let method = told.method.clone();
                    let done = std::panic::catch_unwind(AssertUnwindSafe(|| state.told(told)));
                    if done.is_err() {
                        self.log(&format!("{method} could not be handled."));
                    }
                }
                Ok(None) => {}
                Err(()) => return,
            }
            for uri in std::mem::take(&mut state.closed) {
                let params = PublishDiagnosticsParams { uri, diagnostics: Vec::new(), version: None };
                send(&self.sender, Notification::new(PublishDiagnostics::METHOD.to_owned(), params));
            }
            for (typ, message) in std::mem::take(&mut state.notices) {
                let params = ShowMessageParams { typ, message };
                send(&self.sender, Notification::new(ShowMessage::METHOD.to_owned(), params));
            }
        }
    }

    /// The next message. While there is none, findings are told, and files are read one by one.
    fn next(&self, queue: &Receiver<Job>, state: &mut State) -> Result<Option<Job>, ()> {
        let work = state.work();
        let wait = match work {
            Some(Work::Read) => Duration::ZERO,
            Some(Work::Tell(_, due)) => due.saturating_duration_since(Instant::now()),
            None if self.watches => return queue.recv().map(Some).map_err(|_| ()),
            None => POLL,
        };
        match queue.recv_timeout(wait) {
            Ok(job) => return Ok(Some(job)),
            Err(RecvTimeoutError::Disconnected) => return Err(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| match &work {
            Some(Work::Read) => state.read_next(),
            Some(Work::Tell(key, _)) => self.tell(state, key),
            None => state.poll(),
        }));
        if done.is_err() {
            self.log("A file could not be read.");
        }
        Ok(None)
    }

    /// Tells the editor what is wrong in a file.
    fn tell(&self, state: &mut State, key: &str) {
        state.refresh(key);
        // The file may belong to a project that was not known before.
        if state.lacks_functions() {
            return;
        }
        if let Some(file) = state.open.get_mut(key) {
            file.untold = None;
        }
        let found = state.analysis.diagnostics(key);
        let Some(file) = state.open.get(key) else { return };
        let (uri, version) = (file.uri.clone(), Some(file.version));
        let found = state.with_page(key, |page| found.iter().map(|one| page.diagnostic(one, &uri)).collect());
        let params = PublishDiagnosticsParams { uri, diagnostics: found.unwrap_or_default(), version };
        send(&self.sender, Notification::new(PublishDiagnostics::METHOD.to_owned(), params));
    }

    fn answer(&self, state: &mut State, request: Request, cancel: &Cancel) {
        let (id, method) = (request.id.clone(), request.method.clone());
        let answer = std::panic::catch_unwind(AssertUnwindSafe(|| state.answer(request, cancel)));
        let answer = answer.unwrap_or_else(|_| {
            let why = format!("{method} could not be answered.");
            Response::new_err(id.clone(), ErrorCode::InternalError as i32, why)
        });
        locked(&self.pending).remove(&id);
        send(&self.sender, answer);
    }

    fn log(&self, message: &str) {
        let params = json!({ "type": MessageType::ERROR, "message": message });
        send(&self.sender, Notification::new(LogMessage::METHOD.to_owned(), params));
    }
}

/// The folders that the editor has open.
fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten().filter_map(|folder| path_of(&folder.uri));
    let folders: Vec<PathBuf> = folders.collect();
    #[allow(deprecated)] // Older editors tell one folder, here.
    let single = params.root_uri.as_ref().and_then(path_of);
    if folders.is_empty() { single.into_iter().collect() } else { folders }
}

/// Whether the editor can be asked to watch files.
fn watches_files(params: &InitializeParams) -> bool {
    let workspace = params.capabilities.workspace.as_ref();
    let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
    watched.and_then(|watched| watched.dynamic_registration).unwrap_or(false)
}

fn watchers() -> serde_json::Value {
    json!({ "registrations": [{
        "id": "files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": { "watchers": [
            { "globPattern": "**/*.{dg,ds,deluge}" },
            { "globPattern": "**/dg.toml" },
            { "globPattern": "**/services/*.toml" },
            { "globPattern": "**/*.http" },
        ] },
    }] })
}
