//! What the tree leaves out: comments and blank lines, as sorted places beside it.

use rainwright_diagnostic::Span;

/// The comments and blank lines of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trivia {
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// Offsets of blank lines, in order; one for each group of them.
    pub blank_lines: Vec<u32>,
}

/// A comment with its signs: `// …` or `/* … */`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From its first to its last character.
    pub span: Span,
    /// Whether it is written `/* … */`.
    pub block: bool,
}

impl Trivia {
    /// The comments that start inside `span`.
    #[must_use]
    pub fn comments_in(&self, span: Span) -> &[Comment] {
        let from = self.comments.partition_point(|c| c.span.start < span.start);
        let to = self.comments.partition_point(|c| c.span.start < span.end);
        self.comments.get(from..to).unwrap_or(&[])
    }

    /// Whether a blank line lies between two offsets.
    #[must_use]
    pub fn blank_between(&self, from: u32, to: u32) -> bool {
        let at = self.blank_lines.partition_point(|b| *b < from);
        self.blank_lines.get(at).is_some_and(|b| *b < to)
    }
}
