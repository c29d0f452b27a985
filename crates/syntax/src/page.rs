//! HTML pages of Creator: `<%{ statements %> markup <%= value %> markup <% statements }%>`.
//!
//! The segments are joined before they are parsed, so that a block may open in one and close in another. Markup between them
//! becomes a token of its own; all places are places in the page.

use crate::lexer::{Lexed, Texts, lex_into};
use crate::token::Token;
use std::ops::Range;

/// Whether the source is an HTML page with script in it: no script begins with `<`.
pub(crate) fn is_page(source: &str) -> bool {
    source.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<') && source.contains("<%")
}

/// Cuts a page into tokens.
pub(crate) fn lex_page(out: &mut Lexed, source: &str, texts: Texts) {
    let mut at = 0;
    let mut no_comment_end = false;
    while let Some(open) = find(source, at, "<%") {
        markup(out, source, at..open);
        let output = source[open + 2..].starts_with('=');
        let start = open + 2 + usize::from(output);
        let end = segment_end(source, start, &mut no_comment_end).unwrap_or(source.len());
        let after = (end + 2).min(source.len());
        if output {
            out.push(Token::OpenOutput, &(open..start));
            lex_into(out, source, start..end, texts);
            out.push(Token::CloseOutput, &(end..after));
        } else {
            lex_into(out, source, start..end, texts);
        }
        at = after;
    }
    markup(out, source, at..source.len());
    drop_outer_braces(out);
}

/// Where the `%>` of a segment is. Tags in a comment are part of it: a block comment may hide several segments with the markup
/// between them, and a comment to the end of a line the output tags that it holds.
///
/// `no_comment_end` is set once no `*/` follows any more, so that it is not searched for again.
fn segment_end(source: &str, start: usize, no_comment_end: &mut bool) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut quote = None;
    let mut at = start;
    while at < bytes.len() {
        at = match (quote, &bytes[at..]) {
            (_, [b'%', b'>', ..]) => return Some(at),
            (Some(_), [b'\\', ..]) => at + 2,
            (Some(open), [byte, ..]) => {
                quote = quote.filter(|_| *byte != open);
                at + 1
            }
            (None, [b'/', b'*', ..]) => {
                let close = if *no_comment_end { None } else { find(source, at + 2, "*/") };
                *no_comment_end = close.is_none();
                match close {
                    Some(close) => close + 2,
                    None => return find(source, at, "%>"),
                }
            }
            (None, [b'/', b'/', ..]) => {
                let line = source[at..].find(['\n', '\r']).map_or(source.len(), |length| at + length);
                match own_tag_end(&source[at..line]) {
                    Some(end) => return Some(at + end),
                    None => line,
                }
            }
            (None, [byte @ (b'"' | b'\''), ..]) => {
                quote = Some(*byte);
                at + 1
            }
            _ => at + 1,
        };
    }
    None
}

/// The first `%>` in a line comment whose `<%` is not in it.
fn own_tag_end(comment: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let close = find(comment, at, "%>")?;
        if !comment[at..close].contains("<%") {
            return Some(close);
        }
        at = close + 2;
    }
}

fn find(source: &str, from: usize, sign: &str) -> Option<usize> {
    source.get(from..)?.find(sign).map(|i| from + i)
}

fn markup(out: &mut Lexed, source: &str, range: Range<usize>) {
    // Blank space at the ends of the page is not part of its text.
    let at_end = range.start == 0 || range.end == source.len();
    let blank = source[range.clone()].trim().is_empty();
    if !(range.is_empty() || at_end && blank) {
        out.push(Token::Markup, &range);
    }
}

/// The braces around the whole script of a page are not a block.
fn drop_outer_braces(out: &mut Lexed) {
    let first = out.kinds.iter().position(|k| *k != Token::Markup);
    let last = out.kinds.iter().rposition(|k| *k != Token::Markup);
    if let (Some(first), Some(last)) = (first, last)
        && out.kinds[first] == Token::OpenBrace
        && out.kinds[last] == Token::CloseBrace
    {
        for index in [last, first] {
            out.kinds.remove(index);
            out.spans.remove(index);
        }
    }
}
