//! `dg check`: looks for mistakes without running.

use std::path::{Path, PathBuf};

use rainwright::{Code, Diagnostic, Engine, Problem, Severity, Span, render};
use rainwright_syntax::ast::Item;
use serde_json::Value as Json;

use crate::exit::{Exit, Outcome, file_problem};
use crate::project::{Project, scripts};
use crate::terminal;

/// Looks for mistakes in scripts without running them. Exit code 3 when there are any.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg check .
  dg check --format sarif scripts > findings.sarif")]
pub struct Args {
    /// Scripts, or folders with .dg files
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Look at the syntax only
    #[arg(long)]
    syntax: bool,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Show notes too: what is worth a thought and most often right
    #[arg(long)]
    notes: bool,
    /// Let warnings count as mistakes
    #[arg(long)]
    strict: bool,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long)]
    profile: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people, on stderr
    Text,
    /// An array of objects, on stdout
    Json,
    /// SARIF 2.1.0 for code hosts, on stdout
    Sarif,
}

/// One checked file.
struct Checked {
    name: String,
    source: String,
    diagnostics: Vec<Diagnostic>,
}

impl Args {
    /// Does it.
    pub fn run(self) -> Outcome {
        let files = scripts(&self.paths)?;
        let checked = files.iter().map(|file| self.check(file)).collect::<Outcome<Vec<_>>>()?;
        match if self.json { Format::Json } else { self.format } {
            Format::Text => checked.iter().filter(|file| !file.diagnostics.is_empty()).for_each(|file| {
                let text = render::diagnostics(&file.name, &file.source, &file.diagnostics, terminal::style());
                terminal::note(text.trim_end());
            }),
            Format::Json => {
                let rows =
                    checked.iter().flat_map(|file| match render::json(&file.name, &file.source, &file.diagnostics) {
                        Json::Array(rows) => rows,
                        other => vec![other],
                    });
                terminal::out(&Json::Array(rows.collect()).to_string());
            }
            Format::Sarif => {
                let files = checked.iter().map(|f| (f.name.as_str(), f.source.as_str(), f.diagnostics.as_slice()));
                terminal::out(&render::sarif(files).to_string());
            }
        }
        let count = |severity| {
            let all = checked.iter().flat_map(|file| &file.diagnostics);
            all.filter(|diagnostic| diagnostic.severity == severity).count()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        if errors + warnings > 0 {
            terminal::note(&format!("{} checked: {errors} errors, {warnings} warnings", plural(files.len(), "script")));
        }
        Ok(if errors > 0 || (self.strict && warnings > 0) { Exit::Found } else { Exit::Done })
    }

    fn check(&self, file: &Path) -> Outcome<Checked> {
        let project = Project::of(file)?;
        let engine = project.engine(self.profile.as_deref(), None)?;
        let name = file.display().to_string();
        let bytes = std::fs::read(file).map_err(|e| file_problem(file, "be read", &e))?;
        let (source, diagnostics) = match String::from_utf8(bytes) {
            Ok(source) => {
                let diagnostics = match self.syntax {
                    true => engine.diagnose(&source),
                    false => rainwright_ide::check(&source, &options(&engine, &project, file)?),
                };
                (source, diagnostics)
            }
            Err(e) => {
                let at = e.utf8_error().valid_up_to();
                let problem = Problem::new(Code::NotText, format!("Byte {at} is not UTF-8 text"));
                let source = String::from_utf8_lossy(e.as_bytes()).into_owned();
                (source, vec![Diagnostic::error(problem, Span::new(at as u32, at as u32 + 1))])
            }
        };
        let diagnostics = diagnostics.into_iter().filter(|d| self.notes || d.severity != Severity::Note).collect();
        Ok(Checked { name, source, diagnostics })
    }
}

/// What the checks may take for granted: the product's rules, and the project's functions.
fn options(engine: &Engine, project: &Project, file: &Path) -> Outcome<rainwright_ide::Options> {
    let mut functions = Vec::new();
    for (_, source) in project.functions(file)? {
        let items = rainwright_syntax::parse(&source).tree.items;
        functions.extend(items.iter().filter_map(|item| match item {
            Item::Function(function) => {
                let path: Vec<&str> = function.path.iter().map(|part| part.name.as_str()).collect();
                Some(path.join("."))
            }
            Item::Statement(_) => None,
        }));
    }
    Ok(rainwright_ide::Options { profile: engine.current_profile(), functions, ..Default::default() })
}

/// A number with its noun.
fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
