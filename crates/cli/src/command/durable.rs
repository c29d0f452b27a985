//! What the commands for durable runs share: the journal, the settings that a run is resumed with, and what is said.

use std::path::Path;
use std::sync::Arc;

use rainwright::connections::Environment;
use rainwright::runtime::journal::{InDoubt, Journal, SqliteJournal, Start};
use rainwright::runtime::live::Clock;
use rainwright::runtime::store::{KeySource, home};
use rainwright::{Code, Data, Done, Interrupt, Problem, Refusal, Wait};

use crate::exit::Exit;
use crate::host::{Lines, ScriptHost, Setting};
use crate::network::{EnvironmentArgs, NetworkArgs};
use crate::project::Project;
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

/// Names the place of the journal where the command line does not. A project's files never name it: its runs would go
/// wherever a stranger likes.
const VARIABLE: &str = "RAINWRIGHT_JOURNAL";

/// The journal that is named on the command line or by `RAINWRIGHT_JOURNAL`; otherwise that of this user's data folder.
pub fn journal(named: Option<&str>) -> Result<Arc<dyn Journal>, Problem> {
    match named.map(str::to_owned).or_else(|| variable(VARIABLE)) {
        Some(place) => open(&place),
        None => in_folder(&home()?),
    }
}

/// The journals that a new key of the connection store must open too: the one of the data folder and the one of the
/// environment, where there are such.
pub fn journals() -> Result<Vec<Arc<dyn Journal>>, Problem> {
    let home = home()?;
    let own = SqliteJournal::exists(&home).then(|| in_folder(&home));
    let named = variable(VARIABLE).map(|place| open(&place));
    own.into_iter().chain(named).collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|held| !held.trim().is_empty())
}

/// A place as people write it: an address such as `postgres://user@host/database`, a folder, or `env:NAME` for what that
/// variable holds. An address may hold a password, so no message shows it.
fn open(place: &str) -> Result<Arc<dyn Journal>, Problem> {
    let place = match place.trim().strip_prefix("env:") {
        None => place.trim().to_owned(),
        Some(name) => variable(name)
            .filter(|held| !held.starts_with("env:"))
            .ok_or_else(|| Problem::new(Code::BadArgument, format!("The variable {name} names no journal.")))?,
    };
    match place.split_once("://") {
        Some(("postgres" | "postgresql", _)) => in_database(&place),
        Some(_) => Err(Problem::new(Code::BadArgument, "A journal cannot be in a database of that kind.")
            .with_help("Write postgres://USER@HOST/DATABASE, or the path of a folder.")),
        None => in_folder(Path::new(&place)),
    }
}

fn in_folder(folder: &Path) -> Result<Arc<dyn Journal>, Problem> {
    Ok(Arc::new(SqliteJournal::open(folder, &KeySource::from_environment(&home()?))?))
}

#[cfg(feature = "postgres")]
fn in_database(address: &str) -> Result<Arc<dyn Journal>, Problem> {
    let address = rainwright::connections::Secret::new(address);
    let key = KeySource::from_environment(&home()?);
    Ok(Arc::new(rainwright::runtime::journal::PostgresJournal::open(&address, &key)?))
}

#[cfg(not(feature = "postgres"))]
fn in_database(_: &str) -> Result<Arc<dyn Journal>, Problem> {
    Err(Problem::new(Code::NotSupported, "A journal in Postgres is not supported: this program was built without it.")
        .with_help(format!("Build it with the feature `postgres`, or unset {VARIABLE}.")))
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

/// The host of a durable run that goes on: the connections of this user, and the system's clock.
pub fn host(network: NetworkArgs, project: Project, stop: &Interrupt) -> ScriptHost {
    ScriptHost::new(Setting {
        network,
        account: project.settings.account.clone(),
        project,
        doubles: None,
        tape: None,
        clock: Clock::System,
        seed: None,
        lines: Lines::Print,
        stop: Interrupt::clone(stop),
    })
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
