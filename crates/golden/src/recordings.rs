//! The recordings beside a golden file: which part of them answers which section.

use std::path::{Path, PathBuf};

use rainwright::runtime::record::{self, Exchange};
use rainwright::runtime::trust::read_beside;
use rainwright_diagnostic::{FileUse, Problem, file_problem};

use crate::Section;

/// The recordings beside a golden file, in their order: `//--- name` lines part them. The part without a name is played in
/// turn by all sections that have none of their own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recordings {
    /// Their file.
    file: PathBuf,
    parts: Vec<(String, String)>,
}

impl Recordings {
    /// Reads the file beside a golden file; there are no recordings where there is none.
    pub(crate) fn beside(path: &Path) -> Result<Self, String> {
        let file = path.with_extension("http");
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = read_beside(&file, path).map_err(|e| file_problem(&file, FileUse::Read, &e).message)?;
        Ok(Self { file, ..Self::parse(&text) })
    }

    /// A part that cannot be read.
    fn wrong(&self, part: &str, problem: &Problem) -> String {
        let part = if part.is_empty() { String::new() } else { format!(", part {part}") };
        format!("{}{part}: {problem} {}", self.file.display(), problem.help())
    }

    fn parse(text: &str) -> Self {
        let mut parts = vec![(String::new(), String::new())];
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("//---"), parts.last_mut()) {
                (Some(name), _) => parts.push((name.trim().to_owned(), String::new())),
                (None, Some((_, part))) => part.push_str(line),
                (None, None) => {}
            }
        }
        // A part of comments alone is no recording.
        let says = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
        parts.retain(|(_, part)| part.lines().any(says));
        Self { file: PathBuf::new(), parts }
    }

    /// The text of a part. Of two with one name the later one counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parts.iter().rev().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// The parts, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether a section has no part of its own, and one of its cases has none either.
    pub(crate) fn is_shared_by(&self, section: &Section) -> bool {
        if !section.name.is_empty() && self.get(&section.name).is_some() {
            return false;
        }
        let has_cases = !self.parts.is_empty() && !section.settings.cases.is_empty();
        !has_cases || section.runs().iter().any(|run| self.get(&run.name).is_none())
    }
}

/// Where the answers of a run come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Part {
    /// There is no recording for it.
    #[default]
    Nothing,
    /// Its section's own part, or that of its case.
    Own(String),
    /// The part without a name.
    Shared,
}

/// Hands the recordings out to the sections of a file, in order.
pub(crate) struct Reel<'r> {
    recordings: &'r Recordings,
    /// What is left of the part without a name.
    rest: Vec<Exchange>,
    /// How much of it the section at hand has not played.
    left: usize,
    was_used_up: bool,
    begins_anew: bool,
}

impl<'r> Reel<'r> {
    pub(crate) fn new(recordings: &'r Recordings) -> Self {
        Self { recordings, rest: Vec::new(), left: 0, was_used_up: false, begins_anew: false }
    }

    /// Before the first run of a section: who shares a recording that was used up plays it from its start.
    pub(crate) fn begin(&mut self, section: &Section) -> Result<(), String> {
        self.begins_anew = false;
        if self.recordings.is_shared_by(section)
            && self.rest.is_empty()
            && let Some(whole) = self.recordings.get("")
        {
            self.begins_anew = self.was_used_up;
            self.rest = record::parse(whole).map_err(|problem| self.recordings.wrong("", &problem))?;
        }
        self.left = self.rest.len();
        Ok(())
    }

    /// What answers a run of the section that has begun. A case may have a part of its own, named like its run.
    pub(crate) fn answers(&self, section: &Section, run: &Section) -> (Part, Option<String>) {
        let own =
            |name: &str| self.recordings.get(name).map(|text| (Part::Own(name.to_owned()), Some(text.to_owned())));
        let of_case = if section.settings.cases.is_empty() { None } else { own(&run.name) };
        let of_section = || if section.name.is_empty() { None } else { own(&section.name) };
        of_case.or_else(of_section).unwrap_or_else(|| match self.recordings.get("") {
            Some(_) => (Part::Shared, Some(record::print(&self.rest))),
            None => (Part::Nothing, None),
        })
    }

    /// After a run: how many calls of its recording it has not made. Tells whether they do not matter because the run made
    /// none at all after others had made them all.
    pub(crate) fn played(&mut self, part: &Part, left: usize) -> bool {
        if *part != Part::Shared {
            return false;
        }
        self.left = left;
        self.begins_anew && left == self.rest.len()
    }

    /// The calls that a run made of its recording, of which it left so many.
    pub(crate) fn made(&self, part: &Part, left: usize) -> Result<Vec<Exchange>, String> {
        let mut all = match part {
            Part::Nothing => Vec::new(),
            Part::Shared => self.rest.clone(),
            Part::Own(name) => {
                let text = self.recordings.get(name).unwrap_or_default();
                record::parse(text).map_err(|problem| self.recordings.wrong(name, &problem))?
            }
        };
        all.truncate(all.len().saturating_sub(left));
        Ok(all)
    }

    /// After the last run of a section.
    pub(crate) fn end(&mut self) {
        if self.begins_anew && self.left == self.rest.len() {
            // It made no call: the recording is as used up as before.
            self.rest.clear();
        } else if !self.rest.is_empty() {
            self.rest.drain(..self.rest.len().saturating_sub(self.left));
            self.was_used_up |= self.rest.is_empty();
        }
    }

    /// How many calls of the part without a name no section has made.
    pub(crate) fn left_over(&self) -> usize {
        self.rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Recordings;

    #[test]
    fn a_recording_has_parts() {
        let text = "# recording 1\n//--- a\n> GET x\n< 200\n//--- b\n# nothing\n//--- a\n> GET y\n< 200\n";
        let recordings = Recordings::parse(text);
        assert_eq!(recordings.get(""), None);
        assert_eq!(recordings.get("a"), Some("> GET y\n< 200\n"));
        assert_eq!(recordings.get("b"), None);
        let shared = Recordings::parse("> GET x\n< 200\n//--- b\n> GET y\n< 200\n");
        assert_eq!(shared.parts().map(|(name, _)| name).collect::<Vec<_>>(), ["", "b"]);
    }
}
