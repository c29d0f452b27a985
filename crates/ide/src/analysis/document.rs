//! An open file: its scripts with their trees and names, and the pieces that it is made of.

use crate::CheckOptions;
use crate::forms::served;
use crate::script::{FunctionBody, Script};
use rainwright_builtins::OwnTasks;
use rainwright_diagnostic::{Diagnostic, Severity, Span};
use rainwright_syntax::ast::Tree;
use rainwright_syntax::ds::{self, ExportedForm};
use rainwright_syntax::scope::{FunctionName, Scopes};
use rainwright_syntax::{Class, DocumentKind, Parsed, highlight, parse};
use std::collections::HashMap;
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
    /// What checks of an export's scripts may take for granted, by the form that they serve; made when it is first asked for.
    pub(crate) exported: OnceLock<HashMap<Option<String>, CheckOptions>>,
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
    /// The form of an export that it belongs to, by its workflow or the section that it is in.
    pub(crate) form: Option<String>,
    /// The form whose events it serves for certain: that of its workflow.
    pub(crate) own_form: Option<String>,
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
            let options = &options.of_export([], false);
            forms = ds::forms(&text);
            // Sections hold no values that a script could ask for.
            forms.iter_mut().for_each(|form| form.fields.retain(|field| field.kind != "section"));
            let scripts = ds::scripts(&text);
            let served = served(&text, &scripts);
            let parts = scripts.iter().zip(served).map(|(script, own_form)| {
                let event = (!script.is_function).then(|| script.event());
                let section = || script.path.iter().find_map(|section| section.strip_prefix("form "));
                let form = own_form.clone().or_else(|| section().map(|name| name.trim().to_owned()));
                let part = Part::new(&text, ds::parse_script(&text, script), script.span, event, form, options);
                Part { own_form, ..part }
            });
            parts.collect()
        } else {
            let whole = Span::new(0, text.len() as u32);
            vec![Part::new(&text, parse(&text), whole, None, None, options)]
        };
        let tasks = options.tasks.clone();
        let (pieces, found, exported) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { text, kind, parts, forms, tasks, pieces, found, exported }
    }

    /// Whether every script could be read, to the end of the file.
    pub(crate) fn is_sound(&self) -> bool {
        let sound = |part: &Part| part.parsed.diagnostics.iter().all(|d| d.severity != Severity::Error);
        self.parts.iter().all(sound) && self.breaks_off().is_none()
    }

    /// What is wrong with an export whose end is missing.
    pub(crate) fn breaks_off(&self) -> Option<Diagnostic> {
        (self.kind == DocumentKind::Export).then(|| ds::breaks_off(&self.text)).flatten()
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
        Self { text: Arc::clone(text), span, event, form, own_form: None, parsed, scopes }
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
pub(crate) fn body<'t>(script: &Script<'t>, scope: usize) -> Option<FunctionBody<'t>> {
    (scope < script.body_count()).then(|| script.body(scope))
}
