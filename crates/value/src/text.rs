//! TEXT: UTF-8 inside, counted in UTF-16 units outside, as Zoho's Java host counts.

use std::borrow::Cow;
use std::cell::Cell;

use compact_str::CompactString;
use rainwright_diagnostic::{Code, Problem};

use crate::{cursor, memory};

/// A text that knows whether it is all ASCII, so that lengths and indexes of most texts take constant time.
#[derive(Debug)]
pub struct Text {
    chars: CompactString,
    ascii: bool,
    /// The hash as a key, once it was asked for; 0 before.
    hash: Cell<u32>,
}

/// What a text takes without its letters on the heap.
const BARE: usize = memory::COUNTERS + size_of::<Text>();

impl Text {
    fn make(chars: CompactString) -> Self {
        let ascii = chars.is_ascii();
        let text = Self { chars, ascii, hash: Cell::new(0) };
        memory::charge(text.held());
        text
    }

    /// The letters.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.chars
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// Its hash as a key of a map, worked out once.
    #[inline]
    pub(crate) fn hash(&self) -> u32 {
        match self.hash.get() {
            0 => {
                let hash = crate::hash_text(&self.chars);
                self.hash.set(hash);
                hash
            }
            hash => hash,
        }
    }

    /// The number of UTF-16 units.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        if self.ascii { self.chars.len() } else { cursor::count_units(&self.chars) }
    }

    /// Whether every letter is ASCII: then units, letters and bytes are the same.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The byte offset of the unit with that index; the length itself is allowed.
    ///
    /// # Errors
    /// [`Code::IndexOutOfRange`] past the end, or between the two halves of a surrogate pair.
    pub fn byte_offset(&self, unit: usize) -> crate::Result<usize> {
        if self.ascii {
            if unit <= self.chars.len() {
                return Ok(unit);
            }
        } else {
            match cursor::byte_of_unit(&self.chars, unit) {
                Some(Ok(byte)) => return Ok(byte),
                Some(Err(c)) => {
                    let message = format!("Index {unit} lies inside the character '{c}', which counts as two.");
                    return Err(Box::new(Problem::new(Code::IndexOutOfRange, message)));
                }
                None => {}
            }
        }
        let message = "Given string is lesser than the applied boundary, so index out of bounds exception arisen";
        Err(Box::new(
            Problem::new(Code::IndexOutOfRange, message)
                .with_help(format!("The index {unit} is past the end: the text has {} characters.", self.len())),
        ))
    }

    /// The index, in UTF-16 units, of a byte offset.
    #[must_use]
    pub fn unit_index(&self, byte: usize) -> usize {
        if self.ascii { byte } else { cursor::unit_of_byte(&self.chars, byte) }
    }

    /// The part between two indexes in UTF-16 units, the end excluded.
    ///
    /// # Errors
    /// As [`Text::byte_offset`]; also when the end lies before the start.
    pub fn slice(&self, start: usize, end: usize) -> crate::Result<&str> {
        let (from, to) = (self.byte_offset(start)?, self.byte_offset(end)?);
        self.chars.get(from..to).ok_or_else(|| {
            let message = format!("The end index {end} lies before the start index {start}.");
            Box::new(Problem::new(Code::IndexOutOfRange, message))
        })
    }

    /// Appends letters in place.
    #[inline]
    pub fn push_str(&mut self, more: &str) {
        let held = self.held();
        self.before_change();
        self.chars.push_str(more);
        self.ascii = self.ascii && more.is_ascii();
        memory::charge(self.held().wrapping_sub(held));
    }

    /// Appends another text in place.
    #[inline]
    pub fn push(&mut self, more: &Text) {
        let held = self.held();
        self.before_change();
        self.chars.push_str(&more.chars);
        self.ascii &= more.ascii;
        memory::charge(self.held().wrapping_sub(held));
    }

    /// Appends what a closure writes.
    pub fn push_with(&mut self, write: impl FnOnce(&mut CompactString)) {
        let (held, start) = (self.held(), self.chars.len());
        self.before_change();
        write(&mut self.chars);
        self.ascii = self.ascii && self.chars.as_bytes()[start.min(self.chars.len())..].is_ascii();
        memory::charge(self.held().wrapping_sub(held));
    }

    #[inline]
    fn before_change(&self) {
        self.hash.set(0);
        if !self.ascii {
            cursor::forget(&self.chars);
        }
    }

    fn held(&self) -> usize {
        BARE + if self.chars.is_heap_allocated() { self.chars.capacity() } else { 0 }
    }
}

impl Drop for Text {
    #[inline]
    fn drop(&mut self) {
        memory::release(self.held());
        if !self.ascii {
            cursor::forget(&self.chars);
        }
    }
}

impl Clone for Text {
    fn clone(&self) -> Self {
        Text::make(self.chars.clone())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.chars == other.chars
    }
}

impl From<&str> for Text {
    fn from(s: &str) -> Self {
        Text::make(CompactString::new(s))
    }
}

impl From<String> for Text {
    fn from(s: String) -> Self {
        Text::make(CompactString::from(s))
    }
}

impl From<CompactString> for Text {
    fn from(s: CompactString) -> Self {
        Text::make(s)
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(s: Cow<'_, str>) -> Self {
        Text::make(CompactString::from(s))
    }
}

impl From<char> for Text {
    fn from(c: char) -> Self {
        Text::make(CompactString::from_iter([c]))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Text;

    #[test]
    fn length_counts_utf16_units() {
        assert_eq!(Text::from("abc").len(), 3);
        assert_eq!(Text::from("é😀").len(), 3);
    }

    #[test]
    fn a_cut_through_a_pair_is_an_error() {
        let text = Text::from("a😀b");
        assert_eq!(text.slice(1, 3).unwrap(), "😀");
        assert!(text.slice(0, 2).is_err());
        assert!(text.slice(0, 5).is_err());
    }

    #[test]
    fn appending_keeps_the_ascii_flag_true() {
        let mut text = Text::from("abc");
        text.push_str("é");
        assert_eq!(text.len(), 4);
        assert_eq!(text.byte_offset(4).unwrap(), 5);
    }
}
