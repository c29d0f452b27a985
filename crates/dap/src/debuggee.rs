//! The script that is debugged: starts it on a thread of its own, and ends it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender};
use rainwright::{Interrupt, Problem};
use serde_json::{Value as Json, json};

use crate::breakpoints::Breakpoints;
use crate::protocol::Request;
use crate::watch::Debugger;
use crate::wire::Writer;
use crate::{Channel, Launcher, Program, Tell};

/// Scripts need no more than this; the evaluator takes further stretches where a function's tree is deep.
const STACK: usize = 64 << 20;

/// What the session and the script's thread share.
pub(crate) struct Shared {
    pub(crate) writer: Writer,
    pub(crate) launcher: Arc<dyn Launcher>,
    pub(crate) breakpoints: Mutex<Breakpoints>,
    /// Whether the script is to stop at its next statement.
    pub(crate) pause: AtomicBool,
    /// Whether it is stopped. The script sets it; the session takes it back when it lets the script go on, so that no
    /// later request is given to a script that no longer listens.
    pub(crate) stopped: AtomicBool,
    /// How many requests that evaluate something a stopped script has still to answer.
    pub(crate) evaluations: AtomicUsize,
    /// Whether the editor counts lines and columns from 0.
    pub(crate) from_zero: AtomicBool,
}

impl Shared {
    pub(crate) fn breakpoints(&self) -> std::sync::MutexGuard<'_, Breakpoints> {
        self.breakpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line or column as the editor counts.
    pub(crate) fn shown(&self, number: u32) -> u32 {
        number.saturating_sub(u32::from(self.from_zero.load(Ordering::Relaxed)))
    }

    /// A problem in a sentence and what to do about it, as the editor shows it.
    pub(crate) fn told(&self, problem: &Problem) -> String {
        let text = format!("{} {}", problem.message, self.launcher.advice(problem));
        self.launcher.masked(&text)
    }

    /// Text for the debug console, without secrets.
    pub(crate) fn output(&self, channel: Channel, text: &str) {
        self.writer.output(channel, &self.launcher.masked(text));
    }
}

/// A script that runs.
pub(crate) struct Running {
    /// Takes the requests that a stopped script answers.
    pub(crate) requests: Sender<Request>,
    stop: Interrupt,
    thread: std::thread::JoinHandle<()>,
}

/// How a script is started.
pub(crate) struct Start {
    /// The editor's launch configuration.
    pub(crate) arguments: Json,
    /// The request that waits to hear whether the script could be started; none after a restart.
    pub(crate) waits: Option<Request>,
    /// Whether the end of this script is the end of the session.
    pub(crate) is_last: Arc<AtomicBool>,
}

impl Running {
    /// Starts a script on a thread of its own.
    pub(crate) fn start(shared: &Arc<Shared>, start: Start) -> std::io::Result<Self> {
        let (requests, receiver) = crossbeam_channel::unbounded();
        let stop = Interrupt::default();
        let (shared, switch) = (Arc::clone(shared), Arc::clone(&stop));
        let body = move || {
            let is_last = Arc::clone(&start.is_last);
            let code = run(&shared, start, receiver, &switch);
            shared.stopped.store(false, Ordering::Release);
            // A script that is restarted leaves the session open.
            if is_last.load(Ordering::Relaxed) {
                shared.writer.event("exited", json!({ "exitCode": code }));
                shared.writer.event("terminated", json!({}));
            }
        };
        let thread = std::thread::Builder::new().name("script".into()).stack_size(STACK).spawn(body)?;
        Ok(Self { requests, stop, thread })
    }

    /// Ends the script and waits for its end.
    pub(crate) fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        // A stopped script notices that nobody can send it requests any more.
        drop(self.requests);
        let _ = self.thread.join();
    }
}

fn run(shared: &Arc<Shared>, start: Start, requests: Receiver<Request>, stop: &Interrupt) -> i32 {
    let told = Arc::clone(shared);
    let tell: Tell = Arc::new(move |channel, line| told.output(channel, line));
    let watches = !start.arguments["noDebug"].as_bool().unwrap_or(false);
    let at_entry = start.arguments["stopOnEntry"].as_bool().unwrap_or(false);
    let mut waits = start.waits;
    let mut requests = Some(requests);
    let mut drive = |program: Program<'_>| {
        if let Some(launch) = waits.take() {
            shared.writer.answer(&launch, Ok(Json::Null));
        }
        let Program { script, inputs, host, files } = program;
        match requests.take().filter(|_| watches) {
            Some(requests) => {
                let mut debugger =
                    Debugger::new(Arc::clone(shared), requests, Interrupt::clone(stop), script, files, at_entry);
                script.run_probed(host, inputs, &mut debugger)
            }
            None => script.run(host, inputs),
        }
    };
    let ended = shared.launcher.launch(&start.arguments, &tell, Interrupt::clone(stop), &mut drive);
    match (ended, waits) {
        (Ok(()), _) => 0,
        // Whoever ended the script needs no message about it.
        (Err(_), _) if stop.load(Ordering::Relaxed) => 1,
        (Err(why), Some(launch)) => {
            shared.writer.answer(&launch, Err(shared.launcher.masked(why.trim_end())));
            1
        }
        (Err(why), None) => {
            shared.output(Channel::Problem, why.trim_end());
            1
        }
    }
}
