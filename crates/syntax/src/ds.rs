//! Finds the scripts in a Creator application export (`.ds`).
//!
//! An export describes an application in nested braces. Its scripts are written as `custom deluge script ( … )` below the event
//! that runs them, and as functions below `functions`.

mod blocks;
mod brackets;
mod broken;
mod forms;
mod reports;
mod workflows;

pub use blocks::{ExportedBlock, blocks};
pub use broken::breaks_off;
pub use forms::{ExportedField, ExportedForm, forms, setting};
pub use reports::{ExportedPage, ExportedReport, pages, reports};
pub use workflows::{ExportedAction, ExportedReadyMade, ExportedStep, ExportedWorkflow, workflows};

use crate::Parsed;
use crate::ast::Item;
use crate::lexer::{Texts, lex};
use crate::token::Token;
use brackets::{Kinds, Lexed};
use rainwright_diagnostic::{Code, Span};

/// A script in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedScript {
    /// Where it belongs: the sections around it, outermost first (`form claims`, `on add`, `on load`).
    pub path: Vec<String>,
    /// Its place in the export, without the parentheses around it.
    pub span: Span,
    /// Whether it is a function with a name of its own, else the statements of an event.
    pub is_function: bool,
}

impl EmbeddedScript {
    /// A name made of the workflow or form and the event that it belongs to: `claim_on_add_on_load`. Functions have their own.
    #[must_use]
    pub fn event(&self) -> String {
        let mut name = String::new();
        for section in &self.path {
            let word = section.split(" as ").next().unwrap_or_default().trim();
            let word = word.strip_prefix("form ").unwrap_or(word);
            if FRAMES.iter().any(|frame| word.eq_ignore_ascii_case(frame))
                || FRAME_STARTS.iter().any(|s| word.starts_with(s))
            {
                continue;
            }
            if !name.is_empty() {
                name.push('_');
            }
            name.extend(word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        }
        if name.is_empty() { "script".to_owned() } else { name }
    }
}

/// Sections around every script of a kind, which say nothing about it.
const FRAMES: &[&str] = &["", "forms", "form", "workflow", "schedule", "functions", "approval", "blueprint", "pages"];
/// The same, followed by something: the application's name, the condition of actions.
const FRAME_STARTS: &[&str] = &["application", "actions"];

/// The export with everything but some of its scripts made blank, so that places in it stay places in the export.
#[must_use]
pub fn only(source: &str, scripts: &[EmbeddedScript]) -> String {
    let mut out = String::with_capacity(source.len());
    let mut from = 0;
    let blank = |out: &mut String, text: &str| {
        out.extend(text.bytes().map(|b| if matches!(b, b'\n' | b'\r') { char::from(b) } else { ' ' }));
    };
    for script in scripts {
        let span = script.span.range();
        blank(&mut out, &source[from..span.start]);
        out.push_str(&source[span.clone()]);
        from = span.end;
    }
    blank(&mut out, &source[from..]);
    out
}

/// Whether the source is an application export.
pub(crate) fn is_export(source: &str) -> bool {
    let lexed = lex(source.get(..source.len().min(4096)).unwrap_or(source), Texts::MayRunOn);
    let first = lexed.spans.iter().take(1).map(|s| &source[s.range()]).next();
    let word = first.is_some_and(|w| w.eq_ignore_ascii_case("application"));
    word && matches!(lexed.kinds.get(1), Some(Token::Text | Token::Quoted | Token::OpenBrace | Token::Word))
        && !matches!(lexed.kinds.get(1), Some(Token::Assign))
}

/// The tokens of an export. Where a quote has no partner, as while a text is being typed, texts end with their lines: what
/// comes after it is read all the same.
fn tokens(source: &str) -> Lexed {
    let lexed = lex(source, Texts::MayRunOn);
    let is_open = lexed.diagnostics.iter().any(|diagnostic| diagnostic.problem.code == Code::OpenText);
    let lexed = if is_open { lex(source, Texts::EndWithLine) } else { lexed };
    Lexed { kinds: Kinds::new(lexed.kinds), spans: lexed.spans }
}

/// The scripts of an export, in order.
#[must_use]
pub fn scripts(source: &str) -> Vec<EmbeddedScript> {
    let lexed = tokens(source);
    let (kinds, spans) = (&lexed.kinds, &lexed.spans);
    let word = |at: usize| spans.get(at).map_or("", |s| &source[s.range()]);
    let mut found = Vec::new();
    let mut sections: Vec<String> = Vec::new();
    // How many of the sections around are those of functions.
    let mut in_functions = 0;
    let is_of_functions = |section: &String| usize::from(section.eq_ignore_ascii_case("functions"));
    let mut at = 0;
    while at < kinds.len() {
        let is_script = word(at).eq_ignore_ascii_case("custom")
            && word(at + 1).eq_ignore_ascii_case("deluge")
            && word(at + 2).eq_ignore_ascii_case("script");
        let is_function = in_functions > 0 && kinds[at] == Token::Type && {
            // `list:string names(…)`
            let is_typed = kinds.get(at + 1) == Some(&Token::Colon) && kinds.get(at + 2) == Some(&Token::Type);
            let name = if is_typed { at + 3 } else { at + 1 };
            kinds.get(name).is_some_and(|k| k.is_name())
                && matches!(kinds.get(name + 1), Some(Token::OpenParen | Token::Dot))
        };
        let block = if is_script && kinds.get(at + 3) == Some(&Token::OpenParen) {
            closing(kinds, at + 3).map(|end| (spans[at + 3].end, spans[end].start, end))
        } else if is_function {
            function_end(kinds, at).map(|end| (spans[at].start, spans[end].end, end))
        } else {
            None
        };
        if let Some((start, stop, end)) = block {
            found.push(EmbeddedScript { path: sections.clone(), span: Span::new(start, stop), is_function });
            at = end + 1;
            continue;
        }
        match kinds[at] {
            Token::OpenBrace => {
                sections.push(heading(source, spans, kinds, at));
                in_functions += sections.last().map_or(0, is_of_functions);
            }
            Token::CloseBrace => in_functions -= sections.pop().as_ref().map_or(0, is_of_functions),
            _ => {}
        }
        at += 1;
    }
    found
}

/// Parses one script of an export; all places are places in the export.
#[must_use]
pub fn parse_script(source: &str, script: &EmbeddedScript) -> Parsed {
    crate::parse_range(source, script.span.range())
}

/// Parses all scripts of an export into one: its functions, and what is wrong anywhere.
pub(crate) fn parse_all(source: &str) -> Parsed {
    let mut all = Parsed { diagnostics: breaks_off(source).into_iter().collect(), ..Parsed::default() };
    for script in scripts(source) {
        let Parsed { tree, diagnostics, trivia } = parse_script(source, &script);
        all.tree.items.extend(tree.items.into_iter().filter(|item| matches!(item, Item::Function(_))));
        all.diagnostics.extend(diagnostics);
        all.trivia.comments.extend(trivia.comments);
        all.trivia.blank_lines.extend(trivia.blank_lines);
    }
    all
}

/// The index of the bracket that closes the one at `open`.
fn closing(kinds: &Kinds, open: usize) -> Option<usize> {
    kinds.closing(open)
}

/// The index of the brace that ends the function whose type is at `start`.
fn function_end(kinds: &Kinds, start: usize) -> Option<usize> {
    /// More tokens than a type and a name have.
    const LONGEST: usize = 64;
    let open = (start..kinds.len()).take(LONGEST).find(|at| kinds[*at] == Token::OpenParen)?;
    let body = closing(kinds, open)? + 1;
    (kinds.get(body) == Some(&Token::OpenBrace)).then(|| closing(kinds, body)).flatten()
}

/// The words on the line in front of an opening brace.
fn heading(source: &str, spans: &[Span], kinds: &[Token], brace: usize) -> String {
    let Some(last) = brace.checked_sub(1) else {
        return String::new();
    };
    if matches!(kinds[last], Token::OpenBrace | Token::CloseBrace) {
        return String::new();
    }
    let end = spans[last].end as usize;
    let line = source[..end].rfind(['\n', '\r']).map_or(0, |i| i + 1);
    // Several blocks may open and end on one line.
    let on_line = (0..=last).rev().take_while(|at| spans[*at].start as usize >= line);
    let brace = on_line.into_iter().find(|at| matches!(kinds[*at], Token::OpenBrace | Token::CloseBrace));
    let start = brace.map_or(line, |at| spans[at].end as usize);
    source[start..end].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{is_export, only, parse_script, scripts};

    const EXPORT: &str = r#"
 application "Claims"
 {
    date format = "dd-MMM-yyyy"
    forms
    {
        form claim
        {
            displayname = "Claim"
            on add
            {
                on load
                {
                    actions
                    {
                        custom deluge script
                        (
                            // new claims are open
                            input.Status = "Open (new)";
                            hide Total
                        )
                    }
                }
            }
        }
    }
    functions
    {
        int claims.count_open(int limit)
        {
            return claim[Status == "Open"].count();
        }
        list:string claims.names(list:int ids)
        {
            return claim[ID in ids].Name.getAll();
        }
    }
 }
"#;

    #[test]
    fn scripts_are_found_below_their_events_with_places_in_the_export() {
        assert!(is_export(EXPORT));
        assert!(!is_export("application = 5;"));
        let found = scripts(EXPORT);
        assert_eq!(found.len(), 3);
        assert!(found[0].path.iter().any(|s| s == "form claim"));
        assert_eq!(found[0].path.last().map(String::as_str), Some("actions"));
        let parsed = parse_script(EXPORT, &found[0]);
        assert_eq!(parsed.tree.items.len(), 2);
        assert_eq!(parsed.trivia.comments.len(), 1);
        assert_eq!(parsed.diagnostics.len(), 1, "the missing semicolon");
        assert_eq!(&EXPORT[parsed.diagnostics[0].span.range()], "Total");
        assert_eq!(found[0].event(), "claim_on_add_on_load");
        assert!(found[1].is_function && found[2].is_function && !found[0].is_function);
        let alone = only(EXPORT, &found[..1]);
        assert_eq!((alone.len(), alone.trim()), (EXPORT.len(), EXPORT[found[0].span.range()].trim()));
        assert_eq!(crate::parse(&alone).diagnostics[0].span, parsed.diagnostics[0].span);
        let all = crate::parse(EXPORT);
        assert_eq!((all.tree.items.len(), all.diagnostics.len()), (2, 1));
    }

    #[test]
    fn a_half_written_script_ends_where_its_brackets_end() {
        let written = "input.Status = \"Open (new)\";";
        for typed in ["r = claim[", "r = claim[Status == \"", "f(", "r = claim[(Status == ", "if(x) {", "x = {1,f(2"] {
            let export = EXPORT.replace(written, typed);
            let found = scripts(&export);
            assert_eq!(found.len(), 3, "{typed}");
            let text = export[found[0].span.range()].trim();
            assert!(text.starts_with("// new claims") && text.ends_with("hide Total"), "{typed}: {text}");
            assert_eq!(super::forms(&export).len(), 1, "{typed}");
        }
        let export = EXPORT.replace("return claim[Status == \"Open\"].count();", "r = claim[");
        let found = scripts(&export);
        assert!(export[found[1].span.range()].ends_with("r = claim[\n        }"), "{found:?}");
    }
}
