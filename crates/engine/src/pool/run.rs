//! One script on a coroutine, from the side of the thread that resumes it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::collect_cycles;
use rainwright_value::memory::Figures;

use super::host::{Answered, Asked, Asking};
use super::{Answer, Job};
use crate::{Inputs, Script};

/// Address space of a coroutine's stack; only what is touched takes memory. Deep calls get more, see the evaluator.
pub(super) const STACK: usize = 256 << 10;

/// What the coroutine itself and the way to the evaluator take of it.
const EDGE: usize = 16 << 10;

/// A script that has begun.
pub(super) struct Run {
    coroutine: Coroutine<Answered, Asked, Answer>,
    /// What its values hold, while others run.
    memory: Figures,
}

/// What a script does when it leaves the thread.
pub(super) enum Left {
    Asks(Run, Asked),
    /// It ended; the stack is free again.
    Ended(Answer, Option<DefaultStack>),
}

impl Run {
    /// Puts a script on a stack; it begins at the first [`Run::resume`], whatever that is given.
    pub(super) fn new(stack: DefaultStack, script: Script, job: Job) -> Self {
        let coroutine = Coroutine::with_stack(stack, move |yielder, _| {
            let mut host = Asking { yielder, since: Instant::now() };
            evaluate(&script, &mut host, job)
        });
        Self { coroutine, memory: Figures::default() }
    }

    /// Lets the script go on until it asks for something or ends.
    pub(super) fn resume(mut self, answered: Answered) -> Left {
        let others = self.memory.swap();
        let step = catch_unwind(AssertUnwindSafe(|| self.coroutine.resume(answered)));
        if !matches!(step, Ok(CoroutineResult::Yield(_))) {
            // Rings that it left count for nobody else.
            collect_cycles();
        }
        self.memory = others.swap();
        match step {
            Ok(CoroutineResult::Yield(asked)) => Left::Asks(self, asked),
            Ok(CoroutineResult::Return(answer)) => Left::Ended(answer, Some(self.coroutine.into_stack())),
            // What a panic left on the stack is gone; the stack itself is not used again.
            Err(panic) => Left::Ended(Answer { result: Err(panicked(panic.as_ref()).into()), steps: 0 }, None),
        }
    }
}

fn evaluate(script: &Script, host: &mut Asking<'_>, job: Job) -> Answer {
    let mut inputs = Inputs::new().interrupt(job.interrupt);
    inputs.entry = job.entry;
    for (name, value) in job.arguments {
        inputs = inputs.data(name, value);
    }
    let done = script.run_on(host, inputs, Some(STACK - EDGE));
    let result = done.result.and_then(|value| script.to_data(&value));
    Answer { result, steps: done.steps }
}

/// A mistake of this program or of the one around, as a problem of the script that met it.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    Problem::new(Code::NotSupported, format!("The host panicked: {}", text.unwrap_or("a panic")))
}
