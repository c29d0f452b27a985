//! Keeps and answers records of forms, in SQLite, or in Postgres with the feature `postgres`.
//!
//! Forms are data: [`Form`] and [`Field`] describe them, and are what form files and exports are read into. A [`Store`]
//! keeps their records in one file, or in memory, and answers the typed requests of scripts. Every value is bound, every
//! name is checked and quoted; nothing that a script computes becomes part of a statement.
//!
//! ```
//! use rainwright_effect::{Comparison, Criteria, Data, FieldPath, Operand, Query, Records};
//! use rainwright_records::{Field, FieldType, Form, StoreLocation, Settings, Store};
//!
//! let form = Form { name: "Claim".into(), fields: vec![Field::new("Amount", FieldType::Decimal)], ..Form::default() };
//! let mut store = Store::open(StoreLocation::Memory, vec![form], Settings::default())?;
//! let amount = FieldPath::parse("Amount");
//! store.perform(&Records::Insert { form: "Claim".into(), fields: vec![(amount.clone(), Data::from(15.5))] })?;
//! let criteria = Criteria::Compare {
//!     left: Operand::Field(amount.clone()),
//!     comparison: Comparison::Greater,
//!     right: Operand::Value(Data::Number(10)),
//! };
//! let query = Query { form: "Claim".into(), criteria: Some(criteria), ..Query::default() };
//! let found = store.perform(&Records::Fetch { query, field: Some(amount) })?;
//! assert_eq!(found.to_string(), "15.5");
//! # Ok::<(), rainwright_diagnostic::Problem>(())
//! ```
//!
//! How values lie in the database: numbers, dates (days since 1970), times and instants (milliseconds) as integers,
//! decimals as their digits with a collation that orders them by worth (in Postgres as NUMERIC), texts as they are. Fields that hold several values
//! and subforms with rows of their own have tables of their own; a lookup is the ID of the other record, with an index.

mod applications;
mod change;
mod conduct;
mod criteria;
mod database;
mod dialect;
mod facts;
mod field;
mod figures;
mod formulas;
mod learn;
mod links;
mod migrate;
mod notes;
mod numbers;
mod once;
mod operand;
mod phrase;
mod picture;
#[cfg(feature = "postgres")]
mod postgres;
mod read;
mod schema;
mod sketch;
mod sql;
mod statements;
mod store;
mod stored;
mod subform;
mod write;

pub use applications::{Applications, Components, OWN, Report};
pub use conduct::{Conduct, Submission, Verdict};
pub use facts::facts;
pub use field::{Field, FieldType, FileKind, Storage, WrittenTypes};
pub use formulas::Formulas;
pub use learn::LearningStore;
pub use migrate::Step;
pub use operand::text as as_text;
pub use picture::file_name;
pub use schema::{Form, SYSTEM, Schema, Table};
pub use store::{Actor, Settings, Store, StoreLocation};
pub use stored::{as_shown, holds};
pub use subform::rows_in;
