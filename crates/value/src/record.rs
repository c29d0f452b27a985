//! Records of forms: what a query found, and single records with their fields.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::{List, Map, Value, memory};

/// One record: its form, its ID, and its fields once they were read.
pub struct Row {
    form: Rc<str>,
    id: i64,
    fields: RefCell<Option<Map>>,
    /// Values that were read through lookups, by their dotted paths.
    linked: RefCell<Map>,
    read_at: Cell<u64>,
    linked_at: Cell<u64>,
}

impl Row {
    /// A record whose fields were not read yet.
    #[must_use]
    pub fn new(form: Rc<str>, id: i64) -> Self {
        memory::charge(size_of::<Row>());
        Self {
            form,
            id,
            fields: RefCell::default(),
            linked: RefCell::default(),
            read_at: Cell::default(),
            linked_at: Cell::default(),
        }
    }

    /// The form's link name.
    #[must_use]
    pub fn form(&self) -> &Rc<str> {
        &self.form
    }

    /// The record's ID.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Takes the fields as they are at a moment; `None` for a record that is gone.
    pub fn fill(&self, fields: Option<Map>, moment: u64) {
        *self.fields.borrow_mut() = fields;
        self.read_at.set(moment + 1);
    }

    /// Whether the fields were read at that moment or later.
    #[must_use]
    pub fn is_read(&self, moment: u64) -> bool {
        self.read_at.get() > moment
    }

    /// Whether there is no such record.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.fields.borrow().is_none()
    }

    /// The value of a field; of two names that differ in the case of their letters the exact one. A list is a copy:
    /// changing it does not change the record.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Value> {
        let fields = self.fields.borrow();
        let fields = fields.as_ref()?;
        let found = fields.get_text(name).or_else(|| {
            let same = |key: &Value| key.as_str().is_some_and(|key| key.eq_ignore_ascii_case(name));
            fields.iter().find(|(key, _)| same(key)).map(|(_, value)| value)
        });
        found.map(copied)
    }

    /// A value that was read through lookups, if nothing was written since.
    #[must_use]
    pub fn linked(&self, path: &str, moment: u64) -> Option<Value> {
        if self.linked_at.get() != moment {
            return None;
        }
        self.linked.borrow().get_text(path).map(copied)
    }

    /// Keeps a value that was read through lookups at a moment.
    pub fn keep_linked(&self, path: &str, value: &Value, moment: u64) {
        let mut linked = self.linked.borrow_mut();
        if self.linked_at.replace(moment) != moment {
            *linked = Map::default();
        }
        linked.insert_text(path, copied(value));
    }
}

fn copied(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::from(List::from(list.items().to_vec())),
        other => other.clone(),
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        memory::release(size_of::<Row>());
    }
}

/// The record that a subform's rows belong to, and the subform's field.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The form's link name.
    pub form: Rc<str>,
    /// The record's ID.
    pub id: i64,
    /// The subform.
    pub field: String,
}

/// Rows that are held at a time.
pub const PAGE: usize = 100;

/// Records that a query found, or the rows of a subform: all IDs, and some of the rows.
pub struct Records {
    form: Rc<str>,
    ids: Box<[i64]>,
    owner: Option<Owner>,
    /// The rows that are held, and the place of the first.
    page: RefCell<(usize, Vec<Rc<Row>>)>,
}

impl Records {
    /// Records of a form by their IDs.
    #[must_use]
    pub fn new(form: Rc<str>, ids: Vec<i64>, owner: Option<Owner>) -> Self {
        memory::charge(ids.len() * size_of::<i64>() + size_of::<Records>());
        Self { form, ids: ids.into(), owner, page: RefCell::default() }
    }

    /// The form's link name.
    #[must_use]
    pub fn form(&self) -> &Rc<str> {
        &self.form
    }

    /// The IDs, in order.
    #[must_use]
    pub fn ids(&self) -> &[i64] {
        &self.ids
    }

    /// What the rows belong to, when they are those of a subform.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    /// The row at a place, if it is among those that are held.
    #[must_use]
    pub fn held(&self, place: usize) -> Option<Rc<Row>> {
        let page = self.page.borrow();
        place.checked_sub(page.0).and_then(|at| page.1.get(at)).cloned()
    }

    /// Holds the rows from a place on, in place of those held before.
    pub fn hold(&self, first: usize, rows: Vec<Rc<Row>>) {
        *self.page.borrow_mut() = (first, rows);
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        memory::release(self.ids.len() * size_of::<i64>() + size_of::<Records>());
    }
}
