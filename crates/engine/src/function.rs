//! Functions of the embedding program that scripts may call: plain, blocking, async, and typed through serde.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use rainwright_diagnostic::{Code, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::builtins::json_data;
use crate::{Data, Effect, Outcome, Refusal};

/// A function of the embedding program, callable from scripts.
pub type HostFunction = Arc<dyn Fn(&[Data]) -> Result<Data, Problem> + Send + Sync>;

/// What an async function gives: it is awaited while other scripts run.
pub type FunctionFuture = Pin<Box<dyn Future<Output = Result<Data, Problem>> + Send>>;

/// How a function runs.
#[derive(Clone)]
pub(crate) enum Function {
    /// On the thread of the script: it is quick.
    Plain(HostFunction),
    /// On a thread of its own in a pool: it may block.
    Blocking(HostFunction),
    /// By the host, which knows it by its name.
    Declared,
    /// As a future.
    Async(Arc<dyn Fn(Vec<Data>) -> FunctionFuture + Send + Sync>),
}

/// The functions of an engine by their dotted names.
#[derive(Clone, Default)]
pub(crate) struct Functions(Vec<(String, Function)>);

impl Functions {
    /// Adds a function; one of that name is replaced.
    pub(crate) fn add(&mut self, name: &str, function: Function) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), function));
    }

    /// The names, in the order in which they were added.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The function that an effect names, if it names one.
    pub(crate) fn of(&self, effect: &Effect) -> Option<(&Function, Vec<Data>)> {
        let Effect::Function { name, arguments } = effect else { return None };
        let (_, function) = self.0.iter().find(|(known, _)| known == name)?;
        (!matches!(function, Function::Declared)).then(|| (function, arguments.clone()))
    }

    /// Calls the function that an effect names and waits for it on this thread.
    pub(crate) fn call(&self, effect: &Effect) -> Option<Result<Outcome, Refusal>> {
        let (function, arguments) = self.of(effect)?;
        Some(match function {
            Function::Declared => return None,
            Function::Plain(run) | Function::Blocking(run) => run_plain(run, &arguments),
            Function::Async(run) => {
                let waited = catch_unwind(AssertUnwindSafe(|| wait_for(run(arguments))));
                waited.map_or_else(|panic| Err(Refusal::Stop(panicked(panic.as_ref()))), answered)
            }
        })
    }
}

/// Calls a function; a panic ends the run that called it, and nothing else.
pub(crate) fn run_plain(run: &HostFunction, arguments: &[Data]) -> Result<Outcome, Refusal> {
    let called = catch_unwind(AssertUnwindSafe(|| run(arguments)));
    called.map_or_else(|panic| Err(Refusal::Stop(panicked(panic.as_ref()))), answered)
}

/// The answer of a function as that of a host.
pub(crate) fn answered(result: Result<Data, Problem>) -> Result<Outcome, Refusal> {
    result.map(Outcome::from).map_err(Refusal::from)
}

/// A bug of this program or of the embedding one, as a problem of the script that met it.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    Problem::new(Code::NotSupported, format!("The host panicked: {}", text.unwrap_or("a panic")))
}

/// A function of typed arguments: they are read from a list of data, the result is written as data.
pub(crate) fn typed<A, R>(run: impl Fn(A) -> Result<R, Problem> + Send + Sync + 'static) -> HostFunction
where
    A: DeserializeOwned,
    R: Serialize,
{
    Arc::new(move |arguments: &[Data]| run(from_arguments(arguments)?).and_then(|result| into_data(&result)))
}

/// Reads data as a type of the program: a struct from a map, a tuple from a list. Dates come as ISO 8601 texts, files by
/// their names.
///
/// # Errors
/// [`Code::BadArgument`] for data of another shape.
pub fn read_data<T: DeserializeOwned>(data: &Data) -> Result<T, Problem> {
    serde_json::from_str(&data.to_json()).map_err(|e| Problem::new(Code::BadArgument, format!("Wrong shape: {e}.")))
}

/// Writes a type of the program as data: a struct becomes a map, numbers keep the digits that they print with.
///
/// # Errors
/// [`Code::BadArgument`] for what has no such form, such as a map whose keys are not texts.
pub fn into_data(value: &impl Serialize) -> Result<Data, Problem> {
    let bad = |why: String| Problem::new(Code::BadArgument, format!("The result cannot become a value: {why}."));
    // As text, which no number loses a digit in.
    let json = serde_json::to_string(value).map_err(|e| bad(e.to_string()))?;
    json_data(&json).map_err(|problem| bad(problem.message))
}

fn from_arguments<A: DeserializeOwned>(arguments: &[Data]) -> Result<A, Problem> {
    let list = Data::List(arguments.to_vec());
    serde_json::from_str(&list.to_json())
        .map_err(|e| Problem::new(Code::BadArgument, format!("The arguments do not fit: {e}.")))
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
