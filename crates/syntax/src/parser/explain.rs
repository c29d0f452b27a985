//! Says in Deluge's words why a script could not be read.

use super::Source;
use super::fault::Fault;
use rainwright_diagnostic::{Code, Diagnostic, Problem};

/// The diagnostic for a fault.
pub(super) fn diagnostic(source: Source<'_>, fault: Fault) -> Diagnostic {
    if let Some(report) = fault.report {
        return *report;
    }
    let place = source.place(fault.at);
    let found = source.kind(fault.at).map_or("the end of the script".to_owned(), |_| format!("`{}`", source.word(fault.at)));
    Diagnostic::error(Problem::new(Code::Unexpected, format!("Did not expect {found}")), place)
}
