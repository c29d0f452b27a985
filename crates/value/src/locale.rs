//! What a run's settings say about zones and the printing of dates.

use jiff::tz::TimeZone;

/// The zone and the formats in which a run reads and prints dates; Java date patterns.
#[derive(Clone, Debug)]
pub struct Locale {
    /// The account's time zone.
    pub zone: TimeZone,
    /// The pattern for dates, `dd-MMM-yyyy` by default.
    pub date_format: String,
    /// The pattern for times, `HH:mm:ss` by default.
    pub time_format: String,
}

impl Default for Locale {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            date_format: "dd-MMM-yyyy".into(),
            time_format: "HH:mm:ss".into(),
        }
    }
}

impl Locale {
    /// A DATE in the account's format; `millis` since the epoch.
    #[must_use]
    pub fn print_date(&self, millis: i64) -> String {
        let t = self.wall(millis);
        format!(
            "{:02}-{}-{:04}",
            t.day(),
            MONTHS[(t.month() - 1) as usize % 12],
            t.year()
        )
    }

    /// A DATE-TIME in the account's format; `millis` since the epoch.
    #[must_use]
    pub fn print_date_time(&self, millis: i64) -> String {
        let t = self.wall(millis);
        format!(
            "{} {:02}:{:02}:{:02}",
            self.print_date(millis),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// A TIME; milliseconds of the day times two, plus one for the form with AM and PM.
    #[must_use]
    pub fn print_time(&self, packed: i64) -> String {
        let (seconds, twelve) = ((packed >> 1) / 1000, packed & 1 == 1);
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if twelve {
            let half = if h < 12 { "AM" } else { "PM" };
            return format!(
                "{:02}:{m:02}:{s:02} {half}",
                if h % 12 == 0 { 12 } else { h % 12 }
            );
        }
        format!("{h:02}:{m:02}:{s:02}")
    }

    /// The clock on the wall of the account's zone.
    fn wall(&self, millis: i64) -> jiff::civil::DateTime {
        let instant =
            jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(instant)
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
