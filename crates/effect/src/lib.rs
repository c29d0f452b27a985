//! Says what leaves a script and what comes back.
//!
//! A script reaches outside through one trait, [`Host`]. Each request is a [`Call`] that carries one [`Effect`]; the host
//! answers with an [`Outcome`] or a [`Refusal`]. Values cross the border as [`Data`], which is exact and may go to any
//! thread. Everything here is plain and serialisable, so that runs can be recorded, replayed, resumed and planned.
//!
//! ```
//! use rainwright_effect::{Call, Effect, Host, Outcome, Refusal};
//!
//! /// A host at a fixed time that prints what scripts log.
//! struct Fixed;
//!
//! impl Host for Fixed {
//!     fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
//!         match call.effect {
//!             Effect::Now => Ok(Outcome::Instant { millis: 0 }),
//!             Effect::Info { text } => {
//!                 println!("line {}: {text}", call.line);
//!                 Ok(Outcome::Done)
//!             }
//!             other => Err(other.not_supported().into()),
//!         }
//!     }
//! }
//!
//! assert_eq!(Fixed.perform(Call::new(Effect::Now)), Ok(Outcome::Instant { millis: 0 }));
//! ```

mod data;
mod forms;
mod host;
mod http;
mod message;
mod records;
mod text;
mod ui;

pub use data::{Data, DataMap, Decimal, File};
pub use forms::{FieldFacts, FormFacts, Holds};
pub use host::{Call, Effect, Host, Outcome, Refusal, Wait};
pub use http::{Body, HttpRequest, HttpResponse, Part};
pub use message::Message;
pub use records::{Aggregate, Comparison, Criteria, FieldPath, LEADS_TO, Operand, Query, RecordSet, Records, Sort};
pub use text::{from_text, to_text};
pub use ui::{FormField, FormPart, Ui};

pub use bytes::Bytes;

/// The version of the serialised form of everything in this crate; journals and recordings carry it.
pub const FORMAT: u32 = 1;

/// How deep data may be nested; deeper values do not cross the border.
pub const MAX_DEPTH: usize = 200;
