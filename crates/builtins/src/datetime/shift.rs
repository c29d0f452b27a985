//! Functions that move a date: by calendar units on the wall, by hours and less on the clock.

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{DAY, DateText, Day, HOUR, Kind, Kinds, Result, Value, Wall, weekday_number};

use super::{DATE, DATE_KIND, DATE_OR_TIME, NUMBER, TEXT};
use crate::{Basis, Builtin, Call, Example, Param};

/// What texts that are almost dates do.
const EDGE: &str = "A text is read as a date. A date without a time counts as 00:00:00. A day or month that does not exist \
is an error; an hour of 24 or more resets the whole time, a minute of 60 or more minutes and seconds, a second of 60 or more \
itself.";

const TIME_EDGE: &str = "A text is read as a date. A TIME stays a TIME; leaving its day is the error \"Invalid Operation. Value \
outside 24 hour range\". Clock changes count: an hour is always 3600 seconds.";

/// A row that moves by calendar units.
const fn calendar(
    name: &'static str,
    params: &'static [Param],
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, on: DATE, params, returns: DATE_KIND, doc, edge: EDGE, examples, run, ..Builtin::ROW }
}

/// A row that moves by a part of a day.
const fn clock(
    name: &'static str,
    aliases: &'static [&'static str],
    params: &'static [Param],
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin {
        name,
        aliases,
        on: DATE_OR_TIME,
        params,
        returns: Kinds::of(&[Kind::DateTime, Kind::Time]),
        doc,
        edge: TIME_EDGE,
        examples,
        run,
        ..Builtin::ROW
    }
}

const DAYS: &[Param] = &[Param::new("days", NUMBER, "How many days; negative numbers go the other way.")];
const WEEKS: &[Param] = &[Param::new("weeks", NUMBER, "How many weeks; negative numbers go the other way.")];
const MONTHS: &[Param] = &[Param::new("months", NUMBER, "How many months; negative numbers go the other way.")];
const YEARS: &[Param] = &[Param::new("years", NUMBER, "How many years; negative numbers go the other way.")];
const HOURS: &[Param] = &[Param::new("hours", NUMBER, "How many hours; negative numbers go the other way.")];
const MINUTES: &[Param] = &[Param::new("minutes", NUMBER, "How many minutes; negative numbers go the other way.")];
const SECONDS: &[Param] = &[Param::new("seconds", NUMBER, "How many seconds; negative numbers go the other way.")];
const WEEKDAY: &[Param] = &[Param::new("day", TEXT, "The English name of a day of the week, in any case.")];

/// Functions that move a date.
pub(crate) const SHIFT: &[Builtin] = &[
    calendar(
        "addDay",
        DAYS,
        "The date so many days later. The clock shows the same time, also across a change of the clocks.",
        &[
            Example::new("'01-Jan-2019'.addDay(11)", "12-Jan-2019 00:00:00"),
            Example::new("addDay('28-Feb-2020 10:30:00', 1)", "29-Feb-2020 10:30:00"),
        ],
        |call| days(call, 1),
    ),
    calendar(
        "subDay",
        DAYS,
        "The date so many days earlier. The clock shows the same time, also across a change of the clocks.",
        &[Example::new("'01-Jan-2019'.subDay(1)", "31-Dec-2018 00:00:00")],
        |call| days(call, -1),
    ),
    calendar(
        "addWeek",
        WEEKS,
        "The date so many weeks later, at the same time of the day.",
        &[Example::new("'01-Jan-2019'.addWeek(10)", "12-Mar-2019 00:00:00")],
        |call| days(call, 7),
    ),
    calendar(
        "subWeek",
        WEEKS,
        "The date so many weeks earlier, at the same time of the day.",
        &[Example::new("'01-May-2019'.subWeek(4)", "03-Apr-2019 00:00:00")],
        |call| days(call, -7),
    ),
    calendar(
        "addMonth",
        MONTHS,
        "The same day so many months later, or the last day of that month when it is shorter.",
        &[
            Example::new("'01-Jan-2019'.addMonth(11)", "01-Dec-2019 00:00:00"),
            Example::new("'31-Jan-2020'.addMonth(1)", "29-Feb-2020 00:00:00"),
        ],
        |call| months(call, 1),
    ),
    calendar(
        "subMonth",
        MONTHS,
        "The same day so many months earlier, or the last day of that month when it is shorter.",
        &[Example::new("'31-Mar-2020'.subMonth(1)", "29-Feb-2020 00:00:00")],
        |call| months(call, -1),
    ),
    calendar(
        "addYear",
        YEARS,
        "The same day so many years later; 29 February becomes 28 February where there is none.",
        &[Example::new("'29-Feb-2020 15:00:00'.addYear(1)", "28-Feb-2021 15:00:00")],
        |call| months(call, 12),
    ),
    calendar(
        "subYear",
        YEARS,
        "The same day so many years earlier; 29 February becomes 28 February where there is none.",
        &[Example::new("'01-Jan-2019'.subYear(1)", "01-Jan-2018 00:00:00")],
        |call| months(call, -12),
    ),
    clock(
        "addHour",
        &["addHours"],
        HOURS,
        "The date or time so many hours later.",
        &[
            Example::new("'01-Jan-2019 23:15:10'.addHour(2)", "02-Jan-2019 01:15:10"),
            Example::new("'13:15:10'.addHour(1)", "14:15:10"),
        ],
        |call| millis(call, HOUR),
    ),
    clock(
        "addMinutes",
        &["addMinute"],
        MINUTES,
        "The date or time so many minutes later.",
        &[Example::new("'01-Jan-2019'.addMinutes(1)", "01-Jan-2019 00:01:00")],
        |call| millis(call, 60_000),
    ),
    clock(
        "addSeconds",
        &["addSecond"],
        SECONDS,
        "The date or time so many seconds later.",
        &[
            Example::new("'01-Jan-2019'.addSeconds(70)", "01-Jan-2019 00:01:10"),
            Example::new("'10:00:00 PM'.addSeconds(4)", "10:00:04 PM"),
        ],
        |call| millis(call, 1000),
    ),
    clock(
        "subHour",
        &["subHours"],
        HOURS,
        "The date or time so many hours earlier.",
        &[Example::new("'01-Jan-2019'.subHour(1)", "31-Dec-2018 23:00:00")],
        |call| millis(call, -HOUR),
    ),
    clock(
        "subMinutes",
        &["subMinute"],
        MINUTES,
        "The date or time so many minutes earlier.",
        &[Example::new("'13:15:10'.subMinutes(1)", "13:14:10")],
        |call| millis(call, -60_000),
    ),
    clock(
        "subSeconds",
        &["subSecond"],
        SECONDS,
        "The date or time so many seconds earlier.",
        &[Example::new("'01-Jan-2019'.subSeconds(1)", "31-Dec-2018 23:59:59")],
        |call| millis(call, -1000),
    ),
    Builtin {
        name: "edate",
        on: DATE,
        params: MONTHS,
        returns: DATE_KIND,
        doc: "The date, without its time, so many months later.",
        edge: "The day clamps to the end of a shorter month.",
        examples: &[Example::new("'01-Jan-2019 10:00:00'.edate(11)", "01-Dec-2019")],
        run: |call| whole_months(call, false),
        ..Builtin::ROW
    },
    Builtin {
        name: "eomonth",
        on: DATE,
        params: MONTHS,
        returns: DATE_KIND,
        doc: "The last day of the month that lies so many months away, without a time.",
        edge: "0 is the month of the date itself.",
        examples: &[Example::new("'01-Jan-2019'.eomonth(1)", "28-Feb-2019")],
        run: |call| whole_months(call, true),
        ..Builtin::ROW
    },
    Builtin {
        name: "toStartOfMonth",
        on: DATE,
        returns: DATE_KIND,
        doc: "The first day of the month, at 00:00:00.",
        examples: &[Example::new("toStartOfMonth('15-Mar-2019 15:00:00')", "01-Mar-2019 00:00:00")],
        run: |call| {
            let day = Wall::from_local(call.local(call.receiver_moment()?)).day;
            let first = Day { day: 1, ..day };
            call.instant(first.to_epoch() * DAY).map(Value::DateTime)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "toStartOfWeek",
        on: DATE,
        returns: DATE_KIND,
        doc: "The Sunday of the same week, at 00:00:00.",
        examples: &[Example::new("'15-Mar-2019 15:00:00'.toStartOfWeek()", "10-Mar-2019 00:00:00")],
        run: |call| {
            let day = Wall::from_local(call.local(call.receiver_moment()?)).day;
            let sunday = day.to_epoch() - i64::from(day.weekday()) + 1;
            call.instant(sunday * DAY).map(Value::DateTime)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "nextWeekDay",
        on: DATE,
        params: WEEKDAY,
        returns: DATE_KIND,
        doc: "The next date, after this one, that falls on the day of the week.",
        edge: "The same day of the week gives the date one week later.",
        examples: &[Example::new("nextWeekDay('31-Dec-2019', \"Wednesday\")", "01-Jan-2020")],
        run: |call| to_weekday(call, 1),
        ..Builtin::ROW
    },
    Builtin {
        name: "previousWeekDay",
        aliases: &["prevWeekDay"],
        on: DATE,
        params: WEEKDAY,
        returns: DATE_KIND,
        doc: "The latest date, before this one, that falls on the day of the week.",
        edge: "The same day of the week gives the date one week earlier.",
        basis: Basis::Documented,
        examples: &[Example::new("previousWeekDay('01-Jan-2020', \"Tuesday\")", "31-Dec-2019")],
        run: |call| to_weekday(call, -1),
        ..Builtin::ROW
    },
];

#[cold]
fn too_far() -> Box<Problem> {
    Box::new(Problem::new(Code::OutOfRange, "The date lies outside the years 1 to 9999."))
}

fn days(call: &mut Call, unit: i64) -> Result {
    let from = call.receiver_moment()?;
    let shift = call.number(0)?.checked_mul(unit * DAY).ok_or_else(too_far)?;
    let local = call.local(from).checked_add(shift).ok_or_else(too_far)?;
    call.instant(local).map(Value::DateTime)
}

fn months(call: &mut Call, unit: i64) -> Result {
    let from = call.receiver_moment()?;
    let wall = Wall::from_local(call.local(from));
    let shifted = Wall { day: add_months(wall.day, call.number(0)?, unit)?, ..wall };
    call.instant(shifted.to_local()).map(Value::DateTime)
}

fn add_months(day: Day, count: i64, unit: i64) -> Result<Day> {
    let months = count.checked_mul(unit).filter(|m| m.unsigned_abs() < 200_000);
    Ok(day.add_months(months.ok_or_else(too_far)?))
}

fn millis(call: &mut Call, unit: i64) -> Result {
    let shift = call.number(0)?.checked_mul(unit).ok_or_else(too_far)?;
    let packed = match call.receiver() {
        Value::Time(packed) => Some(*packed),
        Value::Text(text) => match call.cx.read_moment(text.as_str(), &call.cx.locale)? {
            DateText::Moment(Value::Time(packed)) => Some(packed),
            _ => None,
        },
        _ => None,
    };
    if let Some(packed) = packed {
        let moved = (packed >> 1).checked_add(shift).ok_or_else(too_far)?;
        if !(0..DAY).contains(&moved) {
            let message = "Invalid Operation. Value outside 24 hour range";
            return Err(Box::new(Problem::new(Code::OutOfRange, message)));
        }
        return Ok(Value::Time(moved << 1 | (packed & 1)));
    }
    let from = call.receiver_moment()?;
    let moved = from.millis.checked_add(shift).ok_or_else(too_far)?;
    rainwright_value::in_range(moved).map(Value::DateTime)
}

fn whole_months(call: &mut Call, to_end: bool) -> Result {
    let from = call.receiver_moment()?;
    let mut day = add_months(Wall::from_local(call.local(from)).day, call.number(0)?, 1)?;
    if to_end {
        day.day = rainwright_value::days_in_month(day.year, day.month);
    }
    call.instant(day.to_epoch() * DAY).map(Value::Date)
}

fn to_weekday(call: &mut Call, direction: i64) -> Result {
    let from = call.receiver_moment()?;
    let wanted = weekday_number(call.text(0)?).ok_or_else(|| {
        call.bad_argument(format!(
            "`{}` is no day of the week; expected Sunday to Saturday.",
            crate::shorten(call.text(0).unwrap_or_default())
        ))
    })?;
    let day = Wall::from_local(call.local(from)).day;
    let ahead = (i64::from(wanted) - i64::from(day.weekday())) * direction;
    let distance = match ahead.rem_euclid(7) {
        0 => 7,
        n => n,
    };
    let moved = (day.to_epoch() + distance * direction) * DAY;
    call.instant(moved).map(Value::Date)
}
