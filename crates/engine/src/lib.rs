//! Runs Deluge scripts from Rust.
//!
//! ```
//! use rainwright::{Engine, Inputs, OfflineHost};
//!
//! let engine = Engine::new();
//! let script = engine.compile("greet.dg", r#"
//!     string greet(string name)
//!     {
//!         info "greeting " + name;
//!         return "Hello " + name;
//!     }
//! "#)?;
//!
//! let mut host = OfflineHost::new();
//! let done = script.run(&mut host, Inputs::new().arg("name", "Ada"));
//! assert_eq!(done.result?.as_str(), Some("Hello Ada"));
//! assert_eq!(host.lines(), ["greeting Ada"]);
//! # Ok::<(), rainwright::Failure>(())
//! ```
//!
//! Three nouns: an [`Engine`] holds the settings, a [`Script`] is compiled source and may go to any thread, a [`Value`] is
//! what comes in and out. One trait: whatever leaves a script passes through [`Host`]: requests, mails, the clock, chance,
//! the log. [`runtime`] holds the host that does these things for real, with stored connections.
//!
//! A run always ends: see [`Limits`]. There are four ways to run a script, all with the same [`Inputs`]:
//!
//! - [`Script::run`] runs it on the calling thread with a [`Host`], and gives values.
//! - [`Script::flow`] gives a [`Flow`], which is asked for the next effect and told its outcome: for engines that own the waiting.
//! - A [`Pool`] runs thousands on a few threads with an [`AsyncHost`], while they wait for servers. A [`ShortFlow`] is for threads
//!   that serve: it is pulled there while its steps are short, and a pool goes on with it when one is not.
//! - [`durable`] keeps a run in a journal, so that it survives the process.
//!
//! A run can be put aside with [`Refusal::Suspend`]. Keep the outcomes of its effects ([`effect::to_text`] writes them), run it
//! again, and answer with them: the same script with the same outcomes is the same run.
//!
//! Programs give scripts functions ([`Engine::function`]) and tasks ([`Engine::task`]); [`into_data`] and [`read_data`] turn
//! types of yours into what crosses the border and back.

mod answer;
mod at_once;
mod clock;
mod coroutine;
pub mod durable;
mod engine;
mod failure;
mod flow;
mod form;
mod function;
mod host;
mod inputs;
mod library;
mod pool;
pub mod reference;
mod refusals;
pub mod render;
mod script;
mod session;
mod short;

pub use answer::{Answer, Usage};
pub use engine::Engine;
pub use failure::{Failure, SourcePlace};
pub use flow::{Flow, Next};
pub use form::{Form, FormHost};
pub use function::{FunctionFuture, HostFunction, into_data, read_data};
pub use host::OfflineHost;
pub use inputs::Inputs;
pub use library::Library;
pub use pool::{AsyncHost, Pool, Running};
pub use refusals::TaskRefusal;
pub use script::{Done, Script};
pub use session::Session;
pub use short::ShortFlow;

pub use rainwright_builtins as builtins;
pub use rainwright_builtins::{OwnKey, OwnTask, OwnTasks, PROFILES, Profile};
pub use rainwright_connections as connections;
pub use rainwright_diagnostic::{Code, Diagnostic, Lack, LineIndex, Problem, Severity, Span};
pub use rainwright_effect as effect;
pub use rainwright_effect::{
    Body, Call, Data, Effect, Host, HttpRequest, HttpResponse, Message, Outcome, Part, Records, Refusal, Ui, Wait,
};
pub use rainwright_eval::{
    CallSite, Caught, EntryPoint, FrameInfo, Limits, LineCount, Parameter, Paused, Probe, Reach,
};
pub use rainwright_runtime as runtime;
pub use rainwright_value::{FileValue, Kind, Kinds, List, Locale, Map, Text, Value};

/// Reads a JSON text as a value: whole numbers become NUMBER, others exact DECIMAL.
///
/// # Errors
/// A text that is no JSON, with the place.
pub fn read_json(text: &str) -> Result<Value, Failure> {
    rainwright_value::read_json(text, false).map_err(|problem| Failure::from(*problem))
}

/// Stops a run at its next loop turn or call when it becomes true; may be set from any thread.
pub type Interrupt = std::sync::Arc<std::sync::atomic::AtomicBool>;

/// The examples of the guide, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/embedding.md")]
struct Guide;
