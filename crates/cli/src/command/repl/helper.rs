//! What the line editor asks while a line is typed: is it complete, what could follow, how does it look.

use std::borrow::Cow;

use rainwright::Session;
use rainwright::builtins::{block_tasks, builtins, integrations};
use rainwright_syntax::ast::{Item, StmtKind};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};

use super::paint::paint;

const COMMANDS: [&str; 6] = [":help", ":doc", ":vars", ":load", ":clear", ":quit"];

/// The words of statements.
const KEYWORDS: [&str; 20] = [
    "break", "catch", "continue", "delete", "each", "else", "false", "for", "from", "if", "in", "index", "info",
    "insert", "into", "null", "return", "throw", "true", "try",
];

/// The helper.
pub struct Helper {
    color: bool,
    /// Variables and functions of the conversation.
    own: Vec<String>,
}

impl Helper {
    /// A helper that knows the language only.
    pub fn new(color: bool) -> Self {
        Self { color, own: Vec::new() }
    }

    /// Learns the names of the conversation.
    pub fn know(&mut self, session: &Session) {
        self.own = session.variables().keys().cloned().chain(session.functions().map(str::to_owned)).collect();
    }

    /// The names that complete `start` at the end of a line.
    fn candidates(&self, start: &str, line_before: &str) -> Vec<String> {
        let lower = start.to_lowercase();
        let fits = |name: &str| name.to_lowercase().starts_with(&lower);
        let mut names: Vec<String> = Vec::new();
        if start.starts_with(':') {
            names.extend(COMMANDS.into_iter().filter(|name| fits(name)).map(str::to_owned));
            return names;
        }
        if let Some((receiver, method)) = start.rsplit_once('.') {
            let lower = method.to_lowercase();
            let methods = builtins().filter(|row| row.has_receiver() && row.name.to_lowercase().starts_with(&lower));
            names.extend(methods.map(|row| format!("{receiver}.{}(", row.name)));
        }
        if line_before.trim_start().starts_with(":doc") || !start.contains('.') {
            names.extend(
                builtins()
                    .filter(|row| !row.has_receiver() || line_before.trim_start().starts_with(":doc"))
                    .map(|row| row.name.to_owned()),
            );
            names.extend(block_tasks().map(|row| row.name.to_owned()));
            names.extend(KEYWORDS.iter().map(|word| (*word).to_owned()));
            names.extend(self.own.iter().cloned());
        }
        names.extend(integrations().map(|row| row.name.to_owned()));
        names.retain(|name| fits(name));
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let before = &line[..at];
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':');
        let start = before.rfind(|c| !part(c)).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let names = match &before[start..] {
            // Nothing to complete: Tab is what it says, as at the beginning of a line within a block.
            "" => vec!["\t".to_owned()],
            begun => self.candidates(begun, &before[..start]),
        };
        let pair = |name: String| Pair { display: name.clone(), replacement: name };
        Ok((start, names.into_iter().map(pair).collect()))
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
    is_ended(input) || input.starts_with(':') || rainwright_syntax::is_complete(input)
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

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        // Any key may begin or end a text or a comment.
        self.color
    }
}

impl Hinter for Helper {
    type Hint = String;
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
    fn names_are_completed() {
        let mut helper = Helper::new(false);
        helper.own.push("customers".into());
        assert_eq!(helper.candidates("cust", ""), ["customers"]);
        assert!(helper.candidates("x.toUpper", "").contains(&"x.toUpperCase(".into()));
        assert!(helper.candidates("zoho.crm.getRec", "").contains(&"zoho.crm.getRecordById".into()));
        assert!(helper.candidates("touppercase", ":doc ").contains(&"toUpperCase".into()));
        assert_eq!(helper.candidates(":do", ""), [":doc"]);
    }
}
