//! `dg run`: runs a script.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use rainwright::builtins::{FunctionKind, Limits as Held, function_kinds, to_data};
use rainwright::runtime::Account;
use rainwright::runtime::journal::{InDoubt, new_id};
use rainwright::runtime::live::{Clock, open_tape};
use rainwright::{
    Code, Data, Done, Engine, EntryPoint, Failure, Form, Host, Inputs, Interrupt, Lack, Limits, Problem, Script, Value,
};
use rainwright_diagnostic::{closest, explained};
use rainwright_records::Applications;
use rainwright_syntax::ast::TypeKind;
use rainwright_value::read_json;

use super::caller::Caller;
use super::durable;
use crate::exit::{CommandResult, Exit, Trouble};
use crate::host::{Counting, Lines, ScriptHost, Setting};
use crate::kind::EventArgs;
use crate::network::NetworkArgs;
use crate::project::{self, Project};
use crate::report::FormReport;
use crate::sandbox::{Doubles, SandboxArgs};
use crate::trace::Trace;
use crate::{application, export, files, limits, report, terminal};
use rainwright_syntax::DocumentKind;

/// Runs a script: `info` lines and the result go to stdout, everything else to stderr.
#[derive(clap::Args, Default)]
#[command(after_help = "Examples:
  dg run hello.dg
  dg run invoice.dg --arg customer=\"Ada Lindqvist\" --arg amount=99.50
  dg run functions.dg --entry standalone.total --args input.json --json
  dg run scripts/mailchimp/subscribe_lead.dg --sandbox --arg lead_id=1001
  dg run validate.dg --form claim.json
  dg run greet.dg --kind cliq-bot-message --event message.json
  dg run app.ds --entry claim_on_add_on_validate --form claim.json
  dg run nightly.dg --durable --id nightly-7   and, when it was killed: dg resume nightly-7
  dg run sync.dg --record sync.http        and later: --replay sync.http
  echo 'info 1 + 1;' | dg run -")]
pub struct Args {
    /// The script, an application export (.ds), or - for stdin
    file: PathBuf,
    /// Give a parameter, or a variable, its value: a JSON value, plain text, or @PATH for a file
    #[arg(long = "arg", value_name = "NAME=VALUE")]
    args: Vec<String>,
    /// Take parameters from a JSON object in this file
    #[arg(long = "args", value_name = "FILE")]
    args_file: Option<PathBuf>,
    /// Parameters as a JSON object, from a debugger's configuration.
    #[arg(skip)]
    pub(super) object: Option<String>,
    /// Who starts the run.
    #[arg(skip)]
    pub(super) caller: Caller,
    /// Save the files that the script returns or holds at its end into this folder
    #[arg(long, value_name = "FOLDER")]
    save_files: Option<PathBuf>,
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
    /// Tell on stderr how often each line ran, and how often the script reached outside
    #[arg(long)]
    count: bool,
    /// Tell on stderr what each line does: the variables that it changes, calls of functions and their results
    #[arg(long, conflicts_with_all = ["durable", "count"])]
    trace: bool,
    /// Stop where this product would: statements, calls, output, seconds and sizes as its help states them
    #[arg(long, value_name = "PROFILE")]
    limits: Option<String>,
    /// Tell scripts about their account from this TOML file: admin_mail, login_user, application, `[variables]`, `[organization]` …
    #[arg(long, value_name = "FILE")]
    account: Option<PathBuf>,
    /// Run as an event of this form: a JSON object of fields, or {"fields": …, "old": …, "row": …}
    #[arg(long, value_name = "FILE")]
    form: Option<PathBuf>,
    #[command(flatten)]
    event: EventArgs,
    /// Write HTTP calls to this file, secrets masked
    #[arg(long, value_name = "FILE", conflicts_with = "replay", help_heading = "Repeatable runs")]
    record: Option<PathBuf>,
    /// Answer HTTP calls from this recording; anything else fails
    #[arg(long, value_name = "FILE", help_heading = "Repeatable runs")]
    replay: Option<PathBuf>,
    /// Keep a journal, so that the run survives the end of this process: `dg resume` goes on with it
    #[arg(long, conflicts_with_all = ["form", "record", "replay", "sandbox", "now", "seed", "count"], help_heading = "Durable runs")]
    durable: bool,
    /// Keep the journal here: postgres://USER@HOST/DATABASE, a folder, or env:NAME for what that variable holds; otherwise
    /// RAINWRIGHT_JOURNAL says where, or it is in the data folder of this user
    #[arg(long, value_name = "PLACE", requires = "durable", help_heading = "Durable runs")]
    journal: Option<String>,
    /// Name the durable run; otherwise its name is drawn
    #[arg(long, value_name = "NAME", requires = "durable", help_heading = "Durable runs")]
    id: Option<String>,
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
    pub fn run(self) -> CommandResult {
        let kept = self.json.then(Arc::default);
        let lines = kept.as_ref().map_or(Lines::Print, |kept| Lines::Keep(Arc::clone(kept)));
        let (project, source) = self.open()?;
        let (engine, held) = self.engine(&project, &source)?;
        let kind = self.event.kind.of(&source)?;
        let stop = interrupt()?;
        let mut walk = |script: &Script, host: &mut dyn Host, inputs: Inputs| self.walk(script, host, inputs);
        let way = Way { lines, held, stop, walk: &mut walk };
        let ran = match self.execute(&engine, project, &source, way) {
            Ok(ran) => ran,
            Err(Trouble::Script(failure)) if self.json => {
                report::json(&engine, Err(&failure), &[], None)?;
                return Ok(Exit::of(failure.code()));
            }
            Err(trouble) => return Err(trouble),
        };
        if self.sandbox.sandbox_report
            && let Some(doubles) = ran.host.doubles()
        {
            terminal::note(&doubles.report());
        }
        if let Some(doubles) = ran.host.doubles() {
            doubles.finish()?;
        }
        let Ran { mut done, effects, form, durable: run, .. } = ran;
        done.result = done.result.map_err(|failure| self.with_way_out(failure));
        for refusal in &done.refusals {
            terminal::note(&refusal.to_string());
        }
        if self.count {
            report::counts(&done, &effects);
        }
        if let Some(exit) = run.as_deref().and_then(|id| durable::report(&done, id)) {
            return Ok(exit);
        }
        if let Some(folder) = &self.save_files {
            let values = done.result.iter().chain(done.variables.iter().map(|(_, value)| value));
            for name in files::save_all(folder, values)? {
                terminal::note(&format!("saved {name}"));
            }
        }
        if let Some(kept) = kept {
            let lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
            report::json(&engine, done.result.as_ref(), &lines, form.as_ref())?;
            return match done.result {
                Ok(value) => accepted(kind, &value, &engine).map(|()| Exit::Done),
                Err(failure) => Ok(Exit::of(failure.code())),
            };
        }
        if let Some(form) = &form {
            form.print(&engine);
        }
        let value = done.result?;
        let shown = match kind {
            Some(kind) => kind.returns.show(&to_data(&value, engine.locale()).map_err(|problem| *problem)?),
            None => None,
        };
        match shown {
            Some(text) => terminal::out(&terminal::plain(&text)),
            None if !value.is_null() => terminal::out(&value.to_text(engine.locale())),
            None => {}
        }
        accepted(kind, &value, &engine)?;
        Ok(Exit::Done)
    }

    /// Runs the script under a debugger, with `walk` in control of it; returns the result as it is shown to the user.
    pub(super) fn debug(self, lines: Lines, stop: Interrupt, walk: &mut Walk<'_>) -> CommandResult<Option<String>> {
        let (project, source) = self.open()?;
        let (engine, held) = self.engine(&project, &source)?;
        // Whoever looks at a script that is stopped takes their time.
        let engine = engine.clone().limits(Limits { time: None, ..engine.current_limits().clone() });
        let kind = self.event.kind.of(&source)?;
        let ran = self.execute(&engine, project, &source, Way { lines, held, stop, walk })?;
        if let Some(doubles) = ran.host.doubles() {
            doubles.finish()?;
        }
        let value = ran.done.result?;
        accepted(kind, &value, &engine)?;
        Ok((!value.is_null()).then(|| value.to_text(engine.locale())))
    }

    /// The project and the text of the script.
    fn open(&self) -> CommandResult<(Project, String)> {
        let shown = self.file.display().to_string();
        if ["http://", "https://"].iter().any(|scheme| shown.starts_with(scheme)) {
            return Err(Trouble::Usage(format!(
                "{shown} is an address, and a script is a file on this machine: save it first."
            )));
        }
        let project = Project::of(&self.file)?;
        let source = project::read(&self.file).map_err(Trouble::of_path)?;
        if source.trim().is_empty() {
            let name = if self.file == Path::new("-") { "Stdin" } else { shown.as_str() };
            terminal::note(&format!("{name} is empty: there is nothing to run."));
        }
        if let Some(path) = self.replay.as_ref().filter(|path| !path.exists()) {
            let how = self.caller.record(&self.file, path);
            return Err(Trouble::Usage(format!("There is no recording {}. Write it first: {how}", path.display())));
        }
        Ok((project, source))
    }

    /// The engine, and the limits of the product that hold in the host.
    fn engine(&self, project: &Project, source: &str) -> CommandResult<(Engine, Held)> {
        let of_creator = self.form.is_some() || DocumentKind::of(source) == DocumentKind::Export;
        let kind = self.event.kind.of(source)?;
        let profile = self.profile.as_deref().or(kind.map(|kind| kind.profile));
        let engine = project.engine(profile, of_creator, self.timezone.as_deref())?;
        let mut engine = engine.counting(self.count);
        if self.durable {
            engine = rainwright::durable::engine(engine);
        }
        let product =
            self.limits.as_deref().map(|name| Engine::new().profile(name)).transpose().map_err(Trouble::usage)?;
        if let Some(product) = &product {
            engine = limits::hold(engine, product.current_profile());
        }
        Ok((engine, product.map(|product| product.current_profile().limits).unwrap_or_default()))
    }

    /// The arguments that `dg plan` has too.
    pub(super) fn planned(
        (file, entry): (PathBuf, Option<String>),
        (args, args_file): (Vec<String>, Option<PathBuf>),
        now: Option<jiff::Timestamp>,
        network: NetworkArgs,
        sandbox: SandboxArgs,
    ) -> Self {
        Self { file, entry, args, args_file, now, network, sandbox, ..Self::default() }
    }

    /// What `dg plan` runs: the script, its inputs and the host that reads for real.
    pub(super) fn prepare(
        &self,
        engine: &Engine,
        project: Project,
        source: &str,
        lines: Lines,
    ) -> CommandResult<(Script, Inputs, ScriptHost)> {
        let (script, entry) = self.compile(engine, &project, source)?;
        let (account, stop) = (self.account(&project)?, interrupt()?);
        let known = account.given(&engine.current_profile().variables().collect::<Vec<_>>());
        let mut inputs = self.inputs(entry.as_ref(), self.event.kind.of(source)?, known)?;
        if let Some(entry) = entry {
            inputs = inputs.entry(entry.name);
        }
        let setting = Setting {
            network: self.network.clone(),
            doubles: self.doubles(&project, source)?,
            project,
            tape: None,
            account,
            clock: self.now.map_or(Clock::System, |at| Clock::Fixed(at.as_millisecond())),
            seed: None,
            lines,
            stop: Interrupt::clone(&stop),
        };
        Ok((script, inputs.interrupt(stop), ScriptHost::new(setting)))
    }

    fn execute(&self, engine: &Engine, project: Project, source: &str, way: Way<'_, '_>) -> CommandResult<Ran> {
        let Way { lines, held, stop, walk } = way;
        let (script, entry) = self.compile(engine, &project, source)?;
        let kind = self.event.kind.of(source)?;
        let account = self.account(&project)?;
        let known = account.given(&engine.current_profile().variables().collect::<Vec<_>>());
        let mut inputs = self.inputs(entry.as_ref(), kind, known)?;
        let entry = entry.map(|entry| entry.name);
        if let Some(entry) = &entry {
            inputs = inputs.entry(entry.clone());
        }
        let form = match &self.form {
            Some(path) => Some(read_form(path)?),
            None => self.event.form(kind)?,
        };
        if let Some(form) = &form {
            inputs = form.inputs(inputs);
        }
        let body_limit = held.response_bytes.map(|bytes| bytes as u64);
        let setting = Setting {
            network: NetworkArgs { body_limit, ..self.network.clone() },
            doubles: self.doubles(&project, source)?,
            project,
            // Opened before the run: a path that cannot be used is no surprise at its end.
            tape: open_tape(self.record.as_deref(), self.replay.as_deref()).map_err(Trouble::of_path)?,
            account,
            clock: self.now.map_or(Clock::System, |at| Clock::Fixed(at.as_millisecond())),
            seed: self.seed,
            lines,
            stop: Interrupt::clone(&stop),
        };
        let mut host = ScriptHost::new(setting);
        let inputs = inputs.interrupt(stop);
        let (done, effects, form) = match &form {
            None if self.durable => {
                let id = self.id.clone().map_or_else(new_id, Ok)?;
                let settings = durable::settings(&self.file, &self.network);
                let journal = durable::journal(self.journal.as_deref())?;
                let lease = rainwright::durable::start(&*journal, &id, engine, &script, entry, &inputs, settings)?;
                if self.id.is_none() {
                    terminal::note(&format!("run {id}"));
                }
                let mut counting = Counting::new(&mut host);
                let policy = InDoubt::default();
                let done = rainwright::durable::drive(&script, inputs, &mut counting, &journal, &lease, policy)?;
                let effects = counting.effects;
                return Ok(Ran { done, host, effects, form: None, durable: Some(id) });
            }
            None => {
                let mut counting = Counting::new(&mut host);
                (walk(&script, &mut counting, inputs), counting.effects, None)
            }
            Some(form) => {
                let mut shown = form.host(&mut host);
                let mut counting = Counting::new(&mut shown);
                let done = walk(&script, &mut counting, inputs);
                let effects = counting.effects;
                let (events, cancelled) = (shown.events().to_vec(), shown.cancelled());
                (
                    done,
                    effects,
                    Some(FormReport { events, cancelled, fields: form.fields().clone(), row: form.row().cloned() }),
                )
            }
        };
        Ok(Ran { done, host, effects, form, durable: None })
    }

    /// Whether a sandbox plays the services.
    fn plays(&self) -> bool {
        self.sandbox.sandbox || self.network.sandbox_at.is_some()
    }

    /// A run in the sandbox that stops for want of a variable or a form can be had with ones that are made up.
    fn with_way_out(&self, failure: Failure) -> Failure {
        let Some(problem) = failure.problem().filter(|_| self.plays()) else { return failure };
        let is_missing = match &problem.lacks {
            // What looks misspelt may be what a product gives.
            Some(Lack::Value { name, is_slip }) => !is_slip || function_kinds().any(|k| k.variable(name).is_some()),
            Some(Lack::Form) => true,
            _ => false,
        };
        if !is_missing {
            return failure;
        }
        let help = format!("{} {}", problem.help().trim_end(), self.offer());
        let problem = problem.clone().with_help(help);
        failure.because(problem)
    }

    /// How to have what is missing made up.
    fn offer(&self) -> String {
        self.caller.try_it(&self.file, self.entry.as_deref())
    }

    /// The sandbox, if one is wanted; it knows the forms of the script's application.
    fn doubles(&self, project: &Project, source: &str) -> CommandResult<Option<Doubles>> {
        let applications = Applications::default();
        if self.sandbox.sandbox
            && let Some(app) = application::of_script(&self.file, source, project.root.as_deref())?
        {
            app.describe_to(&applications)?;
        }
        Ok(Doubles::start(&self.sandbox, applications)?)
    }

    /// Runs the script, traced where that is wanted.
    fn walk(&self, script: &Script, host: &mut dyn Host, inputs: Inputs) -> Done {
        if !self.trace {
            return script.run(host, inputs);
        }
        script.run_probed(host, inputs, &mut Trace::new((0..).map_while(|number| script.source(number))))
    }

    /// The script, and the function of it to call.
    fn compile(&self, engine: &Engine, project: &Project, source: &str) -> CommandResult<Compiled> {
        let name = if self.file == Path::new("-") { "stdin".into() } else { self.file.display().to_string() };
        let is_export = DocumentKind::of(source) == DocumentKind::Export;
        let picked = is_export.then(|| export::pick(source, self.entry.as_deref())).transpose()?;
        let (source, is_event) = picked.as_ref().map_or((source, false), |(text, event)| (text.as_str(), *event));
        let used = rainwright_golden::used(&self.file, source).map_err(|why| Problem::new(Code::FileProblem, why))?;
        let mut sources = vec![(name.as_str(), source)];
        sources.extend(used.iter().map(|(name, source)| (name.as_str(), source.as_str())));
        let script = engine.compile_with(&sources, &project.library()?, None)?;
        let warnings: Vec<_> = script.warnings().cloned().collect();
        if !warnings.is_empty() {
            terminal::diagnostics(&name, source, &warnings);
        }
        let entry = if is_event { None } else { self.entry(&script)? };
        Ok((script, entry))
    }

    /// The function to call: the one asked for, else the one named like the file, else the first; none when the script
    /// has bare statements.
    fn entry(&self, script: &Script) -> CommandResult<Option<EntryPoint>> {
        let entries = script.entries();
        let last = |entry: &EntryPoint| last_part(&entry.name).to_owned();
        if let Some(wanted) = &self.entry {
            let found = entries
                .iter()
                .find(|entry| entry.name == *wanted)
                .or_else(|| entries.iter().find(|e| last(e) == *wanted));
            return found.cloned().map(Some).ok_or_else(|| {
                let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
                let known = if names.is_empty() { "none".into() } else { names.join(", ") };
                let near = closest(wanted, names.iter().copied().chain(names.iter().map(|name| last_part(name))));
                let near = near.map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
                let file = self.file.display();
                Trouble::Usage(format!("There is no function '{wanted}' in {file}; it has {known}.{near}"))
            });
        }
        if script.has_main() {
            return Ok(None);
        }
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let like_file = entries.iter().position(|entry| last(entry) == stem);
        Ok(entries.into_iter().nth(like_file.unwrap_or(0)))
    }

    /// What scripts are told about their account: by the file given, by the project, by the sandbox.
    fn account(&self, project: &Project) -> CommandResult<Account> {
        let mut account = project.settings.account.clone();
        if let Some(path) = &self.account {
            let text = std::fs::read_to_string(path).map_err(|e| Trouble::missing(path, &e))?;
            let own: Account = toml::from_str(&text).map_err(|e| {
                let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                let (why, help) = explained(e.message());
                Trouble::Usage(format!("{} is not right in line {line}: {why}. {help}", path.display()))
            })?;
            account = own.or(&account);
        }
        let plays = self.plays();
        Ok(if plays { account.or(&Account::sample()) } else { account })
    }

    /// The arguments, then what the product gives to a function of this kind; `known` is a variable that the account gives.
    fn inputs(
        &self,
        entry: Option<&EntryPoint>,
        kind: Option<&'static FunctionKind>,
        known: Option<(&str, Data)>,
    ) -> CommandResult<Inputs> {
        let mut inputs = Inputs::new();
        let own: Vec<&str> = entry.iter().flat_map(|entry| &entry.params).map(|param| param.name.as_str()).collect();
        let mut by_product = self.event.values(kind, &own)?;
        // The account knows better than an example, an event better than the account.
        if let Some((name, value)) = known.filter(|_| !self.event.is_given()) {
            by_product.retain(|(known, _)| known != name);
            by_product.push((name.to_owned(), value));
        }
        let mut given = Vec::new();
        let mut objects = Vec::new();
        if let Some(path) = &self.args_file {
            if path.to_string_lossy().trim_start().starts_with('{') {
                let why = "--args takes the name of a file with a JSON object. Single values: --arg NAME=VALUE";
                return Err(Trouble::Usage(why.into()));
            }
            objects.push((
                path.display().to_string(),
                std::fs::read_to_string(path).map_err(|e| Trouble::missing(path, &e))?,
            ));
        }
        objects.extend(self.object.iter().map(|text| ("'args'".to_owned(), text.clone())));
        for (name, text) in objects {
            let value = read_json(&text, false).map_err(|problem| of_file(&name, *problem))?;
            let Some(map) = value.as_map() else {
                return Err(Trouble::Usage(format!("{name} must hold a JSON object: {{\"amount\": 12}}.")));
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
            let value = match text.strip_prefix('@') {
                Some(path) => files::read(std::path::Path::new(path))?,
                None => value_of(text, ty),
            };
            inputs = inputs.arg(name, value);
        }
        if let Some(entry) = entry {
            let unknown = given
                .iter()
                .find(|name| !own.contains(&name.as_str()) && by_product.iter().all(|(known, _)| known != *name));
            let is_there = |name: &String| given.contains(name) || by_product.iter().any(|(known, _)| known == name);
            let missing = entry.params.iter().find(|param| !is_there(&param.name));
            let takes = || entry.params.iter().map(|param| param.name.as_str()).collect::<Vec<_>>().join(", ");
            if let Some(name) = unknown {
                return Err(Trouble::Usage(format!("{} has no parameter '{name}'; it takes {}.", entry.name, takes())));
            }
            if let Some(param) = missing {
                let how = self.caller.give(&param.name);
                let offer = if self.plays() { format!(" {}", self.offer()) } else { String::new() };
                return Err(Trouble::Usage(format!("{} needs '{}': give {how}{offer}", entry.name, param.name)));
            }
        }
        // What is given as an argument goes first.
        for (name, value) in by_product.into_iter().filter(|(name, _)| !given.contains(name)) {
            inputs = inputs.data(name, value);
        }
        Ok(inputs)
    }
}

/// Runs the script.
pub type Walk<'w> = dyn FnMut(&Script, &mut dyn Host, Inputs) -> Done + 'w;

/// How a script is run: where its lines go, what holds, what stops it, and who runs it.
struct Way<'a, 'w> {
    lines: Lines,
    held: Held,
    stop: Interrupt,
    walk: &'a mut Walk<'w>,
}

/// A script, and the function of it to call.
type Compiled = (Script, Option<EntryPoint>);
fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// A run that came to its end.
struct Ran {
    done: Done,
    host: ScriptHost,
    effects: BTreeMap<&'static str, u64>,
    form: Option<FormReport>,
    /// The name of a durable run.
    durable: Option<String>,
}

/// Whether the product would take the result.
fn accepted(kind: Option<&'static FunctionKind>, value: &Value, engine: &Engine) -> CommandResult<()> {
    let Some(kind) = kind else { return Ok(()) };
    let result = to_data(value, engine.locale()).map_err(|problem| *problem)?;
    Ok(kind.returns.check(&result)?)
}

fn read_form(path: &Path) -> CommandResult<Form> {
    let text = std::fs::read_to_string(path).map_err(|e| Trouble::missing(path, &e))?;
    Form::read(&text).map_err(|failure| match failure.problem() {
        Some(problem) => of_file(&path.display().to_string(), problem.clone()).into(),
        None => Trouble::from(failure),
    })
}

/// A problem of what a file holds, with its name.
fn of_file(name: &str, problem: Problem) -> Problem {
    Problem { message: format!("{name} cannot be used: {}", problem.message), ..problem }
}

/// A value from the command line: as the parameter's type says, else JSON where it is some, else text.
fn value_of(text: &str, ty: Option<TypeKind>) -> Value {
    match ty {
        Some(TypeKind::Text | TypeKind::DateTime | TypeKind::Time) => Value::text(text),
        _ => read_json(text, false).unwrap_or_else(|_| Value::text(text)),
    }
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
