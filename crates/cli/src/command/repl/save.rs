//! `:save`: a conversation as a golden script.

use std::path::Path;

use rainwright::runtime::trust::write_beside;
use rainwright::{Code, Problem, Severity};
use rainwright_golden::{Mode, Runner};

use crate::command::test::{sandbox, surroundings};
use crate::exit::{CommandResult, FileUse, file_problem};

/// An input that was evaluated without an error.
pub struct Entered {
    /// What was typed.
    pub text: String,
    /// The printed form of the value, when the input is an expression that has one.
    pub value: Option<String>,
    /// What `info` printed.
    pub printed: Vec<String>,
}

/// What a golden script must know of the conversation.
pub struct Setting<'s> {
    /// The product, if another one than the usual was chosen.
    pub profile: Option<&'s str>,
    /// The time zone, if one was chosen.
    pub timezone: Option<&'s str>,
    /// Whether services were played.
    pub sandbox: bool,
    /// The time of saving.
    pub now: &'s str,
}

/// Writes a conversation as a golden script, and runs it: what it prints is what the script expects.
///
/// # Errors
/// A file that is there, or cannot be written; a conversation that does not run again, which is still written.
pub fn save(path: &Path, inputs: &[Entered], setting: &Setting<'_>) -> CommandResult<()> {
    if path.exists() {
        return Err(Problem::new(Code::FileProblem, format!("{} is there already", path.display()))
            .with_help("Choose another name: :save does not replace files.")
            .into());
    }
    write_beside(path, &script(inputs, setting)).map_err(|e| file_problem(path, FileUse::Write, &e))?;
    let runner = Runner::new(Mode::Compare)?.within(surroundings()).with_sandbox(sandbox);
    let wrong = |why| Problem::new(Code::CannotParse, why);
    // Which line prints what only a run tells; and the clock and the sandbox of a test are not those of the conversation.
    runner.describe(path).map_err(wrong)?;
    let outcomes = runner.run(path).map_err(wrong)?;
    match outcomes.iter().find(|outcome| !outcome.passed()) {
        None => Ok(()),
        Some(failed) => {
            Err(Problem::new(Code::NotRecorded, format!("It does not run as a test: {}", failed.explain().trim()))
                .with_help("Calls of real services need a recording: write it with `dg test --record`.")
                .into())
        }
    }
}

fn script(inputs: &[Entered], setting: &Setting<'_>) -> String {
    let mut text = String::from("// A conversation of `dg repl`.\n//--- conversation\n");
    let settings = [("profile", setting.profile), ("timezone", setting.timezone), ("now", Some(setting.now))];
    for (name, value) in settings.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        text.push_str(&format!("//@ {name}: {value}\n"));
    }
    if setting.sandbox {
        text.push_str("//@ sandbox\n");
    }
    for input in inputs {
        let own = input.text.trim();
        let bare = own.trim_end_matches(';').trim_end();
        let statement = match &input.value {
            Some(_) => format!("info {bare};"),
            None if is_sound(own) => own.to_owned(),
            None => format!("{bare};"),
        };
        let expected: Vec<&String> = input.value.iter().chain(&input.printed).collect();
        text.push_str(&statement);
        if let [one] = expected[..]
            && !one.contains('\n')
            && !statement.contains('\n')
        {
            let space = if statement.contains("//") { "\n" } else { "  " };
            text.push_str(&format!("{space}// => {one}"));
        }
        text.push('\n');
    }
    text
}

/// Whether a text is a script as it is: in a conversation, the last semicolon may be missing.
fn is_sound(text: &str) -> bool {
    rainwright_syntax::parse(text).diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_becomes_a_test() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.dg");
        let entered = |text: &str, value: Option<&str>, printed: &[&str]| Entered {
            text: text.into(),
            value: value.map(str::to_owned),
            printed: printed.iter().map(|line| (*line).to_owned()).collect(),
        };
        let inputs = [
            entered("m = {\"a\":1}", None, &[]),
            entered("m", Some("{\"a\":1}"), &[]),
            entered("if(m.size() > 0)\n{\n\tinfo \"big\";\n}", None, &["big"]),
            entered("int twice(int n) { return n * 2; }", None, &[]),
            entered("twice(21);", Some("42"), &[]),
            entered("info \"x\"", None, &["x"]),
        ];
        let setting =
            Setting { profile: None, timezone: Some("Asia/Kolkata"), sandbox: false, now: "2025-01-31T10:00:00Z" };
        save(&path, &inputs, &setting).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("info twice(21);  // => 42\n") && text.contains("//@ timezone: Asia/Kolkata"), "{text}");
        assert!(text.contains("info \"x\";  // => x\n"), "{text}");
        // What an input of several lines prints is expected too.
        assert!(text.contains("\tinfo \"big\";  // => big\n"), "{text}");
        assert!(save(&path, &inputs, &setting).is_err(), "it is not replaced");
    }
}
