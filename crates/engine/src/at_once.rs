//! Runs on the calling thread that end at once, or have not happened.
//!
//! Handing a run to another thread and its answer back takes longer than a short script does. What a script does until its
//! first effect can be done again without anybody noticing, so it is tried here first, and given up when it takes long.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use rainwright_value::budget::Watch;

use crate::clock::Clock;
use crate::script::Way;
use crate::{Answer, Call, Code, Effect, Host, Inputs, Limits, Outcome, Problem, Refusal, Script};

/// Loop turns and calls that a script is tried for.
const FUEL: u64 = 10_000;

/// How often it may come by a look at its limits, which it does every few dozen microseconds. They are counted in place of
/// time: what ends at once depends on the script, not on the machine.
const LOOKS: u32 = 32;

/// Bytes that its values may hold meanwhile.
const MEMORY: usize = 4 << 20;

/// How many runs of a script go without a try after one that was given up.
const WITHOUT: u32 = 63;

/// How many of a script's next runs are not tried, because the last one that was did not end at once.
#[derive(Default)]
pub(crate) struct Tries(AtomicU32);

impl Tries {
    pub(crate) fn is_worth_it(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |without| without.checked_sub(1)).is_err()
    }

    pub(crate) fn was_not(&self) {
        self.0.store(WITHOUT, Ordering::Relaxed);
    }
}

/// A host that keeps the log and does nothing else.
struct Logging {
    lines: Vec<String>,
    asked: bool,
}

impl Host for Logging {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Info { text } => {
                self.lines.push(text);
                Ok(Outcome::Done)
            }
            _ => {
                self.asked = true;
                Err(Refusal::Stop(Problem::new(Code::NotSupported, "It needs its host.")))
            }
        }
    }
}

impl Script {
    /// Runs the script on the calling thread, if it ends within a fraction of a millisecond and asks its host for nothing;
    /// its log is in the answer. `None` when it does not: nothing has happened then, and a [`Pool`](crate::Pool) runs it
    /// from the beginning. A script that was given up is not tried at its next runs.
    ///
    /// It is meant for servers, which have a thread at hand when a call comes in.
    ///
    /// ```
    /// use rainwright::{Engine, Inputs};
    ///
    /// let engine = Engine::new();
    /// let short = engine.compile("short.dg", "info \"n is \" + n; return n * 2;")?;
    /// let answer = short.run_at_once(Inputs::new().arg("n", 21)).expect("it asks for nothing");
    /// assert_eq!((answer.result?, answer.lines), (42.into(), vec!["n is 21".to_owned()]));
    ///
    /// let asks = engine.compile("asks.dg", "return zoho.currenttime;")?;
    /// assert!(asks.run_at_once(Inputs::new()).is_none());
    /// # Ok::<(), rainwright::Failure>(())
    /// ```
    #[must_use]
    pub fn run_at_once(&self, inputs: Inputs) -> Option<Answer> {
        let tries = self.tries();
        if !tries.is_worth_it() {
            return None;
        }
        let answer = self.try_at_once(inputs);
        if answer.is_none() {
            tries.was_not();
        }
        answer
    }

    fn try_at_once(&self, inputs: Inputs) -> Option<Answer> {
        let own = self.limits();
        let limits =
            Limits { fuel: own.fuel.min(FUEL), memory: own.memory.min(MEMORY), time: None, cpu: None, ..own.clone() };
        let clock = Rc::new(Clock::start_short(&limits));
        let looks = Cell::new(0);
        let late: Watch = Rc::new(move || {
            looks.set(looks.get() + 1);
            (looks.get() > LOOKS).then(|| Problem::new(Code::LimitReached, "It does not end at once."))
        });
        let way = Way { stack: None, clock, others: Some(late), limits };
        let mut host = Logging { lines: Vec::new(), asked: false };
        // A bug of ours that the script met is met again where it is told.
        let ran = catch_unwind(AssertUnwindSafe(|| self.answer_on(&mut host, inputs, &way))).ok()?;
        let ended =
            ran.stopped.is_none() && !host.asked && !matches!(&ran.result, Err(e) if e.code() == Code::LimitReached);
        ended.then(|| Answer { lines: host.lines, ..ran })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::WITHOUT;
    use crate::{Engine, Inputs};

    #[test]
    fn what_ends_at_once_is_the_same_as_elsewhere() {
        let script = Engine::new().compile("a.dg", "info n; if(n > 1) { x = 1 / 0; } return n + 1;").unwrap();
        let run = |n: i64| script.run_at_once(Inputs::new().arg("n", n)).unwrap();
        let answer = run(1);
        assert_eq!((answer.result.unwrap(), answer.lines), (2.into(), vec!["1".to_owned()]));
        let failure = run(2).result.unwrap_err();
        assert_eq!(failure.code(), crate::Code::DivideByZero);
    }

    #[test]
    fn what_does_not_is_left_to_others_and_not_tried_again_soon() {
        let engine = Engine::new().function("erp.price", |_| unreachable!("it is not called"));
        for source in [
            "while(true) { x = 1; }",
            "s = \"x\"; while(true) { s = s + s; }",
            "try { x = erp.price(); } catch (e) { return 1; }",
            "try { x = invokeurl [ url: \"http://127.0.0.1/\" type: GET ]; } catch (e) { return 1; }",
        ] {
            let script = engine.compile("a.dg", source).unwrap();
            assert!(script.run_at_once(Inputs::new()).is_none(), "{source}");
        }
        let script = engine.compile("a.dg", "if(n == 1) { while(true) { x = 1; } } return n;").unwrap();
        let ends = |n: i64| script.run_at_once(Inputs::new().arg("n", n)).is_some();
        assert!(ends(0) && !ends(1));
        assert_eq!((0..WITHOUT).filter(|_| ends(0)).count(), 0);
        assert!(ends(0));
    }
}
