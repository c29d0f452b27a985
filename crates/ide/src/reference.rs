//! Writes the reference pages of the lints, from their list.

use rainwright_diagnostic::Severity;

use crate::lints::{Fixes, LINTS, Lint};

/// A page of the reference.
pub struct LintPage {
    /// The file, below the folder of the reference.
    pub path: String,
    /// The title.
    pub title: String,
    /// The text, in Markdown.
    pub body: String,
}

/// The list of all lints, then a page for each.
#[must_use]
pub fn pages() -> Vec<LintPage> {
    let mut all = vec![LintPage { path: "lints.md".into(), title: "Lints".into(), body: list() }];
    all.extend(LINTS.iter().map(|lint| LintPage {
        path: format!("lints/{}.md", file_of(lint)),
        title: format!("{} {}", lint.code, lint.name()),
        body: page(lint),
    }));
    all
}

fn file_of(lint: &Lint) -> String {
    lint.code.to_string().to_lowercase()
}

fn list() -> String {
    let mut text = String::from(
        "What `dg check` looks for in a script, without running it. An error stops the script or keeps Zoho from saving it; a \
         warning is probably a mistake; a note is a hint that is often fine, shown with `--notes`. `--fix` makes the fixes that are \
         safe, an editor offers the others.\n\nA project sets levels in `dg.toml`, by number or by name:\n\n```toml\n[lints]\n\
         unused-variable = \"error\"\nE5030 = \"off\"\n```\n\nA comment allows a single finding, at the end of the line or on \
         the line before it, and says why:\n\n```deluge\n// dg-allow: hard-coded-id the id is the same in the sandbox\n\
         owner = \"4150868000000225013\";\ninfo owner;\n```\n\n| code | name | level | fix | what |\n| --- | --- | --- | --- | \
         --- |\n",
    );
    for lint in LINTS {
        text.push_str(&format!(
            "| [{}](lints/{}.md) | {} | {} | {} | {} |\n",
            lint.code,
            file_of(lint),
            lint.name(),
            level(lint),
            fix(lint),
            one_line(lint.summary()).replace('|', "\\|"),
        ));
    }
    text
}

/// What the examples take for granted that are of an application.
const FORMS: &str = "This lint needs the forms of an application. The examples use a form `Claim` with the fields `Amount` \
    (decimal), `Day` (date), `State` (Open or Closed), `Owner` (a lookup to `Person`, which has a field `Mail` and a `Name` with \
    parts), `Watchers` (a lookup of several of them), `Lines` (a subform with `Price` and `Total`) and `No` (auto number).";

/// The page of a lint, in Markdown, without its title.
#[must_use]
pub fn page(lint: &Lint) -> String {
    let mut text = format!("**{}**", level(lint));
    match lint.fixes {
        Fixes::No => {}
        Fixes::Suggested => text.push_str(" · an editor offers a fix"),
        Fixes::Safe => text.push_str(" · `--fix` corrects it"),
    }
    text.push_str("\n\n");
    for line in lint.doc.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        match line.strip_prefix("# ") {
            Some(heading) => text.push_str(&format!("## {heading}\n\n")),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    let forms = match (lint.forms, lint.event) {
        (false, _) => String::new(),
        (true, None) => format!("\n{FORMS}\n"),
        (true, Some(event)) => format!("\n{FORMS} They are scripts of its event `{event}`.\n"),
    };
    let product = lint.profile.map_or_else(String::new, |profile| format!(", with the profile `{profile}`"));
    text.push_str(&format!(
        "\n## Examples\n{forms}\nIt finds something here{product}:\n\n```deluge\n{}\n```\n\nand nothing here:\n\n```deluge\n{}\n```\n",
        lint.bad.trim(),
        lint.good.trim()
    ));
    text
}

/// The page of a lint for a terminal.
#[must_use]
pub fn plain_page(lint: &Lint) -> String {
    let mut text = format!("{} {} ({})\n", lint.code, lint.name(), level(lint));
    let mut indent = "  ";
    for line in lint.doc.lines() {
        let line = line.trim();
        match line.strip_prefix("# ") {
            Some(heading) => {
                text.push_str(&format!("  {heading}\n"));
                indent = "    ";
            }
            None if line.is_empty() => {}
            None => text.push_str(&format!("{indent}{line}\n")),
        }
    }
    match lint.fixes {
        Fixes::No => {}
        Fixes::Suggested => text.push_str("  An editor offers a fix.\n"),
        Fixes::Safe => text.push_str("  `dg check --fix` corrects it.\n"),
    }
    for (title, example) in [("Bad", lint.bad), ("Good", lint.good)] {
        text.push_str(&format!("  {title}\n"));
        example.trim().lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    text.trim_end().to_owned()
}

fn level(lint: &Lint) -> &'static str {
    match lint.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn fix(lint: &Lint) -> &'static str {
    match lint.fixes {
        Fixes::No => "",
        Fixes::Suggested => "offered",
        Fixes::Safe => "safe",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
