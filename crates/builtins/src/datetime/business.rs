//! Functions that count working days and hours.

use std::collections::HashSet;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{DAY, Day, HOUR, Kind, Kinds, Result, Value, Wall, multiply, weekday_number, whole};

use super::{DATE, DATE_KIND, LIST, Moment, NUMBER, moment};
use crate::{Builtin, Call, Example, Param, as_list, shorten};

const TEXT_OR_LIST: Kinds = Kinds::of(&[Kind::Text, Kind::List]);

const WEEKENDS: Param = Param::optional(
    "weekends",
    TEXT_OR_LIST,
    "The English names of the days that are free every week; {\"Saturday\", \"Sunday\"} when left out.",
);
const HOLIDAYS: Param = Param::optional("holidays", TEXT_OR_LIST, "Further free dates; none when left out.");
const DAYS: &[Param] = &[Param::new("days", NUMBER, "How many business days, 0 to 365."), WEEKENDS, HOLIDAYS];
const TO_END: &[Param] = &[Param::new("end", DATE, "The last date."), WEEKENDS, HOLIDAYS];
const EDGE: &str = "A negative count gives the date as it is; more than 365 is an error. A text is read as a date.";

/// The largest count of business days.
const MAX_DAYS: i64 = 365;
const MINUTE: i64 = HOUR / 60;
/// The largest count of business hours.
const MAX_HOURS: i64 = 100_000;
/// The longest span that is listed day by day.
const MAX_LISTED: i64 = 100_000;

/// Functions of working days.
pub(crate) const BUSINESS: &[Builtin] = &[
    Builtin {
        name: "addBusinessDay",
        aliases: &["addBusinessDays"],
        on: DATE,
        params: DAYS,
        returns: DATE_KIND,
        doc: "The date so many business days later, past weekends and holidays. A date with a time keeps its time.",
        edge: EDGE,
        examples: &[
            Example::new("'15-Mar-2019'.addBusinessDay(5)", "22-Mar-2019"),
            Example::new("'23-May-2020'.addBusinessDay(5, {\"Sunday\"}, {'25-May-2020'})", "30-May-2020"),
        ],
        run: |call| move_by_days(call, 1).and_then(|(from, at)| from.with(at)),
        ..Builtin::ROW
    },
    Builtin {
        name: "subBusinessDay",
        aliases: &["subBusinessDays"],
        on: DATE,
        params: DAYS,
        returns: DATE_KIND,
        doc: "The date so many business days earlier, past weekends and holidays. A date with a time keeps its time.",
        edge: EDGE,
        examples: &[Example::new("'21-Jul-2021'.subBusinessDay(5)", "14-Jul-2021")],
        run: |call| move_by_days(call, -1).and_then(|(from, at)| from.with(at)),
        ..Builtin::ROW
    },
    Builtin {
        name: "workday",
        on: DATE,
        params: DAYS,
        returns: DATE_KIND,
        doc: "The date so many business days later, without a time.",
        edge: EDGE,
        examples: &[Example::new("'15-Mar-2019 10:30:00'.workday(1)", "18-Mar-2019")],
        run: |call| {
            let (_, at) = move_by_days(call, 1)?;
            Ok(Value::Date(call.cx.locale.zone.midnight(at)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "workDaysBetween",
        on: DATE,
        params: TO_END,
        returns: NUMBER,
        doc: "How many working days lie after the date, up to and with the end.",
        edge: "Negative when the end lies before the date; the date itself never counts.",
        examples: &[
            Example::new("'4-Mar-2019'.workDaysBetween('8-Mar-2019')", "4"),
            Example::new("'8-Mar-2019'.workDaysBetween('4-Mar-2019')", "-4"),
        ],
        run: |call| {
            let (from, to) = (call.receiver_moment()?, call.moment(0)?);
            let free = Free::of(call)?;
            let (from, to) = (epoch_day(call, from), epoch_day(call, to));
            Ok(Value::Number(if to < from {
                -free.working_days(to, from)
            } else {
                free.working_days(from + 1, to + 1)
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "workDaysList",
        on: DATE,
        params: TO_END,
        returns: LIST,
        doc: "The working days from the date to the end, both included.",
        edge: "Empty when the end lies before the date.",
        examples: &[Example::new("'3-Jan-2020'.workDaysList('7-Jan-2020')", "03-Jan-2020,06-Jan-2020,07-Jan-2020")],
        run: list_days,
        ..Builtin::ROW
    },
    Builtin {
        name: "addBusinessHour",
        aliases: &["addBusinessHours"],
        on: DATE,
        params: &[
            Param::new(
                "hours",
                Kinds::NUMERIC,
                "How many working hours; the digits after the point are minutes. Negative numbers go back.",
            ),
            WEEKENDS,
            HOLIDAYS,
            Param::optional(
                "businessHours",
                Kinds::of(&[Kind::Map, Kind::Text]),
                "When work starts and ends, in hours of the day; {\"start\" : 9, \"end\" : 17} when left out.",
            ),
        ],
        returns: DATE_KIND,
        doc: "The date and time so many working hours later, past nights, weekends and holidays.",
        edge: "0.1 is ten minutes and 0.01 one, so 1.7 is 2 hours and 10 minutes; more than two digits after the point are an \
               error.",
        examples: &[
            Example::new("'03-Jan-2020 16:00:00'.addBusinessHour(3)", "06-Jan-2020 11:00:00"),
            Example::new("'02-Aug-2022 09:00:00'.addBusinessHour(1.3)", "02-Aug-2022 10:30:00"),
        ],
        products: "zoho-crm,zoho-books,zoho-inventory,zoho-desk,zoho-cliq,zoho-flow,zoho-salesiq",
        run: add_hours,
        ..Builtin::ROW
    },
];

/// Weekends and holidays.
struct Free {
    /// By day of the week, Sunday first.
    weekend: [bool; 7],
    /// Days since 1970-01-01.
    holidays: HashSet<i64>,
}

impl Free {
    /// Reads the second and third argument.
    fn of(call: &Call) -> Result<Free> {
        let mut weekend = [true, false, false, false, false, false, true];
        if call.given(1) {
            weekend = [false; 7];
            for name in call.list(1)?.items().iter() {
                let number = name.as_str().filter(|name| !name.trim().is_empty());
                let Some(number) = number.and_then(weekday_number) else {
                    if name.as_str().is_some_and(|name| name.trim().is_empty()) {
                        continue;
                    }
                    let shown = name.to_text(&call.cx.locale);
                    return Err(call.bad_argument(format!(
                        "`{}` is no day of the week; expected Sunday to Saturday.",
                        shorten(&shown)
                    )));
                };
                weekend[number as usize - 1] = true;
            }
        }
        if weekend.iter().all(|free| *free) {
            return Err(call.bad_argument("all seven days are weekend, so no day is left to work."));
        }
        let mut holidays = HashSet::new();
        if call.given(2) {
            for date in holiday_list(call)? {
                let date = moment(call, &date)?.ok_or_else(|| call.wrong_argument(2, LIST))?;
                holidays.insert(epoch_day(call, date));
            }
        }
        Ok(Free { weekend, holidays })
    }

    /// How many days from `first` up to, but not with, `end` are worked: whole weeks at once.
    fn working_days(&self, first: i64, end: i64) -> i64 {
        let worked = |days: std::ops::Range<i64>| days.filter(|day| !self.is_weekend(*day)).count() as i64;
        let weeks = (end - first) / 7;
        let holidays = self.holidays.iter().filter(|day| (first..end).contains(*day) && !self.is_weekend(**day));
        worked(first..first + 7) * weeks + worked(first + 7 * weeks..end) - holidays.count() as i64
    }

    fn is_weekend(&self, day: i64) -> bool {
        self.weekend[Day::from_epoch(day).weekday() as usize - 1]
    }

    fn works(&self, day: i64) -> bool {
        !self.is_weekend(day) && !self.holidays.contains(&day)
    }
}

/// The holidays given: a list, one date, or texts between commas.
fn holiday_list(call: &Call) -> Result<Vec<Value>> {
    if let date @ (Value::Date(_) | Value::DateTime(_)) = call.arg(2) {
        return Ok(vec![date.clone()]);
    }
    let list = as_list(call.arg(2)).ok_or_else(|| call.wrong_argument(2, LIST))?;
    let given = list.items().iter().filter(|v| v.as_str() != Some("")).cloned().collect();
    Ok(given)
}

fn epoch_day(call: &Call, date: Moment) -> i64 {
    call.local(date).div_euclid(DAY)
}

/// The receiver, and the instant so many business days away at the same time of the day.
fn move_by_days(call: &mut Call, direction: i64) -> Result<(Moment, i64)> {
    let from = call.receiver_moment()?;
    let count = call.number(0)?;
    let free = Free::of(call)?;
    if count > MAX_DAYS {
        return Err(call.bad_argument(format!("{count} business days are more than {MAX_DAYS}.")));
    }
    let wall = Wall::from_local(call.local(from));
    let mut day = wall.day.to_epoch();
    let mut left = count;
    while left > 0 {
        day += direction;
        left -= i64::from(free.works(day));
    }
    Ok((from, call.instant(day * DAY + wall.millis)?))
}

fn list_days(call: &mut Call) -> Result {
    let (from, to) = (call.receiver_moment()?, call.moment(0)?);
    let free = Free::of(call)?;
    let (first, last) = (epoch_day(call, from), epoch_day(call, to));
    if last - first > MAX_LISTED {
        let message = format!("{} lists at most {MAX_LISTED} days.", call.name);
        return Err(Box::new(Problem::new(Code::LimitReached, message)));
    }
    let time = call.local(from).rem_euclid(DAY);
    let days: Result<Vec<Value>> =
        (first..=last).filter(|day| free.works(*day)).map(|day| from.with(call.instant(day * DAY + time)?)).collect();
    days.map(Value::from)
}

/// Start and end of work, in milliseconds of the day.
fn window(call: &Call) -> Result<(i64, i64)> {
    if !call.given(3) {
        return Ok((9 * HOUR, 17 * HOUR));
    }
    let hours = match call.arg(3) {
        Value::Text(text) => rainwright_value::read_json(text.as_str(), true)?,
        other => other.clone(),
    };
    let map = hours.as_map().ok_or_else(|| call.wrong_argument(3, Kind::Map.into()))?;
    let hour = |key: &str, default: i64| -> Option<i64> {
        match map.borrow().get_text(key) {
            None => Some(default),
            Some(Value::Text(text)) => text.as_str().trim().parse().ok(),
            Some(other) => whole(other),
        }
    };
    match (hour("start", 9), hour("end", 17)) {
        (Some(start), Some(end)) if (0..end).contains(&start) && end <= 24 => Ok((start * HOUR, end * HOUR)),
        _ => Err(call.bad_argument("start and end are hours from 0 to 24, the start before the end.")),
    }
}

/// The hours of the first argument in minutes: `1.30` is 90, `0.7` is 70.
fn business_minutes(call: &Call) -> Result<i64> {
    let hours = call.arg(0);
    if !matches!(hours, Value::Number(_) | Value::Small(_) | Value::Big(_) | Value::Float(_)) {
        return Err(call.wrong_argument(0, Kinds::NUMERIC));
    }
    // Two digits at most are left after the point: a hundred times the number is whole.
    let hundredfold = multiply(hours, &Value::Number(100))?;
    let Some(hundredfold) = whole(&hundredfold) else {
        return Err(
            call.bad_argument("the digits after the point are minutes, so there are at most two: 0.05 is five.")
        );
    };
    Ok(hundredfold / 100 * 60 + hundredfold % 100)
}

fn add_hours(call: &mut Call) -> Result {
    let from = call.receiver_moment()?;
    let minutes = business_minutes(call)?;
    let free = Free::of(call)?;
    let (start, end) = window(call)?;
    if minutes.unsigned_abs() > MAX_HOURS.unsigned_abs() * 60 {
        return Err(call.bad_argument(format!("{} hours are more than {MAX_HOURS}.", minutes / 60)));
    }
    let wall = Wall::from_local(call.local(from));
    let (mut day, mut time) = (wall.day.to_epoch(), wall.millis);
    let mut left = minutes.abs() * MINUTE;
    let forward = minutes > 0;
    while left > 0 {
        let open = if !free.works(day) {
            0
        } else if forward {
            time = time.max(start);
            end - time
        } else {
            time = time.min(end);
            time - start
        };
        if left <= open {
            time += if forward { left } else { -left };
            break;
        }
        left -= open.max(0);
        (day, time) = if forward { (day + 1, start) } else { (day - 1, end) };
    }
    call.instant(day * DAY + time).map(Value::DateTime)
}
