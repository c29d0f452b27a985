//! Recovery: what is read when a script is not right, so that one mistake does not hide the next.

use super::{Extra, Input, Rule, Source, Trouble};
use crate::ast::{Expr, Stmt, StmtKind};
use crate::token::Token;
use chumsky::input::InputRef;
use chumsky::prelude::*;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

/// The statement, or what is skipped in its place.
pub(super) fn recovering<'t, F: Trouble<'t>>(statement: Rule<'t, Stmt, F>) -> Rule<'t, Stmt, F> {
    if !F::RICH {
        return statement;
    }
    statement.recover_with(via_parser(skipped())).boxed()
}

/// Skips at least one token and everything up to the end of the statement: a semicolon, or a closed block.
fn skipped<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Stmt, Extra<'t, F>> + Clone {
    custom(|inp: &mut InputRef<'t, '_, Input<'t>, Extra<'t, F>>| {
        let start = inp.cursor();
        let mut depth = 0usize;
        loop {
            match inp.peek() {
                None => break,
                Some(Token::CloseBrace) if depth == 0 => break,
                Some(Token::Semicolon) if depth == 0 => {
                    inp.skip();
                    break;
                }
                Some(Token::OpenBrace) => depth += 1,
                Some(Token::CloseBrace) => {
                    depth -= 1;
                    if depth == 0 {
                        inp.skip();
                        break;
                    }
                }
                _ => {}
            }
            inp.skip();
        }
        if inp.cursor() == start {
            inp.parse(any().filter(|t| *t != Token::CloseBrace).ignored())?;
        }
        let tokens = inp.span_since(&start);
        let span = inp.state().0.span(tokens);
        Ok(Stmt { kind: StmtKind::Error, span })
    })
}

/// A closing brace that closes nothing.
pub(super) fn stray<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    just(Token::CloseBrace).validate(|_, e, emitter| {
        let span = super::span_of(e);
        emitter.emit(F::report(|| Diagnostic::error(Problem::new(Code::OpenBracket, "This } closes nothing"), span)));
    })
}

/// `list[0]`, with a mend.
pub(super) fn subscript(source: Source<'_>, object: &Expr, brackets: Span) -> Diagnostic {
    let inner = Span::new(brackets.start, brackets.end.saturating_sub(1));
    let index = source.slice(inner).trim_start().trim_start_matches('[').trim();
    let written = source.slice(object.span);
    let problem = Problem::new(Code::ForeignSyntax, format!("{written}[{index}] does not read an element in Deluge"))
        .with_help(format!("Read an element with get: {written}.get({index})"));
    Diagnostic::error(problem, brackets).with_fix(brackets, format!(".get({index})"))
}

/// `condition ? a : b`, which is reported and read as `if(condition,a,b)`.
pub(super) fn ternary<'t, F: Trouble<'t>>(operators: Rule<'t, Expr, F>, _expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    operators
}
