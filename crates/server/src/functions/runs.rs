//! Runs whose callers did not wait, and answers that are kept for calls that are sent again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::StatusCode;
use data_encoding::HEXLOWER;
use rainwright::{Code, Data, Problem};
use tokio::sync::OnceCell;

/// How many ended runs are kept, and for how long.
const KEPT_RUNS: usize = 1_000;
const KEPT_FOR: Duration = Duration::from_secs(3_600);
/// How many answers are kept for calls that are sent again, and for how long.
const KEPT_ANSWERS: usize = 10_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Runs by their ids.
#[derive(Default)]
pub(super) struct Runs {
    inner: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    runs: HashMap<String, Run>,
    /// Those that ended, the oldest first.
    order: VecDeque<(String, Instant)>,
}

struct Run {
    owner: Option<String>,
    /// `None` while it is under way.
    ended: Option<(StatusCode, Data)>,
}

/// What a caller may learn of a run.
pub(super) enum Status {
    Unknown,
    Running,
    Ran(StatusCode, Data),
}

impl Runs {
    /// Notes a run of a caller and gives its id, which cannot be guessed.
    pub(super) fn begin(&self, owner: Option<String>) -> Result<String, Problem> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|e| Problem::new(Code::NotSupported, format!("The system gives no random bytes: {e}.")))?;
        let id = HEXLOWER.encode(&random);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.runs.insert(id.clone(), Run { owner, ended: None });
        Ok(id)
    }

    /// Keeps what came of a run.
    pub(super) fn end(&self, id: &str, status: StatusCode, told: Data) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { runs, order } = &mut *inner;
        if let Some(run) = runs.get_mut(id) {
            run.ended = Some((status, told));
            order.push_back((id.to_owned(), Instant::now()));
        }
        while order.front().is_some_and(|(_, at)| order.len() > KEPT_RUNS || at.elapsed() > KEPT_FOR) {
            if let Some((old, _)) = order.pop_front() {
                runs.remove(&old);
            }
        }
    }

    /// How a run of this caller is doing.
    pub(super) fn status(&self, id: &str, caller: Option<&str>) -> Status {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.runs.get(id).filter(|run| run.owner.as_deref() == caller) {
            None => Status::Unknown,
            Some(Run { ended: None, .. }) => Status::Running,
            Some(Run { ended: Some((status, told)), .. }) => Status::Ran(*status, told.clone()),
        }
    }
}

/// An answer as it was sent.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) status: StatusCode,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: Bytes,
}

/// The answer to a call, made once however often the call is sent.
pub(super) type Once = Arc<OnceCell<Sent>>;

/// Answers by caller, function and idempotency key.
#[derive(Default)]
pub(super) struct Remembered {
    inner: Mutex<HashMap<String, (Instant, u64, Once)>>,
}

impl Remembered {
    /// The place for the answer to a call; `None` when the same key came with another request before.
    pub(super) fn place(&self, key: &str, request: u64) -> Option<Once> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.len() >= KEPT_ANSWERS {
            inner.retain(|_, (at, _, once)| at.elapsed() < REMEMBERED_FOR && once.get().is_some());
            if inner.len() >= KEPT_ANSWERS
                && let Some(oldest) = inner.iter().min_by_key(|(_, (at, ..))| *at).map(|(key, _)| key.clone())
            {
                inner.remove(&oldest);
            }
        }
        let place = inner.entry(key.to_owned()).or_insert_with(|| (Instant::now(), request, Once::default()));
        if place.0.elapsed() > REMEMBERED_FOR {
            *place = (Instant::now(), request, Once::default());
        }
        (place.1 == request).then(|| Arc::clone(&place.2))
    }
}
