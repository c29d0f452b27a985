//! The machine's stack: every call first checks that enough of it is left, and gets another stretch if not.
//!
//! A run may be on the stack of a thread or of a coroutine, so nothing here asks the thread where its stack ends: the machine
//! itself knows its floor.

use rainwright_value::memory;

use crate::vm::Vm;

/// What one level of a tree takes of the stack while it is walked, at most. Unoptimised code takes far more.
const LEVEL: usize = if cfg!(debug_assertions) { 6 << 10 } else { 1 << 10 };
/// What a function of the table and the host may take: printing and comparing walk through values of many levels.
const LEAF: usize = if cfg!(debug_assertions) { 512 << 10 } else { 128 << 10 };
/// Extra room in a new stretch, for the calls that follow.
const SPARE: usize = 1 << 20;
/// What lies between the end of a stretch and the first frame on it, at most.
const EDGE: usize = 16 << 10;

/// What a walk through a tree of so many levels needs, in bytes.
pub(crate) fn need(levels: usize) -> usize {
    levels * LEVEL + LEAF
}

/// Where the top of the stack is now: about the address of the caller's frame.
#[inline(always)]
pub(crate) fn here() -> usize {
    let marker = 0_u8;
    (&raw const marker).addr()
}

/// The floor of this thread's stack. Where the system does not tell it, there is no room above it.
pub(crate) fn floor_of_thread() -> usize {
    here().saturating_sub(stacker::remaining_stack().unwrap_or(0))
}

impl Vm<'_> {
    /// Walks with at least `need` bytes of stack.
    pub(crate) fn with_stack<T>(&mut self, need: usize, walk: impl FnOnce(&mut Self) -> T) -> T {
        if here() >= self.floor.saturating_add(need) {
            return walk(self);
        }
        let (size, outer) = (need + SPARE, self.floor);
        // A stretch counts as memory of the run, so that deep recursion ends at the memory limit.
        memory::charge(size);
        let walked = stacker::grow(size + EDGE, || {
            self.floor = here().saturating_sub(size);
            walk(self)
        });
        memory::release(size);
        self.floor = outer;
        walked
    }
}
