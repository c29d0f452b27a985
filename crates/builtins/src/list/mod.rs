//! Functions of LIST, and what they take as one.

mod change;
mod look;
mod number;
mod order;

pub(crate) use change::CHANGE;
pub(crate) use look::LOOK;
pub(crate) use number::NUMBER;
pub(crate) use order::{ASCENDING, ORDER, ascending, directed, distinct, intersect, order, orderable, sort, weight};

use std::rc::Rc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{DateText, Kind, Kinds, List, Result, Value, parse_decimal, whole};

use crate::{Call, Param};

const LIST: Kinds = Kinds::of(&[Kind::List]);
/// A list, or a text whose parts between commas are one.
const LIST_OR_TEXT: Kinds = Kinds::of(&[Kind::Text, Kind::List]);
const INDEX: Kinds = Kinds::of(&[Kind::Number]);
const BOOL: Kinds = Kinds::of(&[Kind::Bool]);

const ELEMENT: Param = Param::new("element", Kinds::ANY, "The element to look for.");
const OTHER: Param = Param::new("other", LIST_OR_TEXT, "The other list.");

impl Call<'_, '_> {
    /// An index from 0 to the size, the size itself excluded.
    ///
    /// # Errors
    /// In Zoho's words when there is no such place.
    pub(crate) fn place(&self, index: usize, size: usize) -> Result<usize> {
        let given = self.number(index)?;
        match usize::try_from(given) {
            Ok(place) if place < size => Ok(place),
            _ => Err(no_place(given, size)),
        }
    }
}

/// The problem of an index that a list or collection does not have.
#[cold]
pub(crate) fn no_place(index: i64, size: usize) -> Box<Problem> {
    let message = if index < 0 {
        format!("Given index {index} is less than 0")
    } else {
        format!("Given index {index} is greater than the list size")
    };
    let help = match size {
        0 => "The list is empty.".to_owned(),
        _ => format!("There are {size} elements; the last index is {}.", size - 1),
    };
    Box::new(Problem::new(Code::IndexOutOfRange, message).with_help(help))
}

/// A value as an element of a list: in the kind that a typed list holds, unchanged in any other.
fn element(call: &Call, list: &List, value: Value) -> Result {
    let Some(kind) = list.element() else {
        return Ok(value);
    };
    if value.is_null() || (value.kind() == kind && kind != Kind::DateTime) {
        return Ok(value);
    }
    convert(call, kind, &value)?.ok_or_else(|| {
        let message = format!("'{}' can not be cast to '[{kind}]'", crate::shorten(&value.to_text(&call.cx.locale)));
        let help = format!("The list was made for {kind}, but found {}.", value.kind());
        Box::new(Problem::new(Code::BadArgument, message).with_help(help))
    })
}

/// The conversions of typed lists, as Zoho's help lists them.
fn convert(call: &Call, kind: Kind, value: &Value) -> Result<Option<Value>> {
    let numeric = |text: &str| parse_decimal(text.trim());
    Ok(match (kind, value) {
        (Kind::Text, scalar) if !scalar.is_container() && scalar.kind() != Kind::File => {
            Some(Value::from(scalar.to_text(&call.cx.locale)))
        }
        (Kind::Number, Value::Text(text)) => {
            numeric(text.as_str()).and_then(|number| whole(&number)).map(Value::Number)
        }
        (Kind::Number, number) => whole(number).map(Value::Number),
        (Kind::Decimal, Value::Number(_)) => Some(value.clone()),
        (Kind::Decimal, Value::Text(text)) => numeric(text.as_str()),
        (Kind::Decimal, Value::Date(millis) | Value::DateTime(millis)) => Some(Value::Number(*millis)),
        (Kind::DateTime, Value::Date(millis) | Value::DateTime(millis)) => Some(Value::DateTime(*millis)),
        (Kind::DateTime, Value::Number(millis)) => rainwright_value::in_range(*millis).ok().map(Value::DateTime),
        (Kind::DateTime, Value::Text(text)) => match call.cx.read_moment(text.as_str(), &call.cx.locale)? {
            DateText::Moment(Value::Date(millis) | Value::DateTime(millis)) => Some(Value::DateTime(millis)),
            _ => None,
        },
        (Kind::Bool, Value::Text(text)) => match text.as_str().to_ascii_lowercase().as_str() {
            "true" => Some(Value::from(true)),
            "false" => Some(Value::from(false)),
            _ => None,
        },
        (kind, Value::Braces(braces)) => match kind {
            Kind::List => braces.become_list().map(|list| Value::List(list.clone())),
            Kind::Map => braces.become_map().map(|map| Value::Map(map.clone())),
            _ => None,
        },
        _ => None,
    })
}

/// The receiver's elements as they are now; of `{}` none.
fn elements(call: &Call) -> Result<Vec<Value>> {
    if let Value::Braces(braces) = call.receiver()
        && braces.decided().is_none()
    {
        return Ok(Vec::new());
    }
    let list: Rc<List> = call.receiver_list()?;
    // A list made from text, which nobody else holds, need not be copied.
    Ok(match Rc::try_unwrap(list) {
        Ok(own) => own.into_items(),
        Err(shared) => shared.items().clone(),
    })
}
