//! Names and addresses: fields that consist of parts, and the text that shows them together.

use compact_str::CompactString;

use crate::{Map, Value};

/// The parts of a name, in the order in which they are joined.
pub const NAME_PARTS: &[&str] = &["prefix", "first_name", "last_name", "suffix"];

/// The parts of an address, in the order in which they are joined; the coordinates are not shown.
pub const ADDRESS_PARTS: &[&str] = &[
    "address_line_1",
    "address_line_2",
    "district_city",
    "state_province",
    "postal_Code",
    "country",
    "latitude",
    "longitude",
];

/// How many parts of an address are shown.
const SHOWN: usize = 6;

/// The text of a map that holds the parts of a name or an address and nothing else, or null where all are empty; `None` for
/// any other map.
#[must_use]
pub fn parts_text(map: &Map) -> Option<Value> {
    let all_in = |parts: &[&str]| map.keys().all(|key| key.as_str().is_some_and(|key| parts.contains(&key)));
    let (shown, between) = if map.is_empty() {
        return None;
    } else if all_in(NAME_PARTS) {
        (NAME_PARTS, " ")
    } else if all_in(ADDRESS_PARTS) {
        (&ADDRESS_PARTS[..SHOWN], ", ")
    } else {
        return None;
    };
    let mut text = CompactString::default();
    for part in shown {
        let Some(part) = map.get_text(part).and_then(Value::as_str).filter(|part| !part.is_empty()) else { continue };
        if !text.is_empty() {
            text.push_str(between);
        }
        text.push_str(part);
    }
    Some(if text.is_empty() { Value::Null } else { Value::from(text.as_str()) })
}

#[cfg(test)]
mod tests {
    use super::parts_text;
    use crate::{Map, Value};

    #[test]
    fn names_and_addresses_are_told_from_other_maps() {
        let map = |pairs: &[(&str, &str)]| -> Map {
            pairs.iter().map(|(key, value)| (Value::from(*key), Value::from(*value))).collect()
        };
        let text = |pairs: &[(&str, &str)]| parts_text(&map(pairs)).map(|v| v.as_str().map(str::to_owned));
        assert_eq!(text(&[("last_name", "Lee"), ("prefix", ""), ("first_name", "Ann")]), Some(Some("Ann Lee".into())));
        assert_eq!(
            text(&[("country", "Italy"), ("district_city", "Rome"), ("latitude", "4")]),
            Some(Some("Rome, Italy".into()))
        );
        assert_eq!(text(&[("first_name", "")]), Some(None));
        assert_eq!(text(&[]), None);
        assert_eq!(text(&[("first_name", "Ann"), ("age", "4")]), None);
    }
}
