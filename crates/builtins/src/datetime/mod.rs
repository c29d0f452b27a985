//! Functions of DATE-TIME and TIME.

mod business;
mod clock;
mod part;
mod shift;
mod span;

pub(crate) use business::BUSINESS;
pub(crate) use clock::{CLOCK, format_moment};
pub(crate) use part::PART;
pub(crate) use shift::SHIFT;
pub(crate) use span::SPAN;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{DateText, Kind, Kinds, Result, Value, in_range};

use crate::{Call, Param, shorten};

/// What date functions take: a date, or a text that reads as one.
const DATE: Kinds = Kinds::of(&[Kind::Text, Kind::DateTime]);
/// What functions of the clock take.
const DATE_OR_TIME: Kinds = Kinds::of(&[Kind::Text, Kind::DateTime, Kind::Time]);
const DATE_KIND: Kinds = Kinds::of(&[Kind::DateTime]);
const NUMBER: Kinds = Kinds::of(&[Kind::Number]);
const TEXT: Kinds = Kinds::of(&[Kind::Text]);
const LIST: Kinds = Kinds::of(&[Kind::List]);

/// An instant, and whether its time counts: false for a DATE.
#[derive(Clone, Copy, Debug)]
struct Moment {
    /// Milliseconds since the epoch.
    millis: i64,
    timed: bool,
}

impl Moment {
    /// It as a value of the kind it came from, with another instant.
    fn with(self, millis: i64) -> Result {
        let millis = in_range(millis)?;
        Ok(if self.timed { Value::DateTime(millis) } else { Value::Date(millis) })
    }
}

impl Call<'_, '_> {
    /// The receiver as a date; a text is read in the supported formats.
    fn receiver_moment(&self) -> Result<Moment> {
        moment(self, self.receiver())?.ok_or_else(|| self.wrong_receiver(DATE_KIND))
    }

    /// An argument as a date; a text is read in the supported formats.
    fn moment(&self, index: usize) -> Result<Moment> {
        moment(self, self.arg(index))?.ok_or_else(|| self.wrong_argument(index, DATE_KIND))
    }

    /// What the wall shows, in the script's zone, in milliseconds since 1970-01-01 00:00:00.
    fn local(&self, moment: Moment) -> i64 {
        self.cx.locale.zone.to_local(moment.millis)
    }

    /// The instant at which the wall shows this.
    fn instant(&self, local: i64) -> Result<i64> {
        in_range(self.cx.locale.zone.to_instant(local))
    }
}

/// A value as a date; `None` when it is of another kind.
#[inline]
fn moment(call: &Call, value: &Value) -> Result<Option<Moment>> {
    Ok(match value {
        Value::DateTime(millis) | Value::Date(millis) => {
            Some(Moment { millis: in_range(*millis)?, timed: matches!(value, Value::DateTime(_)) })
        }
        Value::Text(text) => match call.cx.read_moment(text.as_str(), &call.cx.locale)? {
            DateText::Moment(value @ (Value::Date(_) | Value::DateTime(_))) => moment(call, &value)?,
            found => return Err(no_date(text.as_str(), &found)),
        },
        _ => None,
    })
}

/// The problem of a text that is no date.
#[cold]
fn no_date(text: &str, found: &DateText) -> Box<Problem> {
    let shown = shorten(text);
    let help = match found {
        DateText::Wrong => format!("`{shown}` names a day or a month that does not exist."),
        DateText::Malformed => {
            format!("In `{shown}` a part has too many or too few digits or letters.")
        }
        _ => format!("`{shown}` is in none of the forms of a date, such as 31-Jan-2025 10:30:00."),
    };
    Box::new(Problem::new(Code::CannotParse, "UnParsable date").with_help(help))
}

/// The parameter of functions that compare with a second date.
const END: &[Param] = &[Param::new("end", DATE, "The date to compare with.")];
