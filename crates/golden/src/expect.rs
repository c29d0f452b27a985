//! What a golden script expects, line by line.

use rainwright::{Data, Severity};

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
    /// An HTTP call that the statement makes; `nothing` when it must make none.
    Calls(String),
    /// A mail or text message that it sends; `nothing` when it must send none.
    Mails(String),
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
        if let Some(call) = after(line, "// calls ").filter(|call| is_call(call)) {
            return Ok(make(What::Calls(call.to_owned())));
        }
        if let Some(mail) = after(line, "// mails ").filter(|mail| *mail == NOTHING || mail.contains(": ")) {
            return Ok(make(What::Mails(mail.to_owned())));
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

/// What an expectation says that nothing must be sent.
pub(crate) const NOTHING: &str = "nothing";

fn after<'l>(line: &'l str, mark: &str) -> Option<&'l str> {
    line.rfind(mark).map(|at| line[at + mark.len()..].trim())
}

/// Whether a comment that begins with `calls` means a call, and is no sentence.
pub(crate) fn is_call(text: &str) -> bool {
    let method = text.split(' ').next().unwrap_or_default();
    text == NOTHING || (method.len() > 2 && method.chars().all(|c| c.is_ascii_uppercase()) && text.contains(' '))
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

/// Whether data that was read from JSON is the expected, whatever the order of keys; numbers may differ by a relative
/// tolerance, else in no digit.
pub(crate) fn same_data(found: &Data, expected: &Data, tolerance: Option<f64>) -> bool {
    match (found, expected) {
        (Data::List(found), Data::List(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| same_data(found, expected, tolerance))
        }
        (Data::Map(found), Data::Map(expected)) => {
            // Keys are looked up only where their order differs.
            let same_entry = |((key, expected), (at, there)): ((&Data, &Data), (&Data, &Data))| {
                let found = if at == key { Some(there) } else { key.as_text().and_then(|key| found.get(key)) };
                found.is_some_and(|found| same_data(found, expected, tolerance))
            };
            found.len() == expected.len() && expected.iter().zip(found.iter()).all(same_entry)
        }
        (Data::Number(_) | Data::Decimal(_), Data::Number(_) | Data::Decimal(_)) => {
            same(&found.to_json(), &expected.to_json(), tolerance)
        }
        (found, expected) => found == expected,
    }
}
