//! Writes the reference pages, from the tables and the program's own help.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory;
use rainwright::reference::{Page, pages};
use rainwright::{Code, Problem};
use rainwright_golden::{Mode, Runner, Score};

use crate::command::Cli;
use crate::exit::{CommandResult, FileUse, file_problem};

/// Writes all pages into a folder; the index tells how many results of the golden scripts below `suite` hold.
///
/// # Errors
/// A folder that cannot be written or read, or a golden script that is none.
pub fn write(folder: &Path, suite: Option<&Path>) -> CommandResult<()> {
    let score = suite.map(score).transpose()?.unwrap_or_default();
    for page in reference(&score) {
        let path = folder.join(&page.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| file_problem(parent, FileUse::Make, &e))?;
        }
        std::fs::write(&path, page.text).map_err(|e| file_problem(&path, FileUse::Write, &e))?;
    }
    Ok(())
}

/// All pages of the reference, in Markdown; `score` is a line for the index.
pub fn reference(score: &str) -> Vec<Page> {
    let mut all = pages(score);
    all.extend(rainwright_ide::pages().iter().map(|page| Page::new(page.path.clone(), &page.title, &page.body)));
    all.push(Page::new("command-line.md", "The command line", &command_line()));
    all
}

/// What the golden scripts below a folder say of the documented results.
fn score(suite: &Path) -> CommandResult<String> {
    let runner = Runner::new(Mode::Compare)?.with_check(crate::command::test::check);
    let mut outcomes = Vec::new();
    for file in Runner::find(suite).map_err(|e| file_problem(suite, FileUse::Read, &e))? {
        outcomes.extend(runner.run(&file).map_err(|why| Problem::new(Code::CannotParse, why))?);
    }
    Ok(Score::of(&outcomes).to_string())
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
