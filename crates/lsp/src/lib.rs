//! Speaks the editor's protocol (LSP): passes questions to [`rainwright_ide::Analysis`] and answers on.
//!
//! Nothing is decided here. [`serve`] runs over any [`lsp_server::Connection`], [`serve_stdio`] over standard input and output.
//! What a project is, and which connections and services there are, the program around tells through [`Surroundings`].

// The protocol's edits are a map by address; the hash of an address depends on its text alone, which does not change.
#![allow(clippy::mutable_key_type)]

mod answers;
mod capabilities;
mod convert;
mod files;
mod position;
mod requests;
mod server;
mod state;
mod stdio;
mod sync;
mod tokens;

pub use server::{Stopped, serve, serve_stdio};

use rainwright_ide::Project;
use std::path::{Path, PathBuf};

/// What the program around knows about the projects that files belong to.
pub trait Surroundings: Send {
    /// The project of a folder: that of the nearest project file in it or above it.
    ///
    /// # Errors
    /// Why its project file cannot be used, for people. The project without its settings is used then.
    fn project(&self, folder: &Path) -> Result<FoundProject, String>;

    /// The name of the file that holds a project's settings.
    fn project_file(&self) -> &str {
        "dg.toml"
    }
}

/// A project that was found.
#[derive(Clone, Debug, Default)]
pub struct FoundProject {
    /// The folder with its settings; `None` where there are none.
    pub root: Option<PathBuf>,
    /// The folder with the functions that its scripts may call.
    pub functions: Option<PathBuf>,
    /// What the checks and completions take for granted.
    pub project: Project,
}
