//! Counts the bytes that this thread's values hold, so that a run can be stopped before it eats the machine.
//!
//! Only what can grow is counted: long texts, the stores of lists and maps, files. A run's figure is the difference to
//! its start; values never leave their thread.

use std::cell::Cell;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

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

/// How deep the drop of a container may go on the machine's stack before the rest is put aside.
const MAX_DROP_DEPTH: u32 = 128;

thread_local! {
    static LATER: std::cell::RefCell<Vec<crate::Value>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Drops the values of a container without deep recursion: a million lists nested in each other come down in turn.
pub(crate) fn bury(values: impl Iterator<Item = crate::Value>) {
    let depth = DEPTH.get();
    if depth >= MAX_DROP_DEPTH {
        LATER.with_borrow_mut(|later| later.extend(values.filter(crate::Value::is_container)));
        return;
    }
    DEPTH.set(depth + 1);
    values.for_each(drop);
    if depth == 0 {
        // The depth stays above zero meanwhile, so that what is put aside is taken up by this loop alone.
        while let Some(value) = LATER.with_borrow_mut(Vec::pop) {
            drop(value);
        }
    }
    DEPTH.set(depth);
}
