//! COLLECTION: a row of values or keys with values, never both; the first insert decides.

use std::cell::{Ref, RefCell, RefMut};

use crate::{Map, Value};

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
#[derive(Default)]
pub struct Collection {
    entries: RefCell<Entries>,
}

impl Collection {
    /// What it holds, to read.
    #[must_use]
    pub fn entries(&self) -> Ref<'_, Entries> {
        self.entries.borrow()
    }

    /// What it holds, to change. Nothing else may look at it while the guard lives.
    #[must_use]
    pub fn entries_mut(&self) -> RefMut<'_, Entries> {
        self.entries.borrow_mut()
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

impl From<Vec<Value>> for Collection {
    fn from(row: Vec<Value>) -> Self {
        Self {
            entries: RefCell::new(Entries::Row(row)),
        }
    }
}

impl From<Map> for Collection {
    fn from(map: Map) -> Self {
        Self {
            entries: RefCell::new(Entries::Keyed(map)),
        }
    }
}

impl Drop for Collection {
    fn drop(&mut self) {
        if let Entries::Row(row) = self.entries.get_mut()
            && row.iter().any(Value::is_container)
        {
            crate::memory::bury(row.drain(..));
        }
    }
}
