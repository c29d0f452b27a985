//! Resolves, lowers and walks the tree.
//!
//! [`lower`] turns trees into closures once: names become slots, calls become table rows, common shapes become one step.
//! [`run`] walks them, synchronously and on one thread; whatever leaves the script goes through the
//! [`Host`](rainwright_effect::Host).

mod count;
mod error;
mod lower;
mod parse;
mod probe;
mod program;
mod rows;
mod run;
mod stack;
mod vm;

pub use count::{LineCount, Reach};
pub use error::{CallSite, Caught, RuntimeError};
pub use lower::lower;
pub use parse::parse;
pub use probe::{FrameInfo, Paused, Probe};
pub use program::{CompileOptions, EntryPoint, Module, Parameter, Program};
pub use run::{Finished, Run, run};
pub use vm::Limits;
