//! Runs scripts and compares with what is expected.
//!
//! A golden script is a script whose comments say what must come out:
//!
//! ```text
//! //@ timezone: Asia/Kolkata
//! info "Deluge".contains("lug");     // => true
//! info {1,2}.get(5);                 // error E3006
//! //--- a fresh script in the same file
//! info "one" + "\n" + "two";
//! // => one
//! // => two
//! ```
//!
//! * `// => text` is what `info` on that line prints; on lines of its own it belongs to the statement above. A line that
//!   runs several times prints several lines.
//! * `// error E3006` is the code of an error in that line; `// warning E5001` that of a warning. Text after the code
//!   must occur in the message.
//! * `//--- name` begins a fresh script, with settings of its own.
//! * `//@ script: ../lead.dg` runs that file, and `//@ played: lead.jsonl` answers its calls from what was written down.
//! * `//@ key: value` is a setting: see [`Settings`].
//! * `name.http` beside `name.dg` holds the calls of its sections, in order; `name.out` the whole transcript.
//!
//! Nothing here reaches the network: what is not recorded fails.

mod connection;
mod expect;
mod host;
mod played;
mod records;
mod report;
mod run;
mod score;
mod section;
mod settings;

pub use played::Played;
pub use report::{Mismatch, SectionResult, Summary, junit};
pub use run::{Check, Mode, Runner, Surround, Surroundings, used};
pub use score::Score;
pub use section::{GoldenFile, Section};
pub use settings::Settings;
