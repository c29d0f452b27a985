//! The rich error: where, what was expected there, or a finished diagnostic.

use super::{Input, Trouble};
use crate::token::Token;
use chumsky::DefaultExpected;
use chumsky::error::{Error, LabelError};
use chumsky::prelude::*;
use chumsky::util::MaybeRef;
use rainwright_diagnostic::Diagnostic;

/// Why a rule failed.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The index of the token that was not expected.
    pub(super) at: usize,
    /// The tokens that would have been right.
    pub(super) expected: Vec<Token>,
    /// What would have been right, in words.
    pub(super) labels: Vec<&'static str>,
    /// What is wrong, when the rule knew it itself.
    pub(super) report: Option<Box<Diagnostic>>,
}

impl<'t> Trouble<'t> for Fault {
    const RICH: bool = true;

    fn none(at: usize) -> Self {
        Fault { at, expected: Vec::new(), labels: Vec::new(), report: None }
    }

    fn report(make: impl FnOnce() -> Diagnostic) -> Self {
        Fault { at: 0, expected: Vec::new(), labels: Vec::new(), report: Some(Box::new(make())) }
    }
}

impl<'t> Error<'t, Input<'t>> for Fault {
    fn merge(mut self, other: Self) -> Self {
        if self.report.is_some() || self.at > other.at {
            return self;
        }
        if other.report.is_some() || other.at > self.at {
            return other;
        }
        self.expected.extend(other.expected);
        self.labels.extend(other.labels);
        self
    }
}

impl<'t> LabelError<'t, Input<'t>, DefaultExpected<'t, Token>> for Fault {
    fn expected_found<E: IntoIterator<Item = DefaultExpected<'t, Token>>>(
        expected: E,
        _: Option<MaybeRef<'t, Token>>,
        span: SimpleSpan,
    ) -> Self {
        let tokens = expected.into_iter().filter_map(|e| match e {
            DefaultExpected::Token(token) => Some(*token),
            _ => None,
        });
        Fault { at: span.start, expected: tokens.collect(), labels: Vec::new(), report: None }
    }
}

impl<'t> LabelError<'t, Input<'t>, &'static str> for Fault {
    fn expected_found<E: IntoIterator<Item = &'static str>>(
        expected: E,
        _: Option<MaybeRef<'t, Token>>,
        span: SimpleSpan,
    ) -> Self {
        Fault { at: span.start, expected: Vec::new(), labels: expected.into_iter().collect(), report: None }
    }

    fn label_with(&mut self, label: &'static str) {
        self.expected.clear();
        self.labels = vec![label];
    }
}
