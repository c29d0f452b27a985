//! Drives the sandbox as its users do: by HTTP.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod client;
mod crm;
mod faults;
mod mailchimp;
mod oauth;
mod providers;
mod quirks;
mod services;
