//! The scripts of a Creator application export (`.ds`), each with a name to call it by.

use rainwright::Severity;
use rainwright_syntax::ast::Item;
use rainwright_syntax::ds::{self, EmbeddedScript};

use crate::exit::{CommandResult, Trouble};

/// The product that exports come from, and forms are shown by.
pub const PRODUCT: &str = "zoho-creator";

/// A script of an export.
pub struct Named {
    /// The function's name with its namespaces, or `form_event`; no two scripts of an export share one.
    pub name: String,
    /// The function's name as it is written, if it is one that has a name.
    pub function: Option<String>,
    /// Whether it is a function that others can call: one that cannot be read breaks only its callers.
    pub is_callable: bool,
    /// Where it is.
    pub script: EmbeddedScript,
}

impl Named {
    /// Whether it is what somebody asks for by this name, with or without its namespaces.
    pub fn is(&self, wanted: &str) -> bool {
        self.name == wanted || self.name.rsplit('.').next() == Some(wanted)
    }
}

/// The scripts of an export with their names, in order.
pub fn scripts(source: &str) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for script in ds::scripts(source) {
        let (function, is_callable) = function(source, &script);
        let name = function.clone().unwrap_or_else(|| script.event());
        let taken = |name: &str| found.iter().any(|other| other.name == name);
        let mut free = name.clone();
        let mut number = 2;
        while taken(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        found.push(Named { name: free, function, is_callable, script });
    }
    found
}

/// The name of the function that a script is, and whether it can be read.
fn function(source: &str, script: &EmbeddedScript) -> (Option<String>, bool) {
    if !script.is_function {
        return (None, false);
    }
    let parsed = ds::parse_script(source, script);
    let name = parsed.tree.items.iter().find_map(|item| match item {
        Item::Function(function) => Some(function_name(function)),
        Item::Statement(_) => None,
    });
    (name, parsed.diagnostics.iter().all(|found| found.severity != Severity::Error))
}

/// A function's name with its namespaces.
pub fn function_name(function: &rainwright_syntax::ast::Function) -> String {
    let path: Vec<&str> = function.path.iter().map(|part| part.name.as_str()).collect();
    path.join(".")
}

/// The source to run when `wanted` is asked for: all functions, and the event if it is one. The flag says whether it is.
///
/// # Errors
/// A name that no script has, or none at all.
pub fn pick(source: &str, wanted: Option<&str>) -> CommandResult<(String, bool)> {
    let all = scripts(source);
    let Some(chosen) = wanted.and_then(|wanted| all.iter().find(|one| one.is(wanted))) else {
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        let names = if names.is_empty() { "none".into() } else { names.join(", ") };
        return Err(Trouble::Usage(match wanted {
            Some(wanted) => format!("The export has no script '{wanted}'; it has {names}."),
            None => format!("An export holds many scripts: choose one with --entry. It has {names}."),
        }));
    };
    Ok((with_functions(source, &all, chosen), !chosen.script.is_function))
}

/// The export with nothing but one of its scripts and the functions that it may call, each at its place.
#[must_use]
pub fn with_functions(source: &str, all: &[Named], chosen: &Named) -> String {
    let kept = reached(source, all, chosen);
    let kept: Vec<EmbeddedScript> =
        all.iter().filter(|one| kept.contains(&one.name.as_str())).map(|one| one.script.clone()).collect();
    ds::only(source, &kept)
}

/// A script's name, and those of the functions that it or one of them mentions. To read all functions of an export once for
/// each of its scripts would take minutes.
fn reached<'a>(source: &str, all: &'a [Named], chosen: &'a Named) -> Vec<&'a str> {
    let mut kept = vec![chosen.name.as_str()];
    let mut left: Vec<(&Named, String)> = all
        .iter()
        .filter(|one| one.is_callable && one.name != chosen.name)
        .map(|one| (one, one.name.rsplit('.').next().unwrap_or_default().to_lowercase()))
        .collect();
    let mut texts = vec![chosen];
    while let Some(one) = texts.pop() {
        let text = source.get(one.script.span.range()).unwrap_or_default().to_lowercase();
        left.retain(|(other, last)| {
            let is_mentioned = mentions(&text, last);
            if is_mentioned {
                kept.push(&other.name);
                texts.push(other);
            }
            !is_mentioned
        });
    }
    kept
}

/// Whether a text has a word in it, and not only as a part of a longer one.
fn mentions(text: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(word).any(|(at, found)| {
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + found.len()..].chars().next())
    })
}
