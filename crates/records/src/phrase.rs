//! Spans of days in words: `today`, `this month`, `last 7 days`, `next 2 quarters`.

use rainwright_value::{DAY, Day, Locale};

/// The first day of a span and the first day after it, counted from 1970-01-01; `None` for other texts.
///
/// `last n days` are the n days up to and with today, `next n days` the n days from tomorrow on; other spans are whole
/// weeks, months, quarters and years, and weeks begin on Sunday.
pub(crate) fn days(text: &str, now: i64, locale: &Locale) -> Option<(i64, i64)> {
    let today = locale.zone.to_local(now).div_euclid(DAY);
    let lower = text.trim().to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let (which, count, unit) = match words.as_slice() {
        ["today"] => return Some((today, today + 1)),
        ["yesterday"] => return Some((today - 1, today)),
        ["tomorrow"] => return Some((today + 1, today + 2)),
        [which, unit] => (*which, 1, *unit),
        [which, count, unit] => (*which, count.parse::<i64>().ok().filter(|n| (1..=100_000).contains(n))?, *unit),
        _ => return None,
    };
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let start = start_of(unit, today)?;
    let moved = |by: i64| shifted(unit, start, by);
    match (which, unit) {
        ("this", _) => Some((start, moved(count)?)),
        ("last", "day") => Some((today - count + 1, today + 1)),
        ("last", _) => Some((moved(-count)?, start)),
        ("next", _) => Some((moved(1)?, moved(1 + count)?)),
        _ => None,
    }
}

/// The first day of the unit that a day lies in.
fn start_of(unit: &str, day: i64) -> Option<i64> {
    let civil = Day::from_epoch(day);
    Some(match unit {
        "day" => day,
        // 1970-01-01 was a Thursday, four days after a Sunday.
        "week" => day - (day + 4).rem_euclid(7),
        "month" => Day { day: 1, ..civil }.to_epoch(),
        "quarter" => Day { month: (civil.month - 1) / 3 * 3 + 1, day: 1, ..civil }.to_epoch(),
        "year" => Day { month: 1, day: 1, ..civil }.to_epoch(),
        _ => return None,
    })
}

/// The first day of the unit so many units later.
fn shifted(unit: &str, start: i64, by: i64) -> Option<i64> {
    let months = |count: i64| Day::from_epoch(start).add_months(count * by).to_epoch();
    Some(match unit {
        "day" => start + by,
        "week" => start + 7 * by,
        "month" => months(1),
        "quarter" => months(3),
        "year" => months(12),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_name_spans_of_days() {
        // Friday, 27 November 2026, 02:00 UTC.
        let now = 1_795_744_800_000;
        let day = |year, month, day| Day { year, month, day }.to_epoch();
        for (text, from, to) in [
            ("today", day(2026, 11, 27), day(2026, 11, 28)),
            ("Yesterday", day(2026, 11, 26), day(2026, 11, 27)),
            ("tomorrow", day(2026, 11, 28), day(2026, 11, 29)),
            ("this week", day(2026, 11, 22), day(2026, 11, 29)),
            ("last month", day(2026, 10, 1), day(2026, 11, 1)),
            ("this quarter", day(2026, 10, 1), day(2027, 1, 1)),
            ("next 2 years", day(2027, 1, 1), day(2029, 1, 1)),
            ("last 7 days", day(2026, 11, 21), day(2026, 11, 28)),
            ("next 7 days", day(2026, 11, 28), day(2026, 12, 5)),
        ] {
            assert_eq!(days(text, now, &Locale::default()), Some((from, to)), "{text}");
        }
        for text in ["", "this", "this century", "last x days", "last 0 days", "sometime soon"] {
            assert_eq!(days(text, now, &Locale::default()), None, "{text}");
        }
    }
}
