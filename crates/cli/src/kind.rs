//! What `--kind` and `--event` mean: which kind of function a script is, and what its product gives it.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use rainwright::builtins::{FunctionKind, function_kinds};
use rainwright::{Data, Form};

use crate::exit::{CommandResult, Trouble};

/// Says of what kind a script is.
#[derive(clap::Args, Clone, Default)]
pub struct KindArgs {
    /// The kind of function that the script is, such as cliq-bot-message or crm-button: its product's rules, variables and
    /// result hold. `dg doc kinds` lists them
    #[arg(long, value_name = "KIND", value_parser = names(), hide_possible_values = true)]
    pub kind: Option<String>,
}

/// Says what an event gives to the script.
#[derive(clap::Args, Clone, Default)]
pub struct EventArgs {
    #[command(flatten)]
    pub kind: KindArgs,
    /// Take the variables of the event from this file: a JSON object, in which what is left out is as in the example of the
    /// kind
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
}

/// The names of kinds, for completion and for mistakes.
pub fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(function_kinds().map(|kind| kind.name).collect::<Vec<_>>())
}

impl KindArgs {
    /// The kind that the command line names, else the one that the script names.
    ///
    /// # Errors
    /// The script names one that does not exist.
    pub fn of(&self, source: &str) -> CommandResult<Option<&'static FunctionKind>> {
        let found = match &self.kind {
            Some(name) => FunctionKind::find(name).map(Some),
            None => FunctionKind::of_source(source),
        };
        found.map_err(|problem| Trouble::Usage(format!("{}. {}", problem.message, problem.help())))
    }
}

impl EventArgs {
    /// Whether an event was given.
    pub fn is_given(&self) -> bool {
        self.event.is_some()
    }

    /// The variables that a run is given, besides its arguments.
    ///
    /// # Errors
    /// An event that cannot be read, that gives what the function does not get, or that no kind is named for.
    pub fn values(&self, kind: Option<&'static FunctionKind>, own: &[&str]) -> CommandResult<Vec<(String, Data)>> {
        let Some(kind) = kind else {
            return match &self.event {
                Some(_) => Err(Trouble::Usage(
                    "--event needs --kind: what it gives depends on the kind of the function.".into(),
                )),
                None => Ok(Vec::new()),
            };
        };
        if kind.is_form_event() {
            return Ok(Vec::new());
        }
        let event = self.event.as_deref().map(read).transpose()?;
        Ok(kind.values(event.as_deref(), own)?)
    }

    /// The form that an event of Creator sees.
    ///
    /// # Errors
    /// An event that is no form.
    pub fn form(&self, kind: Option<&'static FunctionKind>) -> CommandResult<Option<Form>> {
        let Some(kind) = kind.filter(|kind| kind.is_form_event()) else { return Ok(None) };
        let own = self.event.as_deref().map(read).transpose()?;
        Ok(Some(Form::read(own.as_deref().unwrap_or(kind.form))?))
    }
}

fn read(path: &Path) -> CommandResult<String> {
    std::fs::read_to_string(path).map_err(|e| Trouble::missing(path, &e))
}
