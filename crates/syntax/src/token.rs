//! The kinds of words and signs, found by logos.

use logos::Logos;

/// A kind of token. Its text is the slice of the source under its span.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[logos(skip(
    "[ \t\r\n\x0B\x0C\u{a0}\u{feff}\u{200b}\u{200c}\u{200d}\u{2060}\u{2028}\u{2029}\u{3000}\u{2000}-\u{200a}\u{202f}\u{205f}]+",
    priority = 20
))]
#[repr(u8)]
pub(crate) enum Token {
    // Literals
    #[regex("[0-9]+", priority = 5)]
    Number,
    #[regex(r"[0-9]*\.[0-9]+", priority = 6)]
    Decimal,
    #[token("\"", |lex| text(lex, b'"'))]
    Text,
    #[token("'", |lex| text(lex, b'\''))]
    Quoted,
    #[token("true", ignore(case))]
    True,
    #[token("false", ignore(case))]
    False,
    #[token("null", ignore(case))]
    Null,

    // Reserved words
    #[token("if", ignore(case))]
    If,
    #[token("else", ignore(case))]
    Else,
    #[token("for", ignore(case))]
    For,
    #[token("in", ignore(case))]
    In,
    #[token("try", ignore(case))]
    Try,
    #[token("catch", ignore(case))]
    Catch,
    #[token("return", ignore(case))]
    Return,

    // Words that mean something only in their place; anywhere else they are names. `Word` must stay the first.
    #[regex("[A-Za-z_][A-Za-z0-9_]*", priority = 2)]
    Word,
    /// `string`, `int` …: a type in front of a name.
    #[regex(
        "void|string|text|int|integer|number|long|bigint|float|double|decimal|bool|boolean|date|datetime|timestamp|time|map|list|collection|file|object",
        priority = 30,
        ignore(case)
    )]
    Type,
    /// `invokeurl`, `sendmail` …: a task in front of a block.
    #[regex("invokeurl|invokeapi|sendmail|sendsms|ftp|sftp|pushnotification", priority = 30, ignore(case))]
    Task,
    #[token("each", ignore(case))]
    Each,
    #[token("index", ignore(case))]
    Index,
    #[token("while", ignore(case))]
    While,
    #[token("break", ignore(case))]
    Break,
    #[token("continue", ignore(case))]
    Continue,
    #[token("throw", ignore(case))]
    Throw,
    #[token("info", ignore(case))]
    Info,
    #[token("alert", ignore(case))]
    Alert,
    #[token("insert", ignore(case))]
    Insert,
    #[token("into", ignore(case))]
    Into,
    #[token("delete", ignore(case))]
    Delete,
    #[token("from", ignore(case))]
    From,
    #[token("cancel", ignore(case))]
    Cancel,
    #[token("submit", ignore(case))]
    Submit,
    #[token("reload", ignore(case))]
    Reload,
    /// `hide`, `show` …: an action on the field after it.
    #[regex("hide|show|enable|disable|focus|clear", priority = 30, ignore(case))]
    FieldAction,
    #[token("sort", ignore(case))]
    Sort,
    #[token("by", ignore(case))]
    By,
    #[token("range", ignore(case))]
    Range,
    #[token("to", ignore(case))]
    To,
    #[token("asc", ignore(case))]
    Asc,
    #[token("desc", ignore(case))]
    Desc,
    #[token("not", ignore(case))]
    Not,
    #[token("like", ignore(case))]
    Like,
    #[token("is", ignore(case))]
    Is,
    #[token("and", ignore(case))]
    AndWord,
    /// The last of the words.
    #[token("or", ignore(case))]
    OrWord,

    // Signs
    #[token("(")]
    OpenParen,
    #[token(")")]
    CloseParen,
    #[token("[")]
    OpenSquare,
    #[token("]")]
    CloseSquare,
    #[token("{")]
    OpenBrace,
    #[token("}")]
    CloseBrace,
    #[token(",")]
    Comma,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("=")]
    Assign,
    #[token("+=")]
    PlusAssign,
    #[token("-=")]
    MinusAssign,
    #[token("*=")]
    StarAssign,
    #[token("/=")]
    SlashAssign,
    #[token("%=")]
    PercentAssign,
    #[token("==")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<>")]
    LessGreater,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("!")]
    Bang,
    #[token("&&")]
    And,
    #[token("||")]
    Or,

    // Signs that other languages use
    #[token("?")]
    Question,
    #[token("&")]
    Ampersand,
    #[token("|")]
    Pipe,

    // Not seen by the parser, except where a lexer step puts them
    #[regex(r"//[^\n\r]*", allow_greedy = true)]
    LineComment,
    #[token("/*", block_comment)]
    BlockComment,
    /// The bracket that opens a task's block; put in place of [`Token::OpenSquare`].
    OpenTask,
    /// The bracket that closes a task's block; put in place of [`Token::CloseSquare`].
    CloseTask,
    /// Text of a page between two segments of script.
    Markup,
    /// `<%=` in a page.
    OpenOutput,
    /// The `%>` of an [`Token::OpenOutput`].
    CloseOutput,
    /// A character that Deluge does not use.
    Unknown,
}

impl Token {
    /// Whether the token can be a name: any word but the reserved ones.
    pub(crate) fn is_name(self) -> bool {
        (Token::Word..=Token::OrWord).contains(&self)
    }

    /// Whether the token is made of letters, and can follow a dot or be in a task's key.
    pub(crate) fn is_word(self) -> bool {
        (Token::True..=Token::OrWord).contains(&self)
    }
}

/// Runs to the closing quote; a backslash takes the next character along. Without a closing quote the token ends with the source.
fn text(lex: &mut logos::Lexer<'_, Token>, quote: u8) {
    let rest = lex.remainder().as_bytes();
    let mut i = 0;
    while let Some(&byte) = rest.get(i) {
        if byte == quote {
            return lex.bump(i + 1);
        }
        i += 1 + usize::from(byte == b'\\');
    }
    lex.bump(rest.len());
}

/// Runs to `*/`, or to the end of the source.
fn block_comment(lex: &mut logos::Lexer<'_, Token>) {
    let rest = lex.remainder();
    lex.bump(rest.find("*/").map_or(rest.len(), |at| at + 2));
}
