//! Time zones as Java resolves and applies them.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::civil::{HOUR, Wall};

/// A time zone; cheap to clone.
#[derive(Clone)]
pub struct Zone(Arc<Inner>);

struct Inner {
    id: String,
    rules: Rules,
}

enum Rules {
    /// The same milliseconds east of Greenwich at all times.
    Fixed(i64),
    /// By the tz database; the table is made when it is first needed.
    Moving { tz: TimeZone, table: OnceLock<Table> },
}

/// The periods of equal offset from 1900 to 2100.
struct Table {
    /// The offset of standard time in our days, in milliseconds; Java uses it before 1900.
    standard: i64,
    /// How far clocks go forward in summer, in our days.
    saving: i64,
    periods: Vec<Period>,
}

struct Period {
    /// First instant, in milliseconds since the epoch.
    start: i64,
    /// Milliseconds east of Greenwich.
    offset: i64,
}

const YEAR_1900: i64 = -2_208_988_800;
const YEAR_2100: i64 = 4_102_444_800;

/// Names that Java keeps from its early days; the database knows some of them otherwise or not at all.
const OLD_NAMES: &[(&str, &str)] = &[
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// Names that Java holds at one offset, in hours.
const FIXED_NAMES: &[(&str, i64)] = &[("UTC", 0), ("GMT", 0), ("EST", -5), ("MST", -7), ("HST", -10)];

impl Default for Zone {
    fn default() -> Self {
        Zone::utc()
    }
}

impl std::fmt::Debug for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Zone({})", self.id())
    }
}

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Zone {
        static UTC: OnceLock<Zone> = OnceLock::new();
        UTC.get_or_init(|| Zone::fixed("UTC", 0)).clone()
    }

    /// The zone that a name means in a script: GMT when Java does not know the name.
    #[must_use]
    pub fn find(id: &str) -> Zone {
        Zone::named(id).unwrap_or_else(|| Zone::fixed("GMT", 0))
    }

    /// The zone of a name, such as `Asia/Kolkata`, `PST` or `GMT+5:30`.
    #[must_use]
    pub fn named(id: &str) -> Option<Zone> {
        const KEEP: usize = 32;
        thread_local! {
            static KNOWN: RefCell<Vec<Zone>> = const { RefCell::new(Vec::new()) };
        }
        KNOWN.with_borrow_mut(|known| {
            if let Some(zone) = known.iter().find(|zone| zone.id() == id) {
                return Some(zone.clone());
            }
            let zone = resolve(id)?;
            if known.len() >= KEEP {
                known.remove(0);
            }
            known.push(zone.clone());
            Some(zone)
        })
    }

    fn fixed(id: &str, offset: i64) -> Zone {
        Zone(Arc::new(Inner { id: id.to_owned(), rules: Rules::Fixed(offset) }))
    }

    /// The zone so many milliseconds east of Greenwich.
    #[must_use]
    pub fn at_offset(offset: i64) -> Zone {
        if offset == 0 {
            return Zone::utc();
        }
        let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.abs());
        let id = format!("GMT{sign}{:02}:{:02}", size / HOUR, size / 60_000 % 60);
        Zone::fixed(&id, offset)
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Milliseconds east of Greenwich at an instant.
    #[must_use]
    #[inline]
    pub fn offset(&self, millis: i64) -> i64 {
        match &self.0.rules {
            Rules::Fixed(offset) => *offset,
            Rules::Moving { tz, table } => {
                let table = table.get_or_init(|| Table::new(tz));
                table.at(millis, |p| p.start, tz)
            }
        }
    }

    /// Milliseconds east of Greenwich of standard time, in our days.
    #[must_use]
    pub fn standard(&self) -> i64 {
        match &self.0.rules {
            Rules::Fixed(offset) => *offset,
            Rules::Moving { tz, table } => table.get_or_init(|| Table::new(tz)).standard,
        }
    }

    /// How far clocks go forward in summer, in our days, in milliseconds.
    #[must_use]
    pub fn saving(&self) -> i64 {
        match &self.0.rules {
            Rules::Fixed(_) => 0,
            Rules::Moving { tz, table } => table.get_or_init(|| Table::new(tz)).saving,
        }
    }

    /// What the wall shows at an instant, as milliseconds since 1970-01-01 00:00:00 on the wall.
    #[must_use]
    #[inline]
    pub fn to_local(&self, millis: i64) -> i64 {
        millis.saturating_add(self.offset(millis))
    }

    /// What calendar and clock show at an instant.
    #[must_use]
    #[inline]
    pub fn wall(&self, millis: i64) -> Wall {
        Wall::from_local(self.to_local(millis))
    }

    /// The instant at which the wall shows this.
    ///
    /// A time that is left out when clocks go forward moves on by the gap; of a time that comes twice, the later one counts.
    #[must_use]
    #[inline]
    pub fn to_instant(&self, local: i64) -> i64 {
        match &self.0.rules {
            Rules::Fixed(offset) => local.saturating_sub(*offset),
            Rules::Moving { tz, table } => {
                let table = table.get_or_init(|| Table::new(tz));
                local.saturating_sub(table.at_wall(local, tz))
            }
        }
    }

    /// Midnight, in this zone, of the day that its calendar shows at an instant.
    #[must_use]
    pub fn midnight(&self, millis: i64) -> i64 {
        let local = self.to_local(millis);
        self.to_instant(local - local.rem_euclid(super::DAY))
    }
}

impl Table {
    fn new(tz: &TimeZone) -> Table {
        let mut periods = Vec::with_capacity(256);
        let since = Timestamp::from_second(YEAR_1900).unwrap_or(Timestamp::MIN);
        periods.push(Period { start: YEAR_1900 * 1000, offset: millis(tz.to_offset(since)) });
        for change in tz.following(since) {
            let start = change.timestamp().as_second();
            if start >= YEAR_2100 {
                break;
            }
            periods.push(Period { start: start * 1000, offset: millis(change.offset()) });
        }
        // Of the offsets of a year, that of standard time is the westernmost.
        let [winter, summer] = [YEAR_2100 - 86_400 * 10, YEAR_2100 - 86_400 * 180]
            .map(|second| Timestamp::from_second(second).map_or(0, |t| millis(tz.to_offset(t))));
        Table { standard: winter.min(summer), saving: winter.abs_diff(summer) as i64, periods }
    }

    /// The offset of the last period whose start, as `start` tells it, is not after `at`.
    #[inline]
    fn at(&self, at: i64, start: impl Fn(&Period) -> i64, tz: &TimeZone) -> i64 {
        if at >= YEAR_2100 * 1000 {
            return offset_beyond(at, tz);
        }
        match self.periods.partition_point(|p| start(p) <= at) {
            0 => self.standard,
            n => self.periods[n - 1].offset,
        }
    }

    #[inline]
    fn at_wall(&self, local: i64, tz: &TimeZone) -> i64 {
        if local >= YEAR_2100 * 1000 {
            let instant = local - self.standard;
            let offset = offset_beyond(instant, tz);
            let saving = offset - self.standard;
            if saving > 0 && offset_beyond(instant - saving, tz) == self.standard {
                return self.standard;
            }
            return offset;
        }
        self.at(local, |p| p.start + p.offset, tz)
    }
}

/// After the table the rules of its last years repeat with the calendar, every 400 years.
fn offset_beyond(at: i64, tz: &TimeZone) -> i64 {
    const CYCLE: i64 = 146_097 * 86_400;
    let second = at.div_euclid(1000);
    let turns = (second - YEAR_2100).div_euclid(CYCLE);
    Timestamp::from_second(second - turns * CYCLE).map_or(0, |t| millis(tz.to_offset(t)))
}

fn millis(offset: jiff::tz::Offset) -> i64 {
    i64::from(offset.seconds()) * 1000
}

fn resolve(id: &str) -> Option<Zone> {
    if let Some((_, hours)) = FIXED_NAMES.iter().find(|(name, _)| *name == id) {
        return Some(Zone::fixed(id, hours * HOUR));
    }
    if let Some(offset) = custom_offset(id) {
        return Some(Zone::at_offset(offset));
    }
    // The bundled database gives the same answers on every machine and reads no files.
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    let database = DATABASE.get_or_init(TimeZoneDatabase::bundled);
    let name = OLD_NAMES.iter().find(|(old, _)| *old == id).map_or(id, |(_, name)| name);
    let tz = database.get(name).ok()?;
    // The database takes names in any case, Java only as they are written.
    if tz.iana_name() != Some(name) {
        return None;
    }
    let rules = Rules::Moving { tz, table: OnceLock::new() };
    Some(Zone(Arc::new(Inner { id: id.to_owned(), rules })))
}

/// The milliseconds of `GMT+5`, `GMT+5:30`, `GMT-0800`.
fn custom_offset(id: &str) -> Option<i64> {
    let rest = id.strip_prefix("GMT")?;
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "0"),
    };
    let number = |s: &str| {
        let plain = (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| s.parse::<i64>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * HOUR + minutes * 60_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_as_in_java() {
        let hours = |id: &str| Zone::find(id).offset(1_580_701_692_000) as f64 / HOUR as f64;
        assert_eq!(hours("Asia/Calcutta"), 5.5);
        assert_eq!(hours("GMT-8"), -8.0);
        assert_eq!(hours("GMT+5:30"), 5.5);
        assert_eq!(hours("GMT+0530"), 5.5);
        assert_eq!(hours("EST"), -5.0);
        assert_eq!(hours("SST"), 11.0);
        assert_eq!(hours("UTC+8"), 0.0);
        assert_eq!(hours("Hello"), 0.0);
        assert_eq!(hours("GMT+24"), 0.0);
        assert_eq!(hours("asia/calcutta"), 0.0);
    }

    #[test]
    fn clocks_go_forward_and_back() {
        let zone = Zone::find("America/New_York");
        let local = |d: u32, m: u32, h: i64, min: i64| {
            Wall { day: super::super::Day { year: 2024, month: m, day: d }, millis: h * HOUR + min * 60_000 }.to_local()
        };
        // 10 March 2024 has no 02:30; 3 November has 01:30 twice.
        let gap = zone.to_instant(local(10, 3, 2, 30));
        assert_eq!(zone.wall(gap).hour(), 3);
        let twice = zone.to_instant(local(3, 11, 1, 30));
        assert_eq!(zone.offset(twice), -5 * HOUR);
        assert_eq!(zone.wall(twice).hour(), 1);
    }

    #[test]
    fn before_1900_standard_time_holds() {
        assert_eq!(Zone::find("Asia/Kolkata").offset(-61_000_000_000_000), 19_800_000);
        assert_eq!(Zone::find("Europe/Moscow").offset(-61_000_000_000_000), 3 * HOUR);
    }

    #[test]
    fn far_years_repeat_the_rules() {
        let zone = Zone::find("Europe/Berlin");
        for millis in [4_118_083_200_000, 7_258_118_400_000 + 180 * super::super::DAY] {
            assert_eq!(zone.offset(millis), 2 * HOUR);
            assert_eq!(zone.to_instant(zone.to_local(millis)), millis);
        }
    }
}
