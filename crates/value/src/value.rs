//! The value itself: sixteen bytes, a full-word tag and an eight-byte payload.

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use crate::{Collection, Decimal, FileValue, List, Map, MapCell, Records, Row, Small, Text};

/// A Deluge value.
///
/// The tag fills a whole word on purpose (`repr(u64)`): with a one-byte tag the size stays sixteen bytes, but moving a
/// value takes several instructions and the evaluator loses a third of its speed. Every payload is a whole word of the
/// integer kind for the same reason: only then is a value, and an `Option` of one, passed and returned in two registers.
/// A benchmark guards both.
#[derive(Clone, Default)]
#[repr(u64)]
pub enum Value {
    /// Absence; a constant, not a kind of data.
    #[default]
    Null = 0,
    /// BOOLEAN.
    Bool(Flag),
    /// NUMBER: a whole number.
    Number(i64),
    /// DECIMAL of up to sixteen digits, exact, with its scale.
    Small(Small),
    /// DECIMAL from a function that works in floating point and whose result has no exact form of 28 digits.
    Float(Double),
    /// DATE-TIME without a time: milliseconds since 1970-01-01T00:00:00Z of its midnight in the script's zone.
    Date(i64),
    /// DATE-TIME: milliseconds since 1970-01-01T00:00:00Z.
    DateTime(i64),
    /// TIME: milliseconds since midnight, times two, plus one when it prints with AM and PM.
    Time(i64),
    /// DECIMAL of up to 28 digits, exact, with its scale.
    Big(Rc<Decimal>),
    /// TEXT.
    Text(Rc<Text>),
    /// LIST: shared by all who hold it.
    List(Rc<List>),
    /// KEY-VALUE: shared by all who hold it.
    Map(Rc<MapCell>),
    /// COLLECTION: shared by all who hold it.
    Collection(Rc<Collection>),
    /// `{}` before its first use decides between list and map.
    Braces(Rc<Braces>),
    /// FILE.
    File(Rc<FileValue>),
    /// Records of a form that a query found, or the rows of a subform.
    Records(Rc<Records>),
    /// One record of a form; a run has one for each ID, whoever holds it.
    Record(Rc<Row>),
}

const _: () = assert!(size_of::<Value>() == 16);
const _: () = assert!(size_of::<Result<Value, Box<u8>>>() == 16);
const _: () = assert!(size_of::<Option<Value>>() == 16);

/// The payload of a BOOLEAN, as wide as every other payload: then a value travels in two registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u64)]
pub enum Flag {
    /// false.
    False = 0,
    /// true.
    True = 1,
}

impl Flag {
    /// The plain boolean.
    #[must_use]
    #[inline(always)]
    pub fn get(self) -> bool {
        self == Flag::True
    }
}

impl From<bool> for Flag {
    #[inline(always)]
    fn from(b: bool) -> Self {
        if b { Flag::True } else { Flag::False }
    }
}

/// The payload of a DECIMAL in floating point, kept as its bits: payloads of one kind of register travel in registers.
#[derive(Clone, Copy)]
pub struct Double(u64);

impl Double {
    /// The number.
    #[must_use]
    #[inline(always)]
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<f64> for Double {
    #[inline(always)]
    fn from(f: f64) -> Self {
        Double(f.to_bits())
    }
}

/// What `{}` became, once it was used.
#[derive(Default)]
pub struct Braces {
    decided: OnceCell<Value>,
}

impl Braces {
    /// The list or map that it became, if it was used.
    #[must_use]
    pub fn decided(&self) -> Option<&Value> {
        self.decided.get()
    }

    /// Makes it a list, unless it is a map already.
    pub fn become_list(&self) -> Option<&Rc<List>> {
        match self.decided.get_or_init(|| Value::List(List::lent())) {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// Makes it a map, unless it is a list already.
    pub fn become_map(&self) -> Option<&Rc<MapCell>> {
        match self.decided.get_or_init(|| Value::Map(MapCell::lent())) {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
}

/// The kind of a value, as messages and tables name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The absence.
    Null,
    /// BOOLEAN.
    Bool,
    /// NUMBER.
    Number,
    /// DECIMAL.
    Decimal,
    /// TEXT.
    Text,
    /// DATE-TIME, with or without a time.
    DateTime,
    /// TIME.
    Time,
    /// LIST.
    List,
    /// KEY-VALUE.
    Map,
    /// COLLECTION.
    Collection,
    /// FILE.
    File,
    /// Records of a form, or one of them.
    Records,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Kind; 12] = [
        Kind::Null,
        Kind::Bool,
        Kind::Number,
        Kind::Decimal,
        Kind::Text,
        Kind::DateTime,
        Kind::Time,
        Kind::List,
        Kind::Map,
        Kind::Collection,
        Kind::File,
        Kind::Records,
    ];

    /// How Zoho's help names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "BOOLEAN",
            Kind::Number => "NUMBER",
            Kind::Decimal => "DECIMAL",
            Kind::Text => "TEXT",
            Kind::DateTime => "DATE-TIME",
            Kind::Time => "TIME",
            Kind::List => "LIST",
            Kind::Map => "KEY-VALUE",
            Kind::Collection => "COLLECTION",
            Kind::File => "FILE",
            Kind::Records => "RECORDS",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kinds(u16);

impl Kinds {
    /// No kind: for functions that belong to no value.
    pub const NONE: Kinds = Kinds(0);
    /// Every kind, null included.
    pub const ANY: Kinds = Kinds((1 << Kind::ALL.len()) - 1);
    /// NUMBER or DECIMAL.
    pub const NUMERIC: Kinds = Kinds::of(&[Kind::Number, Kind::Decimal]);

    /// The set of these kinds.
    #[must_use]
    pub const fn of(kinds: &[Kind]) -> Kinds {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u16;
            i += 1;
        }
        Kinds(bits)
    }

    /// Whether a kind is in the set.
    #[must_use]
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// The kinds in the set.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |k| self.has(*k))
    }

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }
}

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Self {
        Kinds::of(&[kind])
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Kinds::ANY {
            return f.write_str("any value");
        }
        for (i, kind) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" or ")?;
            }
            f.write_str(kind.name())?;
        }
        Ok(())
    }
}

impl Value {
    /// The value's kind. `{}` counts as what it became, and as KEY-VALUE before that.
    #[must_use]
    #[inline]
    pub fn kind(&self) -> Kind {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::Small(_) | Value::Big(_) | Value::Float(_) => Kind::Decimal,
            Value::Text(_) => Kind::Text,
            Value::Date(_) | Value::DateTime(_) => Kind::DateTime,
            Value::Time(_) => Kind::Time,
            Value::List(_) => Kind::List,
            Value::Map(_) => Kind::Map,
            Value::Collection(_) => Kind::Collection,
            Value::Braces(braces) => braces.decided().map_or(Kind::Map, Value::kind),
            Value::File(_) => Kind::File,
            Value::Records(_) | Value::Record(_) => Kind::Records,
        }
    }

    /// Whether dropping it does nothing: it owns no memory.
    #[must_use]
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        matches!(
            self,
            Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Small(_)
                | Value::Float(_)
                | Value::Date(_)
                | Value::DateTime(_)
                | Value::Time(_)
        )
    }

    /// Puts another value in its place; quicker than an assignment when the old one is plain.
    #[inline(always)]
    pub fn put(&mut self, value: Value) {
        let old = std::mem::replace(self, value);
        if old.is_plain() {
            std::mem::forget(old);
        }
    }

    /// The same as `clone`, and quicker for what maps hold most often.
    #[must_use]
    #[inline(always)]
    pub fn share(&self) -> Value {
        match self {
            Value::Number(number) => Value::Number(*number),
            Value::Text(text) => Value::Text(Rc::clone(text)),
            Value::Map(map) => Value::Map(Rc::clone(map)),
            other => other.clone(),
        }
    }

    /// A TEXT.
    #[must_use]
    pub fn text(text: impl Into<Text>) -> Value {
        Value::Text(Rc::new(text.into()))
    }

    /// Whether it is null.
    #[must_use]
    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The text, if it is a TEXT.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The list, if it is one, to look at. For `{}` before its first use that is an empty list of its own, so that looking
    /// decides nothing.
    #[must_use]
    #[inline]
    pub fn as_list(&self) -> Option<Rc<List>> {
        match self {
            Value::List(list) => Some(Rc::clone(list)),
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => decided.as_list(),
                None => Some(Rc::default()),
            },
            _ => None,
        }
    }

    /// The map, if it is one, to look at. For `{}` before its first use that is an empty map of its own, so that looking
    /// decides nothing.
    #[must_use]
    #[inline]
    pub fn as_map(&self) -> Option<Rc<MapCell>> {
        match self {
            Value::Map(map) => Some(Rc::clone(map)),
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => decided.as_map(),
                None => Some(Rc::new(MapCell::from(Map::default()))),
            },
            _ => None,
        }
    }

    /// The list, if it is one, to change: `{}` becomes one.
    #[must_use]
    #[inline]
    pub fn become_list(&self) -> Option<&Rc<List>> {
        match self {
            Value::List(list) => Some(list),
            Value::Braces(braces) => braces.become_list(),
            _ => None,
        }
    }

    /// The map, if it is one, to change: `{}` becomes one.
    #[must_use]
    #[inline]
    pub fn become_map(&self) -> Option<&Rc<MapCell>> {
        match self {
            Value::Map(map) => Some(map),
            Value::Braces(braces) => braces.become_map(),
            _ => None,
        }
    }

    /// Whether it holds other values: a LIST, KEY-VALUE or COLLECTION.
    #[must_use]
    pub fn is_container(&self) -> bool {
        matches!(self, Value::List(_) | Value::Map(_) | Value::Collection(_) | Value::Braces(_))
    }
}

impl fmt::Display for Value {
    /// As `info` prints it with default settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(&crate::Locale::default()))
    }
}

impl fmt::Debug for Value {
    /// Kind and printed form, for tests and traces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.kind(), self.to_text(&crate::Locale::default()))
    }
}

impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Value::Bool(v.into())
    }
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Value::Number(v)
    }
}

impl From<i32> for Value {
    fn from(v: i32) -> Self {
        Value::Number(v.into())
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Value::text(v)
    }
}

impl From<String> for Value {
    fn from(v: String) -> Self {
        Value::text(v)
    }
}

impl From<Text> for Value {
    fn from(v: Text) -> Self {
        Value::text(v)
    }
}

impl From<Small> for Value {
    fn from(v: Small) -> Self {
        Value::Small(v)
    }
}

impl From<Decimal> for Value {
    /// The shortest representation that holds all digits.
    fn from(v: Decimal) -> Self {
        match Small::from_decimal(&v) {
            Some(small) => Value::Small(small),
            None => Value::Big(Rc::new(v)),
        }
    }
}

impl From<List> for Value {
    fn from(v: List) -> Self {
        Value::List(Rc::new(v))
    }
}

impl From<Vec<Value>> for Value {
    fn from(v: Vec<Value>) -> Self {
        Value::from(List::from(v))
    }
}

impl From<Map> for Value {
    fn from(v: Map) -> Self {
        Value::Map(Rc::new(MapCell::from(v)))
    }
}

impl From<Collection> for Value {
    fn from(v: Collection) -> Self {
        Value::Collection(Rc::new(v))
    }
}

impl From<FileValue> for Value {
    fn from(v: FileValue) -> Self {
        Value::File(Rc::new(v))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}
