//! Golden scripts with pieces cut, doubled, swapped and mixed.

use std::path::Path;
use std::sync::OnceLock;

use crate::grammar::{Choices, LITERALS, functions};

/// The golden scripts, each section for itself.
fn golden() -> &'static [String] {
    static ALL: OnceLock<Vec<String>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite")];
        let mut all = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|e| e == "dg") {
                    let text = std::fs::read_to_string(path).unwrap();
                    all.extend(text.split("//--- ").map(str::to_owned).filter(|s| s.len() < 4000));
                }
            }
        }
        all.sort();
        assert!(all.len() > 100, "{} golden scripts", all.len());
        all
    })
}

/// A source in words, numbers, signs and gaps.
fn tokens(source: &str) -> Vec<&str> {
    let class = |ch: char| {
        if ch.is_alphanumeric() || ch == '_' {
            0
        } else if ch.is_whitespace() {
            1
        } else {
            2
        }
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    for (at, ch) in source.char_indices().skip(1) {
        let before = source[start..at].chars().next().map_or(2, class);
        if before != class(ch) || before == 2 {
            tokens.push(&source[start..at]);
            start = at;
        }
    }
    tokens.push(&source[start..]);
    tokens
}

/// A golden script with some of its tokens cut, doubled, swapped, or put in from another one.
pub fn script(choices: &[u8]) -> String {
    let c = &mut Choices::new(choices);
    let mut made = tokens(&golden()[c.below(golden().len())]);
    let other = tokens(&golden()[c.below(golden().len())]);
    for _ in 0..1 + c.below(8) {
        let at = c.below(made.len());
        let end = (at + 1 + c.below(12)).min(made.len());
        match c.below(6) {
            0 => drop(made.drain(at..end)),
            1 => {
                let again = made[at..end].to_vec();
                made.splice(at..at, again);
            }
            2 => {
                let to = c.below(made.len());
                made.swap(at, to);
            }
            3 => {
                let from = c.below(other.len());
                made.splice(at..at, other[from..(from + 20).min(other.len())].iter().copied());
            }
            4 => made[at] = c.of(&LITERALS),
            _ => made[at] = c.of(functions()).name,
        }
        if made.is_empty() {
            break;
        }
    }
    made.concat()
}
