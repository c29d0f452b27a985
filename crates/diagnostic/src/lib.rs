//! Says what went wrong, and where.
//!
//! Three small types, used by every other crate:
//!
//! * [`Code`]: the number of a kind of mistake; programs that embed Rainwright match on it.
//! * [`Problem`]: what is wrong, without a place, and what a run was not given ([`Lack`]). Values, functions and connections return it.
//! * [`Diagnostic`]: a problem with a severity, a place and labels. The parser, the evaluator and the lints make it.
//!
//! Nothing here renders: the terminal, JSON and SARIF are printers of a [`Diagnostic`].

mod code;
mod file;
mod suggest;

pub use code::{Code, Stage};
pub use file::{FileUse, file_problem, file_trouble};
pub use suggest::{Nearest, closest, explained};

use std::fmt;

/// A half-open range of byte offsets into one source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`, both byte offsets.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The span as a range for slicing the source.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What is wrong, without a place: a code, what was found and expected, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// The kind of mistake.
    pub code: Code,
    /// What was found and what was expected, in one sentence without a place.
    pub message: String,
    /// What the reader can do about it; `None` uses the code's own line of help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What the run was not given, if that is the matter. The help says how the command line gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<Lack>,
}

/// What a run was not given, for those that start runs in another way than by a command line, and say how it is given there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// The value of a variable.
    Value {
        /// The variable's name.
        name: String,
        /// Whether it looks like a slip of another name, which the help gives.
        is_slip: bool,
    },
    /// A form with its fields.
    Form,
    /// Facts about the account.
    Account,
    /// Leave to reach this host.
    Host(String),
    /// The user's trust in the project.
    Trust,
}

impl Problem {
    /// A problem with the code's own help.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, lacks: None }
    }

    /// The same problem with help for this very case.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same problem with what the run was not given.
    #[must_use]
    pub fn with_lack(mut self, lack: Lack) -> Self {
        self.lacks = Some(lack);
        self
    }

    /// The help for this case, or the code's.
    #[must_use]
    pub fn help(&self) -> &str {
        self.help.as_deref().unwrap_or_else(|| self.code.help())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably a mistake, or not portable to Zoho.
    Warning,
    /// The script cannot run, or stopped.
    Error,
}

/// A second place that explains a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What the reader sees there.
    pub text: String,
}

/// Replaces a piece of the source: how a mistake can be mended without thinking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What replaces it.
    pub replacement: String,
}

/// A problem with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong.
    pub problem: Problem,
    /// Where it is.
    pub span: Span,
    /// Other places that explain it.
    pub labels: Vec<Label>,
    /// A mend that a program may make.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(problem: Problem, span: Span) -> Self {
        Self { severity: Severity::Error, problem, span, labels: Vec::new(), fix: None }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(problem: Problem, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(problem, span) }
    }

    /// The same diagnostic with one more explained place.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// The same diagnostic with a mend.
    #[must_use]
    pub fn with_fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, replacement: replacement.into() });
        self
    }
}

/// Finds line and column of byte offsets in one source; made once, asked often.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Reads the line starts of `source`; LF, CR LF and a lone CR each end a line.
    #[must_use]
    pub fn new(source: &str) -> Self {
        let bytes = source.as_bytes();
        let mut starts = vec![0];
        for (i, b) in bytes.iter().enumerate() {
            if *b == b'\n' || (*b == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                starts.push(i as u32 + 1);
            }
        }
        Self { starts }
    }

    /// The 1-based line of a byte offset.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|s| *s <= offset) as u32
    }

    /// The 1-based line and the 1-based column, counted in characters, of a byte offset.
    #[must_use]
    pub fn line_column(&self, source: &str, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1] as usize;
        let end = (offset as usize).min(source.len());
        let column = source.get(start..end).map_or(0, |s| s.chars().count());
        (line, column as u32 + 1)
    }

    /// How many lines there are.
    #[must_use]
    pub fn lines(&self) -> u32 {
        self.starts.len() as u32
    }
}
