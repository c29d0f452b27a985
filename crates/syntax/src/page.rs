//! HTML pages of Creator: `<%{ statements %> markup <%= value %> markup <% statements }%>`.
//!
//! The segments are joined before they are parsed, so that a block may open in one and close in another. Markup between them
//! becomes a token of its own; all places are places in the page.

use crate::lexer::{Lexed, Texts, lex_into};
use crate::token::Token;
use std::ops::Range;

/// Whether the source is an HTML page with script in it: no script begins with `<`.
#[must_use]
pub fn is_page(source: &str) -> bool {
    source.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<') && source.contains("<%")
}

/// Cuts a page into tokens.
pub(crate) fn lex_page(out: &mut Lexed, source: &str, texts: Texts) {
    let mut at = 0;
    while let Some(open) = find(source, at, "<%") {
        markup(out, source, at..open);
        let output = source[open + 2..].starts_with('=');
        let start = open + 2 + usize::from(output);
        let end = find(source, start, "%>").unwrap_or(source.len());
        let behind = (end + 2).min(source.len());
        if output {
            out.push(Token::OpenOutput, &(open..start));
            lex_into(out, source, start..end, texts);
            out.push(Token::CloseOutput, &(end..behind));
        } else {
            lex_into(out, source, start..end, texts);
        }
        at = behind;
    }
    markup(out, source, at..source.len());
    drop_outer_braces(out);
}

fn find(source: &str, from: usize, sign: &str) -> Option<usize> {
    source.get(from..)?.find(sign).map(|i| from + i)
}

fn markup(out: &mut Lexed, source: &str, range: Range<usize>) {
    // Blank space at the ends of the page is nobody's text.
    let at_end = range.start == 0 || range.end == source.len();
    let blank = source[range.clone()].trim().is_empty();
    if !(range.is_empty() || at_end && blank) {
        out.push(Token::Markup, &range);
    }
}

/// The braces round the whole page's script are no block.
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
