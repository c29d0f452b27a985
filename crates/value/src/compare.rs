//! When values are equal, and which comes first.

use std::cmp::Ordering;

use rust_decimal::prelude::ToPrimitive;

use crate::{Decimal, Entries, Value, budget, parse_decimal, print::MAX_DEPTH};

/// The operator `==`: numbers by their worth, a text with a number when it reads as one, a list with a text when the
/// text is one of its elements, everything else by kind and content. It never fails.
#[must_use]
#[inline]
pub fn equals(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y,
        (Value::Text(x), Value::Text(y)) => x == y,
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Bool(x), Value::Bool(y)) => x == y,
        (Value::List(list), Value::Text(_)) => list.items().iter().any(|item| budget::step() && same(item, b)),
        (Value::Text(_), Value::List(list)) => list.items().iter().any(|item| budget::step() && same(item, a)),
        (Value::Text(t), Value::Number(_) | Value::Small(_) | Value::Big(_) | Value::Float(_)) => number_text(t, b),
        (Value::Number(_) | Value::Small(_) | Value::Big(_) | Value::Float(_), Value::Text(t)) => number_text(t, a),
        _ => same(a, b),
    }
}

fn number_text(text: &crate::Text, number: &Value) -> bool {
    parse_decimal(text.as_str()).is_some_and(|n| same(&n, number))
}

/// Whether two values are the same kind and content: what `distinct`, `contains` and keys ask. Numbers compare by worth
/// across NUMBER and DECIMAL.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    // Two values that share parts many times over could be compared for ever.
    same_at(a, b, 0, &std::cell::Cell::new(MAX_STEPS))
}

/// How many parts of two values are compared at most.
const MAX_STEPS: u32 = 10_000_000;

/// How many comparisons are left.
type Steps = std::cell::Cell<u32>;

/// Counts one comparison of containers. False when they take too long: the run is over then, so that the answer, that they
/// differ, is never used.
fn step(depth: usize, steps: &Steps) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let left = steps.get();
    if left == 0 {
        let message = format!("A comparison took more than {MAX_STEPS} steps.");
        budget::stop(rainwright_diagnostic::Problem::new(rainwright_diagnostic::Code::LimitReached, message));
        return false;
    }
    steps.set(left - 1);
    budget::step()
}

fn same_at(a: &Value, b: &Value, depth: usize, steps: &Steps) -> bool {
    if (depth > 0 || a.is_container()) && !step(depth, steps) {
        return false;
    }
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(x), Value::Bool(y)) => x == y,
        (Value::Text(x), Value::Text(y)) => {
            // Only texts of one length are compared letter by letter.
            let bytes = x.as_str().len();
            x == y && (bytes != y.as_str().len() || budget::spend_bytes(bytes))
        }
        (Value::Date(x) | Value::DateTime(x), Value::Date(y) | Value::DateTime(y)) => x == y,
        (Value::Time(x), Value::Time(y)) => x >> 1 == y >> 1,
        (Value::File(x), Value::File(y)) => {
            std::rc::Rc::ptr_eq(x, y) || (x.name() == y.name() && x.bytes() == y.bytes())
        }
        (Value::List(x), Value::List(y)) => {
            std::rc::Rc::ptr_eq(x, y) || {
                let (x, y) = (x.items(), y.items());
                x.len() == y.len() && x.iter().zip(y.iter()).all(|(a, b)| same_at(a, b, depth + 1, steps))
            }
        }
        (Value::Map(x), Value::Map(y)) => {
            std::rc::Rc::ptr_eq(x, y)
                || match (x.try_borrow(), y.try_borrow()) {
                    (Some(x), Some(y)) => same_maps(&x, &y, depth, steps),
                    _ => false,
                }
        }
        (Value::Collection(x), Value::Collection(y)) => {
            std::rc::Rc::ptr_eq(x, y)
                || match (x.try_entries().as_deref(), y.try_entries().as_deref()) {
                    (Some(Entries::Row(x)), Some(Entries::Row(y))) => {
                        x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same_at(a, b, depth + 1, steps))
                    }
                    (Some(Entries::Keyed(x)), Some(Entries::Keyed(y))) => same_maps(x, y, depth, steps),
                    (Some(_), Some(_)) => x.is_empty() && y.is_empty(),
                    _ => false,
                }
        }
        (Value::Record(x), Value::Record(y)) => x.id() == y.id() && x.form() == y.form(),
        (Value::Records(x), Value::Records(y)) => x.form() == y.form() && x.ids() == y.ids(),
        // A record compares by its ID.
        (Value::Record(row), other) | (other, Value::Record(row)) => {
            order_numbers(&Value::Number(row.id()), other) == Some(Ordering::Equal)
        }
        (Value::Braces(x), other) | (other, Value::Braces(x)) => match x.decided() {
            Some(decided) => same_at(decided, other, depth + 1, steps),
            None => empty_container(other),
        },
        _ => order_numbers(a, b) == Some(Ordering::Equal),
    }
}

fn same_maps(x: &crate::Map, y: &crate::Map, depth: usize, steps: &Steps) -> bool {
    x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| same_at(v, w, depth + 1, steps)))
}

fn empty_container(v: &Value) -> bool {
    match v {
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.borrow().is_empty(),
        Value::Collection(collection) => collection.is_empty(),
        Value::Braces(braces) => braces.decided().is_none_or(empty_container),
        _ => false,
    }
}

/// Which of two values comes first: numbers by worth, texts by their letters, dates by time. `None` when they have no order.
#[must_use]
#[inline]
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => Some(x.cmp(y)),
        (Value::Text(x), Value::Text(y)) => Some(x.as_str().cmp(y.as_str())),
        (Value::Date(x) | Value::DateTime(x), Value::Date(y) | Value::DateTime(y)) => Some(x.cmp(y)),
        (Value::Time(x), Value::Time(y)) => Some((x >> 1).cmp(&(y >> 1))),
        (Value::Text(t), _) => order_numbers(&parse_decimal(t.as_str())?, b),
        (_, Value::Text(t)) => order_numbers(a, &parse_decimal(t.as_str())?),
        _ => order_numbers(a, b),
    }
}

fn order_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => Some(x.cmp(y)),
        (Value::Small(x), Value::Small(y)) if x.scale() == y.scale() => Some(x.mantissa().cmp(&y.mantissa())),
        (Value::Float(x), _) => x.get().partial_cmp(&float(b)?),
        (_, Value::Float(y)) => float(a)?.partial_cmp(&y.get()),
        _ => Some(exact(a)?.cmp(&exact(b)?)),
    }
}

fn exact(v: &Value) -> Option<Decimal> {
    match v {
        Value::Number(n) => Some(Decimal::from(*n)),
        Value::Small(s) => Some(s.to_decimal()),
        Value::Big(d) => Some(**d),
        _ => None,
    }
}

fn float(v: &Value) -> Option<f64> {
    match v {
        Value::Float(f) => Some(f.get()),
        other => exact(other)?.to_f64(),
    }
}
