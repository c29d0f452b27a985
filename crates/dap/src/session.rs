//! A session with an editor: reads its requests, starts and ends the script, and hands the stopped script the requests
//! that only it can answer.

use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::Launcher;
use crate::breakpoints::Breakpoints;
use crate::debuggee::{Running, Shared, Start};
use crate::protocol::{Client, Request, SetBreakpoints, SetExceptions, SetFunctions, capabilities};
use crate::watch::THREAD;
use crate::wire::{self, Writer};

/// Talks with an editor until it is gone.
///
/// # Errors
/// An input that is not a sequence of messages, or no thread for the script.
pub fn serve(
    input: &mut impl BufRead,
    output: Box<dyn Write + Send>,
    launcher: Arc<dyn Launcher>,
) -> std::io::Result<()> {
    let mut session = Session {
        shared: Arc::new(Shared {
            writer: Writer::new(output),
            launcher,
            breakpoints: Mutex::new(Breakpoints::default()),
            pause: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            evaluations: AtomicUsize::new(0),
            from_zero: AtomicBool::new(false),
        }),
        arguments: None,
        launch: None,
        running: None,
        is_last: Arc::default(),
        over: false,
    };
    while !session.over {
        let Some(message) = wire::read(input)? else { break };
        // Responses and events are nothing that an editor sends.
        let Ok(request) = serde_json::from_value::<Request>(message) else { continue };
        session.take(request)?;
    }
    session.end();
    Ok(())
}

struct Session {
    shared: Arc<Shared>,
    /// The arguments of the launch, once it was asked for.
    arguments: Option<Json>,
    /// The launch, which is answered when the script starts.
    launch: Option<Request>,
    running: Option<Running>,
    /// Whether the end of the script that runs is the end of the session.
    is_last: Arc<AtomicBool>,
    over: bool,
}

impl Session {
    fn take(&mut self, request: Request) -> std::io::Result<()> {
        let answer = match request.command.as_str() {
            "initialize" => self.initialize(&request),
            "launch" => {
                // The script starts when all breakpoints are known.
                self.arguments = Some(request.arguments.clone());
                self.launch = Some(request);
                self.shared.writer.event("initialized", json!({}));
                return Ok(());
            }
            "attach" => Err("A running script cannot be attached to. Use a launch configuration.".into()),
            "configurationDone" => {
                self.shared.writer.answer(&request, Ok(Json::Null));
                return self.start();
            }
            "setBreakpoints" => self.set_breakpoints(&request),
            "setFunctionBreakpoints" => request
                .read::<SetFunctions>()
                .map(|wanted| json!({ "breakpoints": self.shared.breakpoints().set_functions(wanted.breakpoints) })),
            "setExceptionBreakpoints" => request.read::<SetExceptions>().map(|wanted| {
                let has = |name: &str| wanted.filters.iter().any(|filter| filter == name);
                let mut breakpoints = self.shared.breakpoints();
                (breakpoints.all_errors, breakpoints.uncaught_errors) = (has("all"), has("uncaught"));
                Json::Null
            }),
            "threads" => Ok(json!({ "threads": [{ "id": THREAD, "name": "script" }] })),
            "pause" => {
                let runs = !self.shared.stopped.load(Ordering::Acquire);
                // A script that is stopped may be evaluating something that does not come to an end.
                if runs || self.shared.evaluations.load(Ordering::Acquire) > 0 {
                    self.shared.pause.store(true, Ordering::Relaxed);
                }
                Ok(Json::Null)
            }
            "restart" => {
                // The editor may send the configuration along, as it is now.
                if let Some(fresh) = request.arguments.get("arguments").filter(|fresh| fresh.is_object()) {
                    self.arguments = Some(fresh.clone());
                }
                self.end();
                self.shared.writer.answer(&request, Ok(Json::Null));
                return self.start();
            }
            "terminate" => {
                self.shared.writer.answer(&request, Ok(Json::Null));
                if let Some(running) = self.running.take() {
                    running.end();
                }
                return Ok(());
            }
            "disconnect" => {
                self.end();
                self.over = true;
                Ok(Json::Null)
            }
            _ => return self.hand_on(request),
        };
        self.shared.writer.answer(&request, answer);
        Ok(())
    }

    /// Gives the stopped script a request about its values or its way on.
    fn hand_on(&self, request: Request) -> std::io::Result<()> {
        let writer = &self.shared.writer;
        let Some(running) = self.running.as_ref().filter(|_| self.shared.stopped.load(Ordering::Acquire)) else {
            writer.answer(&request, Err(format!("'{}' needs a script that is stopped.", request.command)));
            return Ok(());
        };
        if matches!(request.command.as_str(), "continue" | "next" | "stepIn" | "stepOut") {
            self.shared.pause.store(false, Ordering::Relaxed);
            self.shared.stopped.store(false, Ordering::Release);
        }
        let evaluates = request.evaluates();
        self.shared.evaluations.fetch_add(usize::from(evaluates), Ordering::AcqRel);
        if let Err(gone) = running.requests.send(request) {
            self.shared.evaluations.fetch_sub(usize::from(evaluates), Ordering::AcqRel);
            writer.answer(&gone.0, Err("The script has ended.".into()));
        }
        Ok(())
    }

    fn initialize(&self, request: &Request) -> Result<Json, String> {
        let client: Client = request.read()?;
        self.shared.from_zero.store(!client.lines_start_at1 || !client.columns_start_at1, Ordering::Relaxed);
        Ok(capabilities())
    }

    fn set_breakpoints(&self, request: &Request) -> Result<Json, String> {
        let wanted: SetBreakpoints = request.read()?;
        let path = wanted.source.path.ok_or("A breakpoint needs a file.")?;
        let first = u32::from(!self.shared.from_zero.load(Ordering::Relaxed));
        let told = self.shared.breakpoints().set_lines(&path, wanted.breakpoints, first);
        Ok(json!({ "breakpoints": told }))
    }

    fn start(&mut self) -> std::io::Result<()> {
        let Some(arguments) = self.arguments.clone() else { return Ok(()) };
        self.shared.pause.store(false, Ordering::Relaxed);
        self.shared.stopped.store(false, Ordering::Release);
        self.shared.evaluations.store(0, Ordering::Release);
        self.shared.breakpoints().forget_counts();
        self.is_last = Arc::new(AtomicBool::new(true));
        let start = Start { arguments, waits: self.launch.take(), is_last: Arc::clone(&self.is_last) };
        self.running = Some(Running::start(&self.shared, start)?);
        Ok(())
    }

    /// Ends the script silently: the session goes on, or is over.
    fn end(&mut self) {
        self.is_last.store(false, Ordering::Relaxed);
        if let Some(running) = self.running.take() {
            running.end();
        }
    }
}
