//! The few forms of Markdown that the pages are made of.

use std::collections::HashMap;

/// Text for a paragraph: what Markdown or HTML would take for a sign of theirs is made plain, code spans stay.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.trim().split('`').enumerate() {
        match at % 2 {
            0 => out.push_str(&part.replace('<', "&lt;").replace('*', "\\*")),
            _ => out.extend(["`", part, "`"]),
        }
    }
    out
}

/// Text for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|").replace('\n', " ")
}

/// The first sentence of a description.
pub(super) fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    text.find(". ").map_or(text, |end| &text[..=end])
}

/// A table; its head comes first.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out
}

/// What a heading is linked by.
pub(super) fn slug(heading: &str) -> String {
    let heading = heading.to_lowercase();
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Gives the headings of a page their anchors: the second one of a name gets `-1`, as Markdown hosts do it.
#[derive(Debug, Default)]
pub struct Anchors(HashMap<String, usize>);

impl Anchors {
    /// The anchor of the page's next heading.
    pub fn next(&mut self, heading: &str) -> String {
        let slug = slug(heading);
        let seen = self.0.entry(slug.clone()).or_default();
        *seen += 1;
        if *seen == 1 { slug } else { format!("{slug}-{}", *seen - 1) }
    }
}
