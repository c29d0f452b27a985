//! One run on a coroutine: it is resumed with answers, and comes back with questions.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::budget::Watch;
use rainwright_value::memory::Figures;
use rainwright_value::{collect_cycles, memory};

use crate::clock::Clock;
use crate::function::panicked;
use crate::script::Way;
use crate::short::Patience;
use crate::{Answer, Call, Effect, Host, Inputs, Outcome, Refusal, Script};

/// Address space of a coroutine's stack; only what is touched takes memory. Deep calls get more, see the evaluator.
pub(crate) const STACK: usize = 256 << 10;

/// What the coroutine itself and the way to the evaluator take of it.
const EDGE: usize = 16 << 10;

/// What comes back of an effect.
pub(crate) type Answered = Result<Outcome, Refusal>;

/// Whoever shares a thread among runs.
pub(crate) trait Turns {
    /// Whether the run that has the thread should leave it now.
    fn is_over(&self) -> bool;
    /// Lets short runs by, if any wait, while the one that has the thread is in the middle of something that it cannot leave.
    /// Its clock stops meanwhile.
    fn let_others_by(self: Rc<Self>, clock: &Clock);
}

/// Why a script leaves its thread.
pub(crate) enum Asked {
    /// It asks for an effect.
    Host(Call),
    /// It has computed for long: others have their turn.
    Turn,
}

/// The host of a script on a coroutine: it asks, and sleeps until the answer is there.
struct Asking<'y> {
    yielder: &'y Yielder<Answered, Asked>,
    lines: &'y RefCell<Vec<String>>,
    turns: Option<Rc<dyn Turns>>,
}

impl Host for Asking<'_> {
    fn perform(&mut self, call: Call) -> Answered {
        if let Effect::Info { text } = &call.effect {
            self.lines.borrow_mut().push(text.clone());
        }
        self.yielder.suspend(Asked::Host(call))
    }

    fn pause(&mut self) {
        if self.turns.as_ref().is_some_and(|turns| turns.is_over()) {
            // The script asked for nothing yet, so there is no answer to give.
            let _ = self.yielder.suspend(Asked::Turn);
        }
    }
}

/// What the runs of a pool may hold together.
pub(crate) struct Budget {
    memory: usize,
    held: AtomicUsize,
    pub(crate) runs: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(memory: usize) -> Self {
        Self { memory, held: AtomicUsize::new(0), runs: AtomicUsize::new(0) }
    }
}

/// A run's part of what its pool holds.
struct Share {
    budget: Arc<Budget>,
    counted: Cell<usize>,
}

impl Share {
    /// Tells the pool how much the run holds now.
    fn settle(&self, live: usize) {
        let before = self.counted.replace(live);
        self.budget.held.fetch_add(live.wrapping_sub(before), Ordering::Relaxed);
    }

    /// When the pool holds too much, those that hold more than their part are stopped.
    fn is_over(&self) -> Option<Problem> {
        let live = memory::live();
        let all = self.budget.held.load(Ordering::Relaxed).wrapping_sub(self.counted.get()).wrapping_add(live);
        let part = self.budget.memory / self.budget.runs.load(Ordering::Relaxed).max(1);
        (all > self.budget.memory && live > part).then(|| {
            let message = format!("The scripts of the pool hold more than {} MiB together.", self.budget.memory >> 20);
            Problem::new(Code::LimitReached, message)
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.settle(0);
        self.budget.runs.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A script that has begun.
pub(crate) struct Run {
    coroutine: Coroutine<Answered, Asked, Answer>,
    /// What its values hold, while others run.
    memory: Figures,
    clock: Rc<Clock>,
    share: Option<Rc<Share>>,
}

/// What a script does when it leaves the thread.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub(crate) enum Left {
    Asks(Run, Asked),
    /// It ended; the stack is free again.
    Ended(Answer, Option<DefaultStack>),
}

/// Who else there is, and what a run owes them.
#[derive(Default)]
pub(crate) struct Others {
    /// It shares its thread with other runs.
    pub(crate) turns: Option<Rc<dyn Turns>>,
    /// It shares memory with other runs.
    pub(crate) budget: Option<Arc<Budget>>,
    /// Its thread waits for it, and not for long.
    pub(crate) patience: Option<Rc<Patience>>,
}

impl Run {
    /// Puts a script on a stack; it begins at the first [`Run::resume`], whatever that is given. Its time counts from `begun`.
    pub(crate) fn new(stack: DefaultStack, script: Script, inputs: Inputs, begun: Instant, others: Others) -> Self {
        let Others { turns, budget, patience } = others;
        let clock = Rc::new(Clock::start(script.limits(), begun));
        let share = budget.map(|budget| {
            budget.runs.fetch_add(1, Ordering::Relaxed);
            Rc::new(Share { budget, counted: Cell::new(0) })
        });
        let others = watch_others(&clock, turns.clone(), share.clone(), patience);
        let limits = script.limits().clone();
        let way = Way { stack: Some(STACK - EDGE), clock: Rc::clone(&clock), others, limits };
        let coroutine = Coroutine::with_stack(stack, move |yielder, _| {
            let lines = RefCell::default();
            let mut host = Asking { yielder, lines: &lines, turns };
            let mut answer = script.answer_on(&mut host, inputs, &way);
            answer.lines = lines.take();
            answer
        });
        Self { coroutine, memory: Figures::default(), clock, share }
    }

    /// How long the run has computed; asked while others have the thread.
    pub(crate) fn computed(&self) -> Duration {
        self.clock.used()
    }

    /// When the run must be over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.clock.deadline()
    }

    /// Lets the script go on until it asks for something or ends.
    pub(crate) fn resume(mut self, answered: Answered) -> Left {
        let others = self.memory.swap();
        self.clock.come_back();
        let step = catch_unwind(AssertUnwindSafe(|| self.coroutine.resume(answered)));
        self.clock.leave();
        if !matches!(step, Ok(CoroutineResult::Yield(_))) {
            // Cycles that remain after it must not count against other runs.
            collect_cycles();
        }
        self.memory = others.swap();
        if let Some(share) = &self.share {
            share.settle(self.memory.live());
        }
        match step {
            Ok(CoroutineResult::Yield(asked)) => Left::Asks(self, asked),
            Ok(CoroutineResult::Return(answer)) => Left::Ended(answer, Some(self.coroutine.into_stack())),
            // What a panic left on the stack is gone; the stack itself is not used again.
            Err(panic) => Left::Ended(Answer::failed(panicked(panic.as_ref()).into()), None),
        }
    }

    /// Ends the run for a reason that the script cannot catch.
    pub(crate) fn end(mut self, why: Refusal) -> Answer {
        let mut why = Some(why);
        loop {
            let answered =
                why.take().unwrap_or_else(|| Refusal::Stop(Problem::new(Code::Interrupted, "The run was stopped.")));
            match self.resume(Err(answered)) {
                Left::Ended(answer, _) => return answer,
                Left::Asks(run, _) => self = run,
            }
        }
    }
}

/// Looks at others wherever a run counts its work: those that want the thread are let by, and the run is stopped when it takes
/// what others need.
fn watch_others(
    clock: &Rc<Clock>,
    turns: Option<Rc<dyn Turns>>,
    share: Option<Rc<Share>>,
    patience: Option<Rc<Patience>>,
) -> Option<Watch> {
    if turns.is_none() && share.is_none() && patience.is_none() {
        return None;
    }
    let clock = Rc::clone(clock);
    Some(Rc::new(move || {
        if let Some(turns) = &turns {
            Rc::clone(turns).let_others_by(&clock);
        }
        let too_long = patience.as_ref().and_then(|patience| patience.is_over());
        too_long.or_else(|| share.as_ref().and_then(|share| share.is_over()))
    }))
}
