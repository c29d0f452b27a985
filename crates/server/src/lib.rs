//! Functions over HTTP: a project's functions at the addresses that Zoho gives them, and in plain JSON.
//!
//! A [`Functions`] service is made of an engine, the sources of a project and a host that performs effects. It answers
//! `/crm/v{n}/functions/{name}/actions/execute` as Zoho CRM does, and `/run/{name}` in plain JSON; `/health`, `/metrics` and
//! `/openapi.json` tell about it. [`Keys`] says who may call what. [`Guard`] is in front of every server of this
//! crate: it refuses foreign `Host` and `Origin` headers, so that no page in a browser reaches a server on this
//! machine by another name.

#![allow(clippy::result_large_err, reason = "a refusal is an answer, and an answer has the size that axum gives it")]

pub mod console;
mod file;
mod functions;
mod guard;
mod keys;
mod listen;
pub mod manual;
mod preview;
mod tls;
pub mod web;
pub mod widget;

pub use functions::{Functions, Limits, LogSink, MakeHost, Ran, SeenEffect, Source};
pub use guard::{Guard, Names};
pub use keys::{Key, Keys, Scope};
pub use listen::Server;
pub use preview::{OpenHost, Preview, PreviewSetting};
pub use tls::Tls;
