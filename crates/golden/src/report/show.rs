//! Differences for people: the line of the source, a mark under it, and what was expected and found.

use std::fmt::Write as _;

use super::{Mismatch, SETTINGS, SectionResult};

/// Blanks that a tab is shown as.
const TAB: &str = "    ";
/// The longest text that is shown of what was expected or found.
const LONGEST: usize = 2000;

/// The differences of a section, each with its line; `color` is for terminals.
#[must_use]
pub fn show(outcome: &SectionResult, color: bool) -> String {
    let mut out = String::new();
    let paint = Paint { color };
    let mut last = None;
    for mismatch in &outcome.mismatches {
        // Several differences of one line are shown below it.
        if last.replace((mismatch.line, mismatch.columns)) == Some((mismatch.line, mismatch.columns)) {
            differences(&mut out, mismatch, paint);
            continue;
        }
        let place = format!("{}:{}", outcome.file, mismatch.line);
        let _ = writeln!(out, "  {}", paint.with("1", &place));
        let line = (mismatch.line as usize).checked_sub(1).and_then(|at| outcome.text.lines().nth(at));
        if let Some(line) = line.filter(|line| !line.trim().is_empty()) {
            source(&mut out, mismatch, line, paint);
        }
        differences(&mut out, mismatch, paint);
    }
    out
}

#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn with(self, codes: &str, text: &str) -> String {
        if self.color { format!("\x1b[{codes}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn source(out: &mut String, mismatch: &Mismatch, line: &str, paint: Paint) {
    let number = mismatch.line.to_string();
    let blank = " ".repeat(number.len());
    let shown = line.replace('\t', TAB).trim_end().to_owned();
    let _ = writeln!(out, "    {} | {shown}", paint.with("2", &number));
    let (from, to) = mismatch.columns.unwrap_or_else(|| code(line));
    let width = |end: u32| -> usize {
        let before = line.chars().take((end as usize).saturating_sub(1));
        before.map(|c| if c == '\t' { TAB.len() } else { 1 }).sum()
    };
    let (from, to) = (width(from), width(to));
    if to > from {
        let marks = paint.with("31", &"^".repeat(to - from));
        let _ = writeln!(out, "    {blank} | {}{marks}", " ".repeat(from));
    }
}

/// The columns of the code of a line: without what is in front of it and the expectation after it. A comment has none.
fn code(line: &str) -> (u32, u32) {
    let trimmed = line.trim_start();
    let start = line.chars().count() - trimmed.chars().count();
    let end = match trimmed.rsplit_once("//") {
        _ if trimmed.starts_with("//") => "",
        Some((code, _)) => code,
        None => trimmed,
    };
    let width = end.trim_end().chars().count();
    (start as u32 + 1, (start + width) as u32 + 1)
}

fn differences(out: &mut String, mismatch: &Mismatch, paint: Paint) {
    if mismatch.expected == SETTINGS {
        let _ = writeln!(out, "    {}", paint.with("31", &cut(&mismatch.found)));
        return;
    }
    let (expected, found) = (cut(&mismatch.expected), cut(&mismatch.found));
    // What both begin and end with is not the difference.
    let same = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let head: usize = same(&expected, &found);
    let reversed = |text: &str| -> String { text[head..].chars().rev().collect() };
    let tail: usize = same(&reversed(&expected), &reversed(&found));
    for (mark, color, text, other) in [("-", "32", &expected, &found), ("+", "31", &found, &expected)] {
        if text.is_empty() {
            let _ = writeln!(out, "    {}", paint.with(color, &format!("{mark} nothing")));
            continue;
        }
        let shown = if paint.color && !other.is_empty() {
            let (middle, end) = (&text[head..text.len() - tail], &text[text.len() - tail..]);
            let middle = if middle.is_empty() { String::new() } else { paint.with("1;7", middle) };
            format!("{}{middle}{}", paint.with(color, &format!("{mark} {}", &text[..head])), paint.with(color, end))
        } else {
            paint.with(color, &format!("{mark} {text}"))
        };
        let _ = writeln!(out, "    {shown}");
    }
}

fn cut(text: &str) -> String {
    let text = text.replace('\n', "\\n");
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
