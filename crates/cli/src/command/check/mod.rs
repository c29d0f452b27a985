//! `dg check`: looks for mistakes without running.

mod changed;
mod checker;
mod permissions;
mod sarif;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use rainwright::{Engine, Severity, render};
// Reports for other programs; no values of scripts are in them.
use serde_json::Value as Json;

use crate::command::connections;
use crate::command::run::interrupt;
use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::kind::KindArgs;
use crate::network::EnvironmentArgs;
use crate::project::{Project, read, scripts};
use crate::terminal;
use checker::{Checked, Checker};
use permissions::Reached;

/// Looks for mistakes in scripts without running them.
///
/// Errors are reported, and with them warnings: what is probably a mistake. `dg doc lints` lists what is looked for,
/// `dg doc CODE` explains a finding. A project sets levels in dg.toml; a comment `// dg-allow: CODE reason` allows one finding.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg check
  dg check --fix scripts
  dg check --changed            only what differs from the last commit
  dg check - < draft.dg         from stdin
  dg check --sarif scripts > findings.sarif
  dg check --permissions        what scripts can reach, against permissions.toml

Exit codes: 0 nothing found (or only warnings, without --strict), 2 wrong use, 3 mistakes found.")]
pub struct Args {
    /// Scripts, application exports (.ds), or folders with .dg files; - for stdin; this folder when none is named
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
    /// The same as --format sarif
    #[arg(long, conflicts_with_all = ["format", "json"])]
    sarif: bool,
    /// Show notes too: hints that are often fine as they are
    #[arg(long)]
    notes: bool,
    /// Let warnings count as mistakes
    #[arg(long)]
    strict: bool,
    /// Make the fixes that are safe, then report what is left; with - the script goes to stdout
    #[arg(long, conflicts_with_all = ["syntax", "watch"])]
    fix: bool,
    /// Check only scripts that Git sees as changed since this commit, new ones included; HEAD when none is named
    #[arg(long, value_name = "COMMIT", num_args = 0..=1, require_equals = true, default_missing_value = "HEAD")]
    changed: Option<String>,
    /// Compare what the scripts can reach (hosts, methods, connections, scopes) with permissions.toml; exit code 3 when they
    /// reach more. Writes the file when there is none
    #[arg(long, conflicts_with_all = ["syntax", "fix", "changed", "watch", "notes", "strict", "format", "json", "sarif"])]
    permissions: bool,
    /// With --permissions: write the file anew
    #[arg(long, requires = "permissions")]
    accept: bool,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long)]
    profile: Option<String>,
    #[command(flatten)]
    kind: KindArgs,
    /// Warn of connections that scripts name and the store does not have
    #[arg(long)]
    connections: bool,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Check again whenever a file changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

/// So many files are read before they are checked side by side.
const AT_ONCE: usize = 256;

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

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if let Some(profile) = &self.profile {
            // One that does not exist would check by other rules than those that were asked for.
            Engine::new().profile(profile).map_err(Trouble::usage)?;
        }
        if self.permissions {
            self.check_permissions()
        } else if self.watch {
            self.keep_checking()
        } else {
            self.check_all()
        }
    }

    /// Checks whenever a file has changed, is new or is gone. The exit code is that of the last check.
    fn keep_checking(&self) -> CommandResult {
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

    fn check_all(&self) -> CommandResult {
        let files = self.files()?;
        let known = self.connections.then(|| connection_names(&self.environment)).transpose()?;
        let mut checker = Checker::new(self.profile.as_deref(), self.syntax, known).of_kind(&self.kind)?;
        let mut progress = terminal::Progress::new(files.len());
        let mut checked = Vec::with_capacity(files.len());
        let mut fixes = 0;
        for some in files.chunks(AT_ONCE) {
            let mut prepared = Vec::with_capacity(some.len());
            for file in some {
                progress.step();
                if self.fix {
                    fixes += self.fix_file(&mut checker, file)?;
                }
                prepared.push(checker.prepare(file)?);
            }
            checked.extend(checker::check_all(prepared));
        }
        for one in &mut checked {
            one.diagnostics.retain(|d| self.notes || d.severity != Severity::Note);
        }
        progress.end();
        self.print(&checked);
        let count = |severity| {
            let all = checked.iter().flat_map(|file| &file.diagnostics);
            all.filter(|diagnostic| diagnostic.severity == severity).count()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        if fixes > 0 {
            terminal::note(&format!("{} made", plural(fixes, "fix", "fixes")));
        }
        if self.watch || errors + warnings > 0 {
            terminal::note(&format!(
                "{} checked: {}, {}",
                plural(files.len(), "script", "scripts"),
                plural(errors, "error", "errors"),
                plural(warnings, "warning", "warnings")
            ));
        }
        Ok(if errors > 0 || (self.strict && warnings > 0) { Exit::Found } else { Exit::Done })
    }

    fn check_permissions(&self) -> CommandResult {
        let files = self.files()?;
        let mut reached = Reached::default();
        for file in &files {
            let source = read(file)?;
            reached.add(&file.display().to_string(), &source, rainwright_ide::reach(&source));
        }
        let project = Project::of(files.first().map_or(Path::new("."), PathBuf::as_path))?;
        reached.settle(&permissions::file_for(project.root.as_deref()), self.accept)
    }

    /// The scripts to check.
    fn files(&self) -> CommandResult<Vec<PathBuf>> {
        if self.paths.iter().any(|path| path == Path::new("-")) {
            if self.paths.len() > 1 || self.changed.is_some() {
                return Err(Trouble::Usage("- for stdin goes alone, without other paths and --changed.".into()));
            }
            return Ok(self.paths.clone());
        }
        // A path that is not there is wrong use, like a wrong option.
        let files = scripts(&self.paths).map_err(|problem| Trouble::Usage(problem.message))?;
        if files.is_empty() && !self.watch {
            let places: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
            let places = places.join(", ");
            return Err(Trouble::Usage(format!(
                "There are no scripts (.dg files) in {places}: name files or other folders."
            )));
        }
        match &self.changed {
            None => Ok(files),
            Some(commit) => {
                let changed: BTreeSet<PathBuf> = changed::since(commit)?.into_iter().collect();
                let is_changed = |file: &PathBuf| file.canonicalize().is_ok_and(|file| changed.contains(&file));
                Ok(files.into_iter().filter(is_changed).collect())
            }
        }
    }

    /// Makes the safe fixes of a script; gives how many.
    fn fix_file(&self, checker: &mut Checker, file: &Path) -> CommandResult<usize> {
        let Some((source, options)) = checker.read(file)? else { return Ok(0) };
        let fixed = rainwright_ide::fix_all(&source, &options);
        if file == Path::new("-") {
            terminal::out(fixed.source.strip_suffix('\n').unwrap_or(&fixed.source));
            checker.replace_stdin(fixed.source);
        } else if fixed.count > 0 {
            std::fs::write(file, &fixed.source).map_err(|e| file_problem(file, FileUse::Write, &e))?;
        }
        Ok(fixed.count)
    }

    fn print(&self, checked: &[Checked]) {
        let format = match (self.json, self.sarif) {
            (true, _) => Format::Json,
            (_, true) => Format::Sarif,
            _ => self.format,
        };
        match format {
            Format::Text => checked.iter().filter(|file| !file.diagnostics.is_empty()).for_each(|file| {
                terminal::diagnostics(&file.name, &file.source, &file.diagnostics);
            }),
            Format::Json => {
                let rows =
                    checked.iter().flat_map(|file| match render::json(&file.name, &file.source, &file.diagnostics) {
                        Json::Array(rows) => rows,
                        other => vec![other],
                    });
                terminal::out(&Json::Array(rows.collect()).to_string());
            }
            Format::Sarif => terminal::out(&sarif::of(checked).to_string()),
        }
    }
}

/// The names of the user's connections, of the environment that is named if one is.
fn connection_names(environment: &EnvironmentArgs) -> CommandResult<Vec<String>> {
    Ok(connections::stored(environment)?.into_iter().map(|connection| connection.name).collect())
}

/// What tells that a file has changed: its time and its length.
fn stamp(file: &Path) -> (PathBuf, Option<(SystemTime, u64)>) {
    let meta = std::fs::metadata(file).ok();
    (file.to_owned(), meta.and_then(|meta| Some((meta.modified().ok()?, meta.len()))))
}

/// A number with its noun.
fn plural(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
