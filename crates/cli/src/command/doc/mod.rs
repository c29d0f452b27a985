//! `dg doc`: the reference, from the tables that the evaluator itself works by, and the guide.

mod kinds;
mod site;
mod write;

use std::path::PathBuf;

use rainwright::builtins::{
    BlockTask, Builtin, FunctionKind, Integration, STATEMENTS, Statement, block_task, block_tasks, builtins, chapters,
    function_kinds, integration, integrations, statement, suggest,
};
use rainwright::{Code, Problem};

use crate::exit::{CommandResult, Exit};
use crate::terminal;

/// Shows the reference of a function, task or error code; without a name, lists what there is. In a browser, also the guide.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg doc toString
  dg doc list.
  dg doc invokeurl
  dg doc for each
  dg doc zoho.crm.getRecordById
  dg doc E4001
  dg doc unused-variable
  dg doc lints
  dg doc kinds
  dg doc cliq-bot-message
  dg doc --all | less
  dg doc --serve                the guide and the reference in a browser, with a search
  dg doc --html manual          the same as files")]
pub struct Args {
    /// A function, a task, a statement, an error code, a lint or a kind of function; `list.` shows all that lists have, a part of a name finds all that have it
    #[arg(value_name = "NAME")]
    name: Vec<String>,
    /// Show everything
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// Write the whole reference into this folder, as Markdown
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["name", "all"])]
    write: Option<PathBuf>,
    /// Tell on the index page how many results of the golden scripts in this folder hold
    #[arg(long, value_name = "FOLDER", requires = "write")]
    score: Option<PathBuf>,
    /// Write the guide and the reference into this folder, as HTML that a browser opens without a server
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["name", "all", "write"])]
    html: Option<PathBuf>,
    /// Show the guide and the reference at 127.0.0.1, until Ctrl-C
    #[arg(long, conflicts_with_all = ["name", "all", "write", "html"])]
    serve: bool,
    /// The port of --serve; 0 is any free one
    #[arg(long, default_value_t = 8194, requires = "serve")]
    port: u16,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if let Some(folder) = &self.write {
            write::write(folder, self.score.as_deref())?;
            return Ok(Exit::Done);
        }
        if let Some(folder) = &self.html {
            return site::write_html(folder);
        }
        if self.serve {
            return site::serve(self.port);
        }
        match &self.name[..] {
            // A statement may have several words: `dg doc for each`.
            [_, ..] => terminal::out(&lookup(&self.name.join(" "))?),
            [] if self.all => {
                let pages = STATEMENTS.iter().map(statement_page);
                let pages = pages
                    .chain(builtins().map(function))
                    .chain(block_tasks().map(block))
                    .chain(integrations().map(task));
                terminal::out(&pages.collect::<Vec<_>>().join("\n\n"));
            }
            [] => terminal::out(&overview()),
        }
        Ok(Exit::Done)
    }
}

/// The pages for a name: the exact ones, else all whose name has it as a part.
///
/// # Errors
/// Nothing of that name; the help has a near one.
pub fn lookup(name: &str) -> Result<String, Problem> {
    let found = look_up(name);
    // A name as written in a script: `.size`, `toString()`, `lead.get("Email")`.
    let written = name.split('(').next().unwrap_or_default().trim();
    let last = written.rsplit('.').next().unwrap_or_default();
    let others = [written, last].into_iter().filter(|other| !other.is_empty() && *other != name);
    found.or_else(|problem| others.map(look_up).find_map(Result::ok).ok_or(problem))
}

fn look_up(name: &str) -> Result<String, Problem> {
    if let Some(lint) = rainwright_ide::Lint::find(name) {
        return Ok(rainwright_ide::plain_page(lint));
    }
    if name.eq_ignore_ascii_case("lints") {
        return Ok(lints());
    }
    if name.eq_ignore_ascii_case("kinds") {
        return Ok(kinds::list());
    }
    if let Ok(kind) = FunctionKind::find(name) {
        return Ok(kinds::page(kind));
    }
    let code = name.strip_prefix(['E', 'e']).and_then(|digits| digits.parse().ok()).and_then(Code::from_number);
    if let Some(code) = code {
        return Ok(format!("{code}: {}\n  {}", code.title().trim(), code.help()));
    }
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    // A word may be both: `if` is a statement and a function. The statement is what most people look for.
    let mut pages: Vec<String> = statement(name).map(statement_page).into_iter().collect();
    pages.extend(builtins().filter(|row| is(row.name) || row.aliases.iter().any(|alias| is(alias))).map(function));
    pages.extend(block_task(name).map(block));
    pages.extend(integration(name).map(task));
    if !pages.is_empty() {
        return Ok(pages.join("\n\n"));
    }
    if name.ends_with('.') {
        let found = of_a_kind(name);
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let part = name.to_lowercase();
    let has = |known: &&str| known.to_lowercase().contains(&part);
    let mut found: Vec<&str> = STATEMENTS.iter().map(|row| row.name).filter(has).collect();
    found.extend(builtins().map(|row| row.name).filter(has));
    found.extend(block_tasks().map(|row| row.name).filter(has));
    found.extend(integrations().map(|row| row.name).filter(has));
    found.extend(function_kinds().map(|row| row.name).filter(has));
    found.dedup();
    if !found.is_empty() {
        return Ok(format!("{} names have \"{name}\" in them:\n  {}", found.len(), found.join("\n  ")));
    }
    let help = suggest(name, None).map_or_else(
        || "`dg doc` lists all names.".to_owned(),
        |near| format!("Did you mean {near}? `dg doc` lists all names."),
    );
    Err(Problem::new(Code::UnknownFunction, format!("There is no function or task '{name}'")).with_help(help))
}

/// All lints, a line each.
fn lints() -> String {
    let line = |lint: &&rainwright_ide::Lint| {
        format!("{} {:<20} {}", lint.code, lint.name(), lint.summary().split_whitespace().collect::<Vec<_>>().join(" "))
    };
    rainwright_ide::LINTS.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The functions that a kind of value has, a line each: `prefix` is as in `list.`.
fn of_a_kind(prefix: &str) -> String {
    let prefix = prefix.to_lowercase();
    let rows =
        builtins().map(|row| (row.signature(), row)).filter(|(call, _)| call.to_lowercase().starts_with(&prefix));
    let mut lines: Vec<String> = rows
        .map(|(call, row)| {
            format!("{call}\n    {}", row.doc.split_inclusive(". ").next().unwrap_or_default().trim_end())
        })
        .collect();
    lines.sort_by_key(|line| line.to_lowercase());
    lines.join("\n")
}

/// All names, by the chapter they belong to.
fn overview() -> String {
    let mut sections = Vec::new();
    let mut add = |title: String, mut names: Vec<&str>| {
        names.sort_unstable_by_key(|name| name.to_lowercase());
        names.dedup();
        if !names.is_empty() {
            sections.push(format!("{title}\n{}", wrapped(&names)));
        }
    };
    for chapter in chapters() {
        add(chapter.title.into(), chapter.rows().map(|row| row.name).collect());
    }
    add("Statements".into(), STATEMENTS.iter().map(|row| row.name).collect());
    add("Tasks".into(), block_tasks().map(|row| row.name).collect());
    add("Integration tasks".into(), integrations().map(|row| row.name).collect());
    sections.join("\n\n")
}

/// Names in lines of at most 100 characters.
fn wrapped(names: &[&str]) -> String {
    let mut lines = vec![String::from(" ")];
    for name in names {
        match lines.last_mut() {
            Some(line) if line.len() + name.len() < 99 => line.push_str(&format!(" {name}")),
            _ => lines.push(format!("  {name}")),
        }
    }
    lines.join("\n")
}

/// The page of a function.
#[must_use]
pub fn function(row: &Builtin) -> String {
    let mut page = format!("{}\n  {}", row.signature(), row.doc);
    if !row.edge.is_empty() {
        page += &format!("\n  {}", row.edge);
    }
    for param in row.params {
        let optional = if param.optional { ", may be left out" } else { "" };
        page += &format!("\n  {} ({}{optional}): {}", param.name, param.kinds, param.doc);
    }
    page += &format!("\n  gives {}", row.returns);
    page += &notes(row.aliases, row.products, row.deprecated, row.basis.word());
    for example in row.examples {
        page += &format!("\n    {}\n    // => {}", indented(example.script), indented(example.result));
    }
    page
}

/// The page of a statement.
fn statement_page(row: &Statement) -> String {
    let mut page = format!("{}\n  {}", row.form, row.doc);
    if !row.products.is_empty() {
        page += &format!("\n  only in {}", row.products);
    }
    if !row.portable {
        page += "\n  runs here only";
    }
    page += &format!("\n    {}", indented(row.example));
    for line in row.prints.lines() {
        page += &format!("\n    // => {line}");
    }
    page
}

/// The page of a block task.
fn block(row: &BlockTask) -> String {
    let mut page = format!("{} [ … ]\n  {}", row.name, row.doc);
    for key in row.keys {
        let required = if key.required { ", must be given" } else { "" };
        let words = if key.constants.is_empty() { String::new() } else { format!(" or {}", key.constants.join(" ")) };
        page += &format!("\n  {}: ({}{words}{required}) {}", key.name, key.kinds, key.doc);
    }
    page += &format!("\n  gives {}", row.returns);
    page += &notes(&[], row.products, None, row.basis.word());
    for example in row.examples {
        page += &format!("\n    {}", indented(example));
    }
    page
}

/// The page of an integration task.
fn task(row: &Integration) -> String {
    let params: Vec<String> =
        row.params.iter().map(|p| if p.optional { format!("[{}]", p.name) } else { p.name.to_owned() }).collect();
    let mut page = format!("{}({})\n  {}", row.name, params.join(", "), row.doc);
    for param in row.params {
        page += &format!("\n  {} ({}): {}", param.name, param.kinds, param.doc);
    }
    if !row.path.is_empty() {
        page += &format!("\n  becomes {} {}", row.method, row.path);
    }
    page += &format!("\n  gives {}", row.returns);
    page += &notes(row.aliases, "", row.deprecated, row.basis.word());
    for example in row.examples {
        page += &format!("\n    {}", indented(example));
    }
    page
}

fn notes(aliases: &[&str], products: &str, deprecated: Option<&str>, basis: &str) -> String {
    let mut notes = String::new();
    if !aliases.is_empty() {
        notes += &format!("\n  also written {}", aliases.join(", "));
    }
    if !products.is_empty() {
        notes += &format!("\n  only in {products}");
    }
    if let Some(instead) = deprecated {
        notes += &format!("\n  deprecated: {instead}");
    }
    if basis != "documented" {
        notes += &format!("\n  {basis}, not documented");
    }
    notes
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}
