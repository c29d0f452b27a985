//! What an expression can be, as far as it matters for making up what it comes from.

use rainwright_effect::Data;
use rainwright_value::{Kind, Kinds};

use crate::shape::Id;

/// One of the things that an expression can be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Abs {
    /// A made-up value itself.
    Made(Id),
    /// Something computed from a made-up value.
    Derived(Id, How),
    /// A list or map that the script makes.
    Local(usize),
    /// A constant.
    Const(Data),
    /// Anything else.
    Other(Kinds),
}

/// How a value is computed from a made-up one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The number of elements or letters.
    Size,
    /// The same value as another kind, or changed a little: comparing it compares the value.
    Same,
    /// All keys of the map.
    Keys,
    /// One key of the map.
    KeyName,
    /// A part of the text.
    Part,
    /// The time between the date and another one that is not made up, in units of so many hours.
    Span {
        /// The hours of one unit.
        unit: u16,
        /// Whether it counts from the made-up date to the other one.
        from: bool,
    },
}

/// Everything that an expression can be.
pub(crate) type Vals = Vec<Abs>;

/// The most alternatives that are kept apart.
const MOST: usize = 12;

/// Adds alternatives that are not there yet.
pub(crate) fn join(into: &mut Vals, more: &[Abs]) {
    for one in more {
        if into.len() < MOST && !into.contains(one) {
            into.push(one.clone());
        }
    }
}

pub(crate) fn other(kinds: impl Into<Kinds>) -> Vals {
    vec![Abs::Other(kinds.into())]
}

/// The made-up values that alternatives are or come from.
pub(crate) fn sources(vals: &[Abs]) -> Vec<Id> {
    let mut ids = Vec::new();
    for val in vals {
        // How long it is to a date says nothing of the date's kind: only conditions look at it.
        if let Abs::Made(id) | Abs::Derived(id, How::Size | How::Same | How::Keys | How::KeyName | How::Part) = val
            && !ids.contains(id)
        {
            ids.push(*id);
        }
    }
    ids
}

/// The constants among the alternatives.
pub(crate) fn constants(vals: &[Abs]) -> impl Iterator<Item = &Data> {
    vals.iter().filter_map(|val| match val {
        Abs::Const(data) => Some(data),
        _ => None,
    })
}

/// The kinds that are certain; `None` when a made-up value is among them.
pub(crate) fn certain(vals: &[Abs]) -> Option<Kinds> {
    let mut kinds = Kinds::NONE;
    for val in vals {
        kinds = kinds.or(match val {
            Abs::Const(data) => kind_of(data).into(),
            Abs::Other(kinds) if *kinds != Kinds::ANY => *kinds,
            Abs::Derived(_, How::Size | How::Span { .. }) => Kind::Number.into(),
            Abs::Local(_) => Kinds::of(&[Kind::List, Kind::Map]),
            _ => return None,
        });
    }
    Some(kinds).filter(|kinds| *kinds != Kinds::NONE)
}

pub(crate) fn kind_of(data: &Data) -> Kind {
    match data {
        Data::Null => Kind::Null,
        Data::Bool(_) => Kind::Bool,
        Data::Number(_) => Kind::Number,
        Data::Decimal(_) | Data::Float(_) => Kind::Decimal,
        Data::Text(_) => Kind::Text,
        Data::Date(_) | Data::DateTime { .. } => Kind::DateTime,
        Data::Time { .. } => Kind::Time,
        Data::File(_) => Kind::File,
        Data::List(_) | Data::TypedList(..) => Kind::List,
        Data::Map(_) | Data::Error(_) | Data::Braces => Kind::Map,
        Data::Collection(_) | Data::Records(_) => Kind::Collection,
    }
}

/// What a function that counts the time between two dates gives, when one of them is made up.
pub(crate) fn between(lower: &str, dates: &[&Vals]) -> Option<Vals> {
    let unit = match lower {
        "daysbetween" | "days360" | "workdaysbetween" => 24,
        "monthsbetween" | "monthbetween" => 24 * 31,
        "yearsbetween" | "yearbetween" => 24 * 366,
        "hoursbetween" | "hourbetween" => 1,
        _ => return None,
    };
    let [first, second, ..] = dates else { return None };
    let (ids, from) = match (sources(first), sources(second)) {
        (ids, others) if others.is_empty() => (ids, true),
        (others, ids) if others.is_empty() => (ids, false),
        _ => return None,
    };
    let vals: Vals = ids.into_iter().map(|id| Abs::Derived(id, How::Span { unit, from })).collect();
    Some(vals).filter(|vals| !vals.is_empty())
}
