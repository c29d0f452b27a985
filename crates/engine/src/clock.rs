//! The clock of a run: how long it has taken, how long it has computed, and when either is too long.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::budget::Watch;

use crate::{Interrupt, Limits, Refusal};

/// The clock of one run.
pub(crate) struct Clock {
    started: Instant,
    time: Option<Duration>,
    cpu: Option<Duration>,
    /// What it had computed when it last left its thread.
    used: Cell<Duration>,
    /// The thread's time when the run came to it.
    since: Cell<Duration>,
    /// Whether the time that passes counts as computed.
    is_short: bool,
}

impl Clock {
    /// Starts the clock of a run that began then, on the thread that begins it or goes on with it.
    pub(crate) fn start(limits: &Limits, begun: Instant) -> Self {
        let since = Cell::new(computed_here());
        Self { started: begun, since, is_short: false, ..Self::start_short(limits) }
    }

    /// Starts the clock of a run that ends at once on its thread, without a wait: the time that passes counts as computed.
    /// The system takes as long to tell a thread's time as a short script takes to run.
    pub(crate) fn start_short(limits: &Limits) -> Self {
        let (used, since) = (Cell::default(), Cell::default());
        Self { started: Instant::now(), time: limits.time, cpu: limits.cpu, used, since, is_short: true }
    }

    fn thread_time(&self) -> Duration {
        if self.is_short { self.elapsed() } else { computed_here() }
    }

    /// When the run must be over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.time.and_then(|time| self.started.checked_add(time))
    }

    /// How long the run has taken, waiting included.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long it has computed; asked on its thread.
    pub(crate) fn computed(&self) -> Duration {
        self.used.get() + self.thread_time().saturating_sub(self.since.get())
    }

    /// How long it had computed when it last left its thread.
    pub(crate) fn used(&self) -> Duration {
        self.used.get()
    }

    /// The run leaves its thread to others.
    pub(crate) fn leave(&self) {
        self.used.set(self.computed());
    }

    /// The run is back on its thread.
    pub(crate) fn come_back(&self) {
        self.since.set(self.thread_time());
    }

    /// Why the time is up, if it is.
    pub(crate) fn is_over(&self) -> Option<Problem> {
        if let Some(time) = self.time
            && self.started.elapsed() >= time
        {
            return Some(late(time));
        }
        match self.cpu {
            Some(cpu) if self.computed() >= cpu => {
                let message = format!("The run computed for more than {}.", seconds(cpu));
                Some(Problem::new(Code::LimitReached, message))
            }
            _ => None,
        }
    }

    /// What the evaluator asks while it computes.
    pub(crate) fn watch(self: &Rc<Self>) -> Option<Watch> {
        if self.time.is_none() && self.cpu.is_none() {
            return None;
        }
        let clock = Rc::clone(self);
        Some(Rc::new(move || clock.is_over()))
    }
}

/// What a run is told in place of an answer that came too late; the run itself finds that its time is up, and says so.
pub(crate) fn too_late() -> Refusal {
    Refusal::Stop(Problem::new(Code::Interrupted, "The time of the run is up."))
}

/// The problem of a run that took longer than it may.
pub(crate) fn late(time: Duration) -> Problem {
    Problem::new(Code::LimitReached, format!("The run took more than {}.", seconds(time)))
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        1.0 => "1 second".into(),
        many => format!("{many} seconds"),
    }
}

/// How long this thread has computed.
#[cfg(unix)]
fn computed_here() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Where the system does not say how long a thread has computed, the time that has passed counts.
#[cfg(not(unix))]
fn computed_here() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// A switch to turn on at a moment. The run that has it may be gone by then.
type Alarm = Reverse<(Instant, u64)>;

/// Turns a switch on at a moment, so that a host which waits for a server and looks at the switch stops waiting. The alarm
/// is off when this is dropped.
pub(crate) struct Deadline {
    _kept: std::sync::Arc<Interrupt>,
}

impl Deadline {
    /// Sets the alarm.
    pub(crate) fn set(at: Instant, switch: Interrupt) -> Self {
        /// When to ring, and what to stop then.
        type Order = (Instant, Weak<Interrupt>);
        static ALARMS: OnceLock<Mutex<Sender<Order>>> = OnceLock::new();
        let kept = std::sync::Arc::new(switch);
        let alarms = ALARMS.get_or_init(|| {
            let (sender, alarms) = channel();
            // Without the thread runs still end at their next look at the clock.
            let _ = thread::Builder::new().name("deadlines".into()).spawn(move || ring(&alarms));
            Mutex::new(sender)
        });
        let sender = alarms.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = sender.send((at, std::sync::Arc::downgrade(&kept)));
        Self { _kept: kept }
    }
}

/// Waits for alarms, and rings them when their time has come.
fn ring(alarms: &std::sync::mpsc::Receiver<(Instant, Weak<Interrupt>)>) {
    let mut waiting: BinaryHeap<Alarm> = BinaryHeap::new();
    let mut switches: std::collections::HashMap<u64, Weak<Interrupt>> = std::collections::HashMap::new();
    let mut next = 0;
    loop {
        let now = Instant::now();
        let wait =
            waiting.peek().map_or(Duration::from_secs(3600), |Reverse((at, _))| at.saturating_duration_since(now));
        match alarms.recv_timeout(wait) {
            Ok((at, switch)) => {
                next += 1;
                waiting.push(Reverse((at, next)));
                switches.insert(next, switch);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(Reverse((at, id))) = waiting.peek().copied() {
            let switch = switches.get(&id).and_then(Weak::upgrade);
            if at > Instant::now() && switch.is_some() {
                break;
            }
            if let Some(switch) = switch {
                AtomicBool::store(&switch, true, Ordering::Relaxed);
            }
            waiting.pop();
            switches.remove(&id);
        }
    }
}
