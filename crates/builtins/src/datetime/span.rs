//! Functions that measure the time between two dates.

use rainwright_value::{DAY, HOUR, Kind, Kinds, Result, Value, Wall, from_f64};

use super::{DATE, END, NUMBER, TEXT};
use crate::{Basis, Builtin, Call, Example};

const EDGE: &str = "Negative when the end lies before the date. A text is read as a date.";

/// A row that gives a NUMBER.
const fn span(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, aliases, on: DATE, params: END, returns: NUMBER, doc, edge: EDGE, examples, run, ..Builtin::ROW }
}

/// Functions that measure the time between two dates.
pub(crate) const SPAN: &[Builtin] = &[
    span(
        "daysBetween",
        &[],
        "The days from one date to the other; their times do not count.",
        &[
            Example::new("daysBetween('1-Jan-2019', '31-Dec-2019')", "364"),
            Example::new("'10-May-2019'.daysBetween('05-May-2019')", "-5"),
        ],
        |call| days(call).map(Value::Number),
    ),
    span(
        "days360",
        &[],
        "The same as daysBetween: Zoho does not count in months of 30 days here.",
        &[Example::new("days360('31-Dec-1989', '01-Jan-1990')", "1")],
        |call| days(call).map(Value::Number),
    ),
    span(
        "hoursBetween",
        &["hourBetween"],
        "The whole hours from one date to the other; minutes and seconds are cut.",
        &[Example::new("hoursBetween('18-Dec-2019 07:00:00', '18-Dec-2019 08:59:59')", "1")],
        |call| millis(call).map(|ms| Value::Number(ms / HOUR)),
    ),
    span(
        "monthsBetween",
        &["monthBetween"],
        "The days between the dates divided by 30, cut to a whole number. See monthsDiff for months of the calendar.",
        &[Example::new("monthsBetween('01-Jan-2019', '31-Dec-2019')", "12")],
        |call| days(call).map(|days| Value::Number(days / 30)),
    ),
    span(
        "yearsBetween",
        &["yearBetween"],
        "The days between the dates divided by 365, cut to a whole number. See yearsDiff for years of the calendar.",
        &[Example::new("yearsBetween('1-Jan-2020', '31-Dec-2020')", "1")],
        |call| days(call).map(|days| Value::Number(days / 365)),
    ),
    span(
        "monthsDiff",
        &["monthDiff"],
        "The completed months of the calendar between two dates.",
        &[Example::new("monthsDiff('15-Jan-2019', '14-Mar-2019')", "1")],
        |call| months(call).map(Value::Number),
    ),
    span(
        "totalMonth",
        &["totalMonths"],
        "The completed months of the calendar between two dates, as monthsDiff.",
        &[Example::new("totalMonths('01-Feb-2020', '01-Mar-2020')", "1")],
        |call| months(call).map(Value::Number),
    ),
    span(
        "yearsDiff",
        &["yearDiff"],
        "The completed years of the calendar between two dates.",
        &[Example::new("yearsDiff('02-Jan-2020', '01-Jan-2021')", "0")],
        |call| months(call).map(|months| Value::Number(months / 12)),
    ),
    span(
        "totalYear",
        &["totalYears"],
        "The completed years of the calendar between two dates, as yearsDiff.",
        &[Example::new("totalYears('1-Jan-2019', '1-Jan-2020')", "1")],
        |call| months(call).map(|months| Value::Number(months / 12)),
    ),
    Builtin {
        name: "timeBetween",
        on: DATE,
        params: END,
        returns: TEXT,
        basis: Basis::Assumed,
        doc: "The time from one date to the other as HH:mm:ss; the hours run past 24.",
        edge: "Zoho forbids an end before the date; here the text then begins with a minus sign.",
        examples: &[Example::new("'6-Jan-2020 10:10:12'.timeBetween('7-Jan-2020 11:20:12')", "25:10:00")],
        products: "zoho-crm,zoho-books,zoho-inventory,zoho-desk,zoho-cliq,zoho-flow,zoho-salesiq",
        run: |call| {
            let ms = millis(call)?;
            let (sign, seconds) = (if ms < 0 { "-" } else { "" }, ms.abs() / 1000);
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            Ok(Value::from(format!("{sign}{hours:02}:{minutes:02}:{:02}", seconds % 60)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "yearFraction",
        on: DATE,
        params: END,
        returns: Kinds::of(&[Kind::Decimal]),
        doc: "The time from one date to the other in years of 365 days, as a DECIMAL. A change of the clocks between them counts.",
        edge: EDGE,
        examples: &[Example::new("'17-Jan-2019'.yearFraction('29-Jan-2019')", "0.03287671232876712")],
        run: |call| millis(call).map(|ms| from_f64(ms as f64 / DAY as f64 / 365.0)),
        ..Builtin::ROW
    },
];

fn millis(call: &Call) -> Result<i64> {
    let (from, to) = (call.receiver_moment()?, call.moment(0)?);
    Ok(to.millis - from.millis)
}

fn days(call: &Call) -> Result<i64> {
    let (from, to) = (call.receiver_moment()?, call.moment(0)?);
    Ok(call.local(to).div_euclid(DAY) - call.local(from).div_euclid(DAY))
}

/// Whole months; the last one counts once its day, and time of day, are reached.
fn months(call: &Call) -> Result<i64> {
    let (from, to) = (call.receiver_moment()?, call.moment(0)?);
    let (a, b) = (Wall::from_local(call.local(from)), Wall::from_local(call.local(to)));
    if b.to_local() < a.to_local() {
        return Ok(-completed(b, a));
    }
    Ok(completed(a, b))
}

fn completed(from: Wall, to: Wall) -> i64 {
    let months = (to.day.year - from.day.year) * 12 + i64::from(to.day.month) - i64::from(from.day.month);
    months - i64::from((to.day.day, to.millis) < (from.day.day, from.millis))
}
