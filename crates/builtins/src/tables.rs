//! The list of all tables: a new table is registered here and nowhere else.

use crate::{BlockTask, Builtin, Integration};

/// The functions.
pub(crate) const BUILTINS: &[&[Builtin]] = &[crate::text::TEXT];

/// The block tasks.
pub(crate) const TASKS: &[&[BlockTask]] = &[];

/// The integration tasks.
pub(crate) const INTEGRATIONS: &[&[Integration]] = &[];
