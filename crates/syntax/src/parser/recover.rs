//! Recovery: what is read when a script is not right, so that one mistake does not hide the next.

use super::groups::End;
use super::{Extra, Input, Rest, Rule, Source, Trouble, span_of};
use crate::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::token::Token;
use chumsky::input::InputRef;
use chumsky::prelude::*;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

type Tokens<'t, 'p, 'r, F> = &'r mut InputRef<'t, 'p, Input<'t>, Extra<'t, F>>;

/// The statement, or an error node for what is skipped in its place.
pub(super) fn statement<'t, F: Trouble<'t>>(rule: Rule<'t, Stmt, F>) -> Rule<'t, Stmt, F> {
    if !F::RICH {
        return rule;
    }
    let error = |(), e: Rest<'t, '_, '_, F>| Stmt { kind: StmtKind::Error, span: span_of(e) };
    let skipped = custom(skip_statement).map_with(error);
    custom(skip_block).map_with(error).or(rule.recover_with(via_parser(skipped))).boxed()
}

/// `( e )`; when `e` is not right, everything up to the bracket that closes it is skipped.
pub(super) fn parenthesised<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    group(Token::OpenParen, Token::CloseParen, expr)
}

/// An expression between brackets; when it is not right, everything up to the bracket that closes it is skipped.
pub(super) fn group<'t, F: Trouble<'t>>(open: Token, closing: Token, expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    let inside = expr.then_ignore(close(open, closing));
    if !F::RICH {
        return just(open).ignore_then(inside).boxed();
    }
    let skipped = custom(move |inp: Tokens<'t, '_, '_, F>| Ok(skip_group(inp, open)));
    let skipped = skipped.map(|span| Expr { kind: ExprKind::Error, span });
    just(open).ignore_then(inside.recover_with(via_parser(skipped))).boxed()
}

/// A closing bracket. In a wrong script everything else up to it is reported and skipped, which gives the place of what was; at
/// the end of the script a missing one is taken as read.
pub(super) fn close<'t, F: Trouble<'t>>(open: Token, closing: Token) -> Rule<'t, Option<Span>, F> {
    let here = just(closing).to(None);
    if !F::RICH {
        return here.boxed();
    }
    let missing = end().validate(move |(), e: Rest<'t, '_, '_, F>, _| {
        let tokens: SimpleSpan = e.span();
        let state = e.state();
        let report = state.unclosed.get_or_insert_with(|| unclosed(state.source, tokens.start)).clone();
        e.emit(F::report(|| report));
        None
    });
    let skipped = custom(move |inp: Tokens<'t, '_, '_, F>| Ok(Some(skip_group(inp, open))));
    here.or(missing).recover_with(via_parser(skipped)).boxed()
}

/// Skips what is left of the innermost group, if that is one of `open`.
fn skip_group<'t, F: Trouble<'t>>(inp: Tokens<'t, '_, '_, F>, open: Token) -> Span {
    let source = inp.state().source;
    let start = *inp.cursor().inner();
    let group = source.enclosing(start).filter(|at| source.kind(*at) == Some(open));
    let after = group.and_then(|at| source.groups.end(at)).map_or(start, End::after);
    skip_to(inp, after);
    inp.state().given_up = Some(after);
    source.span((start..after).into())
}

fn skip_to<'t, F: Trouble<'t>>(inp: Tokens<'t, '_, '_, F>, index: usize) {
    while *inp.cursor().inner() < index {
        inp.skip();
    }
}

/// A rule, or an error node where it does not apply: for what must follow a part that is not read twice.
pub(super) fn or_error<'t, F: Trouble<'t>>(rule: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    if !F::RICH {
        return rule;
    }
    let error = empty().map_with(|(), e| Expr { kind: ExprKind::Error, span: span_of(e) });
    rule.recover_with(via_parser(error)).boxed()
}

/// A closing brace that closes nothing: reported and skipped, so that what follows is still read.
pub(super) fn stray<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Stmt, Extra<'t, F>> + Clone {
    just(Token::CloseBrace).validate(|_, e, _| {
        let span = span_of(e);
        e.emit(F::report(|| {
            let problem = Problem::new(Code::OpenBracket, "This } closes nothing")
                .with_help("Remove it, or open its block with {.");
            Diagnostic::error(problem, span)
        }));
        Stmt { kind: StmtKind::Error, span }
    })
}

/// Skips brackets with all they hold; fails when no such bracket follows or it is not closed.
pub(super) fn brackets<'t, F: Trouble<'t>>(open: Token) -> impl Parser<'t, Input<'t>, Span, Extra<'t, F>> + Clone {
    custom(move |inp: Tokens<'t, '_, '_, F>| {
        let start = *inp.cursor().inner();
        let source = inp.state().source;
        let end = source.groups.end(start).filter(|end| end.closed && source.kind(start) == Some(open));
        match end {
            Some(end) => {
                skip_to(inp, end.after());
                Ok(source.span((start..end.after()).into()))
            }
            None => inp.parse(just(open).ignore_then(any().not()).to(Span::default())),
        }
    })
}

/// The longest block of fields that [`fields`] looks through, in tokens.
const FIELDS: usize = 2_000;

/// A `[ … ]` with fields on lines of their own where no task begins: counted bracket by bracket, as such lines look like
/// statements after a bracket that nobody closed.
pub(super) fn fields<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Span, Extra<'t, F>> + Clone {
    custom(move |inp: Tokens<'t, '_, '_, F>| {
        let start = *inp.cursor().inner();
        let source = inp.state().source;
        let opens = |kind: Token| matches!(kind, Token::OpenSquare | Token::OpenTask);
        let mut depth = 0_usize;
        for at in start..start + FIELDS {
            match source.kind(at) {
                Some(kind) if opens(kind) => depth += 1,
                Some(Token::CloseSquare) => depth = depth.saturating_sub(1),
                None => break,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && source.kind(at + 1) == Some(Token::CloseSquare) {
                skip_to(inp, at + 2);
                return Ok(source.span((start..at + 2).into()));
            }
        }
        inp.parse(just(Token::OpenTask).ignore_then(any().not()).to(Span::default()))
    })
}

/// Skips the rest of a block of a script that took too many steps.
fn skip_block<'t, F: Trouble<'t>>(inp: Tokens<'t, '_, '_, F>) -> Result<(), F> {
    let source = inp.state().source;
    let start = *inp.cursor().inner();
    let end = source.enclosing(start).and_then(|open| source.groups.end(open)).map_or(source.kinds.len(), |end| end.at);
    if !inp.state().is_tired() || end <= start {
        return Err(F::none(start));
    }
    inp.emit(F::report(|| {
        let problem = Problem::new(Code::Unexpected, "There are too many mistakes before this place to read on")
            .with_help("Correct the first ones, then check again.");
        Diagnostic::error(problem, source.place(start))
    }));
    skip_to(inp, end);
    Ok(())
}

/// Skips at least one token, up to the end of the statement.
fn skip_statement<'t, F: Trouble<'t>>(inp: Tokens<'t, '_, '_, F>) -> Result<(), F> {
    let start = *inp.cursor().inner();
    let end = statement_end(inp.state().source, start, start + 1);
    if end == start {
        inp.parse(any().filter(|_| false).ignored())?;
    }
    skip_to(inp, end);
    Ok(())
}

/// Skips what is left of a statement in which a group was given up.
pub(super) fn skip_rest<'t, F: Trouble<'t>>(inp: Tokens<'t, '_, '_, F>) {
    let start = *inp.cursor().inner();
    let end = statement_end(inp.state().source, start, start);
    skip_to(inp, end);
}

/// Where the statement that goes on at `start` ends: after its semicolon, after the block that ends it with all its `else`, or
/// before a line from `least` on that plainly begins a new one. A brace that closes the block around is left alone.
fn statement_end(source: Source<'_>, start: usize, least: usize) -> usize {
    let mut index = start;
    while let Some(kind) = source.kind(index) {
        match kind {
            Token::CloseBrace => break,
            Token::Semicolon => return index + 1,
            Token::OpenParen | Token::OpenSquare | Token::OpenTask | Token::OpenBrace => {
                let end = source.groups.end(index);
                index = end.map_or(index + 1, End::after);
                let goes_on = matches!(
                    source.kind(index),
                    Some(
                        Token::Else
                            | Token::Catch
                            | Token::Comma
                            | Token::CloseParen
                            | Token::Semicolon
                            | Token::OpenBrace
                    )
                );
                if kind == Token::OpenBrace && end.is_some_and(|end| end.closed) && !goes_on {
                    break;
                }
                continue;
            }
            _ if index >= least && begins_statement(source, index) => break,
            _ => {}
        }
        index += 1;
    }
    index
}

/// Whether a line starts here with something that is only ever the start of a statement.
pub(super) fn begins_statement(source: Source<'_>, index: usize) -> bool {
    let Some(kind) = source.kind(index) else {
        return false;
    };
    let before = index.checked_sub(1).and_then(|i| source.kind(i));
    if before.is_some_and(goes_on) || !source.starts_line(index) {
        return false;
    }
    match kind {
        Token::If | Token::For | Token::Try | Token::Return => true,
        Token::Info | Token::Throw => source.kind(index + 1).is_some_and(|next| next.is_word() || next == Token::Text),
        Token::Word => {
            let mut next = index + 1;
            while source.kind(next) == Some(Token::Dot) && source.kind(next + 1).is_some_and(Token::is_word) {
                next += 2;
            }
            source.kind(next) == Some(Token::Assign) && source.kind(next + 1) != Some(Token::Assign)
        }
        // A function's header.
        Token::Type => source.kind(index + 1).is_some_and(Token::is_name),
        _ => false,
    }
}

/// Whether a value must follow this token, on the next line if need be. A lone `=` is rather a forgotten value.
fn goes_on(token: Token) -> bool {
    let sign = (Token::Dot..=Token::Pipe).contains(&token) && token != Token::Assign;
    let word = matches!(token, Token::In | Token::Not | Token::Like | Token::Is | Token::To | Token::From | Token::By);
    let opens = matches!(token, Token::OpenParen | Token::OpenSquare | Token::OpenTask | Token::Comma | Token::Colon);
    sign || word || opens
}

/// The report of brackets that are open at the end of the script; the innermost one is named.
fn unclosed(source: Source<'_>, at: usize) -> Diagnostic {
    let last = source.place(at.saturating_sub(1));
    let Some(open) = source.suspect(at) else {
        return Diagnostic::error(Problem::new(Code::Unexpected, "The script ends too early"), last);
    };
    let sign = source.word(open);
    let closing = closing_sign(sign);
    let problem = Problem::new(Code::OpenBracket, format!("Expected {closing} but found the end of the script"))
        .with_help(format!("Close the {sign} with {closing}."));
    Diagnostic::error(problem, source.place(open)).with_label(Span::new(last.end, last.end), "the script ends here")
}

/// The sign that closes an opening one.
pub(super) fn closing_sign(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}
