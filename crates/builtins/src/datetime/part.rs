//! Functions that take a date or time apart.

use rainwright_value::{DateText, Result, Value, Wall, weekday_number};

use super::{DATE, DATE_OR_TIME, NUMBER, TEXT};
use crate::{Builtin, Call, Example, Param};

const EDGE: &str = "A text is read as a date: a day or month that does not exist is an error; null when the month's name has \
fewer than three letters, a day, hour, minute or second more than two digits, or the year more than four.";

const TIME_EDGE: &str = "A text is read as a date or time; null when a part has too many digits. A TIME written with AM or PM \
counts its hours from 1 to 12, as Zoho's help shows it.";

/// A row for a part of a date.
const fn part(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, aliases, on: DATE, returns: NUMBER, doc, edge: EDGE, examples, run, ..Builtin::ROW }
}

/// A row for a part of a time.
const fn clock(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { on: DATE_OR_TIME, edge: TIME_EDGE, ..part(name, aliases, doc, examples, run) }
}

/// Functions that take a date or time apart.
pub(crate) const PART: &[Builtin] = &[
    part(
        "getDay",
        &["day"],
        "The day of the month, 1 to 31; getDayOfWeek tells the day of the week.",
        &[Example::new("'08-Jan-2019'.getDay()", "8")],
        |call| of_day(call, |wall| wall.day.day.into()),
    ),
    part("getMonth", &["month"], "The month, 1 to 12.", &[Example::new("'08-Jan-2019'.getMonth()", "1")], |call| {
        of_day(call, |wall| wall.day.month.into())
    }),
    part(
        "getYear",
        &["year"],
        "The year, with four digits.",
        &[Example::new("'08-Jan-2019'.getYear()", "2019")],
        |call| of_day(call, |wall| wall.day.year),
    ),
    part(
        "getDayOfWeek",
        &["weekday"],
        "The day of the week: 1 for Sunday to 7 for Saturday.",
        &[Example::new("'15-Mar-2019'.getDayOfWeek()", "6")],
        |call| of_day(call, |wall| wall.day.weekday().into()),
    ),
    part(
        "getDayOfYear",
        &["dayOfYear"],
        "The day of the year, 1 to 366.",
        &[Example::new("'31-Dec-2020'.getDayOfYear()", "366")],
        |call| of_day(call, |wall| wall.day.day_of_year()),
    ),
    Builtin {
        name: "getWeekOfYear",
        aliases: &["weekOfYear"],
        on: DATE,
        params: &[Param::optional(
            "start",
            TEXT,
            "The English name of the day that a week starts with; Sunday when left out.",
        )],
        returns: NUMBER,
        doc: "The week of the year; week 1 is the one that holds 1 January.",
        edge: "The last days of December may lie in week 1 of the next year; a year may have a week 53.",
        examples: &[
            Example::new("'7-Feb-2021'.getWeekOfYear()", "7"),
            Example::new("'7-Feb-2021'.getWeekOfYear(\"Monday\")", "6"),
        ],
        run: |call| {
            let first = if call.given(0) {
                weekday_number(call.text(0)?)
                    .ok_or_else(|| call.bad_argument("the start is a day of the week, Sunday to Saturday."))?
            } else {
                1
            };
            of_day(call, |wall| wall.day.week(first).1)
        },
        ..Builtin::ROW
    },
    clock(
        "getHour",
        &["hour"],
        "The hour, 0 to 23.",
        &[Example::new("'01-Jan-2019 23:15:10'.getHour()", "23"), Example::new("'01-Jan-2019'.getHour()", "0")],
        |call| {
            of_clock(call, |wall, twelve| match twelve {
                true => (wall.hour() + 11) % 12 + 1,
                false => wall.hour(),
            })
        },
    ),
    clock(
        "getMinutes",
        &["getMinute", "minute", "minutes"],
        "The minute, 0 to 59.",
        &[Example::new("'13:15:10'.getMinutes()", "15")],
        |call| of_clock(call, |wall, _| wall.minute()),
    ),
    clock(
        "getSeconds",
        &["getSecond", "second", "seconds"],
        "The second, 0 to 59.",
        &[Example::new("'13:15:10'.getSeconds()", "10")],
        |call| of_clock(call, |wall, _| wall.second()),
    ),
];

/// A number from what the wall shows; null for a text whose parts have too many digits.
fn of_day(call: &Call, part: impl FnOnce(Wall) -> i64) -> Result {
    if is_malformed(call)? {
        return Ok(Value::Null);
    }
    let local = call.local(call.receiver_moment()?);
    Ok(Value::Number(part(Wall::from_local(local))))
}

/// As [`of_day`], for a TIME too; the flag says that it was written with AM or PM.
fn of_clock(call: &Call, part: impl FnOnce(Wall, bool) -> i64) -> Result {
    let packed = match call.receiver() {
        Value::Time(packed) => Some(*packed),
        Value::Text(text) => match call.cx.read_moment(text.as_str(), &call.cx.locale)? {
            DateText::Moment(Value::Time(packed)) => Some(packed),
            _ => None,
        },
        _ => None,
    };
    match packed {
        Some(packed) => Ok(Value::Number(part(Wall::from_local(packed >> 1), packed & 1 == 1))),
        None => of_day(call, |wall| part(wall, false)),
    }
}

fn is_malformed(call: &Call) -> Result<bool> {
    Ok(match call.receiver() {
        Value::Text(text) => matches!(call.cx.read_moment(text.as_str(), &call.cx.locale)?, DateText::Malformed),
        _ => false,
    })
}
