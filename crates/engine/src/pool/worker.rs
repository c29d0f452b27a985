//! A thread that evaluates scripts: it takes messages, resumes the runs that can go on, and hands on what they ask for.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use corosensei::stack::DefaultStack;
use rainwright_diagnostic::{Code, Problem};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::host::{Performer, Performing};
use super::not_supported;
use crate::coroutine::{Answered, Asked, Budget, Left, Run, SLICE, STACK};
use crate::function::{Function, answered as of_function, panicked, run_plain};
use crate::inputs::Sealed;
use crate::{Answer, Call, Failure, Outcome, Refusal, Script};

/// How many stacks wait for the next scripts.
const KEPT_STACKS: usize = 256;

/// A handle on a worker's inbox. The thread ends when the last one is dropped.
#[derive(Clone)]
pub(super) struct Worker {
    inbox: Sender<Message>,
    load: Arc<AtomicUsize>,
}

/// What a worker is told.
pub(super) enum Message {
    Start(Box<Order>),
    /// The answer to the call of that number.
    Answered(u64, u64, Answered),
    /// Nobody waits for this run any more.
    Cancel(u64),
}

/// A run to begin.
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) script: Script,
    pub(super) host: Arc<dyn Performer>,
    pub(super) inputs: Sealed,
    pub(super) reply: oneshot::Sender<Answer>,
    pub(super) worker: Worker,
    pub(super) budget: Option<Arc<Budget>>,
}

impl Worker {
    pub(super) fn start(runtime: &Handle) -> Result<Self, Failure> {
        let (inbox, messages) = channel();
        let load = Arc::new(AtomicUsize::new(0));
        let (runtime, counted) = (runtime.clone(), Arc::clone(&load));
        thread::Builder::new()
            .name("evaluator".into())
            .spawn(move || Evaluator::new(runtime, counted).work(&messages))
            .map_err(|e| not_supported(format!("No thread to evaluate scripts on: {e}.")))?;
        Ok(Self { inbox, load })
    }

    /// How many runs it has.
    pub(super) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    pub(super) fn tell(&self, message: Message) {
        if matches!(message, Message::Start(_)) {
            self.load.fetch_add(1, Ordering::Relaxed);
        }
        // A thread that is gone dropped its runs, and who waits for them is told by that.
        let _ = self.inbox.send(message);
    }
}

/// A run with everything that it needs to go on.
struct Task {
    run: Run,
    script: Script,
    host: Arc<dyn Performer>,
    reply: oneshot::Sender<Answer>,
    worker: Worker,
    /// The number of the call whose answer it waits for, and the work on it.
    waits: Option<(u64, AbortHandle)>,
}

struct Evaluator {
    tasks: HashMap<u64, Task>,
    /// Runs that can go on, with what they are told; each has one slice of time in its turn.
    ready: VecDeque<(u64, Answered)>,
    stacks: Vec<DefaultStack>,
    runtime: Handle,
    load: Arc<AtomicUsize>,
}

impl Evaluator {
    fn new(runtime: Handle, load: Arc<AtomicUsize>) -> Self {
        Self { tasks: HashMap::new(), ready: VecDeque::new(), stacks: Vec::new(), runtime, load }
    }

    fn work(mut self, messages: &Receiver<Message>) {
        loop {
            if self.ready.is_empty() {
                let Ok(message) = messages.recv() else { return };
                self.take(message);
            }
            while let Ok(message) = messages.try_recv() {
                self.take(message);
            }
            if let Some((id, answered)) = self.ready.pop_front() {
                self.go_on(id, answered);
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Start(order) => self.begin(*order),
            Message::Answered(id, seq, answered) => {
                // The answer to a call that was given up must not reach the next one.
                if let Some(task) = self.tasks.get_mut(&id)
                    && task.waits.take_if(|(open, _)| *open == seq).is_some()
                {
                    self.ready.push_back((id, answered));
                }
            }
            Message::Cancel(id) => {
                // A run that waits for its turn sees the switch when it comes.
                if let Some((_, work)) = self.tasks.get_mut(&id).and_then(|task| task.waits.take()) {
                    work.abort();
                    let why = Problem::new(Code::Interrupted, "The run was stopped.");
                    self.ready.push_back((id, Err(Refusal::Stop(why))));
                }
            }
        }
    }

    fn begin(&mut self, order: Order) {
        let stack = self.stacks.pop().map_or_else(|| DefaultStack::new(STACK), Ok);
        let Order { id, script, host, inputs, reply, worker, budget } = order;
        // Lowering needs more stack than a coroutine has.
        script.prepare();
        match stack {
            Ok(stack) => {
                let run = Run::new(stack, script.clone(), inputs.open(), Some(SLICE), budget);
                self.tasks.insert(id, Task { run, script, host, reply, worker, waits: None });
                self.ready.push_back((id, Ok(Outcome::Done)));
            }
            Err(e) => {
                let failure = not_supported(format!("No memory for the stack of one more script: {e}."));
                self.end(reply, Answer::failed(failure));
            }
        }
    }

    /// Resumes a run until it has to wait, has had its slice of time, or ends.
    fn go_on(&mut self, id: u64, mut answered: Answered) {
        let Some(mut task) = self.tasks.remove(&id) else { return };
        let since = Instant::now();
        loop {
            let asked = match task.run.resume(answered) {
                Left::Ended(answer, stack) => {
                    self.stacks.extend(stack.filter(|_| self.stacks.len() < KEPT_STACKS));
                    return self.end(task.reply, answer);
                }
                Left::Asks(same, asked) => {
                    task.run = same;
                    asked
                }
            };
            match asked {
                Asked::Turn => self.ready.push_back((id, Ok(Outcome::Done))),
                Asked::Host(call) => match self.perform(id, &task, call) {
                    Ok(known) if since.elapsed() < SLICE => {
                        answered = known;
                        continue;
                    }
                    Ok(known) => self.ready.push_back((id, known)),
                    Err(waits) => task.waits = Some(waits),
                },
            }
            break;
        }
        self.tasks.insert(id, task);
    }

    /// The answer when it is known at once, which needs no way through another thread; else the work on it.
    fn perform(&self, id: u64, task: &Task, call: Call) -> Result<Answered, (u64, AbortHandle)> {
        let _entered = self.runtime.enter();
        let seq = call.seq;
        let begun = catch_unwind(AssertUnwindSafe(|| {
            let mut performing: Performing = match task.script.functions().of(&call.effect) {
                Some((Function::Plain(run), arguments)) => return Ok(run_plain(run, &arguments)),
                Some((Function::Blocking(run), arguments)) => {
                    let run = Arc::clone(run);
                    let work = tokio::task::spawn_blocking(move || run_plain(&run, &arguments));
                    Box::pin(async move { work.await.unwrap_or_else(|_| Err(Refusal::Stop(gone()))) })
                }
                Some((Function::Async(run), arguments)) => {
                    let work = run(arguments);
                    Box::pin(async move { of_function(work.await) })
                }
                Some((Function::Declared, _)) | None => Arc::clone(&task.host).begin(call),
            };
            match performing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answered) => Ok(answered),
                Poll::Pending => Err(performing),
            }
        }));
        let performing = match begun {
            Ok(Ok(answered)) => return Ok(answered),
            Ok(Err(performing)) => performing,
            Err(panic) => return Ok(Err(Refusal::Stop(panicked(panic.as_ref())))),
        };
        let mut reply = Reply { id, seq, worker: task.worker.clone(), sent: false };
        let deadline = task.run.deadline().map(tokio::time::Instant::from_std);
        let work = self.runtime.spawn(async move {
            let answered = match deadline {
                None => performing.await,
                Some(deadline) => match tokio::time::timeout_at(deadline, performing).await {
                    Ok(answered) => answered,
                    // The run itself finds that its time is up, and says so.
                    Err(_) => Err(Refusal::Stop(Problem::new(Code::Interrupted, "The time of the run is up."))),
                },
            };
            reply.send(answered);
        });
        Err((seq, work.abort_handle()))
    }

    fn end(&self, reply: oneshot::Sender<Answer>, answer: Answer) {
        self.load.fetch_sub(1, Ordering::Relaxed);
        // Nobody may be left to receive it.
        let _ = reply.send(answer);
    }
}

/// The reply that a run waits for: it comes even when the host panics.
struct Reply {
    id: u64,
    seq: u64,
    worker: Worker,
    sent: bool,
}

impl Reply {
    fn send(&mut self, answered: Answered) {
        self.sent = true;
        self.worker.tell(Message::Answered(self.id, self.seq, answered));
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.sent {
            self.send(Err(Refusal::Stop(gone())));
        }
    }
}

fn gone() -> Problem {
    Problem::new(Code::NotSupported, "The host panicked, or is being shut down.")
}
