//! The list of all tables: a new table is registered here and nowhere else.

use crate::{BlockTask, Builtin, Integration};

/// The functions.
pub(crate) const BUILTINS: &[&[Builtin]] = &[
    crate::text::LOOK,
    crate::text::PART,
    crate::text::CHANGE,
    crate::text::REPLACE,
    crate::number::NUMBERS,
    crate::logical::LOGICAL,
    crate::convert::CONVERT,
    crate::encryption::ENCRYPTION,
    crate::datetime::BUSINESS,
    crate::datetime::CLOCK,
    crate::datetime::PART,
    crate::datetime::SHIFT,
    crate::datetime::SPAN,
    crate::map::MAPS,
    crate::list::LOOK,
    crate::list::CHANGE,
    crate::list::ORDER,
    crate::list::NUMBER,
    crate::collection::MAKE,
    crate::collection::LOOK,
    crate::collection::CHANGE,
    crate::xml::XML,
    crate::file::FILE,
    crate::file::ARCHIVE,
    crate::task::fetch::FETCH,
];

/// The block tasks.
pub(crate) const TASKS: &[&[BlockTask]] = &[
    crate::task::invokeurl::TASKS,
    crate::task::message::TASKS,
    crate::task::transfer::TASKS,
];

/// The integration tasks.
pub(crate) const INTEGRATIONS: &[&[Integration]] = &[
    crate::task::crm::TASKS,
    crate::task::finance::TASKS,
    crate::task::desk::TASKS,
    crate::task::creator::TASKS,
    crate::task::people::TASKS,
    crate::task::projects::PROJECTS,
    crate::task::projects::SERVICE_DESK,
    crate::task::sign::TASKS,
    crate::task::cliq::TASKS,
    crate::task::mail::TASKS,
    crate::task::sheet::TASKS,
    crate::task::writer::TASKS,
    crate::task::workdrive::TASKS,
    crate::task::bookings::BOOKINGS_TASKS,
    crate::task::bookings::FSM_TASKS,
    crate::task::connect::CONNECT_TASKS,
    crate::task::connect::DIRECTORY_TASKS,
    crate::task::foreign::TASKS,
];
