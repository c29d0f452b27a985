//! Functions that bring a list in order, and that treat it as a set.

use std::cmp::Ordering;
use std::rc::Rc;

use rainwright_value::{Kind, Kinds, Result, Value, ValueSet, budget, compare, sort_by, sort_numbers};

use super::{BOOL, LIST, LIST_OR_TEXT, OTHER, elements};
use crate::{Builtin, Call, Example, Param};

/// The parameter of functions that sort.
pub(crate) const ASCENDING: Param =
    Param::optional("ascending", BOOL, "Whether the smallest comes first; true when left out.");

/// Functions that bring a list in order, and that treat it as a set.
pub(crate) const ORDER: &[Builtin] = &[
    Builtin {
        name: "sort",
        on: LIST_OR_TEXT,
        params: &[ASCENDING],
        returns: Kinds::of(&[Kind::List, Kind::Null]),
        doc: "Sorts the list itself, and gives it.",
        edge: "Texts go by the codes of their letters: digits, then capitals, then small letters. A list of several kinds \
stays as it is and the result is null.",
        examples: &[
            Example::new("{\"red\", \"blue\", \"green\"}.sort()", "blue,green,red"),
            Example::new("{2, 3, 1}.sort(false)", "3,2,1"),
        ],
        run: |call| {
            let ascending = ascending(call)?;
            let list = call.receiver_list()?;
            let sorted = sort(&mut list.items_mut(), ascending);
            Ok(if sorted { Value::List(list) } else { Value::Null })
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "distinct",
        on: LIST_OR_TEXT,
        returns: LIST,
        doc: "A new list without repetitions; the first of equal elements stays.",
        edge: "1 and \"1\" differ.",
        examples: &[Example::new("{\"1\", 1, 1, 2, 2}.distinct()", "1,1,2")],
        run: |call| Ok(Value::from(distinct(elements(call)?))),
        ..Builtin::ROW
    },
    Builtin {
        name: "intersect",
        on: LIST_OR_TEXT,
        params: &[OTHER],
        returns: LIST,
        doc: "A new list of the elements that both lists have, each once, in the order of this list.",
        examples: &[Example::new("{1, 2, 3}.intersect({3, 2})", "2,3")],
        run: |call| {
            let other = call.list(0)?;
            let other = other.items();
            Ok(Value::from(intersect(elements(call)?, &other)))
        },
        ..Builtin::ROW
    },
];

/// The first argument of functions that sort.
pub(crate) fn ascending(call: &Call) -> Result<bool> {
    if call.given(0) { call.boolean(0) } else { Ok(true) }
}

/// The elements without repetitions.
pub(crate) fn distinct(items: Vec<Value>) -> Vec<Value> {
    items.into_iter().collect::<ValueSet>().into_values().collect()
}

/// The elements that another list has too, each once.
pub(crate) fn intersect(items: Vec<Value>, other: &[Value]) -> Vec<Value> {
    let other: ValueSet = other.iter().cloned().collect();
    let mut common = distinct(items);
    common.retain(|item| budget::step() && other.contains(item));
    common
}

/// Sorts values of one kind; says false, and changes nothing, when they have no order among them.
pub(crate) fn sort(items: &mut Vec<Value>, ascending: bool) -> bool {
    if sort_whole(items, ascending) || sort_texts(items, ascending) {
        return true;
    }
    if !orderable(items.iter()) {
        return false;
    }
    let _sorted = sort_by(items, 4, |a, b| directed(order(a, b), ascending));
    true
}

/// How many units of the run's budget comparing two of these values takes: texts lie apart in memory, and long ones may begin
/// alike.
pub(crate) fn weight<'a>(values: impl ExactSizeIterator<Item = &'a Value>) -> usize {
    let count = values.len().max(1);
    let bytes: usize = values.map(|value| value.as_str().map_or(0, str::len)).sum();
    4 + bytes / count / 256
}

/// Whether all values are of one kind that has an order.
pub(crate) fn orderable<'a>(items: impl IntoIterator<Item = &'a Value>) -> bool {
    let class = |v: &Value| match v.kind() {
        Kind::Number | Kind::Decimal => Some(Kind::Number),
        kind @ (Kind::Text | Kind::DateTime | Kind::Time | Kind::Bool) => Some(kind),
        _ => None,
    };
    let mut items = items.into_iter();
    let Some(first) = items.next() else {
        return true;
    };
    class(first).is_some_and(|kind| items.all(|v| class(v) == Some(kind)))
}

/// The order of two values of one orderable kind.
pub(crate) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => compare(a, b).unwrap_or(Ordering::Equal),
    }
}

/// An order or its reverse.
pub(crate) fn directed(order: Ordering, ascending: bool) -> Ordering {
    if ascending { order } else { order.reverse() }
}

/// Whole numbers are sorted as such, without looking at their kind at each comparison.
fn sort_whole(items: &mut [Value], ascending: bool) -> bool {
    // A run that is stopped meanwhile uses nothing of what these functions leave.
    let numbers: Option<Vec<i64>> = items
        .iter()
        .map(|v| match v {
            Value::Number(n) => Some(*n),
            _ => None,
        })
        .collect();
    let Some(mut numbers) = numbers else {
        return false;
    };
    let _sorted = sort_numbers(&mut numbers);
    if !ascending {
        numbers.reverse();
    }
    for (item, n) in items.iter_mut().zip(numbers) {
        *item = Value::Number(n);
    }
    true
}

fn sort_texts(items: &mut Vec<Value>, ascending: bool) -> bool {
    if !items.iter().all(|v| matches!(v, Value::Text(_))) {
        return false;
    }
    let weight = weight(items.iter());
    let mut texts: Vec<Rc<rainwright_value::Text>> = std::mem::take(items)
        .into_iter()
        .filter_map(|v| match v {
            Value::Text(text) => Some(text),
            _ => None,
        })
        .collect();
    let _sorted = sort_by(&mut texts, weight, |a, b| directed(a.as_str().cmp(b.as_str()), ascending));
    *items = texts.into_iter().map(Value::Text).collect();
    true
}
