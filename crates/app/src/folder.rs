//! An application as a folder of plain files: `app.toml`, `forms/`, `functions/`, `workflows.toml` with its
//! scripts, `reports/`, `pages.toml` with its pages.

use std::path::{Path, PathBuf};

use rainwright::runtime::trust::read_beside;
use rainwright::{Code, Problem};
use rainwright_diagnostic::explained;
use rainwright_records::WrittenTypes;
use serde::{Deserialize, Serialize};

use crate::{Application, Function, Page, Workflow};

/// The file that makes a folder an application.
pub const FILE: &str = "app.toml";
const WORKFLOWS: &str = "workflows.toml";
const PAGES: &str = "pages.toml";

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Workflows {
    workflow: Vec<Workflow>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Pages {
    page: Vec<Page>,
}

impl Application {
    /// Reads an application: an export, or a folder with `app.toml`.
    ///
    /// # Errors
    /// [`Code::FileProblem`] for a file that cannot be read, [`Code::CannotParse`] for one that is not right.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        if path.is_file() {
            return Application::import(&std::fs::read_to_string(path).map_err(|e| unread(path, &e))?);
        }
        let file = path.join(FILE);
        if !file.is_file() {
            let message = format!("{} is no application: it has no {FILE}", path.display());
            let help = "Name an export (.ds), or make a folder of one with `dg app import`.";
            return Err(Problem::new(Code::FileProblem, message).with_help(help));
        }
        let mut app: Application = parse(&file)?;
        for file in files(&path.join("forms"), "toml")? {
            let text = text(&file)?;
            app.forms.push(read(&file, &text)?);
            // Exports have types that nobody knows; in a form that is written by hand the word is a slip.
            app.unknown_types.extend(toml::from_str::<WrittenTypes>(&text).unwrap_or_default().unknown());
        }
        for file in files(&path.join("functions"), "dg")? {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            app.functions.push(Function { name, source: text(&file)? });
        }
        let workflows = path.join(WORKFLOWS);
        if workflows.is_file() {
            app.workflows = parse::<Workflows>(&workflows)?.workflow;
            for workflow in &app.workflows {
                workflow.check_steps().map_err(|problem| {
                    let message = format!("{}: {}", workflows.display(), problem.message);
                    Problem { message, ..problem }
                })?;
            }
        }
        for action in app.workflows.iter_mut().flat_map(|workflow| &mut workflow.actions) {
            action.source = text(&inside(path, WORKFLOWS, &action.script)?)?;
        }
        for file in files(&path.join("reports"), "toml")? {
            app.reports.push(parse(&file)?);
        }
        let pages = path.join(PAGES);
        if pages.is_file() {
            app.pages = parse::<Pages>(&pages)?.page;
        }
        for page in &mut app.pages {
            page.source = text(&inside(path, PAGES, &page.file)?)?;
            if !page.script.is_empty() {
                page.before = text(&inside(path, PAGES, &page.script)?)?;
            }
        }
        Ok(app)
    }

    /// The files of the application's folder: their paths in it and their texts.
    ///
    /// # Errors
    /// [`Code::CannotParse`] for a form or workflow that cannot be written as TOML.
    pub fn files(&self) -> Result<Vec<(PathBuf, String)>, Problem> {
        let mut files = vec![(PathBuf::from(FILE), written(self)?)];
        for form in &self.forms {
            files.push((Path::new("forms").join(file_name(&form.name, "toml")), written(form)?));
        }
        for function in &self.functions {
            files.push((Path::new("functions").join(file_name(&function.name, "dg")), function.source.clone()));
        }
        let mut workflows = Workflows { workflow: self.workflows.clone() };
        for workflow in &mut workflows.workflow {
            let several = workflow.actions.len() > 1;
            for (place, action) in workflow.actions.iter_mut().enumerate() {
                let number = if several { format!("_{}", place + 1) } else { String::new() };
                let name = file_name(&format!("{}{number}", workflow.name), "dg");
                action.script = format!("workflows/{name}");
                files.push((PathBuf::from(&action.script), action.source.clone()));
            }
        }
        if !workflows.workflow.is_empty() {
            files.push((PathBuf::from(WORKFLOWS), written(&workflows)?));
        }
        for report in &self.reports {
            files.push((Path::new("reports").join(file_name(&report.name, "toml")), written(report)?));
        }
        let mut pages = Pages { page: self.pages.clone() };
        for page in &mut pages.page {
            let extension = if page.source.trim_start().starts_with("<zml") { "zml" } else { "html" };
            page.file = format!("pages/{}", file_name(&page.name, extension));
            files.push((PathBuf::from(&page.file), page.source.clone()));
            if !page.before.is_empty() {
                page.script = format!("pages/{}", file_name(&page.name, "dg"));
                files.push((PathBuf::from(&page.script), format!("{}\n", page.before.trim_end())));
            }
        }
        if !pages.page.is_empty() {
            files.push((PathBuf::from(PAGES), written(&pages)?));
        }
        Ok(files)
    }
}

/// A file's name that stays in its folder: anything but letters, digits and dots becomes `_`.
fn file_name(name: &str, extension: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || c == '.' || c == '-' { c } else { '_' };
    let name: String = name.trim_start_matches('.').chars().map(safe).collect();
    format!("{name}.{extension}")
}

/// A file that a list names, which must lie in the folder.
fn inside(folder: &Path, list: &str, name: &str) -> Result<PathBuf, Problem> {
    let mut parts = Path::new(name).components();
    if !name.is_empty() && parts.all(|part| matches!(part, std::path::Component::Normal(_))) {
        return Ok(folder.join(name));
    }
    Err(Problem::new(Code::CannotParse, format!("{list} names the file '{name}', which is not inside the folder")))
}

fn written(what: &impl Serialize) -> Result<String, Problem> {
    toml::to_string(what).map_err(|e| Problem::new(Code::CannotParse, format!("It cannot be written as TOML: {e}")))
}

/// The text of a file of the application. A link does not lead out of its project.
fn text(path: &Path) -> Result<String, Problem> {
    let folder = path.parent().unwrap_or(Path::new("."));
    read_beside(path, folder).map_err(|e| unread(path, &e))
}

fn unread(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(Code::FileProblem, format!("{} cannot be read: {error}", path.display()))
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Problem> {
    read(path, &text(path)?)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path, text: &str) -> Result<T, Problem> {
    toml::from_str(text).map_err(|e| {
        let (why, help) = explained(e.message());
        let place = e.span().map(|span| place(text, span.start, &why)).unwrap_or_default();
        Problem::new(Code::CannotParse, format!("{} is not right{place}: {why}", path.display())).with_help(help)
    })
}

/// The line of a mistake in TOML, with its key where the message does not name it: ` in line 4, required`.
fn place(text: &str, at: usize, why: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let number = before.matches('\n').count() + 1;
    let lines: Vec<&str> = text.lines().take(number).collect();
    // A value may go on over several lines: its key is in the last one that has one.
    let key = lines.iter().rev().take_while(|line| !line.trim_start().starts_with('[')).find_map(|line| {
        let (key, _) = line.split_once('=')?;
        let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ');
        Some(key.trim()).filter(|key| !key.is_empty() && key.chars().all(is_key))
    });
    let table = lines.last().map(|line| line.trim()).filter(|line| line.starts_with('['));
    let name =
        key.or(table).filter(|name| !why.contains(name.trim_matches(['[', ']']))).map(|name| format!(", {name}"));
    format!(" in line {number}{}", name.unwrap_or_default())
}

/// The files of a folder whose names end so, in order; none when there is no folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Problem> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed =
        |e: std::io::Error| Problem::new(Code::FileProblem, format!("{} cannot be read: {e}", folder.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
