//! The places of a script that reach outside and are answered with something made up.

use rainwright_builtins::{Answer, Integration};
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::Expr;

use super::Analysis;
use crate::shape::{Id, Origin};

/// What a place asks for.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// An HTTP call that the script describes itself.
    Call {
        /// Whether the answer comes with its status and headers.
        detailed: bool,
    },
    /// An integration task that becomes an HTTP call.
    Task { answer: Answer, name: &'static str },
    /// A task that the host performs.
    Hosted(String),
    /// A function that is not in the file.
    Function(String),
    /// Records of a form.
    Fetch(String),
    /// A figure over records.
    Figure(String),
    /// A record is added.
    Insert(String),
}

/// A place that reaches outside.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The function it is in; empty for the bare statements.
    pub(crate) function: String,
    /// The line of its statement.
    pub(crate) line: u32,
    pub(crate) span: Span,
    pub(crate) what: What,
    /// The shape of the result, as the script gets it.
    pub(crate) shape: Id,
}

impl Site {
    /// Whether it is an HTTP call.
    pub(crate) fn is_http(&self) -> bool {
        matches!(self.what, What::Call { .. } | What::Task { .. })
    }

    /// What it is, in a few words.
    pub(crate) fn describe(&self) -> String {
        let what = match &self.what {
            What::Call { .. } => "answer",
            What::Task { name, .. } => name,
            What::Hosted(name) | What::Function(name) => name,
            What::Fetch(form) | What::Figure(form) | What::Insert(form) => form,
        };
        format!("{what} of line {}:", self.line)
    }
}

/// The shape of an integration task's HTTP answer.
pub(crate) fn task_of(row: &'static Integration) -> What {
    if row.path.is_empty() && row.method == "GET" && row.sends.is_empty() && row.service == "zoho_oauth" {
        return What::Hosted(row.name.to_owned());
    }
    What::Task { answer: row.answer, name: row.name }
}

impl Analysis<'_> {
    /// The shape of what a place is answered with.
    pub(super) fn site(&mut self, expr: &Expr, what: What, name: &str, json: bool) -> Id {
        if let Some(known) = self.sites.iter().find(|site| site.span == expr.span) {
            return known.shape;
        }
        let shape = self.shapes.root(Origin::Answer(self.sites.len()), name, json);
        let (function, line) = (self.function.clone(), self.line);
        self.sites.push(Site { function, line, span: expr.span, what, shape });
        shape
    }
}
