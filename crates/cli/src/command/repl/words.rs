//! Words that people type in a conversation as they would elsewhere: `exit`, `help`, `?`; and advice that fits a conversation.

use rainwright::{Failure, Lack};

use super::command::COMMANDS;

/// The command that an input means though it has no colon; nothing where it is an input like others. What the conversation has
/// a name for is no such word: `names` tells.
pub fn command(input: &str, names: impl Fn(&str) -> bool) -> Option<String> {
    let bare = input.trim().trim_end_matches(';').trim_end();
    if let Some(name) = bare.strip_prefix('?') {
        return Some(doc_or_help(name.trim()));
    }
    let word = bare.strip_suffix("()").unwrap_or(bare);
    let (first, rest) = word.split_once(char::is_whitespace).unwrap_or((word, ""));
    if names(first) {
        return None;
    }
    match (first.to_ascii_lowercase().as_str(), rest.trim()) {
        ("exit" | "quit" | "bye" | "logout", "") => Some(":quit".into()),
        ("help" | "man", name) if is_name(name) => Some(doc_or_help(name)),
        _ => None,
    }
}

/// Whether it could be looked up: nothing, a dotted name, or the words of a statement.
fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '-'))
}

fn doc_or_help(name: &str) -> String {
    if name.is_empty() { ":help".into() } else { format!(":doc {name}") }
}

/// What to say after a failure of an input that looks like a command.
pub fn hint(input: &str) -> Option<String> {
    let first = input.split_whitespace().next()?.trim_end_matches(';');
    if first == "dg" {
        let file = input.trim().strip_prefix("dg run ").map(|rest| rest.split_whitespace().next().unwrap_or_default());
        let more = file.map(|file| format!(" To evaluate a file here: :load {file}")).unwrap_or_default();
        return Some(format!("dg and its commands are for the shell, which :quit goes back to.{more}"));
    }
    let is = |name: &str| name.trim_start_matches(':') == first && first.len() > 1;
    let command = COMMANDS.iter().find(|command| is(command.name) || command.aliases.iter().any(|alias| is(alias)))?;
    Some(format!("Commands begin with a colon: {}", command.name))
}

/// A failure as it fits a conversation, where a variable is given its value by a statement.
pub fn told_here(failure: Failure) -> Failure {
    let lacking = failure.problem().and_then(|problem| match &problem.lacks {
        Some(Lack::Value { name, is_slip: false }) => Some(format!("Assign it before it is read: {name} = …;")),
        _ => None,
    });
    let failure = match (lacking, failure.problem()) {
        (Some(help), Some(problem)) => {
            let problem = problem.clone().with_help(help);
            failure.because(problem)
        }
        _ => failure,
    };
    failure.map_text(here)
}

/// Where to look something up, as it fits a conversation.
fn here(text: &str) -> String {
    text.replace("`dg doc`", "`:doc NAME`").replace("`dg doc ", "`:doc ")
}

#[cfg(test)]
mod tests {
    use super::{command, here, hint};

    #[test]
    fn words_of_elsewhere_are_commands_unless_they_are_names() {
        let none = |_: &str| false;
        for end in ["exit", "quit", "exit()", "quit;", "Exit"] {
            assert_eq!(command(end, none).as_deref(), Some(":quit"), "{end}");
        }
        for help in ["help", "?", "help()", "help;"] {
            assert_eq!(command(help, none).as_deref(), Some(":help"), "{help}");
        }
        assert_eq!(command("help for each", none).as_deref(), Some(":doc for each"));
        assert_eq!(command("? toString", none).as_deref(), Some(":doc toString"));
        for other in ["exit = 5", "help(1)", "x", "quit + 1", "1 ? 2 : 3"] {
            assert_eq!(command(other, none), None, "{other}");
        }
        assert_eq!(command("exit", |name| name == "exit"), None);
    }

    #[test]
    fn advice_fits_a_conversation() {
        assert_eq!(here("List the tasks with `dg doc zoho.`."), "List the tasks with `:doc zoho.`.");
        assert_eq!(hint("vars").as_deref(), Some("Commands begin with a colon: :vars"));
        assert!(hint("dg run a.dg --json").is_some_and(|hint| hint.ends_with(":load a.dg")));
        assert_eq!(hint("x.y"), None);
    }
}
