//! The threads that talk with Restate.
//!
//! Each has a runtime of its own, so that what begins on it stays on it: a run is computed where its messages are read, and no
//! other thread has to be woken between two of its steps. A connection carries many runs; where its thread has more of them
//! than others have, new ones go to those.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use restate_sdk::endpoint::Endpoint;
use restate_sdk::hyper::HyperEndpoint;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{Barrier, mpsc};

/// How many runs more than the least busy one a thread may have before a run goes there. A run whose connection is read by
/// another thread waits for two of them at every step.
const AHEAD: usize = 4;

/// How long runs have to come to an end when the worker is to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long no connection is taken after one could not be: the system has no more of them.
const PAUSE: Duration = Duration::from_millis(100);

thread_local! {
    static STAYS: Cell<bool> = const { Cell::new(false) };
}

/// Whether what runs on this thread never leaves it.
pub(crate) fn stays() -> bool {
    STAYS.get()
}

/// Where a run may go.
struct Seat {
    handle: Handle,
    runs: AtomicUsize,
}

/// A run's place on its thread, until it ends.
struct Seated(Arc<[Seat]>, usize);

impl Seated {
    fn seat(&self) -> &Seat {
        &self.0[self.1]
    }
}

impl Drop for Seated {
    fn drop(&mut self) {
        self.seat().runs.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Gives the runs of a connection their threads.
#[derive(Clone)]
struct Seats {
    all: Arc<[Seat]>,
    /// The thread that reads the connection.
    own: usize,
}

impl Seats {
    /// The connection's own thread, unless another one has much less to do.
    fn place(&self) -> usize {
        let runs = |place: usize| self.all[place].runs.load(Ordering::Relaxed);
        let least = (0..self.all.len()).min_by_key(|place| runs(*place)).unwrap_or(self.own);
        if runs(self.own) > runs(least) + AHEAD { least } else { self.own }
    }
}

impl<F> Executor<F> for Seats
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, run: F) {
        let seated = Seated(Arc::clone(&self.all), self.place());
        seated.seat().runs.fetch_add(1, Ordering::Relaxed);
        let handle = seated.seat().handle.clone();
        handle.spawn(async move {
            let _seated = seated;
            run.await
        });
    }
}

/// Serves an endpoint on as many threads as there are cores, until `end`.
pub(crate) async fn serve(endpoint: Endpoint, listener: TcpListener, end: impl Future) -> io::Result<()> {
    let endpoint = HyperEndpoint::new(endpoint);
    let count = thread::available_parallelism().map_or(1, usize::from);
    let runtimes = (0..count).map(|_| Builder::new_current_thread().enable_all().build());
    let runtimes = runtimes.collect::<io::Result<Vec<Runtime>>>()?;
    let seats = runtimes.iter().map(|runtime| Seat { handle: runtime.handle().clone(), runs: AtomicUsize::new(0) });
    let all: Arc<[Seat]> = seats.collect();
    let done = Arc::new(Barrier::new(count + 1));
    let mut doors = Vec::with_capacity(count);
    for (own, runtime) in runtimes.into_iter().enumerate() {
        let (door, connections) = mpsc::unbounded_channel();
        let (seats, endpoint, done) = (Seats { all: Arc::clone(&all), own }, endpoint.clone(), Arc::clone(&done));
        thread::Builder::new().name("runs".into()).spawn(move || {
            STAYS.set(true);
            runtime.block_on(work(seats, endpoint, connections, &done));
        })?;
        doors.push(door);
    }
    let mut end = pin!(end);
    let mut turn = doors.iter().cycle();
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            _ = &mut end => break,
        };
        match taken.and_then(|(stream, remote)| Ok((stream.into_std()?, remote))) {
            // A thread that is gone has nobody to take it; Restate connects again.
            Ok(connection) => drop(turn.next().map(|door| door.send(connection))),
            Err(e) => {
                tracing::warn!("A connection cannot be taken: {e}.");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(doors);
    // Threads have their own patience with runs.
    let _ = tokio::time::timeout(PATIENCE * 2, done.wait()).await;
    Ok(())
}

/// What a thread does: connections that it is given, and the runs that have their seats on it.
async fn work(
    seats: Seats,
    endpoint: HyperEndpoint,
    mut connections: mpsc::UnboundedReceiver<(TcpStream, SocketAddr)>,
    done: &Barrier,
) {
    let graceful = GracefulShutdown::new();
    while let Some((stream, remote)) = connections.recv().await {
        let stream = match tokio::net::TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(e) => {
                tracing::warn!("The connection of {remote} cannot be used: {e}.");
                continue;
            }
        };
        // Messages are small and waited for.
        let _ = stream.set_nodelay(true);
        let connection = http2::Builder::new(seats.clone()).serve_connection(TokioIo::new(stream), endpoint.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::warn!("The connection of {remote} ended: {e}.");
            }
        });
    }
    if tokio::time::timeout(PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            "Runs have not come to their ends within {} s; other workers go on with them.",
            PATIENCE.as_secs()
        );
    }
    // Others may read the connections of runs that have their seats here.
    done.wait().await;
}
