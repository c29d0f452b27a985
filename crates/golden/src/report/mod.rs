//! What came of a golden run, for people and for CI.

mod github;
mod json;
mod junit;
mod show;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use github::github;
pub use json::json;
pub use junit::junit;
pub use show::show;

use crate::Section;

/// What a file or section is expected to have that could not be run; what is found is why.
const SETTINGS: &str = "a golden script that can be run";

/// Something that came out otherwise than expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// 1-based line in the file.
    pub line: u32,
    /// What was expected; empty when nothing was.
    pub expected: String,
    /// What came out; empty when nothing did.
    pub found: String,
    /// Where in the line, in characters from 1, when that is known.
    pub columns: Option<(u32, u32)>,
}

impl Mismatch {
    /// In one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (self.expected.as_str(), self.found.as_str()) {
            (SETTINGS, found) => found.to_owned(),
            ("", found) => format!("did not expect: {found}"),
            (expected, "") => format!("expected {expected}, and nothing came"),
            (expected, found) => format!("expected {expected}, found {found}"),
        }
    }
}

/// What came of one section.
#[derive(Clone, Debug, Default)]
pub struct SectionResult {
    /// The file, as it was named.
    pub file: String,
    /// The section's name; empty for a file's only one.
    pub section: String,
    /// 1-based line where it begins.
    pub line: u32,
    /// How sure we are that Zoho does the same, when the section says so.
    pub basis: Option<String>,
    /// How many results were compared.
    pub results: usize,
    /// What differs; nothing when it passed.
    pub mismatches: Vec<Mismatch>,
    /// Whether its expectations were written anew, and hold now.
    pub updated: bool,
    /// How long it took.
    pub time: Duration,
    /// The text of the file.
    pub text: Arc<str>,
    /// The files that it depends on; some may not be there.
    pub reads: Vec<PathBuf>,
}

impl SectionResult {
    /// A file that could not be run at all.
    #[must_use]
    pub fn broken(file: &Path, why: String) -> Self {
        let shown = file.display().to_string();
        // A mistake in a setting names its line.
        let rest = why.strip_prefix(&format!("{shown}:")).map(str::to_owned);
        let number = rest.as_deref().and_then(|rest| rest.split(':').next()?.parse().ok());
        let found = match (number, rest) {
            (Some(_), Some(rest)) => rest.split_once(':').map_or(why.clone(), |(_, what)| what.trim().to_owned()),
            (None, Some(rest)) => rest.trim().to_owned(),
            _ => why,
        };
        let line = number.unwrap_or(1);
        let mismatch = Mismatch { line, expected: SETTINGS.into(), found, columns: None };
        Self {
            file: shown,
            line,
            mismatches: vec![mismatch],
            text: std::fs::read_to_string(file).unwrap_or_default().into(),
            reads: vec![file.to_owned()],
            ..Self::default()
        }
    }

    /// A section that could not be run: its settings, or what they name, are wrong.
    pub(crate) fn not_run(path: &Path, run: &Section, line: u32, why: String, text: &Arc<str>) -> Self {
        Self {
            file: path.display().to_string(),
            section: run.name.clone(),
            line: run.first_line,
            mismatches: vec![Mismatch { line, expected: SETTINGS.into(), found: why, columns: None }],
            text: Arc::clone(text),
            reads: vec![path.to_owned()],
            ..Self::default()
        }
    }

    /// Whether everything came out as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }

    /// File and section in one line.
    #[must_use]
    pub fn title(&self) -> String {
        if self.section.is_empty() { self.file.clone() } else { format!("{} — {}", self.file, self.section) }
    }

    /// The differences with the lines of the source, without colours.
    #[must_use]
    pub fn explain(&self) -> String {
        show(self, false)
    }
}

/// How many sections passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Sections that passed.
    pub passed: usize,
    /// Sections that did not.
    pub failed: usize,
}

impl Summary {
    /// Counts outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a SectionResult>) -> Self {
        let mut summary = Summary::default();
        for outcome in outcomes {
            if outcome.passed() {
                summary.passed += 1;
            } else {
                summary.failed += 1;
            }
        }
        summary
    }
}

/// A text for XML and HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write other control characters, nor these two.
            c if (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Mismatch, SectionResult, github, json, junit, show};

    fn failed() -> SectionResult {
        let mismatch = Mismatch { line: 2, expected: "5 <&>".into(), found: "4 <&>".into(), columns: None };
        SectionResult {
            file: "tests/a.dg".into(),
            section: "small: one".into(),
            line: 1,
            mismatches: vec![mismatch],
            text: "x = 1;\n\tinfo total(x);  // => 5 <&>\n".into(),
            ..SectionResult::default()
        }
    }

    #[test]
    fn people_see_the_line_and_what_differs_in_it() {
        let shown = show(&failed(), false);
        assert_eq!(
            shown,
            "  tests/a.dg:2\n    2 |     info total(x);  // => 5 <&>\n      |     ^^^^^^^^^^^^^^\n    - 5 <&>\n    + 4 <&>\n"
        );
        assert!(show(&failed(), true).contains("\x1b[1;7m5\x1b[0"));
    }

    #[test]
    fn programs_get_the_reason() {
        let outcomes = [failed(), SectionResult { file: "b.dg".into(), ..SectionResult::default() }];
        let text = junit(&outcomes);
        assert!(text.contains("message=\"line 2: expected 5 &lt;&amp;&gt;, found 4 &lt;&amp;&gt;\""), "{text}");
        assert!(text.contains("tests=\"2\" failures=\"1\""), "{text}");
        let text = github(&outcomes);
        assert_eq!(text, "::error file=tests/a.dg,line=2,title=small%3A one::expected 5 <&>, found 4 <&>\n");
        let text: serde_json::Value = serde_json::from_str(&json(&outcomes)).unwrap_or_default();
        assert_eq!((&text["failed"], &text["tests"][0]["mismatches"][0]["found"]), (&1.into(), &"4 <&>".into()));
    }

    #[test]
    fn a_mistake_in_a_setting_is_shown_at_its_line() {
        let broken = SectionResult::broken(std::path::Path::new("a.dg"), "a.dg:7: there is no setting 'x'".into());
        assert_eq!((broken.line, broken.mismatches[0].found.as_str()), (7, "there is no setting 'x'"));
    }
}
