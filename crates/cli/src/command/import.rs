//! `dg import`: makes a project of a Creator application export.

use std::path::{Path, PathBuf};

use rainwright::runtime::trust::write_beside;
use rainwright::{Code, Engine, Problem};
use rainwright_syntax::ds::{self, ExportedField, ExportedForm};
use toml::{Table, Value};

use crate::exit::{CommandResult, Exit, Trouble, file_problem};
use crate::export::{self, PRODUCT};
use crate::project::{FILE, read};
use crate::terminal;
use rainwright_syntax::DocumentKind;

/// Makes a project of a Creator application export: settings, a file for each script and each form.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg import claims.ds
  dg import claims.ds apps/claims --force")]
pub struct Args {
    /// The export (.ds)
    export: PathBuf,
    /// The folder of the project; named like the export unless it is given
    folder: Option<PathBuf>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let source = read(&self.export)?;
        if DocumentKind::of(&source) != DocumentKind::Export {
            let message = format!("{} is no application export", self.export.display());
            let problem = Problem::new(Code::CannotParse, message);
            return Err(problem.with_help("An export begins with: application \"Name\" { … }").into());
        }
        let beside = || self.export.with_extension("");
        let folder = self.folder.clone().unwrap_or_else(beside);
        let files = files(&source);
        let taken = files.iter().map(|(name, _)| folder.join(name)).find(|path| path.exists());
        if let Some(taken) = taken.filter(|_| !self.force) {
            let message = format!("{} is there already; --force replaces it.", taken.display());
            return Err(Trouble::Usage(message));
        }
        for (name, text) in &files {
            write(&folder.join(name), text)?;
        }
        let count = |start: &str| files.iter().filter(|(name, _)| name.starts_with(start)).count();
        terminal::note(&format!(
            "Made {0} with {1} scripts and {2} forms. Try: dg check {0}",
            folder.display(),
            count("functions"),
            count("forms")
        ));
        Ok(Exit::Done)
    }
}

/// The files of the project, by their paths in it.
fn files(source: &str) -> Vec<(PathBuf, String)> {
    let mut files = vec![(PathBuf::from(FILE), settings(source))];
    for named in export::scripts(source) {
        let text = &source[named.script.span.range()];
        // A script with mistakes stays as it is.
        let text = rainwright_format::format(text).unwrap_or_else(|_| format!("{}\n", text.trim()));
        files.push((Path::new("functions").join(file_name(&named.name, "dg")), text));
    }
    for form in ds::forms(source) {
        files.push((Path::new("forms").join(file_name(&form.name, "toml")), describe(&form)));
    }
    files
}

/// A file's name for a script or form; what is no letter, digit or dot becomes `_`, so that it stays in its folder.
fn file_name(name: &str, extension: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || c == '.' || c == '-' { c } else { '_' };
    let name: String = name.trim_start_matches('.').chars().map(safe).collect();
    format!("{name}.{extension}")
}

/// The text of `dg.toml`, with the application's time zone if it is a known one.
fn settings(source: &str) -> String {
    let mut table = Table::new();
    table.insert("profile".into(), PRODUCT.into());
    if let Some(zone) = ds::setting(source, "time zone").filter(|zone| Engine::new().timezone(zone).is_ok()) {
        table.insert("timezone".into(), zone.into());
    }
    table.insert("functions".into(), "functions".into());
    table.to_string()
}

/// A form as TOML: `name`, `title`, and `[[fields]]` with what the export tells of each.
fn describe(form: &ExportedForm) -> String {
    let mut table = Table::new();
    table.insert("name".into(), form.name.clone().into());
    table.extend(form.title.clone().map(|title| ("title".to_owned(), title.into())));
    table.insert("fields".into(), Value::Array(form.fields.iter().map(field).collect()));
    format!("# A form of the application, as its export describes it.\n{table}")
}

fn field(field: &ExportedField) -> Value {
    let mut table = Table::new();
    table.insert("name".into(), field.name.clone().into());
    table.insert("type".into(), field.kind.clone().into());
    table.extend(field.title.clone().map(|title| ("title".to_owned(), title.into())));
    for (mark, holds) in [("required", field.required), ("unique", field.unique)] {
        if holds {
            table.insert(mark.into(), true.into());
        }
    }
    if !field.choices.is_empty() {
        table.insert("choices".into(), field.choices.clone().into());
    }
    table.extend(field.looks_up.clone().map(|form| ("looks_up".to_owned(), form.into())));
    if !field.fields.is_empty() {
        table.insert("fields".into(), Value::Array(field.fields.iter().map(self::field).collect()));
    }
    Value::Table(table)
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| file_problem(folder, "be made", &e))?;
    write_beside(path, text).map_err(|e| file_problem(path, "be written", &e))
}
