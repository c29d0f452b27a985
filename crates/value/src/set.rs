//! A set of values for the time of one operation: what `distinct`, `intersect` and `removeAll` ask.
//!
//! A map finds its keys by a hash that never changes, so that a list or map, which may change, cannot lend it its content.
//! Nothing changes while one function of the language runs, and so this set hashes the content as well.

use hashbrown::HashTable;

use crate::map::{hash_number, hash_value, spread};
use crate::{Braces, Entries, Map, Value, budget, same};

/// Values that differ from each other, in the order in which they came. It must not outlive a change of its values.
#[derive(Default)]
pub struct ValueSet {
    values: Vec<(u32, Value)>,
    table: HashTable<u32>,
}

impl ValueSet {
    /// Adds a value; false when one that is [`same`] is there.
    pub fn insert(&mut self, value: Value) -> bool {
        let hash = content_hash(&value, 0);
        if self.find(hash, &value) {
            return false;
        }
        let values = &self.values;
        self.table.insert_unique(spread(hash), values.len() as u32, |i| spread(values[*i as usize].0));
        self.values.push((hash, value));
        true
    }

    /// Whether there is a value that is [`same`].
    #[must_use]
    pub fn contains(&self, value: &Value) -> bool {
        self.find(content_hash(value, 0), value)
    }

    /// The values, in the order in which they came.
    pub fn into_values(self) -> impl ExactSizeIterator<Item = Value> {
        self.values.into_iter().map(|(_, value)| value)
    }

    fn find(&self, hash: u32, value: &Value) -> bool {
        let same_here = |i: &u32| {
            let (other_hash, other) = &self.values[*i as usize];
            // When the run is over any answer will do.
            *other_hash == hash && (same(other, value) || !budget::step())
        };
        self.table.find(spread(hash), same_here).is_some()
    }
}

impl FromIterator<Value> for ValueSet {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut set = Self::default();
        for value in values {
            if !budget::step() {
                break;
            }
            set.insert(value);
        }
        set
    }
}

/// Below this many levels the content counts; deeper, only how many parts there are.
const LEVELS: usize = 3;

/// Of a longer list only the first elements and the length count; of a larger map only its size.
const PARTS: usize = 64;

/// What all empty containers have in common: braces that are not decided yet are the same as each of them.
const EMPTY: u32 = 1;

/// A hash that is equal for values that are [`same`].
fn content_hash(value: &Value, level: usize) -> u32 {
    match value {
        Value::List(list) => list.try_items().map_or(EMPTY, |items| row(&items, level)),
        Value::Map(map) => map.try_borrow().map_or(EMPTY, |map| keyed(&map, level)),
        Value::Collection(collection) => match collection.try_entries().as_deref() {
            None | Some(Entries::Undecided) => EMPTY,
            Some(Entries::Row(items)) => row(items, level),
            Some(Entries::Keyed(map)) => keyed(map, level),
        },
        Value::Braces(braces) => Braces::decided(braces).map_or(EMPTY, |decided| content_hash(decided, level)),
        // A record is the same as its ID.
        Value::Record(record) => hash_number(record.id()),
        other => hash_value(other),
    }
}

fn row(items: &[Value], level: usize) -> u32 {
    if items.is_empty() {
        return EMPTY;
    }
    let start = hash_number(items.len() as i64);
    let counted = if level < LEVELS && budget::spend(items.len().min(PARTS)) { PARTS } else { 0 };
    items
        .iter()
        .take(counted)
        .fold(start, |hash, item| hash.rotate_left(5).wrapping_mul(0x9E37_79B1) ^ content_hash(item, level + 1))
}

/// The order of keys does not matter, so that their hashes are added up.
fn keyed(map: &Map, level: usize) -> u32 {
    if map.is_empty() {
        return EMPTY;
    }
    let start = hash_number(!(map.len() as i64));
    if level >= LEVELS || map.len() > PARTS || !budget::spend(map.len()) {
        return start;
    }
    map.iter().fold(start, |hash, (key, value)| {
        let key = content_hash(key, level + 1);
        hash.wrapping_add((key ^ content_hash(value, level + 1).rotate_left(16)).wrapping_mul(0x85EB_CA6B))
    })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::ValueSet;
    use crate::{Collection, Map, MapCell, Value, same};

    fn map(pairs: &[(&str, Value)]) -> Value {
        let map: Map = pairs.iter().map(|(key, value)| (Value::from(*key), value.clone())).collect();
        Value::Map(Rc::new(MapCell::from(map)))
    }

    #[test]
    fn what_is_the_same_is_found() {
        let list = |items: Vec<Value>| Value::from(items);
        let same_values = [
            (Value::from(1), crate::parse_decimal("1.00").unwrap_or_default()),
            (map(&[("a", 1.into()), ("b", 2.into())]), map(&[("b", 2.into()), ("a", 1.into())])),
            (
                list(vec![map(&[("a", 1.into())])]),
                list(vec![map(&[("a", crate::parse_decimal("1.0").unwrap_or_default())])]),
            ),
            (Value::Time(7 << 1), Value::Time((7 << 1) | 1)),
            (Value::from(Collection::from(vec![Value::from(1)])), Value::from(Collection::from(vec![Value::from(1)]))),
        ];
        for (a, b) in same_values {
            assert!(same(&a, &b), "{a:?} {b:?}");
            let mut set = ValueSet::default();
            assert!(set.insert(a));
            assert!(set.contains(&b) && !set.insert(b));
        }
    }

    #[test]
    fn what_differs_stays_apart() {
        let mut set = ValueSet::default();
        for i in 0..2000 {
            assert!(set.insert(map(&[("id", i.into()), ("tags", Value::from(vec![i.into(), "x".into()]))])));
            assert!(set.insert(Value::from(vec![Value::from(i)])));
        }
        assert_eq!(set.into_values().len(), 4000);
    }

    #[test]
    fn a_large_list_counts_by_its_length_and_beginning() {
        let long = |last: i64| Value::from((0..1000).chain([last]).map(Value::from).collect::<Vec<_>>());
        let mut set = ValueSet::default();
        assert!(set.insert(long(1)) && set.insert(long(2)) && !set.insert(long(1)));
    }
}
