//! The index of the search: every section of every page, as a script that a page loads when somebody searches.

use serde_json::{Value, json};

use super::html_path;
use super::markdown::Rendered;

/// The longest text of a section that is searched, in bytes.
const LONGEST: usize = 4000;

/// The script: a list of `[page, heading, address, text]`.
pub(super) fn index(pages: &[Rendered]) -> String {
    let mut entries: Vec<Value> = Vec::new();
    for page in pages {
        for section in page.sections.iter().filter(|section| !section.anchor.is_empty()) {
            let address = format!("{}#{}", html_path(&page.path), section.anchor);
            let text = section.text.split_whitespace().collect::<Vec<_>>().join(" ");
            entries.push(json!([page.title, section.heading, address, cut(&text)]));
        }
    }
    let mut script = String::from("window.manualIndex = [\n");
    for entry in entries {
        script.push_str(&format!("{entry},\n"));
    }
    script.push_str("];\n");
    script
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}
