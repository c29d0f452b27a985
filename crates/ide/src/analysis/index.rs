//! What a file defines and calls, small enough to be kept for every file of a project.

use super::document::Document;
use rainwright_diagnostic::Span;
use rainwright_syntax::scope::FunctionName;

/// The names of a file.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The functions that it defines.
    pub(crate) functions: Vec<FunctionName>,
    /// The calls of functions; those of integration tasks are left out.
    pub(crate) calls: Vec<Call>,
    /// The forms of an export, with their places.
    pub(crate) forms: Vec<(String, Span)>,
    /// The scripts of an export's events, with their places.
    pub(crate) events: Vec<(String, Span)>,
    /// Whether a part of it cannot be read, which may define more.
    pub(crate) is_broken: bool,
}

/// A call of a function that may be one of the project's.
#[derive(Debug)]
pub(crate) struct Call {
    /// The name as written, with its namespaces.
    pub(crate) path: Box<str>,
    /// The place of the name without its namespaces.
    pub(crate) name: Span,
    /// The function that calls, as an index of the file's functions.
    pub(crate) caller: Option<u32>,
}

impl Index {
    pub(crate) fn of(document: &Document) -> Self {
        let mut index = Index::default();
        for part in &document.parts {
            let first = index.functions.len() as u32;
            index.functions.extend(part.scopes.functions.iter().cloned());
            let calls = part.scopes.calls.iter().filter(|call| !call.path.starts_with("zoho."));
            index.calls.extend(calls.map(|call| {
                let function = part.scopes.scopes.get(call.scope).and_then(|scope| scope.function);
                Call { path: call.path.as_str().into(), name: call.name, caller: function.map(|f| first + f as u32) }
            }));
            index.events.extend(part.event.iter().map(|event| (event.clone(), part.span)));
        }
        index.forms =
            document.forms.iter().map(|form| (form.name.clone(), form_place(&document.text, &form.name))).collect();
        index.is_broken = !document.is_sound();
        index.functions.shrink_to_fit();
        index.calls.shrink_to_fit();
        index
    }

    /// The last part of a dotted name.
    pub(crate) fn last(path: &str) -> &str {
        path.rsplit('.').next().unwrap_or(path)
    }
}

/// Where an export begins to describe a form: the name in its heading `form claim`.
fn form_place(text: &str, name: &str) -> Span {
    for (at, _) in text.match_indices("form ") {
        let rest = &text[at + 5..];
        let skipped = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let ends = |rest: &str| !rest[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if rest.starts_with(name) && ends(rest) && text[..at].trim_end_matches([' ', '\t']).ends_with(['\n', '\r']) {
            let start = at + 5 + skipped;
            return Span::new(start as u32, (start + name.len()) as u32);
        }
    }
    Span::default()
}
