//! What a section did, and how that differs from what it expects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rainwright::{Code, Data, Diagnostic, Failure, Problem, Severity};

use crate::coverage::Reached;
use crate::expect::{Expectation, NOTHING, What, same};
use crate::sent::Sent;
use crate::{Mismatch, Section, Settings};

/// What a section did.
#[derive(Default)]
pub(crate) struct Ran {
    pub(crate) printed: BTreeMap<u32, Vec<String>>,
    pub(crate) found: Vec<Found>,
    pub(crate) result: Option<String>,
    /// What the product would show of the result.
    pub(crate) shown: Option<String>,
    pub(crate) transcript: Vec<String>,
    pub(crate) calls_left: usize,
    /// Why the first call without an answer had none.
    pub(crate) unanswered: Option<Problem>,
    /// Records and snapshots that are not as they should be after the run.
    pub(crate) different: Vec<(String, String)>,
    /// What it sent, in order.
    pub(crate) sent: Vec<Sent>,
    /// What it reached of its sources, when that is counted.
    pub(crate) reached: Vec<Reached>,
    /// The files that it depends on.
    pub(crate) reads: BTreeSet<PathBuf>,
    /// The error that ended the run.
    pub(crate) failed: Option<Failure>,
}

#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) line: u32,
    pub(crate) severity: Severity,
    pub(crate) code: u16,
    pub(crate) message: String,
    /// Where in the line, in characters from 1.
    pub(crate) columns: Option<(u32, u32)>,
}

impl Ran {
    /// Notes what the product makes of a result, and that it would not take it.
    pub(crate) fn taken(&mut self, section: &Section, settings: &Settings, result: &Data) {
        let Some(kind) = settings.kind else { return };
        if let Some(shown) = kind.returns.show(result) {
            self.shown = Some(shown);
        }
        if let Err(problem) = kind.returns.check(result) {
            self.found.push(Found {
                line: section.first_line,
                severity: Severity::Error,
                code: problem.code.number(),
                message: problem.message,
                columns: None,
            });
        }
    }

    /// Whether it ended with what only this runner says, and the section does not expect that.
    pub(crate) fn runner_failed(&self, section: &Section) -> bool {
        let own = [Code::NotRecorded, Code::UnknownConnection, Code::NotSupported].map(Code::number);
        let expected = |found: &Found| {
            section
                .expectations
                .iter()
                .any(|e| matches!(&e.what, What::Finds { code, .. } if *code == found.code) && e.line == found.line)
        };
        self.found.iter().any(|found| own.contains(&found.code) && !expected(found))
    }

    /// The error that the section did not expect, if there is one.
    pub(crate) fn own_failure(&self, section: &Section) -> Option<&Found> {
        let expected = |found: &Found| {
            section.settings.ends == Some(found.code)
                || section
                    .expectations
                    .iter()
                    .any(|e| matches!(&e.what, What::Finds { code, .. } if *code == found.code) && e.line == found.line)
        };
        self.found.iter().find(|found| found.severity == Severity::Error && !expected(found))
    }

    pub(crate) fn diagnostics(&mut self, source: &str, diagnostics: &[Diagnostic]) {
        let lines = rainwright::LineIndex::new(source);
        self.found.extend(diagnostics.iter().map(|d| {
            let (line, from) = lines.line_column(source, d.span.start);
            let (end, to) = lines.line_column(source, d.span.end);
            Found {
                line,
                severity: d.severity,
                code: d.problem.code.number(),
                message: d.problem.message.clone(),
                columns: Some((from, if end == line { to.max(from + 1) } else { from + 1 })),
            }
        }));
    }

    /// The comments that would describe it, by line.
    pub(crate) fn by_line(&self, section: &Section) -> BTreeMap<u32, Vec<String>> {
        let mut comments: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (line, printed) in &self.printed {
            comments.entry(*line).or_default().extend(printed.iter().map(|text| format!("// => {text}")));
        }
        for found in &self.found {
            comments.entry(found.line).or_default().push(format!("// {} E{}", word(found.severity), found.code));
        }
        // Calls and mails are described only where the section speaks of them.
        for (is_call, mark) in [(true, "calls"), (false, "mails")] {
            for line in lines_of(section, is_call).keys() {
                let sent: Vec<String> = self.sent_by(*line, is_call).map(|sent| sent.what.shown()).collect();
                let sent = if sent.is_empty() { vec![NOTHING.to_owned()] } else { sent };
                comments.entry(*line).or_default().extend(sent.iter().map(|text| format!("// {mark} {text}")));
            }
        }
        comments
    }
}

impl Ran {
    /// How it ended, as a case says it.
    pub(crate) fn as_case(&self) -> String {
        let error = self.found.iter().find(|found| found.severity == Severity::Error);
        match (error, &self.result) {
            (Some(error), None) => format!("error E{}", error.code),
            (_, result) => result.clone().unwrap_or_default().replace('\n', " "),
        }
    }

    /// What a line sent: calls, or else mails and text messages.
    fn sent_by(&self, line: u32, is_call: bool) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(move |sent| sent.line == line && sent.what.is_call() == is_call)
    }
}

/// What a section expects to be sent, by line.
fn lines_of(section: &Section, is_call: bool) -> BTreeMap<u32, Vec<&str>> {
    let mut lines: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for expectation in &section.expectations {
        match &expectation.what {
            What::Calls(text) if is_call => lines.entry(expectation.line).or_default().push(text),
            What::Mails(text) if !is_call => lines.entry(expectation.line).or_default().push(text),
            _ => {}
        }
    }
    lines
}

/// Whether a section says which mails it expects.
pub(crate) fn expects_mails(section: &Section) -> bool {
    section.expectations.iter().any(|expectation| matches!(expectation.what, What::Mails(_)))
}

/// Compares what was sent with what a section expects.
fn compare_sent(section: &Section, ran: &Ran, mismatches: &mut Vec<Mismatch>) {
    for (is_call, word) in [(true, "calls"), (false, "mails")] {
        for (line, expected) in lines_of(section, is_call) {
            let expected: Vec<&str> = expected.into_iter().filter(|text| *text != NOTHING).collect();
            let found: Vec<&Sent> = ran.sent_by(line, is_call).collect();
            for i in 0..expected.len().max(found.len()) {
                let (expected, found) = (expected.get(i).copied(), found.get(i));
                if matches!((expected, found), (Some(e), Some(f)) if f.what.meets(e)) {
                    continue;
                }
                let shown = |text: Option<String>| text.map_or_else(String::new, |text| format!("{word} {text}"));
                let line = if line == 0 { section.first_line } else { line };
                let (expected, found) = (shown(expected.map(str::to_owned)), shown(found.map(|f| f.what.shown())));
                mismatches.push(Mismatch { line, expected, found, columns: None });
            }
        }
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

pub(crate) fn compare(section: &Section, ran: &Ran) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let tolerance = section.settings.tolerance;
    let mut wanted: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut findings: Vec<&Expectation> = Vec::new();
    for expectation in &section.expectations {
        match &expectation.what {
            What::Prints(text) => wanted.entry(expectation.line).or_default().push(text),
            What::Finds { .. } => findings.push(expectation),
            What::Calls(_) | What::Mails(_) => {}
        }
    }
    for (line, texts) in &wanted {
        let printed = ran.printed.get(line).map(Vec::as_slice).unwrap_or_default();
        for i in 0..texts.len().max(printed.len()) {
            let (expected, found) = (texts.get(i).copied(), printed.get(i).map(String::as_str));
            if !matches!((expected, found), (Some(e), Some(f)) if same(f, e, tolerance)) {
                mismatches.push(Mismatch {
                    line: if *line == 0 { section.first_line } else { *line },
                    expected: expected.unwrap_or_default().to_owned(),
                    found: found.unwrap_or_default().to_owned(),
                    columns: None,
                });
            }
        }
    }
    compare_sent(section, ran, &mut mismatches);
    let records = ran.different.iter().map(|(expected, found)| Mismatch {
        line: section.first_line,
        expected: expected.clone(),
        found: found.clone(),
        columns: None,
    });
    mismatches.extend(records);
    let mut found: Vec<Option<&Found>> = ran.found.iter().map(Some).collect();
    for expectation in findings {
        let What::Finds { severity, code, message } = &expectation.what else { continue };
        let place = found.iter().position(|f| {
            f.is_some_and(|f| {
                f.line == expectation.line && f.code == *code && f.severity == *severity && f.message.contains(message)
            })
        });
        match place {
            Some(place) => found[place] = None,
            None => mismatches.push(Mismatch {
                line: expectation.line,
                expected: format!("{} E{code} {message}", word(*severity)),
                found: String::new(),
                columns: None,
            }),
        }
    }
    // Warnings that no comment mentions are none of a golden run's business, unless it is a check.
    let settings = &section.settings;
    let ends = |f: &&Found| {
        f.severity == Severity::Error && settings.ends == Some(f.code) && f.message.contains(&settings.ends_text)
    };
    let found = found.into_iter().flatten().filter(|f| !ends(f));
    let found: Vec<&Found> = found.filter(|f| f.severity == Severity::Error || section.settings.check).collect();
    let stopped = found.iter().rev().find(|f| f.severity == Severity::Error && ran.failed.is_some()).map(|f| f.line);
    for f in found {
        mismatches.push(Mismatch {
            line: if f.line == 0 { section.first_line } else { f.line },
            expected: String::new(),
            found: format!("{} E{} {}", word(f.severity), f.code, f.message),
            columns: f.columns,
        });
    }
    if let Some(code) = section.settings.ends
        && !ran.found.iter().any(|f| ends(&f))
    {
        mismatches.push(Mismatch {
            line: section.first_line,
            expected: format!("{ENDS}E{code} {}", settings.ends_text).trim_end().to_owned(),
            found: ran.result.clone().map_or_else(String::new, |result| format!("result {result}")),
            columns: None,
        });
    }
    if let Some(expected) = &section.settings.result {
        let found = ran.result.clone().unwrap_or_default();
        if !same(&found, expected, tolerance) {
            let found = if ran.result.is_some() { format!("{RESULT}{found}") } else { found };
            let expected = format!("{RESULT}{expected}");
            mismatches.push(Mismatch { line: section.first_line, expected, found, columns: None });
        }
    }
    if let Some(expected) = &section.settings.shown {
        let found = ran.shown.clone().unwrap_or_default().replace('\n', "\\n");
        if !same(&found, expected, tolerance) {
            let expected = format!("shown {expected}");
            mismatches.push(Mismatch { line: section.first_line, expected, found, columns: None });
        }
    }
    // A run that stopped too early says so, and that it left calls out goes without saying.
    if ran.calls_left > 0 && stopped.is_none() {
        let calls = if ran.calls_left == 1 { "call" } else { "calls" };
        mismatches.push(Mismatch {
            line: section.first_line,
            expected: format!("{} more recorded {calls} to be made", ran.calls_left),
            found: String::new(),
            columns: None,
        });
    }
    once_each(mismatches, stopped)
}

/// What one thing differs in, told once: what came in place of what a line expects, and an error with all that it keeps from
/// coming. `stopped` is the line of the error that ended the run, when nobody expects it.
fn once_each(all: Vec<Mismatch>, stopped: Option<u32>) -> Vec<Mismatch> {
    let mut told: Vec<Mismatch> = Vec::new();
    for mismatch in all {
        let is_finding = ["error E", "warning E", "note E"].iter().any(|word| mismatch.found.starts_with(word));
        let is_counterpart =
            |known: &&mut Mismatch| is_finding && known.line == mismatch.line && known.found.is_empty();
        let is_end = |known: &&mut Mismatch| {
            mismatch.expected.starts_with(ENDS) && mismatch.found.is_empty() && known.is_error()
        };
        if let Some(known) = told.iter_mut().find(is_counterpart) {
            (known.found, known.columns) = (mismatch.found, mismatch.columns);
        } else if let Some(known) = told.iter_mut().find(is_end).filter(|known| known.expected.is_empty()) {
            known.expected = mismatch.expected;
        } else {
            told.push(mismatch);
        }
    }
    let Some(line) = stopped else { return told };
    // What comes after the error, and the result, was never reached.
    let is_reached = |mismatch: &Mismatch| {
        !mismatch.found.is_empty() || (mismatch.line < line && !mismatch.expected.starts_with(RESULT))
    };
    let all = told.len();
    told.retain(is_reached);
    let missed = all - told.len();
    if let Some(error) =
        told.iter_mut().find(|mismatch| mismatch.line == line && mismatch.is_error()).filter(|_| missed > 0)
    {
        let what = if missed == 1 { "1 expectation was".to_owned() } else { format!("{missed} expectations were") };
        error.found.push_str(&format!(" ({what} not reached)"));
    }
    told
}

/// How an expected end begins.
const ENDS: &str = "the run ends with ";
/// How an expected result begins.
const RESULT: &str = "result ";

impl Mismatch {
    fn is_error(&self) -> bool {
        self.found.starts_with("error E")
    }
}
