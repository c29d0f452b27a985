//! When a schedule runs: at a fixed time or around a date of each record, once or again and again.

use rainwright::Locale;
use rainwright::effect::Data;
use rainwright_value::{DAY, Day, HOUR, Value, Zone, parse_moment};

use crate::Workflow;

/// The times of a schedule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct When {
    pub(crate) start: Moment,
    every: Every,
    end: Option<Moment>,
}

/// A time that a schedule names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Moment {
    /// Milliseconds of the clock on the wall since 1970-01-01.
    At(i64),
    /// So far from the date in a field of the record.
    Around {
        /// The field.
        field: String,
        /// How many units after it; before it when negative.
        count: i64,
        unit: Unit,
        /// The time of the day in milliseconds, in place of the field's own.
        time: Option<i64>,
    },
}

/// What is counted between a date and a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Milliseconds, many of them.
    Millis(i64),
    Months(i64),
}

/// How often it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Never,
    Unit(Unit),
}

impl When {
    /// The times of a workflow; none where it does not say when it begins, or not in a way that we know.
    pub(crate) fn of(workflow: &Workflow, locale: &Locale) -> Option<When> {
        let start = Moment::of(&workflow.start, locale)?;
        let end = if workflow.end.trim().is_empty() { None } else { Some(Moment::of(&workflow.end, locale)?) };
        let every = match workflow.frequency.trim().to_ascii_lowercase().as_str() {
            "" | "once" | "none" => Every::Never,
            "hourly" => Every::Unit(Unit::Millis(HOUR)),
            "daily" => Every::Unit(Unit::Millis(DAY)),
            "weekly" => Every::Unit(Unit::Millis(7 * DAY)),
            "monthly" => Every::Unit(Unit::Months(1)),
            "yearly" => Every::Unit(Unit::Months(12)),
            _ => return None,
        };
        Some(When { start, every, end })
    }

    /// The fields of a record whose dates its times depend on.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        [Some(&self.start), self.end.as_ref()].into_iter().flatten().filter_map(Moment::field)
    }

    /// The last time, at or before `now`, at which it should have run; `value` gives a field of the record.
    pub(crate) fn last(&self, now: i64, zone: &Zone, value: impl Fn(&str) -> Data) -> Option<i64> {
        let first = self.start.local(zone, &value)?;
        let mut until = zone.to_local(now);
        if let Some(end) = &self.end {
            until = until.min(end.local(zone, &value)?);
        }
        let last = match self.every {
            _ if first > until => None,
            Every::Never => Some(first),
            Every::Unit(Unit::Millis(step)) => Some(first + (until - first).div_euclid(step) * step),
            Every::Unit(Unit::Months(step)) => {
                let (from, to) = (Day::from_epoch(first.div_euclid(DAY)), Day::from_epoch(until.div_euclid(DAY)));
                let months = (to.year - from.year) * 12 + i64::from(to.month) - i64::from(from.month);
                let turns = months.div_euclid(step);
                // The last turn may lie later in its month than the present does.
                (0..=turns).rev().map(|turn| shifted(first, turn * step, Unit::Months(1))).find(|local| *local <= until)
            }
        };
        last.map(|local| zone.to_instant(local))
    }
}

impl Moment {
    /// Reads `2025-04-29 04:54:13`, `Due`, `before 7 days from Due at "06:00:00"`.
    fn of(text: &str, locale: &Locale) -> Option<Moment> {
        let text = text.trim();
        let (text, time) = match text.rsplit_once(" at ") {
            Some((before, time)) => (before.trim(), Some(time_of(time, locale)?)),
            None => (text, None),
        };
        let plain = text.trim_matches('"');
        if let Some(Value::Date(millis) | Value::DateTime(millis)) = parse_moment(plain, locale) {
            let local = locale.zone.to_local(millis);
            return Some(Moment::At(time.map_or(local, |time| local.div_euclid(DAY) * DAY + time)));
        }
        let words: Vec<&str> = plain.split_whitespace().collect();
        let (field, count, unit) = match words.as_slice() {
            [field] | ["on", field] => (*field, 0, Unit::Millis(DAY)),
            [which @ ("before" | "after"), count, unit, "from", field] => {
                let count: i64 = count.parse().ok().filter(|count| (0..=100_000).contains(count))?;
                (*field, if *which == "before" { -count } else { count }, unit_of(unit)?)
            }
            _ => return None,
        };
        let is_name = field.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            && field.starts_with(|c: char| c.is_alphabetic() || c == '_');
        is_name.then(|| Moment::Around { field: field.to_owned(), count, unit, time })
    }

    /// The field whose date it depends on.
    pub(crate) fn field(&self) -> Option<&str> {
        match self {
            Moment::At(_) => None,
            Moment::Around { field, .. } => Some(field),
        }
    }

    /// The time on the wall; none where the record has no date.
    fn local(&self, zone: &Zone, value: &impl Fn(&str) -> Data) -> Option<i64> {
        match self {
            Moment::At(local) => Some(*local),
            Moment::Around { field, count, unit, time } => {
                let local = match value(field) {
                    Data::Date(days) => days.checked_mul(DAY)?,
                    Data::DateTime { millis, .. } => zone.to_local(millis),
                    _ => return None,
                };
                let moved = shifted(local, *count, *unit);
                Some(time.map_or(moved, |time| moved.div_euclid(DAY) * DAY + time))
            }
        }
    }
}

fn time_of(text: &str, locale: &Locale) -> Option<i64> {
    match parse_moment(text.trim().trim_matches('"'), locale)? {
        Value::Time(packed) => Some(packed >> 1),
        _ => None,
    }
}

fn unit_of(word: &str) -> Option<Unit> {
    Some(match word.to_ascii_lowercase().trim_end_matches('s') {
        "minute" => Unit::Millis(HOUR / 60),
        "hour" => Unit::Millis(HOUR),
        "day" => Unit::Millis(DAY),
        "week" => Unit::Millis(7 * DAY),
        "month" => Unit::Months(1),
        "year" => Unit::Months(12),
        _ => return None,
    })
}

/// A time on the wall so many units later.
fn shifted(local: i64, count: i64, unit: Unit) -> i64 {
    match unit {
        Unit::Millis(step) => local.saturating_add(count.saturating_mul(step)),
        Unit::Months(step) => {
            let day = Day::from_epoch(local.div_euclid(DAY)).add_months(count.saturating_mul(step));
            day.to_epoch() * DAY + local.rem_euclid(DAY)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use rainwright::Engine;
    use rainwright::effect::Data;
    use rainwright_value::{DAY, Value, parse_moment};

    use super::When;
    use crate::Workflow;

    /// The last time of a schedule as a text, at a time in Madrid, for a record with the date `Due`.
    fn last(start: &str, frequency: &str, end: &str, due: Data, now: &str) -> Option<String> {
        let engine = Engine::new().timezone("Europe/Madrid").unwrap();
        let locale = engine.locale().clone();
        let workflow =
            Workflow { start: start.into(), frequency: frequency.into(), end: end.into(), ..Workflow::default() };
        let Some(Value::DateTime(now)) = parse_moment(now, &locale) else { panic!("{now}") };
        let when = When::of(&workflow, &locale).expect("a time that can be read");
        let last = when.last(now, &locale.zone, |field| if field == "Due" { due.clone() } else { Data::Null })?;
        Some(Value::DateTime(last).to_text(&locale).to_string())
    }

    #[test]
    fn a_fixed_time_comes_once_or_again_and_again() {
        for (start, frequency, now, expected) in [
            ("2026-11-27 05:00:00", "", "2026-11-27 04:59:59", None),
            ("2026-11-27 05:00:00", "", "2026-11-29 10:00:00", Some("27-Nov-2026 05:00:00")),
            ("2026-11-20 05:00:00", "daily", "2026-11-27 04:00:00", Some("26-Nov-2026 05:00:00")),
            ("2026-11-20 05:00:00", "hourly", "2026-11-27 04:30:00", Some("27-Nov-2026 04:00:00")),
            ("2026-11-01 05:00:00", "weekly", "2026-11-27 04:00:00", Some("22-Nov-2026 05:00:00")),
            ("2026-01-31 05:00:00", "monthly", "2026-03-01 04:00:00", Some("28-Feb-2026 05:00:00")),
            ("2026-01-31 05:00:00", "monthly", "2026-02-28 04:00:00", Some("31-Jan-2026 05:00:00")),
            ("2024-02-29 05:00:00", "yearly", "2026-11-27 04:00:00", Some("28-Feb-2026 05:00:00")),
            // The clocks went back on 25 October: it is still five o'clock on the wall.
            ("2026-10-20 05:00:00", "daily", "2026-11-01 06:00:00", Some("01-Nov-2026 05:00:00")),
            ("27-Nov-2026 00:00:00", "daily", "2026-11-28 00:00:00", Some("28-Nov-2026 00:00:00")),
        ] {
            assert_eq!(last(start, frequency, "", Data::Null, now).as_deref(), expected, "{start} {frequency} {now}");
        }
        let ended = last("2026-11-20 05:00:00", "daily", "2026-11-24 00:00:00", Data::Null, "2026-11-27 09:00:00");
        assert_eq!(ended.as_deref(), Some("23-Nov-2026 05:00:00"));
    }

    #[test]
    fn a_date_of_the_record_is_the_middle_of_its_times() {
        let day = |text: &str| {
            let engine = Engine::new();
            match parse_moment(text, engine.locale()) {
                Some(Value::Date(millis)) => Data::Date(millis.div_euclid(DAY)),
                other => panic!("{other:?}"),
            }
        };
        let due = day("27-Nov-2026");
        for (start, frequency, end, now, expected) in [
            ("Due", "", "", "2026-11-26 23:59:59", None),
            ("Due", "", "", "2026-11-27 00:00:00", Some("27-Nov-2026 00:00:00")),
            ("before 7 days from Due at \"06:00:00\"", "", "", "2026-11-20 05:00:00", None),
            ("before 7 days from Due at \"06:00:00\"", "", "", "2026-11-20 07:00:00", Some("20-Nov-2026 06:00:00")),
            (
                "before 7 days from Due at \"06:00:00\"",
                "daily",
                "after 1 days from Due",
                "2026-12-24 07:00:00",
                Some("27-Nov-2026 06:00:00"),
            ),
            ("after 1 month from Due", "", "", "2026-12-27 07:00:00", Some("27-Dec-2026 00:00:00")),
            ("after 2 hours from Due", "", "", "2026-11-27 07:00:00", Some("27-Nov-2026 02:00:00")),
        ] {
            assert_eq!(last(start, frequency, end, due.clone(), now).as_deref(), expected, "{start} {frequency} {now}");
        }
        assert_eq!(last("Due", "", "", Data::Null, "2026-11-27 07:00:00"), None);
    }

    #[test]
    fn what_nobody_understands_is_no_time() {
        let engine = Engine::new();
        for (start, frequency) in [
            ("", ""),
            ("sometime soon", ""),
            ("before x days from Due", ""),
            ("Due at noon", ""),
            ("Due", "fortnightly"),
            ("3", ""),
        ] {
            let workflow = Workflow { start: start.into(), frequency: frequency.into(), ..Workflow::default() };
            assert_eq!(When::of(&workflow, engine.locale()), None, "{start} {frequency}");
        }
    }
}
