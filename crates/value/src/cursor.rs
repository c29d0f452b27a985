//! Remembers where in a few long texts the last indexes were found, so that a loop over the letters does not count anew.
//!
//! Indexes count UTF-16 units while the letters are UTF-8, so that finding one in a text that is not all ASCII takes a count
//! from a known place. The texts themselves stay small: the places are kept here, by the address of the letters, and are
//! forgotten when a text changes or goes.

use std::cell::Cell;

/// A known place in a text.
#[derive(Clone, Copy)]
struct Place {
    /// Where the letters are in memory; 0 for none.
    address: usize,
    /// How many bytes there are.
    bytes: usize,
    /// How many units there are; 0 when they were not counted.
    units: usize,
    unit: usize,
    byte: usize,
}

const NOWHERE: Place = Place { address: 0, bytes: 0, units: 0, unit: 0, byte: 0 };

/// Shorter texts are counted as fast as looked up.
const SHORT: usize = 64;

/// A loop may go through several texts side by side.
const PLACES: usize = 4;

thread_local! {
    static PLACES_KNOWN: Cell<[Place; PLACES]> = const { Cell::new([NOWHERE; PLACES]) };
}

/// The number of UTF-16 units of a text.
pub(crate) fn count_units(text: &str) -> usize {
    let mut place = place_in(text);
    if place.units == 0 {
        place.units = text.chars().map(char::len_utf16).sum();
        keep(place);
    }
    place.units
}

/// The byte offset of a unit, with the letter that the unit is the second half of, if it is one; `None` past the end.
pub(crate) fn byte_of_unit(text: &str, unit: usize) -> Option<Result<usize, char>> {
    let mut place = place_in(text);
    if unit < place.unit - unit.min(place.unit) {
        // The start is nearer.
        (place.unit, place.byte) = (0, 0);
    }
    while place.unit > unit {
        let before = text[..place.byte].chars().next_back()?;
        place.unit -= before.len_utf16();
        place.byte -= before.len_utf8();
    }
    let mut found = Ok(());
    for c in text[place.byte..].chars() {
        if place.unit == unit {
            break;
        }
        if place.unit + c.len_utf16() > unit {
            found = Err(c);
            break;
        }
        place.unit += c.len_utf16();
        place.byte += c.len_utf8();
    }
    keep(place);
    match found {
        Err(c) => Some(Err(c)),
        Ok(()) => (place.unit == unit).then_some(Ok(place.byte)),
    }
}

/// The unit that begins at a byte offset, which is one of a letter.
pub(crate) fn unit_of_byte(text: &str, byte: usize) -> usize {
    let mut place = place_in(text);
    let count = |part: &str| part.chars().map(char::len_utf16).sum::<usize>();
    if byte >= place.byte {
        place.unit += count(&text[place.byte..byte]);
    } else if place.byte - byte < byte {
        place.unit -= count(&text[byte..place.byte]);
    } else {
        place.unit = count(&text[..byte]);
    }
    place.byte = byte;
    keep(place);
    place.unit
}

/// Forgets a text whose letters change or go.
#[cold]
#[inline(never)]
pub(crate) fn forget(text: &str) {
    if text.len() > SHORT {
        let mut places = PLACES_KNOWN.get();
        if let Some(place) = places.iter_mut().find(|place| place.address == text.as_ptr().addr()) {
            *place = NOWHERE;
            PLACES_KNOWN.set(places);
        }
    }
}

fn place_in(text: &str) -> Place {
    let (address, bytes) = (text.as_ptr().addr(), text.len());
    if bytes > SHORT
        && let Some(known) = PLACES_KNOWN.get().into_iter().find(|p| p.address == address && p.bytes == bytes)
    {
        return known;
    }
    Place { address, bytes, ..NOWHERE }
}

/// Keeps a place in front of the others, of which the one that was not used for longest goes.
fn keep(place: Place) {
    if place.bytes <= SHORT {
        return;
    }
    let mut places = PLACES_KNOWN.get();
    let at = places.iter().position(|p| p.address == place.address).unwrap_or(PLACES - 1);
    places[..=at].rotate_right(1);
    places[0] = place;
    PLACES_KNOWN.set(places);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Text;

    #[test]
    fn every_unit_is_found_from_everywhere() {
        let letters = "aé😀b\u{ffff}ü".repeat(20);
        let units: Vec<u16> = letters.encode_utf16().collect();
        let text = Text::from(letters.as_str());
        assert_eq!(text.len(), units.len());
        let mut x = 7;
        for turn in 0..4 * units.len() {
            x = (x * 16807) % 2_147_483_647;
            let unit = if turn < units.len() { turn } else { x % (units.len() + 1) };
            let expected = String::from_utf16(&units[..unit]).map(|before| before.len());
            assert_eq!(text.byte_offset(unit).ok(), expected.ok(), "{unit}");
            if let Ok(byte) = text.byte_offset(unit) {
                assert_eq!(text.unit_index(byte), unit);
            }
        }
        assert!(text.byte_offset(units.len() + 1).is_err());
    }

    #[test]
    fn a_text_that_changes_is_counted_anew() {
        let mut text = Text::from("é".repeat(100));
        let copy = text.clone();
        assert_eq!((text.len(), copy.len()), (100, 100));
        text.push_str("😀");
        assert_eq!((text.len(), text.byte_offset(102).unwrap()), (102, 204));
        text.push(&copy);
        assert_eq!(text.len(), 202);
        text.push_with(|letters| letters.push('x'));
        assert_eq!(text.len(), 203);
        for n in 100..200 {
            let text = Text::from(if n % 2 == 0 { "é".repeat(n) } else { "\u{100}x\u{10000}".repeat(n) });
            assert_eq!(text.len(), if n % 2 == 0 { n } else { 4 * n });
        }
    }
}
