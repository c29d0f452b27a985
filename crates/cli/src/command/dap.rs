//! `dg dap`: lets an editor debug scripts.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as _, FromArgMatches as _};
use rainwright::{Code, Done, Host, Inputs, Interrupt, Lack, Problem, Script};
use rainwright_dap::{Channel, Drive, Launcher, Program, Tell, serve};
use rainwright_diagnostic::closest;
use serde_json::Value as Json;

use super::caller::Caller;
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
            Err(trouble) => return Err(told(trouble)),
        }
        Ok(())
    }

    fn masked(&self, text: &str) -> String {
        terminal::masked(text)
    }

    fn advice(&self, problem: &Problem) -> String {
        in_configuration(problem).unwrap_or_else(|| problem.help().to_owned())
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
    let matches = command.try_get_matches_from(words).map_err(|e| wrong(&e))?;
    if plays {
        let args = try_::Args::from_arg_matches(&matches).map_err(|e| wrong(&e))?;
        return args.debug(&lines, stop, &mut walk(&file, drive));
    }
    let mut args = run::Args::from_arg_matches(&matches).map_err(|e| wrong(&e))?;
    args.caller = Caller::Editor;
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

/// After advice that names keys.
const KEYS: &str = "(Keys of the launch configuration.)";

/// What to do about a problem, where that is something in the launch configuration.
fn in_configuration(problem: &Problem) -> Option<String> {
    let advice = match (&problem.lacks, problem.code) {
        (Some(Lack::Value { is_slip: true, .. }), _) => return None,
        (Some(Lack::Value { name, .. }), _) => {
            format!("Assign it before it is read, or give it to the run: \"args\": {{\"{name}\": …}}")
        }
        (Some(Lack::Form), _) => {
            "Give the run a form with \"form\": \"FILE\", a JSON object of the fields and their values".to_owned()
        }
        (Some(Lack::Account), _) => {
            let keys = "admin_mail and login_mail under [account] in dg.toml, or in a file with \"account\": \"FILE\"";
            format!("Give the account an address: {keys}")
        }
        (Some(Lack::Host(host)), _) => {
            format!("Allow it with \"allowNet\": \"{host}\" if the script is meant to reach it")
        }
        (Some(Lack::Trust), _) => {
            "If you trust who wrote it, run `dg trust` in its folder; \"sandbox\": true needs no trust".to_owned()
        }
        (None, Code::NotRecorded) if problem.help.is_none() => "Record it with \"record\": \"FILE\"".to_owned(),
        (None, _) => return None,
    };
    Some(format!("{advice}. {KEYS}"))
}

/// What ended a run, as it is told at an editor.
fn told(trouble: Trouble) -> String {
    let here = |problem: &Problem| in_configuration(problem).map(|help| problem.clone().with_help(help));
    match trouble {
        Trouble::Script(failure) => {
            let problem = failure.problem().and_then(here);
            let failure = match problem {
                Some(problem) => failure.because(problem),
                None => *failure,
            };
            Trouble::from(failure).text()
        }
        Trouble::Problem(problem) => Trouble::from(here(&problem).unwrap_or(*problem)).text(),
        usage @ Trouble::Usage(_) => usage.text(),
    }
}

/// A launch configuration that the command cannot use.
fn wrong(error: &clap::Error) -> Trouble {
    let shown = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let key = |kind: ContextKind| {
        let option = shown(kind);
        let long = option.trim_start_matches("--").split([' ', '=']).next().unwrap_or_default();
        camel(long)
    };
    let message = match error.kind() {
        ErrorKind::ArgumentConflict => {
            format!("'{}' and '{}' do not go together.", key(ContextKind::InvalidArg), key(ContextKind::PriorArg))
        }
        ErrorKind::MissingRequiredArgument => format!("'{}' is needed too.", key(ContextKind::InvalidArg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default();
            format!("'{}' cannot be '{}'{why}.", key(ContextKind::InvalidArg), shown(ContextKind::InvalidValue))
        }
        _ => error.render().to_string(),
    };
    Trouble::Usage(format!("{} {KEYS}", message.trim_end()))
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
        let said = |lack: Option<Lack>| {
            let problem =
                Problem { lacks: lack, ..Problem::new(Code::NotSupported, "No.").with_help("Look at --help.") };
            (Machine.advice(&problem), told(problem.into()))
        };
        let value = |is_slip| Some(Lack::Value { name: "n".into(), is_slip });
        for (lack, shown) in [
            (value(false), "Assign it before it is read, or give it to the run: \"args\": {\"n\": …}."),
            (
                Some(Lack::Host("a.test".into())),
                "Allow it with \"allowNet\": \"a.test\" if the script is meant to reach it.",
            ),
            (
                Some(Lack::Form),
                "Give the run a form with \"form\": \"FILE\", a JSON object of the fields and their values.",
            ),
        ] {
            let (advice, whole) = said(lack);
            assert_eq!(advice, format!("{shown} {KEYS}"));
            assert!(whole.contains(shown) && !whole.contains("--help"), "{whole}");
        }
        for other in [None, value(true)] {
            assert_eq!(said(other).0, "Look at --help.");
        }
    }

    #[test]
    fn wrong_options_are_told_as_keys() {
        let told = |words: &[&str]| {
            let command = run::Args::augment_args(clap::Command::new("launch").no_binary_name(true));
            wrong(&command.try_get_matches_from(words).unwrap_err()).text()
        };
        let both = told(&["--record=a", "--replay=b", "--", "x.dg"]);
        assert!(both.starts_with("'record' and 'replay' do not go together."), "{both}");
        let seed = told(&["--seed=many", "--", "x.dg"]);
        assert!(seed.starts_with("'seed' cannot be 'many'") && !seed.contains("--"), "{seed}");
        let mails = told(&["--mails=a", "--", "x.dg"]);
        assert!(mails.starts_with("'sandbox' is needed too."), "{mails}");
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
