//! A golden file cut into its sections, each with its settings and expectations.

use std::path::{Path, PathBuf};

use rainwright::Code;
use rainwright_diagnostic::{FileUse, file_problem};

use crate::Settings;
use crate::expect::{Expectation, What};

/// A golden script file.
#[derive(Debug, Default)]
pub struct GoldenFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its scripts.
    pub sections: Vec<Section>,
}

/// One script of a golden file.
#[derive(Clone, Debug)]
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
    /// Settings and expectations that cannot be read: the line, and what is wrong with it. Such a section is not run.
    pub(crate) mistakes: Vec<(u32, String)>,
}

impl GoldenFile {
    /// Whether it says anywhere what must come out, or how it is run: a plain script does not.
    #[must_use]
    pub fn is_test(&self) -> bool {
        // Of what kind it is, any script may say.
        let is_kind = |setting: &str| setting.trim_start().starts_with("kind:");
        let marked =
            |line: &str| line.strip_prefix("//@").is_some_and(|setting| !is_kind(setting)) || line.starts_with("//---");
        self.text.lines().any(|line| marked(line.trim_start()))
            || self.sections.iter().any(|section| !section.expectations.is_empty())
    }

    /// Reads a golden file.
    ///
    /// # Errors
    /// A file that cannot be read, or a wrong setting that all sections would share; the text says which line. Other mistakes
    /// only keep their section from being run.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|e| file_problem(path, FileUse::Read, &e).message)?;
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
            if let Some(name) = trimmed.strip_prefix("//---") {
                statement_line = 0;
                let next = Section::begin(name.trim(), number, &shared);
                let done = std::mem::replace(&mut section, next);
                // A head of settings alone says what the others have in common.
                let is_head = done.name.is_empty() && done.first_line == 1;
                if done.has_code() && (!is_head || done.has_source() || done.expects_something())
                    || !(is_head || done.mistakes.is_empty())
                {
                    sections.push(done);
                } else if let Some((line, what)) = done.mistakes.first() {
                    return Err(format!("{}:{line}: {what}", path.display()));
                } else {
                    // Settings in front of the first script hold for all of them.
                    shared = done.settings;
                    section.settings = shared.clone();
                }
                continue;
            }
            if let Some(setting) = trimmed.strip_prefix("//@") {
                if let Err(what) = section.settings.take(setting.trim()) {
                    section.mistakes.push((number, what));
                }
                let settings = &mut section.settings;
                for step in settings.workflows.iter_mut().chain(&mut settings.steps).filter(|step| step.line == 0) {
                    step.line = number;
                }
                if let Some(case) = section.settings.cases.last_mut().filter(|case| case.line == 0) {
                    case.line = number;
                }
            } else {
                let own_line = trimmed.starts_with("//");
                let at = if own_line { statement_line } else { number };
                match Expectation::find(line, at, own_line) {
                    Ok(expectation) => section.expectations.extend(expectation),
                    Err(what) => section.mistakes.push((number, what)),
                }
                if !own_line && !trimmed.is_empty() {
                    statement_line = number;
                }
            }
            section.source.push_str(line);
        }
        if section.has_code() || !section.mistakes.is_empty() || sections.is_empty() {
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
            mistakes: Vec::new(),
        }
    }

    fn has_code(&self) -> bool {
        !self.expectations.is_empty()
            || self.settings.result.is_some()
            || self.settings.script.is_some()
            || self.settings.steps.iter().any(|step| step.line >= self.first_line)
            || self.has_source()
    }

    fn has_source(&self) -> bool {
        self.source.lines().any(|line| !line.trim().is_empty() && !line.trim().starts_with("//"))
    }

    /// How many results it expects.
    #[must_use]
    pub fn results(&self) -> usize {
        let settings = &self.settings;
        let own = [
            settings.result.is_some(),
            settings.shown.is_some(),
            settings.ends.is_some(),
            settings.played.is_some(),
            settings.snapshot.is_some(),
            !settings.after.is_empty(),
        ];
        let steps = settings.steps.iter().filter(|step| step.word == "then" && step.line >= self.first_line).count();
        self.expectations.len() + steps + own.into_iter().filter(|expects| *expects).count()
    }

    /// The sections that run in its place: one for each case, else the section itself.
    pub(crate) fn runs(&self) -> Vec<Section> {
        if self.settings.cases.is_empty() {
            return vec![self.clone()];
        }
        let of_case = |case: &crate::Case| Section {
            name: if self.name.is_empty() { case.name.clone() } else { format!("{} — {}", self.name, case.name) },
            first_line: case.line,
            settings: case.settings(&self.settings),
            ..self.clone()
        };
        self.settings.cases.iter().map(of_case).collect()
    }

    /// Whether it expects that nobody answers a call.
    pub(crate) fn expects_no_answer(&self) -> bool {
        let none = [Code::NotRecorded, Code::UnknownConnection].map(Code::number);
        let finds =
            |expectation: &Expectation| matches!(&expectation.what, What::Finds { code, .. } if none.contains(code));
        self.settings.ends.is_some_and(|code| none.contains(&code)) || self.expectations.iter().any(finds)
    }

    /// Whether anything could make it fail.
    #[must_use]
    pub fn expects_something(&self) -> bool {
        self.results() > 0
    }

    /// The line that a reason speaks of, which begins with the key of a setting; that of the section when it has none.
    pub(crate) fn line_of(&self, why: &str, path: &Path) -> u32 {
        let why = without_path(why, path);
        let key = why.split(':').next().unwrap_or_default().trim();
        if key == "case" {
            return self.first_line;
        }
        let named = why.split('\'').nth(1).unwrap_or_default();
        let setting = |line: &&str| -> Option<String> {
            let (known, value) = line.trim().strip_prefix("//@")?.split_once(':')?;
            (known.trim() == key).then(|| value.to_owned())
        };
        let lines = (1..).zip(self.source.lines()).filter_map(|(number, line)| Some((number, setting(&line)?)));
        let lines: Vec<(u32, String)> = lines.collect();
        let of_name = lines.iter().find(|(_, value)| !named.is_empty() && value.contains(named));
        of_name.or(lines.first()).map_or(self.first_line, |(number, _)| *number)
    }
}

/// A reason without the file's name in front of it.
pub(crate) fn without_path<'w>(why: &'w str, path: &Path) -> &'w str {
    why.strip_prefix(&format!("{}: ", path.display())).unwrap_or(why)
}
