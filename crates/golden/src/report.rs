//! What came of a golden run, for people and for CI.

use std::fmt::Write as _;
use std::time::Duration;

/// Something that came out otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// 1-based line in the file.
    pub line: u32,
    /// What was expected; empty when nothing was.
    pub expected: String,
    /// What came out; empty when nothing did.
    pub found: String,
}

/// What came of one section.
#[derive(Clone, Debug)]
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
}

impl SectionResult {
    /// A file that could not be run at all.
    #[must_use]
    pub fn broken(file: &std::path::Path, why: String) -> Self {
        let mismatch = Mismatch { line: 1, expected: "a golden script".into(), found: why };
        Self {
            file: file.display().to_string(),
            section: String::new(),
            line: 1,
            basis: None,
            results: 0,
            mismatches: vec![mismatch],
            updated: false,
            time: Duration::ZERO,
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

    /// The differences, a few lines each.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut out = String::new();
        for m in &self.mismatches {
            let _ = writeln!(out, "  {}:{}", self.file, m.line);
            let _ = writeln!(out, "    expected {}", if m.expected.is_empty() { "nothing" } else { &m.expected });
            let _ = writeln!(out, "    found    {}", if m.found.is_empty() { "nothing" } else { &m.found });
        }
        out
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

/// Outcomes as a JUnit file, which CI systems read.
#[must_use]
pub fn junit(outcomes: &[SectionResult]) -> String {
    let summary = Summary::of(outcomes);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuite name=\"dg test\" tests=\"{}\" failures=\"{}\">", outcomes.len(), summary.failed);
    for outcome in outcomes {
        let name = if outcome.section.is_empty() { "script" } else { &outcome.section };
        let _ = write!(
            out,
            "  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
            escape(&outcome.file),
            escape(name),
            outcome.time.as_secs_f64()
        );
        if outcome.passed() {
            out.push_str("/>\n");
        } else {
            let _ = writeln!(
                out,
                ">\n    <failure message=\"came out otherwise\">{}</failure>\n  </testcase>",
                escape(&outcome.explain())
            );
        }
    }
    out.push_str("</testsuite>\n");
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write other control characters.
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
