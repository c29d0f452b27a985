//! Java's date patterns: compiled once, printed often.

use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;

use compact_str::CompactString;

use super::names::{MONTHS, WEEKDAYS, short, zone_names};
use super::{HOUR, Wall, Zone};

/// A pattern such as `dd-MMM-yyyy HH:mm:ss`, with the letters of Java's `SimpleDateFormat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern {
    pub(super) items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Literal letters.
    Text(CompactString),
    /// A letter and how often it is repeated.
    Field(u8, u32),
}

/// The letters with a meaning.
const LETTERS: &str = "GyMdkHmsSEDFwWahKzZYuXL";
/// More of one letter than this is no pattern but an attack.
const MAX_WIDTH: u32 = 255;

impl DatePattern {
    /// Reads a pattern. `None` when it holds a letter without meaning outside quotes, or an open quote.
    #[must_use]
    pub fn new(pattern: &str) -> Option<DatePattern> {
        let mut items = Vec::new();
        let mut text = CompactString::default();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                if chars.next_if_eq(&'\'').is_some() {
                    text.push('\'');
                    continue;
                }
                loop {
                    match chars.next()? {
                        '\'' if chars.next_if_eq(&'\'').is_some() => text.push('\''),
                        '\'' => break,
                        other => text.push(other),
                    }
                }
            } else if c.is_ascii_alphabetic() {
                if !LETTERS.contains(c) {
                    return None;
                }
                let mut count = 1;
                while chars.next_if_eq(&c).is_some() {
                    count += 1;
                }
                if count > MAX_WIDTH || (c == 'X' && count > 3) {
                    return None;
                }
                if !text.is_empty() {
                    items.push(Item::Text(std::mem::take(&mut text)));
                }
                items.push(Item::Field(c as u8, count));
            } else {
                text.push(c);
            }
        }
        if !text.is_empty() {
            items.push(Item::Text(text));
        }
        Some(DatePattern { items })
    }

    /// As [`DatePattern::new`], but remembers the last patterns of this thread.
    #[must_use]
    pub fn cached(pattern: &str) -> Option<Rc<DatePattern>> {
        const KEEP: usize = 16;
        thread_local! {
            static LAST: RefCell<Vec<(String, Rc<DatePattern>)>> = const { RefCell::new(Vec::new()) };
        }
        LAST.with_borrow_mut(|last| {
            if let Some((_, compiled)) = last.iter().find(|(text, _)| text == pattern) {
                return Some(compiled.clone());
            }
            let compiled = Rc::new(DatePattern::new(pattern)?);
            if last.len() >= KEEP {
                last.remove(0);
            }
            last.push((pattern.to_owned(), compiled.clone()));
            Some(compiled)
        })
    }

    /// Whether it has letters with a meaning.
    #[must_use]
    pub fn has_fields(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Field(..)))
    }

    /// Whether it names the day before the month, as `dd/MM/yyyy` does.
    #[must_use]
    pub fn day_first(&self) -> bool {
        let place = |letters: &[u8]| {
            self.items.iter().position(|item| matches!(item, Item::Field(c, _) if letters.contains(c)))
        };
        match (place(b"d"), place(b"ML")) {
            (Some(day), Some(month)) => day < month,
            _ => false,
        }
    }

    /// Whether all its parts are digits: `dd/MM/yyyy`, not `dd-MMM-yyyy`.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        !self.items.iter().any(|item| matches!(item, Item::Field(b'M' | b'L', 3..)))
    }

    /// Appends an instant, as the zone's wall shows it.
    pub fn print(&self, millis: i64, zone: &Zone, out: &mut impl Write) {
        let offset = zone.offset(millis);
        let wall = Wall::from_local(millis.saturating_add(offset));
        for item in &self.items {
            match item {
                Item::Text(text) => put(out, text),
                Item::Field(letter, count) => {
                    field(*letter, *count, &wall, offset, zone, out);
                }
            }
        }
    }
}

fn field(letter: u8, count: u32, wall: &Wall, offset: i64, zone: &Zone, out: &mut impl Write) {
    let day = wall.day;
    // Java counts years within their era: 1 BC is year 1 of BC.
    let of_era = |year: i64| if year > 0 { year } else { 1 - year };
    let year = |year: i64| match count {
        2 => of_era(year) % 100,
        _ => of_era(year),
    };
    let hour = || wall.hour();
    match letter {
        b'G' => put(out, if day.year > 0 { "AD" } else { "BC" }),
        b'y' => pad(out, year(day.year), count),
        b'Y' => pad(out, year(day.week(1).0), count),
        b'M' | b'L' => match count {
            4.. => put(out, MONTHS[day.month as usize - 1]),
            3 => put(out, short(MONTHS[day.month as usize - 1])),
            _ => pad(out, day.month.into(), count),
        },
        b'd' => pad(out, day.day.into(), count),
        b'D' => pad(out, day.day_of_year(), count),
        b'w' => pad(out, day.week(1).1, count),
        b'W' => {
            let first = i64::from(super::Day { day: 1, ..day }.weekday()) - 1;
            pad(out, (i64::from(day.day) - 1 + first) / 7 + 1, count);
        }
        b'F' => pad(out, (i64::from(day.day) - 1) / 7 + 1, count),
        b'E' => {
            let name = WEEKDAYS[day.weekday() as usize - 1];
            put(out, if count >= 4 { name } else { short(name) });
        }
        b'u' => pad(out, i64::from((day.weekday() + 5) % 7) + 1, count),
        b'a' => put(out, if hour() < 12 { "AM" } else { "PM" }),
        b'H' => pad(out, hour(), count),
        b'k' => pad(out, if hour() == 0 { 24 } else { hour() }, count),
        b'K' => pad(out, hour() % 12, count),
        b'h' => pad(out, if hour() % 12 == 0 { 12 } else { hour() % 12 }, count),
        b'm' => pad(out, wall.minute(), count),
        b's' => pad(out, wall.second(), count),
        b'S' => pad(out, wall.millis % 1000, count),
        b'z' => zone_name(count, offset, zone, out),
        b'Z' => signed_offset(offset, true, "", out),
        b'X' if offset == 0 => put(out, "Z"),
        b'X' => signed_offset(offset, count > 1, if count == 3 { ":" } else { "" }, out),
        _ => {}
    }
}

/// A number with zeros in front, up to a width.
#[inline]
fn pad(out: &mut impl Write, number: i64, width: u32) {
    // Two digits and years of four are nearly all there is.
    let two = |n: i64| [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
    if width == 2 && (0..100).contains(&number) {
        return put(out, std::str::from_utf8(&two(number)).unwrap_or_default());
    }
    if width == 4 && (0..10_000).contains(&number) {
        let [[a, b], [c, d]] = [two(number / 100), two(number % 100)];
        return put(out, std::str::from_utf8(&[a, b, c, d]).unwrap_or_default());
    }
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    while rest > 0 || at == digits.len() {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    for _ in (digits.len() - at)..width as usize {
        put(out, "0");
    }
    put(out, std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

fn signed_offset(offset: i64, minutes: bool, colon: &str, out: &mut impl Write) {
    put(out, if offset < 0 { "-" } else { "+" });
    let size = offset.abs();
    pad(out, size / HOUR, 2);
    if minutes {
        put(out, colon);
        pad(out, size / 60_000 % 60, 2);
    }
}

fn zone_name(count: u32, offset: i64, zone: &Zone, out: &mut impl Write) {
    let summer = usize::from(offset > zone.standard());
    match zone_names(zone.id()) {
        Some(names) if count >= 4 => put(out, names.long[summer]),
        Some(names) => put(out, names.short[summer]),
        None => {
            put(out, "GMT");
            if offset != 0 {
                signed_offset(offset, true, ":", out);
            }
        }
    }
}

/// Writing to memory cannot fail.
fn put(out: &mut impl Write, text: &str) {
    let _ = out.write_str(text);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn show(pattern: &str, millis: i64, zone: &str) -> String {
        let mut out = CompactString::default();
        DatePattern::new(pattern).unwrap().print(millis, &Zone::find(zone), &mut out);
        out.into()
    }

    /// 05-Mar-2019 07:08:09 in Kolkata.
    const MORNING: i64 = 1_551_749_889_000;

    #[test]
    fn every_letter_prints_as_in_java() {
        for (pattern, expected) in [
            ("d/M/yy", "5/3/19"),
            ("MMMM d, yyyy", "March 5, 2019"),
            ("w W D d F", "10 2 64 5 1"),
            ("yyyy-MM-dd'T'HH:mm:ssZ", "2019-03-05T07:08:09+0530"),
            ("X XX XXX", "+05 +0530 +05:30"),
            ("EEE EEEE EEEEE u", "Tue Tuesday Tuesday 2"),
            ("h 'o''clock' a", "7 o'clock AM"),
            ("''yy''", "'19'"),
            ("dddd", "0005"),
            ("G y yyy yyyyy Y YY", "AD 2019 2019 02019 2019 19"),
            ("K k H h S SSS", "7 7 7 7 0 000"),
            ("z zzzz", "IST India Standard Time"),
            ("L LL LLL LLLL", "3 03 Mar March"),
        ] {
            assert_eq!(show(pattern, MORNING, "Asia/Kolkata"), expected, "{pattern}");
        }
        assert_eq!(show("z zzzz", MORNING, "America/New_York"), "EST Eastern Standard Time");
        assert_eq!(show("z zzzz", MORNING + 3 * 2_592_000_000, "PST"), "PDT Pacific Daylight Time");
        assert_eq!(show("z X", MORNING, "GMT+5:30"), "GMT+05:30 +05");
        assert_eq!(show("z XXX", MORNING, "UTC"), "UTC Z");
    }

    #[test]
    fn unknown_letters_and_open_quotes_are_refused() {
        for bad in ["hello", "yyyy-MM-ddThh", "'open", "XXXX", "dd b"] {
            assert_eq!(DatePattern::new(bad), None, "{bad}");
        }
        assert!(!DatePattern::new("--").unwrap().has_fields());
    }
}
