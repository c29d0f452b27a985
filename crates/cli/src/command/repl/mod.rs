//! `dg repl`: a conversation with the evaluator.

mod command;
mod helper;
mod known;
mod paint;
mod save;
mod table;
mod words;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use rainwright::runtime::Account;
use rainwright::runtime::journal::describe;
use rainwright::runtime::live::Clock;
use rainwright::runtime::store::home;
use rainwright::{
    Call, Code, Effect, Engine, Host, Interrupt, Kind, Locale, Outcome, Problem, Refusal, Session, Value,
};
use rainwright_ide::KnownConnection;
use rainwright_records::Applications;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use super::connections;
use crate::exit::{CommandResult, Exit, Trouble};
use crate::host::{Lines, ScriptHost, Setting};
use crate::network::NetworkArgs;
use crate::project::{self, Project};
use crate::sandbox::{Doubles, SandboxArgs};
use crate::terminal;
use helper::{Helper, continues, is_whole};
use known::Known;
use save::Entered;

/// How many inputs are remembered.
const REMEMBERED: usize = 2000;
/// The width of a terminal that does not tell it.
const WIDTH: usize = 80;

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

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let session = Session::new(self.engine()?);
        let stop = session.interrupt();
        // While a line is read, Ctrl-C is a key; while a script runs, it is this signal.
        signal_hook::flag::register(signal_hook::consts::SIGINT, Interrupt::clone(&stop))
            .map_err(|e| Problem::new(Code::NotSupported, format!("Ctrl-C cannot be caught: {e}.")))?;
        let host = self.host(stop)?;
        let locale = session.engine().locale().clone();
        let mut talk = Talk {
            session,
            host,
            locale,
            known: None,
            last: None,
            calls: Vec::new(),
            entered: Vec::new(),
            typed: None,
            width: None,
            failed: false,
            start: self,
        };
        if let Some(file) = talk.start.file.clone() {
            let source = project::read(&file).map_err(Trouble::of_path)?;
            talk.evaluate_file(&file, &source);
        }
        talk.hold()
    }

    fn project(&self) -> Result<Project, Problem> {
        Project::of(self.file.as_deref().unwrap_or(Path::new(".")))
    }

    fn engine(&self) -> CommandResult<Engine> {
        self.project()?.engine(self.profile.as_deref(), false, self.timezone.as_deref())
    }

    fn host(&self, stop: Interrupt) -> Result<ScriptHost, Problem> {
        let project = self.project()?;
        let account = match self.sandbox.sandbox {
            true => project.settings.account.clone().or(&Account::sample()),
            false => project.settings.account.clone(),
        };
        Ok(ScriptHost::new(Setting {
            network: self.network.clone(),
            project,
            doubles: Doubles::start(&self.sandbox, Applications::default())?,
            tape: None,
            account,
            clock: Clock::System,
            seed: None,
            lines: Lines::Print,
            stop,
        }))
    }

    /// What completion knows of the project. What cannot be read is left out: nobody is kept from talking by it.
    fn known(&self, engine: &Engine) -> rainwright_ide::Project {
        let project = self.project().unwrap_or_default();
        let stored = connections::stored_for(&self.network.environment, &project).unwrap_or_default();
        let connections = stored.into_iter().map(|one| KnownConnection { name: one.name, service: one.service });
        let connections: Vec<KnownConnection> = connections.collect();
        rainwright_ide::Project {
            profile: engine.current_profile(),
            connections: (!connections.is_empty()).then_some(connections),
            ..rainwright_ide::Project::default()
        }
    }
}

/// A conversation under way.
struct Talk {
    session: Session,
    host: ScriptHost,
    locale: Locale,
    /// What `ide` knows; made when somebody asks.
    known: Option<Known>,
    /// The last value.
    last: Option<Value>,
    /// What the last input asked of services, a line each.
    calls: Vec<String>,
    /// What was evaluated without an error.
    entered: Vec<Entered>,
    /// The last input, evaluated or not.
    typed: Option<String>,
    /// The width of the terminal; nothing when a file is read or nobody looks.
    width: Option<usize>,
    /// Whether an input had a mistake, or stopped.
    failed: bool,
    /// How the conversation was started.
    start: Args,
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

    /// Tells what went wrong with an input, and what can be done about it here.
    fn fail(&mut self, trouble: impl Into<Trouble>) {
        self.failed = true;
        match trouble.into() {
            Trouble::Usage(message) => terminal::note(&message),
            Trouble::Script(failure) => {
                let _ = Trouble::from(words::told_here(*failure)).report();
            }
            trouble => {
                let _ = trouble.report();
            }
        }
    }

    fn converse(&mut self) -> CommandResult {
        let config = Config::builder().max_history_size(REMEMBERED).and_then(|c| c.history_ignore_dups(true));
        let config = config.map_err(closed)?.auto_add_history(true).completion_type(CompletionType::List).build();
        let mut editor: Editor<Helper, DefaultHistory> = Editor::with_config(config).map_err(closed)?;
        let seen = std::io::stdout().is_terminal();
        let known = Known::new(self.start.known(self.session.engine()));
        editor.set_helper(Some(Helper::new(terminal::colored(seen), known)));
        let history = history_file();
        if let Some(path) = &history {
            // A first conversation has none.
            let _ = editor.load_history(path);
        }
        terminal::note(&format!("Rainwright {} - :help helps, Ctrl-D leaves", env!("CARGO_PKG_VERSION")));
        loop {
            match editor.readline("dg> ") {
                Ok(input) => {
                    let width = editor.dimensions().map_or(WIDTH, |(columns, _)| usize::from(columns));
                    self.width = seen.then_some(width.max(20));
                    if !self.answer(input.trim()) {
                        break;
                    }
                    if let Some(helper) = editor.helper_mut() {
                        helper.known.set_project(self.start.known(self.session.engine()));
                        helper.known.learn(&self.session);
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
        if input.is_empty() {
            return true;
        }
        let names = |name: &str| {
            self.session.variables().contains_key(name) || self.session.functions().any(|function| function == name)
        };
        let meant = words::command(input, names);
        let input = meant.as_deref().unwrap_or(input);
        if command::ends(input) {
            return false;
        }
        if input.starts_with(':') {
            if let Err(trouble) = command::run(self, input) {
                self.fail(trouble);
            }
        } else {
            self.typed = Some(input.to_owned());
            self.evaluate(input);
        }
        true
    }

    fn evaluate(&mut self, input: &str) {
        self.evaluate_as(None, input);
    }

    /// Evaluates the text of a file, which messages name.
    fn evaluate_file(&mut self, file: &Path, source: &str) {
        self.evaluate_as(Some(&file.display().to_string()), source);
    }

    fn evaluate_as(&mut self, file: Option<&str>, input: &str) {
        self.calls.clear();
        let mut printed = Vec::new();
        let mut host = Watched { inner: &mut self.host, calls: &mut self.calls, printed: &mut printed };
        let result = match file {
            Some(name) => self.session.eval_as(name, input, &mut host),
            None => self.session.eval(input, &mut host),
        };
        let value = match result {
            Ok(value) => value,
            Err(failure) => {
                self.fail(failure);
                if let Some(hint) = words::hint(input).filter(|_| file.is_none()) {
                    terminal::note(&hint);
                }
                return;
            }
        };
        // A call that returns nothing prints no result.
        let value = value.filter(|value| !(value.is_null() && input.trim_end_matches(';').ends_with(')')));
        let text = value.as_ref().map(|value| value.to_text(&self.locale));
        self.entered.push(Entered { text: input.to_owned(), value: text, printed });
        let Some(value) = value else { return };
        let table = self.width.and_then(|width| table::table(&value, &self.locale, width));
        terminal::out(&table.unwrap_or_else(|| shown(&value, &self.locale)));
        self.last = Some(value);
    }

    /// Takes up a changed product; variables and functions stay.
    fn begin_again(&mut self) -> CommandResult<()> {
        self.session.set_engine(self.start.engine()?);
        self.locale = self.session.engine().locale().clone();
        self.known = None;
        Ok(())
    }

    /// The kinds that an expression can have, as far as reading it tells.
    fn kinds(&mut self, expression: &str) -> Option<String> {
        let mut known = self.known.take().unwrap_or_else(|| Known::new(self.start.known(self.session.engine())));
        known.learn(&self.session);
        let kinds = known.kinds(expression);
        self.known = Some(known);
        kinds
    }
}

/// Notes what a script asks of services, and what it prints.
struct Watched<'h> {
    inner: &'h mut ScriptHost,
    calls: &'h mut Vec<String>,
    printed: &'h mut Vec<String>,
}

impl Host for Watched<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let what = match &call.effect {
            Effect::Info { text } => {
                self.printed.push(text.clone());
                None
            }
            Effect::Now | Effect::Random => None,
            other => Some(describe(other)),
        };
        let outcome = self.inner.perform(call);
        if let Some(what) = what {
            let came = match &outcome {
                Ok(Outcome::Http(response)) => format!("{}, {} bytes", response.status, response.body.len()),
                Ok(_) => "done".to_owned(),
                Err(Refusal::Problem(problem) | Refusal::Stop(problem)) => problem.message.clone(),
                Err(Refusal::Suspend(_)) => "put aside".to_owned(),
            };
            self.calls.push(format!("{what} → {came}"));
        }
        outcome
    }
}

/// A value as the conversation shows it: a text in quotes, to tell it from a list or a number that looks like it.
fn shown(value: &Value, locale: &Locale) -> String {
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
    Some(private_folder("")?.join("history"))
}

/// A folder in the user's home of ours, made if it is not there; only the user can enter it.
fn private_folder(name: &str) -> Option<PathBuf> {
    let folder = home().ok()?.join(name);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).ok()?;
    Some(folder)
}
