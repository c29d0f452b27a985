//! The page of the kinds of functions.

use std::fmt::Write as _;

use rainwright_builtins::{Basis, FunctionKind, Params, Profile, function_kinds};

use super::Page;
use super::markdown::{cell, slug, table};

/// Every kind of function: a table, then what each product gives and takes.
pub(super) fn page() -> Page {
    let rows = function_kinds().map(|kind| {
        let product = Profile::find(kind.profile).map_or(kind.profile, |profile| profile.title);
        vec![format!("[`{}`](#{})", kind.name, slug(kind.name)), product.to_owned(), cell(kind.returns.doc())]
    });
    let list = table(&["kind", "product", "returns"], rows);
    let mut text = format!(
        "A product runs functions of many kinds: each kind is given other variables and must return something else. \
         `dg run FILE --kind KIND` runs a script as one of them, with the example values of this page; `--event FILE` takes others \
         from a JSON object. A line `//@ kind: KIND` among the first comments of a script says the same for every command. \
         `dg new FOLDER --kind KIND` begins one, `dg doc KIND` shows this on a terminal.\n\n{list}\n\
         Not known, and therefore not among them: what the alert handler of Cliq's bots is given, and what WorkDrive's and Forms' \
         functions are given besides the arguments that their author declares.\n\n"
    );
    for kind in function_kinds() {
        let _ = write!(text, "{}", section(kind));
    }
    Page::new("function-kinds.md", "Kinds of functions", &text)
}

fn section(kind: &FunctionKind) -> String {
    let mut text = format!("## {}\n\n{}. {}\n\n", kind.name, kind.title, kind.doc);
    let _ = write!(text, "Rules of `{}`. {} Returns {}.", kind.profile, params(kind), kind.returns.doc());
    match kind.basis {
        Basis::Documented => {}
        Basis::Observed => text.push_str(" *Observed* in scripts, not documented."),
        Basis::Assumed => text.push_str(" *Assumed*, not documented."),
    }
    text.push_str("\n\n");
    if kind.variables().next().is_some() {
        let rows = kind.variables().map(|given| {
            vec![
                format!("`{}`", given.name),
                given.kind.name().to_owned(),
                cell(given.doc),
                format!("`{}`", cell(&short(given.example))),
            ]
        });
        let _ = writeln!(text, "{}", table(&["variable", "kind", "holds", "example"], rows));
    }
    let _ = write!(text, "```deluge\n{}\n```\n\n", kind.source("example").trim_end());
    text
}

fn params(kind: &FunctionKind) -> &'static str {
    match kind.params {
        Params::Declared => "Its parameters are those that its author declares.",
        Params::None => "It has no parameters.",
        Params::Given => "Its parameters are the variables below.",
    }
}

/// An example that fits into a table.
fn short(json: &str) -> String {
    const MOST: usize = 90;
    if json.chars().count() <= MOST { json.to_owned() } else { json.chars().take(MOST - 1).chain(['…']).collect() }
}
