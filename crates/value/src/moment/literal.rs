//! The forms of dates and times that texts and `'…'` literals may have without a pattern.

use super::names::MONTHS;
use super::parse::{Unread, in_century};
use super::{DAY, Day, HOUR, Zone, days_in_month};
use crate::{Locale, Value};

/// What a text says about a date.
#[derive(Clone, Debug)]
pub enum DateText {
    /// A DATE, DATE-TIME or TIME.
    Moment(Value),
    /// Built like a date, with a day or month that does not exist.
    Wrong,
    /// Built like a date, with a part that is too long or too short.
    Malformed,
    /// Built like a date with a year of two digits; what that means depends on the present, which the locale does not know.
    NeedsNow,
    /// Something else.
    Other,
}

/// The date, date-time or time that a text is, in one of the supported formats.
///
/// Dates are `15-Aug-1947`, `August 15 1947`, `08/15/1947`, `1947.08.15` and the like; a time `HH:mm:ss` may follow, and
/// `hh:mm:ss AM` too. A time alone is a TIME. A year of two digits is only read when the locale knows what time it is.
#[must_use]
pub fn parse_moment(text: &str, locale: &Locale) -> Option<Value> {
    match read_moment(text, locale) {
        DateText::Moment(value) => Some(value),
        _ => None,
    }
}

/// As [`parse_moment`], and says what is wrong with a text that is almost a date.
#[must_use]
pub fn read_moment(text: &str, locale: &Locale) -> DateText {
    let text = text.trim();
    // Cheap first: most quoted texts are names and words.
    if text.len() > 64 || !text.is_ascii() || !text.bytes().any(|b| b.is_ascii_digit()) {
        return DateText::Other;
    }
    if let Some(packed) = parse_time(text) {
        return DateText::Moment(Value::Time(packed));
    }
    match by_format(text, locale) {
        Ok(value) => DateText::Moment(value),
        Err(Unread::NeedsNow) => DateText::NeedsNow,
        Err(Unread::Misfit) => read_date(text, locale),
    }
}

/// The account's own format, when it is one that the list below does not know.
fn by_format(text: &str, locale: &Locale) -> Result<Value, Unread> {
    let date = locale.own_date_format().ok_or(Unread::Misfit)?;
    let reading = date.read(text, &locale.zone, locale.century())?;
    let rest = text.get(reading.end..).ok_or(Unread::Misfit)?.trim();
    if rest.is_empty() {
        return Ok(Value::Date(locale.zone.to_instant(reading.local)));
    }
    let clock = parse_clock(rest).ok_or(Unread::Misfit)?;
    Ok(Value::DateTime(locale.zone.to_instant(reading.local + clock.millis)))
}

/// A date with or without a time after it.
fn read_date(text: &str, locale: &Locale) -> DateText {
    let Some((parts, rest)) = split_date(text) else {
        return DateText::Other;
    };
    let day = match find_day(&parts, locale) {
        Ok(day) => day,
        Err(problem) => return problem,
    };
    let midnight = day.to_epoch() * DAY;
    let rest = rest.trim_start();
    if rest.is_empty() {
        return DateText::Moment(Value::Date(locale.zone.to_instant(midnight)));
    }
    let rest = rest.strip_prefix(['T', 't']).unwrap_or(rest);
    let Some(clock) = parse_clock(rest) else {
        let over_long = rest.bytes().all(|b| b.is_ascii_digit() || b == b':');
        return if over_long { DateText::Malformed } else { DateText::Other };
    };
    let local = midnight + clock.millis;
    DateText::Moment(Value::DateTime(match clock.zone {
        Some(offset) => local - offset,
        None => locale.zone.to_instant(local),
    }))
}

/// The three parts of a date and what follows them.
fn split_date(text: &str) -> Option<([&str; 3], &str)> {
    let mut parts = [""; 3];
    let mut rest = text;
    for (i, part) in parts.iter_mut().enumerate() {
        let alpha = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        let len = rest.bytes().take_while(|b| if alpha { b.is_ascii_alphabetic() } else { b.is_ascii_digit() }).count();
        if len == 0 {
            return None;
        }
        (*part, rest) = rest.split_at(len);
        if i < 2 {
            let trimmed = rest.trim_start_matches(['-', '/', '.', ',', ' ']);
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
    }
    // A year is followed by nothing, a blank, a comma or the T of ISO 8601.
    let ends = rest.is_empty() || rest.starts_with([' ', 'T', 't', ',']);
    ends.then(|| (parts, rest.strip_prefix(',').unwrap_or(rest)))
}

fn find_day(parts: &[&str; 3], locale: &Locale) -> Result<Day, DateText> {
    let alpha = |i: usize| parts[i].starts_with(|c: char| c.is_ascii_alphabetic());
    match (alpha(0), alpha(1), alpha(2)) {
        (false, false, false) => find_numeric_day(parts, locale),
        (true, false, false) => named_day(parts[1], parts[0], parts[2], locale),
        (false, true, false) if parts[0].len() == 4 => named_day(parts[2], parts[1], parts[0], locale),
        (false, true, false) => named_day(parts[0], parts[1], parts[2], locale),
        _ => Err(DateText::Other),
    }
}

fn named_day(day: &str, month: &str, year: &str, locale: &Locale) -> Result<Day, DateText> {
    let number =
        MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month) || name[..3].eq_ignore_ascii_case(month));
    if day.len() > 2 || month.len() < 3 || year.len() > 4 {
        return Err(DateText::Malformed);
    }
    let Some(number) = number else {
        return Err(if year.len() == 3 { DateText::Other } else { DateText::Wrong });
    };
    on_day(day, number as i64 + 1, year, locale)
}

/// The readings in the order of Zoho's page; the account's own order goes first.
fn find_numeric_day(parts: &[&str; 3], locale: &Locale) -> Result<Day, DateText> {
    if parts[0].len() == 4 {
        return numeric_day(parts[2], parts[1], parts[0], locale);
    }
    if parts.iter().any(|part| part.len() > 4) || parts[0].len() > 2 || parts[1].len() > 2 {
        return Err(DateText::Malformed);
    }
    let month_first = numeric_day(parts[1], parts[0], parts[2], locale);
    let year_first = numeric_day(parts[2], parts[1], parts[0], locale);
    let day_first = numeric_day(parts[0], parts[1], parts[2], locale);
    let account = locale.own_date_format();
    let in_order = if account.is_some_and(|format| format.is_numeric() && format.day_first()) {
        [day_first, month_first, year_first]
    } else {
        [month_first, year_first, day_first]
    };
    let mut last = DateText::Other;
    for reading in in_order {
        match reading {
            Ok(day) => return Ok(day),
            Err(DateText::NeedsNow) => return Err(DateText::NeedsNow),
            Err(other) => last = other,
        }
    }
    Err(last)
}

fn numeric_day(day: &str, month: &str, year: &str, locale: &Locale) -> Result<Day, DateText> {
    if day.len() > 2 || month.len() > 2 || year.len() > 4 {
        return Err(DateText::Malformed);
    }
    on_day(day, month.parse().unwrap_or(0), year, locale)
}

/// A day of a month, in a year of two or four digits.
fn on_day(day: &str, month: i64, year: &str, locale: &Locale) -> Result<Day, DateText> {
    let day = day.parse().unwrap_or(0);
    let digits: i64 = year.parse().map_err(|_| DateText::Other)?;
    let year = match (year.len(), locale.century()) {
        (4, _) => digits,
        (2, Some(century)) => in_century(digits, century),
        // What exists in no year needs no clock.
        (2, None) if existing(LEAP_YEAR, month, day).is_some() => return Err(DateText::NeedsNow),
        (2, None) => return Err(DateText::Wrong),
        _ => return Err(DateText::Other),
    };
    existing(year, month, day).ok_or(DateText::Wrong)
}

/// A year that has every day.
const LEAP_YEAR: i64 = 2000;

fn existing(year: i64, month: i64, day: u32) -> Option<Day> {
    let month = u32::try_from(month).ok().filter(|m| (1..=12).contains(m))?;
    let fits = year >= 1 && (1..=days_in_month(year, month)).contains(&day);
    fits.then_some(Day { year, month, day })
}

/// The time of day after a date, in milliseconds of the day.
#[must_use]
pub fn read_clock(text: &str) -> Option<i64> {
    parse_clock(text.trim()).map(|clock| clock.millis)
}

/// The time of day after a date.
struct Clock {
    /// Milliseconds since midnight.
    millis: i64,
    /// Milliseconds east of Greenwich, when the text says so.
    zone: Option<i64>,
}

/// `HH:mm`, `HH:mm:ss`, `HH:mm:ss.SSS`, with AM or PM, `Z` or an offset after it.
///
/// An hour of 24 or more resets the whole time, a minute of 60 or more minutes and seconds, a second of 60 or more itself.
fn parse_clock(text: &str) -> Option<Clock> {
    let (digits, tail) = split_clock(text)?;
    let mut fields = digits.split(':');
    let mut next = || -> Option<i64> {
        let field = fields.next()?;
        (1..=2).contains(&field.len()).then(|| field.parse().ok())?
    };
    let (mut hour, mut minute) = (next()?, next()?);
    let mut second = match digits.matches(':').count() {
        1 => 0,
        2 => next()?,
        _ => return None,
    };
    if second >= 60 {
        second = 0;
    }
    if minute >= 60 {
        (minute, second) = (0, 0);
    }
    let mut tail = tail;
    let mut milli = 0;
    if let Some(fraction) = tail.strip_prefix('.') {
        let len = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let shown = fraction.get(..len.min(3))?;
        milli = shown.parse::<i64>().ok()? * [1, 100, 10, 1][shown.len()];
        tail = fraction.get(len..)?;
    }
    let tail = tail.trim();
    let mut zone = None;
    if tail.eq_ignore_ascii_case("am") || tail.eq_ignore_ascii_case("pm") {
        hour = half_day(hour, tail)?;
    } else if !tail.is_empty() {
        zone = Some(offset_of(tail)?);
    }
    if hour >= 24 {
        (hour, minute, second) = (0, 0, 0);
    }
    Some(Clock { millis: hour * HOUR + minute * 60_000 + second * 1000 + milli, zone })
}

/// The digits and colons at the start, and the rest.
fn split_clock(text: &str) -> Option<(&str, &str)> {
    let len = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b':').count();
    text.split_at_checked(len).filter(|(digits, _)| digits.contains(':'))
}

fn half_day(hour: i64, half: &str) -> Option<i64> {
    let hour = if (1..=12).contains(&hour) {
        hour % 12
    } else {
        return None;
    };
    Some(hour + if half.eq_ignore_ascii_case("pm") { 12 } else { 0 })
}

/// `Z`, `+05:30`, `-0800` or a zone's name, as milliseconds east of Greenwich.
fn offset_of(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    text.starts_with(['+', '-']).then(|| Zone::named(&format!("GMT{text}"))).flatten().map(|zone| zone.standard())
}

/// A TIME: `HH:mm:ss`, or `hh:mm:ss AM`; all three parts are required. Packed as [`Value::Time`] holds it.
fn parse_time(text: &str) -> Option<i64> {
    let (digits, tail) = split_clock(text)?;
    let mut fields = digits.split(':');
    let mut next = || -> Option<i64> {
        let field = fields.next()?;
        (1..=2).contains(&field.len()).then(|| field.parse().ok())?
    };
    let (hour, minute, second) = (next()?, next()?, next()?);
    if fields.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let half = tail.trim();
    let twelve = half.eq_ignore_ascii_case("am") || half.eq_ignore_ascii_case("pm");
    let hour = match (twelve, half.is_empty()) {
        (true, _) => half_day(hour, half)?,
        (_, true) => hour,
        _ => return None,
    };
    let millis = hour * HOUR + minute * 60_000 + second * 1000;
    Some(millis * 2 + i64::from(twelve))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let mut locale = Locale::default();
        // 2026-11-27.
        locale.set_now(1_795_737_600_000);
        match read_moment(text, &locale) {
            DateText::Moment(value) => value.to_text(&locale),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_supported_form_is_read() {
        for (text, expected) in [
            ("15-Aug-1947", "15-Aug-1947"),
            ("15-August-1947", "15-Aug-1947"),
            ("15-aug-47", "15-Aug-1947"),
            ("08/15/1947", "15-Aug-1947"),
            ("15 Aug 1947", "15-Aug-1947"),
            ("August 15 1947", "15-Aug-1947"),
            ("Aug 21, 2013 16:04:37", "21-Aug-2013 16:04:37"),
            ("1947.08.15", "15-Aug-1947"),
            ("15.08.1947", "15-Aug-1947"),
            ("2019-03-05", "05-Mar-2019"),
            ("02/04/2020", "04-Feb-2020"),
            ("15-08-47", "15-Aug-1947"),
            ("15-Mar-2019 24:10:10", "15-Mar-2019 00:00:00"),
            ("15-Mar-2019 10:60:10", "15-Mar-2019 10:00:00"),
            ("15-Mar-2019 10:20:60", "15-Mar-2019 10:20:00"),
            ("6-Jan-2020 10:10 PM", "06-Jan-2020 22:10:00"),
            ("2019-03-05T10:11:12+05:30", "05-Mar-2019 04:41:12"),
            ("2019-03-05T10:11:12.345Z", "05-Mar-2019 10:11:12"),
            ("13:15:10", "13:15:10"),
            ("10:00:00 PM", "10:00:00 PM"),
            ("12:00:00 AM", "12:00:00 AM"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    #[test]
    fn a_year_of_two_digits_needs_to_know_the_time() {
        let found = |text: &str| format!("{:?}", read_moment(text, &Locale::default()));
        for text in ["15-aug-47", "15-08-47", "29/02/00", "1 Jan 30 10:00"] {
            assert_eq!(found(text), "NeedsNow", "{text}");
        }
        assert_eq!(found("99-99-99"), "Wrong");
        assert_eq!(found("15-Aug-1"), "Other");
        let mut later = Locale::default();
        // 2076-11-12.
        later.set_now(3_372_364_800_000);
        let year = parse_moment("15-Aug-90", &later).map(|date| date.to_text(&later));
        assert_eq!(year.as_deref(), Some("15-Aug-2090"));
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for (text, expected) in [
            ("31-Apr-2019", "Wrong"),
            ("13-Foo-2019", "Wrong"),
            ("2019-13-01", "Wrong"),
            ("13-Ja-2019", "Malformed"),
            ("113-Jan-2019", "Malformed"),
            ("13-Jan-20190", "Malformed"),
            ("13-Jan-2019 100:00:00", "Malformed"),
            ("data", "Other"),
            ("1.2.3", "Other"),
            ("10:30", "Other"),
            ("25:00:00", "Other"),
            ("abc-12-2019x", "Other"),
            ("", "Other"),
            ("192.168.10.20", "Other"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }
}
