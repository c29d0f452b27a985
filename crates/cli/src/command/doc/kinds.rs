//! The kinds of functions, for a terminal.

use std::fmt::Write as _;

use rainwright::builtins::{Basis, FunctionKind, Params, function_kinds};

/// All kinds, a line each.
pub fn list() -> String {
    let width = function_kinds().map(|kind| kind.name.len()).max().unwrap_or(0);
    let line = |kind: &FunctionKind| format!("{:<width$}  {}", kind.name, kind.title);
    function_kinds().map(line).collect::<Vec<_>>().join("\n")
}

/// One kind: what it is given, what it returns, how one begins.
pub fn page(kind: &FunctionKind) -> String {
    let mut text = format!("{}\n  {}\n  {}\n", kind.name, kind.title, kind.doc);
    let params = match kind.params {
        Params::Declared => "those that its author declares",
        Params::None => "none",
        Params::Given => "the variables below",
    };
    let _ = writeln!(
        text,
        "\n  profile     {}\n  parameters  {params}\n  returns     {}",
        kind.profile,
        kind.returns.doc().replace('`', "")
    );
    match kind.basis {
        Basis::Documented => {}
        Basis::Observed => text.push_str("  Observed in scripts, not documented.\n"),
        Basis::Assumed => text.push_str("  Assumed, not documented.\n"),
    }
    if kind.variables().next().is_some() {
        text.push_str("\nGiven by the product\n");
    }
    for given in kind.variables() {
        let _ = writeln!(text, "  {} ({})  {}\n    {}", given.name, given.kind, given.doc, given.example);
    }
    let _ = write!(text, "\nTo begin with: dg new FOLDER --kind {}", kind.name);
    for line in kind.source("example").trim_end().lines() {
        let _ = write!(text, "\n  {line}");
    }
    text
}
