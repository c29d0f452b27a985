//! A host that notes what a run does outside: each effect, what came of it, and how long it took.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rainwright::runtime::Live;
use rainwright::runtime::journal::describe;
use rainwright::{AsyncHost, Call, Effect, Outcome, Refusal};

/// How many effects of a run are kept.
const MOST: usize = 200;
/// How long the words for one may be, in characters.
const LONGEST: usize = 200;

/// An effect of a run, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenEffect {
    /// The line of the script.
    pub line: u32,
    /// What was asked for: `GET https://…`, without a query, which may hold secrets.
    pub what: String,
    /// The connection that it was signed with, if it named one.
    pub connection: Option<String>,
    /// What came of it: the status, or why there is none.
    pub outcome: String,
    /// Whether that is good.
    pub good: bool,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

/// The host of one run.
pub(super) struct Watched {
    live: Live,
    seen: Mutex<Vec<SeenEffect>>,
}

impl Watched {
    pub(super) fn new(live: Live) -> Self {
        Self { live, seen: Mutex::default() }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Vec<SeenEffect> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl AsyncHost for Watched {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        // The clock, chance and the log are of no interest.
        if matches!(call.effect, Effect::Now | Effect::Random | Effect::Info { .. }) {
            return self.live.perform(call).await;
        }
        let (line, begun) = (call.line, Instant::now());
        let what = describe(&call.effect);
        let what: String = what.split('?').next().unwrap_or_default().chars().take(LONGEST).collect();
        let connection = match &call.effect {
            Effect::Http(request) => request.connection.clone().or_else(|| request.service.clone()),
            _ => None,
        };
        let result = self.live.perform(call).await;
        let (outcome, good) = match &result {
            Ok(Outcome::Http(answer)) => (answer.status.to_string(), answer.status < 400),
            Ok(_) => ("done".to_owned(), true),
            Err(refusal) => (refusal.clone().problem().message, false),
        };
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MOST {
            seen.push(SeenEffect { line, what, connection, outcome, good, ms });
        }
        drop(seen);
        result
    }
}
