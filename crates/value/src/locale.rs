//! What a run's settings say about zones and the printing of dates.

use std::fmt::Write;

use crate::moment::{DatePattern, Wall, Zone};

/// The zone and the formats in which a run reads and prints dates.
#[derive(Clone, Debug, Default)]
pub struct Locale {
    /// The account's time zone.
    pub zone: Zone,
    /// The first of the hundred years that a year of two digits can mean, once the clock was asked.
    century: Option<i64>,
    /// The pattern for dates; `None` is [`Locale::DATE_FORMAT`], which prints faster.
    date: Option<DatePattern>,
    /// The pattern for times; `None` is [`Locale::TIME_FORMAT`].
    time: Option<DatePattern>,
}

impl Locale {
    /// How dates print when the account says nothing else.
    pub const DATE_FORMAT: &str = "dd-MMM-yyyy";
    /// How times print when the account says nothing else.
    pub const TIME_FORMAT: &str = "HH:mm:ss";

    /// The same formats in another zone.
    #[must_use]
    pub fn with_zone(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// Takes another pattern for dates, with the letters of Java. Says whether it is one; if not, nothing changes.
    #[must_use]
    pub fn set_date_format(&mut self, pattern: &str) -> bool {
        set_format(&mut self.date, pattern, Self::DATE_FORMAT)
    }

    /// Takes another pattern for times, with the letters of Java. Says whether it is one; if not, nothing changes.
    #[must_use]
    pub fn set_time_format(&mut self, pattern: &str) -> bool {
        set_format(&mut self.time, pattern, Self::TIME_FORMAT)
    }

    /// Says what time it is: years of two digits are read as Java would then, within 80 years before and 20 years after.
    pub fn set_now(&mut self, millis: i64) {
        self.century = Some(self.zone.wall(millis).day.year - 80);
    }

    /// The first of the hundred years that a year of two digits can mean; `None` while nobody has said what time it is.
    #[must_use]
    pub fn century(&self) -> Option<i64> {
        self.century
    }

    /// The account's pattern for dates, when it is not the default.
    pub(crate) fn own_date_format(&self) -> Option<&DatePattern> {
        self.date.as_ref()
    }

    /// Appends a DATE in the account's format; `millis` since the epoch.
    pub fn write_date(&self, millis: i64, out: &mut impl Write) {
        match &self.date {
            Some(pattern) => pattern.print(millis, &self.zone, out),
            None => default_date(&self.zone.wall(millis), out),
        }
    }

    /// Appends a DATE-TIME in the account's format; `millis` since the epoch.
    pub fn write_date_time(&self, millis: i64, out: &mut impl Write) {
        if self.date.is_none() && self.time.is_none() {
            let wall = self.zone.wall(millis);
            default_date(&wall, out);
            put(out, " ");
            clock([wall.hour(), wall.minute(), wall.second()], out);
            return;
        }
        self.write_date(millis, out);
        put(out, " ");
        match &self.time {
            Some(pattern) => pattern.print(millis, &self.zone, out),
            None => {
                let wall = self.zone.wall(millis);
                clock([wall.hour(), wall.minute(), wall.second()], out);
            }
        }
    }

    /// Appends a TIME; milliseconds of the day times two, plus one for the form with AM and PM.
    pub fn write_time(&self, packed: i64, out: &mut impl Write) {
        let wall = Wall::from_local(packed >> 1);
        let (hour, minute, second) = (wall.hour(), wall.minute(), wall.second());
        if packed & 1 == 0 {
            return clock([hour, minute, second], out);
        }
        clock([(hour + 11) % 12 + 1, minute, second], out);
        put(out, if hour < 12 { " AM" } else { " PM" });
    }
}

fn set_format(format: &mut Option<DatePattern>, pattern: &str, default: &str) -> bool {
    let Some(compiled) = DatePattern::new(pattern).filter(DatePattern::has_fields) else {
        return false;
    };
    *format = (pattern != default).then_some(compiled);
    true
}

/// `dd-MMM-yyyy`.
fn default_date(wall: &Wall, out: &mut impl Write) {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = (wall.day.month as usize - 1) * 3;
    let year = wall.day.year.clamp(0, 9999);
    let [d0, d1] = two(i64::from(wall.day.day));
    let [y0, y1] = two(year / 100);
    let [y2, y3] = two(year % 100);
    let [m0, m1, m2] = [MONTHS[month], MONTHS[month + 1], MONTHS[month + 2]];
    push(&[d0, d1, b'-', m0, m1, m2, b'-', y0, y1, y2, y3], out);
}

/// `HH:mm:ss`.
fn clock(time: [i64; 3], out: &mut impl Write) {
    let [[h0, h1], [m0, m1], [s0, s1]] = time.map(two);
    push(&[h0, h1, b':', m0, m1, b':', s0, s1], out);
}

fn two(number: i64) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

fn push(ascii: &[u8], out: &mut impl Write) {
    put(out, std::str::from_utf8(ascii).unwrap_or_default());
}

/// Writing to memory cannot fail.
fn put(out: &mut impl Write, text: &str) {
    let _ = out.write_str(text);
}
