//! What the commands for durable runs share: the journal, starting and resuming, and how a run is left.

use std::path::Path;
use std::sync::Arc;

use rainwright::connections::Environment;
use rainwright::runtime::journal::{
    Durable, Ending, InDoubt, Journal, Lease, SIGNAL, SqliteJournal, Start, State, Stored, WAIT,
};
use rainwright::runtime::store::{KeySource, home};
use rainwright::{Code, Data, Done, Engine, Failure, Host, Inputs, Problem, Refusal, Script, Wait};

use crate::exit::{CommandResult, Exit};
use crate::network::{EnvironmentArgs, NetworkArgs};
use crate::terminal;

/// What is done about an effect that was begun before the process ended, and may have been done.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub enum InDoubtArg {
    /// Put the run aside until you decide
    #[default]
    Ask,
    /// Send it again, with the same Idempotency-Key
    Repeat,
    /// Give the script an error that it may catch
    Fail,
}

impl From<InDoubtArg> for InDoubt {
    fn from(arg: InDoubtArg) -> Self {
        match arg {
            InDoubtArg::Ask => InDoubt::Ask,
            InDoubtArg::Repeat => InDoubt::Repeat,
            InDoubtArg::Fail => InDoubt::Fail,
        }
    }
}

/// The user's journal.
pub fn journal() -> Result<Arc<SqliteJournal>, Problem> {
    let home = home()?;
    SqliteJournal::open(&home, &KeySource::from_environment(&home)).map(Arc::new)
}

/// The engine with the functions that wait.
pub fn engine(engine: Engine) -> Engine {
    engine.declared_function(WAIT).declared_function(SIGNAL)
}

/// The run of that name.
pub fn stored(journal: &dyn Journal, id: &str) -> Result<Stored, Problem> {
    journal.run(id)?.ok_or_else(|| {
        Problem::new(Code::BadArgument, format!("There is no run {id}."))
            .with_help("List the runs with `dg runs list`.")
    })
}

/// The sources of a run: names and texts.
pub fn sources(journal: &dyn Journal, start: &Start) -> Result<Vec<(String, String)>, Problem> {
    start.sources.iter().map(|(name, digest)| Ok((name.clone(), journal.source(digest)?))).collect()
}

/// The script of a run, as it was started or with other sources.
pub fn script(start: &Start, sources: &[(String, String)]) -> Result<Script, Failure> {
    let base = Engine::new().profile(&start.profile)?.timezone(&start.timezone)?;
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    engine(base).compile_all(&sources)
}

/// The inputs of a run as it was started.
pub fn inputs(start: &Start) -> Inputs {
    let mut inputs = Inputs::new();
    if let Some(entry) = &start.entry {
        inputs = inputs.entry(entry.clone());
    }
    for (name, value) in &start.inputs {
        inputs = inputs.data(name.clone(), value.clone());
    }
    inputs
}

/// What of the command line a run needs when it is resumed.
pub fn settings(file: &Path, network: &NetworkArgs) -> Data {
    let path = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let services: Vec<String> = network.services.iter().map(|folder| path(folder)).collect();
    Data::map([
        ("file", Data::from(path(file))),
        ("user", network.user.clone().into()),
        ("env", network.environment.env.as_ref().map(Environment::to_string).into()),
        ("allow_net", network.allow_net.clone().into()),
        ("services", services.into()),
    ])
}

/// The network settings of a run, with those that were given now.
pub fn network(start: &Start, given: &NetworkArgs) -> Result<NetworkArgs, Problem> {
    let settings = &start.settings;
    let texts = |key: &str| {
        let list = settings[key].as_list().unwrap_or_default().iter();
        list.filter_map(Data::as_text).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut network = given.clone();
    network.allow_net.extend(texts("allow_net"));
    network.services.extend(texts("services").into_iter().map(Into::into));
    network.user = network.user.or_else(|| settings["user"].as_text().map(str::to_owned));
    if network.environment.env.is_none() {
        let env = settings["env"].as_text().map(Environment::parse).transpose()?;
        network.environment = EnvironmentArgs { env };
    }
    Ok(network)
}

/// Runs a script that was taken up, and leaves it as it ends.
pub fn drive(
    script: &Script,
    inputs: Inputs,
    host: &mut dyn Host,
    journal: &Arc<SqliteJournal>,
    lease: &Lease,
    policy: InDoubt,
) -> CommandResult<Done> {
    let shared: Arc<dyn Journal> = Arc::<SqliteJournal>::clone(journal);
    let mut durable = Durable::new(host, shared, lease.clone(), policy)?;
    let done = script.run(&mut durable, inputs.run(lease.run.as_str()));
    leave(script, &done, &**journal, lease)?;
    Ok(done)
}

fn leave(script: &Script, done: &Done, journal: &dyn Journal, lease: &Lease) -> CommandResult<()> {
    let error = |failure: &Failure| Ending::Error(failure.to_string());
    match (&done.result, &done.stopped) {
        (Ok(value), _) => {
            let ending = match script.to_data(value) {
                Ok(data) => Ending::Result(data),
                Err(_) => Ending::Result(Data::Null),
            };
            journal.leave(lease, State::Done, None, Some(&ending))?;
        }
        (Err(_), Some(Refusal::Suspend(wait))) => journal.leave(lease, State::Suspended, Some(wait), None)?,
        (Err(failure), Some(Refusal::Stop(why))) => match why.code {
            Code::JournalMismatch => journal.leave(lease, State::Stuck, None, Some(&error(failure)))?,
            // The journal itself cannot be written, or is another process's now.
            Code::StoreProblem => {}
            Code::Interrupted => drop(journal.leave(lease, State::Suspended, None, None)),
            _ => journal.leave(lease, State::Failed, None, Some(&error(failure)))?,
        },
        (Err(failure), _) => journal.leave(lease, State::Failed, None, Some(&error(failure)))?,
    }
    Ok(())
}

/// Says how to go on with a run that is not over, and gives the exit code; `None` for one that is.
pub fn report(done: &Done, id: &str) -> Option<Exit> {
    let Some(Refusal::Suspend(wait)) = &done.stopped else { return None };
    terminal::note(&format!("The run {id} {}. Go on with `dg resume {id}`.", waits(wait)));
    Some(Exit::Done)
}

/// What a run waits for, in words.
pub fn waits(wait: &Wait) -> String {
    match wait {
        Wait::Until { millis } => {
            let moment =
                jiff::Timestamp::from_millisecond(*millis).map_or_else(|_| millis.to_string(), |t| t.to_string());
            format!("waits until {moment}")
        }
        Wait::Signal { name } => format!("waits for the signal '{name}'"),
    }
}
