//! Dates and times as Java's classic classes see them: calendar, zones, patterns, and the forms of literals.

mod civil;
mod literal;
mod names;
mod parse;
mod pattern;
mod zone;

pub use civil::{DAY, Day, HOUR, Wall, days_in_month};
pub use literal::{DateText, parse_moment, read_clock, read_moment};
pub use names::{MONTHS, weekday_number};
pub use parse::{Reading, Unread};
pub use pattern::DatePattern;
pub use zone::Zone;

/// The first and last instant that a date may be, in milliseconds since the epoch: the years 1 to 9999.
const EARLIEST: i64 = -62_135_596_800_000 - 2 * DAY;
const LATEST: i64 = 253_402_300_799_999;

/// An instant, if it lies in the years 1 to 9999.
///
/// # Errors
/// [`Code::OutOfRange`](rainwright_diagnostic::Code::OutOfRange) outside.
pub fn in_range(millis: i64) -> crate::Result<i64> {
    if (EARLIEST..=LATEST).contains(&millis) {
        return Ok(millis);
    }
    Err(Box::new(
        rainwright_diagnostic::Problem::new(
            rainwright_diagnostic::Code::OutOfRange,
            "The date lies outside the years 1 to 9999.",
        )
        .with_help("As a date, a NUMBER counts milliseconds since 1970."),
    ))
}
