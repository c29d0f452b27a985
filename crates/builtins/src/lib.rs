//! Holds the table of all functions and tasks, and the [`Host`] trait.

mod host;

pub use host::{Body, Effect, Host, HttpRequest, HttpResponse, Message, Outcome, Part};
