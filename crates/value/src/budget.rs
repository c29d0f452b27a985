//! Counts the work of printing, comparing, converting and sorting, so that a run can be stopped there as it can in a loop.
//!
//! Code that walks values calls [`spend`] as it goes. Every so many units the run's [`Watch`] is asked whether the run may
//! continue; it knows the clock, the deadline and the interrupt, which values do not. Once the answer was no, the run is
//! over: every further `spend` says so at once, walks come back with whatever they have, and the evaluator ends the run
//! before anything of it is used.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rainwright_diagnostic::Problem;

use crate::memory;

/// Says why a run must stop; asked every few hundred microseconds of work.
pub type Watch = Rc<dyn Fn() -> Option<Problem>>;

/// Units between two looks. A unit is about the work of comparing, copying or printing one small value.
const SLICE: u32 = 2048;

/// Bytes of text that count as one unit.
const UNIT_BYTES: usize = 256;

thread_local! {
    static CREDIT: Cell<u32> = const { Cell::new(SLICE) };
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
    static OVER: RefCell<Option<Problem>> = const { RefCell::new(None) };
    /// Whether a run is under way; there is nothing to stop otherwise.
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Counts one unit; false when the run is over.
#[inline]
#[must_use]
pub fn step() -> bool {
    spend(1)
}

/// Counts so many units; false when the run is over.
#[inline]
#[must_use]
pub fn spend(units: usize) -> bool {
    match (CREDIT.get() as usize).checked_sub(units) {
        Some(left) => {
            CREDIT.set(left as u32);
            true
        }
        None => look(),
    }
}

/// Counts the work on so many bytes of text; false when the run is over.
#[inline]
#[must_use]
pub fn spend_bytes(bytes: usize) -> bool {
    bytes < UNIT_BYTES || spend(bytes / UNIT_BYTES)
}

/// As [`spend`], for code that can fail.
///
/// # Errors
/// Why the run is over.
#[inline]
pub fn charge(units: usize) -> crate::Result<()> {
    if spend(units) { Ok(()) } else { Err(reason()) }
}

/// As [`spend_bytes`], for code that can fail.
///
/// # Errors
/// Why the run is over.
#[inline]
pub fn charge_bytes(bytes: usize) -> crate::Result<()> {
    if spend_bytes(bytes) { Ok(()) } else { Err(reason()) }
}

/// Looks now whether the run may continue.
#[cold]
#[inline(never)]
pub fn look() -> bool {
    if OVER.with_borrow(Option::is_some) {
        return false;
    }
    CREDIT.set(SLICE);
    if !RUNS.get() {
        return true;
    }
    if let Err(problem) = memory::check() {
        stop(*problem);
        return false;
    }
    // Cloned, so that a watch that itself looks at values finds the cell free.
    let watch = WATCH.with_borrow(Clone::clone);
    match watch.and_then(|watch| watch()) {
        Some(problem) => {
            stop(problem);
            false
        }
        None => true,
    }
}

/// Ends the run for a reason that was found while walking values. The first reason stays.
#[cold]
pub fn stop(problem: Problem) {
    if !RUNS.get() {
        return;
    }
    CREDIT.set(0);
    memory::close();
    OVER.with_borrow_mut(|over| {
        over.get_or_insert(problem);
    });
}

/// Why the run is over, if it is.
#[must_use]
pub fn over() -> Option<Problem> {
    OVER.with_borrow(Clone::clone)
}

#[cold]
fn reason() -> Box<Problem> {
    Box::new(over().unwrap_or_else(|| Problem::new(rainwright_diagnostic::Code::Interrupted, "The run was stopped.")))
}

/// What is counted for a run, while another one has the thread.
#[derive(Default)]
pub(crate) struct State {
    credit: u32,
    watch: Option<Watch>,
    over: Option<Problem>,
    runs: bool,
}

impl State {
    /// That of a run that begins.
    pub(crate) fn new(watch: Option<Watch>) -> Self {
        Self { credit: SLICE, watch, over: None, runs: true }
    }

    /// Puts this in the place of the present one, which comes back.
    pub(crate) fn swap(self) -> State {
        State {
            credit: CREDIT.replace(self.credit),
            watch: WATCH.replace(self.watch),
            over: OVER.replace(self.over),
            runs: RUNS.replace(self.runs),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use rainwright_diagnostic::{Code, Problem};

    use super::{Watch, over, spend};
    use crate::memory::Scope;
    use crate::{Value, same};

    /// Stops after so many looks.
    fn watch(looks: u32) -> (Watch, Rc<Cell<u32>>) {
        let asked = Rc::new(Cell::new(0));
        let counted = Rc::clone(&asked);
        let watch: Watch = Rc::new(move || {
            counted.set(counted.get() + 1);
            (counted.get() >= looks).then(|| Problem::new(Code::LimitReached, "time is up"))
        });
        (watch, asked)
    }

    #[test]
    fn work_is_stopped_and_stays_stopped_until_the_scope_ends() {
        let (watch, asked) = watch(3);
        let scope = Scope::enter(usize::MAX, Some(watch));
        let done = (0..10_000_000).take_while(|_| spend(1)).count();
        assert!(done < 100_000, "{done}");
        assert!(!spend(1) && !spend(1));
        assert_eq!(asked.get(), 3);
        assert_eq!(over().unwrap().message, "time is up");
        drop(scope);
        assert!(over().is_none() && spend(1_000_000));
    }

    #[test]
    fn comparing_values_that_share_their_parts_is_stopped() {
        let twice = |inner: &Value| Value::from(vec![inner.clone(), inner.clone()]);
        let tower = || (0..60).fold(Value::from(1), |inner, _| twice(&inner));
        let (a, b) = (tower(), tower());
        let (watch, asked) = watch(5);
        let _scope = Scope::enter(usize::MAX, Some(watch));
        assert!(!same(&a, &b));
        assert_eq!((asked.get(), over().is_some()), (5, true));
    }
}
