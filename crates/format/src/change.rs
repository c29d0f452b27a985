//! What formatting changes besides blanks and line ends: other spellings of the same, and semicolons.

use std::ops::Range;

use rainwright_syntax::{Class, highlight};

/// How far the next place is looked for where both texts go on alike.
const NEAR: usize = 8;

/// A change that is more than layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The offset in the text before.
    pub at: u32,
    /// What was there; empty when something is added.
    pub was: String,
    /// What is there now; empty when something is dropped.
    pub now: String,
}

/// The changes from one text to the formatted one that are more than layout; comments may move, and do not count.
#[must_use]
pub fn changes(old: &str, new: &str) -> Vec<Change> {
    if solid(old).eq(solid(new)) {
        return Vec::new();
    }
    let (a, b) = (words(old), words(new));
    let mut found = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let same = |i: usize, j: usize| matches!((a.get(i), b.get(j)), (Some((_, x)), Some((_, y))) if x == y);
        if same(i, j) {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        // The nearest place where both go on alike.
        let near = (1..2 * NEAR).find_map(|far| (0..=far).map(|x| (i + x, j + far - x)).find(|(x, y)| same(*x, *y)));
        let (x, y) = near.unwrap_or((a.len(), b.len()));
        let join = |all: &[(usize, &str)]| all.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
        let at = a.get(i).map_or(old.len(), |(at, _)| *at);
        found.push(Change { at: at as u32, was: join(&a[i..x.min(a.len())]), now: join(&b[j..y.min(b.len())]) });
        (i, j) = (x, y);
    }
    found
}

/// What of a text is not layout, its comments included.
fn solid(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace())
}

/// The words and signs of a text with their places, without comments.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut all: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for (span, class) in highlight(text) {
        let range = span.range();
        if range.start < at {
            continue;
        }
        signs(text, at..range.start, &mut all);
        at = range.end;
        if class == Class::Comment {
            continue;
        }
        if let Some(word) = text.get(range.clone()).filter(|word| !word.trim().is_empty()) {
            all.push((range.start, word));
        }
    }
    signs(text, at..text.len(), &mut all);
    all
}

/// Adds what is between two words, character by character.
fn signs<'t>(text: &'t str, range: Range<usize>, all: &mut Vec<(usize, &'t str)>) {
    let piece = text.get(range.clone()).unwrap_or_default();
    let signs = piece.char_indices().filter(|(_, c)| !c.is_whitespace());
    all.extend(signs.map(|(at, c)| (range.start + at, &piece[at..at + c.len_utf8()])));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::changes;
    use crate::format;

    fn told(source: &str) -> Vec<String> {
        let all = changes(source, &format(source).unwrap());
        all.into_iter().map(|change| format!("{}:{}>{}", change.at, change.was, change.now)).collect()
    }

    #[test]
    fn only_what_is_more_than_layout_is_told() {
        assert!(told("// top\nif(a==1){b  = \"x  y\" ;}\n/* c */ c={1,2 , 3};").is_empty());
        assert_eq!(told("if(a == 1 && FALSE) { c = NULL; }"), ["13:FALSE>false", "26:NULL>null"]);
        assert_eq!(told("x = TRUE;;"), ["4:TRUE>true", "9:;>"]);
    }

    #[test]
    fn an_equals_sign_stays() {
        for source in ["if(a = 1)\n{\n\tb = 2;\n}\n", "r = Orders[Total = 5];\n"] {
            assert_eq!(format(source).unwrap(), source);
        }
    }
}
