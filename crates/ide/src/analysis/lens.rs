//! Offers to run, try and test what a file holds, above the functions and at its top.

use super::Analysis;
use rainwright_diagnostic::Span;
use rainwright_syntax::DocumentKind;

/// An offer shown above a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// Where it is shown.
    pub span: Span,
    /// What it offers.
    pub kind: LensKind,
    /// The function or event that is meant; `None` for the whole file.
    pub entry: Option<String>,
}

/// What a lens offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LensKind {
    /// Runs the script or function.
    Run,
    /// Runs the file as a golden test.
    Test,
    /// Runs the script or function with made-up inputs.
    Try,
}

impl Analysis {
    /// The offers of a file, in the order of their places.
    #[must_use]
    pub fn lenses(&self, file: &str) -> Vec<Lens> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let mut found = Vec::new();
        let is_test = document.kind == DocumentKind::Script
            && document.parts.iter().flat_map(|part| &part.parsed.trivia.comments).any(|comment| {
                let text = document.slice(comment.span).trim_start_matches('/').trim_start();
                ["=> ", "error E", "warning E", "@ ", "--- "].iter().any(|mark| text.starts_with(mark))
            });
        for part in &document.parts {
            for function in &part.scopes.functions {
                for kind in [LensKind::Run, LensKind::Try] {
                    found.push(Lens { span: function.name, kind, entry: Some(function.path.clone()) });
                }
            }
            let bare = part.scopes.scopes.last().filter(|scope| scope.span != Span::default());
            if let Some(scope) = bare {
                let at = Span::new(scope.span.start, scope.span.start);
                found.push(Lens { span: at, kind: LensKind::Run, entry: part.event.clone() });
                // A test says itself what it is given.
                if !is_test {
                    found.push(Lens { span: at, kind: LensKind::Try, entry: part.event.clone() });
                }
            }
        }
        if is_test {
            found.push(Lens { span: Span::default(), kind: LensKind::Test, entry: None });
        }
        found.sort_by_key(|lens| lens.span);
        found
    }
}
