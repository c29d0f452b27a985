//! The list of all tables: a new table is registered here and nowhere else.
//!
//! They are statics, not constants: the compiler copies a constant into every unit that uses it, and each of its texts is a
//! pointer that must be relocated whenever the program starts.

use crate::{BlockTask, Builtin, Integration};

/// Functions that belong together: a page of the reference.
pub struct Chapter {
    /// Its title, such as `Date-time`; a chapter about a kind of value has the name of that kind.
    pub title: &'static str,
    /// What the functions are for, in a sentence.
    pub doc: &'static str,
    tables: &'static [&'static [Builtin]],
}

impl Chapter {
    const fn new(title: &'static str, doc: &'static str, tables: &'static [&'static [Builtin]]) -> Chapter {
        Chapter { title, doc, tables }
    }

    /// Its functions.
    pub fn rows(&self) -> impl Iterator<Item = &'static Builtin> + use<> {
        self.tables.iter().copied().flatten()
    }
}

/// The functions.
pub(crate) static CHAPTERS: &[Chapter] = &[
    Chapter::new(
        "Text",
        "Looks into texts, cuts and changes them. Positions count from 0, in UTF-16 units.",
        &[crate::text::LOOK, crate::text::PART, crate::text::CHANGE, crate::text::REPLACE],
    ),
    Chapter::new(
        "Number",
        "Calculates with numbers. Decimals are exact.",
        &[crate::number::NUMBERS, crate::number_words::WORDS],
    ),
    Chapter::new(
        "Date-time",
        "Makes, reads, shifts and compares dates, in the account's time zone.",
        &[
            crate::datetime::CLOCK,
            crate::datetime::PART,
            crate::datetime::SHIFT,
            crate::datetime::SPAN,
            crate::datetime::BUSINESS,
        ],
    ),
    Chapter::new(
        "List",
        "Fills, searches, sorts and sums up lists. Positions count from 0.",
        &[crate::list::LOOK, crate::list::CHANGE, crate::list::ORDER, crate::list::NUMBER],
    ),
    Chapter::new("Key-value", "Reads and fills maps. Keys keep the order in which they came.", &[crate::map::MAPS]),
    Chapter::new(
        "Collection",
        "Reads and fills collections, which hold either elements or keys with values.",
        &[crate::collection::MAKE, crate::collection::LOOK, crate::collection::CHANGE],
    ),
    Chapter::new(
        "File",
        "Makes, reads, packs and unpacks files. A file has a name, a type and bytes.",
        &[crate::file::FILE, crate::file::ARCHIVE],
    ),
    Chapter::new("XML", "Looks into XML.", &[crate::xml::XML]),
    Chapter::new(
        "System",
        "What the account, the app and the user's session know; the host answers.",
        &[crate::system::SYSTEM],
    ),
    Chapter::new("Logic", "Tells kinds of value and emptiness apart, and chooses.", &[crate::logical::LOGICAL]),
    Chapter::new("Conversion", "Makes one kind of value from another.", &[crate::convert::CONVERT]),
    Chapter::new("Encryption", "Hashes, encrypts and encodes texts.", &[crate::encryption::ENCRYPTION]),
    Chapter::new(
        "Request",
        "Calls servers in the old way; [`invokeurl`](tasks.md#invokeurl) is the new one.",
        &[crate::task::fetch::FETCH],
    ),
];

/// The block tasks.
pub(crate) static TASKS: &[&[BlockTask]] =
    &[crate::task::invokeurl::TASKS, crate::task::message::TASKS, crate::task::transfer::TASKS];

/// The integration tasks.
pub(crate) static INTEGRATIONS: &[&[Integration]] = &[
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
    crate::task::zia::TASKS,
    crate::task::foreign::TASKS,
];
