//! Says why a file or folder cannot be used, and what to do about it, in words that are the same on every system.

use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::{Code, Problem};

/// What was to be done with a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileUse {
    /// It is read.
    Read,
    /// It is written, new or over what is there.
    Write,
    /// It is a folder that is made.
    Make,
}

impl FileUse {
    fn words(self) -> &'static str {
        match self {
            FileUse::Read => "read",
            FileUse::Write => "written",
            FileUse::Make => "made",
        }
    }
}

/// The problem of a file or folder that cannot be used: which one, why, and what to do.
#[must_use]
pub fn file_problem(path: &Path, wanted: FileUse, error: &Error) -> Problem {
    let message = format!("{} cannot be {}: {}", path.display(), wanted.words(), file_trouble(error));
    Problem::new(Code::FileProblem, message).with_help(help(path, wanted, error))
}

fn help(path: &Path, wanted: FileUse, error: &Error) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let inside = folder.map_or_else(|| "this folder".to_owned(), |folder| folder.display().to_string());
    match (error.kind(), wanted) {
        (ErrorKind::NotFound, FileUse::Read) => "Check the path.".into(),
        (ErrorKind::NotFound, _) => format!("There is no folder {inside}: make it first, or name another path."),
        (ErrorKind::NotADirectory, _) | (ErrorKind::AlreadyExists, FileUse::Make) => {
            "Name another path: a file is no folder, and nothing goes into it.".into()
        }
        (ErrorKind::AlreadyExists, _) => "Name another path: nothing is overwritten.".into(),
        (ErrorKind::IsADirectory, _) => format!("Name a file in {}.", path.display()),
        (ErrorKind::PermissionDenied, FileUse::Read) => "Look at the permissions of the file and its folder.".into(),
        (ErrorKind::PermissionDenied, _) => format!("Look at the permissions of {inside}, or name another path."),
        (ErrorKind::ReadOnlyFilesystem, _) => "Name a path on a disk that can be written.".into(),
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => "Make room on the disk, or name another one.".into(),
        (ErrorKind::InvalidData, _) => "Save it as UTF-8.".into(),
        _ => "Check the path and its permissions.".into(),
    }
}

/// Why a file cannot be used, as the end of a sentence, without the numbers of the system.
#[must_use]
pub fn file_trouble(error: &Error) -> String {
    // Whoever made the error itself has said why.
    if error.get_ref().is_some() {
        return error.to_string();
    }
    let known = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "you are not allowed to",
        ErrorKind::AlreadyExists => "there is one of that name already",
        ErrorKind::NotADirectory => "a part of the path is a file, not a folder",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::ReadOnlyFilesystem => "nothing can be written on that disk",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "your share of the disk is used up",
        ErrorKind::InvalidData => "it is no text in UTF-8",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let said = error.to_string();
    match error.raw_os_error() {
        Some(_) => said.split(" (os error").next().unwrap_or(&said).to_owned(),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_which_file_and_why_and_what_to_do() {
        let told = |path: &str, wanted, kind: ErrorKind| {
            let problem = file_problem(Path::new(path), wanted, &Error::from(kind));
            format!("{} | {}", problem.message, problem.help())
        };
        assert_eq!(
            told("/nope/x.http", FileUse::Write, ErrorKind::NotFound),
            "/nope/x.http cannot be written: there is no such file or folder | There is no folder /nope: make it first, or name another path."
        );
        assert_eq!(
            told("a.dg/out", FileUse::Make, ErrorKind::NotADirectory),
            "a.dg/out cannot be made: a part of the path is a file, not a folder | Name another path: a file is no folder, and nothing goes into it."
        );
        assert_eq!(
            told("keys", FileUse::Write, ErrorKind::PermissionDenied),
            "keys cannot be written: you are not allowed to | Look at the permissions of this folder, or name another path."
        );
    }

    #[test]
    fn no_number_of_the_system_is_shown() {
        for number in [1, 2, 5, 13, 17, 20, 21, 28, 30, 40] {
            let said = file_trouble(&Error::from_raw_os_error(number));
            assert!(!said.contains("os error") && !said.is_empty(), "{said}");
        }
        let own = Error::new(ErrorKind::PermissionDenied, "it lies outside of the project");
        assert_eq!(file_trouble(&own), "it lies outside of the project");
    }
}
