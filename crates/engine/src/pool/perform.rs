//! Hands what a run asks for to its host, or to a function of the engine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use rainwright_diagnostic::{Code, Problem};
use tokio::runtime::Handle;

use super::evaluator::{Task, Waits};
use super::host::Performing;
use super::worker::{Message, Worker};
use crate::clock::too_late;
use crate::coroutine::Answered;
use crate::function::{Function, answered as of_function, panicked, run_plain};
use crate::{Call, Refusal};

/// The answer when it is known at once, which needs no way through another thread; else the work on it.
pub(super) fn perform(runtime: &Handle, task: &Task, call: Call) -> Result<Answered, Waits> {
    let _entered = runtime.enter();
    let seq = call.seq;
    let begun = catch_unwind(AssertUnwindSafe(|| {
        let mut performing: Performing = match task.script.functions().of(&call.effect) {
            Some((Function::Plain(run), arguments)) => return Ok(run_plain(run, &arguments)),
            Some((Function::Blocking(run), arguments)) => {
                let run = Arc::clone(run);
                let work = tokio::task::spawn_blocking(move || run_plain(&run, &arguments));
                Box::pin(async move { work.await.unwrap_or_else(|_| Err(Refusal::Stop(gone()))) })
            }
            Some((Function::Async(run), arguments)) => {
                let work = run(arguments);
                Box::pin(async move { of_function(work.await) })
            }
            Some((Function::Declared, _)) | None => Arc::clone(&task.host).begin(call),
        };
        match performing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answered) => Ok(answered),
            Poll::Pending => Err(performing),
        }
    }));
    let performing = match begun {
        Ok(Ok(answered)) => return Ok(answered),
        Ok(Err(performing)) => performing,
        Err(panic) => return Ok(Err(Refusal::Stop(panicked(panic.as_ref())))),
    };
    let mut reply = Reply { id: task.id, seq, worker: task.worker.clone(), sent: false };
    let deadline = task.run.deadline().map(tokio::time::Instant::from_std);
    let work = runtime.spawn(async move {
        let answered = match deadline {
            None => performing.await,
            Some(deadline) => match tokio::time::timeout_at(deadline, performing).await {
                Ok(answered) => answered,
                Err(_) => Err(too_late()),
            },
        };
        reply.send(answered);
    });
    Err(Waits { seq, work: work.abort_handle(), since: Instant::now() })
}

/// The reply that a run waits for: it comes even when the host panics.
struct Reply {
    id: u64,
    seq: u64,
    worker: Worker,
    sent: bool,
}

impl Reply {
    fn send(&mut self, answered: Answered) {
        self.sent = true;
        self.worker.tell(Message::Answered(self.id, self.seq, answered));
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.sent {
            self.send(Err(Refusal::Stop(gone())));
        }
    }
}

fn gone() -> Problem {
    Problem::new(Code::NotSupported, "The host panicked, or is being shut down.")
}
