//! Hosts for programs around a script: one that keeps what was logged, and functions of one's own.

use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Locale, Value, read_json};

use crate::{Effect, Host, Outcome};

/// A function of the program around, callable from scripts.
pub type HostFunction = Arc<dyn Fn(&[Value]) -> Result<Value, Problem> + Send + Sync>;

/// A host without network: it keeps the log, stands at a fixed time, and draws numbers from a seed.
///
/// For tests, for previews, and to start one's own host from.
pub struct Recorder {
    lines: Vec<String>,
    now: i64,
    seed: u64,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
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

impl Host for Recorder {
    fn perform(&mut self, effect: Effect) -> Result<Outcome, Problem> {
        match effect {
            Effect::Info { text, .. } => {
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
            other => {
                let message = format!("The effect '{}' is not supported by this host", other.name());
                Err(Problem::new(Code::NotSupported, message))
            }
        }
    }
}

/// A host that answers calls of registered functions itself and hands on everything else.
pub(crate) struct WithFunctions<'a> {
    pub(crate) inner: &'a mut dyn Host,
    pub(crate) functions: &'a [(String, HostFunction)],
}

impl Host for WithFunctions<'_> {
    fn perform(&mut self, effect: Effect) -> Result<Outcome, Problem> {
        call_function(self.functions, &effect).unwrap_or_else(|| self.inner.perform(effect))
    }
}

/// Calls the registered function that an effect names, if it names one.
pub(crate) fn call_function(functions: &[(String, HostFunction)], effect: &Effect) -> Option<Result<Outcome, Problem>> {
    let Effect::Task { name, arguments } = effect else { return None };
    let (_, run) = functions.iter().find(|(known, _)| known == name)?;
    Some(read_json(&arguments.to_string(), false).map_err(|problem| *problem).and_then(|arguments| {
        let items = arguments.as_list().map(|list| list.items().clone()).unwrap_or_default();
        Ok(Outcome::Json { value: to_json(&run(&items)?)? })
    }))
}

/// A value as JSON, as it leaves its thread.
///
/// # Errors
/// [`Code::LimitReached`] when it is nested deeper than JSON readers take.
pub(crate) fn to_json(value: &Value) -> Result<serde_json::Value, Problem> {
    if let Value::Text(text) = value {
        return Ok(serde_json::Value::String(text.as_str().to_owned()));
    }
    serde_json::from_str(&value.to_json(&Locale::default())).map_err(|e| {
        Problem::new(Code::LimitReached, format!("The value cannot be handed on as JSON: {e}."))
            .with_help("Nest it less deeply, or hand it on as TEXT.")
    })
}
