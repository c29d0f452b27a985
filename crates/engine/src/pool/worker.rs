//! A thread that evaluates scripts: it takes messages, resumes whom they are for, and hands on what scripts ask for.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::thread;

use corosensei::stack::DefaultStack;
use rainwright_diagnostic::{Code, Problem};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::host::{Answered, Asked, Performer};
use super::run::{Left, Run, STACK, panicked};
use super::{Answer, Job, not_supported};
use crate::host::call_function;
use crate::{Call, Failure, Outcome, Refusal, Script};

/// How many stacks wait for the next scripts.
const KEPT_STACKS: usize = 256;

/// The name of a worker: who has one can tell it something. The thread ends when nobody has one any more.
#[derive(Clone)]
pub(super) struct Worker {
    inbox: Sender<Message>,
    load: Arc<AtomicUsize>,
}

/// What a worker is told.
pub(super) enum Message {
    Start(Box<Order>),
    Answered(u64, Answered),
    /// Nobody waits for this run any more.
    Cancel(u64),
}

/// A run to begin.
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) script: Script,
    pub(super) host: Arc<dyn Performer>,
    pub(super) job: Job,
    pub(super) reply: oneshot::Sender<Answer>,
    pub(super) worker: Worker,
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

/// A run with those who have to do with it.
struct Seat {
    run: Run,
    script: Script,
    host: Arc<dyn Performer>,
    reply: oneshot::Sender<Answer>,
    worker: Worker,
    /// What it waits for, unless that is its turn.
    waits: Option<AbortHandle>,
}

struct Evaluator {
    seats: HashMap<u64, Seat>,
    /// Those who gave way to others in the middle of their work.
    turns: VecDeque<u64>,
    stacks: Vec<DefaultStack>,
    runtime: Handle,
    load: Arc<AtomicUsize>,
}

impl Evaluator {
    fn new(runtime: Handle, load: Arc<AtomicUsize>) -> Self {
        Self { seats: HashMap::new(), turns: VecDeque::new(), stacks: Vec::new(), runtime, load }
    }

    fn work(mut self, messages: &Receiver<Message>) {
        loop {
            if self.turns.is_empty() {
                let Ok(message) = messages.recv() else { return };
                self.take(message);
                continue;
            }
            if let Ok(message) = messages.try_recv() {
                self.take(message);
            }
            if let Some(id) = self.turns.pop_front() {
                self.go_on(id, Ok(Outcome::Done));
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Start(order) => self.begin(*order),
            Message::Answered(id, answered) => self.go_on(id, answered),
            Message::Cancel(id) => {
                // Who waits for its turn sees the switch when it comes.
                if let Some(waits) = self.seats.get_mut(&id).and_then(|seat| seat.waits.take()) {
                    waits.abort();
                    self.go_on(id, Err(Refusal::Stop(Problem::new(Code::Interrupted, "The run was stopped."))));
                }
            }
        }
    }

    fn begin(&mut self, order: Order) {
        let stack = self.stacks.pop().map_or_else(|| DefaultStack::new(STACK), Ok);
        let Order { id, script, host, job, reply, worker } = order;
        // Lowering needs more stack than a coroutine has.
        script.prepare();
        match stack {
            Ok(stack) => {
                let run = Run::new(stack, script.clone(), job);
                self.seats.insert(id, Seat { run, script, host, reply, worker, waits: None });
                self.go_on(id, Ok(Outcome::Done));
            }
            Err(e) => {
                let result = Err(not_supported(format!("No memory for the stack of one more script: {e}.")));
                self.end(reply, Answer { result, steps: 0 });
            }
        }
    }

    /// Resumes a run until it has to wait, or ends.
    fn go_on(&mut self, id: u64, mut answered: Answered) {
        let Some(mut seat) = self.seats.remove(&id) else { return };
        let mut run = seat.run;
        loop {
            let asked = match run.resume(answered) {
                Left::Ended(answer, stack) => {
                    self.stacks.extend(stack.filter(|_| self.stacks.len() < KEPT_STACKS));
                    return self.end(seat.reply, answer);
                }
                Left::Asks(same, asked) => {
                    run = same;
                    asked
                }
            };
            seat.waits = None;
            match asked {
                Asked::Turn => self.turns.push_back(id),
                Asked::Host(call) => match self.perform(id, &seat.script, &seat.host, &seat.worker, call) {
                    Ok(known) => {
                        answered = known;
                        continue;
                    }
                    Err(waits) => seat.waits = Some(waits),
                },
            }
            break;
        }
        seat.run = run;
        self.seats.insert(id, seat);
    }

    /// The answer when it is known at once, which needs no way through another thread; else who works at it.
    fn perform(
        &self,
        id: u64,
        script: &Script,
        host: &Arc<dyn Performer>,
        worker: &Worker,
        call: Call,
    ) -> Result<Answered, AbortHandle> {
        let _entered = self.runtime.enter();
        let begun = catch_unwind(AssertUnwindSafe(|| {
            if let Some(result) = call_function(script.functions(), &call.effect) {
                return Ok(result);
            }
            let mut performing = Arc::clone(host).begin(call);
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
        let mut debt = Debt { id, worker: worker.clone(), paid: false };
        let task = self.runtime.spawn(async move { debt.pay(performing.await) });
        Err(task.abort_handle())
    }

    fn end(&self, reply: oneshot::Sender<Answer>, answer: Answer) {
        self.load.fetch_sub(1, Ordering::Relaxed);
        // Whoever waited may be gone.
        let _ = reply.send(answer);
    }
}

/// An answer that is owed to a run: it comes even when who works at it panics.
struct Debt {
    id: u64,
    worker: Worker,
    paid: bool,
}

impl Debt {
    fn pay(&mut self, answered: Answered) {
        self.paid = true;
        self.worker.tell(Message::Answered(self.id, answered));
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        if !self.paid {
            let problem = Problem::new(Code::NotSupported, "The host panicked, or is being shut down.");
            self.pay(Err(Refusal::Stop(problem)));
        }
    }
}
