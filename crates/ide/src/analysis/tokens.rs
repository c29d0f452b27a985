//! Colours a file by meaning: what the lexer tells, and what the names mean.

use super::Analysis;
use super::document::Document;
use rainwright_builtins::names::{is_form_root, is_namespace};
use rainwright_builtins::{integration, method};
use rainwright_diagnostic::Span;
use rainwright_syntax::Class;
use rainwright_syntax::scope::{Access, Origin};
use std::collections::HashMap;

/// A piece of text with its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SemanticToken {
    /// The piece; it never spans lines.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
    /// What else is known.
    pub modifiers: Modifiers,
}

/// What a piece of text is. The order is that of [`TokenKind::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word of statements.
    Keyword,
    /// A type word.
    Type,
    /// A variable.
    Variable,
    /// A parameter.
    Parameter,
    /// A field of a form or map, after a dot.
    Property,
    /// A function.
    Function,
    /// A function of a value.
    Method,
    /// A first part of dotted names.
    Namespace,
    /// A text.
    String,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// An operator.
    Operator,
    /// A block task.
    Macro,
}

impl TokenKind {
    /// Every kind, in order.
    pub const ALL: &[TokenKind] = &[
        TokenKind::Keyword,
        TokenKind::Type,
        TokenKind::Variable,
        TokenKind::Parameter,
        TokenKind::Property,
        TokenKind::Function,
        TokenKind::Method,
        TokenKind::Namespace,
        TokenKind::String,
        TokenKind::Number,
        TokenKind::Comment,
        TokenKind::Operator,
        TokenKind::Macro,
    ];
}

/// What else is known of a piece, beside its kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// It is defined here.
    pub definition: bool,
    /// The language or the product gives it.
    pub library: bool,
    /// It cannot be assigned.
    pub readonly: bool,
    /// It is given a value here.
    pub written: bool,
    /// Something else should be used.
    pub deprecated: bool,
}

impl Analysis {
    /// The pieces of a file, or of a range of it, with their meaning, in order.
    #[must_use]
    pub fn semantic_tokens(&self, file: &str, range: Option<Span>) -> Vec<SemanticToken> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let names = names(&document);
        let mut found = Vec::new();
        for (at, (span, class)) in document.pieces().iter().enumerate() {
            if range.is_some_and(|range| span.end <= range.start || range.end <= span.start) {
                continue;
            }
            let known = names.get(&span.start).filter(|(end, ..)| *end == span.end);
            let token = match known {
                Some((_, kind, modifiers)) => Some((*kind, *modifiers)),
                None => by_class(&document, at, *class),
            };
            if let Some((kind, modifiers)) = token {
                push_lines(&mut found, &document, SemanticToken { span: *span, kind, modifiers });
            }
        }
        found
    }
}

type Names = HashMap<u32, (u32, TokenKind, Modifiers)>;

/// What the names of a file mean, by where they start.
fn names(document: &Document) -> Names {
    let mut names = HashMap::new();
    for part in &document.parts {
        for scope in &part.scopes.scopes {
            for variable in scope.variables.iter().filter(|v| v.origin != Origin::Unknown) {
                let kind =
                    if variable.origin == Origin::Parameter { TokenKind::Parameter } else { TokenKind::Variable };
                let definition = variable.definition();
                for one in &variable.uses {
                    let modifiers = Modifiers {
                        definition: definition == Some(one.span),
                        written: one.access != Access::Read,
                        library: variable.origin == Origin::Given,
                        ..Modifiers::default()
                    };
                    names.insert(one.span.start, (one.span.end, kind, modifiers));
                }
            }
        }
        for function in &part.scopes.functions {
            let modifiers = Modifiers { definition: true, ..Modifiers::default() };
            names.insert(function.name.start, (function.name.end, TokenKind::Function, modifiers));
        }
        for call in &part.scopes.calls {
            let task = integration(&call.path);
            let library = task.is_some() || method(&call.path).is_some();
            let deprecated = task.is_some_and(|task| task.deprecated.is_some());
            let modifiers = Modifiers { library, deprecated, ..Modifiers::default() };
            names.insert(call.name.start, (call.name.end, TokenKind::Function, modifiers));
        }
        for (form, span) in &part.scopes.forms {
            if !form.contains('.') {
                names.insert(span.start, (span.end, TokenKind::Type, Modifiers::default()));
            }
        }
    }
    names
}

fn by_class(document: &Document, at: usize, class: Class) -> Option<(TokenKind, Modifiers)> {
    let library = Modifiers { library: true, ..Modifiers::default() };
    let plain = Modifiers::default();
    let text = document.slice(document.pieces()[at].0);
    Some(match class {
        Class::Keyword => (TokenKind::Keyword, plain),
        Class::Constant => (TokenKind::Variable, Modifiers { readonly: true, ..library }),
        Class::Type => (TokenKind::Type, library),
        Class::Task => (TokenKind::Macro, library),
        Class::Function if document.tasks.block_task(text).is_some() => (TokenKind::Macro, library),
        Class::Function => {
            let found = method(text);
            let rows = || found.into_iter().flat_map(|found| found.by_kind.iter().flatten());
            let deprecated = found.is_some() && rows().next().is_some() && rows().all(|b| b.row.deprecated.is_some());
            (TokenKind::Method, Modifiers { library: found.is_some(), deprecated, ..plain })
        }
        Class::Member => (TokenKind::Property, plain),
        Class::Name if is_namespace(text) || is_form_root(text) => (TokenKind::Namespace, library),
        Class::Name if rainwright_builtins::word(text).is_some() => {
            (TokenKind::Variable, Modifiers { readonly: true, ..library })
        }
        Class::Name => (TokenKind::Variable, plain),
        Class::Number => (TokenKind::Number, plain),
        Class::Text | Class::Quoted => (TokenKind::String, plain),
        Class::Comment => (TokenKind::Comment, plain),
        Class::Operator => (TokenKind::Operator, plain),
        Class::Punctuation | Class::Markup | Class::Unknown => return None,
    })
}

/// Editors take pieces that stay on one line.
fn push_lines(found: &mut Vec<SemanticToken>, document: &Document, token: SemanticToken) {
    let text = document.slice(token.span);
    if !text.contains(['\n', '\r']) {
        found.push(token);
        return;
    }
    let mut start = token.span.start;
    for line in text.split_inclusive('\n') {
        let shown = line.trim_end_matches(['\n', '\r']);
        if !shown.is_empty() {
            found.push(SemanticToken { span: Span::new(start, start + shown.len() as u32), ..token });
        }
        start += line.len() as u32;
    }
}
