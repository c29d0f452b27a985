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
//!   must be in the message.
//! * `// calls POST https://… {"a":1}` is an HTTP call of that line, `// mails ada@example.com: The subject` a mail; in front
//!   of all statements they speak of what functions of other files send.
//! * `//--- name` begins a fresh script, with settings of its own.
//! * `//@ script: ../lead.dg` runs that file, and `//@ played: lead.jsonl` answers its calls from what was written down.
//! * `//@ case: {"net":100} => 119.00` runs the section with these arguments, once for each case.
//! * `//@ key: value` is a setting: see [`Settings`].
//! * `//@ workflow: {"form":"Claim","event":"on validate"}` says which event the code below it serves; `//@ submit: Claim
//!   {"Amount":5}` and other steps say what a user does, `//@ then: {"refused":true}` what must have come of it, `//@ after:`
//!   which records must be there.
//! * `name.http` beside `name.dg` holds the calls of its sections, in order; a part after `//--- name` belongs to the section, or
//!   the case, of that name; `name.out` holds the whole transcript.
//!
//! Nothing here reaches the network: what is not recorded, stubbed or played by a sandbox fails.

mod case;
pub mod chaos;
mod connection;
pub mod coverage;
mod events;
mod expect;
mod fault;
mod host;
mod kind;
mod named;
mod pick;
mod play;
mod played;
mod ran;
mod record;
mod recordings;
mod records;
pub mod report;
mod run;
mod score;
mod section;
mod sent;
mod settings;
mod update;

pub use case::Case;
pub use chaos::Chaos;
pub use coverage::Coverage;
pub use events::Step;
pub use fault::{Fault, Planned};
pub use pick::Pick;
pub use play::{SandboxSetup, StartSandbox, used};
pub use played::Played;
pub use rainwright_records::StoreLocation;
pub use record::{Came, MakeCalls, RealCalls, Recorded, ToRecord};
pub use records::forms;
pub use report::{Mismatch, SectionResult, Summary};
pub use run::{Check, Checked, Mode, Runner, Surround, Surroundings};
pub use score::Score;
pub use section::{GoldenFile, Section};
pub use settings::Settings;
