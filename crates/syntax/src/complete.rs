//! What somebody types in a line editor: whether it is a whole script yet, and its tree.

use crate::Parsed;
use crate::lexer::{Texts, is_closed, lex};
use crate::token::Token;
use rainwright_diagnostic::Severity;

/// The tree of a text that somebody typed, and the text with the semicolon that it may lack at its end.
#[must_use]
pub fn parse_input(input: &str) -> (String, Parsed) {
    let with_semicolon = format!("{input};");
    if !input.is_empty() && !input.ends_with([';', '}']) {
        let parsed = crate::parse(&with_semicolon);
        return (with_semicolon, parsed);
    }
    let parsed = crate::parse(input);
    if input.ends_with('}') && is_wrong(&parsed) {
        // `m = {"a":1}` ends like a block and is none.
        let completed = crate::parse(&with_semicolon);
        if !is_wrong(&completed) {
            return (with_semicolon, completed);
        }
    }
    (input.to_owned(), parsed)
}

fn is_wrong(parsed: &Parsed) -> bool {
    parsed.diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// Whether `source` can be run as it is: nothing is open, and nothing announces that more must come.
///
/// Only the lexer is asked. A missing last semicolon does not count: an interactive line may leave it out.
#[must_use]
pub fn is_complete(source: &str) -> bool {
    let lexed = lex(source, Texts::MayRunOn);
    if open_text_or_comment(source, &lexed.kinds, &lexed.spans, &lexed.diagnostics) {
        return false;
    }
    let mut open: Vec<usize> = Vec::new();
    let mut closed_by_last = None;
    for (at, kind) in lexed.kinds.iter().enumerate() {
        closed_by_last = None;
        match kind {
            Token::OpenParen | Token::OpenSquare | Token::OpenBrace => open.push(at),
            Token::CloseParen | Token::CloseSquare | Token::CloseBrace => closed_by_last = open.pop(),
            _ => {}
        }
    }
    open.is_empty() && !awaits_more(&lexed.kinds, closed_by_last)
}

fn open_text_or_comment(
    source: &str,
    kinds: &[Token],
    spans: &[rainwright_diagnostic::Span],
    diagnostics: &[rainwright_diagnostic::Diagnostic],
) -> bool {
    use rainwright_diagnostic::Code;
    let open = |code| diagnostics.iter().any(|d| d.problem.code == code);
    let last_text =
        kinds.iter().zip(spans).next_back().is_some_and(|(kind, span)| {
            matches!(kind, Token::Text | Token::Quoted) && !is_closed(&source[span.range()])
        });
    open(Code::OpenComment) || (open(Code::OpenText) && last_text)
}

/// Whether the last tokens announce something: an operator its right side, a condition its block.
fn awaits_more(kinds: &[Token], opened: Option<usize>) -> bool {
    let Some(last) = kinds.last() else {
        return false;
    };
    match last {
        Token::Else | Token::Try | Token::In | Token::Task | Token::Comma | Token::Colon => true,
        last if (Token::Dot..=Token::Or).contains(last) => true,
        Token::CloseParen => {
            let before = opened.and_then(|o| kinds.get(..o)).unwrap_or(&[]);
            matches!(before, [.., Token::If | Token::While | Token::Catch]) || is_header(before) || loops(kinds)
        }
        // `try { }` without its `catch` is half a statement.
        Token::CloseBrace => {
            let before = opened.and_then(|o| kinds.get(..o)).unwrap_or(&[]);
            matches!(before, [.., Token::Try]) || loops(kinds)
        }
        _ => loops(kinds),
    }
}

/// Whether the tokens are a function's header up to its parameters: a type, and a name with dots.
fn is_header(kinds: &[Token]) -> bool {
    let start = kinds.iter().rposition(|k| matches!(k, Token::Semicolon | Token::CloseBrace));
    let line = &kinds[start.map_or(0, |s| s + 1)..];
    matches!(line, [Token::Type, name, ..] if name.is_name())
}

/// Whether the last statement is the head of a loop without its block.
fn loops(kinds: &[Token]) -> bool {
    let mut start = 0;
    // Of each open bracket, whether it is that of a block.
    let mut open: Vec<bool> = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        let ends = match kind {
            Token::OpenBrace => {
                open.push(!at.checked_sub(1).is_none_or(|before| expects_value(&kinds[before])));
                false
            }
            Token::OpenParen | Token::OpenSquare => {
                open.push(false);
                false
            }
            Token::CloseParen | Token::CloseSquare | Token::CloseBrace => open.pop() == Some(true) && open.is_empty(),
            Token::Semicolon => open.is_empty(),
            _ => false,
        };
        if ends {
            start = at + 1;
        }
    }
    matches!(kinds[start..], [Token::For, Token::Each, ..])
}

/// Whether a `{` after this token opens a list or map, not a block.
fn expects_value(token: &Token) -> bool {
    matches!(token, Token::In | Token::Comma | Token::Colon | Token::OpenParen | Token::OpenSquare | Token::OpenBrace)
        || (Token::Dot..=Token::Or).contains(token)
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn whole_scripts_are_complete() {
        for whole in [
            "",
            "x = 1;",
            "info 1",
            "if(a) { x = 1; }",
            "for each x in f(1)\n{\n}",
            "for each x in {1} { }",
            "// note",
            "x = \"a\";",
            "f(1)",
            "}",
        ] {
            assert!(is_complete(whole), "{whole}");
        }
    }

    #[test]
    fn beginnings_are_not() {
        for part in [
            "if(a)",
            "if(a) {",
            "x = ",
            "x = f(",
            "x = \"a",
            "/* note",
            "for each x in y",
            "for each x in f(1)",
            "for each x in {1,2}",
            "for each x in {1,2}.sort()",
            "y = 1; for each x in m.get(\"a\")",
            "try\n{\n\tx = 1;\n}",
            "string f(string a)",
            "if(a) { } else",
            "try",
            "try { } catch (e)",
            "r = invokeurl",
            "r = invokeurl [",
            "x = a +",
            "m = {1,",
        ] {
            assert!(!is_complete(part), "{part}");
        }
    }
}
