//! Diagnostics for people (with the lines of the source) and for programs (JSON, SARIF).

use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind, Source};
use rainwright_diagnostic::{Code, Diagnostic, LineIndex, Severity};
use serde_json::{Value as Json, json};

/// How text for a terminal looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// Whether to draw with box characters, else with plain ASCII.
    pub unicode: bool,
}

impl Style {
    /// Without colours, for files and pipes.
    pub const PLAIN: Style = Style { color: false, unicode: true };
}

/// Shows diagnostics with the lines they speak of.
#[must_use]
pub fn diagnostics(name: &str, source: &str, diagnostics: &[Diagnostic], style: Style) -> String {
    let config = Config::default()
        .with_index_type(IndexType::Byte)
        .with_color(style.color)
        .with_char_set(if style.unicode { CharSet::Unicode } else { CharSet::Ascii });
    let mut out = Vec::new();
    // Read once for all: thousands of mistakes in a long source are shown too.
    let lines = LineIndex::new(source);
    let mut cache = (name, Source::from(source));
    for diagnostic in diagnostics {
        let (kind, color) = match diagnostic.severity {
            Severity::Error => (ReportKind::Error, Color::Red),
            Severity::Warning => (ReportKind::Warning, Color::Yellow),
            Severity::Note => (ReportKind::Advice, Color::Cyan),
        };
        let span = clamp(diagnostic.span, source);
        let problem = &diagnostic.problem;
        if let Some(window) = window(source, &span) {
            let (line, column) = lines.line_column(source, span.start as u32);
            out.extend_from_slice(placeless(problem.code, &problem.message, problem.help(), style).as_bytes());
            out.extend_from_slice(format!("  at {name}:{line}:{column}: {window}\n").as_bytes());
            continue;
        }
        let mut report = Report::build(kind, (name, span.clone()))
            .with_config(config)
            .with_code(problem.code)
            .with_message(&problem.message)
            .with_label(Label::new((name, span)).with_message("here").with_color(color))
            .with_help(problem.help());
        for label in &diagnostic.labels {
            let label = Label::new((name, clamp(label.span, source))).with_message(&label.text).with_color(Color::Blue);
            report = report.with_label(label);
        }
        // Writing to memory cannot fail; a report that could not be drawn still says its message.
        if report.finish().write(&mut cache, &mut out).is_err() {
            out.extend_from_slice(problem.message.as_bytes());
            out.push(b'\n');
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What is around a span in a line that is too long to be shown whole; `None` for lines of usual length.
fn window(source: &str, span: &std::ops::Range<usize>) -> Option<String> {
    const LONGEST_LINE: usize = 400;
    const AROUND: usize = 60;
    let start = source[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = source[span.start..].find('\n').map_or(source.len(), |at| span.start + at);
    if end - start <= LONGEST_LINE {
        return None;
    }
    let (mut from, mut to) = (span.start.saturating_sub(AROUND).max(start), (span.start + AROUND).min(end));
    while !source.is_char_boundary(from) {
        from -= 1;
    }
    while !source.is_char_boundary(to) {
        to += 1;
    }
    Some(format!("…{}…", &source[from..to]))
}

/// A span within the source and on character borders: a label that points outside would vanish.
fn clamp(span: rainwright_diagnostic::Span, source: &str) -> std::ops::Range<usize> {
    let mut start = (span.start as usize).min(source.len());
    let mut end = (span.end as usize).clamp(start, source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    while !source.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// A problem that has no place in a source.
#[must_use]
pub fn placeless(code: Code, message: &str, help: &str, style: Style) -> String {
    if style.color {
        return format!("\u{1b}[31m[{code}] Error:\u{1b}[0m {message}\n  \u{1b}[36mHelp:\u{1b}[0m {help}\n");
    }
    format!("[{code}] Error: {message}\n  Help: {help}\n")
}

/// Diagnostics as a JSON array of objects: `file`, `line`, `column`, `end_line`, `end_column`, `severity`, `code`,
/// `message`, `help`, and `fix` where there is one.
#[must_use]
pub fn json(name: &str, source: &str, diagnostics: &[Diagnostic]) -> Json {
    let lines = LineIndex::new(source);
    let rows = diagnostics.iter().map(|d| {
        let (line, column) = lines.line_column(source, d.span.start);
        let (end_line, end_column) = lines.line_column(source, d.span.end);
        let mut row = json!({
            "file": name,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "severity": d.severity,
            "code": d.problem.code.to_string(),
            "message": d.problem.message,
            "help": d.problem.help(),
        });
        if let Some(fix) = &d.fix {
            row["fix"] = json!({ "start": fix.span.start, "end": fix.span.end, "replacement": fix.replacement });
        }
        row
    });
    Json::Array(rows.collect())
}

/// Findings of several files as a SARIF 2.1.0 log, which code hosts show beside the lines.
#[must_use]
pub fn sarif<'a>(files: impl IntoIterator<Item = (&'a str, &'a str, &'a [Diagnostic])>) -> Json {
    let mut results = Vec::new();
    let mut codes = std::collections::BTreeSet::new();
    for (name, source, diagnostics) in files {
        let lines = LineIndex::new(source);
        for d in diagnostics {
            codes.insert(d.problem.code);
            let (line, column) = lines.line_column(source, d.span.start);
            let (end_line, end_column) = lines.line_column(source, d.span.end);
            let level = match d.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            results.push(json!({
                "ruleId": d.problem.code.to_string(),
                "level": level,
                "message": { "text": format!("{} {}", d.problem.message, d.problem.help()) },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": name },
                    "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
                }}],
            }));
        }
    }
    let rules: Vec<Json> = codes
        .into_iter()
        .map(|code| {
            json!({
                "id": code.to_string(),
                "shortDescription": { "text": code.title().trim() },
                "help": { "text": code.help() },
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": { "name": "dg", "rules": rules } }, "results": results }],
    })
}
