//! An open file: its scripts with their trees and names, and the pieces that it is made of.

use crate::CheckOptions;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::OwnTasks;
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::Tree;
use rainwright_syntax::ds::{self, ExportedForm};
use rainwright_syntax::scope::{FunctionName, Scopes};
use rainwright_syntax::{Class, DocumentKind, Parsed, highlight, parse};
use std::sync::{Arc, OnceLock};

/// A file with all that its text says.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) text: Arc<str>,
    pub(crate) kind: DocumentKind,
    /// The scripts: one, or those of an export in order.
    pub(crate) parts: Vec<Part>,
    /// The forms of an export.
    pub(crate) forms: Vec<ExportedForm>,
    /// Tasks that the program around has declared.
    pub(crate) tasks: OwnTasks,
    pieces: OnceLock<Vec<(Span, Class)>>,
    /// What the checks found, once they were asked.
    pub(crate) found: OnceLock<Vec<Diagnostic>>,
}

/// A script of a file.
#[derive(Debug)]
pub(crate) struct Part {
    /// The text of the file.
    text: Arc<str>,
    /// Its place in the file.
    pub(crate) span: Span,
    /// The event of an export that runs it.
    pub(crate) event: Option<String>,
    /// The form of an export that it belongs to.
    pub(crate) form: Option<String>,
    pub(crate) parsed: Parsed,
    pub(crate) scopes: Scopes,
}

impl Document {
    /// Reads a text.
    pub(crate) fn read(text: Arc<str>, options: &CheckOptions) -> Self {
        let options = &*options.for_source(&text);
        let mut forms = Vec::new();
        let kind = DocumentKind::of(&text);
        let parts = if kind == DocumentKind::Export {
            forms = ds::forms(&text);
            // Sections hold no values that a script could ask for.
            forms.iter_mut().for_each(|form| form.fields.retain(|field| field.kind != "section"));
            let scripts = ds::scripts(&text);
            let parts = scripts.iter().map(|script| {
                let event = (!script.is_function).then(|| script.event());
                let form = script.path.iter().find_map(|section| section.strip_prefix("form "));
                let form = form.map(|name| name.trim().to_owned());
                Part::new(&text, ds::parse_script(&text, script), script.span, event, form, options)
            });
            parts.collect()
        } else {
            let whole = Span::new(0, text.len() as u32);
            vec![Part::new(&text, parse(&text), whole, None, None, options)]
        };
        let tasks = options.tasks.clone();
        Self { text, kind, parts, forms, tasks, pieces: OnceLock::new(), found: OnceLock::new() }
    }

    /// The script around an offset.
    pub(crate) fn part(&self, offset: u32) -> Option<&Part> {
        self.parts.iter().find(|part| part.span.start <= offset && offset <= part.span.end)
    }

    /// The functions of all scripts.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &FunctionName> {
        self.parts.iter().flat_map(|part| &part.scopes.functions)
    }

    /// The pieces of the text that are not blank, in order. Of an export, only those of its scripts.
    pub(crate) fn pieces(&self) -> &[(Span, Class)] {
        self.pieces.get_or_init(|| {
            if self.kind != DocumentKind::Export {
                return highlight(&self.text);
            }
            let shifted = |part: &Part| {
                let start = part.span.start;
                let pieces = highlight(self.slice(part.span)).into_iter();
                pieces.map(move |(span, class)| (Span::new(span.start + start, span.end + start), class))
            };
            self.parts.iter().flat_map(shifted).collect()
        })
    }

    /// The pieces that start before an offset.
    pub(crate) fn pieces_before(&self, offset: u32) -> &[(Span, Class)] {
        let pieces = self.pieces();
        &pieces[..pieces.partition_point(|(span, _)| span.start < offset)]
    }

    /// A piece of the text; nothing where the span is not one.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// An offset in the word that a cursor touches: the one before it when it is right after the word.
    pub(crate) fn in_word(&self, offset: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let is_word = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let at = offset as usize;
        if !is_word(at) && at > 0 && is_word(at - 1) { offset - 1 } else { offset }
    }

    /// The start of the line that an offset is in.
    pub(crate) fn line_start(&self, offset: u32) -> u32 {
        let before = self.text.get(..offset as usize).unwrap_or("");
        before.rfind(['\n', '\r']).map_or(0, |at| at as u32 + 1)
    }

    /// The blanks that the line of an offset begins with.
    pub(crate) fn indentation(&self, offset: u32) -> &str {
        let rest = &self.text[self.line_start(offset) as usize..];
        let end = rest.find(|c| !matches!(c, ' ' | '\t')).unwrap_or(rest.len());
        &rest[..end]
    }

    /// The comment lines right above an offset, without their signs.
    pub(crate) fn comment_above(&self, offset: u32) -> String {
        let mut lines = Vec::new();
        let mut end = self.line_start(offset) as usize;
        while end > 0 {
            let start = self.text[..end - 1].rfind('\n').map_or(0, |at| at + 1);
            match self.text[start..end].trim().strip_prefix("//") {
                // Settings of tests say nothing about the function.
                Some(line) if !line.starts_with(['@', '-']) => lines.push(line.trim()),
                _ => break,
            }
            end = start;
        }
        lines.reverse();
        lines.join("\n")
    }
}

impl Part {
    fn new(
        text: &Arc<str>,
        parsed: Parsed,
        span: Span,
        event: Option<String>,
        form: Option<String>,
        options: &CheckOptions,
    ) -> Self {
        let scopes = Scopes::of(&parsed.tree, options);
        Self { text: Arc::clone(text), span, event, form, parsed, scopes }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.parsed.tree
    }

    /// The script as the checks see it; its bodies are in the order of the scopes.
    pub(crate) fn script<'t>(&'t self, options: &'t CheckOptions) -> Script<'t> {
        Script::new(&self.text, &self.parsed.tree, &self.parsed.trivia, options)
    }
}

/// The body of a scope. There is one for every scope, so that the last one is never asked for in vain.
pub(crate) fn body<'s, 't>(script: &'s Script<'t>, scope: usize) -> Option<&'s FunctionBody<'t>> {
    script.bodies.get(scope)
}
