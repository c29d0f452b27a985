//! `dg run`: runs a script.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use rainwright::runtime::live::Clock;
use rainwright::{Code, Done, Engine, EntryPoint, Failure, Inputs, Interrupt, Limits, Problem, Script, Value};
use rainwright_syntax::ast::TypeKind;
use rainwright_value::read_json;
use serde_json::json;

use crate::exit::{Exit, Outcome, Trouble, file_problem};
use crate::host::{Lines, ScriptHost, Setting};
use crate::network::NetworkArgs;
use crate::project::{self, Project};
use crate::sandbox::{Doubles, SandboxArgs};
use crate::terminal;

/// Runs a script: `info` lines and the result go to stdout, everything else to stderr.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg run hello.dg
  dg run invoice.dg --arg customer=\"Ada Lindqvist\" --arg amount=99.50
  dg run functions.dg --entry standalone.total --args input.json --json
  dg run scripts/mailchimp/subscribe_lead.dg --sandbox --arg lead_id=1001
  dg run sync.dg --record sync.http        and later: --replay sync.http
  echo 'info 1 + 1;' | dg run -")]
pub struct Args {
    /// The script, or - for stdin
    file: PathBuf,
    /// Give a parameter, or a variable, its value: a JSON value or plain text
    #[arg(long = "arg", value_name = "NAME=VALUE")]
    args: Vec<String>,
    /// Take parameters from a JSON object in this file
    #[arg(long = "args", value_name = "FILE")]
    args_file: Option<PathBuf>,
    /// Call this function instead of the one named like the file
    #[arg(long, value_name = "FUNCTION")]
    entry: Option<String>,
    /// Follow the rules of this product: zoho-crm, zoho-creator …
    #[arg(long)]
    profile: Option<String>,
    /// The account's time zone, such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Print one JSON object: result, info lines, or the error
    #[arg(long)]
    json: bool,
    /// Tell on stderr how often each line ran
    #[arg(long)]
    count: bool,
    /// Stop where the product would: statements, calls and output as its help states them
    #[arg(long)]
    product_limits: bool,
    /// Write HTTP calls to this file, secrets masked
    #[arg(long, value_name = "FILE", conflicts_with = "replay", help_heading = "Repeatable runs")]
    record: Option<PathBuf>,
    /// Answer HTTP calls from this recording; anything else fails
    #[arg(long, value_name = "FILE", help_heading = "Repeatable runs")]
    replay: Option<PathBuf>,
    /// Pretend that it is now this instant, such as 2025-01-31T10:00:00+05:30
    #[arg(long, value_name = "TIME", help_heading = "Repeatable runs")]
    now: Option<jiff::Timestamp>,
    /// Draw random numbers from this seed
    #[arg(long, value_name = "NUMBER", help_heading = "Repeatable runs")]
    seed: Option<u64>,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    sandbox: SandboxArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> Outcome {
        let project = Project::of(&self.file)?;
        let mut engine = project.engine(self.profile.as_deref(), self.timezone.as_deref())?.counting(self.count);
        if self.product_limits {
            engine = with_product_limits(engine);
        }
        let lines = if self.json { Lines::Keep(Arc::default()) } else { Lines::Print };
        let kept = match &lines {
            Lines::Keep(kept) => Some(Arc::clone(kept)),
            Lines::Print => None,
        };
        let (done, host) = match self.execute(&engine, project, lines) {
            Ok(ran) => ran,
            Err(Trouble::Script(failure)) if self.json => {
                print_json(&engine, Err(&failure), &[]);
                return Ok(Exit::of(failure.code()));
            }
            Err(trouble) => return Err(trouble),
        };
        if self.sandbox.sandbox_report
            && let Some(doubles) = host.doubles()
        {
            terminal::note(&doubles.report());
        }
        if self.count {
            tell_counts(&done);
        }
        if let Some(kept) = kept {
            let lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
            print_json(&engine, done.result.as_ref(), &lines);
            return Ok(done.result.map_or_else(|failure| Exit::of(failure.code()), |_| Exit::Done));
        }
        let value = done.result?;
        if !value.is_null() {
            terminal::out(&value.to_text(engine.locale()));
        }
        Ok(Exit::Done)
    }

    fn execute(&self, engine: &Engine, project: Project, lines: Lines) -> Outcome<(Done, ScriptHost)> {
        let script = self.compile(engine, &project)?;
        let entry = self.entry(&script)?;
        let mut inputs = self.inputs(entry.as_ref())?;
        if let Some(entry) = entry {
            inputs = inputs.entry(entry.name);
        }
        let stop = interrupt()?;
        let setting = Setting {
            network: self.network.clone(),
            project,
            doubles: Doubles::start(&self.sandbox)?,
            record: self.record.clone(),
            replay: self.replay.clone(),
            clock: self.now.map_or(Clock::System, |at| Clock::Fixed(at.as_millisecond())),
            seed: self.seed,
            lines,
            stop: Interrupt::clone(&stop),
        };
        let mut host = ScriptHost::new(setting);
        let done = script.run(&mut host, inputs.interrupt(stop));
        Ok((done, host))
    }

    fn compile(&self, engine: &Engine, project: &Project) -> Outcome<Script> {
        let name = if self.file == Path::new("-") { "stdin".into() } else { self.file.display().to_string() };
        let source = project::read(&self.file)?;
        let functions = project.functions(&self.file)?;
        let mut sources = vec![(name.as_str(), source.as_str())];
        sources.extend(functions.iter().map(|(name, source)| (name.as_str(), source.as_str())));
        let script = engine.compile_all(&sources)?;
        let warnings: Vec<_> = script.warnings().cloned().collect();
        if !warnings.is_empty() {
            let text = rainwright::render::diagnostics(&name, &source, &warnings, terminal::style());
            terminal::note(text.trim_end());
        }
        Ok(script)
    }

    /// The function to call: the one asked for, else the one named like the file, else the first; none when the script
    /// has bare statements.
    fn entry(&self, script: &Script) -> Outcome<Option<EntryPoint>> {
        let entries = script.entries();
        let last = |entry: &EntryPoint| entry.name.rsplit('.').next().unwrap_or_default().to_owned();
        if let Some(wanted) = &self.entry {
            let found = entries
                .iter()
                .find(|entry| entry.name == *wanted)
                .or_else(|| entries.iter().find(|e| last(e) == *wanted));
            return found.cloned().map(Some).ok_or_else(|| {
                let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
                let known = if names.is_empty() { "none".into() } else { names.join(", ") };
                Trouble::Usage(format!("There is no function '{wanted}' in {}; it has {known}.", self.file.display()))
            });
        }
        if script.has_main() {
            return Ok(None);
        }
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let like_file = entries.iter().position(|entry| last(entry) == stem);
        Ok(entries.into_iter().nth(like_file.unwrap_or(0)))
    }

    fn inputs(&self, entry: Option<&EntryPoint>) -> Outcome<Inputs> {
        let mut inputs = Inputs::new();
        let mut given = Vec::new();
        if let Some(path) = &self.args_file {
            let text = std::fs::read_to_string(path).map_err(|e| file_problem(path, "be read", &e))?;
            let value = read_json(&text, false).map_err(|problem| *problem)?;
            let Some(map) = value.as_map() else {
                return Err(Trouble::Usage(format!("{} must hold a JSON object.", path.display())));
            };
            for (name, value) in map.borrow().iter() {
                given.push(name.to_string());
                inputs = inputs.arg(name.to_string(), value.clone());
            }
        }
        for pair in &self.args {
            let Some((name, text)) = pair.split_once('=') else {
                return Err(Trouble::Usage(format!("--arg takes NAME=VALUE, and '{pair}' has no '='.")));
            };
            let ty = entry.and_then(|entry| entry.params.iter().find(|param| param.name == name)).map(|param| param.ty);
            given.push(name.to_owned());
            inputs = inputs.arg(name, value_of(text, ty));
        }
        if let Some(entry) = entry {
            let unknown = given.iter().find(|name| entry.params.iter().all(|param| param.name != **name));
            let missing = entry.params.iter().find(|param| !given.contains(&param.name));
            let takes = || entry.params.iter().map(|param| param.name.as_str()).collect::<Vec<_>>().join(", ");
            if let Some(name) = unknown {
                return Err(Trouble::Usage(format!("{} has no parameter '{name}'; it takes {}.", entry.name, takes())));
            }
            if let Some(param) = missing {
                let message = format!("{} needs '{}': give --arg {1}=VALUE.", entry.name, param.name);
                return Err(Trouble::Usage(message));
            }
        }
        Ok(inputs)
    }
}

/// A value from the command line: as the parameter's type says, else JSON where it is some, else text.
fn value_of(text: &str, ty: Option<TypeKind>) -> Value {
    match ty {
        Some(TypeKind::Text | TypeKind::DateTime | TypeKind::Time) => Value::text(text),
        _ => read_json(text, false).unwrap_or_else(|_| Value::text(text)),
    }
}

/// The limits that the product's help states.
fn with_product_limits(engine: Engine) -> Engine {
    let stated = engine.current_profile().limits;
    let own = engine.current_limits().clone();
    let limits = Limits {
        statements: stated.statements,
        calls: stated.calls,
        output: stated.info_bytes.unwrap_or(own.output),
        ..own
    };
    engine.limits(limits)
}

/// A switch that the first Ctrl-C turns on; the second one ends the program.
pub fn interrupt() -> Result<Interrupt, Problem> {
    use signal_hook::consts::SIGINT;
    let stop = Interrupt::default();
    let code = 128 + SIGINT;
    signal_hook::flag::register_conditional_shutdown(SIGINT, code, Arc::clone(&stop))
        .and_then(|_| signal_hook::flag::register(SIGINT, Arc::clone(&stop)))
        .map_err(|e| Problem::new(Code::NotSupported, format!("Ctrl-C cannot be caught: {e}.")))?;
    Ok(stop)
}

fn tell_counts(done: &Done) {
    terminal::note(&format!("{} statements, {} loop turns and calls", done.statements, done.steps));
    for (line, count) in done.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        terminal::note(&format!("{count:>10}  line {}", line + 1));
    }
}

fn print_json(engine: &Engine, result: Result<&Value, &Failure>, lines: &[String]) {
    let mut object = json!({ "info": lines });
    match result {
        Ok(value) => {
            // A text is a JSON text here, not JSON to be read.
            object["result"] = match value.as_str() {
                Some(text) => text.into(),
                None => serde_json::from_str(&value.to_json(engine.locale())).unwrap_or_default(),
            };
        }
        Err(failure) => {
            let mut error = json!({
                "code": failure.code().to_string(),
                "message": failure.message(),
                "help": failure.help(),
                "line": failure.line(),
            });
            if let Some(place) = failure.place() {
                error["file"] = place.source.into();
                error["column"] = place.column.into();
            }
            object["error"] = error;
        }
    }
    terminal::out(&object.to_string());
}
