//! Ranges of text: what can be folded, and what a growing selection covers.

use super::Analysis;
use super::document::Document;
use super::target::nodes_at;
use rainwright_diagnostic::Span;
use rainwright_syntax::Class;

/// Lines that can be folded into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the end of the line that stays visible to the end of the fold.
    pub span: Span,
    /// What is folded.
    pub kind: FoldKind,
}

/// What is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FoldKind {
    /// What is between brackets.
    Code,
    /// Comments.
    Comment,
}

impl Analysis {
    /// What can be folded, in order.
    #[must_use]
    pub fn folds(&self, file: &str) -> Vec<Fold> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let mut found = Vec::new();
        let mut open: Vec<u32> = Vec::new();
        let mut comments: Option<Span> = None;
        for (span, class) in document.pieces() {
            let comment = *class == Class::Comment;
            if let Some(group) = comments {
                let joined = comment && is_blank_line_end(&document, group.end, span.start);
                comments = if joined { Some(group.to(*span)) } else { None };
                if !joined {
                    found.extend(fold(&document, group, FoldKind::Comment));
                }
            }
            if comment && comments.is_none() && alone_on_its_line(&document, span.start) {
                comments = Some(*span);
            }
            match document.slice(*span) {
                "{" | "[" | "(" => open.push(span.start),
                "}" | "]" | ")" => {
                    if let Some(start) = open.pop() {
                        found.extend(fold(&document, Span::new(start, span.end), FoldKind::Code));
                    }
                }
                _ => {}
            }
        }
        if let Some(group) = comments {
            found.extend(fold(&document, group, FoldKind::Comment));
        }
        found.sort_by_key(|fold| (fold.span.start, std::cmp::Reverse(fold.span.end)));
        found
    }

    /// The ranges around an offset, the smallest first: the word, the inside of a text, expressions, statements, blocks.
    #[must_use]
    pub fn selection_ranges(&self, file: &str, offset: u32) -> Vec<Span> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let at = document.in_word(offset);
        let mut found: Vec<Span> = Vec::new();
        if let Some((span, class)) = document.pieces_before(at + 1).last().filter(|(span, _)| at < span.end) {
            let quoted = matches!(class, Class::Text | Class::Quoted) && span.end - span.start >= 2;
            if quoted && span.start < offset && offset < span.end {
                found.push(Span::new(span.start + 1, span.end - 1));
            }
            if *class != Class::Markup {
                found.push(*span);
            }
        }
        if let Some(part) = document.part(at) {
            let nodes = nodes_at(part, at);
            for node in nodes.iter().rev() {
                found.push(node.span());
                // The inside of a block comes before the block with its braces.
                if let super::target::Node::Block(block) = node
                    && let (Some(first), Some(last)) = (block.statements.first(), block.statements.last())
                {
                    found.pop();
                    found.push(first.span.to(last.span));
                    found.push(block.span);
                }
            }
            found.push(part.span);
        }
        found.push(Span::new(0, document.text.len() as u32));
        let mut grown: Vec<Span> = Vec::new();
        for span in found {
            let larger =
                grown.last().is_none_or(|last| span.start <= last.start && last.end <= span.end && span != *last);
            if larger {
                grown.push(span);
            }
        }
        grown
    }
}

/// A fold over several lines.
fn fold(document: &Document, span: Span, kind: FoldKind) -> Option<Fold> {
    document.slice(span).contains('\n').then_some(Fold { span, kind })
}

/// Whether nothing but one line end is between two offsets.
fn is_blank_line_end(document: &Document, from: u32, to: u32) -> bool {
    let between = document.slice(Span::new(from, to));
    between.trim().is_empty() && between.matches('\n').count() == 1
}

fn alone_on_its_line(document: &Document, offset: u32) -> bool {
    document.slice(Span::new(document.line_start(offset), offset)).trim().is_empty()
}
