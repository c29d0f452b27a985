//! Points in time, as protocols write them. The crate reads no clock: whoever calls says what time it is.

use jiff::Timestamp;

/// Seconds since 1970-01-01T00:00:00Z.
pub type UnixTime = i64;

/// A moment this far away means "never": 100 years, in seconds.
const NEVER: i64 = 100 * 366 * 86_400;

/// Reads the date of an HTTP header (RFC 9110 section 5.6.7).
#[must_use]
pub fn http_date(text: &str) -> Option<UnixTime> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|time| time.timestamp().as_second())
}

/// Reads a `Retry-After` header: seconds from `now`, or a date. Gives seconds from `now`.
#[must_use]
pub fn retry_after(text: &str, now: UnixTime) -> Option<i64> {
    let text = text.trim();
    text.parse::<i64>().ok().or_else(|| http_date(text).map(|at| at - now)).map(|seconds| seconds.max(0))
}

/// By how many seconds the sender of a `Date` header is ahead of `now`; small differences are travel time and count as none.
#[must_use]
pub fn clock_skew(date_header: &str, now: UnixTime) -> Option<i64> {
    let skew = http_date(date_header)? - now;
    Some(if skew.abs() < 5 { 0 } else { skew })
}

/// A moment as people and machines read it: 2025-01-31T10:00:00Z.
pub(crate) fn text(at: UnixTime) -> String {
    Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

/// Reads the end of something as an epoch in seconds or milliseconds, or as an ISO 8601 time. 0 and less is `None`.
pub(crate) fn moment(text: &str) -> Option<UnixTime> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        let seconds = if number > 1e11 { number / 1000.0 } else { number };
        return (1.0..1e11).contains(&seconds).then_some(seconds as i64);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    // Without a zone it is taken as UTC.
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok().map(|time| time.as_second())
}

/// Reads a length of time in seconds and gives its end. 0, less, and more than a century mean "never".
pub(crate) fn after(text: &str, now: UnixTime) -> Option<UnixTime> {
    let seconds = text.trim().parse::<f64>().ok()?;
    (1.0..NEVER as f64).contains(&seconds).then(|| now + seconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_headers_are_read() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("yesterday"), None);
        assert_eq!(retry_after("120", 0), Some(120));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_700), Some(77));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_800), Some(0));
        assert_eq!(retry_after("soon", 0), None);
    }

    #[test]
    fn clock_skew_ignores_travel_time() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(clock_skew(date, 784_111_775), Some(0));
        assert_eq!(clock_skew(date, 784_111_777 - 600), Some(600));
        assert_eq!(clock_skew(date, 784_111_777 + 90), Some(-90));
    }

    #[test]
    fn moments_are_read_in_all_their_forms() {
        for text in [
            "1700000000",
            "1700000000000",
            "1700000000.9",
            "2023-11-14T22:13:20Z",
            "2023-11-14T23:13:20+01:00",
            "2023-11-14T22:13:20",
            "2023-11-14 22:13:20",
        ] {
            assert_eq!(moment(text), Some(1_700_000_000), "{text}");
        }
        for text in ["0", "-1", "", "soon", "NaN", "1e300"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
