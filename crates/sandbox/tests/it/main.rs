//! Drives the sandbox as its users do: by HTTP.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod client;
mod creator;
mod creator_parts;
mod crm;
mod desk;
mod errors;
mod faults;
mod finance;
mod mailchimp;
mod oauth;
mod partners;
mod products;
mod providers;
mod quirks;
mod services;
mod tasks;
