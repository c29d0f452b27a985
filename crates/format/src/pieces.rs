//! Formats a long script in pieces, which is kinder to the processor's caches and uses all of its cores.
//!
//! The text is cut at lines that look like the end of a function. That is a guess: if a piece cannot be read alone, the script
//! is formatted as a whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use rainwright_diagnostic::Severity;
use rainwright_syntax::{DocumentKind, parse};

use crate::print;

/// The least bytes of a piece.
pub(crate) const PIECE: usize = 64 << 10;

/// The formatted script, if it has several pieces of so many bytes and each can be read alone.
pub(crate) fn format_in_pieces(source: &str, least: usize) -> Option<String> {
    let pieces = cut(source, least);
    if pieces.len() < 2 {
        return None;
    }
    let formatted: Vec<String> =
        side_by_side(&pieces, |piece| format_piece(piece)).into_iter().collect::<Option<_>>()?;
    let mut out = String::with_capacity(source.len() + source.len() / 8);
    for (piece, formatted) in pieces.iter().zip(formatted) {
        let blanks = piece.len() - piece.trim_start().len();
        if piece[..blanks].contains('\n') && !out.is_empty() && !formatted.is_empty() {
            out.push('\n');
        }
        out.push_str(&formatted);
    }
    Some(out)
}

/// Cuts a text after lines of nothing but a closing brace, where the next text begins with a letter or a comment.
fn cut(source: &str, least: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(after) = end_of_function(rest, least) {
        let (piece, next) = rest.split_at(after);
        pieces.push(piece);
        rest = next;
    }
    pieces.push(rest);
    pieces
}

/// Where a piece of at least so many bytes can end.
fn end_of_function(text: &str, least: usize) -> Option<usize> {
    let from = (least..text.len()).find(|at| text.is_char_boundary(*at))?;
    let mut ends = text[from..].match_indices("\n}\n").map(|(at, found)| from + at + found.len());
    ends.find(|end| text[*end..].trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'))
}

/// A piece that can be read alone, formatted.
fn format_piece(piece: &str) -> Option<String> {
    let parsed = parse(piece);
    let is_sound = parsed.diagnostics.iter().all(|d| d.severity != Severity::Error);
    (is_sound && DocumentKind::of(piece) == DocumentKind::Script).then(|| print(piece, &parsed))
}

/// Does something with each item, as many at once as there are processors; the order of the results is that of the items.
pub fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let mut all = if workers < 2 {
        worker()
    } else {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
            let joined = running.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined.flat_map(|one| one.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    };
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, done)| done).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{cut, format_in_pieces};
    use crate::print;
    use rainwright_syntax::parse;

    const SCRIPT: &str = "// top\nvoid a()\n{\nif(x)\n{\n y=1;\n}\nelse\n{\n y = 2 ;\n}\n}\n\n\n// about b\nint b(int n)\n{\nreturn n;\n}\nint c()\n{\n\
        return 1; // one\n}\n/* last */ info b( 1 );\n\n// end\n";

    #[test]
    fn pieces_make_the_same_text_as_the_whole() {
        let whole = print(SCRIPT, &parse(SCRIPT));
        assert!(cut(SCRIPT, 1).len() > 3);
        // Between `if` and `else`, the pieces cannot be read alone.
        assert_eq!(format_in_pieces(SCRIPT, 1), None);
        let from_b = SCRIPT.find("int b").unwrap();
        assert_eq!(format_in_pieces(SCRIPT, from_b).unwrap(), whole);
        assert_eq!(
            format_in_pieces(&SCRIPT[from_b..], 1).unwrap(),
            print(&SCRIPT[from_b..], &parse(&SCRIPT[from_b..]))
        );
    }

    #[test]
    fn what_looks_like_an_end_inside_of_a_text_or_comment_is_none() {
        for source in ["x = \"a\n}\nb\";\n", "/*\n}\nb */ x = 1;\n", "x = {1\n}\n.size();\n"] {
            assert_eq!(format_in_pieces(source, 1), None, "{source}");
        }
    }
}
