//! What each piece of a source is, for colouring.

use crate::lexer::{Texts, lex};
use crate::token::Token;
use rainwright_diagnostic::Span;

/// What a piece of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// `if`, `for each`, `return` …
    Keyword,
    /// `true`, `false`, `null`.
    Constant,
    /// A type word in front of a name.
    Type,
    /// A block task: `invokeurl`.
    Task,
    /// A function or method that is called.
    Function,
    /// A name after a dot.
    Member,
    /// Any other name.
    Name,
    /// A number.
    Number,
    /// A text in double quotes.
    Text,
    /// A text, date or time in single quotes.
    Quoted,
    /// A comment.
    Comment,
    /// An operator.
    Operator,
    /// A bracket, comma, colon, dot or semicolon.
    Punctuation,
    /// Markup of a page.
    Markup,
    /// What makes no token.
    Unknown,
}

/// The pieces of `source` that are not blank, in order, with what they are.
#[must_use]
pub fn highlight(source: &str) -> Vec<(Span, Class)> {
    let lexed = lex(source, Texts::MayRunOn);
    let kinds = &lexed.kinds;
    let classes = (0..kinds.len()).map(|at| (lexed.spans[at], class(kinds, at)));
    let comments = lexed.trivia.comments.iter().map(|c| (c.span, Class::Comment));
    let mut pieces: Vec<(Span, Class)> = classes.chain(comments).collect();
    pieces.sort_by_key(|(span, _)| span.start);
    pieces
}

fn class(kinds: &[Token], at: usize) -> Class {
    let kind = kinds[at];
    let next = kinds.get(at + 1).copied();
    let before = at.checked_sub(1).map(|i| kinds[i]);
    let starts =
        matches!(before, None | Some(Token::Semicolon | Token::OpenBrace | Token::CloseBrace | Token::CloseSquare));
    match kind {
        Token::True | Token::False | Token::Null => Class::Constant,
        Token::Number | Token::Decimal => Class::Number,
        Token::Text => Class::Text,
        Token::Quoted => Class::Quoted,
        word if word.is_word() && before == Some(Token::Dot) => {
            if next == Some(Token::OpenParen) {
                Class::Function
            } else {
                Class::Member
            }
        }
        Token::If | Token::Else | Token::For | Token::In | Token::Try | Token::Catch | Token::Return => Class::Keyword,
        Token::Task if next == Some(Token::OpenSquare) => Class::Task,
        Token::Type if next.is_some_and(|n| n.is_name() || n == Token::Colon) => Class::Type,
        Token::Each | Token::Index if matches!(before, Some(Token::For | Token::Each)) => Class::Keyword,
        Token::Not
        | Token::Like
        | Token::Is
        | Token::Sort
        | Token::By
        | Token::Range
        | Token::From
        | Token::To
        | Token::Asc
        | Token::Desc
        | Token::Into
        | Token::Submit
            if before.is_some_and(|b| b.is_word() || b == Token::CloseSquare) && next != Some(Token::Colon) =>
        {
            Class::Keyword
        }
        word if word.is_name() && word > Token::Task && starts && statement_follows(next) => Class::Keyword,
        word if word.is_name() => {
            if next == Some(Token::OpenParen) {
                Class::Function
            } else {
                Class::Name
            }
        }
        Token::Markup => Class::Markup,
        Token::Unknown => Class::Unknown,
        sign if (Token::Assign..=Token::Pipe).contains(&sign) => Class::Operator,
        _ => Class::Punctuation,
    }
}

/// Whether what follows a statement's first word leaves it a word of the language, not a variable.
fn statement_follows(next: Option<Token>) -> bool {
    next.is_none_or(|n| {
        n.is_word()
            || matches!(
                n,
                Token::Text
                    | Token::Quoted
                    | Token::Number
                    | Token::Decimal
                    | Token::Semicolon
                    | Token::OpenBrace
                    | Token::OpenSquare
                    | Token::OpenParen
                    | Token::Minus
                    | Token::Bang
            )
    })
}

#[cfg(test)]
mod tests {
    use super::{Class, highlight};

    fn classes(source: &str) -> Vec<(&str, Class)> {
        highlight(source).into_iter().map(|(s, c)| (&source[s.range()], c)).collect()
    }

    #[test]
    fn words_are_classed_by_their_place() {
        let found = classes("info a.get(\"x\"); // n");
        let expected = [
            ("info", Class::Keyword),
            ("a", Class::Name),
            (".", Class::Punctuation),
            ("get", Class::Function),
            ("(", Class::Punctuation),
            ("\"x\"", Class::Text),
            (")", Class::Punctuation),
            (";", Class::Punctuation),
            ("// n", Class::Comment),
        ];
        assert_eq!(found, expected);
        assert_eq!(classes("info = list;")[0], ("info", Class::Name));
        assert_eq!(classes("string f")[0].1, Class::Type);
        assert_eq!(classes("invokeurl [ url: x ]")[0].1, Class::Task);
    }
}
