//! Cuts the source into tokens and sets comments and blank lines aside.

use crate::page::{is_page, lex_page};
use crate::token::Token;
use crate::trivia::{Comment, Trivia};
use logos::Logos;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};
use std::ops::Range;

/// The tokens of a source, kinds and places side by side, and what was set aside.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) kinds: Vec<Token>,
    pub(crate) spans: Vec<Span>,
    pub(crate) trivia: Trivia,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether a text runs over the end of a line: legal, but often a forgotten quote.
    pub(crate) multiline_text: bool,
}

/// How a text that is not closed on its line is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texts {
    /// It runs on to its closing quote.
    MayRunOn,
    /// It ends with its line, with a diagnostic.
    EndWithLine,
}

/// Cuts `source` into tokens.
pub(crate) fn lex(source: &str, texts: Texts) -> Lexed {
    let mut out = Lexed::default();
    out.kinds.reserve(source.len() / 4);
    out.spans.reserve(source.len() / 4);
    if is_page(source) {
        lex_page(&mut out, source, texts);
    } else {
        lex_into(&mut out, source, 0..source.len(), texts);
    }
    out
}

/// Cuts a range of `source` into tokens and appends them.
pub(crate) fn lex_into(out: &mut Lexed, source: &str, range: Range<usize>, texts: Texts) {
    let Some(text) = source.get(..range.end) else {
        return;
    };
    let mut end = range.start;
    let mut lexer = Token::lexer(text);
    lexer.bump(range.start);
    while let Some(token) = lexer.next() {
        let kind = token.unwrap_or(Token::Unknown);
        let mut here = lexer.span();
        note_blank_lines(out, source, end, here.start);
        end = here.end;
        match kind {
            Token::LineComment | Token::BlockComment => {
                let block = kind == Token::BlockComment;
                if block && here.end == range.end && !(here.len() >= 4 && text.ends_with("*/")) {
                    out.diagnostics.push(open_comment(&here));
                }
                out.trivia.comments.push(Comment { span: span_of(&here), block });
                continue;
            }
            Token::Text | Token::Quoted => {
                let written = &text[here.clone()];
                let newline = written.find(['\n', '\r']);
                let open = here.end == range.end && !is_closed(written);
                out.multiline_text |= newline.is_some();
                if open || (newline.is_some() && texts == Texts::EndWithLine) {
                    here.end = here.start + newline.unwrap_or(written.len());
                    out.diagnostics.push(open_text(source, &here));
                    lexer = restart(text, here.end);
                }
            }
            Token::Unknown => match foreign(out, text, here.start) {
                Some((kind, range)) => {
                    lexer = restart(text, range.end);
                    end = range.end;
                    match kind {
                        Token::LineComment => out.trivia.comments.push(Comment { span: span_of(&range), block: false }),
                        kind => out.push(kind, &range),
                    }
                    continue;
                }
                None => out.diagnostics.push(Diagnostic::error(unknown(&text[here.clone()]), span_of(&here))),
            },
            _ => {}
        }
        out.push(kind, &here);
        end = here.end;
    }
    note_blank_lines(out, source, end, range.end);
}

fn restart(text: &str, at: usize) -> logos::Lexer<'_, Token> {
    let mut lexer = Token::lexer(text);
    lexer.bump(at);
    lexer
}

impl Lexed {
    /// Appends a token.
    pub(crate) fn push(&mut self, kind: Token, range: &Range<usize>) {
        self.kinds.push(kind);
        self.spans.push(span_of(range));
    }
}

fn span_of(range: &Range<usize>) -> Span {
    Span::new(range.start as u32, range.end as u32)
}

/// Whether a text token has its closing quote.
pub(crate) fn is_closed(written: &str) -> bool {
    let quote = written.as_bytes().first().copied();
    let mut bytes = written.bytes().skip(1);
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            _ if Some(byte) == quote => return true,
            _ => {}
        }
    }
    false
}

/// Remembers where there is an empty line between two tokens.
fn note_blank_lines(out: &mut Lexed, source: &str, from: usize, to: usize) {
    if to < from + 2 {
        return;
    }
    let bytes = &source.as_bytes()[from..to];
    let mut ends = 0;
    for (i, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
            ends += 1;
            if ends == 2 {
                return out.trivia.blank_lines.push((from + i) as u32);
            }
        }
    }
}

/// What starts with a character that Deluge does not use but can be understood: reported, and read as what is meant.
fn foreign(out: &mut Lexed, source: &str, start: usize) -> Option<(Token, Range<usize>)> {
    const LONGEST: usize = 1_000;
    let rest = &source[start..];
    let mut chars = rest.char_indices();
    let (closing, message, help): (&[char], _, _) = match chars.next()?.1 {
        '#' => {
            let before = source[..start].trim_end_matches([' ', '\t']);
            if !(before.is_empty() || before.ends_with(['\n', '\r'])) {
                return None;
            }
            let problem =
                Problem::new(Code::ForeignSyntax, "A comment does not begin with #").with_help("Begin it with //.");
            let sign = start..start + 1;
            out.diagnostics.push(Diagnostic::error(problem, span_of(&sign)).with_fix(span_of(&sign), "//"));
            let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
            return Some((Token::LineComment, start..start + line));
        }
        '`' => (&['`'], "Deluge has no texts in backticks", "Build the text with +: \"Hello \" + name."),
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => {
            (&['\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\u{bb}', '"'], TYPOGRAPHIC, STRAIGHT)
        }
        '\u{2018}' | '\u{2019}' => (&['\u{2018}', '\u{2019}', '\''], TYPOGRAPHIC, STRAIGHT),
        _ => return None,
    };
    let ends = |(_, c): &(usize, char)| closing.contains(c) || matches!(c, '\n' | '\r');
    let (at, last) = chars.take(LONGEST).find(ends).filter(|(_, c)| closing.contains(c))?;
    let range = start..start + at + last.len_utf8();
    let first = source[start..].chars().next().map_or(1, char::len_utf8);
    let inner = &source[start + first..start + at];
    let straight = format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
    let code = if message == TYPOGRAPHIC { Code::UnknownCharacter } else { Code::ForeignSyntax };
    let diagnostic = Diagnostic::error(Problem::new(code, message).with_help(help), span_of(&range));
    let holds_code = inner.contains("${");
    out.diagnostics.push(if holds_code { diagnostic } else { diagnostic.with_fix(span_of(&range), straight) });
    Some((Token::Text, range))
}

const TYPOGRAPHIC: &str = "This text is in typographic quotes";
const STRAIGHT: &str = "Use straight quotes: \" before and after the text.";

fn unknown(written: &str) -> Problem {
    let problem = Problem::new(Code::UnknownCharacter, format!("Deluge does not use {}", shown(written)));
    match written.chars().next() {
        Some('#') => problem.with_help("A comment begins with //."),
        Some('$') => problem.with_help("Write the variable's name alone; to put a value into a text, join it with +."),
        Some('\\') => problem.with_help("A backslash is only allowed inside a text."),
        Some(c) if c.is_alphabetic() => problem
            .with_help("Names are made of the letters a to z, digits and _; other letters can only be used in texts."),
        _ => problem,
    }
}

/// Signs as they are, anything invisible as its number.
fn shown(written: &str) -> String {
    let short: String = written.chars().take(12).collect();
    if short.chars().all(|c| !c.is_control() && !c.is_whitespace()) {
        format!("`{short}`")
    } else {
        let numbers: Vec<String> = short.chars().map(|c| format!("U+{:04X}", c as u32)).collect();
        format!("the character {}", numbers.join(" "))
    }
}

fn open_text(source: &str, range: &Range<usize>) -> Diagnostic {
    let quote = source[range.start..].chars().next().unwrap_or('"');
    let opened = Span::new(range.start as u32, range.start as u32 + 1);
    Diagnostic::error(Problem::new(Code::OpenText, format!("This text has no closing {quote}")), span_of(range))
        .with_label(opened, "opened here")
}

fn open_comment(range: &Range<usize>) -> Diagnostic {
    let opened = range.start..range.start + 2;
    Diagnostic::error(Problem::new(Code::OpenComment, "This comment is not closed"), span_of(&opened))
}
