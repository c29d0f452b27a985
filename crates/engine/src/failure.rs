//! Why a script could not be compiled, or stopped: code, message, help, place, and the calls on the way.

use std::fmt;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Diagnostic, LineIndex, Problem, Severity, Span};
use rainwright_eval::{CallSite, RuntimeError};

use crate::TaskRefusal;
use crate::render::{self, Style};
use crate::script::Source;

/// Why a script could not be compiled, or stopped.
#[derive(Clone)]
pub struct Failure {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    name: String,
    /// Shared with the script: programs that run one again and again, such as `dg try`, get a failure each time.
    source: Arc<str>,
    /// Where its lines begin, when that is known.
    lines: Option<Arc<LineIndex>>,
    diagnostics: Vec<Diagnostic>,
    line: u32,
    calls: Vec<CallSite>,
    placed: bool,
    /// What happened before and may be the reason.
    notes: Vec<String>,
}

/// How many of the calls on the way are shown.
const SHOWN_CALLS: usize = 8;
/// How many of the refusals before it are shown.
const SHOWN_NOTES: usize = 3;

/// Where a failure is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePlace {
    /// The source's name.
    pub source: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column in characters.
    pub column: u32,
    /// The bytes at fault.
    pub span: Span,
}

impl Failure {
    pub(crate) fn of_source(name: &str, source: &str, diagnostics: Vec<Diagnostic>) -> Self {
        let inner = Inner {
            name: name.into(),
            source: source.into(),
            lines: None,
            diagnostics,
            line: 0,
            calls: Vec::new(),
            placed: true,
            notes: Vec::new(),
        };
        Self { inner: Box::new(inner) }
    }

    pub(crate) fn of_run(raised: RuntimeError, source: Option<&Source>) -> Self {
        let placed = raised.line > 0;
        let (line, calls) = (raised.line, raised.calls);
        let diagnostics = vec![Diagnostic::error(raised.problem, raised.span)];
        let notes = Vec::new();
        let name = source.map_or_else(String::new, |source| source.name.clone());
        let lines = source.map(|source| Arc::clone(&source.lines));
        let source = source.map_or_else(|| "".into(), |source| Arc::clone(&source.text));
        let inner = Inner { name, source, lines, diagnostics, line, calls, placed, notes };
        Self { inner: Box::new(inner) }
    }

    /// The same failure with the tasks that were refused before it.
    pub(crate) fn after(mut self, refusals: &[TaskRefusal]) -> Self {
        let from = refusals.len().saturating_sub(SHOWN_NOTES);
        self.inner.notes = refusals[from..].iter().map(ToString::to_string).collect();
        self
    }

    /// What happened before and may be the reason: tasks that a service has refused.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.inner.notes
    }

    /// A failure in a text that was put in place of what was typed, as one in the typed text: places move back by the
    /// bytes that were put in front.
    pub(crate) fn retyped(mut self, name: &str, typed: &str, by: u32) -> Self {
        if self.inner.name == name {
            let inner = &mut *self.inner;
            inner.source = typed.into();
            inner.lines = None;
            let end = u32::try_from(typed.len()).unwrap_or(u32::MAX);
            for diagnostic in &mut inner.diagnostics {
                let back = |at: u32| at.saturating_sub(by).min(end);
                diagnostic.span = Span::new(back(diagnostic.span.start), back(diagnostic.span.end));
            }
        }
        self
    }

    fn first(&self) -> Option<&Diagnostic> {
        self.inner.diagnostics.iter().find(|d| d.severity == Severity::Error).or(self.inner.diagnostics.first())
    }

    /// The kind of mistake; of the first one, when a source has several.
    #[must_use]
    pub fn code(&self) -> Code {
        self.first().map_or(Code::Unexpected, |d| d.problem.code)
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.first().map(|d| &d.problem)
    }

    /// The same failure with another reason; the place and the calls stay. For programs that know why they stopped a run.
    #[must_use]
    pub fn because(mut self, problem: Problem) -> Self {
        let span = self.first().map_or_else(Span::default, |d| d.span);
        self.inner.diagnostics = vec![Diagnostic::error(problem, span)];
        self
    }

    /// The same failure with every text that it shows changed: messages, help, the source. `change` keeps the length of
    /// what it is given, in bytes, so that places stay right.
    #[must_use]
    pub fn map_text(mut self, change: impl Fn(&str) -> String) -> Self {
        let inner = &mut *self.inner;
        inner.name = change(&inner.name);
        let source = change(&inner.source);
        if source.len() == inner.source.len() {
            inner.source = source.into();
            inner.lines = None;
        }
        for diagnostic in &mut inner.diagnostics {
            diagnostic.problem.message = change(&diagnostic.problem.message);
            diagnostic.problem.help = diagnostic.problem.help.as_deref().map(&change);
        }
        for call in &mut inner.calls {
            call.function = change(&call.function);
        }
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        self.first().map_or("", |d| d.problem.message.as_str())
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &str {
        self.first().map_or("", |d| d.problem.help())
    }

    /// Where it is, when it has a place in the source.
    #[must_use]
    pub fn place(&self) -> Option<SourcePlace> {
        let span = self.first()?.span;
        if !self.inner.placed {
            return None;
        }
        let source = &self.inner.source;
        let (line, column) = match &self.inner.lines {
            Some(lines) => lines.line_column(source, span.start),
            None => LineIndex::new(source).line_column(source, span.start),
        };
        Some(SourcePlace { source: self.inner.name.clone(), line, column, span })
    }

    /// 1-based line of the statement that failed, as `e.lineNo` gives it; 0 when none was running.
    #[must_use]
    pub fn line(&self) -> u32 {
        if self.inner.line > 0 { self.inner.line } else { self.place().map_or(0, |p| p.line) }
    }

    /// The calls that were under way, innermost first.
    #[must_use]
    pub fn calls(&self) -> &[CallSite] {
        &self.inner.calls
    }

    /// All mistakes with their places.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.inner.diagnostics
    }

    /// The whole story for a terminal: the lines at fault, what is wrong there, what to do, the calls on the way.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let inner = &self.inner;
        let mut out = if inner.placed {
            render::diagnostics(&inner.name, &inner.source, &inner.diagnostics, style)
        } else {
            render::placeless(self.code(), self.message(), self.help(), style)
        };
        for call in inner.calls.iter().take(SHOWN_CALLS) {
            out.push_str(&format!("  in {}, called in line {}\n", call.function, call.line));
        }
        if inner.calls.len() > SHOWN_CALLS {
            out.push_str(&format!("  and {} calls around it\n", inner.calls.len() - SHOWN_CALLS));
        }
        for note in &inner.notes {
            out.push_str(&format!("  before it, {note}\n"));
        }
        out
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let diagnostics = vec![Diagnostic::error(problem, Span::default())];
        let inner = Inner {
            name: String::new(),
            source: "".into(),
            lines: None,
            diagnostics,
            line: 0,
            calls: Vec::new(),
            placed: false,
            notes: Vec::new(),
        };
        Self { inner: Box::new(inner) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{}:{}:{}: ", place.source, place.line, place.column)?;
        }
        write!(f, "{}: {}", self.code(), self.message())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
