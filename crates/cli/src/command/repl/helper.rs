//! What the line editor asks while a line is typed: is it complete, what could follow, how does it look.

use std::borrow::Cow;

use rainwright::PROFILES;
use rainwright::builtins::{block_tasks, builtins, integrations};
use rainwright_syntax::ast::{Item, StmtKind};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};

use super::command::COMMANDS;
use super::known::Known;
use super::paint::paint;

/// The helper.
pub struct Helper {
    color: bool,
    /// What `ide` knows of the language and the conversation.
    pub known: Known,
    files: FilenameCompleter,
}

impl Helper {
    /// A helper that knows no conversation yet.
    pub fn new(color: bool, known: Known) -> Self {
        Self { color, known, files: FilenameCompleter::new() }
    }

    /// What completes the argument of a command of the conversation.
    fn of_command(&self, line: &str, at: usize, context: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let Some((command, rest)) = line[..at].split_once(char::is_whitespace) else {
            let all = COMMANDS.iter().filter(|command| command.name.starts_with(&line[..at]));
            let pair = |name: &str, shown: String| Pair { display: shown, replacement: name.to_owned() };
            return Ok((0, all.map(|c| pair(c.name, format!("{:<14} {}", c.name, c.does))).collect()));
        };
        let start = at - rest.trim_start().len();
        let lower = line[start..at].to_lowercase();
        match command {
            ":load" | ":save" => self.files.complete(line, at, context),
            ":profile" => Ok((start, named(PROFILES.iter().map(|profile| profile.name), &lower))),
            ":sandbox" => Ok((start, named(["off", "on"].into_iter(), &lower))),
            ":doc" | ":d" => {
                let tasks = block_tasks().map(|row| row.name).chain(integrations().map(|row| row.name));
                Ok((start, named(builtins().map(|row| row.name).chain(tasks), &lower)))
            }
            ":type" | ":time" => {
                let begin = at - rest.len();
                let (start, entries) = self.known.completions(&line[begin..], at - begin);
                Ok((start + begin, pairs(entries)))
            }
            _ => Ok((at, Vec::new())),
        }
    }
}

/// Names that begin so, in any case.
fn named(all: impl Iterator<Item = &'static str>, begun: &str) -> Vec<Pair> {
    let mut all: Vec<&str> = all.filter(|name| name.to_lowercase().starts_with(begun)).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|name| Pair { display: name.to_owned(), replacement: name.to_owned() }).collect()
}

fn pairs(entries: Vec<super::known::Entry>) -> Vec<Pair> {
    entries.into_iter().map(|entry| Pair { display: entry.shown, replacement: entry.insert }).collect()
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, context: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        if line.starts_with(':') {
            return self.of_command(line, at, context);
        }
        let before = &line[..at];
        if before.is_empty() || before.ends_with(['\n', '\t']) {
            // Nothing to complete: Tab is what it says, as at the beginning of a line within a block.
            return Ok((at, vec![Pair { display: "\t".into(), replacement: "\t".into() }]));
        }
        let (start, entries) = self.known.completions(line, at);
        Ok((start, pairs(entries)))
    }
}

/// The call that is being typed, after the line; nothing takes it over into the line.
pub struct Call(String);

impl Hint for Call {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Helper {
    type Hint = Call;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<Call> {
        // Without colour, nobody could tell it from what was typed.
        if !self.color || at != line.len() || line.starts_with(':') || line.contains('\n') {
            return None;
        }
        self.known.signature(line, at).map(|call| Call(format!("   {call}")))
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        Ok(if is_complete(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

/// Whether an input can be evaluated. An empty line ends any input, so that nobody is trapped in one.
pub fn is_complete(input: &str) -> bool {
    is_whole(input) && (is_ended(input) || !may_go_on(input))
}

/// Whether an input is one or more whole statements, whatever may follow.
pub fn is_whole(input: &str) -> bool {
    is_ended(input) || input.starts_with([':', '?']) || rainwright_syntax::is_complete(input)
}

/// Whether a line goes on with the statement before it.
pub fn continues(line: &str) -> bool {
    ["else", "catch"].iter().any(|word| {
        line.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

fn is_ended(input: &str) -> bool {
    input.trim_end_matches([' ', '\t']).ends_with("\n\n")
}

/// Whether an `else` may follow: the input ends with an `if` whose block has lines of its own, as `dg fmt` writes it.
fn may_go_on(input: &str) -> bool {
    if !input.contains('\n') || !input.trim_end().ends_with('}') {
        return false;
    }
    let tree = rainwright_syntax::parse(input).tree;
    matches!(tree.items.last(), Some(Item::Statement(statement))
        if matches!(statement.kind, StmtKind::If { otherwise: None, .. }))
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.color && !line.starts_with(':') { paint(line).into() } else { line.into() }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        format!("\u{1b}[90m{hint}\u{1b}[0m").into()
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        // Any key may begin or end a text or a comment.
        self.color
    }
}

impl rustyline::Helper for Helper {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_go_on_until_they_are_whole() {
        for whole in ["1 + 2", "x = 5;", "info \"a\";", ":doc x", "", "if (a) { b = 1; }", "1 +\n\n", "/* a */ 1"] {
            assert!(is_complete(whole), "{whole:?}");
        }
        for ended in ["if(a)\n{\n\tb = 1;\n}\n\n", "if(a)\n{\n}\nelse\n{\n}", "try\n{\n}\ncatch (e)\n{\n}"] {
            assert!(is_complete(ended), "{ended:?}");
        }
        for part in ["if(a)\n{\n\tb = 1;\n}", "for each x in f(1)", "try\n{\n}"] {
            assert!(!is_complete(part), "{part:?}");
        }
        assert!(continues("else if(a)") && continues("catch (e)") && !continues("elsewhere = 1;"));
        for part in ["info (1", "if(a) {", "m = {\"a\":", "1 +", "/* a", "x = invokeurl\n[\n\turl :\"a\""] {
            assert!(!is_complete(part), "{part:?}");
        }
    }

    #[test]
    fn arguments_of_commands_are_completed() {
        let helper = Helper::new(false, Known::new(rainwright_ide::Project::default()));
        let history = rustyline::history::MemHistory::new();
        let names = |line: &str| {
            let found = helper.complete(line, line.len(), &Context::new(&history));
            found.map(|(_, all)| all.into_iter().map(|pair| pair.replacement).collect::<Vec<_>>()).unwrap_or_default()
        };
        assert_eq!(names(":do"), [":doc"]);
        assert!(names(":doc touppercase").contains(&"toUpperCase".into()));
        assert!(names(":profile zoho-cre").contains(&"zoho-creator".into()));
        assert_eq!(names(":sandbox o"), ["off", "on"]);
        assert!(names(":type \"a\".toUpp").iter().any(|name| name.starts_with("toUpperCase")));
        assert!(names("zoho.crm.getRec").iter().any(|name| name.contains("getRecordById")));
    }
}
