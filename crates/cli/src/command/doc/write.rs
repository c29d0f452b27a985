//! Writes the reference pages, from the tables and the program's own help.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory;
use rainwright::builtins::{block_tasks, builtins, integrations};
use rainwright::connections::Catalogue;
use rainwright::{Code, Kind, Problem};

use super::{block, function, task};
use crate::command::Cli;
use crate::exit::file_problem;

/// Said on top of every page.
const NOTICE: &str = "<!-- Written by `dg doc --write`; change the tables, not this page. -->";

/// Writes all pages into a folder.
///
/// # Errors
/// A folder that cannot be written, or a service file that is not right.
pub fn write(folder: &Path) -> Result<(), Problem> {
    std::fs::create_dir_all(folder).map_err(|e| file_problem(folder, "be made", &e))?;
    let pages = [
        ("functions.md", "Functions", functions()),
        ("tasks.md", "Tasks", tasks()),
        ("integration-tasks.md", "Integration tasks", integration_tasks()),
        ("errors.md", "Errors", errors()),
        ("services.md", "Services", services()?),
        ("command-line.md", "Command line", command_line()),
    ];
    let index = pages.iter().map(|(file, title, _)| format!("- [{title}]({file})\n")).collect();
    let index = ("README.md", "Reference", index);
    for (file, title, text) in pages.iter().chain([&index]) {
        let path = folder.join(file);
        let page = format!("{NOTICE}\n\n# {title}\n\n{}\n", text.trim_end());
        std::fs::write(&path, page).map_err(|e| file_problem(&path, "be written", &e))?;
    }
    Ok(())
}

/// Functions by the first kind of value that they belong to.
fn functions() -> String {
    let mut text = String::new();
    let mut section = |title: &str, mut entries: Vec<(&str, String)>| {
        entries.sort_by_key(|(name, _)| name.to_lowercase());
        if !entries.is_empty() {
            let _ = write!(text, "## {title}\n\n");
        }
        for (name, page) in entries {
            text.push_str(&entry(name, &page));
        }
    };
    for kind in Kind::ALL {
        let rows = builtins().filter(|row| row.on.iter().next() == Some(kind));
        section(&format!("Functions of {kind}"), rows.map(|row| (row.name, function(row))).collect());
    }
    let free = builtins().filter(|row| !row.has_receiver());
    section("Functions of their own", free.map(|row| (row.name, function(row))).collect());
    text
}

fn tasks() -> String {
    block_tasks().map(|row| entry(row.name, &block(row))).collect()
}

fn integration_tasks() -> String {
    integrations().map(|row| entry(row.name, &task(row))).collect()
}

/// A name and its page, as `dg doc NAME` shows it.
fn entry(name: &str, page: &str) -> String {
    format!("### {name}\n\n```text\n{page}\n```\n\n")
}

fn errors() -> String {
    let row = |code: &Code| format!("| {code} | {} | {} |\n", cell(code.title()), cell(code.help()));
    format!("| code | what | what to do |\n| --- | --- | --- |\n{}", Code::ALL.iter().map(row).collect::<String>())
}

fn services() -> Result<String, Problem> {
    let catalogue = Catalogue::shipped();
    let mut text = String::from("| id | name | signs in with | API |\n| --- | --- | --- | --- |\n");
    for id in catalogue.ids() {
        let service = catalogue.get(id)?;
        let api = service.api.as_deref().map(|api| format!("`{api}`")).unwrap_or_default();
        let _ = writeln!(text, "| `{id}` | {} | {} | {api} |", cell(&service.name), service.auth().kind());
    }
    Ok(text)
}

/// Text that may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('<', "&lt;")
}

fn command_line() -> String {
    let mut text = String::new();
    let mut program = Cli::command().term_width(100);
    program.build();
    describe(&mut program, &mut text);
    text
}

/// A command's help, then those of its own commands.
fn describe(command: &mut clap::Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or("dg").to_owned();
    // Trailing blanks of the help would be lost in an editor sooner or later.
    let help: String =
        command.render_long_help().to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let _ = write!(text, "## {name}\n\n```text\n{}\n```\n\n", help.trim_end());
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        describe(inner, text);
    }
}
