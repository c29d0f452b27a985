//! A folder to work in, and the program, which runs there as people run it.
#![allow(dead_code)] // Each test program uses a part of this.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Variables of whoever runs the tests that would change what the program does.
const VARIABLES: &[&str] = &[
    "GITHUB_ACTIONS",
    "RAINWRIGHT_ENV",
    "RAINWRIGHT_JOURNAL",
    "RAINWRIGHT_KEY",
    "RAINWRIGHT_NEW_KEY",
    "RAINWRIGHT_PROXY",
    "RUST_LOG",
];

/// A folder to work in, with a home of its own for connections.
pub struct Desk {
    pub folder: TempDir,
}

/// What a run of the program left.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders that it is in.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program in this folder, with nothing on stdin.
    pub fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
        command.args(args).current_dir(self.folder.path()).env("RAINWRIGHT_HOME", self.path("home"));
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn dg(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    pub fn dg_with(&self, args: &[&str], stdin: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // A program that does not read its input is gone before this is written.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// The exit code, stdout, stderr.
    pub fn parts(self) -> (i32, String, String) {
        (self.code, self.out, self.err)
    }
}

impl From<std::process::Output> for Ran {
    fn from(ran: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: ran.status.code().unwrap_or(-1), out: text(ran.stdout), err: text(ran.stderr) }
    }
}
