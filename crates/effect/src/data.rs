//! Values as they cross the border: exact, plain, and free to go to any thread.

mod decimal;
mod plain;
mod serial;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::RecordSet;

pub use decimal::Decimal;

/// A value outside of a run. Unlike a script's values it is a tree: two places that held the same list hold two copies.
///
/// It has two printed forms. [`Data::to_json`] (and `Display`, which leaves the quotes of a lone text out) is JSON for
/// people and other programs: every digit is kept, dates are ISO 8601 texts, files their names. The serde form, see
/// [`to_text`](crate::to_text), is for journals and other languages: it is JSON too, and loses nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// The absence.
    #[default]
    Null,
    /// BOOLEAN.
    Bool(bool),
    /// NUMBER.
    Number(i64),
    /// DECIMAL, exact, with its scale: 15.50 stays 15.50.
    Decimal(Decimal),
    /// DECIMAL that a floating-point function computed and that has no exact form.
    Float(f64),
    /// TEXT.
    Text(String),
    /// DATE-TIME without a time: days since 1970-01-01.
    Date(i64),
    /// DATE-TIME.
    DateTime {
        /// Milliseconds since 1970-01-01T00:00:00Z.
        millis: i64,
        /// Seconds that the run's zone was ahead of UTC then; only for printing.
        offset: i32,
    },
    /// TIME.
    Time {
        /// Milliseconds since midnight.
        millis: i64,
        /// Whether it prints with AM and PM.
        twelve_hours: bool,
    },
    /// FILE; cloning shares the bytes.
    File(Box<File>),
    /// LIST.
    List(Vec<Data>),
    /// LIST made for elements of one kind, as `List:Int()` makes: the kind's name and the elements.
    TypedList(String, Vec<Data>),
    /// KEY-VALUE.
    Map(DataMap),
    /// The KEY-VALUE that a `catch` variable holds; it prints as a message with its line.
    Error(DataMap),
    /// COLLECTION: a list, a map, or null while it was not used as either.
    Collection(Box<Data>),
    /// `{}` before its first use decides between list and map.
    Braces,
    /// Records of a form, or a reference to one.
    Records(Box<RecordSet>),
}

/// A file: its name, MIME type and bytes.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct File {
    /// The file's name.
    pub name: String,
    /// The MIME type, such as `text/plain`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mime: String,
    /// The name of its part in a multipart body, when the script set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// The charset of its text, when the script set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// The bytes.
    #[serde(with = "crate::text::base64_bytes")]
    pub bytes: Bytes,
}

/// Keys with their values, in order. Keys are mostly texts; Deluge allows any kind.
#[derive(Clone)]
pub struct DataMap {
    /// The first entries, where they are a row whose keys others share.
    row: Option<Box<Row>>,
    entries: Vec<(Data, Data)>,
}

/// A row: a value for each key.
#[derive(Clone)]
struct Row {
    keys: Arc<[Data]>,
    values: Vec<Data>,
}

impl DataMap {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { row: None, entries: Vec::new() }
    }

    /// A map of keys that it shares with others, and of its own values: one for each key, null where there are too few.
    #[must_use]
    pub fn row(keys: Arc<[Data]>, mut values: Vec<Data>) -> Self {
        values.resize(keys.len(), Data::Null);
        Self { row: Some(Box::new(Row { keys, values })), entries: Vec::new() }
    }

    /// How many entries are those of a row.
    fn in_row(&self) -> usize {
        self.row.as_ref().map_or(0, |row| row.values.len())
    }

    fn at(&self, place: usize) -> (&Data, &Data) {
        match &self.row {
            Some(row) if place < row.values.len() => (&row.keys[place], &row.values[place]),
            _ => {
                let (key, value) = &self.entries[place - self.in_row()];
                (key, value)
            }
        }
    }

    /// The entries with keys of their own.
    fn own(&mut self) -> &mut Vec<(Data, Data)> {
        if let Some(row) = self.row.take() {
            let Row { keys, values } = *row;
            let later = std::mem::take(&mut self.entries);
            self.entries = keys.iter().cloned().zip(values).chain(later).collect();
        }
        &mut self.entries
    }

    /// The value of a text key; of several the last one counts.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Data> {
        let place = self.iter().rposition(|(known, _)| known.as_text() == Some(key))?;
        Some(self.at(place).1)
    }

    /// Gives a text key its value; a key that is there keeps its place.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Data>) {
        let (key, value) = (key.into(), value.into());
        let place = self.iter().position(|(known, _)| known.as_text() == Some(&*key));
        let in_row = self.in_row();
        match (place, &mut self.row) {
            (Some(place), Some(row)) if place < in_row => row.values[place] = value,
            (Some(place), _) => self.entries[place - in_row].1 = value,
            (None, _) => self.entries.push((Data::Text(key), value)),
        }
    }

    /// Takes a text key out, and gives its value.
    pub fn remove(&mut self, key: &str) -> Option<Data> {
        let place = self.iter().position(|(known, _)| known.as_text() == Some(key))?;
        Some(self.own().remove(place).1)
    }

    /// Appends a key of any kind, without looking whether it is there.
    pub fn push(&mut self, key: Data, value: Data) {
        self.entries.push((key, value));
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Data, &Data)> + DoubleEndedIterator {
        (0..self.len()).map(|place| self.at(place))
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.in_row() + self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for DataMap {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for DataMap {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for DataMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl From<Vec<(Data, Data)>> for DataMap {
    fn from(entries: Vec<(Data, Data)>) -> Self {
        Self { row: None, entries }
    }
}

impl IntoIterator for DataMap {
    type Item = (Data, Data);
    type IntoIter = std::vec::IntoIter<(Data, Data)>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(self.own()).into_iter()
    }
}

impl<K: Into<String>, V: Into<Data>> FromIterator<(K, V)> for DataMap {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (Data::Text(key.into()), value.into()));
        entries.collect::<Vec<_>>().into()
    }
}

impl Data {
    /// A map of text keys.
    pub fn map<K: Into<String>, V: Into<Data>>(entries: impl IntoIterator<Item = (K, V)>) -> Data {
        Data::Map(entries.into_iter().collect())
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Data::Null)
    }

    /// The text, of a TEXT.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, of a NUMBER.
    #[must_use]
    pub fn as_number(&self) -> Option<i64> {
        match self {
            Data::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The flag, of a BOOLEAN.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Data::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The elements, of a LIST or a COLLECTION of them.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Data]> {
        match self {
            Data::List(items) | Data::TypedList(_, items) => Some(items),
            Data::Collection(inner) => inner.as_list(),
            _ => None,
        }
    }

    /// The entries, of a KEY-VALUE or a COLLECTION of them.
    #[must_use]
    pub fn as_map(&self) -> Option<&DataMap> {
        match self {
            Data::Map(map) | Data::Error(map) => Some(map),
            Data::Collection(inner) => inner.as_map(),
            _ => None,
        }
    }

    /// The value of a text key, of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Data> {
        self.as_map()?.get(key)
    }

    /// How Deluge names the kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Data::Null => "null",
            Data::Bool(_) => "BOOLEAN",
            Data::Number(_) => "NUMBER",
            Data::Decimal(_) | Data::Float(_) => "DECIMAL",
            Data::Text(_) => "TEXT",
            Data::Date(_) | Data::DateTime { .. } => "DATE-TIME",
            Data::Time { .. } => "TIME",
            Data::File(_) => "FILE",
            Data::List(_) | Data::TypedList(..) => "LIST",
            Data::Map(_) | Data::Error(_) => "KEY-VALUE",
            Data::Collection(_) => "COLLECTION",
            Data::Braces => "{}",
            Data::Records(_) => "RECORDS",
        }
    }
}

/// As people read it: a lone text without quotes, everything else as JSON.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Text(text) => f.write_str(text),
            other => f.write_str(&other.to_json()),
        }
    }
}

macro_rules! data_from {
    ($($from:ty => |$value:ident| $data:expr),+ $(,)?) => {$(
        impl From<$from> for Data {
            fn from($value: $from) -> Self {
                $data
            }
        }
    )+};
}

data_from! {
    bool => |flag| Data::Bool(flag),
    i64 => |number| Data::Number(number),
    i32 => |number| Data::Number(number.into()),
    u32 => |number| Data::Number(number.into()),
    u16 => |number| Data::Number(number.into()),
    u64 => |number| i64::try_from(number).map_or_else(|_| Decimal::new(number.into(), 0).into(), Data::Number),
    f64 => |number| decimal_of(number),
    &str => |text| Data::Text(text.to_owned()),
    String => |text| Data::Text(text),
    Decimal => |decimal| Data::Decimal(decimal),
    File => |file| Data::File(Box::new(file)),
    DataMap => |map| Data::Map(map),
}

/// The decimal with the shortest digits that read back as the number; a float where there is none of 28 digits.
fn decimal_of(number: f64) -> Data {
    let exact = (number == 0.0 || (1e-12..1e16).contains(&number.abs())).then(|| format!("{number:?}").parse());
    exact.and_then(Result::ok).map_or(Data::Float(number), Data::Decimal)
}

impl<T: Into<Data>> From<Vec<T>> for Data {
    fn from(items: Vec<T>) -> Self {
        Data::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Data>> From<Option<T>> for Data {
    fn from(value: Option<T>) -> Self {
        value.map_or(Data::Null, Into::into)
    }
}

/// The value of a text key; null where there is none.
impl std::ops::Index<&str> for Data {
    type Output = Data;

    fn index(&self, key: &str) -> &Data {
        self.get(key).unwrap_or(&Data::Null)
    }
}

/// The element at a 0-based place; null where there is none.
impl std::ops::Index<usize> for Data {
    type Output = Data;

    fn index(&self, place: usize) -> &Data {
        self.as_list().and_then(|items| items.get(place)).unwrap_or(&Data::Null)
    }
}

impl PartialEq<str> for Data {
    fn eq(&self, other: &str) -> bool {
        self.as_text() == Some(other)
    }
}

impl PartialEq<&str> for Data {
    fn eq(&self, other: &&str) -> bool {
        self.as_text() == Some(other)
    }
}

impl PartialEq<String> for Data {
    fn eq(&self, other: &String) -> bool {
        self.as_text() == Some(other)
    }
}

impl PartialEq<i64> for Data {
    fn eq(&self, other: &i64) -> bool {
        self.as_number() == Some(*other)
    }
}

impl PartialEq<bool> for Data {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

#[cfg(test)]
mod tests {
    use super::{Data, DataMap};

    #[test]
    fn a_row_is_a_map_like_any_other() {
        let keys: std::sync::Arc<[Data]> = ["a", "b"].map(Data::from).into();
        let mut row = DataMap::row(keys.clone(), vec![Data::Number(1)]);
        let mut map: DataMap = [("a", Data::Number(1)), ("b", Data::Null)].into_iter().collect();
        assert_eq!(row, map);
        assert_eq!(row.clone().into_iter().collect::<Vec<_>>(), map.clone().into_iter().collect::<Vec<_>>());
        for one in [&mut row, &mut map] {
            one.insert("b", 2_i64);
            one.insert("c", 3_i64);
            one.push(Data::from("b"), Data::Null);
            one.insert("c", 4_i64);
            assert_eq!(one.get("b"), Some(&Data::Null));
            assert_eq!(one.remove("a"), Some(Data::Number(1)));
            one.push(Data::from("b"), Data::Bool(true));
        }
        assert_eq!(row, map);
        assert_eq!((row.get("b"), row.len()), (Some(&Data::Bool(true)), 4));
        assert_eq!(DataMap::row(keys, Vec::new()).get("a"), Some(&Data::Null));
    }
}
