//! The commands of a conversation: what begins with a colon.

use std::path::Path;
use std::time::Instant;

use rainwright::{Code, Problem};
use rainwright_diagnostic::closest;

use super::save::{self, save};
use super::{Talk, private_folder, shown};
use crate::command::{connections, doc};
use crate::exit::{CommandResult, Trouble};
use crate::project;
use crate::terminal;

/// One command.
pub struct Command {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// What it takes, for the help.
    takes: &'static str,
    pub does: &'static str,
    act: fn(&mut Talk, &str) -> CommandResult<()>,
}

/// All commands, in the order of the help.
pub const COMMANDS: &[Command] = &[
    Command { name: ":help", aliases: &[":h", ":?"], takes: "", does: "this list", act: help },
    Command { name: ":doc", aliases: &[":d"], takes: "NAME", does: "the reference of a function or task", act: page },
    Command {
        name: ":type",
        aliases: &[":t"],
        takes: "EXPRESSION",
        does: "of what kind a value is; nothing is called",
        act: kind,
    },
    Command { name: ":time", aliases: &[], takes: "INPUT", does: "evaluate, and say how long it took", act: time },
    Command {
        name: ":vars",
        aliases: &[],
        takes: "",
        does: "variables and their values, and functions",
        act: variables,
    },
    Command { name: ":last", aliases: &[], takes: "", does: "the last value again, all of it", act: last },
    Command { name: ":calls", aliases: &[], takes: "", does: "what the last input asked of services", act: calls },
    Command {
        name: ":edit",
        aliases: &[":e"],
        takes: "",
        does: "write an input in $VISUAL or $EDITOR, beginning with the last one",
        act: edit,
    },
    Command { name: ":load", aliases: &[], takes: "FILE", does: "evaluate a file", act: load },
    Command {
        name: ":save",
        aliases: &[],
        takes: "FILE",
        does: "write the conversation as a golden script",
        act: write,
    },
    Command {
        name: ":profile",
        aliases: &[],
        takes: "[NAME]",
        does: "follow the rules of another product",
        act: profile,
    },
    Command {
        name: ":connections",
        aliases: &[],
        takes: "",
        does: "the connections that scripts can name",
        act: known,
    },
    Command {
        name: ":sandbox",
        aliases: &[],
        takes: "[on|off]",
        does: "use stand-ins for the services, or the real ones",
        act: sandbox,
    },
    Command { name: ":reset", aliases: &[":clear"], takes: "", does: "forget variables and functions", act: reset },
    Command { name: ":quit", aliases: &[":q", ":exit"], takes: "", does: "leave, as does Ctrl-D", act: |_, _| Ok(()) },
];

/// Whether an input ends the conversation.
pub fn ends(input: &str) -> bool {
    matches!(input.split_whitespace().next(), Some(":quit" | ":q" | ":exit"))
}

/// Does what a command says.
///
/// # Errors
/// A command that does not exist, or what went wrong in it.
pub fn run(talk: &mut Talk, input: &str) -> CommandResult<()> {
    let (name, rest) = input.split_once(char::is_whitespace).unwrap_or((input, ""));
    let found = COMMANDS.iter().find(|command| command.name == name || command.aliases.contains(&name));
    let Some(command) = found else {
        let near = closest(name, COMMANDS.iter().map(|command| command.name));
        let near = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
        return Err(Problem::new(Code::BadArgument, format!("There is no command {name}.{near}"))
            .with_help(":help lists the commands.")
            .into());
    };
    (command.act)(talk, rest.trim())
}

fn help(_: &mut Talk, _: &str) -> CommandResult<()> {
    terminal::out(
        "Type statements or expressions. An input goes on until its brackets are closed; an empty line ends it.",
    );
    for command in COMMANDS {
        terminal::out(&format!("  {:<22} {}", format!("{} {}", command.name, command.takes), command.does));
    }
    terminal::out("Tab completes, Up and Down go through earlier inputs, Ctrl-R looks for one, Ctrl-C stops a script.");
    Ok(())
}

fn needs(rest: &str, what: &str) -> CommandResult<()> {
    if rest.is_empty() {
        return Err(Problem::new(Code::BadArgument, format!("Something is missing: {what}."))
            .with_help(":help lists the commands and what they take.")
            .into());
    }
    Ok(())
}

fn page(_: &mut Talk, name: &str) -> CommandResult<()> {
    needs(name, "the name of a function or task, as in :doc toString")?;
    terminal::out(&doc::lookup(name)?);
    Ok(())
}

fn kind(talk: &mut Talk, expression: &str) -> CommandResult<()> {
    let expression = expression.trim_end_matches(';').trim_end();
    needs(expression, "an expression, as in :type 1 / 2")?;
    if let Some(value) = talk.session.variables().get(expression) {
        terminal::out(&value.kind().to_string());
        return Ok(());
    }
    // What calls nothing does nothing: its value says more than reading it.
    if !expression.contains(['(', '[', '=']) {
        let mut nothing = rainwright::OfflineHost::new();
        if let Some(value) = talk.session.eval(expression, &mut nothing)? {
            terminal::out(&value.kind().to_string());
            return Ok(());
        }
    }
    match talk.kinds(expression) {
        Some(kinds) => terminal::out(&kinds),
        None => terminal::out("any kind: only evaluating it tells"),
    }
    Ok(())
}

fn time(talk: &mut Talk, input: &str) -> CommandResult<()> {
    needs(input, "an input, as in :time total(1000)")?;
    let start = Instant::now();
    talk.evaluate(input);
    let took = start.elapsed();
    let calls = match talk.calls.len() {
        0 => String::new(),
        1 => ", 1 call".into(),
        many => format!(", {many} calls"),
    };
    terminal::note(&format!("{took:.1?}{calls}"));
    Ok(())
}

fn variables(talk: &mut Talk, _: &str) -> CommandResult<()> {
    for (name, value) in talk.session.variables() {
        terminal::out(&format!("{name} = {}", shown(value, &talk.locale)));
    }
    let functions: Vec<&str> = talk.session.functions().collect();
    if !functions.is_empty() {
        terminal::out(&format!("functions: {}", functions.join(", ")));
    }
    Ok(())
}

fn last(talk: &mut Talk, _: &str) -> CommandResult<()> {
    match &talk.last {
        Some(value) => terminal::out(&shown(value, &talk.locale)),
        None => terminal::note("There is no value yet."),
    }
    Ok(())
}

fn calls(talk: &mut Talk, _: &str) -> CommandResult<()> {
    if talk.calls.is_empty() {
        terminal::note("The last input asked nothing of any service.");
    }
    for call in &talk.calls {
        terminal::out(&terminal::plain(call));
    }
    Ok(())
}

fn load(talk: &mut Talk, file: &str) -> CommandResult<()> {
    needs(file, "the file, as in :load lib.dg")?;
    let source = project::read(Path::new(file))?;
    talk.evaluate_file(Path::new(file), &source);
    Ok(())
}

fn write(talk: &mut Talk, file: &str) -> CommandResult<()> {
    needs(file, "the file, as in :save session.dg")?;
    if talk.entered.is_empty() {
        return Err(Problem::new(Code::BadArgument, "Nothing was evaluated yet.").into());
    }
    let now = jiff::Timestamp::now().to_string();
    let setting = save::Setting {
        profile: talk.start.profile.as_deref(),
        timezone: talk.start.timezone.as_deref(),
        sandbox: talk.start.sandbox.sandbox,
        now: &now,
    };
    save(Path::new(file), &talk.entered, &setting)?;
    terminal::note(&format!("saved {file}; `dg test {file}` runs it"));
    Ok(())
}

/// The program that texts are edited with, and its arguments.
fn editor() -> Vec<String> {
    let named =
        ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()));
    let usual = if cfg!(windows) { "notepad" } else { "vi" };
    named.unwrap_or_else(|| usual.to_owned()).split_whitespace().map(str::to_owned).collect()
}

fn edit(talk: &mut Talk, _: &str) -> CommandResult<()> {
    let failed = |what: &str| Problem::new(Code::FileProblem, format!("The text could not be edited: {what}."));
    // A folder of its own, which nobody else can enter: the input may hold what is private.
    let folder = private_folder("edit").ok_or_else(|| failed("there is no folder for it"))?;
    let file = folder.join(format!("input-{}.dg", std::process::id()));
    let begun = talk.typed.clone().unwrap_or_default();
    std::fs::write(&file, &begun).map_err(|e| failed(&e.to_string()))?;
    let words = editor();
    let ended = match words.split_first() {
        Some((program, args)) => std::process::Command::new(program).args(args).arg(&file).status(),
        None => return Err(failed("no editor is named in VISUAL or EDITOR").into()),
    };
    let text = std::fs::read_to_string(&file);
    let _ = std::fs::remove_file(&file);
    match ended {
        Ok(status) if status.success() => {}
        Ok(_) => return Err(failed("the editor gave up").into()),
        Err(e) => {
            let problem = failed(&format!("{} cannot be started: {e}", words.join(" ")));
            return Err(problem.with_help("Name an editor in VISUAL or EDITOR.").into());
        }
    }
    let text = text.map_err(|e| failed(&e.to_string()))?;
    if text.trim().is_empty() {
        terminal::note("Nothing to evaluate.");
        return Ok(());
    }
    terminal::note(text.trim_end());
    talk.typed = Some(text.clone());
    talk.evaluate(&text);
    Ok(())
}

fn profile(talk: &mut Talk, name: &str) -> CommandResult<()> {
    if !name.is_empty() {
        let before = talk.start.profile.replace(name.to_owned());
        if let Err(trouble) = talk.begin_again() {
            talk.start.profile = before;
            return Err(match trouble {
                Trouble::Usage(message) => Problem::new(Code::BadArgument, message).into(),
                other => other,
            });
        }
    }
    terminal::out(talk.session.engine().current_profile().name);
    Ok(())
}

fn known(talk: &mut Talk, _: &str) -> CommandResult<()> {
    let project = talk.start.project()?;
    let all = connections::stored_for(&talk.start.network.environment, &project)?;
    for one in &all {
        terminal::out(&format!("{:<24} {}", one.name, one.service));
    }
    match (all.is_empty(), talk.start.sandbox.sandbox) {
        (_, true) => terminal::note("The sandbox makes the connections that scripts name."),
        (true, false) => {
            terminal::note("There are no connections. `dg connect SERVICE` makes one; :sandbox on plays the services.")
        }
        (false, false) => {}
    }
    Ok(())
}

fn sandbox(talk: &mut Talk, word: &str) -> CommandResult<()> {
    let wanted = match word {
        "" => talk.start.sandbox.sandbox,
        "on" => true,
        "off" => false,
        other => {
            let problem = Problem::new(Code::BadArgument, format!("'{other}' is neither on nor off."));
            return Err(problem.with_help("Write :sandbox on or :sandbox off.").into());
        }
    };
    if wanted != talk.start.sandbox.sandbox {
        talk.start.sandbox.sandbox = wanted;
        talk.host = talk.start.host(talk.session.interrupt())?;
    }
    terminal::out(if wanted { "on: services are played on this machine" } else { "off: services are the real ones" });
    Ok(())
}

fn reset(talk: &mut Talk, _: &str) -> CommandResult<()> {
    talk.session.clear();
    talk.entered.clear();
    talk.last = None;
    Ok(())
}
