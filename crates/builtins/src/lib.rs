//! Holds the table of all functions and tasks, and turns values into data and back.
//!
//! ```
//! let row = rainwright_builtins::method("TOUPPERCASE").unwrap();
//! assert_eq!(row.name, "toUpperCase");
//! ```

mod call;
mod collection;
mod convert;
mod data;
mod datetime;
mod encryption;
mod file;
mod function_kind;
mod iterate;
mod list;
mod logical;
mod map;
pub mod names;
mod number;
mod number_format;
mod number_words;
pub mod patterns;
mod profile;
mod registry;
mod statement;
mod system;
mod table;
mod tables;
mod task;
mod text;
mod xml;

pub use call::{Call, Context, FunctionName, Origin, TaskCall, as_list, method_on_null, shorten};
pub use collection::insert_pairs;
pub use data::{file_data, from_data, json_data, to_data, to_data_within};
pub use file::mime_of_name;
pub use function_kind::{FunctionKind, Given, Params, Returns, function_kinds};
pub use iterate::{iterate, iteration_size};
pub use profile::{Limits, PROFILES, Profile};
pub use registry::{
    Bound, Method, block_task, block_tasks, builtins, chapters, integration, integrations, method, suggest, word,
};
pub use statement::{STATEMENTS, Statement, statement};
pub use table::{Answer, Basis, BlockTask, Builtin, Example, Form, Integration, Param, Place, TaskKey};
pub use tables::Chapter;
pub use task::own::{OwnKey, OwnTask, OwnTasks};
