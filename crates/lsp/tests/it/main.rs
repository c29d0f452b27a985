//! Drives a whole server over its protocol: every feature, with real files where files matter.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod client;
mod features;
mod figures;
mod protocol;
mod workspace;
