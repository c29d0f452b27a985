//! Functions of lists of numbers.

use std::cmp::Ordering;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{
    Decimal, Kind, Kinds, Locale, Result, Value, add, compare, divide, multiply, parse_decimal, same, whole,
};

use super::elements;
use crate::{Builtin, Call, Example, Param};

/// What holds numbers: a list, a collection, a text with commas.
const NUMBERS: Kinds = Kinds::of(&[Kind::Text, Kind::List, Kind::Collection]);
const RESULT: Kinds = Kinds::of(&[Kind::Number, Kind::Decimal, Kind::Null]);

const EDGE: &str = "Numbers in quotes count; anything else is an error. An empty list gives null.";

/// A row for a function without parameters.
const fn figure(
    name: &'static str,
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, on: NUMBERS, returns: RESULT, doc, edge: EDGE, examples, run, ..Builtin::ROW }
}

/// Functions of lists of numbers.
pub(crate) const NUMBER: &[Builtin] = &[
    figure(
        "average",
        "The mean of the numbers, to 16 digits.",
        &[Example::new("{1, 5, 2, 3}.average()", "2.75")],
        |call| {
            let numbers = numbers(call)?;
            if numbers.is_empty() {
                return Ok(Value::Null);
            }
            let count = Value::Number(numbers.len() as i64);
            divide(&sum(&numbers)?, &count)
        },
    ),
    figure(
        "median",
        "The number in the middle of the sorted list; of an even count the mean of the two in the middle.",
        &[Example::new("{1, 5, 2, 3}.median()", "2.5")],
        |call| {
            let mut numbers = sorted(call)?;
            let middle = numbers.len() / 2;
            if numbers.len() % 2 == 1 {
                return Ok(numbers.swap_remove(middle));
            }
            match numbers.get(middle.wrapping_sub(1)..=middle) {
                Some(two) => divide(&sum(two)?, &Value::Number(2)),
                None => Ok(Value::Null),
            }
        },
    ),
    figure("largest", "The greatest number.", &[Example::new("{1, 5, 2, 3}.largest()", "5")], |call| {
        Ok(sorted(call)?.pop().unwrap_or_default())
    }),
    figure("smallest", "The least number.", &[Example::new("{1, 5, 2, 3}.smallest()", "1")], |call| {
        Ok(sorted(call)?.into_iter().next().unwrap_or_default())
    }),
    Builtin {
        params: &[NTH],
        edge: NTH_EDGE,
        ..figure(
            "nthLargest",
            "The number that is the n-th from the top; equal numbers count each.",
            &[Example::new("{300, 455, 124, 926, 780}.nthLargest(2)", "780")],
            |call| {
                let numbers = sorted(call)?;
                let at = rank_of(call, numbers.len())?;
                Ok(numbers[numbers.len() - at].clone())
            },
        )
    },
    Builtin {
        params: &[NTH],
        edge: NTH_EDGE,
        ..figure(
            "nthSmallest",
            "The number that is the n-th from the bottom; equal numbers count each.",
            &[Example::new("{300, 455, 124, 926, 780}.nthSmallest(2)", "300")],
            |call| {
                let numbers = sorted(call)?;
                let at = rank_of(call, numbers.len())?;
                Ok(numbers[at - 1].clone())
            },
        )
    },
    Builtin {
        params: &[Param::new("n", Kinds::NUMERIC, "The share in percent, above 0 up to 100.")],
        edge: "Numbers in quotes count; anything else is an error. An empty list gives null.",
        products: "zoho-crm,zoho-books,zoho-inventory,zoho-desk,zoho-cliq,zoho-flow,zoho-salesiq",
        ..figure(
            "percentile",
            "The number at or below which n percent of the numbers lie, by nearest rank.",
            &[Example::new("{300, 455, 124, 926, 780}.percentile(50)", "455")],
            percentile,
        )
    },
    Builtin {
        params: &[
            Param::new("number", Kinds::NUMERIC, "The number to look for."),
            Param::optional(
                "order",
                Kinds::of(&[Kind::Text]),
                "\"desc\" counts from the largest, \"asc\" from the smallest; \"desc\" when left out.",
            ),
        ],
        edge: "A number that the list does not have is an error. Of equal numbers the first rank counts.",
        ..figure(
            "rank",
            "The rank of a number among the others: 1 for the largest.",
            &[
                Example::new("{300, 455, 124, 926, 780}.rank(300)", "4"),
                Example::new("{300, 455, 124, 926, 780}.rank(300, \"asc\")", "2"),
            ],
            rank,
        )
    },
];

const NTH: Param = Param::new("n", Kinds::of(&[Kind::Number]), "The rank, from 1.");
const NTH_EDGE: &str = "A rank below 1 or above the number of elements is an error.";

/// The receiver's elements as numbers.
fn numbers(call: &Call) -> Result<Vec<Value>> {
    elements(call)?
        .into_iter()
        .filter(|value| value.as_str() != Some("") || call.receiver().as_str() != Some(""))
        .map(|value| number(&value).ok_or_else(|| not_numbers(call, &value)))
        .collect()
}

fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) | Value::Small(_) | Value::Big(_) | Value::Float(_) => Some(value.clone()),
        Value::Text(text) => {
            let digits = text.as_str().trim();
            match digits.parse() {
                Ok(whole) => Some(Value::Number(whole)),
                Err(_) => parse_decimal(digits),
            }
        }
        _ => None,
    }
}

#[cold]
fn not_numbers(call: &Call, value: &Value) -> Box<Problem> {
    let message = format!(
        "List contains invalid({}) entries hence' can not be cast to 'valid list and perform desired operations'",
        value.kind()
    );
    let shown = crate::shorten(&value.to_text(&call.cx.locale));
    let help = format!("{} takes numbers, but found `{shown}`.", call.name);
    Box::new(Problem::new(Code::WrongKind, message).with_help(help))
}

fn sorted(call: &Call) -> Result<Vec<Value>> {
    let mut numbers = numbers(call)?;
    numbers.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
    Ok(numbers)
}

fn sum(numbers: &[Value]) -> Result {
    let locale = Locale::default();
    numbers.iter().try_fold(Value::Number(0), |total, n| add(&total, n, &locale))
}

/// A rank from 1 to the size.
fn rank_of(call: &Call, size: usize) -> Result<usize> {
    let given = call.number(0)?;
    usize::try_from(given)
        .ok()
        .filter(|n| (1..=size).contains(n))
        .ok_or_else(|| call.bad_argument(format!("the rank {given} is not between 1 and {size}.")))
}

fn percentile(call: &mut Call) -> Result {
    let numbers = sorted(call)?;
    let share = number(call.arg(0))
        .filter(|_| call.arg(0).as_str().is_none())
        .ok_or_else(|| call.wrong_argument(0, Kinds::NUMERIC))?;
    let within = |bound: i64| compare(&share, &Value::Number(bound));
    if within(0) != Some(Ordering::Greater) || within(100) == Some(Ordering::Greater) {
        return Err(call.bad_argument("the share lies above 0 and is at most 100."));
    }
    if numbers.is_empty() {
        return Ok(Value::Null);
    }
    let hundredfold = multiply(&share, &Value::Number(numbers.len() as i64))?;
    let exact = match (whole(&hundredfold), &hundredfold) {
        (Some(n), _) => Decimal::from(n),
        (None, Value::Small(s)) => s.to_decimal(),
        (None, Value::Big(d)) => **d,
        _ => return Err(call.wrong_argument(0, Kinds::NUMERIC)),
    };
    let rank = (exact / Decimal::ONE_HUNDRED).ceil();
    let place = whole(&Value::from(rank)).and_then(|n| usize::try_from(n - 1).ok());
    Ok(place.and_then(|at| numbers.get(at)).cloned().unwrap_or_default())
}

fn rank(call: &mut Call) -> Result {
    let descending = !call.given(1) || !call.text(1)?.eq_ignore_ascii_case("asc");
    if call.given(1) && descending && !call.text(1)?.eq_ignore_ascii_case("desc") {
        return Err(call.bad_argument("the order is \"asc\" or \"desc\"."));
    }
    let mut numbers = sorted(call)?;
    if descending {
        numbers.reverse();
    }
    let wanted = number(call.arg(0)).ok_or_else(|| call.wrong_argument(0, Kinds::NUMERIC))?;
    match numbers.iter().position(|n| same(n, &wanted)) {
        Some(at) => Ok(Value::Number(at as i64 + 1)),
        None => Err(not_numbers(call, call.arg(0))),
    }
}
