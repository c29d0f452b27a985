//! The tokens of an export with the partner of every bracket, found once: a broken export may leave thousands of them open.

use std::ops::Deref;

use rainwright_diagnostic::Span;

use crate::token::Token;

/// The tokens of an export.
pub(super) struct Lexed {
    pub(super) kinds: Kinds,
    pub(super) spans: Vec<Span>,
}

/// The kinds of tokens, with the partners of those that open something.
pub(super) struct Kinds {
    tokens: Vec<Token>,
    partners: Vec<Option<usize>>,
}

impl Kinds {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        let partners = partners(&tokens).0;
        Self { tokens, partners }
    }

    /// The index of the bracket that closes the one at `open`. A script may be half written: what is open in it ends with the
    /// bracket around it, and where a bracket further out ends first, the last one of the right kind counts.
    pub(super) fn closing(&self, open: usize) -> Option<usize> {
        self.partners.get(open).copied().flatten()
    }
}

impl Deref for Kinds {
    type Target = [Token];

    fn deref(&self) -> &[Token] {
        &self.tokens
    }
}

/// The kind of bracket that a closing one closes.
pub(super) fn opener(kind: Token) -> Option<Token> {
    match kind {
        Token::CloseParen => Some(Token::OpenParen),
        Token::CloseSquare => Some(Token::OpenSquare),
        Token::CloseBrace => Some(Token::OpenBrace),
        _ => None,
    }
}

/// The place of a kind of bracket in a list of all three.
pub(super) fn kind_place(opener: Token) -> usize {
    match opener {
        Token::OpenParen => 0,
        Token::OpenSquare => 1,
        _ => 2,
    }
}

/// The partner of each bracket that opens something, and how many brackets were looked at for that.
fn partners(tokens: &[Token]) -> (Vec<Option<usize>>, usize) {
    let mut partners = vec![None; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    // The last bracket of each kind that closed something.
    let mut last: [Option<usize>; 3] = [None; 3];
    let mut steps = 0;
    for (at, kind) in tokens.iter().enumerate() {
        if matches!(kind, Token::OpenParen | Token::OpenSquare | Token::OpenBrace) {
            open.push(at);
            continue;
        }
        let Some(opener) = opener(*kind) else { continue };
        // What is open within the block that ends here ends with it; where nothing of the kind is open, everything does.
        while let Some(block) = open.pop() {
            steps += 1;
            if tokens[block] == opener {
                partners[block] = Some(at);
                last[kind_place(opener)] = Some(at);
                break;
            }
            let inside = last[kind_place(tokens[block])].filter(|known| *known > block);
            partners[block] = inside.or(Some(at));
        }
    }
    (partners, steps + tokens.len())
}

#[cfg(test)]
mod tests {
    use super::partners;
    use crate::lexer::{Texts, lex};
    use crate::token::Token;

    fn found(source: &str) -> Vec<Option<usize>> {
        partners(&lex(source, Texts::MayRunOn).kinds).0
    }

    #[test]
    fn brackets_end_with_the_ones_around_them() {
        assert_eq!(found("{ ( ) }"), [Some(3), Some(2), None, None]);
        assert_eq!(found("{ ( }"), [Some(2), Some(2), None]);
        // The last one of the right kind counts.
        assert_eq!(found("{ ( ( ) }")[..3], [Some(4), Some(3), Some(3)]);
        assert_eq!(found("{ ( ( ) [ }")[..2], [Some(5), Some(3)]);
        // A bracket that closes nothing ends what is open.
        assert_eq!(found("{ ( ] }")[..2], [Some(2), Some(2)]);
        assert_eq!(found("{ { ( )"), [None, None, Some(3), None]);
    }

    #[test]
    fn the_work_grows_as_the_export_does() {
        let blocks = 100_000;
        for tokens in [
            vec![Token::OpenBrace; blocks],
            [Token::OpenParen, Token::OpenSquare].repeat(blocks),
            [vec![Token::OpenParen; blocks], vec![Token::CloseBrace; blocks]].concat(),
            [vec![Token::OpenBrace; blocks], [Token::OpenParen, Token::CloseBrace].repeat(blocks)].concat(),
            [vec![Token::OpenBrace; blocks], [Token::OpenParen, Token::CloseSquare].repeat(blocks)].concat(),
        ] {
            let (_, steps) = partners(&tokens);
            assert!(steps <= 2 * tokens.len(), "{steps} steps for {} tokens", tokens.len());
        }
    }
}
