//! Says whether and when a call is worth another try, and keeps to the number of calls that a service welcomes.

use std::time::Duration;

use jiff::Timestamp;
use rainwright_connections::Rate;
use rainwright_effect::HttpResponse;
use tokio::time::Instant;

use crate::http::is_idempotent;

/// How often and how patiently a connection's calls are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many more tries a call gets; 0 switches trying again off.
    pub more: u8,
    /// The pause before the first of them; doubled for each further one.
    pub pause: Duration,
    /// The longest wait that a server may ask for (`Retry-After`).
    pub patience: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { more: 2, pause: Duration::from_millis(250), patience: Duration::from_secs(20) }
    }
}

impl Retry {
    /// How long to wait before try number `tried` + 1, or `None` when the answer is final.
    ///
    /// 429 and 503 with `Retry-After` (RFC 9110, 10.2.3) are tried again when the wait that the server asks for is within patience. Other 5xx
    /// are tried again only where repeating is harmless: idempotent methods, and any with an `Idempotency-Key`.
    #[must_use]
    pub fn wait(
        &self,
        method: &str,
        keyed: bool,
        answer: &HttpResponse,
        tried: u8,
        now: Timestamp,
    ) -> Option<Duration> {
        if tried > self.more {
            return None;
        }
        let harmless = keyed || is_idempotent(method);
        let asked = answer.header("retry-after").and_then(|value| asked(value, now));
        let pause = self.pause * 2_u32.pow(u32::from(tried.saturating_sub(1)));
        let wait = match answer.status {
            // The server has not acted on it, so any method may be retried.
            429 => asked.unwrap_or(pause),
            503 if harmless => asked.unwrap_or(pause),
            500 | 502 | 504 if harmless => pause,
            _ => return None,
        };
        (wait <= self.patience).then_some(wait)
    }
}

/// What a `Retry-After` header asks for: seconds, or a date.
fn asked(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// The calls that a connection may still make: refilled steadily (generic cell rate algorithm).
#[derive(Debug)]
pub(crate) struct Budget {
    /// When the calls made so far will have been paid for.
    paid: Instant,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self { paid: Instant::now() }
    }

    /// Takes one call, and says how long it must wait.
    pub(crate) fn take(&mut self, rate: Rate, now: Instant) -> Duration {
        if rate.calls == 0 {
            return Duration::ZERO;
        }
        let span = Duration::from_secs(rate.seconds.into());
        let each = span / rate.calls;
        self.paid = self.paid.max(now) + each;
        // A full budget allows `calls` at once; what is taken beyond waits until it is paid for.
        self.paid.saturating_duration_since(now + span)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: &str) -> HttpResponse {
        let headers =
            if retry_after.is_empty() { Vec::new() } else { vec![("retry-after".to_owned(), retry_after.to_owned())] };
        HttpResponse { status, headers, body: "".into() }
    }

    #[test]
    fn only_what_is_harmless_is_tried_again() {
        let retry = Retry::default();
        let now: Timestamp = "2025-01-31T10:00:00Z".parse().unwrap();
        let pause = Some(Duration::from_millis(250));
        for (method, keyed, status, asked, expected) in [
            ("GET", false, 200, "", None),
            ("GET", false, 404, "", None),
            ("GET", false, 500, "", pause),
            ("PUT", false, 502, "", pause),
            ("POST", false, 500, "", None),
            ("POST", true, 500, "", pause),
            ("PATCH", false, 503, "1", None),
            ("POST", false, 429, "", pause),
            ("POST", false, 429, "3", Some(Duration::from_secs(3))),
            ("GET", false, 429, "Fri, 31 Jan 2025 10:00:05 GMT", Some(Duration::from_secs(5))),
            ("GET", false, 429, "Fri, 31 Jan 2025 09:00:00 GMT", Some(Duration::ZERO)),
            ("GET", false, 429, "3600", None),
            ("GET", false, 503, "nonsense", pause),
        ] {
            assert_eq!(
                retry.wait(method, keyed, &answer(status, asked), 1, now),
                expected,
                "{method} {status} {asked}"
            );
        }
        assert_eq!(retry.wait("GET", false, &answer(500, ""), 2, now), Some(Duration::from_millis(500)));
        assert_eq!(retry.wait("GET", false, &answer(500, ""), 3, now), None);
    }

    #[test]
    fn a_budget_allows_bursts_and_then_waits() {
        let rate = Rate { calls: 4, seconds: 2 };
        let start = Instant::now();
        let mut budget = Budget { paid: start };
        let waits: Vec<u128> = (0..6).map(|_| budget.take(rate, start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 500, 1000]);
        assert_eq!(budget.take(rate, start + Duration::from_secs(10)), Duration::ZERO);
        assert_eq!(budget.take(Rate { calls: 0, seconds: 1 }, start), Duration::ZERO);
    }
}
