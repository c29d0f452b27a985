//! Turns text into a tree and diagnostics.
//!
//! [`parse`] is total: for any text it gives a tree and a list of diagnostics. No chumsky or logos type leaves this crate.

pub mod ast;
mod brackets;
pub mod branches;
mod complete;
mod document;
pub mod ds;
mod highlight;
mod lexer;
mod literal;
mod page;
mod parser;
pub mod scope;
mod token;
mod trivia;
pub mod visit;
mod words;

pub use complete::{is_complete, parse_input};
pub use document::DocumentKind;
pub use highlight::{Class, highlight};
pub use trivia::{Comment, Trivia};

use ast::Tree;
use lexer::{Lexed, Texts, lex};
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

/// What a source says, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The tree; where a statement made no sense it holds an error node.
    pub tree: Tree,
    /// Mistakes, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// Comments and blank lines.
    pub trivia: Trivia,
}

/// So many items make a tree large.
const LARGE: usize = 256;

impl Parsed {
    /// Frees it. A large tree is freed beside whatever comes next, and not at all where the program ends before: that takes
    /// half as long as it took to parse it.
    pub fn put_away(self) {
        if self.tree.items.len() >= LARGE {
            // Where no thread can be had, it is freed here.
            drop(std::thread::Builder::new().spawn(move || drop(self)));
        }
    }
}

/// Parses a script. Total: any text gives a tree.
///
/// An HTML page of Creator is read as the script it makes; of an application export ([`ds`]) the tree holds the functions,
/// the diagnostics those of all its scripts.
#[must_use]
pub fn parse(source: &str) -> Parsed {
    if DocumentKind::of(source) == DocumentKind::Export {
        return ds::parse_all(source);
    }
    let lexed = lex(source, Texts::MayRunOn);
    let multiline = lexed.multiline_text;
    let parsed = parse_tokens(source, lexed);
    if !multiline || parsed.diagnostics.is_empty() {
        return parsed;
    }
    // A forgotten quote turns the rest inside out. Whichever reading leaves fewer mistakes is the likely one.
    let by_line = parse_tokens(source, lex(source, Texts::EndWithLine));
    if by_line.diagnostics.len() < parsed.diagnostics.len() { by_line } else { parsed }
}

/// Parses a part of `source`; all places are places in the whole.
fn parse_range(source: &str, range: std::ops::Range<usize>) -> Parsed {
    let mut lexed = Lexed::default();
    lexer::lex_into(&mut lexed, source, range, Texts::MayRunOn);
    parse_tokens(source, lexed)
}

fn parse_tokens(source: &str, mut lexed: Lexed) -> Parsed {
    let (tree, mut diagnostics) = match brackets::prepare(&mut lexed.kinds) {
        Ok(()) => parser::parse(source, &lexed),
        Err(at) => (Tree::default(), vec![too_deep(lexed.spans[at])]),
    };
    diagnostics.extend(lexed.diagnostics);
    diagnostics.sort_by_key(|d| d.span.start);
    Parsed { tree, diagnostics, trivia: lexed.trivia }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(Problem::new(Code::TooDeep, "This is nested too deeply to be read"), span)
}

/// Parses a script from bytes; what is not UTF-8 is reported ([`Code::NotText`]) and read as replacement characters.
#[must_use]
pub fn parse_bytes(source: &[u8]) -> Parsed {
    match std::str::from_utf8(source) {
        Ok(text) => parse(text),
        Err(error) => {
            let at = error.valid_up_to() as u32;
            let problem = Problem::new(Code::NotText, format!("Byte {at} is not UTF-8 text"));
            Parsed {
                diagnostics: vec![Diagnostic::error(problem, Span::new(at, at + 1))],
                ..parse(std::str::from_utf8(&source[..error.valid_up_to()]).unwrap_or_default())
            }
        }
    }
}
