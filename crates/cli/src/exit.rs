//! How the program ends: exit codes and what leads to them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rainwright::render::{Style, placeless};
use rainwright::{Code, Failure, Problem};
pub use rainwright_diagnostic::FileUse;
use rainwright_diagnostic::closest;

use crate::{command, terminal};

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The script failed, or the command could not do its work.
    Failed = 1,
    /// Wrong use of the program.
    Usage = 2,
    /// A check found something.
    Found = 3,
    /// A connection needs attention.
    Connection = 4,
    /// `dg try` met something that it cannot play.
    NotPlayable = 6,
}

impl Exit {
    /// The exit code for a problem of this kind.
    #[must_use]
    pub fn of(code: Code) -> Self {
        match code {
            Code::UnknownConnection
            | Code::NeedsReauth
            | Code::RefreshFailed
            | Code::AuthorizationFailed
            | Code::ConnectionDisabled => Exit::Connection,
            _ => Exit::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// What ended a command early.
#[derive(Debug)]
pub enum Trouble {
    /// The command line does not make sense.
    Usage(String),
    /// A script with mistakes, or one that stopped.
    Script(Box<Failure>),
    /// Anything else.
    Problem(Box<Problem>),
}

/// What commands return.
pub type CommandResult<T = Exit> = Result<T, Trouble>;

impl Trouble {
    /// A file or folder named on the command line that cannot be read.
    #[must_use]
    pub fn missing(path: &Path, error: &std::io::Error) -> Self {
        Self::of_path(file_problem(path, FileUse::Read, error))
    }

    /// A problem of a path that the command line names: wrong use when the file is the matter.
    #[must_use]
    pub fn of_path(problem: Problem) -> Self {
        match problem.code {
            Code::FileProblem => Trouble::Usage(
                format!("{}. {}", problem.message.trim_end_matches('.'), problem.help()).trim_end().into(),
            ),
            _ => problem.into(),
        }
    }

    /// A mistake on the command line, such as a profile that does not exist.
    #[must_use]
    pub fn usage(failure: Failure) -> Self {
        Trouble::Usage(format!("{}. {}", failure.message().trim_end_matches('.'), failure.help()))
    }

    /// The trouble in words, without colours.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Trouble::Usage(message) => message.clone(),
            Trouble::Script(failure) => failure.render(Style::PLAIN),
            Trouble::Problem(problem) => placeless(problem.code, &problem.message, problem.help(), Style::PLAIN),
        }
    }

    /// Tells the trouble on stderr; gives the exit code.
    #[must_use]
    pub fn report(self) -> Exit {
        match self {
            Trouble::Usage(message) => {
                terminal::note(&format!("{message}\nTry `{}`.", command::help()));
                Exit::Usage
            }
            Trouble::Script(failure) => {
                let failure = failure.map_text(|text| terminal::plain(text).into_owned());
                terminal::paint(failure.render(terminal::style()).trim_end());
                Exit::of(failure.code())
            }
            Trouble::Problem(problem) => {
                let (message, help) = (terminal::plain(&problem.message), terminal::plain(problem.help()));
                let text = placeless(problem.code, &message, &help, terminal::style());
                terminal::paint(text.trim_end());
                Exit::of(problem.code)
            }
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::Script(Box::new(failure))
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Trouble::Problem(Box::new(problem))
    }
}

/// The problem of a file or folder that cannot be used, and what may be meant instead.
pub fn file_problem(path: &Path, wanted: FileUse, error: &std::io::Error) -> Problem {
    let told = |error| rainwright_diagnostic::file_problem(path, wanted, error);
    match wanted {
        FileUse::Read if error.kind() == ErrorKind::NotFound => told(error).with_help(what_is_there(path)),
        FileUse::Make => told(error),
        // Systems disagree about the error that a folder gives.
        _ if !path.is_dir() => told(error),
        FileUse::Read => told(&ErrorKind::IsADirectory.into())
            .with_help(format!("Name a file in it{}.", example(files_in(path, &["dg", "ds"]).first()))),
        FileUse::Write => told(&ErrorKind::IsADirectory.into()),
    }
}

fn example(path: Option<&PathBuf>) -> String {
    path.map(|path| format!(", such as {}", path.display())).unwrap_or_default()
}

/// The files right in a folder whose names end in one of these ways, in order.
fn files_in(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|found| endings.iter().any(|ending| found == *ending)))
        .map(|path| path.strip_prefix("./").map(Path::to_owned).unwrap_or(path))
        .collect();
    found.sort();
    found
}

/// What may be meant by a path that leads nowhere.
fn what_is_there(path: &Path) -> String {
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() && !folder.is_dir() {
        return format!("There is no folder {}.", folder.display());
    }
    let with_ending = path.with_extension("dg");
    if with_ending.is_file() {
        return format!("Did you mean {}?", with_ending.display());
    }
    // What ends as what was typed is nearer than a script.
    let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let alike = if ending.is_empty() { Vec::new() } else { files_in(folder, &[ending.as_str()]) };
    let scripts = if alike.is_empty() { files_in(folder, &["dg", "ds"]) } else { alike };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<(String, &PathBuf)> = scripts
        .iter()
        .map(|script| (script.file_name().unwrap_or_default().to_string_lossy().into_owned(), script))
        .collect();
    let near = closest(&name, names.iter().map(|(name, _)| name.as_str()));
    if let Some((_, script)) = names.iter().find(|(name, _)| Some(name.as_str()) == near) {
        return format!("Did you mean {}?", script.display());
    }
    let place = if folder.as_os_str().is_empty() { "This folder".to_owned() } else { folder.display().to_string() };
    let shown: Vec<String> = scripts.iter().take(4).map(|script| script.display().to_string()).collect();
    match scripts.len() {
        0 => format!("{place} holds no scripts. Check the path."),
        1..=4 => format!("{place} holds {}.", shown.join(", ")),
        _ => format!("{place} holds {} and others.", shown.join(", ")),
    }
}

/// The problem of an address that a server cannot listen at.
pub fn listen_problem(wanted: std::net::SocketAddr, error: &std::io::Error) -> Problem {
    Problem::new(Code::NotSupported, format!("{wanted} cannot be listened at: {error}."))
        .with_help("Choose another port with --port, or 0 for any free one.")
}
