//! Formats a file, a range of it, or what has just been typed, with as few edits as possible.

use super::document::{Document, Part};
use super::target::{Node, nodes_at};
use super::{Analysis, Edit};
use rainwright_diagnostic::{Severity, Span};
use rainwright_syntax::ast::Item;
use rainwright_syntax::{Class, DocumentKind, Parsed, highlight};

/// How many pieces are looked at to find where source and result go on alike.
const NEAR: usize = 8;

impl Analysis {
    /// The edits that bring a file into style; none for what cannot be read. Of pages and exports, the scripts are formatted.
    #[must_use]
    pub fn format(&self, file: &str) -> Vec<Edit> {
        let Some(document) = self.document(file) else { return Vec::new() };
        match script(&document) {
            Some(part) => whole(&document, part),
            None => embedded(&document),
        }
    }

    /// The edits that bring the lines of a range into style. A mistake elsewhere in the file does not matter.
    #[must_use]
    pub fn format_range(&self, file: &str, range: Span) -> Vec<Edit> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let rest = &document.text[range.end as usize..];
        let line_end = range.end + rest.find(['\n', '\r']).unwrap_or(rest.len()) as u32;
        let range = Span::new(document.line_start(range.start), line_end);
        match script(&document) {
            Some(part) => within(&document, part, range),
            None => touching(embedded(&document), range),
        }
    }

    /// The edits after a character has been typed: `}` and `;` format what they end, a line end indents the new line.
    #[must_use]
    pub fn format_on_type(&self, file: &str, offset: u32, typed: char) -> Vec<Edit> {
        let Some(document) = self.document(file) else { return Vec::new() };
        if typed == '\n' {
            return indent(&document, offset).into_iter().collect();
        }
        let part = script(&document).or_else(|| document.part(offset));
        let (Some(part), Some(before)) = (part, offset.checked_sub(1)) else { return Vec::new() };
        let in_text = document.pieces_before(offset).last().is_some_and(|(span, class)| {
            matches!(class, Class::Text | Class::Quoted | Class::Comment) && before >= span.start && offset <= span.end
        });
        if in_text {
            return Vec::new();
        }
        let ended = nodes_at(part, before).into_iter().rev().find(|node| match node {
            Node::Stmt(stmt) => stmt.span.end == offset,
            Node::Function(function) => function.span.end == offset,
            _ => false,
        });
        let Some(node) = ended else { return Vec::new() };
        let range = Span::new(document.line_start(node.span().start), offset);
        let mut edits = match script(&document) {
            Some(part) => within(&document, part, range),
            None => touching(embedded(&document), range),
        };
        // What comes after the cursor is still being written.
        edits.retain(|edit| edit.span.start < offset && edit.span.end <= offset);
        edits
    }
}

/// The script of a file that is nothing else.
fn script(document: &Document) -> Option<&Part> {
    (document.kind == DocumentKind::Script).then(|| document.parts.first()).flatten()
}

fn whole(document: &Document, part: &Part) -> Vec<Edit> {
    if part.parsed.diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Vec::new();
    }
    let formatted = rainwright_format::format_parsed(&document.text, &part.parsed);
    difference(&document.text, &formatted, 0)
}

/// The edits of the scripts in a page or an export. A script with a mistake has none; the others have theirs.
fn embedded(document: &Document) -> Vec<Edit> {
    difference(&document.text, &rainwright_format::format_parsed(&document.text, &Parsed::default()), 0)
}

fn touching(edits: Vec<Edit>, range: Span) -> Vec<Edit> {
    edits.into_iter().filter(|edit| edit.span.start <= range.end && range.start <= edit.span.end).collect()
}

fn within(document: &Document, part: &Part, range: Span) -> Vec<Edit> {
    let sound = part.parsed.diagnostics.iter().all(|d| d.severity != Severity::Error);
    let edits = if sound {
        whole(document, part)
    } else {
        // Functions and statements that can be read are formatted each on its own.
        let items = part.tree().items.iter().map(|item| match item {
            Item::Function(function) => function.span,
            Item::Statement(stmt) => stmt.span,
        });
        let near = items.filter(|span| span.start <= range.end && range.start <= span.end);
        near.flat_map(|span| {
            let text = document.slice(span);
            let formatted = rainwright_format::format(text).unwrap_or_else(|_| text.to_owned());
            difference(text, formatted.trim_end_matches('\n'), span.start)
        })
        .collect()
    };
    touching(edits, range)
}

/// The edits that make `new` of `old`: as a rule, formatting changes only what is between the pieces.
fn difference(old: &str, new: &str, shift: u32) -> Vec<Edit> {
    let crlf = old.contains("\r\n");
    let (a, b) = (highlight(old), highlight(new));
    let mut edits = Vec::new();
    let mut push = |from: usize, to: usize, text: &str| {
        let text = if crlf { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text.to_owned() };
        if old.get(from..to) != Some(text.as_str()) {
            edits.push(Edit { span: Span::new(from as u32 + shift, to as u32 + shift), text });
        }
    };
    let (mut i, mut j) = (0, 0);
    let (mut old_end, mut new_end) = (0, 0);
    while i < a.len() && j < b.len() {
        let same = |i: usize, j: usize| old.get(a[i].0.range()) == new.get(b[j].0.range());
        // The nearest pair of pieces that are alike; most often the next one.
        let near = (0..2 * NEAR).find_map(|far| {
            let pairs = (0..=far).map(|x| (i + x, j + far - x));
            pairs.into_iter().find(|(x, y)| *x < a.len() && *y < b.len() && same(*x, *y))
        });
        let Some((x, y)) = near else { break };
        push(old_end, a[x].0.start as usize, &new[new_end..b[y].0.start as usize]);
        (old_end, new_end) = (a[x].0.end as usize, b[y].0.end as usize);
        (i, j) = (x + 1, y + 1);
    }
    push(old_end, old.len(), &new[new_end..]);
    edits
}

/// Indents the line of an offset by the brackets that are open before it.
fn indent(document: &Document, offset: u32) -> Option<Edit> {
    let start = document.line_start(offset);
    if document.kind == DocumentKind::Page {
        return None;
    }
    let base = match document.kind {
        DocumentKind::Export => document.part(offset)?.span.start,
        _ => 0,
    };
    let mut depth = 0usize;
    for (span, class) in document.pieces_before(start).iter().filter(|(span, _)| span.start >= base) {
        if matches!(class, Class::Text | Class::Quoted | Class::Comment) {
            if start < span.end {
                return None;
            }
            continue;
        }
        match document.slice(*span) {
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let present = document.indentation(start);
    let rest = &document.text[start as usize + present.len()..];
    let closes = rest.starts_with(['}', ']', ')']);
    // Scripts of an export are indented as a whole.
    let outer = if document.kind == DocumentKind::Export {
        document.indentation(document.part(offset)?.span.start)
    } else {
        ""
    };
    let wanted = format!("{outer}{}", "\t".repeat(depth.saturating_sub(usize::from(closes))));
    let span = Span::new(start, start + present.len() as u32);
    (present != wanted).then_some(Edit { span, text: wanted })
}
