//! Says what could be typed at an offset.

mod context;
mod dotted;
mod names;
mod records;
mod text;

use super::Analysis;
use super::docs::file_name;
use super::document::{Document, Part};
use crate::CheckOptions;
use context::{CallPlace, Context, call_place, context};
use rainwright_diagnostic::Span;

/// Something that could be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The name, as lists show it.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// The signature, the kinds, or where it comes from.
    pub detail: String,
    /// Asks [`Analysis::documentation`] for more.
    pub documentation: Option<String>,
    /// What is replaced.
    pub replace: Span,
    /// What is put there; `${1:name}` marks places to fill in when `snippet` is set.
    pub insert: String,
    /// Whether `insert` has places to fill in.
    pub snippet: bool,
    /// How near it is: the smallest comes first.
    pub rank: u8,
    /// Whether something else should be used.
    pub deprecated: bool,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A variable or parameter.
    Variable,
    /// A function.
    Function,
    /// A function of a value.
    Method,
    /// A word of the language with a value: `today`.
    Constant,
    /// A word of statements.
    Keyword,
    /// A whole statement to fill in.
    Snippet,
    /// A task.
    Task,
    /// A key of a task's block, or of a map.
    Key,
    /// A word that a key takes.
    Value,
    /// A connection.
    Connection,
    /// An address of a service.
    Url,
    /// A first part of dotted names.
    Namespace,
    /// A form.
    Form,
    /// A field of a form.
    Field,
}

/// Where a completion is asked for.
struct Completer<'a> {
    analysis: &'a Analysis,
    file: &'a str,
    document: &'a Document,
    part: &'a Part,
    offset: u32,
    /// The word that has been typed so far.
    word: Span,
    found: Vec<Completion>,
}

impl Analysis {
    /// What could be typed at an offset; the nearest first.
    #[must_use]
    pub fn completions(&self, file: &str, offset: u32) -> Vec<Completion> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let Some(part) = document.part(offset) else { return Vec::new() };
        let context = context(&document, part, offset);
        let word = word_before(&document, offset);
        let mut place = Completer { analysis: self, file, document: &document, part, offset, word, found: Vec::new() };
        match context {
            Context::Nothing => {}
            Context::Text(text) => place.text(&text),
            Context::Dotted(receiver) => place.dotted(receiver),
            Context::TaskKey { task, present } => place.task_keys(task, &present),
            Context::TaskValue { task, key } => {
                place.constants(task, &key);
                place.names(false);
            }
            Context::Name { statement } => place.names(statement),
        }
        let mut found = place.found;
        found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
        found.dedup_by(|a, b| a.label == b.label && a.kind == b.kind && a.detail == b.detail);
        found
    }
}

impl<'a> Completer<'a> {
    /// What the script may take for granted.
    fn options(&self) -> &'a CheckOptions {
        self.analysis.options_of(self.file, self.document, self.part)
    }
}

impl Completer<'_> {
    /// Adds something that takes the place of the word typed so far.
    fn push(&mut self, label: &str, kind: CompletionKind, detail: impl Into<String>) -> &mut Completion {
        self.push_at(self.word, label, kind, detail)
    }

    fn push_at(
        &mut self,
        replace: Span,
        label: &str,
        kind: CompletionKind,
        detail: impl Into<String>,
    ) -> &mut Completion {
        let at = self.found.len();
        self.found.push(Completion {
            label: label.to_owned(),
            kind,
            detail: detail.into(),
            documentation: None,
            replace,
            insert: label.to_owned(),
            snippet: false,
            rank: 5,
            deprecated: false,
        });
        &mut self.found[at]
    }

    /// Whether an opening bracket is there already, so that a call needs none.
    fn has_bracket(&self) -> bool {
        let end = self.offset as usize;
        let rest = self.document.text[end..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        rest.starts_with('(')
    }

    /// The functions that the project's files define, with their headers and files.
    fn own_functions(&self) -> Vec<(String, Vec<String>, String, String)> {
        let mut found = Vec::new();
        for function in self.document.functions() {
            let params = function.params.iter().map(|(name, _)| name.to_string()).collect();
            let key = format!("own {} {}", self.file, function.path);
            found.push((function.path.clone(), params, super::docs::header(function), key));
        }
        let state = self.analysis.files.get(self.file).and_then(|file| self.analysis.projects.get(&file.project));
        for one in state.iter().flat_map(|state| state.defined.values().flatten()) {
            let file = one.place.file.as_str();
            if file == self.file || !one.callable {
                continue;
            }
            let Some(index) = self.analysis.index(file) else { continue };
            if let Some(function) = index.functions.iter().find(|f| f.path == one.path) {
                let params = function.params.iter().map(|(name, _)| name.to_string()).collect();
                let detail = format!("{} · {}", super::docs::header(function), file_name(file));
                found.push((one.path.clone(), params, detail, format!("own {file} {}", one.path)));
            }
        }
        found
    }
}

/// The call whose brackets are around an offset, however unfinished the rest is.
pub(crate) fn call_at(document: &Document, part: &Part, offset: u32) -> Option<CallPlace> {
    let pieces = document.pieces_before(offset);
    let first = pieces.partition_point(|(span, _)| span.start < part.span.start);
    call_place(document, &pieces[first..])
}

/// A call to fill in: `name(${1:first}, ${2:second})`; a call without parameters has nothing to fill in.
fn call_snippet(name: &str, params: &[String]) -> String {
    let holes: Vec<String> = params.iter().enumerate().map(|(at, name)| format!("${{{}:{name}}}", at + 1)).collect();
    format!("{name}({})$0", holes.join(","))
}

/// The letters before an offset that belong to a name.
fn word_before(document: &Document, offset: u32) -> Span {
    let before = document.text.get(..offset as usize).unwrap_or("");
    let start = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    Span::new(start as u32, offset)
}
