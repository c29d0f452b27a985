//! Slows down whoever guesses: after some failures, a wait that doubles.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many failures are forgiven.
const FREE: u32 = 5;
/// The first wait, in seconds.
const FIRST: u64 = 4;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How many names are remembered; beyond, those that fail first are forgotten first.
const MOST: usize = 10_000;

/// Counts failures by name: an address, a user.
#[derive(Debug)]
pub struct Throttle<K> {
    failures: Mutex<HashMap<K, (u32, Instant)>>,
}

impl<K> Default for Throttle<K> {
    fn default() -> Self {
        Self { failures: Mutex::default() }
    }
}

impl<K: Eq + Hash + Clone> Throttle<K> {
    /// How long one must wait before the next try; `None` when it may be made now.
    pub fn wait(&self, name: &K, now: Instant) -> Option<Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last) = failures.get(name)?;
        let over = count.checked_sub(FREE)?;
        let wait = Duration::from_secs(FIRST << over.min(10)).min(LONGEST);
        (*last + wait).checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// Notes a failure.
    pub fn fail(&self, name: K, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|_, (_, last)| now.duration_since(*last) < 2 * LONGEST);
        if failures.len() >= MOST
            && let Some(oldest) = failures.iter().min_by_key(|(_, (_, last))| *last).map(|(name, _)| name.clone())
        {
            failures.remove(&oldest);
        }
        let entry = failures.entry(name).or_insert((0, now));
        *entry = (entry.0.saturating_add(1), now);
    }

    /// Forgets the failures of a name that succeeded.
    pub fn succeed(&self, name: &K) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_gets_slower() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..FREE {
            assert!(throttle.wait(&"a", now).is_none());
            throttle.fail("a", now);
        }
        assert_eq!(throttle.wait(&"a", now), Some(Duration::from_secs(4)));
        assert!(throttle.wait(&"a", now + Duration::from_secs(4)).is_none());
        throttle.fail("a", now);
        throttle.fail("a", now);
        assert_eq!(throttle.wait(&"a", now), Some(Duration::from_secs(16)));
        assert!(throttle.wait(&"b", now).is_none());
        throttle.succeed(&"a");
        assert!(throttle.wait(&"a", now).is_none());
    }
}
