//! Hosts for embedding programs: one without network, and one that answers calls of registered functions.

use crate::function::Functions;
use crate::{Call, Effect, Host, Outcome, Refusal};

/// A host without network: it keeps the log, has a fixed time, and draws random numbers from a seed.
///
/// For tests and previews, and as a base for hosts of your own.
pub struct OfflineHost {
    lines: Vec<String>,
    now: i64,
    seed: u64,
}

impl Default for OfflineHost {
    fn default() -> Self {
        Self::new()
    }
}

impl OfflineHost {
    /// A host at 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self { lines: Vec::new(), now: 0, seed: 0 }
    }

    /// The same host at another time, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn at(mut self, millis: i64) -> Self {
        self.now = millis;
        self
    }

    /// The same host with other random numbers.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What `info` logged, in order.
    #[must_use]
    pub fn lines(&self) -> Vec<&str> {
        self.lines.iter().map(String::as_str).collect()
    }

    /// What `info` logged since the last time.
    pub fn take_lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

impl Host for OfflineHost {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Info { text } => {
                self.lines.push(text);
                Ok(Outcome::Done)
            }
            Effect::Now => Ok(Outcome::Instant { millis: self.now }),
            Effect::Random => {
                // SplitMix64: every seed gives its own sequence.
                self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = self.seed;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                Ok(Outcome::Bits { bits: z ^ (z >> 31) })
            }
            other => Err(other.not_supported().into()),
        }
    }
}

/// A host that answers calls of registered functions itself and hands on everything else.
pub(crate) struct WithFunctions<'a> {
    pub(crate) inner: &'a mut dyn Host,
    pub(crate) functions: &'a Functions,
}

impl Host for WithFunctions<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        self.functions.call(&call.effect).unwrap_or_else(|| self.inner.perform(call))
    }

    fn pause(&mut self) {
        self.inner.pause();
    }
}
