//! What somebody may have meant who typed a command line that makes no sense.

use std::error::Error;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use rainwright_diagnostic::{Problem, closest};

use super::Cli;

/// What other programs call what one of our commands does, and what to type here.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (&["init", "create"], "To start a project: dg new shop"),
    (&["lint", "analyze", "analyse", "validate", "verify"], "To look for mistakes: dg check"),
    (&["build", "compile"], "Scripts run as they are. To look for mistakes: dg check; to run one: dg run hello.dg"),
    (&["format", "pretty", "prettier"], "To bring scripts into one style: dg fmt"),
    (
        &["debug"],
        "To see what each line does: dg run --trace hello.dg. To stop at lines, debug in an editor: dg dap --help",
    ),
    (&["version"], "For the version: dg --version"),
    (&["exec", "execute", "start", "eval"], "To run a script: dg run hello.dg. To try single lines: dg repl"),
    (&["shell", "interactive"], "To try single lines: dg repl"),
    (&["watch"], "To run tests again as files change: dg test --watch"),
    (&["record"], "To record calls: dg run hello.dg --record hello.http, or for tests: dg test --record"),
    (&["coverage"], "To see what tests reach: dg test --coverage"),
    (&["login", "auth", "authorize"], "To connect to a service: dg connect mailchimp"),
    (&["logout", "disconnect"], "To end a connection: dg connections revoke NAME"),
    (&["mock"], "To play services on this machine: dg run hello.dg --sandbox, or for other programs: dg sandbox"),
    (&["docs", "man", "reference"], "To look something up: dg doc toString"),
    (&["update", "upgrade"], "dg does not update itself: install the new version over the old one."),
];

/// What to say about a command line that clap refuses, where we know better than clap; nothing where its own words will do.
pub fn meant(error: &clap::Error) -> Option<String> {
    let typed: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = typed.iter().map(String::as_str).collect();
    missing(error, &words).or_else(|| wrong_value(error)).or_else(|| no_command(error, &words))
}

/// A word that is no command: a script that was to be run, a word of other programs, or a slip of the finger.
fn no_command(error: &clap::Error, words: &[&str]) -> Option<String> {
    let word = match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(word) => word.as_str(),
        _ => return None,
    };
    if words.iter().find(|first| **first != "help") != Some(&word) {
        return deeper(words, word);
    }
    let path = std::path::Path::new(word);
    if path.is_file() || path.extension().is_some_and(|extension| extension == "dg") {
        return Some(format!("There is no command '{word}'. To run a script: dg run {word}"));
    }
    let lower = word.to_lowercase();
    if let Some((_, what)) = ELSEWHERE.iter().find(|(names, _)| names.contains(&lower.as_str())) {
        return Some(format!("There is no command '{word}'. {what}"));
    }
    let names: Vec<String> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    // What people do most is meant first.
    let order = names.iter().map(String::as_str);
    let same = order.clone().find(|name| **name == lower);
    let near =
        same.or_else(|| closest(word, order)).map(|near| format!(" Did you mean `dg {near}`?")).unwrap_or_default();
    Some(format!("There is no command '{word}'.{near} `dg help` lists the commands."))
}

/// A word that is no command of a command: `dg connections shw`.
fn deeper(words: &[&str], word: &str) -> Option<String> {
    let mut whole = Cli::command();
    whole.build();
    let command = words.iter().find_map(|first| whole.find_subcommand(first))?;
    let name = command.get_name().to_owned();
    let inner = command.get_subcommands().filter(|inner| !inner.is_hide_set()).map(|inner| inner.get_name().to_owned());
    let names: Vec<String> = inner.filter(|inner| inner != "help").collect();
    let near = closest(word, names.iter().map(String::as_str));
    let near = near.map(|near| format!(" Did you mean `dg {name} {near}`?")).unwrap_or_default();
    Some(format!("There is no command '{name} {word}'; there is {}.{near} Try `dg {name} --help`.", names.join(", ")))
}

/// What to say where the one thing that a command needs is missing, and what it can be; and about options of other programs.
fn missing(error: &clap::Error, words: &[&str]) -> Option<String> {
    let what = context(error, ContextKind::InvalidArg)?;
    let says = match (error.kind(), words, what.as_str()) {
        (ErrorKind::MissingRequiredArgument, ["connect", ..], "<SERVICE>") => {
            "Which service? `dg services` lists them; to begin with: dg connect mailchimp"
        }
        (ErrorKind::MissingRequiredArgument, ["new", ..], "<FOLDER>") => "Which folder? It is made: dg new shop",
        (ErrorKind::MissingRequiredArgument, ["completions"], "<SHELL>") => {
            "Which shell? dg completions bash, zsh, fish, powershell or elvish"
        }
        (ErrorKind::UnknownArgument, ["-v" | "-V" | "-version"], _) => "For the version: dg --version",
        (ErrorKind::UnknownArgument, ["run", ..], "-e" | "-c" | "--eval" | "--code" | "--execute") => {
            "A script comes from a file, or from stdin: echo 'info 1 + 1;' | dg run -. To try single lines: dg repl"
        }
        (ErrorKind::MissingRequiredArgument, ["runs" | "resume" | "replay", ..], "<ID>") => {
            "Which run? `dg runs list` lists them."
        }
        (ErrorKind::MissingRequiredArgument, ["connections", ..], "<NAME>" | "<NAMES>...") => {
            "Which connection? `dg connections list` lists them."
        }
        (ErrorKind::MissingRequiredArgument, ["app", ..], "<APP>") => {
            "Which application? The folder that dg app import made of its export: dg app import shop.ds"
        }
        (ErrorKind::MissingRequiredArgument, ["keys", ..], "<NAME>") => {
            "Whose key? Give it a name: dg keys create shop; `dg keys list` lists them."
        }
        (ErrorKind::UnknownArgument, ["dap", ..], _) => {
            "Editors start `dg dap` and talk with it over stdin and stdout."
        }
        (ErrorKind::UnknownArgument, ["lsp", ..], _) => {
            "Editors start `dg lsp` and talk with it over stdin and stdout. To look for mistakes here: dg check"
        }
        (ErrorKind::UnknownArgument, ["test", ..], "--lcov") => "Coverage in lcov's form: --coverage-lcov lcov.info",
        (ErrorKind::UnknownArgument, ["test", ..], "--html") => "Coverage as a page: --coverage-html coverage.html",
        (ErrorKind::MissingRequiredArgument, ["app", "run", file, ..], "<NAME>") if file.ends_with(".dg") => {
            return Some(format!("An application is run here. To run a script: dg run {file}"));
        }
        (ErrorKind::UnknownArgument, ["sandbox", ..], what) if !what.starts_with('-') => {
            "The sandbox plays all services at once: dg sandbox"
        }
        (ErrorKind::UnknownArgument, ["new", ..], what) if !what.starts_with('-') => {
            "A project goes into one folder, whose name has no blanks: dg new my_project"
        }
        (ErrorKind::UnknownArgument, ["services", ..], "--list" | "--all" | "-l") => {
            "`dg services` lists them all, `dg services TEXT` those with a text in their names."
        }
        (ErrorKind::UnknownArgument, ["-e" | "-c" | "--eval", ..], _) => {
            "To run a line: echo 'info 1 + 1;' | dg run -. To try single lines: dg repl"
        }
        (ErrorKind::UnknownArgument, ["run", ..], "--watch") => {
            "Only tests are run again as files change: dg test --watch"
        }
        (ErrorKind::UnknownArgument, ["run", ..], "--debug") => {
            "To see what each line does: --trace. To stop at lines, debug in an editor: dg dap --help"
        }
        (ErrorKind::UnknownArgument, ["test", ..], "--replay") => {
            "Tests play their recordings anyway: name.http beside name.dg, which --record writes."
        }
        (ErrorKind::UnknownArgument, ["run" | "try" | "plan", ..], _) => return given(error, words, &what),
        _ => return None,
    };
    Some(says.to_owned())
}

/// A parameter, or a second script, that was given to a run in another way than ours.
fn given(error: &clap::Error, words: &[&str], what: &str) -> Option<String> {
    // An option with a slip of the finger is clap's to mend.
    if context(error, ContextKind::SuggestedArg).is_some_and(|near| closest(what, [near.as_str()]).is_some()) {
        return None;
    }
    let at = words.iter().position(|word| *word == what || word.starts_with(&format!("{what}=")))?;
    let word = words[at];
    let before = |back: usize| at.checked_sub(back).map(|at| words[at]);
    if let (Some("--arg"), Some(name)) = (before(2), before(1)) {
        return Some(format!("--arg takes a name and a value with = between them: --arg {name}={word}"));
    }
    if let Some(name) = word.strip_prefix("--") {
        let value = words.get(at + 1).filter(|next| !next.starts_with('-')).copied().unwrap_or("VALUE");
        let pair = if name.contains('=') { name.to_owned() } else { format!("{name}={value}") };
        let name = name.split('=').next().unwrap_or_default();
        return Some(format!("There is no option --{name}. To give the script a parameter of that name: --arg {pair}"));
    }
    if word.contains('=') && !word.starts_with('-') {
        return Some(format!("Parameters are given with --arg: --arg {word}"));
    }
    let file = words.iter().skip(1).find(|word| word.ends_with(".dg")).unwrap_or(&"hello.dg");
    match (word.starts_with('-'), word.ends_with(".dg")) {
        (true, _) => None,
        (false, true) => Some(
            "One script is run at a time. It calls the functions of others by their names when they lie in the folder that \
             `functions` in dg.toml names."
                .into(),
        ),
        (false, false) => Some(format!("'{word}' is one word too many. Parameters are given by name: dg {} {file} --arg name={word}", words[0])),
    }
}

/// What an option takes, where its value is something else.
fn wrong_value(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let (option, value) = (context(error, ContextKind::InvalidArg)?, context(error, ContextKind::InvalidValue)?);
    // Types of our own say themselves what to do.
    if let Some(problem) = error.source().and_then(|source| source.downcast_ref::<Problem>()) {
        let (why, help) = (problem.message.trim_end_matches('.'), problem.help());
        return Some(format!("'{value}' does not fit {option}: {why}. {help}\nTry `{}`.", self::help()));
    }
    let why = error.source().map(ToString::to_string).unwrap_or_default();
    let takes = match option.split([' ', '=']).next().unwrap_or_default() {
        "--now" | "--expires" => "a date, a time and a zone, such as 2025-01-31T10:00:00+05:30",
        "--coverage-min" => "a number from 0 to 100, such as 80",
        "--jobs" => "how many files run at once, such as 2",
        "--port" => "a number from 0 to 65535, such as 8190; 0 is any free port",
        "--bind" => "an address of this machine: 127.0.0.1, or 0.0.0.0 for all its networks",
        // What the library says of numbers.
        _ if why.contains("float literal") => "a number, such as 0.5",
        _ if why.contains("not in ") => return None,
        _ if ["digit", "too large", "too small", "empty string", "non-zero"].iter().any(|word| why.contains(word)) => {
            "a whole number, such as 10"
        }
        _ => return None,
    };
    Some(format!("'{value}' does not fit {option}: it takes {takes}.\nTry `{}`.", help()))
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::Strings(all) => Some(all.join(" ")),
        ContextValue::String(one) => Some(one.clone()),
        _ => None,
    }
}

/// The command that shows the help of what was typed: `dg test --help`, or `dg help` where no command was.
pub fn help() -> String {
    let mut shown = String::from("dg");
    let mut command = Cli::command();
    for word in std::env::args_os().skip(1) {
        command.build();
        let Some(inner) = command.find_subcommand(word) else { break };
        let inner = inner.clone();
        shown = format!("{shown} {}", inner.get_name());
        command = inner;
    }
    if shown == "dg" { "dg help".into() } else { format!("{shown} --help") }
}
