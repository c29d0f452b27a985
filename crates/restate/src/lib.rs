//! Runs Deluge functions as handlers of Restate: each effect of a script is a durable step.
//!
//! [`Worker`] is made of an engine, sources and a host that performs effects. Every function of the sources becomes a handler
//! of one service; its input is a JSON object of arguments, its output what it returns. Restate keeps what each step gave and
//! runs the script again after a crash, on any worker: what was answered is not done again.

mod functions;
mod service;
mod steps;
mod threads;

pub use functions::Source;
pub use service::Worker;
