//! LIST: an ordered, shared, growing row of values.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use crate::{Kind, Value, cycle, memory, walk};

/// A list; all who hold it see its changes.
pub struct List {
    items: RefCell<Vec<Value>>,
    /// What `List:Int()` and the like were made for.
    element: Option<Kind>,
    charged: Cell<usize>,
    /// Whether the cycle collector knows it.
    noted: Cell<bool>,
    /// How many walks began with what it holds now.
    pub(crate) walks: Cell<u32>,
}

/// What a list takes without its elements.
const BARE: usize = memory::COUNTERS + size_of::<List>();

impl List {
    /// An empty list for elements of one kind, as `List:Int()` makes.
    #[must_use]
    pub fn typed(element: Kind) -> Self {
        let mut list = Self::default();
        list.element = Some(element);
        list
    }

    /// An empty list for a caller that lends it out without keeping a reference: it is noted from the start.
    pub(crate) fn lent() -> Rc<Self> {
        let list = Rc::<Self>::default();
        cycle::note(&list, &list.noted);
        list
    }

    /// The kind of its elements, for a typed list.
    #[must_use]
    pub fn element(&self) -> Option<Kind> {
        self.element
    }

    /// The elements, to read.
    #[must_use]
    #[inline]
    pub fn items(&self) -> Ref<'_, Vec<Value>> {
        self.items.borrow()
    }

    /// The elements, to read, unless they are being changed just now.
    pub(crate) fn try_items(&self) -> Option<Ref<'_, Vec<Value>>> {
        self.items.try_borrow().ok()
    }

    /// The elements, to change. Nothing else may look at the list while the guard lives.
    #[must_use]
    pub fn items_mut(self: &Rc<Self>) -> ItemsMut<'_> {
        cycle::before_change(self, &self.noted);
        self.before_change();
        ItemsMut { items: self.items.borrow_mut(), charged: &self.charged }
    }

    #[inline]
    fn before_change(&self) {
        if self.walks.get() > 0 {
            walk::keep(self);
        }
    }

    /// Appends an element.
    #[inline]
    pub fn push(self: &Rc<Self>, value: Value) {
        if value.is_container() {
            cycle::before_change(self, &self.noted);
        }
        self.before_change();
        let mut items = self.items.borrow_mut();
        if items.len() == items.capacity() {
            items.reserve(1);
            account(&self.charged, items.capacity());
        }
        items.push(value);
    }

    /// The elements of a list that nothing else holds.
    #[must_use]
    pub fn into_items(mut self) -> Vec<Value> {
        std::mem::take(self.items.get_mut())
    }

    /// Moves all elements out, unless they are being changed just now.
    pub(crate) fn drain_into(&self, contents: &mut Vec<Value>) {
        if let Ok(mut items) = self.items.try_borrow_mut() {
            contents.append(&mut std::mem::take(&mut items));
            account(&self.charged, 0);
        }
    }

    /// The element with that 0-based index.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<Value> {
        self.items.borrow().get(index).cloned()
    }

    /// How many elements there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn account(charged: &Cell<usize>, capacity: usize) {
    let now = BARE + capacity * size_of::<Value>();
    memory::release(charged.replace(now));
    memory::charge(now);
}

/// The elements of a list while they are changed.
pub struct ItemsMut<'a> {
    items: RefMut<'a, Vec<Value>>,
    charged: &'a Cell<usize>,
}

impl Deref for ItemsMut<'_> {
    type Target = Vec<Value>;
    fn deref(&self) -> &Vec<Value> {
        &self.items
    }
}

impl DerefMut for ItemsMut<'_> {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        &mut self.items
    }
}

impl Drop for ItemsMut<'_> {
    fn drop(&mut self) {
        account(self.charged, self.items.capacity());
    }
}

impl Default for List {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        let charged = Cell::new(0);
        account(&charged, items.capacity());
        Self { items: RefCell::new(items), element: None, charged, noted: Cell::new(false), walks: Cell::new(0) }
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }
}

impl Drop for List {
    fn drop(&mut self) {
        memory::release(self.charged.get());
        let items = self.items.get_mut();
        if items.iter().any(Value::is_container) {
            memory::bury(items.drain(..));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::List;
    use crate::Value;

    #[test]
    fn a_million_nested_lists_are_dropped_without_recursion() {
        let mut value = Value::Null;
        for _ in 0..1_000_000 {
            value = Value::from(List::from(vec![value]));
        }
        drop(value);
    }

    #[test]
    fn memory_is_given_back() {
        let before = crate::memory::live();
        let list = Rc::new(List::default());
        for i in 0..1000 {
            list.push(Value::from(i));
        }
        list.items_mut().truncate(10);
        assert!(crate::memory::live() > before);
        drop(list);
        assert_eq!(crate::memory::live(), before);
    }
}
