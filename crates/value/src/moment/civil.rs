//! The calendar that Java uses: Julian before 15 October 1582, Gregorian from then on.

/// The milliseconds of an hour.
pub const HOUR: i64 = 3_600_000;
/// The milliseconds of a day.
pub const DAY: i64 = 24 * HOUR;

/// 15 October 1582, the first day of the Gregorian calendar, in days since 1970-01-01.
const GREGORIAN: i64 = -141_427;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: u32,
    /// The day of the month, from 1.
    pub day: u32,
}

impl Day {
    /// The day that lies so many days after 1970-01-01.
    #[must_use]
    #[inline]
    pub fn from_epoch(days: i64) -> Day {
        // Years that begin in March put the leap day last; eras of 400 years (Julian: 4) repeat exactly.
        let (year, rest) = if days >= GREGORIAN {
            let (era, doe) = era(days + 719_468, 146_097);
            let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
            (i64::from(yoe) + era * 400, doe - (365 * yoe + yoe / 4 - yoe / 100))
        } else {
            let (era, doe) = era(days + 719_470, 1461);
            let yoe = (doe - doe / 1460) / 365;
            (i64::from(yoe) + era * 4, doe - 365 * yoe)
        };
        let month = (5 * rest + 2) / 153;
        Day {
            year: year + i64::from(month >= 10),
            month: if month < 10 { month + 3 } else { month - 9 },
            day: rest - (153 * month + 2) / 5 + 1,
        }
    }

    /// Days since 1970-01-01. A `day` past the end of its month runs on into the next.
    #[must_use]
    pub fn to_epoch(self) -> i64 {
        let gregorian = (self.year, self.month, self.day) >= (1582, 10, 15);
        let year = self.year - i64::from(self.month <= 2);
        let month = i64::from((self.month + 9) % 12);
        let doy = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        if gregorian {
            let era = year.div_euclid(400);
            let yoe = year.rem_euclid(400);
            era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
        } else {
            let era = year.div_euclid(4);
            era * 1461 + year.rem_euclid(4) * 365 + doy - 719_470
        }
    }

    /// The same day of another month, or that month's last day when it is shorter.
    #[must_use]
    pub fn add_months(self, months: i64) -> Day {
        let count = self.year * 12 + i64::from(self.month) - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
        let day = self.day.min(days_in_month(year, month));
        Day { year, month, day }
    }

    /// The day of the week: Sunday 1 to Saturday 7.
    #[must_use]
    pub fn weekday(self) -> u32 {
        weekday(self.to_epoch())
    }

    /// The day of the year, from 1.
    #[must_use]
    pub fn day_of_year(self) -> i64 {
        self.to_epoch() - first_of_year(self.year) + 1
    }

    /// The week of the year in which 1 January lies in week 1, and the year that the week counts to.
    ///
    /// `first` is the day that starts a week: Sunday 1 to Saturday 7.
    #[must_use]
    pub fn week(self, first: u32) -> (i64, i64) {
        let days = self.to_epoch();
        let next = week_start(first_of_year(self.year + 1), first);
        if days >= next {
            return (self.year + 1, (days - next) / 7 + 1);
        }
        let start = week_start(first_of_year(self.year), first);
        (self.year, (days - start) / 7 + 1)
    }
}

/// The era that a day lies in, and its place there; small numbers divide faster.
#[inline]
fn era(days: i64, length: u32) -> (i64, u32) {
    match u32::try_from(days) {
        Ok(days) => (i64::from(days / length), days % length),
        Err(_) => {
            let length = i64::from(length);
            (days.div_euclid(length), days.rem_euclid(length) as u32)
        }
    }
}

/// The first day, at or before `days`, of its week.
fn week_start(days: i64, first: u32) -> i64 {
    days - i64::from((weekday(days) + 7 - first) % 7)
}

/// 1 January of a year, in days since 1970-01-01.
pub(super) fn first_of_year(year: i64) -> i64 {
    Day { year, month: 1, day: 1 }.to_epoch()
}

/// The day of the week, Sunday 1 to Saturday 7, of a day since 1970-01-01 (a Thursday).
pub(super) fn weekday(days: i64) -> u32 {
    (days + 4).rem_euclid(7) as u32 + 1
}

/// The days of a month.
#[must_use]
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => {
            let leap =
                year.rem_euclid(4) == 0 && (year < 1582 || year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
            28 + u32::from(leap)
        }
        _ => 31,
    }
}

/// What calendar and clock on the wall of a zone show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// The day.
    pub day: Day,
    /// Milliseconds since its midnight.
    pub millis: i64,
}

impl Wall {
    /// What a wall shows that is so many milliseconds away from 1970-01-01 00:00:00 on the same wall.
    #[must_use]
    #[inline]
    pub fn from_local(local: i64) -> Wall {
        Wall { day: Day::from_epoch(local.div_euclid(DAY)), millis: local.rem_euclid(DAY) }
    }

    /// The milliseconds since 1970-01-01 00:00:00 on the same wall.
    #[must_use]
    pub fn to_local(self) -> i64 {
        self.day.to_epoch() * DAY + self.millis
    }

    /// Hours since midnight, 0 to 23.
    #[must_use]
    pub fn hour(self) -> i64 {
        self.millis / HOUR
    }

    /// Minutes of the hour.
    #[must_use]
    pub fn minute(self) -> i64 {
        self.millis / 60_000 % 60
    }

    /// Seconds of the minute.
    #[must_use]
    pub fn second(self) -> i64 {
        self.millis / 1000 % 60
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i64, month: u32, day: u32) -> Day {
        Day { year, month, day }
    }

    #[test]
    fn days_count_as_in_a_second_calendar() {
        // Every day from 1600 to 2400 against jiff's calendar.
        let first = jiff::civil::date(1600, 1, 1);
        let epoch = jiff::civil::date(1970, 1, 1);
        let start = i64::from((first - epoch).get_days());
        let mut other = first;
        for days in start..start + 292_194 {
            let ours = Day::from_epoch(days);
            assert_eq!(ours, day(other.year().into(), other.month() as u32, other.day() as u32));
            assert_eq!(ours.to_epoch(), days);
            assert_eq!(ours.weekday(), other.weekday().to_sunday_one_offset() as u32);
            assert_eq!(ours.day_of_year(), i64::from(other.day_of_year()));
            other = match other.tomorrow() {
                Ok(next) => next,
                Err(_) => break,
            };
        }
        assert_eq!(other, jiff::civil::date(2400, 1, 1));
    }

    #[test]
    fn the_calendar_jumped_in_october_1582() {
        assert_eq!(Day::from_epoch(GREGORIAN), day(1582, 10, 15));
        assert_eq!(Day::from_epoch(GREGORIAN - 1), day(1582, 10, 4));
        assert_eq!(day(1582, 10, 4).to_epoch(), GREGORIAN - 1);
        assert_eq!(Day::from_epoch(day(19, 1, 11).to_epoch()), day(19, 1, 11));
    }

    #[test]
    fn weeks_follow_the_first_of_january() {
        assert_eq!(day(2021, 2, 7).week(1), (2021, 7));
        assert_eq!(day(2021, 2, 7).week(2), (2021, 6));
        assert_eq!(day(2019, 12, 29).week(1), (2020, 1));
        assert_eq!(day(2011, 12, 31).week(1), (2011, 53));
    }

    #[test]
    fn months_end_where_they_must() {
        assert_eq!(day(2020, 1, 31).add_months(1), day(2020, 2, 29));
        assert_eq!(day(2019, 3, 31).add_months(-13), day(2018, 2, 28));
        assert_eq!(days_in_month(1900, 2), 28);
        assert_eq!(days_in_month(1500, 2), 29);
    }
}
