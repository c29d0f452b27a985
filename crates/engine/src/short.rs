//! Runs that are pulled on a thread which others wait for, while their steps are short.
//!
//! Handing a call from a pool to the thread that performs it, and the answer back, takes longer than most scripts compute in
//! between. So the thread that performs the calls of a run computes it too, as long as each of its steps is short. A run with
//! a long step is given up, and a pool goes on with it. Values cannot change threads; but a script that is answered the same
//! is the same run, so it begins again in the pool and is answered what it was answered before. It computes at most twice, and
//! nobody sees more of that.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rainwright_diagnostic::{Code, Problem};

use crate::clock::too_late;
use crate::coroutine::Answered;
use crate::inputs::Sealed;
use crate::{Data, Flow, Inputs, Interrupt, Next, Outcome, Refusal, Script};

/// How often a step may come by a look at its limits, which a run does every few dozen microseconds.
const LOOKS: u32 = 16;

/// How many answers are kept for a pool.
const ANSWERS: usize = 1_000;

/// How many bytes they may have together.
const BYTES: usize = 256 << 10;

/// How long others wait for a run.
#[derive(Default)]
pub(crate) struct Patience {
    looks: Cell<u32>,
    gone: Cell<bool>,
}

impl Patience {
    /// Counts one look; why the run is given up, if it is.
    pub(crate) fn is_over(&self) -> Option<Problem> {
        self.looks.set(self.looks.get() + 1);
        self.gone.set(self.gone.get() || self.looks.get() > LOOKS);
        self.gone.get().then(|| Problem::new(Code::LimitReached, "It is not short."))
    }
}

/// A run on the calling thread, as a [`Flow`] is, that is given up when a step computes for longer than a fraction of a
/// millisecond. A [`Pool`](crate::Pool) goes on with it then.
///
/// It is meant for servers whose threads perform the calls of many runs: no thread has to be woken between two steps.
///
/// ```
/// use std::sync::Arc;
/// use rainwright::{AsyncHost, Call, Engine, Inputs, Next, Outcome, Pool, Refusal};
///
/// struct Clock;
///
/// impl AsyncHost for Clock {
///     async fn perform(&self, _: Call) -> Result<Outcome, Refusal> {
///         Ok(Outcome::Instant { millis: 0 })
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// let pool = Pool::start()?;
/// let script = Engine::new().compile("a.dg", "n = zoho.currenttime.getYear(); i = 0; while(i < turns) { i = i + 1; } return n + i;")?;
/// for turns in [10, 1_000_000] {
///     let Ok(mut flow) = script.short_flow(Inputs::new().arg("turns", turns)) else { panic!("the first runs are tried") };
///     let answer = loop {
///         match flow.next() {
///             Some(Next::Asks(call)) => flow.answer(Clock.perform(call).await),
///             Some(Next::Ended(answer)) => break answer,
///             None => break pool.take_over(flow, Arc::new(Clock)).await,
///         }
///     };
///     assert_eq!(answer.result?, 1970 + turns);
/// }
/// # Ok::<(), rainwright::Failure>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a flow does nothing until it is asked what it wants"]
pub struct ShortFlow {
    begun: Begun,
    patience: Rc<Patience>,
    flow: Flow,
    /// Bytes of the answers.
    bytes: usize,
}

/// What another thread needs to go on with a run.
pub(crate) struct Begun {
    pub(crate) script: Script,
    pub(crate) inputs: Sealed,
    pub(crate) answers: Vec<Answered>,
    pub(crate) at: Instant,
}

impl Script {
    /// Begins a run that is pulled while its steps are short.
    ///
    /// # Errors
    /// The inputs, where a pool had better run it from the beginning: the last run that was tried was given up, or the inputs or
    /// the system do not allow it.
    pub fn short_flow(&self, inputs: Inputs) -> Result<ShortFlow, Inputs> {
        if !self.short().is_worth_it() {
            return Err(inputs);
        }
        let Ok(sealed) = inputs.to_sealed(self) else { return Err(inputs) };
        let (patience, at) = (Rc::<Patience>::default(), Instant::now());
        // A switch of its own: that of the run must not be turned on when it is given up.
        let own = sealed.clone().open().interrupt(Interrupt::default());
        match Flow::begin(self, own, at, Some(Rc::clone(&patience))) {
            Ok(flow) => {
                let begun = Begun { script: self.clone(), inputs: sealed, answers: Vec::new(), at };
                Ok(ShortFlow { begun, patience, flow, bytes: 0 })
            }
            Err(_) => Err(inputs),
        }
    }
}

impl ShortFlow {
    /// Computes until the run asks for something or ends. `None` when a pool had better go on with it
    /// ([`Pool::take_over`](crate::Pool::take_over)): the step was long, there are many answers to keep, it asks for a
    /// function of the engine, or it is to be stopped.
    #[allow(clippy::should_implement_trait, reason = "an iterator could not be answered")]
    pub fn next(&mut self) -> Option<Next> {
        let Begun { script, inputs, answers, .. } = &self.begun;
        if inputs.interrupt.load(Ordering::Relaxed) || answers.len() >= ANSWERS || self.bytes >= BYTES {
            return None;
        }
        let next = self.flow.next();
        // Functions may block, and may answer something else when they are called again.
        let is_function = matches!(&next, Next::Asks(call) if script.functions().of(&call.effect).is_some());
        if self.patience.gone.get() || is_function {
            script.short().was_not();
            return None;
        }
        Some(next)
    }

    /// Says what came of the call that [`ShortFlow::next`] gave.
    pub fn answer(&mut self, answered: Result<Outcome, Refusal>) {
        let Begun { script, at, .. } = &self.begun;
        let late = script.limits().time.is_some_and(|time| at.elapsed() >= time);
        let answered = if late { Err(too_late()) } else { answered };
        self.bytes += bytes_of(&answered);
        self.begun.answers.push(answered.clone());
        self.flow.answer(answered);
    }

    /// Others had the thread meanwhile: the next step may be as long as the first.
    pub fn rested(&mut self) {
        self.patience.looks.set(0);
    }

    pub(crate) fn give_up(self) -> Begun {
        self.begun
    }
}

/// About as many bytes as an answer holds.
fn bytes_of(answered: &Answered) -> usize {
    match answered {
        Ok(Outcome::Http(response)) => response.body.len(),
        Ok(Outcome::Data { value }) => bytes_of_data(value),
        _ => 0,
    }
}

fn bytes_of_data(data: &Data) -> usize {
    let inner = match data {
        Data::Text(text) => text.len(),
        Data::File(file) => file.bytes.len(),
        Data::List(items) | Data::TypedList(_, items) => items.iter().map(bytes_of_data).sum(),
        Data::Map(map) | Data::Error(map) => {
            map.iter().map(|(key, value)| bytes_of_data(key) + bytes_of_data(value)).sum()
        }
        Data::Collection(data) => bytes_of_data(data),
        Data::Records(records) => records.rows.iter().map(bytes_of_data).sum(),
        _ => 0,
    };
    size_of::<Data>() + inner
}
