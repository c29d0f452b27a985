//! One effect of a script as one step that Restate keeps.

use std::sync::Arc;
use std::time::Duration;

use rainwright::effect::{from_text, to_text};
use rainwright::runtime::Live;
use rainwright::runtime::journal::{Answer, SIGNAL, WAIT, add_key, describe, digest_of, idempotency_key, left_alone};
use rainwright::{Call, Code, Data, Effect, Outcome, Problem, Refusal};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// What is kept of a step: what came of it, and of which effect.
#[derive(Serialize, Deserialize)]
struct Kept {
    digest: String,
    answer: Answer,
}

/// Why a run cannot go on here.
pub(crate) enum Halt {
    /// Restate ended the run: somebody cancelled it.
    Ended(TerminalError),
    /// This worker cannot go on with it, another one may.
    Elsewhere(String),
}

impl From<Halt> for HandlerError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Ended(error) => error.into(),
            Halt::Elsewhere(why) => why.into(),
        }
    }
}

impl From<TerminalError> for Halt {
    fn from(error: TerminalError) -> Self {
        Halt::Ended(error)
    }
}

/// Performs a call, or gives what came of it before.
pub(crate) async fn perform(
    context: &Context<'_>,
    live: &Arc<Live>,
    call: Call,
) -> Result<Result<Outcome, Refusal>, Halt> {
    match &call.effect {
        // A line is no step: it is written when it is reached, and not again while the run is rebuilt.
        Effect::Info { .. } => Ok(live.perform(call).await),
        Effect::Function { name, arguments } if name == WAIT => Ok(wait(context, arguments).await?),
        Effect::Function { name, arguments } if name == SIGNAL => Ok(signal(context, arguments).await?),
        _ => step(context, live, call).await,
    }
}

/// A step, and the wait that a busy server asks for, as often as it does.
async fn step(context: &Context<'_>, live: &Arc<Live>, mut call: Call) -> Result<Result<Outcome, Refusal>, Halt> {
    let digest = digest_of(&call.effect).map_err(|problem| Halt::Elsewhere(problem.message))?;
    add_key(&mut call.effect, &idempotency_key(context.invocation_id(), call.seq, &digest));
    loop {
        let (live, this, digest_now) = (Arc::clone(live), call.clone(), digest.clone());
        let done = context.run(|| async move {
            let answer = match live.perform(this).await {
                Ok(outcome) => Answer::Outcome(outcome),
                Err(Refusal::Problem(problem)) => Answer::Problem(problem),
                Err(other) => return Err(TerminalError::new(other.problem().message).into()),
            };
            Ok(to_text(&Kept { digest: digest_now, answer }).map_err(|problem| TerminalError::new(problem.message))?)
        });
        let text: String = done.name(describe(&call.effect)).await?;
        let kept: Kept = from_text(&text).map_err(|problem| Halt::Elsewhere(problem.message))?;
        if kept.digest != digest {
            return Err(Halt::Elsewhere(format!(
                "The effect {} in line {} ({}) is not what it was when the run came here first: the script was changed. \
                 Serve the earlier version at the address that it had.",
                call.seq,
                call.line,
                describe(&call.effect)
            )));
        }
        match kept.answer {
            Answer::Outcome(outcome) => match left_alone(&outcome) {
                Some(seconds) => context.sleep(seconds_of(seconds)).await?,
                None => return Ok(Ok(outcome)),
            },
            Answer::Problem(problem) => return Ok(Err(Refusal::Problem(problem))),
        }
    }
}

/// `durable.wait(SECONDS)`: Restate's timer, which outlives this worker.
async fn wait(context: &Context<'_>, arguments: &[Data]) -> Result<Result<Outcome, Refusal>, TerminalError> {
    let Some(seconds) = arguments.first().and_then(Data::as_number).filter(|seconds| *seconds >= 0) else {
        return Ok(Err(Problem::new(Code::BadArgument, format!("{WAIT} takes a number of seconds.")).into()));
    };
    context.sleep(seconds_of(seconds)).await?;
    Ok(Ok(Outcome::Done))
}

/// `durable.signal(NAME)`: what the handler `signal` is told for this run.
async fn signal(context: &Context<'_>, arguments: &[Data]) -> Result<Result<Outcome, Refusal>, TerminalError> {
    let Some(name) = arguments.first().and_then(Data::as_text) else {
        return Ok(Err(Problem::new(Code::BadArgument, format!("{SIGNAL} takes the name of a signal.")).into()));
    };
    let text = context.signal::<String>(name).await?;
    Ok(from_text::<Data>(&text).map(Outcome::from).map_err(Refusal::from))
}

fn seconds_of(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}
