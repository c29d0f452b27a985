//! Lists what a file and a project define.

use super::docs::header;
use super::document::{Document, Part};
use super::{Analysis, Cancel, Cancelled};
use rainwright_diagnostic::Span;
use rainwright_syntax::DocumentKind;
use rainwright_syntax::scope::Scope;

/// Something that a file defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// A function's header, a variable's origin.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub selection: Span,
    /// What is defined within.
    pub children: Vec<Symbol>,
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// A function.
    Function,
    /// A variable or parameter.
    Variable,
    /// A form of an export.
    Form,
    /// A field of a form.
    Field,
    /// A script that an event runs.
    Event,
}

/// Something that a file of the project defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The file.
    pub file: String,
    /// The place of its name.
    pub span: Span,
}

/// The most symbols that one answer holds.
const MOST: usize = 256;

impl Analysis {
    /// What a file defines, in the order of the places.
    #[must_use]
    pub fn symbols(&self, file: &str) -> Vec<Symbol> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let mut found = Vec::new();
        if document.kind == DocumentKind::Export {
            let places = self.index(file);
            let forms = document.forms.iter().zip(places.iter().flat_map(|index| &index.forms));
            found.extend(forms.map(|(form, (_, span))| Symbol {
                name: form.name.clone(),
                detail: form.title.clone().unwrap_or_default(),
                kind: SymbolKind::Form,
                span: *span,
                selection: *span,
                children: Vec::new(),
            }));
        }
        for part in &document.parts {
            let inner = part_symbols(part);
            match &part.event {
                Some(event) => found.push(Symbol {
                    name: event.clone(),
                    detail: part.form.clone().unwrap_or_default(),
                    kind: SymbolKind::Event,
                    span: part.span,
                    selection: first_line(&document, part.span),
                    children: inner,
                }),
                None => found.extend(inner),
            }
        }
        found.sort_by_key(|symbol| symbol.span);
        found
    }

    /// What all files define whose names have the letters of `query` in this order; the best first.
    ///
    /// # Errors
    /// [`Cancelled`] when nobody waits any more.
    pub fn workspace_symbols(&self, query: &str, cancel: &Cancel) -> Result<Vec<WorkspaceSymbol>, Cancelled> {
        let mut found: Vec<(u32, WorkspaceSymbol)> = Vec::new();
        let wanted = query.to_lowercase();
        for file in self.files.keys() {
            cancel.check()?;
            let Some(index) = self.index(file) else { continue };
            let functions = index.functions.iter().map(|f| (f.path.as_str(), SymbolKind::Function, f.name));
            let forms = index.forms.iter().map(|(name, span)| (name.as_str(), SymbolKind::Form, *span));
            let events = index.events.iter().map(|(name, span)| (name.as_str(), SymbolKind::Event, *span));
            for (name, kind, span) in functions.chain(forms).chain(events) {
                if let Some(rank) = rank(name, &wanted) {
                    let symbol = WorkspaceSymbol { name: name.to_owned(), kind, file: file.clone(), span };
                    found.push((rank, symbol));
                }
            }
        }
        found.sort_by(|(a, one), (b, other)| (a, &one.name, &one.file).cmp(&(b, &other.name, &other.file)));
        found.truncate(MOST);
        Ok(found.into_iter().map(|(_, symbol)| symbol).collect())
    }
}

/// How well a name fits what was typed: the same, its beginning, a part, or its letters in order; small is good.
pub(crate) fn rank(name: &str, wanted: &str) -> Option<u32> {
    if wanted.is_empty() {
        return Some(3);
    }
    let name = name.to_lowercase();
    let last = name.rsplit('.').next().unwrap_or(&name);
    if name == wanted || last == wanted {
        return Some(0);
    }
    if name.starts_with(wanted) || last.starts_with(wanted) {
        return Some(1);
    }
    if name.contains(wanted) {
        return Some(2);
    }
    let mut letters = name.chars();
    wanted.chars().all(|c| letters.any(|other| other == c)).then_some(4)
}

fn part_symbols(part: &Part) -> Vec<Symbol> {
    let functions = part.scopes.functions.iter().enumerate().map(|(at, function)| Symbol {
        name: function.path.clone(),
        detail: header(function),
        kind: SymbolKind::Function,
        span: function.span,
        selection: function.name,
        children: part.scopes.scopes.get(at).map(variables).unwrap_or_default(),
    });
    let mut found: Vec<Symbol> = functions.collect();
    found.extend(part.scopes.scopes.last().map(variables).unwrap_or_default());
    found.sort_by_key(|symbol| symbol.span);
    found
}

/// The variables that a scope defines, each at its first place.
fn variables(scope: &Scope) -> Vec<Symbol> {
    let one = |variable: &rainwright_syntax::scope::Variable| {
        let span = variable.definition()?;
        Some(Symbol {
            name: variable.name.to_string(),
            detail: String::new(),
            kind: SymbolKind::Variable,
            span,
            selection: span,
            children: Vec::new(),
        })
    };
    let mut found: Vec<Symbol> = scope.variables.iter().filter(|v| v.is_defined()).filter_map(one).collect();
    found.sort_by_key(|symbol| symbol.span);
    found
}

fn first_line(document: &Document, span: Span) -> Span {
    let text = document.slice(span);
    let blanks = text.len() - text.trim_start().len();
    let start = span.start + blanks as u32;
    let line = text.trim_start().lines().next().map_or(0, |line| line.trim_end().len());
    Span::new(start, start + line as u32)
}
