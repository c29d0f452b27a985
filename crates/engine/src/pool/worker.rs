//! A thread that evaluates scripts, and what it is told.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, select, unbounded};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::evaluator::Evaluator;
use super::host::Performer;
use super::not_supported;
use crate::coroutine::{Answered, Budget};
use crate::inputs::Sealed;
use crate::{Answer, Failure, Script};

/// A handle on a worker's inbox.
#[derive(Clone)]
pub(super) struct Worker {
    inbox: Sender<Message>,
}

/// What a worker is told about the runs that it has.
pub(super) enum Message {
    /// The answer to the call of that number.
    Answered(u64, u64, Answered),
    /// Nobody waits for this run any more.
    Cancel(u64),
}

/// A run to begin, by whichever worker comes to it first.
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) script: Script,
    pub(super) host: Arc<dyn Performer>,
    pub(super) inputs: Sealed,
    pub(super) reply: oneshot::Sender<Answer>,
    /// All workers: the one that begins the run keeps a handle on its own inbox, for the answers.
    pub(super) workers: Arc<[Worker]>,
    pub(super) budget: Option<Arc<Budget>>,
    /// When it began elsewhere, if it did.
    pub(super) begun: Option<Instant>,
}

impl Worker {
    /// Starts threads that share what is ordered. They end when nobody can order anything or tell them anything any more.
    pub(super) fn start(
        threads: usize,
        runtime: &Handle,
        load: &Arc<AtomicUsize>,
    ) -> Result<(Sender<Order>, Arc<[Worker]>), Failure> {
        let (sender, orders) = unbounded();
        let mut workers = Vec::with_capacity(threads);
        for place in 0..threads {
            let (inbox, messages) = unbounded();
            let (orders, runtime, load) = (orders.clone(), runtime.clone(), Arc::clone(load));
            thread::Builder::new()
                .name("evaluator".into())
                .spawn(move || work(&Evaluator::new(place, orders, messages, runtime, load)))
                .map_err(|e| not_supported(format!("No thread to evaluate scripts on: {e}.")))?;
            workers.push(Worker { inbox });
        }
        Ok((sender, workers.into()))
    }

    pub(super) fn tell(&self, message: Message) {
        // A thread that is gone dropped its runs, and who waits for them is told by that.
        let _ = self.inbox.send(message);
    }
}

fn work(evaluator: &Rc<Evaluator>) {
    loop {
        evaluator.receive();
        evaluator.begin_one();
        if !evaluator.next_turn() && !wait(evaluator) {
            return;
        }
    }
}

/// Sleeps until there is something to do; false when there never will be.
fn wait(evaluator: &Rc<Evaluator>) -> bool {
    let (orders, inbox): (&Receiver<Order>, &Receiver<Message>) = (&evaluator.orders, &evaluator.inbox);
    // When one of the two is closed, the other one may still have something.
    select! {
        recv(inbox) -> message => match message {
            Ok(message) => evaluator.take(message),
            Err(_) => match orders.recv() {
                Ok(order) => evaluator.begin(order),
                Err(_) => return false,
            },
        },
        recv(orders) -> order => match order {
            Ok(order) => evaluator.begin(order),
            Err(_) => match inbox.recv() {
                Ok(message) => evaluator.take(message),
                Err(_) => return false,
            },
        },
    }
    true
}
