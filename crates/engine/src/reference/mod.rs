//! Writes the reference pages, in Markdown, from the tables that the evaluator itself works by.

mod functions;
mod kinds;
mod lists;
mod markdown;
mod statements;
mod tasks;

use std::fmt::Write as _;

pub use markdown::Anchors;
use markdown::{cell, first_sentence, prose, table};
use rainwright_builtins::{Basis, Profile};

/// A page of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The file, relative to the folder of the reference.
    pub path: String,
    /// Its Markdown.
    pub text: String,
}

impl Page {
    /// A page with its notice and title on top; `folder/` in the path is for pages that lie deeper.
    #[must_use]
    pub fn new(path: impl Into<String>, title: &str, body: &str) -> Page {
        let text = format!("{NOTICE}\n\n# {title}\n\n{}\n", body.trim());
        Page { path: path.into(), text }
    }
}

/// How many of a page's tasks are named on the index page.
const SOME: usize = 6;

const NOTICE: &str = "<!-- Written by `dg doc --write` from the tables: change those, not this page. -->";

/// An entry of the reference, as the lists on other pages link it.
struct Entry {
    name: &'static str,
    file: String,
    anchor: String,
    doc: &'static str,
    basis: Basis,
}

impl Entry {
    fn link(&self) -> String {
        format!("[`{}`]({}#{})", self.name, self.file, self.anchor)
    }

    fn row(&self) -> Vec<String> {
        vec![self.link(), cell(first_sentence(self.doc))]
    }
}

/// One page, with what it tells about.
struct Part {
    page: Page,
    title: String,
    doc: String,
    entries: Vec<Entry>,
}

/// All pages that follow from the tables; the first is `index.md`. Lints and the program's commands have pages of their
/// own, which `index.md` links: `lints.md`, `command-line.md`.
///
/// `score` says how many documented results hold, as the golden scripts found it.
#[must_use]
pub fn pages(score: &str) -> Vec<Page> {
    let functions = functions::parts();
    let mut tasks = vec![tasks::blocks()];
    tasks.extend(tasks::products());
    let mut pages = vec![index(score, &functions, &tasks)];
    let entries = functions.iter().chain(&tasks).flat_map(|part| &part.entries);
    let (assumed, codes, services) = (lists::assumed(entries), lists::error_codes(), lists::services());
    pages.extend(functions.into_iter().chain(tasks).map(|part| part.page));
    pages.extend([statements::page(), kinds::page(), assumed, codes, services]);
    pages
}

fn index(score: &str, functions: &[Part], tasks: &[Part]) -> Page {
    let mut text = String::from(
        "Everything that a script can call, generated from the tables that the evaluator works by. `dg doc NAME` shows \
         the same on a terminal.\n\n",
    );
    if !score.is_empty() {
        let _ = write!(text, "**{score}** The [golden scripts](../../tests/suite) hold them.\n\n");
    }
    let row = |part: &Part, about: String| {
        vec![format!("[{}]({})", part.title, part.page.path), part.entries.len().to_string(), about]
    };
    let count = |parts: &[Part]| parts.iter().map(|part| part.entries.len()).sum::<usize>();
    let _ = write!(
        text,
        "## Functions\n\n{} functions. Every example on these pages is run by the tests.\n\n{}\n",
        count(functions),
        table(&["page", "functions", "what they do"], functions.iter().map(|part| row(part, cell(&part.doc))))
    );
    let _ = write!(
        text,
        "## Tasks\n\n{} tasks reach services. `invokeurl` reaches all of them.\n\n{}\n",
        count(tasks),
        table(&["page", "tasks", "some of them"], tasks.iter().map(|part| row(part, some_names(part))))
    );
    text.push_str(
        "## Lists\n\n- [Statements](statements.md): how they are written, and what they do\n- [Kinds of functions](function-kinds.md): what products give them, and what they return\n- [Error codes](error-codes.md)\n- [Lints](lints.md): what `dg check` finds\n- [Services](services.md) that \
         connections can be made to\n- [The command line](command-line.md)\n- [What is assumed](assumed.md), and \
         [where Rainwright differs from Zoho](../compatibility.md)\n\n",
    );
    text.push_str(
        "## How sure\n\nAn entry says nothing of its source when Zoho's help documents it; *observed* is what public scripts or \
         Zoho's own samples show; *assumed* is our reading of what both leave open.\n\n## A to Z\n\n",
    );
    text.push_str(&alphabet(functions));
    Page::new("index.md", "Reference", &text)
}

/// The last words of the first few names.
fn some_names(part: &Part) -> String {
    let names = part.entries.iter().map(|entry| entry.name.rsplit('.').next().unwrap_or(entry.name));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > SOME { " …" } else { "" };
    names.truncate(SOME);
    format!("{}{more}", names.join(", "))
}

/// A line of links for each first letter.
fn alphabet(parts: &[Part]) -> String {
    let mut entries: Vec<&Entry> = parts.iter().flat_map(|part| &part.entries).collect();
    entries.sort_by_key(|entry| (entry.name.to_lowercase(), &entry.file));
    let first = |entry: &&Entry| entry.name.chars().next().map(|c| c.to_ascii_uppercase());
    let mut text = String::new();
    for group in entries.chunk_by(|a, b| first(a) == first(b)) {
        let letter = group.first().and_then(first).unwrap_or_default();
        let links: Vec<String> = group.iter().map(|entry| entry.link()).collect();
        let _ = write!(text, "**{letter}** {}\n\n", links.join(" · "));
    }
    text
}

/// A page whose entries follow a table of themselves.
fn part(path: String, title: String, doc: &str, more: &str, mut entries: Vec<(Entry, String)>) -> Part {
    entries.sort_by_key(|(entry, _)| entry.name.to_lowercase());
    let mut anchors = Anchors::default();
    let mut sections = String::new();
    for (entry, section) in &mut entries {
        entry.file.clone_from(&path);
        entry.anchor = anchors.next(entry.name);
        let _ = write!(sections, "## {}\n\n{}\n\n", entry.name, section.trim());
    }
    let entries: Vec<Entry> = entries.into_iter().map(|(entry, _)| entry).collect();
    let here = |entry: &Entry| vec![format!("[`{}`](#{})", entry.name, entry.anchor), cell(first_sentence(entry.doc))];
    let list = table(&["name", "what it does"], entries.iter().map(here));
    let up = "../".repeat(path.matches('/').count());
    let more = if more.is_empty() { String::new() } else { format!("{}\n\n", more.trim()) };
    let text = format!("{doc}\n\n{list}\n{more}{sections}[All pages]({up}index.md)\n");
    Part { page: Page::new(path, &title, &text), title, doc: doc.to_owned(), entries }
}

/// What a row says of itself besides: spellings, products, age, how sure it is.
fn notes(aliases: &[&str], products: &str, deprecated: Option<&str>, basis: Basis) -> String {
    let mut notes = Vec::new();
    if !aliases.is_empty() {
        let names: Vec<String> = aliases.iter().map(|alias| format!("`{alias}`")).collect();
        notes.push(format!("Also written {}.", names.join(", ")));
    }
    if !products.is_empty() {
        let title = |name: &str| Profile::find(name).map_or(name.to_owned(), |profile| profile.title.to_owned());
        let titles: Vec<String> = products.split(',').map(|name| title(name.trim())).collect();
        notes.push(format!("Only in {}.", titles.join(", ")));
    }
    if let Some(instead) = deprecated {
        notes.push(format!("**Deprecated:** {}", prose(instead)));
    }
    match basis {
        Basis::Documented => {}
        Basis::Observed => notes.push("*Observed* in scripts, not documented.".into()),
        Basis::Assumed => notes.push("*Assumed*, not documented.".into()),
    }
    notes.join(" ")
}
