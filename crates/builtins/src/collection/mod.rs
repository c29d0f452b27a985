//! Functions of COLLECTION.

mod change;
mod look;
mod make;

pub(crate) use change::CHANGE;
pub(crate) use look::LOOK;
pub(crate) use make::MAKE;
pub use make::insert_pairs;

use std::rc::Rc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Collection, Entries, Kind, Kinds, Result, Value};

use crate::{Call, Param};

const COLLECTION: Kinds = Kinds::of(&[Kind::Collection]);
const BOOL: Kinds = Kinds::of(&[Kind::Bool]);
const KEY: Param = Param::new("keyOrIndex", Kinds::ANY, "The key, or the index from 0.");
const VALUE: Param = Param::new("value", Kinds::ANY, "The value or element; upper and lower case differ.");

impl Call<'_, '_> {
    /// The receiver as a COLLECTION.
    fn receiver_collection(&self) -> Result<Rc<Collection>> {
        match self.receiver() {
            Value::Collection(collection) => Ok(collection.clone()),
            _ => Err(self.wrong_receiver(COLLECTION)),
        }
    }
}

/// What a collection holds now, copied: what is done with it may change the collection.
fn snapshot(collection: &Collection) -> Entries {
    match &*collection.entries() {
        Entries::Undecided => Entries::Undecided,
        Entries::Row(row) => Entries::Row(row.clone()),
        Entries::Keyed(map) => Entries::Keyed(crate::map::pairs(map).into_iter().collect()),
    }
}

/// The problem of an element in a collection of pairs, or a pair in one of elements.
#[cold]
fn wrong_form(found: &'static str, holds: &'static str) -> Box<Problem> {
    let message = format!("The collection holds {holds}, but found {found}");
    Box::new(
        Problem::new(Code::WrongKind, message)
            .with_help("The first insert decides: elements, or keys with values, never both."),
    )
}
