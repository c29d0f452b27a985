//! Counts the bytes that this thread's values hold, so that a run can be stopped before it eats the machine.
//!
//! A run's figure is the difference to its start; values never leave their thread.

use std::cell::{Cell, RefCell};

use rainwright_diagnostic::{Code, Problem};

use crate::budget::{self, Watch};
use crate::cycle::{self, Suspect};

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static CEILING: Cell<usize> = const { Cell::new(usize::MAX) };
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// Whether the cycle collector may still be asked to make room in this run.
    static COLLECTS: Cell<bool> = const { Cell::new(true) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// The two counters in front of everything that is shared.
pub(crate) const COUNTERS: usize = 2 * size_of::<usize>();

/// Bytes held now by values of this thread.
#[must_use]
pub fn live() -> usize {
    LIVE.get()
}

/// Counts `bytes` more.
#[inline]
pub fn charge(bytes: usize) {
    LIVE.set(LIVE.get().wrapping_add(bytes));
}

/// Counts `bytes` less.
#[inline]
pub fn release(bytes: usize) {
    LIVE.set(LIVE.get().saturating_sub(bytes));
}

/// Whether the values hold more than the run under way may; what only cycles keep alive is freed before that is said.
#[must_use]
#[inline]
pub fn is_exceeded() -> bool {
    LIVE.get() > CEILING.get() && is_exceeded_without_cycles()
}

#[cold]
#[inline(never)]
fn is_exceeded_without_cycles() -> bool {
    if COLLECTS.get() && budget::over().is_none() {
        let before = live();
        cycle::collect_cycles();
        // Where little comes free it is not tried again in this run: each time takes as long as there are values.
        COLLECTS.set(before.saturating_sub(live()) > limit() / 4);
    }
    LIVE.get() > CEILING.get()
}

/// The bytes that the run under way may hold.
#[must_use]
pub fn limit() -> usize {
    LIMIT.get()
}

/// The bytes that the run under way may still take.
#[must_use]
pub fn left() -> usize {
    CEILING.get().saturating_sub(LIVE.get())
}

/// Lets the run have no memory any more: the next look finds it over.
pub(crate) fn close() {
    CEILING.set(0);
}

/// Bytes that are in use without being part of a value yet: a list that is being read, a copy to loop over. They count
/// until this is dropped.
#[derive(Default)]
pub struct Held(usize);

impl Held {
    /// Counts so many bytes.
    ///
    /// # Errors
    /// [`Code::LimitReached`] when the run holds too much with them.
    #[inline]
    pub fn new(bytes: usize) -> crate::Result<Held> {
        let mut held = Held(0);
        held.grow(bytes)?;
        Ok(held)
    }

    /// Counts so many bytes more.
    ///
    /// # Errors
    /// [`Code::LimitReached`] when the run holds too much with them.
    #[inline]
    pub fn grow(&mut self, bytes: usize) -> crate::Result<()> {
        charge(bytes);
        self.0 += bytes;
        check()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        release(self.0);
    }
}

/// Says so when the values hold more than the run under way may, or when it is over for another reason.
///
/// # Errors
/// [`Code::LimitReached`], or the reason.
#[inline]
pub fn check() -> crate::Result<()> {
    if is_exceeded() { Err(exceeded()) } else { Ok(()) }
}

/// Ends the run because its values hold too much, or would.
#[cold]
pub(crate) fn exceed() {
    budget::stop(*exceeded());
}

#[cold]
fn exceeded() -> Box<Problem> {
    if let Some(problem) = budget::over() {
        return Box::new(problem);
    }
    let message = format!("The script holds more than {} MiB of values.", limit() >> 20);
    Box::new(Problem::new(Code::LimitReached, message))
}

/// One run on this thread: from its beginning to its drop the values made meanwhile may hold `limit` bytes, and no more
/// than is left to the run around it. After the outermost one, cycles that nothing holds any more are freed.
pub struct Scope {
    ceiling: usize,
    limit: usize,
    collects: bool,
    budget: Option<budget::State>,
}

impl Scope {
    /// Begins a run that may hold so many bytes, and that a watch may stop.
    #[must_use]
    pub fn enter(limit: usize, watch: Option<Watch>) -> Scope {
        let around = Scope {
            ceiling: CEILING.get(),
            limit: LIMIT.get(),
            collects: COLLECTS.replace(true),
            budget: Some(budget::State::new(watch).swap()),
        };
        CEILING.set(live().saturating_add(limit).min(around.ceiling));
        LIMIT.set(limit.min(around.limit));
        around
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        CEILING.set(self.ceiling);
        LIMIT.set(self.limit);
        COLLECTS.set(self.collects);
        if let Some(around) = self.budget.take() {
            drop(around.swap());
        }
        if self.limit == usize::MAX {
            cycle::collect_cycles();
        }
    }
}

/// What is counted and noted for a run, while another one has its thread. When it is dropped, cycles that the run left are
/// freed.
pub struct Figures {
    live: usize,
    ceiling: usize,
    limit: usize,
    collects: bool,
    suspects: Vec<Suspect>,
    budget: budget::State,
}

impl Default for Figures {
    /// Those of a run that has not begun.
    fn default() -> Self {
        Self {
            live: 0,
            ceiling: usize::MAX,
            limit: usize::MAX,
            collects: true,
            suspects: Vec::new(),
            budget: budget::State::default(),
        }
    }
}

impl Figures {
    /// The bytes that the run's values hold.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live
    }

    /// Puts these in the place of the present ones, which come back.
    #[must_use]
    pub fn swap(mut self) -> Figures {
        Figures {
            live: LIVE.replace(self.live),
            ceiling: CEILING.replace(self.ceiling),
            limit: LIMIT.replace(self.limit),
            collects: COLLECTS.replace(self.collects),
            suspects: cycle::replace_suspects(std::mem::take(&mut self.suspects)),
            budget: std::mem::take(&mut self.budget).swap(),
        }
    }
}

impl Drop for Figures {
    fn drop(&mut self) {
        if !self.suspects.is_empty() {
            cycle::add_suspects(std::mem::take(&mut self.suspects));
            cycle::collect_cycles();
        }
    }
}

/// How deep the drop of a container may go on the machine's stack before the rest is put aside.
const MAX_DROP_DEPTH: u32 = 32;

thread_local! {
    static LATER: RefCell<Vec<crate::Value>> = const { RefCell::new(Vec::new()) };
}

/// Drops the values of a container without deep recursion: a million lists nested in each other come down in turn.
pub(crate) fn bury(values: impl Iterator<Item = crate::Value>) {
    let depth = DEPTH.get();
    if depth >= MAX_DROP_DEPTH {
        let containers = values.filter(crate::Value::is_container);
        // At the end of a thread there is nowhere left to put them.
        let _ = LATER.try_with(|later| later.borrow_mut().extend(containers));
        return;
    }
    DEPTH.set(depth + 1);
    values.for_each(drop);
    if depth == 0 {
        // The depth stays above zero meanwhile, so that what is put aside is taken up by this loop alone.
        while let Ok(Some(value)) = LATER.try_with(|later| later.borrow_mut().pop()) {
            drop(value);
        }
    }
    DEPTH.set(depth);
}
