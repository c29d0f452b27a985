//! `dg dap`: lets an editor debug scripts.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args as _, FromArgMatches as _};
use rainwright::{Code, Done, Host, Inputs, Interrupt, Problem, Script};
use rainwright_dap::{Channel, Drive, Launcher, Program, Tell, serve};
use rainwright_diagnostic::closest;
use serde_json::Value as Json;

use super::replay::Debugged;
use super::{run, try_};
use crate::exit::{CommandResult, Exit, Trouble};
use crate::host::Lines;
use crate::project::Project;
use crate::terminal;

/// Lets an editor debug scripts over standard input and output, in the debug adapter protocol. Editors start it by
/// themselves.
#[derive(clap::Args)]
#[command(after_help = "A launch configuration names the script as `program`, or a durable run as `run`.
`args` is an object of parameters. Every option of `dg run` is a key, such as \"sandbox\": true or
\"replay\": \"sync.http\"; with \"try\": true those of `dg try` are.

Editors: see docs/guide/editors.md for VS Code, Neovim and Helix.")]
pub struct Args {
    /// Taken and not needed: editors that offer several ways of talking say so
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let mut input = BufReader::new(std::io::stdin());
        match serve(&mut input, Box::new(std::io::stdout()), Arc::new(Machine)) {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(Problem::new(Code::FileProblem, format!("The debugger stopped: {error}."))
                .with_help("Editors start `dg dap` by themselves; it is no use at a terminal.")
                .into()),
        }
    }
}

/// Keys of a launch configuration that this file reads itself.
const OWN: &[&str] = &["program", "args", "try", "run", "with", "cwd", "stopOnEntry", "noDebug"];
/// Options of the commands that mean nothing in a debugger: they print other things, or start other runs.
const UNUSED: &[&str] = &["json", "count", "trace", "durable", "id", "save", "fuzz", "save_files", "args"];

/// Starts scripts as `dg run` and `dg try` do.
struct Machine;

impl Launcher for Machine {
    fn launch(&self, arguments: &Json, tell: &Tell, stop: Interrupt, drive: &mut Drive<'_>) -> Result<(), String> {
        let ended = launch(arguments, tell, stop, drive);
        terminal::settle();
        match ended {
            Ok(Some(shown)) => tell(Channel::Console, &shown),
            Ok(None) => {}
            Err(trouble) => return Err(trouble.text()),
        }
        Ok(())
    }

    fn masked(&self, text: &str) -> String {
        terminal::masked(text)
    }

    fn advice(&self, text: &str) -> String {
        in_configuration(text, &run::Args::augment_args(clap::Command::new("launch")))
    }
}

fn launch(arguments: &Json, tell: &Tell, stop: Interrupt, drive: &mut Drive<'_>) -> CommandResult<Option<String>> {
    if let Some(folder) = text(arguments, "cwd")? {
        std::env::set_current_dir(folder).map_err(|e| Trouble::missing(Path::new(folder), &e))?;
    }
    let told = Arc::clone(tell);
    let lines = Lines::Give(Arc::new(move |line: &str| told(Channel::Script, line)));
    let plays = arguments["try"].as_bool().unwrap_or(false);
    let command = clap::Command::new("launch").no_binary_name(true);
    let command = if plays { try_::Args::augment_args(command) } else { run::Args::augment_args(command) };
    let words = words(arguments, &command)?;
    if let Some(id) = text(arguments, "run")? {
        let run = Debugged::open(id, text(arguments, "with")?.map(Path::new))?;
        let file = run.file.clone();
        return run.debug(&lines, stop, &mut walk(&file, drive));
    }
    let Some(program) = text(arguments, "program")? else {
        return Err(Trouble::Usage("The launch configuration names no 'program': the script to debug.".into()));
    };
    let file = PathBuf::from(program);
    let words = words.into_iter().chain(["--".to_owned(), program.to_owned()]);
    let wrong = |error: clap::Error| Trouble::Usage(error.render().to_string());
    let matches = command.try_get_matches_from(words).map_err(wrong)?;
    if plays {
        let args = try_::Args::from_arg_matches(&matches).map_err(wrong)?;
        return args.debug(&lines, stop, &mut walk(&file, drive));
    }
    let mut args = run::Args::from_arg_matches(&matches).map_err(wrong)?;
    args.object = match &arguments["args"] {
        Json::Null => None,
        object @ Json::Object(_) => Some(object.to_string()),
        _ => return Err(Trouble::Usage("'args' is an object, such as {\"amount\": 12}.".into())),
    };
    args.debug(lines, stop, &mut walk(&file, drive))
}

/// Runs a script under the debugger.
fn walk<'d>(file: &'d Path, drive: &'d mut Drive<'_>) -> impl FnMut(&Script, &mut dyn Host, Inputs) -> Done {
    move |script, host, inputs| {
        let names = (0..).map_while(|number| script.source(number)).map(|(name, _)| name);
        let files = files(file, names);
        drive(Program { script, inputs, host, files })
    }
}

/// Where the sources of a script are: its own file, then others, whose names start at the project or beside the file.
fn files<'n>(file: &Path, names: impl Iterator<Item = &'n str>) -> Vec<Option<PathBuf>> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let root = Project::of(file).ok().and_then(|project| project.root);
    let folders: Vec<&Path> = root.as_deref().into_iter().chain(file.parent()).collect();
    let place = |(number, name): (usize, &str)| match number {
        0 => Some(whole(file)).filter(|file| file.is_file()),
        _ => folders.iter().map(|folder| whole(&folder.join(name))).find(|file| file.is_file()),
    };
    names.enumerate().map(place).collect()
}

fn text<'a>(arguments: &'a Json, key: &str) -> CommandResult<Option<&'a str>> {
    match &arguments[key] {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text).filter(|text| !text.is_empty()).map(String::as_str)),
        _ => Err(Trouble::Usage(format!("'{key}' of the launch configuration is a text."))),
    }
}

/// The options of a command that a launch configuration has among its keys, as a command line.
fn words(arguments: &Json, command: &clap::Command) -> CommandResult<Vec<String>> {
    let options = command.get_arguments().filter(|arg| !UNUSED.contains(&arg.get_id().as_str()));
    let options = options.filter_map(|arg| Some((camel(arg.get_long()?), arg.get_long()?)));
    let options: BTreeMap<String, &str> = options.collect();
    let known = || options.keys().map(String::as_str).chain(OWN.iter().copied());
    let mut words = Vec::new();
    for (key, value) in arguments.as_object().into_iter().flatten() {
        if OWN.contains(&key.as_str()) {
            continue;
        }
        let Some(long) = options.get(key) else {
            // Editors add keys of their own; one that is nearly ours is a mistake.
            match closest(key, known()) {
                Some(near) if key.len() > 3 => {
                    return Err(Trouble::Usage(format!(
                        "The launch configuration has '{key}'. Did you mean '{near}'?"
                    )));
                }
                _ => continue,
            }
        };
        match value {
            Json::Bool(true) => words.push(format!("--{long}")),
            Json::Bool(false) | Json::Null => {}
            Json::Array(all) => words.extend(all.iter().map(|one| format!("--{long}={}", plain(one)))),
            one => words.push(format!("--{long}={}", plain(one))),
        }
    }
    Ok(words)
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Advice for the command line as advice for a launch configuration: options are keys there, and `dg try` is one.
fn in_configuration(text: &str, command: &clap::Command) -> String {
    // What is after the command is its line.
    let (text, tries) = match text.split_once("dg try ") {
        Some((before, after)) => {
            (format!("{before}\"try\": true{}", after.split_once('\n').map_or("", |rest| rest.1)), true)
        }
        None => (text.to_owned(), false),
    };
    let mut out = String::new();
    let mut rest = text.as_str();
    let mut is_changed = tries;
    while let Some((before, after)) = rest.split_once("--") {
        out.push_str(before);
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(after.len());
        let (long, mut left) = after.split_at(end);
        let option = command.get_arguments().find(|arg| arg.get_long() == Some(long));
        let value = left.strip_prefix([' ', '=']).map(|value| {
            let end = value.find([' ', ',', ';', ')', '`', '\'', '\n']).unwrap_or(value.len());
            value[..end].trim_end_matches(['.', ':'])
        });
        let key = match (option, value) {
            (None, _) => None,
            (Some(_), Some(pair)) if long == "arg" => {
                let (name, value) = pair.split_once('=').unwrap_or((pair, "VALUE"));
                left = &left[1 + pair.len()..];
                Some(format!("\"args\": {{\"{name}\": {value}}}"))
            }
            (Some(option), Some(value)) if option.get_action().takes_values() && is_value(value) => {
                left = &left[1 + value.len()..];
                Some(format!("\"{}\": \"{value}\"", camel(long)))
            }
            (Some(option), _) if option.get_action().takes_values() => Some(format!("\"{}\"", camel(long))),
            (Some(_), _) => Some(format!("\"{}\": true", camel(long))),
        };
        is_changed |= key.is_some();
        out.push_str(&key.unwrap_or_else(|| format!("--{long}")));
        rest = left;
    }
    out.push_str(rest);
    if is_changed {
        let said = out.trim_end();
        out = match said.contains('\n') {
            true => format!("{said}\n(Keys of the launch configuration.)"),
            false => format!("{}. (Keys of the launch configuration.)", said.trim_end_matches('.')),
        };
    }
    out
}

/// Whether a word after an option is its value, or a name for it, and no further word of the sentence.
fn is_value(word: &str) -> bool {
    let is_name = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    is_name || word.contains(['.', '/', '\\', '_', '@', ':']) || word.starts_with(|c: char| c.is_ascii_digit())
}

/// `sandbox-data` as `sandboxData`.
fn camel(long: &str) -> String {
    let mut parts = long.split('-');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn advice_names_keys_of_the_launch_configuration() {
        let said = |text: &str| Machine.advice(text);
        let keys = "(Keys of the launch configuration.)";
        assert_eq!(said("a\nHelp: --sandbox\n"), format!("a\nHelp: \"sandbox\": true\n{keys}"));
        for (told, shown) in [
            ("greet needs 'lead': give --arg lead=VALUE.", "greet needs 'lead': give \"args\": {\"lead\": VALUE}."),
            (
                "Assign it before it is read, or give it to the run: --arg n=…",
                "Assign it before it is read, or give it to the run: \"args\": {\"n\": …}.",
            ),
            (
                "Allow it with `--allow-net HOST` if the script is meant to reach it.",
                "Allow it with `\"allowNet\": \"HOST\"` if the script is meant to reach it.",
            ),
            ("Record it with `--record`.", "Record it with `\"record\"`."),
            ("Play the services with --sandbox.", "Play the services with \"sandbox\": true."),
            ("Or run it with made-up inputs: dg try a.dg --entry f", "Or run it with made-up inputs: \"try\": true."),
        ] {
            assert_eq!(said(told), format!("{shown} {keys}"));
        }
        for same in ["Authorise it again with `dg connect --reconnect NAME`.", "Divide by something else.", "a -- b"] {
            assert_eq!(said(same), same);
        }
    }

    #[test]
    fn options_of_the_command_are_keys() {
        let command = run::Args::augment_args(clap::Command::new("x"));
        let config = json!({
            "type": "deluge", "request": "launch", "name": "x", "__sessionId": "1", "program": "a.dg", "sandbox": true,
            "sandboxLenient": 7, "allowNet": ["a", "b"], "replay": "x.http", "trace": true, "sandboxReport": false,
        });
        let got = words(&config, &command).unwrap();
        assert_eq!(got, ["--sandbox", "--sandbox-lenient=7", "--allow-net=a", "--allow-net=b", "--replay=x.http"]);
        let wrong = words(&json!({ "sandbx": true }), &command).unwrap_err().text();
        assert!(wrong.contains("Did you mean 'sandbox'?"), "{wrong}");
    }
}
