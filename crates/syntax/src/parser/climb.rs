//! Operators walked by hand: the table of precedence of [`expression`](super::expression), for scripts that are right.
//!
//! The levels of the grammar try operator after operator after every operand, and remember what they expected. When
//! nobody asks for that, one look at the next token is enough.

use super::{Extra, Input, Rule, Source, Trouble};
use crate::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::token::Token;
use chumsky::input::InputRef;
use chumsky::prelude::*;
use rainwright_diagnostic::Span;

type Tokens<'t, 'p, 'r, F> = &'r mut InputRef<'t, 'p, Input<'t>, Extra<'t, F>>;

/// Operators over `operand`. A single `=` compares when `inner`.
pub(super) fn operators<'t, F: Trouble<'t>>(operand: Rule<'t, Expr, F>, inner: bool) -> Rule<'t, Expr, F> {
    custom(move |inp: Tokens<'t, '_, '_, F>| climb(inp, &operand, inner, 0, &mut None)).boxed()
}

/// An operand and every operator after it that binds at least as tightly as `least`. `stuck` is the operator whose right side
/// could not be read: it ends the expression.
fn climb<'t, F: Trouble<'t>>(
    inp: Tokens<'t, '_, '_, F>,
    operand: &Rule<'t, Expr, F>,
    inner: bool,
    least: u8,
    stuck: &mut Option<usize>,
) -> Result<Expr, F> {
    let mut left = signed(inp, operand)?;
    loop {
        let (at, source) = (*inp.cursor().inner(), inp.state().source);
        let Some((op, power, tokens)) = operator(source, at, inner).filter(|(_, power, _)| *power >= least) else {
            return Ok(left);
        };
        if *stuck == Some(at) {
            return Ok(left);
        }
        let before = inp.save();
        for _ in 0..tokens {
            inp.skip();
        }
        // A word may turn out to begin something else: the next key of a block.
        let Ok(right) = climb(inp, operand, inner, power + 1, stuck) else {
            inp.rewind(before);
            *stuck = Some(at);
            return Ok(left);
        };
        let (op_span, span) = (source.span((at..at + tokens).into()), left.span.to(right.span));
        let kind = ExprKind::Binary { op, op_span, left: Box::new(left), right: Box::new(right) };
        left = Expr { kind, span };
    }
}

/// An operand with the signs in front of it.
fn signed<'t, F: Trouble<'t>>(inp: Tokens<'t, '_, '_, F>, operand: &Rule<'t, Expr, F>) -> Result<Expr, F> {
    let (start, source) = (*inp.cursor().inner(), inp.state().source);
    if inp.state().is_tired() {
        return Err(F::none(start));
    }
    let mut at = start;
    while source.kind(at).and_then(sign).is_some() {
        inp.skip();
        at += 1;
    }
    let mut expr = inp.parse(operand)?;
    for at in (start..at).rev() {
        if let Some(op) = source.kind(at).and_then(sign) {
            let span = Span::new(source.place(at).start, expr.span.end);
            expr = Expr { kind: ExprKind::Unary { op, operand: Box::new(expr) }, span };
        }
    }
    Ok(expr)
}

fn sign(token: Token) -> Option<UnaryOp> {
    Some(match token {
        Token::Bang => UnaryOp::Not,
        Token::Minus => UnaryOp::Minus,
        Token::Plus => UnaryOp::Plus,
        _ => return None,
    })
}

/// The operator that begins at a token, how tightly it binds, and of how many tokens it is.
#[inline]
fn operator(source: Source<'_>, at: usize, inner: bool) -> Option<(BinaryOp, u8, usize)> {
    let next = |token| source.kind(at + 1) == Some(token);
    Some(match source.kind(at)? {
        Token::Or => (BinaryOp::Or, 1, 1),
        Token::And => (BinaryOp::And, 2, 1),
        Token::Equal => (BinaryOp::Equal, 3, 1),
        Token::Assign if inner => (BinaryOp::Equal, 3, 1),
        Token::NotEqual | Token::LessGreater => (BinaryOp::NotEqual, 3, 1),
        Token::Less => (BinaryOp::Less, 4, 1),
        Token::LessEqual => (BinaryOp::LessEqual, 4, 1),
        Token::Greater => (BinaryOp::Greater, 4, 1),
        Token::GreaterEqual => (BinaryOp::GreaterEqual, 4, 1),
        Token::In => (BinaryOp::In, 4, 1),
        Token::Like => (BinaryOp::Like, 4, 1),
        Token::Not if next(Token::In) => (BinaryOp::NotIn, 4, 2),
        Token::Is if next(Token::Not) => (BinaryOp::IsNot, 4, 2),
        Token::Is => (BinaryOp::Is, 4, 1),
        Token::Plus => (BinaryOp::Add, 5, 1),
        Token::Minus => (BinaryOp::Subtract, 5, 1),
        Token::Star => (BinaryOp::Multiply, 6, 1),
        Token::Slash => (BinaryOp::Divide, 6, 1),
        Token::Percent => (BinaryOp::Remainder, 6, 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::lexer::{Texts, lex};
    use crate::parser::fault::Fault;
    use crate::parser::groups::Groups;
    use crate::parser::{Source, run};
    use chumsky::error::EmptyErr;

    /// Both ways give the same tree, places included.
    #[test]
    fn both_ways_agree() {
        for source in [
            "x = a + b * c - d / e % f;",
            "x = a || b && c == d < e + f * -g;",
            "x = ((a + b) * c).round(2) - !d;",
            "x = - - a + + b - -c.d();",
            "x = a is not null && b is null || c not in {1,2} && d in e;",
            "x = 1 < 2 == true != false;",
            "if(a = b && c <> d) { info -218.4.round(0); }",
            "all = F[A = b && !(C.contains(\"x\")) || D like \"y%\"] sort by E desc range from 1 + 1 to n * 2;",
            "insert into F [ A = 1 - b  like = c  is = d  B = !e ];",
            "x = invokeurl [ url :a + \"b\" type :GET headers:{\"k\":1 + 2} response-format :FILE ];",
            "x = f(a : b + c,d - e) + {a - b,c * d}.get(0) + [1 + 2];",
        ] {
            let mut lexed = lex(source, Texts::MayRunOn);
            crate::brackets::prepare(&mut lexed.kinds).unwrap();
            let groups = Groups::default();
            let source = Source { text: source, kinds: &lexed.kinds, spans: &lexed.spans, groups: &groups };
            let (by_hand, errors, _) = run::<EmptyErr>(source);
            let (by_table, faults, _) = run::<Fault>(source);
            assert_eq!((errors.len(), faults.len()), (0, 0), "{}", source.text);
            assert_eq!(by_hand, by_table, "{}", source.text);
        }
    }
}
