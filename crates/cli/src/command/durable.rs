//! What the commands for durable runs share: the journal, the settings that a run is resumed with, and what is said.

use std::path::Path;
use std::sync::Arc;

use rainwright::connections::Environment;
use rainwright::runtime::journal::{InDoubt, Journal, SqliteJournal, Start};
use rainwright::runtime::store::{KeySource, home};
use rainwright::{Code, Data, Done, Problem, Refusal, Wait};

use crate::exit::Exit;
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

/// Names the database of the journal where the command line does not. A project's files never name it: its runs would go
/// wherever a stranger likes.
const VARIABLE: &str = "RAINWRIGHT_JOURNAL";

/// The journal that is named on the command line or by `RAINWRIGHT_JOURNAL`; otherwise that of this user's data folder.
pub fn journal(named: Option<&str>) -> Result<Arc<dyn Journal>, Problem> {
    match named.map(str::to_owned).or_else(by_variable) {
        Some(address) => shared(&address),
        None => own(),
    }
}

/// The journals that a new key of the connection store must open too: the one of the data folder and the one of the
/// environment, where there are such.
pub fn journals() -> Result<Vec<Arc<dyn Journal>>, Problem> {
    let own = SqliteJournal::exists(&home()?).then(own);
    let shared = by_variable().map(|address| shared(&address));
    own.into_iter().chain(shared).collect()
}

fn by_variable() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|address| !address.is_empty())
}

fn own() -> Result<Arc<dyn Journal>, Problem> {
    let home = home()?;
    Ok(Arc::new(SqliteJournal::open(&home, &KeySource::from_environment(&home))?))
}

/// The journal in a database. Its address may hold a password, so no message shows it.
fn shared(address: &str) -> Result<Arc<dyn Journal>, Problem> {
    if !address.starts_with("postgres://") && !address.starts_with("postgresql://") {
        return Err(Problem::new(
            Code::BadArgument,
            "The journal is named by something that is no address of a database.",
        )
        .with_help("Name it as in postgres://USER@HOST/DATABASE, or leave it out to use the file of this user."));
    }
    #[cfg(feature = "postgres")]
    {
        let (home, address) = (home()?, rainwright::connections::Secret::new(address));
        let journal =
            rainwright::runtime::journal::PostgresJournal::open(&address, &KeySource::from_environment(&home))?;
        Ok(Arc::new(journal))
    }
    #[cfg(not(feature = "postgres"))]
    Err(Problem::new(Code::NotSupported, "This dg was built without Postgres, so it cannot keep its journal there.")
        .with_help(format!(
            "Build it with `--features postgres`, or leave out --journal and {VARIABLE} to use the file of this user."
        )))
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
