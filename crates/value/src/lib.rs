//! Says what a Deluge value is, and how it prints, compares, converts.
//!
//! ```
//! use rainwright_value::{Locale, Value};
//!
//! let sum = rainwright_value::add(&Value::from(40), &Value::from(2), &Locale::default()).unwrap();
//! assert_eq!(sum.to_text(&Locale::default()), "42");
//! ```
//!
//! A value has no place in the source. Operations that can go wrong return a [`Problem`](rainwright_diagnostic::Problem)
//! without a place; the evaluator adds it.

mod arithmetic;
pub mod budget;
mod collection;
mod compare;
mod cursor;
mod cycle;
mod decimal;
mod file;
mod json;
mod list;
mod locale;
mod map;
pub mod memory;
mod moment;
mod parts;
mod print;
mod record;
mod set;
mod sort;
mod text;
mod value;
mod walk;

pub use arithmetic::{add, concatenate, divide, multiply, negate, remainder, short, subtract};
pub use collection::{Collection, Entries, EntriesMut};
pub use compare::{compare, equals, same};
pub use cycle::collect_cycles;
pub use decimal::{Small, from_f64, java_double, parse_decimal, round_half_up, round_short, truncate, whole};
pub use file::FileValue;
pub use json::read_json;
pub use list::{ItemsMut, List};
pub use locale::Locale;
pub(crate) use map::hash_text;
pub use map::{Iter, Map, MapCell, MapMut};
pub use moment::{
    DAY, DatePattern, DateText, Day, HOUR, MONTHS, Reading, Unread, Wall, Zone, days_in_month, in_range, parse_moment,
    read_clock, read_moment, weekday_number,
};
pub use parts::{ADDRESS_PARTS, NAME_PARTS, parts_text};
pub use print::{MAX_DEPTH, max_printed};
pub use record::{Owner, PAGE, Records, Row};
pub use rust_decimal::Decimal;
pub use set::ValueSet;
pub use sort::{sort_by, sort_numbers};
pub use text::Text;
pub use value::{Braces, Double, Flag, Kind, Kinds, Value};
pub use walk::Walk;

/// What an operation on values gives: a value, or a problem without a place.
pub type Result<T = Value> = std::result::Result<T, Box<rainwright_diagnostic::Problem>>;
