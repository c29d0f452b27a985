//! How often each caller may call: a bucket of tokens that fills again evenly.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Buckets by caller.
#[derive(Default)]
pub(super) struct Rates {
    buckets: HashMap<String, Bucket>,
}

struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// Callers whose buckets are full again are forgotten when there are more than this.
const MANY: usize = 10_000;

impl Rates {
    /// Takes one call from a caller's bucket of `per_minute`.
    ///
    /// # Errors
    /// How long to wait for the next one.
    pub(super) fn take(&mut self, caller: &str, per_minute: u32, now: Instant) -> Result<(), Duration> {
        let size = f64::from(per_minute.max(1));
        let per_second = size / 60.0;
        if self.buckets.len() > MANY {
            self.buckets.retain(|_, bucket| now.duration_since(bucket.filled) < Duration::from_secs(60));
        }
        let bucket = self.buckets.entry(caller.to_owned()).or_insert(Bucket { tokens: size, filled: now });
        let passed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * per_second).min(size);
        bucket.filled = now;
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / per_second));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (mut rates, begin) = (Rates::default(), Instant::now());
        for _ in 0..3 {
            assert_eq!(rates.take("a", 3, begin), Ok(()));
        }
        let wait = rates.take("a", 3, begin).map_or_else(|wait| wait.as_secs_f64(), |()| 0.0);
        assert!((19.9..20.1).contains(&wait), "{wait}");
        assert_eq!(rates.take("b", 3, begin), Ok(()), "callers have buckets of their own");
        assert_eq!(rates.take("a", 3, begin + Duration::from_secs(21)), Ok(()));
        assert!(rates.take("a", 3, begin + Duration::from_secs(22)).is_err());
    }
}
