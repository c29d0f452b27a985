//! What services are known to answer: from recordings, and from the tables of the products that the sandbox plays.

use super::shape::Shape;

/// What comes back from a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAnswer {
    /// The calls that it comes back from.
    pub to: AnsweredCall,
    /// What is in it.
    pub holds: Shape,
}

/// A call that is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnsweredCall {
    /// A request to an address, as it was recorded.
    Address(String),
    /// Tasks about the records of a module: `zoho.crm` and `Leads`. The answer is one record.
    Records {
        /// The first parts of the tasks' names.
        tasks: String,
        /// The module.
        module: String,
    },
}

/// The shortest beginning of an address that says which service it is: a scheme and a host.
const SHORTEST: usize = "https://a.b/".len();

/// What an answer of an address that begins so holds: that of all recorded calls together.
pub(crate) fn at_address(known: &[KnownAnswer], beginning: &str) -> Shape {
    let mut shape = Shape::default();
    if beginning.len() < SHORTEST {
        return shape;
    }
    for one in known {
        if let AnsweredCall::Address(address) = &one.to
            && address.starts_with(beginning)
        {
            shape.join(one.holds.clone());
        }
    }
    shape
}

/// The record of a module that a task is about: `zoho.crm.getRecordById` and `Leads`.
pub(crate) fn record<'k>(known: &'k [KnownAnswer], task: &str, of: &str) -> Option<&'k Shape> {
    let (prefix, _) = task.rsplit_once('.')?;
    let found = known.iter().find(|one| match &one.to {
        AnsweredCall::Records { tasks, module } => tasks.eq_ignore_ascii_case(prefix) && module == of,
        AnsweredCall::Address(_) => false,
    });
    found.map(|one| &one.holds)
}
