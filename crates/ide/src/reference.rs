//! Writes the reference page of the lints, from their list.

use rainwright_diagnostic::Severity;

use crate::LINTS;

/// The body of the page, in Markdown: every lint with a script in which it finds something.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "What `dg check` looks for in a script that is read but not run. Every example is one in which the lint finds \
         something; the tests see to that. An error would stop the script, a warning is doubtful.\n\n| code | what |\n| --- | --- \
         |\n",
    );
    for lint in LINTS {
        text.push_str(&format!(
            "| [{0}](#{1}) | {2} |\n",
            lint.code,
            lint.code.to_string().to_lowercase(),
            lint.summary()
        ));
    }
    text.push('\n');
    for lint in LINTS {
        let severity = match lint.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        text.push_str(&format!(
            "## {}\n\n**{severity}** · {}\n\n```deluge\n{}\n```\n\n{}\n\n",
            lint.code,
            lint.summary(),
            lint.bad.trim(),
            lint.code.help()
        ));
    }
    text
}
