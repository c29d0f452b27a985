//! How much room a value would take as data, found out without making the data.
//!
//! A list that holds another one twice, and that one a third twice, doubles at every level: as a value it is small, as data
//! it is huge. What is held more than once is therefore weighed once.

use std::collections::HashMap;
use std::rc::Rc;

use rainwright_effect::{Data, MAX_DEPTH};
use rainwright_value::{Entries, Map, Result, Value, budget};

/// The bytes that a value takes as data, about; at most `usize::MAX`.
///
/// # Errors
/// Why the run is over, when it ended meanwhile.
pub(super) fn needed(value: &Value) -> Result<usize> {
    Scale { known: HashMap::default(), depth: 0 }.weigh(value)
}

struct Scale {
    /// What containers weigh that are held more than once, by their place.
    known: HashMap<*const (), usize, foldhash::fast::RandomState>,
    depth: usize,
}

impl Scale {
    fn weigh(&mut self, value: &Value) -> Result<usize> {
        budget::charge(1)?;
        let inside = match value {
            Value::Text(text) => text.as_str().len(),
            Value::List(list) => self.container(list, |scale| scale.all(list.items().iter()))?,
            Value::Map(map) => self.container(map, |scale| scale.map(&map.borrow()))?,
            Value::Collection(collection) => self.container(collection, |scale| match &*collection.entries() {
                Entries::Undecided => Ok(0),
                Entries::Row(row) => scale.all(row.iter()),
                Entries::Keyed(map) => scale.map(map),
            })?,
            Value::Braces(braces) => self.container(braces, |scale| scale.all(braces.decided().into_iter()))?,
            _ => 0,
        };
        Ok(inside.saturating_add(size_of::<Data>()))
    }

    fn all<'v>(&mut self, mut values: impl Iterator<Item = &'v Value>) -> Result<usize> {
        values.try_fold(0_usize, |sum, value| Ok(sum.saturating_add(self.weigh(value)?)))
    }

    fn map(&mut self, map: &Map) -> Result<usize> {
        self.all(map.iter().flat_map(|(key, value)| [key, value]))
    }

    fn container<T>(&mut self, held: &Rc<T>, weigh: impl FnOnce(&mut Self) -> Result<usize>) -> Result<usize> {
        // Deeper than this no data is made, and that is told elsewhere.
        if self.depth >= MAX_DEPTH {
            return Ok(0);
        }
        let place = (Rc::strong_count(held) > 1).then(|| Rc::as_ptr(held).cast::<()>());
        if let Some(known) = place.and_then(|place| self.known.get(&place)) {
            return Ok(*known);
        }
        // One that holds itself weighs nothing inside of itself.
        self.known.extend(place.map(|place| (place, 0)));
        self.depth += 1;
        let weight = weigh(self)?;
        self.depth -= 1;
        self.known.extend(place.map(|place| (place, weight)));
        Ok(weight)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::needed;
    use rainwright_value::Value;

    fn pair(inner: &Value) -> Value {
        vec![inner.clone(), inner.clone()].into()
    }

    #[test]
    fn what_is_shared_counts_as_often_as_it_is_held() {
        let small = needed(&Value::from("text")).unwrap();
        let one = pair(&Value::from("text"));
        assert!(needed(&one).unwrap() > 2 * small);
        let (two, apart) = (pair(&one), Value::from(vec![pair(&Value::from("text")), pair(&Value::from("text"))]));
        assert_eq!(needed(&two).unwrap(), needed(&apart).unwrap());
        let tower = (0..150).fold(one, |inner, _| pair(&inner));
        assert_eq!(needed(&tower).unwrap(), usize::MAX);
    }

    #[test]
    fn what_holds_itself_ends() {
        let list = Value::from(vec![Value::Null]);
        list.as_list().unwrap().push(list.clone());
        assert!(needed(&list).is_ok());
    }
}
