//! The grammar, written with chumsky: the only place that knows it.
//!
//! One grammar serves twice. With [`EmptyErr`] it is fast and says only whether the script is right; only when it is not,
//! the same grammar runs again with [`Fault`], which remembers what was expected, reports and recovers.

mod climb;
mod explain;
mod expression;
mod fault;
mod foreign;
mod recover;
mod statement;
mod task;

use crate::ast::{Expr, ExprKind, Ident, Tree};
use crate::lexer::Lexed;
use crate::token::Token;
use chumsky::error::{EmptyErr, Error, LabelError};
use chumsky::extra::{Full, SimpleState};
use chumsky::input::MapExtra;
use chumsky::prelude::*;
use compact_str::CompactString;
use fault::Fault;
use rainwright_diagnostic::{Diagnostic, Span};

/// The parser's input: kinds only; places are looked up in [`Source`] by index.
type Input<'t> = &'t [Token];
type Extra<'t, F> = Full<F, SimpleState<Source<'t>>, ()>;
type Rule<'t, O, F> = Boxed<'t, 't, Input<'t>, O, Extra<'t, F>>;

/// More diagnostics than anybody reads.
const MOST_DIAGNOSTICS: usize = 200;

/// What rules look up while they build the tree.
#[derive(Clone, Copy)]
struct Source<'t> {
    text: &'t str,
    kinds: &'t [Token],
    spans: &'t [Span],
}

impl<'t> Source<'t> {
    /// From the first to the last byte of a range of tokens; empty ranges stand behind the token before them.
    fn span(self, tokens: SimpleSpan) -> Span {
        let behind = |i: usize| i.checked_sub(1).and_then(|i| self.spans.get(i)).map_or(0, |s| s.end);
        if tokens.start < tokens.end {
            Span::new(self.spans.get(tokens.start).map_or(0, |s| s.start), behind(tokens.end))
        } else {
            Span::new(behind(tokens.start), behind(tokens.start))
        }
    }

    /// Where a token stands; behind the last one for any index past the end.
    fn place(self, index: usize) -> Span {
        self.spans.get(index).copied().unwrap_or_else(|| {
            let end = self.spans.last().map_or(0, |s| s.end);
            Span::new(end, end)
        })
    }

    fn kind(self, index: usize) -> Option<Token> {
        self.kinds.get(index).copied()
    }

    fn slice(self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The text of a token; empty past the end.
    fn word(self, index: usize) -> &'t str {
        self.spans.get(index).map_or("", |s| self.slice(*s))
    }

    /// The bracket that is open where a token stands: the innermost one.
    fn enclosing(self, index: usize) -> Option<usize> {
        self.open_brackets(index).0.pop()
    }

    /// The bracket that is most probably not closed, when the tokens before `index` leave one open.
    ///
    /// A closing brace that stands further left than the line of its opening one closes, by the look of it, an outer block.
    fn suspect(self, index: usize) -> Option<usize> {
        let (mut open, suspect) = self.open_brackets(index);
        let innermost = open.pop()?;
        suspect.filter(|_| self.kind(innermost) == Some(Token::OpenBrace)).or(Some(innermost))
    }

    /// The open brackets before `index`, innermost last, and the first that its closing one does not match by indentation.
    fn open_brackets(self, index: usize) -> (Vec<usize>, Option<usize>) {
        let mut open = Vec::new();
        let mut suspect = None;
        for (at, kind) in self.kinds.iter().enumerate().take(index) {
            match kind {
                Token::OpenParen | Token::OpenSquare | Token::OpenTask | Token::OpenBrace => open.push(at),
                Token::CloseParen | Token::CloseSquare | Token::CloseTask => drop(open.pop()),
                Token::CloseBrace => {
                    let opened = open.pop();
                    if suspect.is_none() && self.starts_line(at) {
                        suspect = opened.filter(|o| self.indent(*o) > self.indent(at));
                    }
                }
                _ => {}
            }
        }
        (open, suspect)
    }

    /// How far the line of a token is indented, in bytes.
    fn indent(self, index: usize) -> usize {
        let before = self.slice(Span::new(0, self.place(index).start));
        let line = &before[before.rfind(['\n', '\r']).map_or(0, |i| i + 1)..];
        line.len() - line.trim_start().len()
    }

    /// Whether a line ends between a token and the one before it.
    fn starts_line(self, index: usize) -> bool {
        let from = index.checked_sub(1).map_or(0, |i| self.place(i).end);
        self.slice(Span::new(from, self.place(index).start)).contains(['\n', '\r'])
    }
}

/// An error of a rule, poor or rich.
trait Trouble<'t>: Error<'t, Input<'t>> + LabelError<'t, Input<'t>, &'static str> + 't {
    /// Whether diagnostics are wanted: then rules that only report and recover are tried too.
    const RICH: bool;

    /// An error that says what is wrong by itself; `make` is called only when somebody listens.
    fn report(make: impl FnOnce() -> Diagnostic) -> Self;
}

impl<'t> Trouble<'t> for EmptyErr {
    const RICH: bool = false;

    fn report(_: impl FnOnce() -> Diagnostic) -> Self {
        EmptyErr::default()
    }
}

/// Parses tokens; total: whatever they are, there is a tree.
pub(crate) fn parse(text: &str, lexed: &Lexed) -> (Tree, Vec<Diagnostic>) {
    let source = Source { text, kinds: &lexed.kinds, spans: &lexed.spans };
    let (tree, errors) = run::<EmptyErr>(source);
    match tree {
        Some(tree) if errors.is_empty() => (tree, Vec::new()),
        _ => parse_rich(source),
    }
}

fn parse_rich(source: Source<'_>) -> (Tree, Vec<Diagnostic>) {
    let (tree, mut faults) = run::<Fault>(source);
    faults.truncate(MOST_DIAGNOSTICS);
    // Characters that Deluge does not use have been reported by the lexer.
    faults.retain(|fault| fault.report.is_some() || source.kind(fault.at) != Some(Token::Unknown));
    let mut diagnostics: Vec<Diagnostic> = faults.into_iter().map(|fault| explain::diagnostic(source, fault)).collect();
    diagnostics.sort_by_key(|d| d.span.start);
    diagnostics.dedup_by(|a, b| a.span == b.span);
    (tree.unwrap_or_default(), diagnostics)
}

fn run<'t, F: Trouble<'t>>(source: Source<'t>) -> (Option<Tree>, Vec<F>) {
    let mut state = SimpleState(source);
    statement::file::<F>().parse_with_state(source.kinds, &mut state).into_output_errors()
}

type Rest<'t, 'p, 'e, F> = &'e mut MapExtra<'t, 'p, Input<'t>, Extra<'t, F>>;

/// The place of what a rule has matched.
fn span_of<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>) -> Span {
    let tokens: SimpleSpan = e.span();
    e.state().0.span(tokens)
}

/// The text of what a rule has matched.
fn text_of<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>) -> &'t str {
    let span = span_of(e);
    e.state().0.slice(span)
}

fn ident_of<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>) -> Ident {
    let span = span_of(e);
    Ident { name: CompactString::from(e.state().0.slice(span)), span }
}

/// A name: any word but the reserved ones.
fn name<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Copy {
    select! { token = e if Token::is_name(token) => ident_of(e) }
}

/// Any word, reserved ones too, as behind a dot.
fn word<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Copy {
    select! { token = e if Token::is_word(token) => ident_of(e) }
}

/// A word of one kind with one spelling, in any case.
fn spelled<'t, F: Trouble<'t>>(
    kind: Token,
    text: &'static str,
) -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    chumsky::primitive::select(move |token: Token, e: Rest<'t, '_, '_, F>| {
        (token == kind && text_of(e).eq_ignore_ascii_case(text)).then_some(())
    })
}

/// A name where nothing else will do.
fn expected_name<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone {
    name().labelled("a name")
}

/// Names with dots between them: `standalone.greet`.
fn path<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Vec<Ident>, Extra<'t, F>> + Clone {
    list_from(name(), just(Token::Dot).ignore_then(word()).repeated())
}

/// A dotted path as one name.
fn dotted(names: &[Ident], span: Span) -> Ident {
    let parts: Vec<&str> = names.iter().map(|n| n.name.as_str()).collect();
    Ident { name: CompactString::from(parts.join(".")), span }
}

fn expr_at<'t, F: Trouble<'t>>(kind: ExprKind, e: Rest<'t, '_, '_, F>) -> Expr {
    Expr { kind, span: span_of(e) }
}

/// A list that grows from one place on: most lists in a script are short, and a tree keeps them all.
struct Few<T>(Vec<T>);

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Vec::new();
        for item in items {
            if list.len() == list.capacity() {
                list.reserve_exact(list.len().max(1));
            }
            list.push(item);
        }
        Few(list)
    }
}

/// What `items` matched, as a list.
fn list_of<'t, O: 't, F: Trouble<'t>>(
    items: impl IterParser<'t, Input<'t>, O, Extra<'t, F>> + Clone,
) -> impl Parser<'t, Input<'t>, Vec<O>, Extra<'t, F>> + Clone {
    items.collect().map(|Few(list)| list)
}

/// `first` and what `more` matched behind it, as a list.
fn list_from<'t, O: 't, F: Trouble<'t>>(
    first: impl Parser<'t, Input<'t>, O, Extra<'t, F>> + Clone,
    more: impl IterParser<'t, Input<'t>, O, Extra<'t, F>> + Clone,
) -> impl Parser<'t, Input<'t>, Vec<O>, Extra<'t, F>> + Clone {
    first.map(|item| vec![item]).foldl(more, |mut list, item| {
        list.push(item);
        list
    })
}

/// The names of a dotted path, if the expression is nothing else.
fn path_of(expr: &Expr) -> Option<Vec<Ident>> {
    let mut names = Vec::new();
    let mut at = expr;
    while let ExprKind::Member { object, name } = &at.kind {
        names.push(name.clone());
        at = object;
    }
    let ExprKind::Name(first) = &at.kind else {
        return None;
    };
    names.push(Ident { name: first.clone(), span: at.span });
    names.reverse();
    Some(names)
}
