//! Hosts that answer many scripts at once, and the side of them that a script on a coroutine sees.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use corosensei::Yielder;
use rainwright_runtime::live::Live;

use crate::{Call, Host, Outcome, Refusal};

/// Performs effects for any number of scripts at once; see [`Host`] for one script that may block its thread.
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

/// What comes back of an effect.
pub(super) type Answered = Result<Outcome, Refusal>;

/// An effect on its way.
pub(super) type Performing = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// [`AsyncHost`] for use behind a pointer.
pub(super) trait Performer: Send + Sync {
    fn begin(self: std::sync::Arc<Self>, call: Call) -> Performing;
}

impl<H: AsyncHost> Performer for H {
    fn begin(self: std::sync::Arc<Self>, call: Call) -> Performing {
        Box::pin(async move { self.perform(call).await })
    }
}

/// Why a script leaves its thread.
pub(super) enum Asked {
    /// It wants something done.
    Host(Call),
    /// It has computed for long: others have their turn.
    Turn,
}

/// How long a script may compute before others have their turn.
const SLICE: Duration = Duration::from_millis(5);

/// The host of a script on a coroutine: it asks, and sleeps until the answer is there.
pub(super) struct Asking<'y> {
    pub(super) yielder: &'y Yielder<Answered, Asked>,
    pub(super) since: Instant,
}

impl Host for Asking<'_> {
    fn perform(&mut self, call: Call) -> Answered {
        let answered = self.yielder.suspend(Asked::Host(call));
        self.since = Instant::now();
        answered
    }

    fn pause(&mut self) {
        if self.since.elapsed() >= SLICE {
            // Nothing was asked, so that nothing is answered.
            let _ = self.yielder.suspend(Asked::Turn);
            self.since = Instant::now();
        }
    }
}
