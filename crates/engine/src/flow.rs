//! A run in pull form: the embedding program asks for the next effect and answers it when it is ready.

use corosensei::stack::DefaultStack;

use std::rc::Rc;
use std::time::Instant;

use crate::coroutine::{Answered, Asked, Left, Others, Run, STACK};
use crate::function::Function;
use crate::pool::not_supported;
use crate::short::Patience;
use crate::{Answer, Call, Failure, Inputs, Interrupt, Outcome, Problem, Refusal, Script, Wait};

/// A run on the calling thread that is driven step by step, for engines that own the waiting: journals, workflow engines,
/// event loops.
///
/// ```
/// use rainwright::{Effect, Engine, Inputs, Next, Outcome};
///
/// let script = Engine::new().compile("a.dg", "info \"hello\"; return zoho.currenttime.getYear();")?;
/// let mut flow = script.flow(Inputs::new())?;
/// let answer = loop {
///     match flow.next() {
///         Next::Asks(call) => flow.answer(match call.effect {
///             Effect::Now => Ok(Outcome::Instant { millis: 0 }),
///             _ => Ok(Outcome::Done),
///         }),
///         Next::Ended(answer) => break answer,
///     }
/// };
/// assert_eq!(answer.result?, 1970);
/// assert_eq!(answer.lines, ["hello"]);
/// # Ok::<(), rainwright::Failure>(())
/// ```
///
/// Functions of the engine are answered by [`Flow::next`] itself, except async ones: those are asked for like any other
/// effect. A flow that is dropped before its end is stopped; it makes no further effect.
#[must_use = "a flow does nothing until it is asked what it wants"]
pub struct Flow {
    script: Script,
    state: State,
    interrupt: Interrupt,
    /// Functions of the engine are asked for like any other effect.
    asks_all: bool,
}

/// The next step of a run: an effect to perform, or its end.
#[derive(Debug)]
pub enum Next {
    /// An effect; [`Flow::answer`] says what came of it.
    Asks(Call),
    /// It ended.
    Ended(Answer),
}

#[allow(clippy::large_enum_variant, reason = "there is one for each flow")]
enum State {
    /// It goes on with this.
    Answered(Run, Answered),
    /// It waits for the answer to this call.
    Asked(Run, Box<Call>),
    Ended,
}

impl Script {
    /// Begins a run that is pulled.
    ///
    /// # Errors
    /// [`Code::NotSupported`](crate::Code::NotSupported) when the system has no memory for its stack.
    pub fn flow(&self, inputs: Inputs) -> Result<Flow, Failure> {
        Flow::begin(self, inputs, Instant::now(), None)
    }
}

impl Flow {
    /// Begins a run; one that has somebody's patience asks for functions of the engine too.
    pub(crate) fn begin(
        script: &Script,
        inputs: Inputs,
        begun: Instant,
        patience: Option<Rc<Patience>>,
    ) -> Result<Self, Failure> {
        let stack = DefaultStack::new(STACK)
            .map_err(|e| not_supported(format!("No memory for the stack of one more script: {e}.")))?;
        // Lowering needs more stack than a coroutine has.
        script.prepare();
        let interrupt = Interrupt::clone(&inputs.interrupt);
        let asks_all = patience.is_some();
        let run = Run::new(stack, script.clone(), inputs, begun, Others { patience, ..Others::default() });
        Ok(Self { script: script.clone(), state: State::Answered(run, Ok(Outcome::Done)), interrupt, asks_all })
    }

    /// Computes until the run asks for something or ends. Asked again without an answer in between, it gives the same call
    /// again; after the end, an answer without a result.
    #[allow(clippy::should_implement_trait, reason = "an iterator could not be answered")]
    pub fn next(&mut self) -> Next {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Asked(run, call) => {
                    self.state = State::Asked(run, call.clone());
                    return Next::Asks(*call);
                }
                State::Ended => {
                    return Next::Ended(Answer::failed(not_supported("The run has ended already.".into())));
                }
                State::Answered(run, answered) => match run.resume(answered) {
                    Left::Ended(answer, _) => return Next::Ended(answer),
                    Left::Asks(run, Asked::Turn) => self.state = State::Answered(run, Ok(Outcome::Done)),
                    Left::Asks(run, Asked::Host(call)) => {
                        let functions = self.script.functions();
                        let waits = matches!(functions.of(&call.effect), Some((Function::Async(_), _)));
                        let known = if waits || self.asks_all { None } else { functions.call(&call.effect) };
                        self.state = match known {
                            Some(answered) => State::Answered(run, answered),
                            None => State::Asked(run, Box::new(call)),
                        };
                    }
                },
            }
        }
    }

    /// Says what came of the call that [`Flow::next`] gave. Without such a call nothing happens.
    pub fn answer(&mut self, answered: Result<Outcome, Refusal>) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Asked(run, _) => State::Answered(run, answered),
            other => other,
        };
    }

    /// As [`Flow::answer`], for answers that may come late: one to another call than the open one is dropped. Says whether
    /// it was taken.
    pub fn answer_to(&mut self, seq: u64, answered: Result<Outcome, Refusal>) -> bool {
        let fits = matches!(&self.state, State::Asked(_, call) if call.seq == seq);
        if fits {
            self.answer(answered);
        }
        fits
    }

    /// Puts the run aside: it ends here as suspended, and a journal can run it again up to this point.
    pub fn suspend(self, wait: Wait) -> Answer {
        self.finish(Refusal::Suspend(wait))
    }

    /// Ends the run for a reason that the script cannot catch.
    pub fn stop(self, why: Problem) -> Answer {
        self.finish(Refusal::Stop(why))
    }

    fn finish(mut self, why: Refusal) -> Answer {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Asked(run, _) => run.end(why),
            State::Answered(run, _) => {
                // It has not asked for anything, so it must be told in another way.
                self.interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
                let mut answer = run.end(why.clone());
                answer.result = answer.result.map_err(|failure| failure.because(why.clone().problem()));
                answer.stopped = Some(why);
                answer
            }
            State::Ended => Answer::failed(not_supported("The run has ended already.".into())),
        }
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        let stopped = || Refusal::Stop(Problem::new(crate::Code::Interrupted, "The run was dropped."));
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Asked(run, _) => drop(run.end(stopped())),
            State::Answered(run, _) => {
                self.interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
                drop(run.end(stopped()));
            }
            State::Ended => {}
        }
    }
}
