//! Runs any number of scripts at once on a few threads: one that waits for an answer holds a small stack, and no thread.

mod evaluator;
mod host;
mod levels;
mod perform;
mod worker;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Instant;

use crossbeam_channel::Sender;
use rainwright_diagnostic::{Code, Problem};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

pub use host::AsyncHost;

use crate::coroutine::Budget;
use crate::inputs::Sealed;
use crate::short::{Begun, ShortFlow};
use crate::{Answer, Failure, Inputs, Interrupt, Script};
use host::{Known, Performer};
use worker::{Message, Order, Worker};

/// Threads that evaluate scripts. A script leaves its thread to others whenever it waits for its [`AsyncHost`], and when it
/// computes for long: those that have computed little go first, so that short scripts end soon whatever runs beside them,
/// and long ones still get on.
///
/// ```
/// use std::sync::Arc;
/// use rainwright::{AsyncHost, Call, Effect, Engine, Inputs, Outcome, Pool, Refusal};
///
/// struct Clock;
///
/// impl AsyncHost for Clock {
///     async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
///         tokio::time::sleep(std::time::Duration::from_millis(1)).await;
///         match call.effect {
///             Effect::Now => Ok(Outcome::Instant { millis: 0 }),
///             _ => Ok(Outcome::Done),
///         }
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// let script = Engine::new().compile("when.dg", "info \"asked by \" + who; return zoho.currenttime.getYear();")?;
/// let pool = Pool::start()?;
/// let answer = pool.run(&script, Arc::new(Clock), Inputs::new().arg("who", "Ada")).await;
/// assert_eq!(answer.result?, 1970);
/// # Ok::<(), rainwright::Failure>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It takes every run at once; to bound how many there are, look at [`Pool::load`]. The threads end with the pool and its
/// last run.
#[derive(Clone)]
pub struct Pool {
    orders: Sender<Order>,
    workers: Arc<[Worker]>,
    /// How many runs are under way.
    load: Arc<AtomicUsize>,
    budget: Option<Arc<Budget>>,
}

/// A run under way; dropped before its end, it is stopped.
#[must_use = "a run that nobody waits for is stopped"]
pub struct Running {
    id: u64,
    workers: Arc<[Worker]>,
    interrupt: Interrupt,
    answer: oneshot::Receiver<Answer>,
    ended: bool,
}

impl Pool {
    /// Starts one thread for each core.
    ///
    /// # Errors
    /// [`Code::NotSupported`] outside of a tokio runtime, which the hosts wait in, or when the system gives no thread.
    pub fn start() -> Result<Self, Failure> {
        Self::with_threads(thread::available_parallelism().map_or(1, usize::from))
    }

    /// Starts so many threads, at least one.
    ///
    /// # Errors
    /// As [`Pool::start`].
    pub fn with_threads(threads: usize) -> Result<Self, Failure> {
        let runtime = Handle::try_current()
            .map_err(|_| not_supported("A pool is started within a tokio runtime: its hosts wait there.".into()))?;
        let load = Arc::default();
        let (orders, workers) = Worker::start(threads.max(1), &runtime, &load)?;
        Ok(Self { orders, workers, load, budget: None })
    }

    /// The same pool, whose runs may hold so many bytes together. When they hold more, those that hold more than an equal
    /// part are stopped.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.budget = Some(Arc::new(Budget::new(bytes)));
        self
    }

    /// Runs a script on the thread that comes to it first. It begins at once, not only when it is first awaited. Values among
    /// the inputs are handed over as data, since values never leave their thread.
    pub fn run(&self, script: &Script, host: Arc<impl AsyncHost>, inputs: Inputs) -> Running {
        let interrupt = Interrupt::clone(&inputs.interrupt);
        self.order(script, host, inputs.seal(script), interrupt, None)
    }

    /// Goes on with a run that was given up on the thread where it began. Here it begins again and is answered what it was
    /// answered there, so the host is asked for what comes after that.
    pub fn take_over(&self, flow: ShortFlow, host: Arc<impl AsyncHost>) -> Running {
        let Begun { script, inputs, answers, at } = flow.give_up();
        let interrupt = Interrupt::clone(&inputs.interrupt);
        self.order(&script, Arc::new(Known::new(answers, host)), Ok(inputs), interrupt, Some(at))
    }

    fn order(
        &self,
        script: &Script,
        host: Arc<dyn Performer>,
        inputs: Result<Sealed, Failure>,
        interrupt: Interrupt,
        begun: Option<Instant>,
    ) -> Running {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        let workers = Arc::clone(&self.workers);
        match inputs {
            Ok(inputs) => {
                self.load.fetch_add(1, Ordering::Relaxed);
                let (script, workers, budget) = (script.clone(), Arc::clone(&workers), self.budget.clone());
                // Threads that are gone drop what was ordered, and who waits for it is told by that.
                let _ = self.orders.send(Order { id, script, host, inputs, reply, workers, budget, begun });
            }
            // It is received below: nobody can have dropped the other end.
            Err(failure) => drop(reply.send(Answer::failed(failure))),
        }
        Running { id, workers, interrupt, answer, ended: false }
    }

    /// How many scripts are under way.
    #[must_use]
    pub fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }
}

impl Future for Running {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let answer = Pin::new(&mut self.answer).poll(cx);
        answer.map(|answer| {
            self.ended = true;
            answer
                .unwrap_or_else(|_| Answer::failed(not_supported("The thread that evaluates scripts is gone.".into())))
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.interrupt.store(true, Ordering::Relaxed);
            // Only one of them has the run, if one has it yet; who begins it later sees the switch.
            self.workers.iter().for_each(|worker| worker.tell(Message::Cancel(self.id)));
        }
    }
}

pub(crate) fn not_supported(message: String) -> Failure {
    Problem::new(Code::NotSupported, message).into()
}
