//! Drives the asynchronous work of this crate for programs that wait for it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Host, Outcome, Refusal};

use crate::live::Live;

/// How often a waiting call looks at its switch.
const GLANCE: Duration = Duration::from_millis(20);

/// A tokio runtime of one thread beside the caller's.
#[derive(Debug)]
pub struct Driver {
    runtime: tokio::runtime::Runtime,
}

impl Driver {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`Code::NotSupported`] when the system gives no thread or no event queue.
    pub fn start() -> Result<Self, Problem> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("network").enable_all().build();
        let runtime =
            runtime.map_err(|e| Problem::new(Code::NotSupported, format!("The network cannot be used: {e}.")))?;
        Ok(Self { runtime })
    }

    /// Waits until `work` is done. Not to be called from asynchronous code.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// A [`Live`] host for a thread that waits, and that may be told to stop in the middle of a call.
#[derive(Debug)]
pub struct Waiting {
    live: Arc<Live>,
    driver: Arc<Driver>,
    stop: Arc<AtomicBool>,
}

impl Waiting {
    /// Runs the effects of `live`; a call ends with [`Code::Interrupted`] soon after `stop` becomes true.
    #[must_use]
    pub fn new(live: Arc<Live>, driver: Arc<Driver>, stop: Arc<AtomicBool>) -> Self {
        Self { live, driver, stop }
    }
}

impl Host for Waiting {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let stopped = async {
            while !self.stop.load(Ordering::Relaxed) {
                tokio::time::sleep(GLANCE).await;
            }
        };
        self.driver.wait(async {
            tokio::select! {
                biased;
                outcome = self.live.perform(call) => outcome,
                () = stopped => Err(Refusal::Stop(Problem::new(Code::Interrupted, "The run was stopped."))),
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::http::{Http, Settings};
    use crate::live::LiveOptions;
    use rainwright_effect::{Effect, HttpRequest};
    use std::net::TcpListener;
    use std::time::Instant;

    #[test]
    fn a_call_that_hangs_can_be_stopped() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let allow = rainwright_connections::policy::AllowNet::parse(["127.0.0.1"]).unwrap();
        let http = Arc::new(Http::new(Settings { allow, ..Settings::default() }));
        let live = Arc::new(Live::new(http, LiveOptions::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let mut host = Waiting::new(live, Arc::new(Driver::start().unwrap()), Arc::clone(&stop));
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            stop.store(true, Ordering::Relaxed);
        });
        let begun = Instant::now();
        let request = HttpRequest { method: "GET".into(), url, ..HttpRequest::default() };
        let problem = host.perform(Call::new(Effect::Http(Box::new(request)))).unwrap_err().problem();
        assert_eq!(problem.code, Code::Interrupted);
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}
