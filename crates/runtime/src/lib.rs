//! Does the real input and output: HTTP, mail, credential stores, recording.
//!
//! * [`http::Http`] sends requests: pooled, bounded, and not into private networks
//! * [`store::SqliteStore`] keeps connections encrypted; [`registry::Registry`] gives them out, renewed in time
//! * [`Registry::connect`](registry::Registry::connect) and its neighbours in [`connect`] log in, test and revoke
//! * [`live::Live`] performs the effects of scripts; [`live::Blocking`] does so for a synchronous [`Host`]
//! * [`trust`] remembers what of a project the user trusts; [`account`] answers what scripts ask about theirs
//! * [`record`] writes calls down and plays them back
//! * [`journal`] keeps runs that survive the end of their process
//!
//! [`Host`]: rainwright_effect::Host

pub mod account;
pub mod audit;
pub mod connect;
#[cfg(feature = "postgres")]
pub mod database;
mod driver;
pub mod http;
pub mod journal;
mod kept;
pub mod live;
#[cfg(feature = "mail")]
pub mod mail;
pub mod record;
pub mod registry;
mod renew;
pub mod retry;
mod sign;
pub mod store;
pub mod trust;

pub use account::Account;
pub use driver::{Driver, Waiting};
pub use kept::Kept;
pub use live::{Blocking, Live, LiveOptions};
pub use registry::Registry;
