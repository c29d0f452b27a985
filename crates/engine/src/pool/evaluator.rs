//! The runs of one thread, and whose turn it is.
//!
//! A run leaves the thread when it waits for its host, and at its next loop turn or call when its turn is over. In the
//! middle of a sort or of reading JSON it cannot leave; then short runs are let by on top of it, as an operating system
//! handles an interrupt on the stack of what it interrupted. Since a run is a coroutine with a stack of its own, it does not
//! matter from where it is resumed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use corosensei::stack::DefaultStack;
use crossbeam_channel::Receiver;
use rainwright_diagnostic::{Code, Problem};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::host::Performer;
use super::levels::{Level, Levels, Pick};
use super::not_supported;
use super::perform::perform;
use super::worker::{Message, Order, Worker};
use crate::clock::Clock;
use crate::coroutine::{Answered, Asked, Left, Others, Run, STACK, Turns};
use crate::{Answer, Outcome, Refusal, Script};

/// How many stacks wait for the next scripts.
const KEPT_STACKS: usize = 256;

/// How many runs may be interrupted on top of each other. The lower ones wait for the upper ones, so there are few.
const MOST_INTERRUPTED: u32 = 4;

/// Stack for what happens on top of a run: hosts are asked there, so it is as much as a thread has.
const INTERRUPT_STACK: usize = 2 << 20;

/// A run with everything that it needs to go on.
pub(super) struct Task {
    pub(super) id: u64,
    pub(super) run: Run,
    pub(super) script: Script,
    pub(super) host: Arc<dyn Performer>,
    /// The inbox for answers.
    pub(super) worker: Worker,
    reply: oneshot::Sender<Answer>,
    waits: Option<Waits>,
    /// Computed time that no longer counts, because the run has waited for as long.
    forgiven: Duration,
}

/// A call whose answer is not there yet.
pub(super) struct Waits {
    pub(super) seq: u64,
    pub(super) work: AbortHandle,
    pub(super) since: Instant,
}

impl Task {
    fn level(&self) -> Level {
        Level::of(self.run.computed().saturating_sub(self.forgiven))
    }

    /// The run has waited for its host.
    fn has_waited(&mut self, time: Duration) {
        self.forgiven = (self.forgiven + time).min(self.run.computed());
    }
}

/// The turn of the run that has the thread.
#[derive(Clone, Copy)]
struct Turn {
    level: Level,
    /// When others of its level have their turn.
    ends: Instant,
    /// Until then not even a run of a higher level interrupts it.
    guarded: Instant,
}

impl Turn {
    fn new(level: Level) -> Self {
        let now = Instant::now();
        Self { level, ends: now + level.turn(), guarded: now }
    }

    /// The same turn after others have been let by for some time.
    fn after(self, others: Duration) -> Self {
        Self { ends: self.ends + others, ..self }
    }

    /// The same turn, which lasts for a short while whoever waits.
    fn due(self) -> Self {
        Self { guarded: Instant::now() + Level::TOP.turn(), ..self }
    }
}

/// The runs of a thread. It is shared with them, so that they can ask whether their turn is over.
pub(super) struct Evaluator {
    /// Which of the workers this is.
    place: usize,
    pub(super) orders: Receiver<Order>,
    pub(super) inbox: Receiver<Message>,
    /// All runs but those on the stack.
    tasks: RefCell<HashMap<u64, Task>>,
    /// Runs that can go on, with what they are told.
    ready: RefCell<Levels<(u64, Answered)>>,
    turn: Cell<Turn>,
    interrupted: Cell<u32>,
    stacks: RefCell<Vec<DefaultStack>>,
    runtime: Handle,
    load: Arc<AtomicUsize>,
}

impl Evaluator {
    pub(super) fn new(
        place: usize,
        orders: Receiver<Order>,
        inbox: Receiver<Message>,
        runtime: Handle,
        load: Arc<AtomicUsize>,
    ) -> Rc<Self> {
        Rc::new(Self {
            place,
            orders,
            inbox,
            tasks: RefCell::default(),
            ready: RefCell::new(Levels::new()),
            turn: Cell::new(Turn::new(Level::TOP)),
            interrupted: Cell::new(0),
            stacks: RefCell::default(),
            runtime,
            load,
        })
    }

    /// Takes what has come in.
    pub(super) fn receive(&self) {
        while let Ok(message) = self.inbox.try_recv() {
            self.take(message);
        }
    }

    pub(super) fn take(&self, message: Message) {
        let (id, answered) = match message {
            Message::Answered(id, seq, answered) => match self.waits(id, |waits| waits.seq == seq) {
                Some(_) => (id, answered),
                // The answer to a call that was given up must not reach the next one.
                None => return,
            },
            Message::Cancel(id) => match self.waits(id, |_| true) {
                Some(waits) => {
                    waits.work.abort();
                    (id, Err(Refusal::Stop(Problem::new(Code::Interrupted, "The run was stopped."))))
                }
                // A run that waits for its turn, or has not begun, sees the switch when it comes to it.
                None => return,
            },
        };
        let level = self.tasks.borrow().get(&id).map_or(Level::TOP, Task::level);
        self.ready.borrow_mut().push(level, (id, answered));
    }

    /// What a run waits for, if it is that; it waits no longer then.
    fn waits(&self, id: u64, is_that: impl Fn(&Waits) -> bool) -> Option<Waits> {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.get_mut(&id)?;
        let waits = task.waits.take_if(|waits| is_that(waits))?;
        task.has_waited(waits.since.elapsed());
        Some(waits)
    }

    /// Takes over one run that was ordered. Only one at a time, so that other threads get their part: a run that has begun
    /// stays on its thread.
    pub(super) fn begin_one(self: &Rc<Self>) {
        if let Ok(order) = self.orders.try_recv() {
            self.begin(order);
        }
    }

    pub(super) fn begin(self: &Rc<Self>, order: Order) {
        let kept = self.stacks.borrow_mut().pop();
        let stack = kept.map_or_else(|| DefaultStack::new(STACK), Ok);
        let Order { id, script, host, inputs, reply, workers, budget, begun } = order;
        // Lowering needs more stack than a coroutine has.
        script.prepare();
        match stack {
            Ok(stack) => {
                let turns: Rc<dyn Turns> = Rc::<Self>::clone(self);
                let others = Others { turns: Some(turns), budget, patience: None };
                let begun = begun.unwrap_or_else(Instant::now);
                let run = Run::new(stack, script.clone(), inputs.open(), begun, others);
                let worker = workers[self.place].clone();
                let task = Task { id, run, script, host, worker, reply, waits: None, forgiven: Duration::ZERO };
                self.tasks.borrow_mut().insert(id, task);
                self.ready.borrow_mut().push(Level::TOP, (id, Ok(Outcome::Done)));
            }
            Err(e) => {
                let failure = not_supported(format!("No memory for the stack of one more script: {e}."));
                self.end(reply, Answer::failed(failure));
            }
        }
    }

    /// Gives the next run its turn; false when none can go on.
    pub(super) fn next_turn(&self) -> bool {
        let next = self.ready.borrow_mut().next();
        let Some(Pick { who: (id, answered), level, due, passes }) = next else { return false };
        let (turn, began) = (Turn::new(level), Instant::now());
        self.go_on(id, answered, if due { turn.due() } else { turn });
        if passes {
            self.ready.borrow_mut().went_past(began.elapsed());
        }
        true
    }

    /// Resumes a run until it has to wait, has had its turn, or ends.
    fn go_on(&self, id: u64, mut answered: Answered, turn: Turn) {
        let Some(mut task) = self.tasks.borrow_mut().remove(&id) else { return };
        self.turn.set(turn);
        let goes_on = loop {
            let asked = match task.run.resume(answered) {
                Left::Ended(answer, stack) => {
                    self.keep(stack);
                    return self.end(task.reply, answer);
                }
                Left::Asks(same, asked) => {
                    task.run = same;
                    asked
                }
            };
            match asked {
                Asked::Turn => break Some(Ok(Outcome::Done)),
                Asked::Host(call) => match perform(&self.runtime, &task, call) {
                    Ok(known) if self.is_over() => break Some(known),
                    Ok(known) => answered = known,
                    Err(waits) => {
                        task.waits = Some(waits);
                        break None;
                    }
                },
            }
        };
        let level = task.level();
        self.tasks.borrow_mut().insert(id, task);
        if let Some(answered) = goes_on {
            self.ready.borrow_mut().push(level, (id, answered));
        }
    }

    fn keep(&self, stack: Option<DefaultStack>) {
        let mut stacks = self.stacks.borrow_mut();
        let room = stacks.len() < KEPT_STACKS;
        stacks.extend(stack.filter(|_| room));
    }

    fn end(&self, reply: oneshot::Sender<Answer>, answer: Answer) {
        self.load.fetch_sub(1, Ordering::Relaxed);
        // Nobody may be left to receive it.
        let _ = reply.send(answer);
    }

    /// Whether a run of a higher level waits, a new one included.
    fn waits_above(&self, level: Level) -> bool {
        self.ready.borrow().waits_above(level) || (level > Level::TOP && !self.orders.is_empty())
    }

    /// Whether a run of the top level waits, a new one included.
    fn waits_at_top(&self) -> bool {
        self.ready.borrow().waits_at_top() || !self.orders.is_empty()
    }

    /// A run of the top level; a new one if there is no other.
    fn next_at_top(self: &Rc<Self>) -> Option<(u64, Answered)> {
        self.receive();
        let next = self.ready.borrow_mut().next_at_top();
        next.or_else(|| {
            self.begin_one();
            self.ready.borrow_mut().next_at_top()
        })
    }
}

impl Turns for Evaluator {
    fn is_over(&self) -> bool {
        let (turn, now) = (self.turn.get(), Instant::now());
        if now < turn.ends && now < turn.guarded {
            return false;
        }
        self.receive();
        if now < turn.ends {
            return self.waits_above(turn.level);
        }
        // A run that was interrupted waits below this one.
        self.interrupted.get() > 0 || !self.ready.borrow().is_empty() || !self.orders.is_empty()
    }

    fn let_others_by(self: Rc<Self>, clock: &Clock) {
        let (below, turn, now) = (self.interrupted.get(), self.turn.get(), Instant::now());
        let may_go_on = now < turn.guarded || (turn.level == Level::TOP && now < turn.ends);
        if may_go_on || below >= MOST_INTERRUPTED {
            return;
        }
        self.receive();
        if !self.waits_at_top() {
            return;
        }
        // What the others compute is not this run's time.
        clock.leave();
        self.interrupted.set(below + 1);
        let others = stacker::grow(INTERRUPT_STACK, || self.top_turns());
        self.interrupted.set(below);
        self.turn.set(if self.ready.borrow_mut().lower_is_due() {
            turn.after(others).due()
        } else {
            turn.after(others)
        });
        clock.come_back();
    }
}

impl Evaluator {
    /// Gives runs of the top level their turns until none is left, or a lower level is due; says how long that took.
    fn top_turns(self: &Rc<Self>) -> Duration {
        let mut took = Duration::ZERO;
        while took < Level::PAST
            && let Some((id, answered)) = self.next_at_top()
        {
            let began = Instant::now();
            self.go_on(id, answered, Turn::new(Level::TOP));
            let time = began.elapsed();
            took += time;
            self.ready.borrow_mut().went_past(time);
        }
        took
    }
}
