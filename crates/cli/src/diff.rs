//! Differences of two texts, line by line, as `diff -u` shows them.

/// Lines around a change.
const CONTEXT: usize = 3;
/// How far the next line is looked for where both texts go on alike.
const NEAR: usize = 400;

/// One line of both texts.
#[derive(Clone, Copy)]
enum Line<'t> {
    Same(&'t str),
    Gone(&'t str),
    New(&'t str),
}

/// The difference of a file; empty when there is none.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    let lines = compare(old, new);
    let changed: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Same(_))).map(|(at, _)| at).collect();
    let (Some(first), Some(last)) = (changed.first(), changed.last()) else { return String::new() };
    let mut out = format!("--- {name}\n+++ {name}\n");
    let mut from = first.saturating_sub(CONTEXT);
    while from <= *last {
        // A hunk goes on while the next change is near.
        let mut end = from;
        for at in changed.iter().filter(|at| **at >= from) {
            if end > from && *at > end + 2 * CONTEXT {
                break;
            }
            end = *at;
        }
        let until = (end + CONTEXT + 1).min(lines.len());
        hunk(&mut out, &lines, from, until);
        let Some(next) = changed.iter().find(|at| **at > end) else { break };
        from = next.saturating_sub(CONTEXT).max(until);
    }
    out
}

fn hunk(out: &mut String, lines: &[Line<'_>], from: usize, until: usize) {
    let count = |lines: &[Line<'_>], old: bool| {
        lines
            .iter()
            .filter(|line| if old { !matches!(line, Line::New(_)) } else { !matches!(line, Line::Gone(_)) })
            .count()
    };
    let (before, within) = (&lines[..from], &lines[from..until]);
    let place = |old| {
        let length = count(within, old);
        let start = count(before, old) + usize::from(length > 0);
        format!("{start},{length}")
    };
    out.push_str(&format!("@@ -{} +{} @@\n", place(true), place(false)));
    for line in within {
        let (sign, text) = match line {
            Line::Same(text) => (' ', text),
            Line::Gone(text) => ('-', text),
            Line::New(text) => ('+', text),
        };
        out.push(sign);
        out.push_str(text.trim_end_matches(['\n', '\r']));
        out.push('\n');
        if !text.ends_with('\n') {
            out.push_str("\\ No newline at end of file\n");
        }
    }
}

fn compare<'t>(old: &'t str, new: &'t str) -> Vec<Line<'t>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut lines = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let same = |i: usize, j: usize| matches!((a.get(i), b.get(j)), (Some(x), Some(y)) if x == y);
        if same(i, j) {
            lines.push(Line::Same(a[i]));
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let near = (1..NEAR).find_map(|far| (0..=far).map(|x| (i + x, j + far - x)).find(|(x, y)| same(*x, *y)));
        let (x, y) = near.unwrap_or((a.len(), b.len()));
        lines.extend(a[i..x].iter().map(|line| Line::Gone(line)));
        lines.extend(b[j..y].iter().map(|line| Line::New(line)));
        (i, j) = (x, y);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_come_with_what_is_around_them() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n";
        let new = old.replace("2\n3", "2\nnew\n3").replace("15\n", "");
        let expected =
            "--- a\n+++ a\n@@ -1,5 +1,6 @@\n 1\n 2\n+new\n 3\n 4\n 5\n@@ -12,5 +13,4 @@\n 12\n 13\n 14\n-15\n 16\n";
        assert_eq!(unified("a", old, &new), expected);
        assert_eq!(unified("a", old, old), "");
        assert_eq!(unified("a", "x", "x\n"), "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+x\n");
    }
}
