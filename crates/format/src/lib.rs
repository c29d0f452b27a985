//! Prints a tree in one style: the one of Zoho's own editor, with tabs, and braces on lines of their own.
//!
//! Nothing is lost: every comment stays, and so do single blank lines between statements. Formatting twice changes nothing,
//! and the formatted script has the [same tree](same_tree).

mod change;
mod embedded;
mod expression;
mod pieces;
mod printer;
mod same;
mod statement;

pub use change::{Change, changes};
pub use pieces::side_by_side;
pub use same::same_tree;

use printer::Printer;
use rainwright_diagnostic::{Diagnostic, Severity};
use rainwright_syntax::{DocumentKind, Parsed, parse};

/// Formats a script.
///
/// # Errors
/// The diagnostics, when the script cannot be read: what is not understood is not moved about.
pub fn format(source: &str) -> Result<String, Vec<Diagnostic>> {
    if DocumentKind::of(source) == DocumentKind::Script
        && let Some(formatted) = pieces::format_in_pieces(source, pieces::PIECE)
    {
        return Ok(formatted);
    }
    let parsed = parse(source);
    if parsed.diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(parsed.diagnostics);
    }
    Ok(format_parsed(source, &parsed))
}

/// Formats a script that was parsed without errors.
///
/// Of application exports and HTML pages the scripts are formatted; the rest comes back as it is.
#[must_use]
pub fn format_parsed(source: &str, parsed: &Parsed) -> String {
    match DocumentKind::of(source) {
        DocumentKind::Script => print(source, parsed),
        DocumentKind::Export => embedded::export(source),
        DocumentKind::Page => embedded::page(source),
    }
}

/// Prints the tree of a script.
fn print(source: &str, parsed: &Parsed) -> String {
    let mut printer = Printer::new(source, &parsed.trivia);
    printer.file(&parsed.tree);
    printer.finish()
}
