//! Who starts a run: the same advice in the words of a command line, and of a launch configuration.

use std::path::Path;

/// Who starts a run, and so the words for what they can give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// Somebody at a command line.
    #[default]
    CommandLine,
    /// Somebody at an editor, with a launch configuration.
    Editor,
}

impl Caller {
    /// How a parameter is given.
    pub fn give(self, name: &str) -> String {
        match self {
            Caller::CommandLine => format!("--arg {name}=VALUE."),
            Caller::Editor => format!("\"args\": {{\"{name}\": VALUE}}. (Keys of the launch configuration.)"),
        }
    }

    /// How a recording is written.
    pub fn record(self, file: &Path, recording: &Path) -> String {
        let (file, recording) = (file.display(), recording.display());
        match self {
            Caller::CommandLine => format!("dg run {file} --record {recording}"),
            Caller::Editor => format!("\"record\": \"{recording}\" in place of \"replay\"."),
        }
    }

    /// How a script is run with inputs that are made up.
    pub fn try_it(self, file: &Path, entry: Option<&str>) -> String {
        match self {
            Caller::CommandLine => {
                let entry = entry.map_or_else(String::new, |entry| format!(" --entry {entry}"));
                format!("Or run it with made-up inputs: dg try {}{entry}", file.display())
            }
            Caller::Editor => "Or run it with made-up inputs: \"try\": true.".to_owned(),
        }
    }
}
