//! Evaluates what the editor asks for while the script waits, and gives up what does not come to an end.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rainwright::{Code, Interrupt, Paused, Problem, Value};
use rainwright_value::budget::Watch;

use crate::debuggee::Shared;

/// How long an expression may compute.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks at the clock an expression computes for less than this; more was spent waiting, for a server for instance.
const LONGEST_STEP: Duration = Duration::from_millis(100);

/// Evaluates a text in a function under way. It ends early when it computes for too long, when the editor asks for a pause, and
/// when the run is to end.
pub(crate) fn evaluate(
    shared: &Arc<Shared>,
    stop: &Interrupt,
    paused: &mut Paused<'_, '_>,
    frame: usize,
    text: &str,
) -> Result<Value, Problem> {
    paused.evaluate_watched(frame, text, watch(shared, stop))
}

/// Says why an evaluation must end.
fn watch(shared: &Arc<Shared>, stop: &Interrupt) -> Watch {
    let (shared, stop) = (Arc::clone(shared), Interrupt::clone(stop));
    let (last, computed) = (Cell::new(Instant::now()), Cell::new(Duration::ZERO));
    Rc::new(move || {
        if stop.load(Ordering::Relaxed) {
            return Some(Problem::new(Code::Interrupted, "The debugger ended the run."));
        }
        if shared.pause.load(Ordering::Relaxed) {
            let problem = Problem::new(Code::Interrupted, "The evaluation was given up when you asked for a pause.");
            return Some(problem.with_help(KEPT));
        }
        let now = Instant::now();
        computed.set(computed.get() + now.duration_since(last.replace(now)).min(LONGEST_STEP));
        (computed.get() > PATIENCE).then(|| {
            let seconds = PATIENCE.as_secs();
            let message = format!("The evaluation took longer than {seconds} seconds and was given up.");
            Problem::new(Code::LimitReached, message).with_help(KEPT)
        })
    })
}

const KEPT: &str = "The script is still stopped where it was; what was assigned until then is kept.";
