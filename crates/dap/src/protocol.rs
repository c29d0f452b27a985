//! The requests of the protocol whose arguments are looked at, and what this debugger can do.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value as Json, json};

/// One request of the editor.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) seq: i64,
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) arguments: Json,
}

impl Request {
    /// Whether the answer is worked out by running something.
    pub(crate) fn evaluates(&self) -> bool {
        matches!(self.command.as_str(), "evaluate" | "setVariable")
    }

    /// Its arguments.
    pub(crate) fn read<T: for<'de> Deserialize<'de>>(&self) -> Result<T, String> {
        let arguments = if self.arguments.is_null() { json!({}) } else { self.arguments.clone() };
        serde_json::from_value(arguments)
            .map_err(|error| format!("The request '{}' is not right: {error}.", self.command))
    }
}

/// `initialize`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Client {
    #[serde(default = "yes")]
    pub(crate) lines_start_at1: bool,
    #[serde(default = "yes")]
    pub(crate) columns_start_at1: bool,
}

fn yes() -> bool {
    true
}

/// A source as the editor names it: a file, or a text that this debugger holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source {
    pub(crate) path: Option<PathBuf>,
    pub(crate) source_reference: Option<usize>,
}

/// `setBreakpoints`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SetBreakpoints {
    pub(crate) source: Source,
    #[serde(default)]
    pub(crate) breakpoints: Vec<Wanted>,
}

/// A breakpoint as it is asked for, at a line or at a function.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wanted {
    #[serde(default)]
    pub(crate) line: u32,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) condition: Option<String>,
    pub(crate) hit_condition: Option<String>,
    pub(crate) log_message: Option<String>,
}

/// `setFunctionBreakpoints`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SetFunctions {
    pub(crate) breakpoints: Vec<Wanted>,
}

/// `setExceptionBreakpoints`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SetExceptions {
    pub(crate) filters: Vec<String>,
}

/// `source`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceText {
    #[serde(default)]
    pub(crate) source: Source,
    #[serde(default)]
    pub(crate) source_reference: usize,
}

/// `scopes`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfFrame {
    #[serde(default)]
    pub(crate) frame_id: usize,
}

/// `stackTrace`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StackTrace {
    #[serde(default)]
    pub(crate) start_frame: usize,
    #[serde(default)]
    pub(crate) levels: usize,
}

/// `variables`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variables {
    pub(crate) variables_reference: usize,
    #[serde(default)]
    pub(crate) start: usize,
    #[serde(default)]
    pub(crate) count: usize,
}

/// `setVariable`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetVariable {
    pub(crate) variables_reference: usize,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// `evaluate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Evaluate {
    pub(crate) expression: String,
    #[serde(default)]
    pub(crate) frame_id: usize,
    #[serde(default)]
    pub(crate) context: String,
}

/// What this debugger can do.
pub(crate) fn capabilities() -> Json {
    json!({
        "supportsConfigurationDoneRequest": true,
        "supportsFunctionBreakpoints": true,
        "supportsConditionalBreakpoints": true,
        "supportsHitConditionalBreakpoints": true,
        "supportsLogPoints": true,
        "supportsEvaluateForHovers": true,
        "supportsSetVariable": true,
        "supportsRestartRequest": true,
        "supportsTerminateRequest": true,
        "supportsExceptionInfoRequest": true,
        "supportsDelayedStackTraceLoading": true,
        "exceptionBreakpointFilters": [
            { "filter": "uncaught", "label": "Errors that nothing catches", "default": true },
            { "filter": "all", "label": "All errors", "default": false },
        ],
    })
}
