//! Hosts that answer many scripts at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use rainwright_runtime::live::Live;

use crate::coroutine::Answered;
use crate::{Call, Outcome, Refusal};

/// Performs effects for any number of scripts at once; see [`Host`](crate::Host) for one script that may block its thread.
pub trait AsyncHost: Send + Sync + 'static {
    /// Performs one effect. A script that is stopped drops what this returns.
    ///
    /// # Errors
    /// A [`Refusal`]: a problem that the script may catch, a stop that it may not, or a suspension.
    fn perform(&self, call: Call) -> impl Future<Output = Result<Outcome, Refusal>> + Send;
}

impl AsyncHost for Live {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        Live::perform(self, call).await
    }
}

/// An effect on its way.
pub(super) type Performing = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// [`AsyncHost`] in a form that a trait object can have.
pub(super) trait Performer: Send + Sync {
    fn begin(self: Arc<Self>, call: Call) -> Performing;
}

/// A host whose first answers are known.
pub(super) struct Known<H> {
    answers: Mutex<std::vec::IntoIter<Answered>>,
    host: Arc<H>,
}

impl<H> Known<H> {
    pub(super) fn new(answers: Vec<Answered>, host: Arc<H>) -> Self {
        Self { answers: Mutex::new(answers.into_iter()), host }
    }
}

impl<H: AsyncHost> AsyncHost for Known<H> {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        let known = self.answers.lock().unwrap_or_else(PoisonError::into_inner).next();
        match known {
            Some(answered) => answered,
            None => self.host.perform(call).await,
        }
    }
}

impl<H: AsyncHost> Performer for H {
    fn begin(self: Arc<Self>, call: Call) -> Performing {
        Box::pin(async move { self.perform(call).await })
    }
}
