//! The list of all tables: a new table is registered here and nowhere else.

use crate::{BlockTask, Builtin, Integration};

/// The functions.
pub(crate) const BUILTINS: &[&[Builtin]] = &[
    crate::text::TEXT,
    crate::datetime::BUSINESS,
    crate::datetime::CLOCK,
    crate::datetime::PART,
    crate::datetime::SHIFT,
    crate::datetime::SPAN,
    crate::task::fetch::FETCH,
];

/// The block tasks.
pub(crate) const TASKS: &[&[BlockTask]] = &[
    crate::task::invokeurl::TASKS,
    crate::task::message::TASKS,
    crate::task::transfer::TASKS,
];

/// The integration tasks.
pub(crate) const INTEGRATIONS: &[&[Integration]] = &[crate::task::crm::TASKS];
