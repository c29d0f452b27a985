//! What a golden script expects, line by line.

use rainwright::Severity;

/// One expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expectation {
    /// 1-based line of the statement it speaks of.
    pub line: u32,
    /// Whether it is on a line of its own, after that statement.
    pub own_line: bool,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A printed line.
    Prints(String),
    /// A diagnostic, or the error that ended the run.
    Finds { severity: Severity, code: u16, message: String },
}

impl Expectation {
    /// The expectation in the comment of a line, if it has one.
    pub(crate) fn find(line: &str, at: u32, own_line: bool) -> Result<Option<Self>, String> {
        let line = line.trim_end_matches(['\n', '\r']);
        let make = |what| Some(Self { line: at, own_line, what });
        if let Some(start) = line.rfind("// =>") {
            let text = &line[start + "// =>".len()..];
            return Ok(make(What::Prints(text.strip_prefix(' ').unwrap_or(text).to_owned())));
        }
        for (word, severity) in
            [("// error E", Severity::Error), ("// warning E", Severity::Warning), ("// note E", Severity::Note)]
        {
            if let Some(start) = line.rfind(word) {
                let rest = &line[start + word.len()..];
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                let code = digits.parse().map_err(|_| format!("'{word}' is followed by a number"))?;
                let message = rest[digits.len()..].trim_start_matches(':').trim().to_owned();
                return Ok(make(What::Finds { severity, code, message }));
            }
        }
        Ok(None)
    }
}

/// Whether a printed text is the expected one, trailing blanks aside; numbers may differ by a relative tolerance.
pub(crate) fn same(printed: &str, expected: &str, tolerance: Option<f64>) -> bool {
    if printed.trim_end() == expected.trim_end() {
        return true;
    }
    match (tolerance, printed.trim().parse::<f64>(), expected.trim().parse::<f64>()) {
        (Some(tolerance), Ok(x), Ok(y)) => (x - y).abs() <= tolerance * y.abs().max(1.0),
        _ => false,
    }
}
