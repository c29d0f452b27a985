//! Cuts the source into tokens and sets comments and blank lines aside.

use crate::token::Token;
use crate::trivia::{Comment, Trivia};
use logos::Logos;
use std::ops::Range;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

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
    lex_into(&mut out, source, 0..source.len(), texts);
    out
}

/// Cuts a range of `source` into tokens and appends them.
pub(crate) fn lex_into(out: &mut Lexed, source: &str, range: Range<usize>, texts: Texts) {
    let Some(text) = source.get(..range.end) else { return };
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
            Token::Unknown => {
                if let Some(quoted) = smart_quoted(text, here.start) {
                    out.diagnostics.push(smart_quotes(source, &quoted));
                    lexer = restart(text, quoted.end);
                    out.push(Token::Text, &quoted);
                    end = quoted.end;
                    continue;
                }
                out.diagnostics.push(Diagnostic::error(unknown(&text[here.clone()]), span_of(&here)));
            }
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
fn is_closed(written: &str) -> bool {
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

/// Remembers where an empty line stands between two tokens.
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

/// A text between typographic quotes that ends on its line, quotes included.
fn smart_quoted(source: &str, start: usize) -> Option<Range<usize>> {
    let line = source[start..].split(['\n', '\r']).next()?;
    let mut chars = line.char_indices();
    let closing: &[char] = match chars.next()?.1 {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => &['\u{201c}', '\u{201d}', '\u{ab}', '\u{bb}', '"'],
        '\u{2018}' | '\u{2019}' => &['\u{2018}', '\u{2019}', '\''],
        _ => return None,
    };
    let (at, last) = chars.find(|(_, c)| closing.contains(c))?;
    Some(start..start + at + last.len_utf8())
}

fn smart_quotes(source: &str, range: &Range<usize>) -> Diagnostic {
    let written = &source[range.clone()];
    let inner: String = { let mut c = written.chars(); c.next(); c.next_back(); c.collect() };
    let problem = Problem::new(Code::UnknownCharacter, "This text stands between typographic quotes")
        .with_help("Use straight quotes: \" before and behind the text.");
    let straight = format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
    Diagnostic::error(problem, span_of(range)).with_fix(span_of(range), straight)
}

fn unknown(written: &str) -> Problem {
    let problem = Problem::new(Code::UnknownCharacter, format!("Deluge does not use {}", shown(written)));
    if written.starts_with('`') {
        return problem.with_help("Build the text with +: \"Hello \" + name.");
    }
    problem
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
