//! `dg check`: looks for mistakes without running.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use rainwright::{Code, Diagnostic, Engine, Problem, Severity, Span, render};
use rainwright_ide::Options;
use rainwright_syntax::ast::Item;
use serde_json::Value as Json;

use crate::command::connections;
use crate::command::run::interrupt;
use crate::exit::{Exit, Outcome, Trouble, file_problem};
use crate::export::function_name;
use crate::network::EnvironmentArgs;
use crate::project::{Project, scripts};
use crate::terminal;
use rainwright_syntax::DocumentKind;

/// Looks for mistakes in scripts without running them. Exit code 3 when there are any.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg check
  dg check --watch
  dg check --connections scripts
  dg check --format sarif scripts > findings.sarif")]
pub struct Args {
    /// Scripts, application exports (.ds), or folders with .dg files; this folder when none is named
    #[arg(default_value = ".", hide_default_value = true)]
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
    /// Warn of connections that scripts name and the store does not have
    #[arg(long)]
    connections: bool,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Check again whenever a file changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

/// How often `--watch` looks at the files.
const WATCH: Duration = Duration::from_millis(300);

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
        if self.watch { self.keep_checking() } else { self.check_all() }
    }

    /// Checks whenever a file has changed, is new or is gone. The exit code is that of the last check.
    fn keep_checking(&self) -> Outcome {
        let stop = interrupt()?;
        let (mut seen, mut exit) = (None, Exit::Done);
        while !stop.load(Ordering::Relaxed) {
            let now = scripts(&self.paths).map(|files| files.iter().map(|file| stamp(file)).collect::<Vec<_>>()).ok();
            if seen.as_ref() != Some(&now) {
                if seen.is_some() {
                    terminal::clear();
                }
                exit = self.check_all().unwrap_or_else(Trouble::report);
                seen = Some(now);
            }
            std::thread::sleep(WATCH);
        }
        Ok(exit)
    }

    fn check_all(&self) -> Outcome {
        let files = scripts(&self.paths)?;
        let known = self.connections.then(|| connection_names(&self.environment)).transpose()?;
        let mut progress = terminal::Progress::new(files.len());
        let mut checked = Vec::with_capacity(files.len());
        for file in &files {
            progress.step();
            checked.push(self.check(file, known.as_deref())?);
        }
        progress.end();
        self.tell(&checked);
        let count = |severity| {
            let all = checked.iter().flat_map(|file| &file.diagnostics);
            all.filter(|diagnostic| diagnostic.severity == severity).count()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        if self.watch || errors + warnings > 0 {
            terminal::note(&format!("{} checked: {errors} errors, {warnings} warnings", plural(files.len(), "script")));
        }
        Ok(if errors > 0 || (self.strict && warnings > 0) { Exit::Found } else { Exit::Done })
    }

    fn tell(&self, checked: &[Checked]) {
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
    }

    fn check(&self, file: &Path, connections: Option<&[String]>) -> Outcome<Checked> {
        let project = Project::of(file)?;
        let name = file.display().to_string();
        let bytes = std::fs::read(file).map_err(|e| file_problem(file, "be read", &e))?;
        let (source, diagnostics) = match String::from_utf8(bytes) {
            Ok(source) => {
                let is_export = DocumentKind::of(&source) == DocumentKind::Export;
                let engine = project.engine(self.profile.as_deref(), is_export, None)?;
                let diagnostics = if self.syntax {
                    engine.diagnose(&source)
                } else {
                    let connections = connections.map(<[String]>::to_vec);
                    let options = Options { connections, ..options(&engine, &project, file, &source)? };
                    rainwright_ide::check(&source, &options)
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

/// What the checks may take for granted: the product's rules, and the functions of the project or the export.
fn options(engine: &Engine, project: &Project, file: &Path, source: &str) -> Outcome<Options> {
    let is_export = DocumentKind::of(source) == DocumentKind::Export;
    let mut functions = if is_export { function_names(source) } else { Vec::new() };
    let used = rainwright_golden::used(file, source).map_err(|why| Problem::new(Code::FileProblem, why))?;
    for (_, source) in used.into_iter().chain(project.functions(file)?) {
        functions.extend(function_names(&source));
    }
    Ok(Options { profile: engine.current_profile(), functions, ..Default::default() })
}

fn function_names(source: &str) -> Vec<String> {
    let items = rainwright_syntax::parse(source).tree.items;
    let names = items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(function_name(function)),
        Item::Statement(_) => None,
    });
    names.collect()
}

/// The names of the user's connections, of the environment that is named if one is.
fn connection_names(environment: &EnvironmentArgs) -> Outcome<Vec<String>> {
    Ok(connections::stored(environment)?.into_iter().map(|connection| connection.name).collect())
}

/// What tells that a file has changed: its time and its length.
fn stamp(file: &Path) -> (PathBuf, Option<(SystemTime, u64)>) {
    let meta = std::fs::metadata(file).ok();
    (file.to_owned(), meta.and_then(|meta| Some((meta.modified().ok()?, meta.len()))))
}

/// A number with its noun.
fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
