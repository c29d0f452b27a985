//! A golden file cut into its sections, each with its settings and expectations.

use std::path::{Path, PathBuf};

use crate::Settings;
use crate::expect::Expectation;

/// A golden script file.
#[derive(Debug)]
pub struct GoldenFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its scripts.
    pub sections: Vec<Section>,
}

/// One script of a golden file.
#[derive(Debug)]
pub struct Section {
    /// The text after `//---`; empty for the first section.
    pub name: String,
    /// The script, with empty lines in place of everything before it, so that line numbers are those of the file.
    pub source: String,
    /// 1-based line of its first line.
    pub first_line: u32,
    /// How it is run.
    pub settings: Settings,
    /// What must come out.
    pub(crate) expectations: Vec<Expectation>,
}

impl GoldenFile {
    /// Reads a golden file.
    ///
    /// # Errors
    /// A file that cannot be read, or a setting that does not exist; the text says which line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        // A script may hold any bytes; what is no text is read as the parser would show it.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self::parse(path, text)
    }

    /// Cuts a text into its sections.
    ///
    /// # Errors
    /// As [`GoldenFile::read`].
    pub fn parse(path: &Path, text: String) -> Result<Self, String> {
        let mut sections = Vec::new();
        let mut section = Section::begin("", 1, &Settings::default());
        let mut shared = Settings::default();
        let mut statement_line = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let number = index as u32 + 1;
            let trimmed = line.trim();
            let wrong = |what: String| format!("{}:{number}: {what}", path.display());
            if let Some(name) = trimmed.strip_prefix("//---") {
                let next = Section::begin(name.trim(), number, &shared);
                let done = std::mem::replace(&mut section, next);
                if done.has_code() {
                    sections.push(done);
                } else {
                    // Settings in front of the first script hold for all of them.
                    shared = done.settings;
                    section.settings = shared.clone();
                }
                continue;
            }
            if let Some(setting) = trimmed.strip_prefix("//@") {
                section.settings.take(setting.trim()).map_err(wrong)?;
            } else {
                let own_line = trimmed.starts_with("//");
                let at = if own_line { statement_line } else { number };
                if let Some(expectation) = Expectation::find(line, at, own_line).map_err(wrong)? {
                    section.expectations.push(expectation);
                }
                if !own_line && !trimmed.is_empty() {
                    statement_line = number;
                }
            }
            section.source.push_str(line);
        }
        if section.has_code() || sections.is_empty() {
            sections.push(section);
        }
        Ok(Self { path: path.to_owned(), text, sections })
    }
}

impl Section {
    fn begin(name: &str, line: u32, settings: &Settings) -> Self {
        let before = if name.is_empty() && line == 1 { 0 } else { line as usize };
        Self {
            name: name.to_owned(),
            source: "\n".repeat(before),
            first_line: line,
            settings: settings.clone(),
            expectations: Vec::new(),
        }
    }

    fn has_code(&self) -> bool {
        !self.expectations.is_empty()
            || self.settings.result.is_some()
            || self.settings.script.is_some()
            || self.source.lines().any(|line| !line.trim().is_empty() && !line.trim().starts_with("//"))
    }

    /// How many results it expects.
    #[must_use]
    pub fn results(&self) -> usize {
        let settings = &self.settings;
        let own = [settings.result.is_some(), settings.ends.is_some(), settings.played.is_some()];
        self.expectations.len() + own.into_iter().filter(|expects| *expects).count()
    }

    /// Whether anything could make it fail.
    #[must_use]
    pub fn expects_something(&self) -> bool {
        self.results() > 0
    }
}
