//! What the parts of one JSON document share: keys and short texts, which are there once however often they come.

use std::rc::Rc;

use super::plain_bytes;
use crate::{Text, Value, hash_text};

/// The keys met so far in a document, so that a thousand records share them.
///
/// A fixed number of slots, two for each hash: two keys of one slot do not push each other out at every record.
/// Each slot remembers the slot of the key that followed it, because the records of a list have the same keys in the same order:
/// then a comparison of bytes replaces the hash.
pub(super) struct Keys {
    /// None before the first key.
    slots: Vec<Option<Key>>,
    /// How many there will be; a power of two.
    size: usize,
    last: usize,
}

struct Key {
    hash: u32,
    text: Rc<Text>,
    next: usize,
}

impl Keys {
    /// For a document of so many bytes. A short one has few keys, and filling many slots would take longer than to read it.
    pub(super) fn new(bytes: usize) -> Self {
        Self { slots: Vec::new(), size: if bytes < 512 { 16 } else { 128 }, last: 0 }
    }

    /// The key that followed the last one before, if the text goes on with it and its quote.
    #[inline]
    pub(super) fn guess(&mut self, rest: &[u8]) -> Option<(usize, (u32, Value))> {
        let next = self.slots.get(self.last)?.as_ref()?.next;
        let key = self.slots.get(next)?.as_ref()?;
        let bytes = key.text.as_str().as_bytes();
        if rest.get(bytes.len()) != Some(&b'"') || !rest.starts_with(bytes) {
            return None;
        }
        self.last = next;
        Some((bytes.len(), (key.hash, Value::Text(key.text.clone()))))
    }

    pub(super) fn share(&mut self, key: &str) -> (u32, Value) {
        if self.slots.is_empty() {
            self.slots.resize_with(self.size, || None);
        }
        let hash = hash_text(key);
        let first = hash as usize % self.size;
        let is_known = |known: &Key| known.hash == hash && known.text.as_str() == key;
        let found = [first, first ^ 1].into_iter().find(|slot| self.slots[*slot].as_ref().is_some_and(is_known));
        let slot = found.unwrap_or(if self.slots[first].is_none() { first } else { first ^ 1 });
        if let Some(before) = &mut self.slots[self.last] {
            before.next = slot;
        }
        self.last = slot;
        if found.is_some()
            && let Some(known) = &self.slots[slot]
        {
            return (hash, Value::Text(known.text.clone()));
        }
        let text = Rc::new(Text::from(key));
        self.slots[slot] = Some(Key { hash, text: text.clone(), next: slot });
        (hash, Value::Text(text))
    }
}

/// Short texts met so far in a document: a status or a country code of a thousand records is one text.
#[derive(Default)]
pub(super) struct Words {
    /// How many short texts there were. The first ones are not kept, as most documents are small.
    met: usize,
    /// The text that was met last in each place.
    places: Vec<(Word, Value)>,
}

/// The bytes of a text of at most seven bytes, with their number in the highest one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word(u64);

impl Word {
    /// The number of bytes.
    pub(super) fn length(self) -> usize {
        (self.0 >> 56) as usize
    }
}

impl Words {
    /// As a power of two.
    const PLACES: u32 = 6;

    /// How many short texts come before they are kept.
    const FIRST: usize = 8;

    /// The text that `rest` begins with, if it is short and its quote follows without an escape before it.
    #[inline]
    pub(super) fn begin(&self, rest: &[u8]) -> Option<Word> {
        let bytes = u64::from_le_bytes(rest.get(..8)?.try_into().ok()?);
        let length = plain_bytes(bytes, b'"');
        let ends = length < 8 && rest[length] == b'"';
        ends.then(|| Word(bytes & ((1 << (8 * length)) - 1) | (length as u64) << 56))
    }

    /// The text of a word, which is `text`.
    #[inline]
    pub(super) fn share(&mut self, word: Word, text: &str) -> Value {
        self.met += 1;
        if self.met <= Self::FIRST {
            return Value::from(text);
        }
        if self.places.is_empty() {
            // No text has so many bytes.
            self.places = vec![(Word(u64::MAX), Value::Null); 1 << Self::PLACES];
        }
        let place = word.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - Self::PLACES);
        let place = &mut self.places[place as usize];
        if place.0 != word {
            *place = (word, Value::from(text));
        }
        place.1.clone()
    }
}
