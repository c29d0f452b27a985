//! Turns text into a tree and diagnostics.
//!
//! [`parse`] is total: for any text it gives a tree and a list of diagnostics. No chumsky or logos type leaves this crate.

pub mod ast;
