//! Recovery: what is read when a script is not right, so that one mistake does not hide the next.

use super::{Extra, Input, Rest, Rule, Source, Trouble, span_of};
use crate::ast::{Arg, Expr, ExprKind, Stmt, StmtKind};
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
    let skipped = custom(skip_statement).map_with(|(), e| Stmt { kind: StmtKind::Error, span: span_of(e) });
    rule.recover_with(via_parser(skipped)).boxed()
}

/// `( e )`; when `e` is not right, everything up to the bracket that closes it is skipped.
pub(super) fn parenthesised<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    let rule = expr.delimited_by(just(Token::OpenParen), close(Token::CloseParen));
    if !F::RICH {
        return rule.boxed();
    }
    rule.recover_with(via_parser(brackets(Token::OpenParen).map(|span| Expr { kind: ExprKind::Error, span }))).boxed()
}

/// Arguments in parentheses; when they are not right, they are skipped.
pub(super) fn arguments<'t, F: Trouble<'t>>(rule: Rule<'t, Vec<Arg>, F>) -> Rule<'t, Vec<Arg>, F> {
    if !F::RICH {
        return rule;
    }
    let error = |span| vec![Arg { key: None, value: Expr { kind: ExprKind::Error, span } }];
    rule.recover_with(via_parser(brackets(Token::OpenParen).map(error))).boxed()
}

/// A closing bracket. At the end of the script a missing one is reported and taken as read.
pub(super) fn close<'t, F: Trouble<'t>>(bracket: Token) -> Rule<'t, (), F> {
    let here = just(bracket).ignored();
    if !F::RICH {
        return here.boxed();
    }
    let missing = end().validate(move |(), e: Rest<'t, '_, '_, F>, _| {
        let tokens: SimpleSpan = e.span();
        let source = e.state().0;
        e.emit(F::report(|| unclosed(source, tokens.start)));
    });
    here.or(missing).boxed()
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

/// Skips brackets with all they hold; fails when no such bracket follows or the statement ends before they do.
pub(super) fn brackets<'t, F: Trouble<'t>>(open: Token) -> impl Parser<'t, Input<'t>, Span, Extra<'t, F>> + Clone {
    custom(move |inp: Tokens<'t, '_, '_, F>| {
        let start = *inp.cursor().inner();
        let source = inp.state().0;
        match skip_brackets(source, start).filter(|_| source.kind(start) == Some(open)) {
            Some(behind) => {
                while *inp.cursor().inner() < behind {
                    inp.skip();
                }
                Ok(source.span((start..behind).into()))
            }
            None => inp.parse(just(open).ignore_then(any().not()).to(Span::default())),
        }
    })
}

/// The index behind the bracket that closes the one at `start`.
fn skip_brackets(source: Source<'_>, start: usize) -> Option<usize> {
    let mut depth = 0usize;
    let block = source.kind(start) == Some(Token::OpenBrace);
    for index in start.. {
        match source.kind(index)? {
            Token::OpenBrace if !block && depth == 1 && source.starts_line(index) => return None,
            Token::OpenParen | Token::OpenSquare | Token::OpenTask | Token::OpenBrace => depth += 1,
            Token::CloseParen | Token::CloseSquare | Token::CloseTask | Token::CloseBrace => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            // Semicolons stand in brackets only in blocks, and in the head of a foreign loop.
            Token::Semicolon if depth == 1 && !block && source.starts_line(index + 1) => {
                return None;
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Skips at least one token, up to the end of the statement: its semicolon, the block that ends it with all its `else`,
/// or the start of a line that plainly begins a new one. A brace that closes the block around is left alone.
fn skip_statement<'t, F: Trouble<'t>>(inp: Tokens<'t, '_, '_, F>) -> Result<(), F> {
    let source = inp.state().0;
    let start = *inp.cursor().inner();
    let mut index = start;
    let mut depth = 0usize;
    while let Some(kind) = source.kind(index) {
        match kind {
            Token::CloseBrace if depth == 0 => break,
            Token::Semicolon if depth == 0 => {
                index += 1;
                break;
            }
            Token::OpenBrace => depth += 1,
            Token::CloseBrace => {
                depth -= 1;
                let goes_on = matches!(
                    source.kind(index + 1),
                    Some(Token::Else | Token::Catch | Token::Comma | Token::CloseParen | Token::Semicolon)
                );
                if depth == 0 && !goes_on {
                    index += 1;
                    break;
                }
            }
            _ if depth == 0 && index > start && begins_statement(source, index) => break,
            _ => {}
        }
        index += 1;
    }
    if index == start {
        inp.parse(any().filter(|_| false).ignored())?;
    }
    while *inp.cursor().inner() < index {
        inp.skip();
    }
    Ok(())
}

/// Whether a line starts here with something that is only ever the start of a statement.
fn begins_statement(source: Source<'_>, index: usize) -> bool {
    let Some(kind) = source.kind(index) else {
        return false;
    };
    if !source.starts_line(index) {
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
