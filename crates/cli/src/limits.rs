//! `--limits`: a product's documented limits, held on this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rainwright::{Code, Done, Engine, Interrupt, Limits, Problem, Profile};

/// The engine with the limits that a product's help states on statements, calls and output.
pub fn hold(engine: Engine, product: &Profile) -> Engine {
    let stated = product.limits;
    let own = engine.current_limits().clone();
    let limits = Limits {
        statements: stated.statements,
        calls: stated.calls,
        output: stated.info_bytes.unwrap_or(own.output),
        ..own
    };
    engine.limits(limits)
}

/// The end of the time that a run may take.
pub struct Deadline {
    after: Duration,
    passed: Arc<AtomicBool>,
}

impl Deadline {
    /// Turns `stop` on when the time is over. The watch ends with the program at the latest.
    pub fn set(after: Duration, stop: Interrupt) -> Self {
        let passed = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&passed);
        std::thread::spawn(move || {
            std::thread::sleep(after);
            told.store(true, Ordering::Relaxed);
            stop.store(true, Ordering::Relaxed);
        });
        Self { after, passed }
    }

    /// The end of a run, with this deadline as the reason when it was that.
    pub fn explain(&self, mut done: Done) -> Done {
        let passed = self.passed.load(Ordering::Relaxed);
        done.result = done.result.map_err(|failure| match failure.code() {
            Code::Interrupted if passed => failure.because(Problem::new(
                Code::LimitReached,
                format!("The run took more than {} seconds, which is all the product allows", self.after.as_secs_f64()),
            )),
            _ => failure,
        });
        done
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use rainwright::{Code, Engine, Inputs, Interrupt, OfflineHost};

    use super::Deadline;

    #[test]
    fn a_run_ends_when_its_time_is_over_and_says_so() {
        let script = Engine::new().compile("a.dg", "while(true)\n{\n\tx = 1;\n}\n").unwrap();
        let stop = Interrupt::default();
        let deadline = Deadline::set(Duration::from_millis(30), Arc::clone(&stop));
        let done = deadline.explain(script.run(&mut OfflineHost::new(), Inputs::new().interrupt(stop)));
        let failure = done.result.err().unwrap();
        assert_eq!(failure.code(), Code::LimitReached);
        assert!(failure.message().contains("0.03 seconds") && failure.place().is_some(), "{failure}");
        // A run that somebody else stopped is not called late.
        let stop = Interrupt::new(true.into());
        let deadline = Deadline::set(Duration::from_secs(600), Interrupt::default());
        let done = deadline.explain(script.run(&mut OfflineHost::new(), Inputs::new().interrupt(stop)));
        assert_eq!(done.result.err().unwrap().code(), Code::Interrupted);
    }
}
