//! The output with its indentation, and the comments that wait to be put into it.

use rainwright_diagnostic::Span;
use rainwright_syntax::{Comment, Trivia};

/// Writes lines; between them, the comments and blank lines that are there in the source.
pub(crate) struct Printer<'s> {
    source: &'s str,
    trivia: &'s Trivia,
    out: String,
    pub(crate) indent: usize,
    /// The first comment that is not written yet.
    next_comment: usize,
    /// Where the last thing written ends in the source.
    last: u32,
    /// Whether a blank line is wanted here if the source has one: not after an opening brace.
    may_be_blank: bool,
}

impl<'s> Printer<'s> {
    pub(crate) fn new(source: &'s str, trivia: &'s Trivia) -> Self {
        let out = String::with_capacity(source.len() + source.len() / 8);
        Self { source, trivia, out, indent: 0, next_comment: 0, last: 0, may_be_blank: false }
    }

    /// The whole text, with one line end after the last line.
    pub(crate) fn finish(mut self) -> String {
        self.comments_before(u32::MAX);
        let end = self.out.trim_end_matches('\n').len();
        self.out.truncate(end);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    /// Appends text to the line.
    pub(crate) fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Appends a piece of the source as it is.
    pub(crate) fn source(&mut self, span: Span) {
        self.out.push_str(self.source.get(span.range()).unwrap_or(""));
    }

    /// Whether a line ends in the source between two offsets.
    pub(crate) fn breaks(&self, from: u32, to: u32) -> bool {
        self.source.get(from as usize..to as usize).is_some_and(|s| s.contains(['\n', '\r']))
    }

    /// Begins a line.
    pub(crate) fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n('\t', self.indent));
    }

    /// Begins the line of something that starts at `start`: first the comments before `until`, then a blank line if there is one.
    pub(crate) fn line_at(&mut self, start: u32, until: u32) {
        self.comments_before(until.max(start));
        self.blank_before(start);
        self.line();
    }

    /// Notes that the source up to `end` is written; a comment that follows on the same line is put after it.
    pub(crate) fn written(&mut self, end: u32) {
        self.last = self.last.max(end);
        self.may_be_blank = true;
        while let Some(comment) = self.pending() {
            if comment.span.start < end || self.breaks(end, comment.span.start) {
                break;
            }
            let between = self.source.get(end as usize..comment.span.start as usize).unwrap_or("");
            if !between.chars().all(|c| c.is_whitespace() || matches!(c, ';' | ',')) {
                break;
            }
            self.out.push(' ');
            self.comment(comment);
            if !comment.block {
                break;
            }
        }
    }

    /// Says that a block was opened at `start`: what follows needs no blank line before it.
    pub(crate) fn opened(&mut self, start: u32) {
        self.last = self.last.max(start);
        self.may_be_blank = false;
    }

    /// Writes the waiting comments that start before `offset`, each on a line of its own.
    pub(crate) fn comments_before(&mut self, offset: u32) {
        while let Some(comment) = self.pending().filter(|c| c.span.start < offset) {
            self.blank_before(comment.span.start);
            self.line();
            self.comment(comment);
            self.may_be_blank = true;
        }
    }

    fn pending(&self) -> Option<Comment> {
        self.trivia.comments.get(self.next_comment).copied()
    }

    fn comment(&mut self, comment: Comment) {
        let text = self.source.get(comment.span.range()).unwrap_or("");
        // Blanks at the end of a line are not part of the comment, and line ends are one kind.
        let mut lines = text.split('\n');
        self.out.push_str(lines.next().unwrap_or("").trim_end());
        for line in lines {
            self.out.push('\n');
            self.out.push_str(line.trim_end());
        }
        self.next_comment += 1;
        self.last = self.last.max(comment.span.end);
    }

    fn blank_before(&mut self, start: u32) {
        let blank = self.may_be_blank && self.trivia.blank_between(self.last, start);
        if blank && !self.out.is_empty() {
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.out.push('\n');
        }
    }
}
