//! Iterates over a list for `for each`, which sees the list as it was when the loop began.
//!
//! Copying the list first would be simpler, but a loop that breaks after the first element would pay for all of them. The list
//! is copied only if it changes during the loop; all walks that are under way then share that copy.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use crate::{List, Value, budget, memory};

/// The elements as they were when the walk began, once they differ from those of the list.
type Kept = Rc<OnceCell<Copied>>;

thread_local! {
    /// The walks over lists that have not changed since.
    static WALKS: RefCell<Vec<(*const List, Kept)>> = const { RefCell::new(Vec::new()) };
}

/// A copy of elements; it counts as memory of the run.
struct Copied(Rc<Vec<Value>>);

impl Drop for Copied {
    fn drop(&mut self) {
        if Rc::strong_count(&self.0) == 1 {
            memory::release(self.0.capacity() * size_of::<Value>());
        }
    }
}

/// Elements that are taken out of the list at once: up to this many, a copy takes less than the bookkeeping.
const BLOCK: usize = 32;

/// A walk through a list; an iterator over the elements that the list had when the walk began.
pub struct Walk {
    /// Elements that are taken out already, the next one last.
    block: Vec<Value>,
    /// Where the rest comes from; nothing for a list that went into the first block.
    rest: Option<(Rc<List>, Kept)>,
    /// How many elements were taken out.
    taken: usize,
}

impl Walk {
    /// Begins a walk.
    #[must_use]
    pub fn new(list: Rc<List>) -> Self {
        if list.len() <= BLOCK {
            let block: Vec<Value> = list.items().iter().rev().cloned().collect();
            return Self { taken: block.len(), block, rest: None };
        }
        let kept = Kept::default();
        WALKS.with_borrow_mut(|walks| walks.push((Rc::as_ptr(&list), Rc::clone(&kept))));
        list.walks.set(list.walks.get() + 1);
        Self { block: Vec::with_capacity(BLOCK), rest: Some((list, kept)), taken: 0 }
    }

    /// Takes the next block out, and its first element.
    #[inline(never)]
    fn refill(&mut self) -> Option<Value> {
        let (list, kept) = self.rest.as_ref()?;
        let mut take = |items: &[Value]| {
            let block = items.get(self.taken..).unwrap_or_default();
            let block = &block[..block.len().min(BLOCK)];
            self.taken += block.len();
            self.block.extend(block.iter().rev().cloned());
        };
        match kept.get() {
            None => take(&list.items()),
            Some(copied) => take(&copied.0),
        }
        self.block.pop()
    }
}

impl Iterator for Walk {
    type Item = Value;

    #[inline]
    fn next(&mut self) -> Option<Value> {
        match self.block.pop() {
            Some(item) => Some(item),
            None => self.refill(),
        }
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        let Some((list, kept)) = &self.rest else { return };
        if kept.get().is_none() {
            list.walks.set(list.walks.get().saturating_sub(1));
            // The last one that began is the first one that ends.
            WALKS.with_borrow_mut(|walks| {
                if let Some(at) = walks.iter().rposition(|(_, other)| Rc::ptr_eq(other, kept)) {
                    walks.remove(at);
                }
            });
        }
    }
}

/// Lets all walks over a list that is about to change keep what they began with.
#[cold]
#[inline(never)]
pub(crate) fn keep(list: &List) {
    list.walks.set(0);
    let items = list.items().clone();
    // A run that is over meanwhile is ended by whoever looks next.
    let _goes_on = budget::spend(items.len() / 16);
    memory::charge(items.capacity() * size_of::<Value>());
    let items = Rc::new(items);
    WALKS.with_borrow_mut(|walks| {
        walks.retain(|(over, kept)| {
            let mine = std::ptr::eq(*over, list);
            if mine {
                let _empty_before = kept.set(Copied(Rc::clone(&items)));
            }
            !mine
        });
    });
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{WALKS, Walk};
    use crate::{List, Value};

    fn list(length: i64) -> Rc<List> {
        Rc::new((0..length).map(Value::from).collect())
    }

    #[test]
    fn a_walk_sees_the_list_as_it_was() {
        let before = crate::memory::live();
        for length in [3, 32, 33, 100] {
            let list = list(length);
            let mut first = Walk::new(Rc::clone(&list));
            assert_eq!(first.next().as_ref().and_then(crate::whole), Some(0));
            let second = Walk::new(Rc::clone(&list));
            list.push(Value::from(-1));
            let third = Walk::new(Rc::clone(&list));
            list.items_mut().clear();
            let fourth = Walk::new(Rc::clone(&list));
            assert_eq!(first.count() as i64, length - 1);
            assert_eq!(second.count() as i64, length);
            assert_eq!(third.count() as i64, length + 1);
            assert_eq!(fourth.count(), 0);
        }
        assert_eq!(crate::memory::live(), before);
    }

    #[test]
    fn a_walk_that_is_left_early_is_forgotten() {
        let list = list(100);
        for _ in 0..3 {
            let _first = Walk::new(Rc::clone(&list)).next();
        }
        assert_eq!(list.walks.get(), 0);
        assert!(WALKS.with_borrow(Vec::is_empty));
    }
}
