//! Reads texts by Java's date patterns, as leniently as Java does, save for months and days that do not exist.

use super::civil::{days_in_month, first_of_year, weekday};
use super::names::{MONTHS, WEEKDAYS, short, zone_at};
use super::pattern::{DatePattern, Item};
use super::{DAY, Day, HOUR, Zone};

/// What a pattern found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Milliseconds since 1970-01-01 00:00:00 on the wall.
    pub local: i64,
    /// Milliseconds east of Greenwich, when the text says so.
    pub offset: Option<i64>,
    /// Whether the pattern has letters for a time.
    pub has_time: bool,
    /// How many bytes of the text were read.
    pub end: usize,
}

impl Reading {
    /// The instant, read in a zone unless the text names its own.
    #[must_use]
    pub fn instant(&self, zone: &Zone) -> i64 {
        match self.offset {
            Some(offset) => self.local - offset,
            None => zone.to_instant(self.local),
        }
    }
}

/// Why a text could not be read by a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is not built like the pattern.
    Misfit,
    /// It has a year of two digits, and what that means depends on the present, which is not known.
    NeedsNow,
}

/// A field with the number of the letter that set it: of two that disagree, Java trusts the later.
type Stamped = Option<(i64, u32)>;

#[derive(Default)]
struct Fields {
    stamp: u32,
    /// Whether a year of two digits was met that nobody can place.
    needs_now: bool,
    bc: bool,
    year: Stamped,
    week_year: Stamped,
    month: Stamped,
    day: Stamped,
    day_of_year: Stamped,
    week: Stamped,
    week_of_month: Stamped,
    weekday_in_month: Stamped,
    weekday: Stamped,
    hour: Stamped,
    half_hour: Stamped,
    half: Stamped,
    minute: i64,
    second: i64,
    milli: i64,
    offset: Option<i64>,
    /// A zone that the text names, and whether by its name in summer.
    named: Option<(Zone, bool)>,
}

impl DatePattern {
    /// Reads the start of a text; what follows the pattern is left alone.
    ///
    /// `century` is the first year that two digits can mean, when it is known.
    ///
    /// # Errors
    /// A text that does not fit, or that needs to know the century.
    pub fn read(&self, text: &str, zone: &Zone, century: Option<i64>) -> Result<Reading, Unread> {
        let mut fields = Fields::default();
        let reading = self.read_fields(text, zone, century, &mut fields);
        reading.ok_or(if fields.needs_now { Unread::NeedsNow } else { Unread::Misfit })
    }

    fn read_fields(&self, text: &str, zone: &Zone, century: Option<i64>, fields: &mut Fields) -> Option<Reading> {
        let mut at = 0;
        let mut has_time = false;
        for (i, item) in self.items.iter().enumerate() {
            match item {
                Item::Text(letters) => {
                    if !text.get(at..)?.starts_with(letters.as_str()) {
                        return None;
                    }
                    at += letters.len();
                }
                Item::Field(letter, count) => {
                    let rest = text.get(at..)?;
                    let start = at + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
                    // Digits of two numbers that touch are told apart by the number of letters.
                    let touches = matches!(
                        self.items.get(i + 1),
                        Some(Item::Field(next, n)) if is_number(*next, *n)
                    );
                    let source = Source {
                        text,
                        start,
                        limit: touches.then_some(at.max(start) + *count as usize),
                        century,
                        zone,
                    };
                    at = fields.read(*letter, *count, &source)?;
                    has_time |= b"HhKkmsSa".contains(letter);
                }
            }
        }
        let local = fields.days()?.checked_mul(DAY)?.checked_add(fields.time())?;
        let named = fields.named.as_ref();
        Some(Reading {
            local,
            offset: named.map_or(fields.offset, |(zone, summer)| Some(named_offset(zone, *summer, local))),
            has_time,
            end: at,
        })
    }
}

fn is_number(letter: u8, count: u32) -> bool {
    match letter {
        b'M' | b'L' => count <= 2,
        other => !b"GEazZX".contains(&other),
    }
}

/// Where a field is read from.
struct Source<'a> {
    text: &'a str,
    start: usize,
    limit: Option<usize>,
    century: Option<i64>,
    zone: &'a Zone,
}

impl Source<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// A whole number and where it ends.
    fn number(&self) -> Option<(i64, usize)> {
        let text = match self.limit {
            Some(limit) => self.text.get(self.start..limit)?,
            None => self.rest(),
        };
        let digits = text.strip_prefix('-').unwrap_or(text);
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        let end = text.len() - digits.len() + count;
        if count == 0 || count > 9 {
            return None;
        }
        Some((text.get(..end)?.parse().ok()?, self.start + end))
    }

    /// Which of the names, long or short, is here, and where it ends.
    fn name(&self, names: &[&str]) -> Option<(i64, usize)> {
        let starts = |name: &str| self.rest().get(..name.len()).is_some_and(|s| s.eq_ignore_ascii_case(name));
        let long = names.iter().position(|name| starts(name));
        let found = long.or_else(|| names.iter().position(|name| starts(short(name))))?;
        let len = if long.is_some() { names[found].len() } else { short(names[found]).len() };
        Some((found as i64, self.start + len))
    }
}

impl Fields {
    fn set(&mut self, value: i64) -> Stamped {
        self.stamp += 1;
        Some((value, self.stamp))
    }

    /// Reads one field and says where it ends.
    fn read(&mut self, letter: u8, count: u32, source: &Source) -> Option<usize> {
        match letter {
            b'G' => {
                let (era, end) = source.name(&["BC", "AD"])?;
                self.bc = era == 0;
                return Some(end);
            }
            b'E' => {
                let (day, end) = source.name(&WEEKDAYS)?;
                self.weekday = self.set(day + 1);
                return Some(end);
            }
            b'a' => {
                let (half, end) = source.name(&["AM", "PM"])?;
                self.half = self.set(half);
                return Some(end);
            }
            b'M' | b'L' if count > 2 => {
                let (month, end) = source.name(&MONTHS)?;
                self.month = self.set(month);
                return Some(end);
            }
            b'z' | b'Z' => {
                return self.general_zone(source);
            }
            b'X' => {
                let (offset, len) = iso_offset(source.rest(), count)?;
                self.offset = Some(offset);
                return Some(source.start + len);
            }
            _ => {}
        }
        let (value, end) = source.number()?;
        match letter {
            b'y' | b'Y' => {
                let two = count <= 2 && end - source.start == 2 && source.rest().as_bytes().first() != Some(&b'-');
                self.needs_now = two && source.century.is_none();
                let year = if two { in_century(value, source.century?) } else { value };
                if letter == b'y' {
                    self.year = self.set(year);
                } else {
                    self.week_year = self.set(year);
                }
            }
            b'M' | b'L' => self.month = self.set(value - 1),
            b'd' => self.day = self.set(value),
            b'D' => self.day_of_year = self.set(value),
            b'w' => self.week = self.set(value),
            b'W' => self.week_of_month = self.set(value),
            b'F' => self.weekday_in_month = self.set(value),
            b'u' => self.weekday = self.set(value.rem_euclid(7) + 1),
            b'H' => self.hour = self.set(value),
            b'k' => self.hour = self.set(if value == 24 { 0 } else { value }),
            b'K' => self.half_hour = self.set(value),
            b'h' => self.half_hour = self.set(if value == 12 { 0 } else { value }),
            b'm' => self.minute = value,
            b's' => self.second = value,
            b'S' => self.milli = value,
            _ => return None,
        }
        Some(end)
    }

    /// `+0530`, `GMT+5:30`, or a zone's name.
    fn general_zone(&mut self, source: &Source) -> Option<usize> {
        let rest = source.rest();
        let after = |text: &str| source.text.len() - text.len();
        if rest.starts_with(['+', '-']) {
            let (offset, len) = rfc_offset(rest)?;
            self.offset = Some(offset);
            return Some(source.start + len);
        }
        let gmt = rest.get(..3).filter(|s| s.eq_ignore_ascii_case("GMT"));
        if let Some(tail) = gmt.and(rest.get(3..))
            && tail.starts_with(['+', '-'])
        {
            let (offset, len) = colon_offset(tail)?;
            self.offset = Some(offset);
            return Some(after(tail) + len);
        }
        let (id, len, summer) = zone_at(rest, source.zone.id())?;
        self.named = Some((Zone::find(id), summer));
        Some(source.start + len)
    }

    fn time(&self) -> i64 {
        let by_half = both(self.half_hour, self.half);
        let hour = if self.hour.is_some() && stamp(self.hour) >= by_half {
            value(self.hour, 0)
        } else {
            value(self.half_hour, 0) + 12 * value(self.half, 0)
        };
        hour * HOUR + self.minute * 60_000 + self.second * 1000 + self.milli
    }

    /// The day that Java finds from the fields, by the rules of its `GregorianCalendar`.
    fn days(&self) -> Option<i64> {
        let first = 1;
        if stamp(self.week_year) > stamp(self.year) {
            let year = value(self.week_year, 1970);
            return Some(week_day(first_of_year(year), value(self.week, 1), value(self.weekday, first)));
        }
        let year = value(self.year, 1970);
        let year = if self.bc { 1 - year } else { year };
        let by_day = stamp(self.day);
        let mut by_week_of_month = both(self.week_of_month, self.weekday);
        let mut by_weekday = both(self.weekday_in_month, self.weekday);
        let by_day_of_year = stamp(self.day_of_year);
        let mut by_week = both(self.week, self.weekday);
        let mut best = by_day.max(by_week_of_month).max(by_weekday).max(by_day_of_year).max(by_week);
        if best == 0 {
            by_week_of_month = stamp(self.week_of_month);
            by_weekday = stamp(self.weekday_in_month).max(stamp(self.weekday));
            by_week = stamp(self.week);
            best = by_week_of_month.max(by_weekday).max(by_week);
        }
        if best != by_day && best == by_day_of_year {
            return Some(first_of_year(year) + value(self.day_of_year, 1) - 1);
        }
        if best != by_day && best == by_week {
            let start = first_of_year(year);
            return Some(week_day(start, value(self.week, 1), value(self.weekday, first)));
        }
        let month = value(self.month, 0);
        if !(0..12).contains(&month) {
            return None;
        }
        let of_month = Day { year, month: month as u32 + 1, day: 1 };
        let start = of_month.to_epoch();
        if best == by_day {
            let day = value(self.day, 1);
            let fits = (1..=i64::from(days_in_month(year, of_month.month))).contains(&day);
            return fits.then(|| Day { day: day as u32, ..of_month }.to_epoch());
        }
        let wanted = value(self.weekday, first);
        if best == by_week_of_month {
            return Some(week_day(start, value(self.week_of_month, 1), wanted));
        }
        let nth = value(self.weekday_in_month, 1);
        let ahead = |from: i64| (wanted - i64::from(weekday(from))).rem_euclid(7);
        if nth >= 0 {
            return Some(start + ahead(start) + 7 * (nth - 1));
        }
        let end = start + i64::from(days_in_month(year, of_month.month));
        Some(end + ahead(end) + 7 * nth)
    }
}

/// A day of the n-th week since `start`, whose week is the first one and begins on Sunday.
fn week_day(start: i64, week: i64, wanted: i64) -> i64 {
    start - i64::from(weekday(start)) + wanted + 7 * (week - 1)
}

fn value(field: Stamped, default: i64) -> i64 {
    field.map_or(default, |(value, _)| value)
}

fn stamp(field: Stamped) -> u32 {
    field.map_or(0, |(_, stamp)| stamp)
}

/// The later stamp of two fields that only count together.
fn both(a: Stamped, b: Stamped) -> u32 {
    match (a, b) {
        (Some((_, a)), Some((_, b))) => a.max(b),
        _ => 0,
    }
}

/// The year that two digits mean: one of the hundred years from `century` on.
pub(super) fn in_century(two: i64, century: i64) -> i64 {
    let base = century.div_euclid(100) * 100;
    base + two + if two < century.rem_euclid(100) { 100 } else { 0 }
}

/// The offset that a zone's name means: that of the day, brought to winter or summer.
fn named_offset(zone: &Zone, summer: bool, local: i64) -> i64 {
    let offset = zone.offset(zone.to_instant(local));
    match (offset > zone.standard(), summer) {
        (false, true) => offset + zone.saving(),
        (true, false) => offset - zone.saving(),
        _ => offset,
    }
}

fn digits(text: &str, from: usize, count: usize) -> Option<i64> {
    let part = text.get(from..from + count)?;
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()
}

fn signed(text: &str, hours: i64, minutes: i64) -> Option<i64> {
    if hours > 23 || minutes > 59 {
        return None;
    }
    let size = hours * HOUR + minutes * 60_000;
    Some(if text.starts_with('-') { -size } else { size })
}

/// `+0530`.
fn rfc_offset(text: &str) -> Option<(i64, usize)> {
    Some((signed(text, digits(text, 1, 2)?, digits(text, 3, 2)?)?, 5))
}

/// `+5:30`, `+05:30`.
fn colon_offset(text: &str) -> Option<(i64, usize)> {
    let wide = digits(text, 1, 2);
    let (hours, len) = match wide {
        Some(hours) => (hours, 3),
        None => (digits(text, 1, 1)?, 2),
    };
    if text.as_bytes().get(len) != Some(&b':') {
        return Some((signed(text, hours, 0)?, len));
    }
    Some((signed(text, hours, digits(text, len + 1, 2)?)?, len + 3))
}

/// `Z`, `+05`, `+0530` or `+05:30`, by the number of letters.
fn iso_offset(text: &str, count: u32) -> Option<(i64, usize)> {
    if text.starts_with('Z') {
        return Some((0, 1));
    }
    if !text.starts_with(['+', '-']) {
        return None;
    }
    let hours = digits(text, 1, 2)?;
    match count {
        1 => Some((signed(text, hours, 0)?, 3)),
        2 => rfc_offset(text),
        _ if text.as_bytes().get(3) == Some(&b':') => Some((signed(text, hours, digits(text, 4, 2)?)?, 6)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Reads a text by a pattern and prints it in a fixed form.
    fn read(pattern: &str, text: &str) -> Option<String> {
        let utc = Zone::utc();
        let reading = DatePattern::new(pattern).unwrap().read(text, &utc, Some(1946)).ok()?;
        let mut out = compact_str::CompactString::default();
        DatePattern::new("yyyy-MM-dd HH:mm:ss.SSS").unwrap().print(reading.instant(&utc), &utc, &mut out);
        Some(out.trim_end_matches(" 00:00:00.000").to_owned())
    }

    #[test]
    fn texts_read_as_in_java() {
        for (pattern, text, expected) in [
            ("dd/MM/yyyy", "16/08/2026", "2026-08-16"),
            ("yyyy", "19", "0019-01-01"),
            ("MM-d-yy", "01-11-2019 13:30:00", "2019-01-11"),
            ("MM-dd-yy", "05-20-13", "2013-05-20"),
            ("dd-MM-yy", "15-08-47", "1947-08-15"),
            ("MM,d,yyyy hh:mm:ss a", "01,11,19 1:30:00 pm", "0019-01-11 13:30:00.000"),
            ("yyyyMMddHHmm", "201903051405", "2019-03-05 14:05:00.000"),
            ("dd MMMM yyyy", "5 march 2019", "2019-03-05"),
            ("MMM d, yyyy", "August 21, 2013", "2013-08-21"),
            ("yyyy-MM-dd'T'HH:mm:ssXXX", "2019-03-05T10:00:00+05:30", "2019-03-05 04:30:00.000"),
            ("yyyy-MM-dd HH:mm z", "2019-07-05 10:00 PDT", "2019-07-05 17:00:00.000"),
            ("dd-MM-yyyy HH:mm", "05-03-2019 25:61", "2019-03-06 02:01:00.000"),
            ("yyyy DDD", "2020 366", "2020-12-31"),
            ("YYYY w u", "2020 1 1", "2019-12-30"),
            ("dd-MM-YYYY", "05-03-2019", "2018-12-30"),
            ("EEE yyyy-MM-dd", "Mon 2019-03-05", "2019-03-05"),
            ("yyyy MM F E", "2019 03 2 Tue", "2019-03-12"),
            ("h a", "12 AM", "1970-01-01"),
            ("h a", "12 PM", "1970-01-01 12:00:00.000"),
        ] {
            assert_eq!(read(pattern, text).as_deref(), Some(expected), "{pattern} on {text}");
        }
    }

    #[test]
    fn only_years_of_two_digits_need_to_know_the_time() {
        let read = |pattern: &str, text: &str| {
            let reading = DatePattern::new(pattern).unwrap().read(text, &Zone::utc(), None);
            reading.map(|reading| reading.local / DAY)
        };
        assert_eq!(read("dd-MM-yy", "15-08-47"), Err(Unread::NeedsNow));
        assert_eq!(read("dd-MM-yy", "15/08/47"), Err(Unread::Misfit));
        assert_eq!(read("dd-MM-yy", "02-01-1970"), Ok(1));
        assert_eq!(read("dd-MM-yyyy", "02-01-1970"), Ok(1));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (pattern, text) in [
            ("dd/MM/yyyy", "16-08-2026"),
            ("dd-MMM-yyyy", "16-Foo-2026"),
            ("dd-MM-yyyy", "31-04-2019"),
            ("dd-MM-yyyy", "01-13-2019"),
            ("dd-MM-yyyy", ""),
            ("yyyy", "99999999999999999999"),
            ("HH:mm", "10"),
        ] {
            assert_eq!(read(pattern, text), None, "{pattern} on {text}");
        }
    }
}
