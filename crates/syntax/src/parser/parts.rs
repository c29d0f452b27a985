//! Parses the functions of a large script side by side, on the cores that there are.
//!
//! A script is cut only where a function begins after a closing brace that no bracket is around: nothing that ends there goes
//! on with a type. When a part is not right by itself, the script is parsed as a whole, as if nobody had tried.

use super::{Source, run};
use crate::ast::Tree;
use crate::token::Token;
use chumsky::error::EmptyErr;
use std::ops::Range;
use std::thread;

/// With fewer tokens, starting a thread takes longer than it saves.
const LARGE: usize = 50_000;

/// How many threads are worth it for a source.
pub(super) fn threads(source: Source<'_>) -> usize {
    if source.kinds.len() < LARGE { 1 } else { thread::available_parallelism().map_or(1, usize::from) }
}

/// The tree of a source that is right, and how many tokens were taken; nothing when it has to be parsed as a whole.
pub(super) fn run_parts(source: Source<'_>, threads: usize) -> Option<(Tree, usize)> {
    let parts = if threads < 2 { Vec::new() } else { cut(source.kinds, threads) };
    if parts.len() < 2 {
        return None;
    }
    let parse = |part: Range<usize>| {
        let (kinds, spans) = (&source.kinds[part.clone()], &source.spans[part]);
        let (tree, errors, steps) = run::<EmptyErr>(Source { kinds, spans, ..source });
        tree.filter(|_| errors.is_empty()).map(|tree| (tree, steps))
    };
    let parsed: Vec<Option<(Tree, usize)>> = thread::scope(|scope| {
        let (mut parts, parse) = (parts.into_iter(), &parse);
        let first = parts.next();
        let others: Vec<_> = parts
            .map(|part| {
                let same = part.clone();
                thread::Builder::new().spawn_scoped(scope, move || parse(same)).map_err(|_| part)
            })
            .collect();
        let first = first.map(parse);
        let others = others.into_iter().map(|other| match other {
            Ok(thread) => thread.join().ok().flatten(),
            // No thread can be had.
            Err(part) => parse(part),
        });
        first.into_iter().chain(others).collect()
    });
    let mut whole = Tree::default();
    let mut taken = 0;
    for part in parsed {
        let (mut tree, steps) = part?;
        whole.items.append(&mut tree.items);
        taken += steps;
    }
    Some((whole, taken))
}

/// Parts of about the same length, at most so many.
fn cut(kinds: &[Token], parts: usize) -> Vec<Range<usize>> {
    let length = kinds.len() / parts.max(1) + 1;
    let mut ranges = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    for (at, kind) in kinds.iter().enumerate() {
        match kind {
            Token::OpenParen | Token::OpenBrace | Token::OpenSquare | Token::OpenTask => depth += 1,
            Token::CloseParen | Token::CloseBrace | Token::CloseSquare | Token::CloseTask => {
                depth = depth.saturating_sub(1);
            }
            Token::Type if depth == 0 && at >= start + length && kinds[at - 1] == Token::CloseBrace => {
                ranges.push(start..at);
                start = at;
            }
            _ => {}
        }
    }
    ranges.push(start..kinds.len());
    ranges
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{cut, run_parts};
    use crate::lexer::{Texts, lex};
    use crate::parser::groups::Groups;
    use crate::parser::{Source, run};
    use chumsky::error::EmptyErr;

    #[test]
    fn parts_make_the_tree_of_the_whole() {
        let mut text = String::new();
        for i in 0..50 {
            text += &format!(
                "int f{i}(int n)\n{{\n\tif(n > 1)\n\t{{\n\t\treturn {{n,{{}}}}.get(0);\n\t}}\n\treturn f(n);\n}}\n"
            );
            if i % 7 == 0 {
                text += "x = {1,2};\nif(x == null)\n{\n\tinfo x;\n}\n";
            }
        }
        for (end, right) in [("", true), ("info f1(2);", true), ("string y = 1;", true), ("info 1 +;", false)] {
            let text = format!("{text}{end}");
            let mut lexed = lex(&text, Texts::MayRunOn);
            crate::brackets::prepare(&mut lexed.kinds).unwrap();
            let groups = Groups::default();
            let source = Source { text: &text, kinds: &lexed.kinds, spans: &lexed.spans, groups: &groups };
            for threads in [2, 3, 8, 100] {
                assert!(cut(&lexed.kinds, threads).len() > 1);
                let parts = run_parts(source, threads);
                assert_eq!(parts.is_some(), right, "{end}");
                if let Some((tree, _)) = parts {
                    assert_eq!(Some(tree), run::<EmptyErr>(source).0);
                }
            }
        }
    }
}
