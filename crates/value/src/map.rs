//! KEY-VALUE: keys in the order of their insertion, found by a scan while few and by hash above.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::hash::BuildHasher;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use hashbrown::HashTable;
use rust_decimal::prelude::ToPrimitive;

use crate::{Decimal, Small, Text, Value, budget, cycle, memory, same, sort_by, whole};

/// Up to this many entries a scan over the stored hashes beats a table.
const SCAN: usize = 16;

struct Entry {
    /// The hash of the key; [`VACANT`] where a key was taken out.
    hash: u32,
    key: Value,
    value: Value,
}

/// No key has this hash.
const VACANT: u32 = 0;

impl Entry {
    fn is_taken(&self) -> bool {
        self.hash != VACANT
    }
}

/// Keys with their values, in the order in which the keys came.
#[derive(Default)]
pub struct Map {
    entries: Vec<Entry>,
    /// Present above [`SCAN`] entries.
    index: Option<Box<Index>>,
}

/// Where the keys of a larger map are.
#[derive(Default)]
struct Index {
    places: HashTable<u32>,
    /// How many entries are vacant: the place of a key that is taken out stays, so that the others keep theirs.
    vacant: usize,
}

/// The hash of a text key; a TEXT keeps it once it was asked for.
#[inline]
pub(crate) fn hash_text(key: &str) -> u32 {
    // A fixed seed per process would be open to chosen keys; this one is drawn at the first use and never shows.
    // Zero means that the hash has not been computed yet, or that there is no key.
    (foldhash::fast::FixedState::with_seed(seed()).hash_one(key) as u32).max(1)
}

fn seed() -> u64 {
    static SEED: std::sync::LazyLock<u64> =
        std::sync::LazyLock::new(|| foldhash::fast::RandomState::default().hash_one(0u8));
    *SEED
}

#[inline]
pub(crate) fn hash_value(key: &Value) -> u32 {
    match key {
        Value::Text(text) => text.hash(),
        other => hash_other(other).max(1),
    }
}

fn hash_other(key: &Value) -> u32 {
    match key {
        Value::Number(n) => hash_number(*n),
        // Numbers that are equal hash alike, whatever their kind and scale.
        Value::Small(s) => whole(key).map_or_else(|| hash_float(s.to_f64()), hash_number),
        Value::Big(big) => whole(key).map_or_else(|| hash_big(big), hash_number),
        Value::Float(f) => whole(key).map_or_else(|| hash_float(f.get()), hash_number),
        Value::Bool(b) => u32::from(b.get()),
        Value::Date(ms) | Value::DateTime(ms) => *ms as u32 ^ 0x5bd1_e995,
        // The lowest bit says how it is written.
        Value::Time(ms) => (*ms >> 1) as u32 ^ 0x5bd1_e995,
        _ => RARE,
    }
}

/// The hash of what is rare as a key: one bucket, told apart by comparison.
const RARE: u32 = 0x51ed_270b;

/// As the smaller kinds of numbers where it equals one.
fn hash_big(big: &Decimal) -> u32 {
    let digits = big.normalize();
    match Small::from_decimal(&digits) {
        Some(small) => hash_float(small.to_f64()),
        None => digits.to_f64().map_or(RARE, hash_float),
    }
}

#[inline]
pub(crate) fn hash_number(n: i64) -> u32 {
    (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32) as u32
}

fn hash_float(f: f64) -> u32 {
    hash_number(f.to_bits() as i64)
}

impl Map {
    /// A map with room for that many keys.
    #[must_use]
    pub fn with_capacity(keys: usize) -> Self {
        let index = (keys > SCAN).then(|| Box::new(Index { places: HashTable::with_capacity(keys), vacant: 0 }));
        Self { entries: Vec::with_capacity(keys), index }
    }

    /// How many keys there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len() - self.index.as_ref().map_or(0, |index| index.vacant)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn find(&self, hash: u32, matches: impl Fn(&Value) -> bool) -> Option<usize> {
        let Some(index) = &self.index else {
            return self.entries.iter().position(|e| e.hash == hash && matches(&e.key));
        };
        let found = index.places.find(spread(hash), |i| {
            let entry = &self.entries[*i as usize];
            entry.hash == hash && matches(&entry.key)
        });
        found.map(|i| *i as usize)
    }

    #[inline(always)]
    fn position(&self, hash: u32, key: &Value) -> Option<usize> {
        match key {
            Value::Text(text) => {
                self.find(hash, |k| matches!(k, Value::Text(t) if Rc::ptr_eq(t, text) || t.as_str() == text.as_str()))
            }
            // Keys may be chosen so that their hashes collide. When the run is over any place will do.
            _ => self.find(hash, |k| same(k, key) || !budget::step()),
        }
    }

    #[inline(always)]
    fn position_text(&self, hash: u32, key: &str) -> Option<usize> {
        self.find(hash, |k| matches!(k, Value::Text(t) if t.as_str() == key))
    }

    /// The value of a key.
    #[must_use]
    #[inline]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.position(hash_value(key), key).map(|i| &self.entries[i].value)
    }

    /// The value of a text key.
    #[must_use]
    #[inline]
    pub fn get_text(&self, key: &str) -> Option<&Value> {
        self.position_text(hash_text(key), key).map(|i| &self.entries[i].value)
    }

    /// As [`Map::get`], for a place in a script where the same key is asked for again and again, mostly of maps that were
    /// made alike: `hint` remembers at which place the key was found last.
    #[must_use]
    #[inline(always)]
    pub fn get_near(&self, key: &Value, hint: &Cell<u32>) -> Option<&Value> {
        match self.entries.get(hint.get() as usize) {
            Some(entry) if is_same_text(&entry.key, key) => Some(&entry.value),
            _ => self.get_far(key, hint),
        }
    }

    /// The rest of [`Map::get_near`]: the key is elsewhere, or another text with the same letters.
    #[inline(never)]
    fn get_far(&self, key: &Value, hint: &Cell<u32>) -> Option<&Value> {
        let hash = hash_value(key);
        if self.is_at(hint.get(), hash, key) {
            return self.entries.get(hint.get() as usize).map(|entry| &entry.value);
        }
        let at = self.position(hash, key)?;
        hint.set(at as u32);
        Some(&self.entries[at].value)
    }

    /// As [`Map::insert`], with a hint as for [`Map::get_near`].
    #[inline]
    pub fn insert_near(&mut self, key: &Value, value: Value, hint: &Cell<u32>) -> Option<Value> {
        let hash = hash_value(key);
        if self.is_at(hint.get(), hash, key)
            && let Some(entry) = self.entries.get_mut(hint.get() as usize)
        {
            return Some(std::mem::replace(&mut entry.value, value));
        }
        if let Some(at) = self.position(hash, key) {
            hint.set(at as u32);
            return Some(std::mem::replace(&mut self.entries[at].value, value));
        }
        self.append(hash, key.clone(), value);
        None
    }

    /// Whether a text key is at a place. Others are not asked for often enough.
    #[inline(always)]
    fn is_at(&self, place: u32, hash: u32, key: &Value) -> bool {
        match (self.entries.get(place as usize), key) {
            (Some(Entry { hash: other, key: Value::Text(k), .. }), Value::Text(key)) => {
                *other == hash && (Rc::ptr_eq(k, key) || k.as_str() == key.as_str())
            }
            _ => false,
        }
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key(&self, key: &Value) -> bool {
        self.position(hash_value(key), key).is_some()
    }

    /// Puts a value under a key. A key that exists keeps its place; the old value comes back.
    #[inline]
    pub fn insert(&mut self, key: Value, value: Value) -> Option<Value> {
        self.insert_hashed(hash_value(&key), key, value)
    }

    /// As [`Map::insert`], for a key whose hash is known: [`hash_text`] of a TEXT.
    #[inline]
    pub(crate) fn insert_hashed(&mut self, hash: u32, key: Value, value: Value) -> Option<Value> {
        if let Some(i) = self.position(hash, &key) {
            return Some(std::mem::replace(&mut self.entries[i].value, value));
        }
        self.append(hash, key, value);
        None
    }

    /// Adds a key that is not there.
    #[inline]
    fn append(&mut self, hash: u32, key: Value, value: Value) {
        let at = self.entries.len();
        if at == self.entries.capacity() {
            // Very many maps have one key or two; a vector would begin with four places.
            self.entries.reserve_exact(at.max(2));
        }
        self.entries.push(Entry { hash, key, value });
        if let Some(index) = &mut self.index {
            let entries = &self.entries;
            index.places.insert_unique(spread(hash), at as u32, |i| spread(entries[*i as usize].hash));
        } else if at >= SCAN {
            self.reindex();
        }
    }

    /// Puts a value under a text key.
    pub fn insert_text(&mut self, key: impl Into<Text>, value: impl Into<Value>) -> Option<Value> {
        self.insert(Value::text(key), value.into())
    }

    /// Takes a key out; the others keep their order.
    pub fn remove(&mut self, key: &Value) -> Option<Value> {
        let hash = hash_value(key);
        let at = self.position(hash, key)?;
        let Some(index) = &mut self.index else {
            return Some(self.entries.remove(at).value);
        };
        if let Ok(place) = index.places.find_entry(spread(hash), |i| *i as usize == at) {
            place.remove();
        }
        if at + 1 == self.entries.len() {
            let last = self.entries.pop();
            // Of vacant places at the end nobody needs to know.
            while self.entries.last().is_some_and(|e| !e.is_taken()) {
                self.entries.pop();
                index.vacant -= 1;
            }
            return last.map(|entry| entry.value);
        }
        index.vacant += 1;
        let entry =
            std::mem::replace(&mut self.entries[at], Entry { hash: VACANT, key: Value::Null, value: Value::Null });
        if index.vacant > SCAN && index.vacant * 2 > self.entries.len() {
            self.reindex();
        }
        Some(entry.value)
    }

    /// Takes all keys out.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.index = None;
    }

    /// Sorts the entries by a comparison of keys and values, which takes about `weight` units of the run's budget.
    pub fn sort_by(
        &mut self,
        weight: usize,
        mut compare: impl FnMut((&Value, &Value), (&Value, &Value)) -> std::cmp::Ordering,
    ) {
        self.close_gaps();
        // A run that is stopped meanwhile uses nothing of it.
        let _sorted = sort_by(&mut self.entries, weight, |a, b| compare((&a.key, &a.value), (&b.key, &b.value)));
        self.reindex();
    }

    /// Keeps the entries for which a test holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Value, &Value) -> bool) {
        self.entries.retain(|e| e.is_taken() && keep(&e.key, &e.value));
        self.reindex();
    }

    /// Keys with their values, in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { entries: self.entries.iter(), left: self.len() }
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Value> + DoubleEndedIterator {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> + DoubleEndedIterator {
        self.iter().map(|(_, value)| value)
    }

    fn close_gaps(&mut self) {
        if self.index.as_ref().is_some_and(|index| index.vacant > 0) {
            self.entries.retain(Entry::is_taken);
        }
    }

    /// Finds out anew where the keys are, after entries moved.
    fn reindex(&mut self) {
        self.close_gaps();
        if self.entries.len() <= SCAN {
            self.index = None;
            return;
        }
        let entries = &self.entries;
        let index = self.index.get_or_insert_default();
        index.vacant = 0;
        index.places.clear();
        index.places.reserve(entries.len() * 2, |i| spread(entries[*i as usize].hash));
        for (i, entry) in entries.iter().enumerate() {
            index.places.insert_unique(spread(entry.hash), i as u32, |i| spread(entries[*i as usize].hash));
        }
    }

    /// Visits all keys and values.
    pub(crate) fn each(&self, visit: &mut impl FnMut(&Value)) {
        for entry in &self.entries {
            visit(&entry.key);
            visit(&entry.value);
        }
    }

    /// Moves all keys and values out.
    pub(crate) fn drain_into(&mut self, contents: &mut Vec<Value>) {
        self.index = None;
        contents.extend(std::mem::take(&mut self.entries).into_iter().flat_map(|e| [e.key, e.value]));
    }

    pub(crate) fn held(&self) -> usize {
        let index = self.index.as_ref();
        self.entries.capacity() * size_of::<Entry>()
            + index.map_or(0, |index| size_of::<Index>() + index.places.capacity() * size_of::<u32>())
    }
}

/// Whether two keys are one and the same text. Keys that are written in a script are: equal ones are made once.
#[inline(always)]
fn is_same_text(a: &Value, b: &Value) -> bool {
    matches!((a, b), (Value::Text(a), Value::Text(b)) if Rc::ptr_eq(a, b))
}

/// Keys with their values, in the order in which the keys came.
pub struct Iter<'a> {
    entries: std::slice::Iter<'a, Entry>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Value, &'a Value);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.find(|e| e.is_taken())?;
        self.left -= 1;
        Some((&entry.key, &entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let entry = self.entries.rfind(|e| e.is_taken())?;
        self.left -= 1;
        Some((&entry.key, &entry.value))
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// The table takes its position from the low and its tag from the high bits of a 64-bit hash.
#[inline]
pub(crate) fn spread(hash: u32) -> u64 {
    u64::from(hash) | (u64::from(hash) << 32)
}

impl Drop for Map {
    fn drop(&mut self) {
        if self.entries.iter().any(|e| e.value.is_container() || e.key.is_container()) {
            memory::bury(self.entries.drain(..).flat_map(|e| [e.key, e.value]));
        }
    }
}

impl FromIterator<(Value, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut map = Map::with_capacity(pairs.size_hint().0);
        for (key, value) in pairs {
            if !budget::step() {
                break;
            }
            map.insert(key, value);
        }
        map
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A map that is shared: all who hold it see its changes.
pub struct MapCell {
    map: RefCell<Map>,
    charged: Cell<usize>,
    error: bool,
    /// Whether the cycle collector knows it.
    noted: Cell<bool>,
}

/// What a map takes without its entries.
const BARE: usize = memory::COUNTERS + size_of::<MapCell>();

impl MapCell {
    /// The map that a `catch` variable holds; it prints as a message with its line.
    #[must_use]
    pub fn error(map: Map) -> Self {
        let mut cell = Self::from(map);
        cell.error = true;
        cell
    }

    /// An empty map for a caller that lends it out without keeping a reference: it is noted from the start.
    pub(crate) fn lent() -> Rc<Self> {
        let map = Rc::new(Self::from(Map::default()));
        cycle::note(&map, &map.noted);
        map
    }

    /// Whether a `catch` made it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.error
    }

    /// The map, to read.
    #[must_use]
    #[inline]
    pub fn borrow(&self) -> Ref<'_, Map> {
        self.map.borrow()
    }

    /// The map, to read, unless it is being changed just now: a map may be part of its own key.
    pub(crate) fn try_borrow(&self) -> Option<Ref<'_, Map>> {
        self.map.try_borrow().ok()
    }

    /// The map, to change. Nothing else may look at it while the guard lives.
    #[must_use]
    #[inline]
    pub fn borrow_mut(self: &Rc<Self>) -> MapMut<'_> {
        cycle::before_change(self, &self.noted);
        MapMut { map: self.map.borrow_mut(), charged: &self.charged }
    }

    /// Puts a value under a key, as [`Map::insert_near`] does.
    #[inline(always)]
    pub fn put_near(self: &Rc<Self>, key: &Value, value: Value, hint: &Cell<u32>) {
        cycle::before_change(self, &self.noted);
        let mut map = self.map.borrow_mut();
        match map.entries.get_mut(hint.get() as usize) {
            Some(entry) if is_same_text(&entry.key, key) => {
                let old = std::mem::replace(&mut entry.value, value);
                // The old value may hold much, and this map with it.
                drop(map);
                drop(old);
            }
            _ => {
                drop(map);
                self.put_far(key, value, hint);
            }
        }
    }

    #[inline(never)]
    fn put_far(self: &Rc<Self>, key: &Value, value: Value, hint: &Cell<u32>) {
        let old = self.borrow_mut().insert_near(key, value, hint);
        drop(old);
    }

    /// Moves all keys and values out, unless the map is being changed just now.
    pub(crate) fn drain_into(&self, contents: &mut Vec<Value>) {
        if let Ok(mut map) = self.map.try_borrow_mut() {
            map.drain_into(contents);
            account(&self.charged, &map);
        }
    }
}

/// A map while it is changed.
pub struct MapMut<'a> {
    map: RefMut<'a, Map>,
    charged: &'a Cell<usize>,
}

impl Deref for MapMut<'_> {
    type Target = Map;
    fn deref(&self) -> &Map {
        &self.map
    }
}

impl DerefMut for MapMut<'_> {
    fn deref_mut(&mut self) -> &mut Map {
        &mut self.map
    }
}

impl Drop for MapMut<'_> {
    #[inline]
    fn drop(&mut self) {
        account(self.charged, &self.map);
    }
}

#[inline]
fn account(charged: &Cell<usize>, map: &Map) {
    let now = BARE + map.held();
    if now != charged.get() {
        memory::release(charged.replace(now));
        memory::charge(now);
    }
}

impl From<Map> for MapCell {
    fn from(map: Map) -> Self {
        let charged = Cell::new(0);
        account(&charged, &map);
        Self { map: RefCell::new(map), charged, error: false, noted: Cell::new(false) }
    }
}

impl Drop for MapCell {
    fn drop(&mut self) {
        memory::release(self.charged.get());
    }
}

#[cfg(test)]
mod tests {
    use super::Map;
    use crate::Value;

    #[test]
    fn order_is_that_of_insertion_below_and_above_the_scan() {
        for n in [3, 16, 17, 100] {
            let mut map = Map::default();
            for i in (0..n).rev() {
                map.insert(Value::from(format!("k{i}")), Value::from(i));
            }
            assert!(map.insert(Value::from("k1"), Value::from(-1)).is_some());
            assert_eq!(map.len(), n as usize);
            assert_eq!(map.keys().next().and_then(Value::as_str), Some(format!("k{}", n - 1).as_str()));
            assert!(map.remove(&Value::from("k0")).is_some());
            assert!(map.get_text("k0").is_none());
            assert!(matches!(map.get_text("k1"), Some(Value::Number(-1))));
            assert!(matches!(map.get_text("k2"), Some(Value::Number(2))));
        }
    }

    #[test]
    fn taking_keys_out_keeps_the_order_and_what_is_found() {
        for n in [10, 17, 40, 200] {
            for step in [1, 2, 3, 7] {
                let mut map: Map = (0..n).map(|i| (Value::from(i), Value::from(i))).collect();
                let mut expected: Vec<i64> = (0..n).collect();
                for gone in (0..n).filter(|i| i % step == 0) {
                    assert!(map.remove(&Value::from(gone)).is_some());
                    assert!(map.remove(&Value::from(gone)).is_none());
                    expected.retain(|i| *i != gone);
                    if gone % 5 == 0 {
                        map.insert(Value::from(gone), Value::Null);
                        expected.push(gone);
                    }
                    assert_eq!(map.len(), expected.len());
                    let keys: Vec<i64> = map.keys().filter_map(crate::whole).collect();
                    assert_eq!(keys, expected);
                    let mut back: Vec<i64> = map.keys().rev().filter_map(crate::whole).collect();
                    back.reverse();
                    assert_eq!(back, expected);
                    assert!(expected.iter().all(|i| map.contains_key(&Value::from(*i))));
                }
            }
        }
    }

    #[test]
    fn keys_of_any_kind_are_told_apart() {
        let mut map = Map::default();
        map.insert(Value::from(1), Value::from("number"));
        map.insert(Value::from("1"), Value::from("text"));
        map.insert(Value::from(vec![Value::from("a")]), Value::from("list"));
        assert_eq!(map.get(&Value::from(1)).and_then(Value::as_str), Some("number"));
        assert_eq!(map.get(&Value::from("1")).and_then(Value::as_str), Some("text"));
        assert_eq!(map.get(&Value::from(vec![Value::from("a")])).and_then(Value::as_str), Some("list"));
    }
}
