//! Hosts that answer many scripts at once, and the side of them that a script on a coroutine sees.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use corosensei::Yielder;
use rainwright_diagnostic::Problem;
use rainwright_runtime::live::Live;

use crate::{Effect, Host, Outcome};

/// Performs effects for any number of scripts at once; see [`Host`] for one script that may block its thread.
pub trait AsyncHost: Send + Sync + 'static {
    /// Performs one effect. A script that is stopped drops what this returns.
    ///
    /// # Errors
    /// A [`Problem`] that the script may catch.
    fn perform(&self, effect: Effect) -> impl Future<Output = Result<Outcome, Problem>> + Send;
}

impl AsyncHost for Live {
    async fn perform(&self, effect: Effect) -> Result<Outcome, Problem> {
        Live::perform(self, effect).await
    }
}

/// What comes back of an effect.
pub(super) type Answered = Result<Outcome, Problem>;

/// An effect on its way.
pub(super) type Performing = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// [`AsyncHost`] for use behind a pointer.
pub(super) trait Performer: Send + Sync {
    fn begin(self: std::sync::Arc<Self>, effect: Effect) -> Performing;
}

impl<H: AsyncHost> Performer for H {
    fn begin(self: std::sync::Arc<Self>, effect: Effect) -> Performing {
        Box::pin(async move { self.perform(effect).await })
    }
}

/// Why a script leaves its thread.
pub(super) enum Asked {
    /// It wants something done.
    Effect(Effect),
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
    fn perform(&mut self, effect: Effect) -> Answered {
        let answered = self.yielder.suspend(Asked::Effect(effect));
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
