//! COLLECTION: a row of values or keys with values, never both; the first insert decides.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use crate::{Map, Value, cycle, memory};

/// What a collection holds.
#[derive(Default)]
pub enum Entries {
    /// Nothing yet.
    #[default]
    Undecided,
    /// Values by 0-based index.
    Row(Vec<Value>),
    /// Values by key.
    Keyed(Map),
}

/// A collection; all who hold it see its changes.
pub struct Collection {
    entries: RefCell<Entries>,
    charged: Cell<usize>,
    /// Whether the cycle collector knows it.
    noted: Cell<bool>,
}

/// What a collection takes without its entries.
const BARE: usize = memory::COUNTERS + size_of::<Collection>();

impl Entries {
    fn held(&self) -> usize {
        match self {
            Entries::Undecided => 0,
            Entries::Row(row) => row.capacity() * size_of::<Value>(),
            Entries::Keyed(map) => map.held(),
        }
    }
}

impl Collection {
    /// What it holds, to read.
    #[must_use]
    pub fn entries(&self) -> Ref<'_, Entries> {
        self.entries.borrow()
    }

    /// What it holds, to read, unless it is being changed just now.
    pub(crate) fn try_entries(&self) -> Option<Ref<'_, Entries>> {
        self.entries.try_borrow().ok()
    }

    /// What it holds, to change. Nothing else may look at it while the guard lives.
    #[must_use]
    pub fn entries_mut(self: &Rc<Self>) -> EntriesMut<'_> {
        cycle::before_change(self, &self.noted);
        EntriesMut { entries: self.entries.borrow_mut(), charged: &self.charged }
    }

    /// Moves all that it holds out, unless it is being changed just now.
    pub(crate) fn drain_into(&self, contents: &mut Vec<Value>) {
        if let Ok(mut entries) = self.entries.try_borrow_mut() {
            match &mut *entries {
                Entries::Undecided => {}
                Entries::Row(row) => contents.append(&mut std::mem::take(row)),
                Entries::Keyed(map) => map.drain_into(contents),
            }
            account(&self.charged, &entries);
        }
    }

    /// How many values it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        match &*self.entries() {
            Entries::Undecided => 0,
            Entries::Row(row) => row.len(),
            Entries::Keyed(map) => map.len(),
        }
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The entries of a collection while they are changed.
pub struct EntriesMut<'a> {
    entries: RefMut<'a, Entries>,
    charged: &'a Cell<usize>,
}

impl Deref for EntriesMut<'_> {
    type Target = Entries;
    fn deref(&self) -> &Entries {
        &self.entries
    }
}

impl DerefMut for EntriesMut<'_> {
    fn deref_mut(&mut self) -> &mut Entries {
        &mut self.entries
    }
}

impl Drop for EntriesMut<'_> {
    fn drop(&mut self) {
        account(self.charged, &self.entries);
    }
}

fn account(charged: &Cell<usize>, entries: &Entries) {
    let now = BARE + entries.held();
    if now != charged.get() {
        memory::release(charged.replace(now));
        memory::charge(now);
    }
}

impl From<Entries> for Collection {
    fn from(entries: Entries) -> Self {
        let charged = Cell::new(0);
        account(&charged, &entries);
        Self { entries: RefCell::new(entries), charged, noted: Cell::new(false) }
    }
}

impl Default for Collection {
    fn default() -> Self {
        Self::from(Entries::Undecided)
    }
}

impl From<Vec<Value>> for Collection {
    fn from(row: Vec<Value>) -> Self {
        Self::from(Entries::Row(row))
    }
}

impl From<Map> for Collection {
    fn from(map: Map) -> Self {
        Self::from(Entries::Keyed(map))
    }
}

impl Drop for Collection {
    fn drop(&mut self) {
        memory::release(self.charged.get());
        if let Entries::Row(row) = self.entries.get_mut()
            && row.iter().any(Value::is_container)
        {
            memory::bury(row.drain(..));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_and_given_back() {
        let before = memory::live();
        let collection = Rc::new(Collection::from(vec![Value::Null; 100]));
        assert!(memory::live() >= before + 1600);
        *collection.entries_mut() = Entries::Keyed(Map::with_capacity(1000));
        assert!(memory::live() >= before + 16_000);
        drop(collection);
        assert_eq!(memory::live(), before);
    }
}
