//! The page of the statements.

use std::fmt::Write as _;

use rainwright_builtins::STATEMENTS;

use super::Page;
use super::markdown::{cell, first_sentence, slug, table};

/// Every statement: a table, then how each is written, and what it does.
pub(super) fn page() -> Page {
    let rows = STATEMENTS.iter().map(|row| {
        let link = format!("[`{}`](#{})", row.name, slug(heading(row.name)));
        vec![link, format!("`{}`", cell(row.form)), cell(first_sentence(row.doc))]
    });
    let list = table(&["statement", "written", "does"], rows);
    let mut text = format!("`dg doc for each` shows one on a terminal.\n\n{list}\n");
    for row in STATEMENTS {
        let _ = write!(text, "## {}\n\n`{}`\n\n{}", heading(row.name), row.form, row.doc);
        if !row.products.is_empty() {
            let _ = write!(text, " Only in {}.", row.products);
        }
        if !row.portable {
            text.push_str(" *Runs here only.*");
        }
        let _ = write!(text, "\n\n```deluge\n{}\n", row.example);
        for line in row.prints.lines() {
            let _ = writeln!(text, "// => {line}");
        }
        text.push_str("```\n\n");
    }
    Page::new("statements.md", "Statements", &text)
}

/// A sign makes no anchor that a link can name.
fn heading(name: &str) -> &str {
    if name == "=" { "assignment" } else { name }
}
