//! Runs Creator applications: a submission goes through all that happens to it in Creator.
//!
//! An [`Application`] is data: forms, functions, workflows, variables, users. It is read from an export (`.ds`) or from a
//! folder of plain files. A [`Running`] application has its records in a store, and a host for everything else.

mod act;
mod application;
mod approve;
mod arguments;
mod check;
mod conduct;
mod due;
mod event;
mod exchange;
mod folder;
mod formulas;
mod import;
mod input;
mod live;
mod load;
mod page;
mod record;
mod running;
mod script;
mod state;
mod submit;
mod switch;
mod users;
mod verify;
mod view;
mod when;

pub use application::{
    Action, Application, Column, Function, Happening, Page, PageParameter, ReadyMade, Report, ReportAction, Step, User,
    Workflow,
};
pub use check::{ApplicationScript, ApplicationText, Finding};
pub use due::Ran;
pub use event::EventHost;
pub use exchange::{dump, rows_of};
pub use folder::FILE as APPLICATION_FILE;
pub use load::{Sheet, escaped, load, load_sheet, read_rows};
pub use page::Piece;
pub use running::{Running, Setting, makers};
pub use state::FormState;
pub use submit::{Change, Submitted};
pub use switch::switch;
pub use view::{Filter, Listing, Narrowed, Order};
