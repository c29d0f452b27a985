//! `dg repl`: a conversation with the evaluator.

mod helper;
mod paint;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use rainwright::runtime::Account;
use rainwright::runtime::live::Clock;
use rainwright::runtime::store::home;
use rainwright::{Code, Interrupt, Kind, Problem, Session, Value};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Config, Editor};

use super::doc;
use crate::exit::{CommandResult, Exit, Trouble};
use crate::host::{Lines, ScriptHost, Setting};
use crate::network::NetworkArgs;
use crate::project::{self, Project};
use crate::sandbox::{Doubles, SandboxArgs};
use crate::terminal;
use helper::{Helper, continues, is_whole};

/// How many inputs are remembered.
const REMEMBERED: usize = 2000;

const HELP: &str = "\
Type statements or expressions; an input goes on until its brackets are closed, an empty line ends it.
  :doc NAME    the reference of a function or task       Tab      complete a name
  :vars        variables and their values                Ctrl-R   look for an earlier input
  :load FILE   evaluate a file                           Ctrl-C   stop a script, or forget a line
  :clear       forget variables and functions            Ctrl-D   leave, as does :quit";

/// Talks with the evaluator: variables and functions stay from one input to the next.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg repl
  dg repl --sandbox
  dg repl lib.dg            with the functions of a file")]
pub struct Args {
    /// Evaluate this file first
    file: Option<PathBuf>,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long)]
    profile: Option<String>,
    /// The account's time zone, such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
}

/// A conversation under way.
struct Talk {
    session: Session,
    host: ScriptHost,
    locale: rainwright::Locale,
    /// Whether an input had a mistake, or stopped.
    failed: bool,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let project = Project::of(self.file.as_deref().unwrap_or(Path::new(".")))?;
        let account = match self.sandbox.sandbox {
            true => project.settings.account.clone().or(&Account::sample()),
            false => project.settings.account.clone(),
        };
        let engine = project.engine(self.profile.as_deref(), false, self.timezone.as_deref())?;
        let locale = engine.locale().clone();
        let session = Session::new(engine);
        let stop = session.interrupt();
        // While a line is read, Ctrl-C is a key; while a script runs, it is this signal.
        signal_hook::flag::register(signal_hook::consts::SIGINT, Interrupt::clone(&stop))
            .map_err(|e| Problem::new(Code::NotSupported, format!("Ctrl-C cannot be caught: {e}.")))?;
        let host = ScriptHost::new(Setting {
            network: self.network,
            project,
            doubles: Doubles::start(&self.sandbox)?,
            tape: None,
            account,
            clock: Clock::System,
            seed: None,
            lines: Lines::Print,
            stop,
        });
        let mut talk = Talk { session, host, locale, failed: false };
        if let Some(file) = &self.file {
            let source = project::read(file).map_err(Trouble::of_path)?;
            talk.evaluate(&source);
        }
        talk.hold()
    }
}

impl Talk {
    /// Answers a person, or a file that is piped in.
    fn hold(&mut self) -> CommandResult {
        if std::io::stdin().is_terminal() { self.converse() } else { self.read_all() }
    }

    fn read_all(&mut self) -> CommandResult {
        let mut input = String::new();
        let mut lines = std::io::stdin().lines().peekable();
        while let Some(line) = lines.next() {
            input.push_str(&line.map_err(|e| closed(e.into()))?);
            // Here one can see whether an `else` follows.
            let next = lines.peek().and_then(|next| next.as_ref().ok()).map_or("", |next| next.trim_start());
            if is_whole(&input) && !continues(next) {
                if !self.answer(std::mem::take(&mut input).trim()) {
                    return Ok(self.exit());
                }
            } else {
                input.push('\n');
            }
        }
        self.answer(input.trim());
        Ok(self.exit())
    }

    /// The exit code of a conversation that nobody watched.
    fn exit(&self) -> Exit {
        if self.failed { Exit::Failed } else { Exit::Done }
    }

    /// Tells what went wrong with an input.
    fn fail(&mut self, trouble: impl Into<Trouble>) {
        self.failed = true;
        let _ = trouble.into().report();
    }

    fn converse(&mut self) -> CommandResult {
        let config = Config::builder().max_history_size(REMEMBERED).and_then(|c| c.history_ignore_dups(true));
        let config = config.map_err(closed)?.auto_add_history(true).build();
        let mut editor: Editor<Helper, DefaultHistory> = Editor::with_config(config).map_err(closed)?;
        editor.set_helper(Some(Helper::new(terminal::colored(std::io::stdout().is_terminal()))));
        let history = history_file();
        if let Some(path) = &history {
            // A first conversation has none.
            let _ = editor.load_history(path);
        }
        terminal::note(&format!("Rainwright {} - :help helps, Ctrl-D leaves", env!("CARGO_PKG_VERSION")));
        loop {
            match editor.readline("dg> ") {
                Ok(input) => {
                    if !self.answer(input.trim()) {
                        break;
                    }
                    if let Some(helper) = editor.helper_mut() {
                        helper.know(&self.session);
                    }
                }
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => break,
                Err(e) => return Err(closed(e)),
            }
        }
        if let Some(path) = &history {
            // Not being able to remember is no reason to fail at the end.
            let _ = editor.save_history(path);
        }
        Ok(Exit::Done)
    }

    /// Answers one input; tells whether the conversation goes on.
    fn answer(&mut self, input: &str) -> bool {
        let (command, rest) = input.split_once(char::is_whitespace).unwrap_or((input, ""));
        match command {
            "" => {}
            ":quit" | ":q" | ":exit" => return false,
            ":help" | ":h" | ":?" => terminal::out(HELP),
            ":doc" | ":d" => match doc::lookup(rest.trim()) {
                Ok(page) => terminal::out(&page),
                Err(problem) => self.fail(problem),
            },
            ":vars" => {
                for (name, value) in self.session.variables() {
                    terminal::out(&format!("{name} = {}", shown(value, &self.locale)));
                }
                let functions: Vec<&str> = self.session.functions().collect();
                if !functions.is_empty() {
                    terminal::out(&format!("functions: {}", functions.join(", ")));
                }
            }
            ":load" => self.load(Path::new(rest.trim())),
            ":clear" => self.session.clear(),
            _ if command.starts_with(':') => {
                terminal::note(&format!("There is no command {command}; :help lists them."))
            }
            _ => self.evaluate(input),
        }
        true
    }

    fn evaluate(&mut self, input: &str) {
        match self.session.eval(input, &mut self.host) {
            // A call that returns nothing prints no result.
            Ok(Some(value)) if value.is_null() && input.trim_end_matches(';').ends_with(')') => {}
            Ok(Some(value)) => terminal::out(&shown(&value, &self.locale)),
            Ok(None) => {}
            Err(failure) => self.fail(failure),
        }
    }

    fn load(&mut self, file: &Path) {
        match project::read(file) {
            Ok(source) => self.evaluate(&source),
            Err(problem) => self.fail(problem),
        }
    }
}

/// A value as the conversation shows it: a text in quotes, so that it differs from a list or a number that looks like it.
fn shown(value: &Value, locale: &rainwright::Locale) -> String {
    match value.kind() {
        Kind::Text | Kind::List | Kind::Map => value.to_json(locale),
        _ => value.to_text(locale),
    }
}

fn closed(error: ReadlineError) -> Trouble {
    Problem::new(Code::FileProblem, format!("The terminal cannot be used: {error}.")).into()
}

/// The file with earlier inputs, in a folder that only the user can enter.
fn history_file() -> Option<PathBuf> {
    let folder = home().ok()?;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).ok()?;
    Some(folder.join("history"))
}
