//! The grammar, written with chumsky: the only place that knows it.
//!
//! One grammar serves twice. With [`EmptyErr`] it is fast and says only whether the script is right; only when it is not,
//! the same grammar runs again with [`Fault`], which remembers what was expected, reports and recovers.

mod climb;
mod explain;
mod expression;
mod fault;
mod foreign;
mod groups;
mod parts;
mod recover;
mod statement;
#[cfg(test)]
mod steps;
mod task;

use crate::ast::{Expr, ExprKind, Ident, Tree};
use crate::lexer::Lexed;
use crate::token::Token;
use chumsky::error::{EmptyErr, Error, LabelError};
use chumsky::extra::Full;
use chumsky::input::{Checkpoint, Cursor, MapExtra};
use chumsky::inspector::Inspector;
use chumsky::prelude::*;
use compact_str::CompactString;
use fault::Fault;
use groups::Groups;
use rainwright_diagnostic::{Diagnostic, Span};

/// The parser's input: kinds only; places are looked up in [`Source`] by index.
type Input<'t> = &'t [Token];
type Extra<'t, F> = Full<F, State<'t>, ()>;
type Rule<'t, O, F> = Boxed<'t, 't, Input<'t>, O, Extra<'t, F>>;

/// More diagnostics than anyone reads.
const MOST_DIAGNOSTICS: usize = 200;

/// How often a token may be taken, on average. Rules give up only at their first token or after a whole group, so that a few
/// times are enough; this bounds the time for texts that nobody expected.
const MOST_STEPS: usize = 100;

/// What rules look up while they build the tree.
#[derive(Clone, Copy)]
struct Source<'t> {
    text: &'t str,
    kinds: &'t [Token],
    spans: &'t [Span],
    /// Empty in the first parse, which does not recover.
    groups: &'t Groups,
}

/// What the rules share while they run.
struct State<'t> {
    source: Source<'t>,
    /// How many tokens have been taken so far, each time that one was.
    steps: usize,
    /// How many may be taken.
    most: usize,
    /// Where a rule last gave up on a group: what is wrong before this token has been reported.
    given_up: Option<usize>,
    /// The report of brackets that are open at the end, made once.
    unclosed: Option<Diagnostic>,
}

impl<'t> State<'t> {
    fn new(source: Source<'t>) -> Self {
        let most = source.kinds.len() * MOST_STEPS + MOST_STEPS;
        State { source, steps: 0, most, given_up: None, unclosed: None }
    }

    /// Whether the script took more steps than any ordinary one, so that what is left of it is not worth reading.
    fn is_tired(&self) -> bool {
        self.steps > self.most
    }
}

impl<'t> Inspector<'t, Input<'t>> for State<'t> {
    type Checkpoint = ();

    #[inline(always)]
    fn on_token(&mut self, _: &Token) {
        self.steps += 1;
    }

    #[inline(always)]
    fn on_save<'p>(&self, _: &Cursor<'t, 'p, Input<'t>>) {}

    #[inline(always)]
    fn on_rewind<'p>(&mut self, _: &Checkpoint<'t, 'p, Input<'t>, ()>) {}
}

impl<'t> Source<'t> {
    /// From the first to the last byte of a range of tokens; an empty range is right after the token before it.
    fn span(self, tokens: SimpleSpan) -> Span {
        let end_before = |i: usize| i.checked_sub(1).and_then(|i| self.spans.get(i)).map_or(0, |s| s.end);
        if tokens.start < tokens.end {
            Span::new(self.spans.get(tokens.start).map_or(0, |s| s.start), end_before(tokens.end))
        } else {
            Span::new(end_before(tokens.start), end_before(tokens.start))
        }
    }

    /// Where a token is; after the last one for any index past the end.
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

    /// The innermost bracket that is open before a token.
    fn enclosing(self, index: usize) -> Option<usize> {
        self.groups.enclosing(index)
    }

    /// The bracket that is most probably not closed, when the tokens before `index` leave one open.
    ///
    /// A closing brace that is indented less than the line of its opening one closes, by the look of it, an outer block.
    fn suspect(self, index: usize) -> Option<usize> {
        let innermost = self.enclosing(index)?;
        let misaligned = self.groups.misaligned(index);
        misaligned.filter(|_| self.kind(innermost) == Some(Token::OpenBrace)).or(Some(innermost))
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

    /// An error that says nothing, for a rule that does not apply.
    fn none(at: usize) -> Self;

    /// An error that says what is wrong by itself; `make` is called only when somebody listens.
    fn report(make: impl FnOnce() -> Diagnostic) -> Self;
}

impl<'t> Trouble<'t> for EmptyErr {
    const RICH: bool = false;

    fn none(_: usize) -> Self {
        EmptyErr::default()
    }

    fn report(_: impl FnOnce() -> Diagnostic) -> Self {
        EmptyErr::default()
    }
}

/// Parses tokens; total: whatever they are, there is a tree.
pub(crate) fn parse(text: &str, lexed: &Lexed) -> (Tree, Vec<Diagnostic>) {
    parse_counted(text, lexed).0
}

/// Parses tokens, and tells how many were taken.
fn parse_counted(text: &str, lexed: &Lexed) -> ((Tree, Vec<Diagnostic>), usize) {
    let none = Groups::default();
    let source = Source { text, kinds: &lexed.kinds, spans: &lexed.spans, groups: &none };
    let (tree, errors, first) = match parts::run_parts(source, parts::threads(source)) {
        Some((tree, steps)) => (Some(tree), Vec::new(), steps),
        None => run::<EmptyErr>(source),
    };
    match tree {
        Some(tree) if errors.is_empty() => ((tree, Vec::new()), first),
        _ => {
            let groups = Groups::new(source);
            let (parsed, second) = parse_rich(Source { groups: &groups, ..source });
            (parsed, first + second)
        }
    }
}

fn parse_rich(source: Source<'_>) -> ((Tree, Vec<Diagnostic>), usize) {
    let (tree, mut faults, steps) = run::<Fault>(source);
    faults.truncate(MOST_DIAGNOSTICS);
    // Characters that Deluge does not use have been reported by the lexer.
    faults.retain(|fault| fault.report.is_some() || source.kind(fault.at) != Some(Token::Unknown));
    let mut diagnostics: Vec<Diagnostic> = faults.into_iter().map(|fault| explain::diagnostic(source, fault)).collect();
    diagnostics.sort_by_key(|d| d.span.start);
    diagnostics.dedup_by(|a, b| a.span == b.span);
    ((tree.unwrap_or_default(), diagnostics), steps)
}

fn run<'t, F: Trouble<'t>>(source: Source<'t>) -> (Option<Tree>, Vec<F>, usize) {
    let mut state = State::new(source);
    let (tree, errors) = statement::file::<F>().parse_with_state(source.kinds, &mut state).into_output_errors();
    (tree, errors, state.steps)
}

type Rest<'t, 'p, 'e, F> = &'e mut MapExtra<'t, 'p, Input<'t>, Extra<'t, F>>;

/// The place of what a rule has matched.
fn span_of<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>) -> Span {
    let tokens: SimpleSpan = e.span();
    e.state().source.span(tokens)
}

/// The text of what a rule has matched.
fn text_of<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>) -> &'t str {
    let span = span_of(e);
    e.state().source.slice(span)
}

fn ident_of<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>) -> Ident {
    let span = span_of(e);
    Ident { name: CompactString::from(e.state().source.slice(span)), span }
}

/// A name: any word but the reserved ones.
fn name<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Copy {
    select! { token = e if Token::is_name(token) => ident_of(e) }
}

/// Any word, reserved ones too, as after a dot.
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

/// `first` and what `more` matched after it, as a list.
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
