//! The present, and dates from and to texts and numbers.

use compact_str::CompactString;
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{
    DatePattern, DateText, Kind, Kinds, Reading, Result, Unread, Value, Zone, in_range, read_clock, whole,
};

use super::{DATE, DATE_KIND, DATE_OR_TIME, NUMBER, TEXT, moment, no_date};
use crate::{Basis, Builtin, Call, Example, Form, Param, shorten};

/// What becomes a date: texts, numbers of milliseconds, dates.
const SOURCE: Kinds = Kinds::of(&[Kind::Text, Kind::Number, Kind::Decimal, Kind::DateTime]);

const MAPPING: Param = Param::optional(
    "mapping",
    TEXT,
    "How the text is built, in Java's pattern letters: \"dd/MM/yyyy\". A NUMBER or DATE-TIME needs none.",
);
const FORMAT: Param = Param::optional(
    "format",
    TEXT,
    "Java's pattern letters, other words in single quotes; the account's format when left out.",
);
const ZONE: Param = Param::optional(
    "timeZone",
    TEXT,
    "A zone such as Asia/Kolkata or GMT+5:30; the account's when left out. A name that is not known counts as GMT.",
);

const SOURCE_EDGE: &str = "A NUMBER counts milliseconds since 1970-01-01 00:00:00 UTC. What follows the mapping in the text \
is ignored; `yyyy` reads 19 as the year 19. A text that does not fit, a month or a day that does not exist: error \
\"UnParsable date\".";

/// A word for the present.
const fn word(
    name: &'static str,
    basis: Basis,
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, returns: DATE_KIND, form: Form::Word, basis, doc, examples, run, ..Builtin::ROW }
}

/// The present, and dates from and to texts and numbers.
pub(crate) const CLOCK: &[Builtin] = &[
    word(
        "zoho.currentdate",
        Basis::Documented,
        "Today's date in the account's time zone, without a time.",
        &[Example::new("daysBetween(zoho.currentdate, zoho.currentdate)", "0")],
        today,
    ),
    word(
        "zoho.currenttime",
        Basis::Documented,
        "The present date and time.",
        &[Example::new("isDate(zoho.currenttime)", "true")],
        |call| call.cx.now().map(Value::DateTime),
    ),
    word(
        "today",
        Basis::Documented,
        "Today's date in the account's time zone, without a time.",
        &[Example::new("today.getHour()", "0")],
        today,
    ),
    word("now", Basis::Documented, "The present date and time.", &[Example::new("isDate(now)", "true")], |call| {
        call.cx.now().map(Value::DateTime)
    }),
    Builtin {
        name: "toDate",
        aliases: &["dateValue"],
        on: SOURCE,
        params: &[MAPPING],
        returns: DATE_KIND,
        doc: "The date in a text, a number of milliseconds or a date-time, without a time.",
        edge: SOURCE_EDGE,
        examples: &[
            Example::new("\"16/08/2026\".toDate(\"dd/MM/yyyy\")", "16-Aug-2026"),
            Example::new("toDate('15-Mar-2019 10:11:12')", "15-Mar-2019"),
        ],
        run: |call| {
            let millis = read(call, None)?;
            Ok(Value::Date(call.cx.locale.zone.midnight(millis)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "toDateTime",
        on: SOURCE,
        params: &[MAPPING],
        returns: DATE_KIND,
        doc: "The date and time in a text, a number of milliseconds or a date.",
        edge: "As toDate; a time after the mapped date counts, although the mapping does not name it.",
        examples: &[Example::new("toDateTime(\"01-11-2019 13:30:00\", \"MM-d-yy\")", "11-Jan-2019 13:30:00")],
        run: |call| read(call, None).map(Value::DateTime),
        ..Builtin::ROW
    },
    Builtin {
        name: "toTime",
        on: SOURCE.or(Kinds::of(&[Kind::Time])),
        params: &[MAPPING, ZONE],
        returns: DATE_OR_TIME,
        doc: "The date and time that a text means in a time zone, shown in the account's zone.",
        edge: "As toDate. A time alone, such as \"19:00:00\" without a mapping, becomes a TIME.",
        examples: &[Example::new(
            "\"Aug 21, 2013 16:04:37\".toTime(\"MMM dd, yyyy HH:mm:ss\")",
            "21-Aug-2013 16:04:37",
        )],
        run: to_time,
        ..Builtin::ROW
    },
    Builtin {
        name: "getDate",
        on: DATE,
        form: Form::Method,
        returns: DATE_KIND,
        basis: Basis::Assumed,
        doc: "The date of a date-time, without its time.",
        edge: "Zoho's release notes name it only; getDay gives the day of the month.",
        examples: &[Example::new("'15-Mar-2019 10:11:12'.getDate()", "15-Mar-2019")],
        run: |call| {
            let millis = call.receiver_moment()?.millis;
            Ok(Value::Date(call.cx.locale.zone.midnight(millis)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "getDateTime",
        on: DATE,
        form: Form::Method,
        returns: DATE_KIND,
        basis: Basis::Assumed,
        doc: "The date with a time; 00:00:00 when it had none.",
        edge: "Zoho's release notes name it only.",
        examples: &[Example::new("'15-Mar-2019'.getDateTime()", "15-Mar-2019 00:00:00")],
        run: |call| Ok(Value::DateTime(call.receiver_moment()?.millis)),
        ..Builtin::ROW
    },
    Builtin {
        name: "isDate",
        on: Kinds::ANY,
        returns: Kinds::of(&[Kind::Bool, Kind::Null]),
        doc: "Whether the value is a date, or a text that reads as one.",
        edge: "A text that is no date is the error \"UnParsable date\"; a LIST, KEY-VALUE or COLLECTION gives null.",
        examples: &[
            Example::new("isDate(\"01-Jan-2019\")", "true"),
            Example::new("isDate(100)", "false"),
            Example::new("isDate(\"soon\")", "error E3012"),
        ],
        run: is_date,
        ..Builtin::ROW
    },
    Builtin {
        name: "toDateTimeString",
        on: SOURCE,
        params: &[FORMAT, ZONE],
        returns: Kinds::of(&[Kind::Text, Kind::Null]),
        doc: "A date or a number of milliseconds as a text, in a format and a time zone, with English names.",
        edge: "A format with unknown letters outside quotes gives null.",
        examples: &[Example::new("toDateTimeString(1593604800000, \"HH:mm\", \"America/New_York\")", "08:00")],
        run: |call| {
            let millis = instant_of(call)?;
            format_moment(call, Value::DateTime(millis), 0)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "unixEpoch",
        on: TEXT,
        params: &[ZONE],
        returns: NUMBER,
        form: Form::Both,
        doc: "The milliseconds since 1970-01-01 00:00:00 UTC of a date in a text, read in a time zone.",
        edge: "A text that is no date comes back as it is. `UTC+8` is no zone and counts as GMT; GMT+8 is one.",
        examples: &[
            Example::new("\"03-Feb-2020 03:48:12\".unixEpoch(\"Asia/Calcutta\")", "1580681892000"),
            Example::new("\"03-Feb-2020 03:48:12\".unixEpoch(\"GMT-8\")", "1580730492000"),
        ],
        run: |call| {
            let text = call.receiver_text()?;
            let locale = call.cx.locale.with_zone(zone(call, 0)?);
            Ok(match call.cx.read_moment(text.as_str(), &locale)? {
                DateText::Moment(Value::Date(millis) | Value::DateTime(millis)) => Value::Number(millis),
                _ => call.receiver().clone(),
            })
        },
        ..Builtin::ROW
    },
];

fn today(call: &mut Call) -> Result {
    let now = call.cx.now()?;
    Ok(Value::Date(call.cx.locale.zone.midnight(now)))
}

/// The zone that an argument names, or the account's.
fn zone(call: &Call, index: usize) -> Result<Zone> {
    if !call.given(index) {
        return Ok(call.cx.locale.zone.clone());
    }
    call.text(index).map(|id| Zone::find(id.trim()))
}

/// The receiver as an instant: a text by the mapping in the first argument, a number as milliseconds.
fn read(call: &Call, zone: Option<&Zone>) -> Result<i64> {
    let Value::Text(text) = call.receiver() else {
        return instant_of(call);
    };
    let text = text.as_str();
    if !call.given(0) || call.text(0)?.is_empty() {
        return instant_of(call);
    }
    let zone = zone.unwrap_or(&call.cx.locale.zone);
    let mut reading = by_mapping(call, text)?;
    if !reading.has_time
        && let Some(time) = text.get(reading.end..).and_then(read_clock)
    {
        reading.local += time;
    }
    in_range(reading.instant(zone))
}

fn by_mapping(call: &Call, text: &str) -> Result<Reading> {
    let mapping = call.text(0)?;
    let pattern = DatePattern::cached(mapping).ok_or_else(|| {
        call.bad_argument(format!("`{}` is no pattern for dates; write words in single quotes.", shorten(mapping)))
    })?;
    let locale = &call.cx.locale;
    pattern
        .read(text.trim_start(), &locale.zone, locale.century())
        .map(|reading| Reading { end: reading.end + text.len() - text.trim_start().len(), ..reading })
        .map_err(|why| match why {
            Unread::NeedsNow => call.cx.needs_now(),
            Unread::Misfit => {
                let help = format!("`{}` is not built like `{}`.", shorten(text), shorten(mapping));
                Box::new(Problem::new(Code::CannotParse, "UnParsable date").with_help(help))
            }
        })
}

/// The receiver as an instant, without a mapping.
fn instant_of(call: &Call) -> Result<i64> {
    match call.receiver() {
        number @ (Value::Number(_) | Value::Small(_) | Value::Big(_) | Value::Float(_)) => {
            let millis = whole(number).ok_or_else(|| call.wrong_receiver(NUMBER))?;
            in_range(millis)
        }
        other => Ok(moment(call, other)?.ok_or_else(|| call.wrong_receiver(SOURCE))?.millis),
    }
}

fn to_time(call: &mut Call) -> Result {
    if let Value::Time(_) = call.receiver() {
        return Ok(call.receiver().clone());
    }
    let zone = zone(call, 1)?;
    if let (Value::Text(text), false) = (call.receiver(), call.given(0)) {
        let locale = call.cx.locale.with_zone(zone);
        return match call.cx.read_moment(text.as_str(), &locale)? {
            DateText::Moment(Value::Date(millis)) => Ok(Value::DateTime(millis)),
            DateText::Moment(value) => Ok(value),
            other => Err(no_date(text.as_str(), &other)),
        };
    }
    read(call, Some(&zone)).map(Value::DateTime)
}

fn is_date(call: &mut Call) -> Result {
    Ok(match call.receiver() {
        Value::Date(_) | Value::DateTime(_) => Value::from(true),
        Value::Text(text) => match call.cx.read_moment(text.as_str(), &call.cx.locale)? {
            DateText::Moment(_) => Value::from(true),
            other => return Err(no_date(text.as_str(), &other)),
        },
        value if value.is_container() => Value::Null,
        _ => Value::from(false),
    })
}

/// A date as a text, by the format and zone in two arguments; null when the format is none.
///
/// # Errors
/// When an argument is not a text.
pub(crate) fn format_moment(call: &Call, date: Value, format: usize) -> Result {
    let (Value::Date(millis) | Value::DateTime(millis)) = date else {
        return Ok(date);
    };
    let named = call.given(format + 1).then(|| zone(call, format + 1)).transpose()?;
    let zone = named.as_ref().unwrap_or(&call.cx.locale.zone);
    let mut out = CompactString::default();
    if !call.given(format) {
        date.write(&mut out, &call.cx.locale.with_zone(zone.clone()));
    } else if let Some(pattern) = DatePattern::cached(call.text(format)?) {
        pattern.print(in_range(millis)?, zone, &mut out);
    } else {
        return Ok(Value::Null);
    }
    Ok(Value::text(out))
}
