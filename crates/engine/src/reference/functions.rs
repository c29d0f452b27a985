//! The pages of the functions: one a chapter, and one for the words that are written bare.

use std::fmt::Write as _;

use rainwright_builtins::{Builtin, Chapter, Example, Form, PROFILES, Param, chapters};
use rainwright_value::{Kind, Kinds};

use super::markdown::{prose, slug, table};
use super::{Entry, Part, notes, part};

/// The pages, in the order of the chapters.
pub(super) fn parts() -> Vec<Part> {
    let mut parts = Vec::new();
    let mut words: Vec<(Entry, String)> = Vec::new();
    for chapter in chapters() {
        let (bare, rows): (Vec<_>, Vec<_>) = chapter.rows().partition(|row| row.form == Form::Word);
        let rows = rows.into_iter().map(entry).collect();
        parts.push(part(file(chapter), chapter.title.into(), chapter.doc, &elsewhere(chapter), rows));
        words.extend(bare.into_iter().map(entry));
    }
    parts.push(part(
        "system-words.md".into(),
        "System words".into(),
        "Stand for a value, without parentheses.",
        &product_variables(),
        words,
    ));
    parts
}

fn file(chapter: &Chapter) -> String {
    format!("{}.md", slug(chapter.title))
}

/// For a chapter about a kind of value: the functions of other chapters that this kind has too.
fn elsewhere(chapter: &Chapter) -> String {
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(chapter.title)) else {
        return String::new();
    };
    let others = chapters().iter().filter(|other| other.title != chapter.title);
    let rows = others.flat_map(|other| other.rows().filter(|row| row.on.has(kind)).map(move |row| (row, file(other))));
    let links: Vec<String> = rows.map(|(row, file)| format!("[`{}`]({file}#{})", row.name, slug(row.name))).collect();
    match links.is_empty() {
        true => String::new(),
        false => format!("Other pages have more for {kind}: {}.", links.join(" · ")),
    }
}

/// The variables that products give to a script.
fn product_variables() -> String {
    let given = PROFILES.iter().map(|profile| {
        let names: Vec<String> = profile.variables().map(|name| format!("`{name}`")).collect();
        vec![format!("`{}`", profile.name), profile.title.to_owned(), names.join(" ")]
    });
    let rows = given.filter(|row| row.last().is_some_and(|names| !names.is_empty()));
    let table = table(&["profile", "product", "variables"], rows);
    format!(
        "A product gives its functions variables of its own, [by the kind of the function](function-kinds.md); `dg run --kind` \
         gives examples of them, `--event FILE` and `--arg` others.\n\n{table}"
    )
}

fn entry(row: &'static Builtin) -> (Entry, String) {
    let entry = Entry { name: row.name, file: String::new(), anchor: String::new(), doc: row.doc, basis: row.basis };
    (entry, section(row))
}

fn section(row: &Builtin) -> String {
    let mut text = format!("`{}` gives {}\n\n{}\n\n", row.signature(), kinds(row.returns), prose(row.doc));
    text.push_str(&parameters(row.params));
    if !row.edge.is_empty() {
        let _ = write!(text, "{}\n\n", prose(row.edge));
    }
    text.push_str("```deluge\n");
    for example in row.examples {
        text.push_str(&shown(example));
    }
    text.push_str("```\n\n");
    let mut last = Vec::new();
    if row.on.iter().count() > 1 {
        last.push(format!("For {}.", kinds(row.on)));
    }
    match row.form {
        Form::Both | Form::Word => {}
        Form::Method if row.has_receiver() => last.push("Only written after its value and a dot.".to_owned()),
        Form::Function if row.has_receiver() => last.push("Only written with its value in parentheses.".to_owned()),
        Form::Method | Form::Function => {}
    }
    last.push(notes(row.aliases, row.products, row.deprecated, row.basis));
    text + last.join(" ").trim()
}

/// Kinds as they are listed, null last.
pub(super) fn kinds(kinds: Kinds) -> String {
    let missing: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| !kinds.has(*kind)).collect();
    let names = kinds.to_string();
    match (missing.as_slice(), names.strip_prefix("null or ")) {
        ([one], _) => format!("any value but {one}"),
        (_, Some(rest)) => format!("{rest} or null"),
        _ => names,
    }
}

/// A list of the parameters.
pub(super) fn parameters(params: &[Param]) -> String {
    let mut text = String::new();
    for param in params {
        let left_out = match (param.repeated, param.optional) {
            (true, _) => ", any number",
            (_, true) => ", may be left out",
            _ => "",
        };
        let _ = writeln!(text, "- `{}` ({}{left_out}): {}", param.name, kinds(param.kinds), prose(param.doc));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// An example with what it prints.
fn shown(example: &Example) -> String {
    let source = example.source();
    let results: Vec<String> = match example.result.strip_prefix("error ") {
        Some(code) => vec![format!("// error {code}")],
        None => example.result.split('\n').map(|line| format!("// => {line}").trim_end().to_owned()).collect(),
    };
    match results.as_slice() {
        [one] if !source.contains('\n') => format!("{source}  {one}\n"),
        _ => format!("{source}\n{}\n", results.join("\n")),
    }
}
