//! `dg connections`: looks after the connections that are stored.

pub mod look;
mod share;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use rainwright::connections::{Connection, Key, Status, Store};
use rainwright::runtime::connect::Tested;
use rainwright::runtime::store::{Cipher, StorePlace, home};
use rainwright::{Code, Problem};

use crate::exit::{CommandResult, Exit};
use crate::network::{EnvironmentArgs, Network, NetworkArgs, open_store};
use crate::project::Project;
use crate::{terminal, trust};

/// Lists, shows, tests and manages connections.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  dg connections list
  dg connections show mailchimp
  dg connections health --json        exit code 4 when one needs attention
  dg connections allow mailchimp images.example.com")]
pub enum Command {
    /// List all connections with their status
    List {
        #[command(flatten)]
        environment: EnvironmentArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one connection, with the block to paste into a script
    Show {
        #[command(flatten)]
        which: Which,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Call the service to see whether a connection works; a token that has not ended is never renewed by this
    Test {
        #[command(flatten)]
        which: Which,
    },
    /// Forget a connection; the provider is not told, see revoke
    Delete {
        #[command(flatten)]
        which: Which,
    },
    /// Give a connection's tokens back to the provider
    Revoke {
        #[command(flatten)]
        which: Which,
    },
    /// Give a connection another link name
    Rename {
        #[command(flatten)]
        which: Which,
        /// The new link name
        new_name: String,
    },
    /// Let a connection's credentials go to one more host
    Allow {
        #[command(flatten)]
        which: Which,
        /// The host: api.example.com, or *.example.com for all below
        host: String,
        /// Take the host away again
        #[arg(long)]
        remove: bool,
    },
    /// Switch a connection off, keeping its login
    Disable {
        #[command(flatten)]
        which: Which,
    },
    /// Switch a connection on again
    Enable {
        #[command(flatten)]
        which: Which,
    },
    /// Give a connection another name for people
    Label {
        #[command(flatten)]
        which: Which,
        /// The new label
        label: String,
    },
    Export(share::ExportArgs),
    /// Make a key for encrypted exports to you, and print the recipient (age1…) to give to others
    Identity {
        /// The file for the key, which stays yours
        file: PathBuf,
    },
    Import(share::ImportArgs),
    /// Copy the store into a file, while others may use it; the key is not in the copy
    Backup {
        /// The file, which must not be there yet
        file: PathBuf,
    },
    /// Encrypt the store with a new key
    Rekey,
    /// Renew idle logins that would otherwise end; meant to be run once a day, or to stay with --every
    Keepalive {
        #[command(flatten)]
        network: Box<NetworkArgs>,
        /// Stay, and do it again every so many seconds. Of several that share a store, one at a time does the work
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
        every: Option<u64>,
    },
    /// Tell whether all connections can be used; exit code 4 when one cannot
    Health {
        #[command(flatten)]
        environment: EnvironmentArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        watch: watch::WatchArgs,
    },
    /// Find the scripts that use a connection
    Where {
        /// The link name
        name: String,
        /// Scripts or folders; the present folder unless given
        paths: Vec<PathBuf>,
    },
}

/// The connection that is meant.
#[derive(clap::Args)]
pub struct Which {
    /// The link name
    name: String,
    #[command(flatten)]
    network: Box<NetworkArgs>,
}

impl Which {
    /// The way out, and the key of the connection, which must be there.
    fn start(&self) -> CommandResult<(Network, Key)> {
        let network = start(&self.network)?;
        let key = network.key(&self.name);
        if network.registry.store().rev(&key)?.is_none() {
            return Err(network.registry.unknown(&key).into());
        }
        Ok((network, key))
    }
}

/// What changes the store needs trust also where the sandbox plays: a stranger's service would stay in it.
fn start(args: &NetworkArgs) -> Result<Network, Problem> {
    let project = Project::of(Path::new("."))?;
    trust::require(&project)?;
    Network::start(args, &project, None)
}

impl Command {
    /// Does it.
    pub fn run(self) -> CommandResult {
        match self {
            Command::List { environment, json } => look::list(&environment, json),
            Command::Show { which, json } => {
                let (network, key) = which.start()?;
                look::show(&network, &key, json)
            }
            Command::Test { which } => {
                let (network, key) = which.start()?;
                match network.driver.wait(network.registry.test(&key))? {
                    Tested::Works(status) => terminal::out(&format!("{key} works: the service answered {status}.")),
                    Tested::Untested => {
                        terminal::out(&format!("{key} has credentials; its service names no call to test with."))
                    }
                }
                Ok(Exit::Done)
            }
            Command::Delete { which } => {
                let (network, key) = which.start()?;
                network.driver.wait(network.registry.delete(&key))?;
                done(&format!("Forgot {key}."))
            }
            Command::Revoke { which } => {
                let (network, key) = which.start()?;
                if network.registry.store().load(&key)?.is_some_and(|stored| stored.status == Status::Revoked) {
                    return done(&format!(
                        "{key} was revoked before; authorise it with `dg connect --reconnect {}`.",
                        key.arguments()
                    ));
                }
                let told = network.driver.wait(network.registry.revoke(&key))?;
                let how = if told {
                    "the provider took its tokens back"
                } else {
                    "the provider cannot be told; its tokens are forgotten here"
                };
                done(&format!("Revoked {key}: {how}."))
            }
            Command::Rename { which, new_name } => {
                let (network, key) = which.start()?;
                network.driver.wait(network.registry.rename(&key, &new_name))?;
                done(&format!(
                    "{key} is now {new_name}. Scripts that use it must say so: see `dg connections where {}`.",
                    key.name
                ))
            }
            Command::Allow { which, host, remove } => allow(&which, &host, remove),
            Command::Disable { which } => switch(&which, false),
            Command::Enable { which } => switch(&which, true),
            Command::Label { which, label } => {
                let (network, key) = which.start()?;
                network.registry.change(&key, |connection| connection.label.clone_from(&label))?;
                done(&format!("{key} is labelled \"{label}\"."))
            }
            Command::Export(args) => args.run(),
            Command::Identity { file } => share::identity(&file),
            Command::Import(args) => args.run(),
            Command::Rekey => {
                let given = std::env::var("RAINWRIGHT_NEW_KEY").ok().filter(|key| !key.is_empty());
                let new = given.as_deref().map(Cipher::from_text).transpose()?;
                let id = rekey(new)?;
                done(&format!("All connections are encrypted with the new key {id}."))
            }
            Command::Backup { file } => {
                open_store()?.backup(&file)?;
                done(&format!(
                    "Wrote {}. To use it, name it connections.db in the data folder, beside the key that it was encrypted with.",
                    file.display()
                ))
            }
            Command::Keepalive { network, every } => {
                let network = start(&network)?;
                match every {
                    Some(seconds) => watch::keep_alive(&network, Duration::from_secs(seconds)),
                    None => keep_alive(&network),
                }
            }
            Command::Health { environment, json, watch } => match watch.is_on() {
                true => watch.run(&environment),
                false => look::health(&environment, json),
            },
            Command::Where { name, paths } => look::scripts_with(&name, &paths),
        }
    }
}

/// Gives the store a new key, with which the journals of durable runs then open too.
fn rekey(new: Option<Cipher>) -> CommandResult<String> {
    let journals = super::durable::journals()?;
    let id = open_store()?.rekey_with(new, |new| journals.iter().try_for_each(|journal| journal.admit(new)))?;
    for journal in journals {
        journal.keep_only(&id)?;
    }
    Ok(id)
}

/// The stored connections of the environment that is named, or all.
pub fn stored(environment: &EnvironmentArgs) -> CommandResult<Vec<Connection>> {
    let named = environment.named(&Project::of(Path::new("."))?)?;
    let mut all = open_store()?.list()?;
    all.retain(|connection| named.as_ref().is_none_or(|named| connection.environment == *named));
    Ok(all)
}

/// The stored connections of a project, for an editor: a store is not made where there is none.
pub fn stored_for(environment: &EnvironmentArgs, project: &Project) -> CommandResult<Vec<Connection>> {
    if !StorePlace::from_environment(&home()?)?.exists() {
        return Ok(Vec::new());
    }
    let named = environment.named(project)?;
    let mut all = open_store()?.list()?;
    all.retain(|connection| named.as_ref().is_none_or(|named| connection.environment == *named));
    Ok(all)
}

/// A number of connections.
fn counted(count: usize) -> String {
    if count == 1 { "1 connection".to_owned() } else { format!("{count} connections") }
}

fn done(message: &str) -> CommandResult {
    terminal::note(message);
    Ok(Exit::Done)
}

fn allow(which: &Which, host: &str, remove: bool) -> CommandResult {
    let (network, key) = which.start()?;
    let host = host.to_lowercase();
    let labels = host.strip_prefix("*.").unwrap_or(&host);
    let fine =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !labels.split('.').all(fine) {
        return Err(Problem::new(Code::BadArgument, format!("'{host}' is no host name."))
            .with_help("Give the name alone, such as api.example.com or *.example.com.")
            .into());
    }
    let changed = network.registry.change(&key, |connection| {
        connection.allowed_hosts.retain(|known| *known != host);
        if !remove {
            connection.allowed_hosts.push(host.clone());
        }
    })?;
    let hosts = if changed.allowed_hosts.is_empty() { "none".into() } else { changed.allowed_hosts.join(", ") };
    done(&format!("Besides its service's hosts, {key} may reach: {hosts}."))
}

fn switch(which: &Which, on: bool) -> CommandResult {
    let (network, key) = which.start()?;
    network.driver.wait(network.registry.switch(&key, on))?;
    done(&format!("{key} is switched {}.", if on { "on" } else { "off" }))
}

fn keep_alive(network: &Network) -> CommandResult {
    let (any, exit) = renew_idle(network)?;
    if !any {
        terminal::note("No login needs to be renewed.");
    }
    Ok(exit)
}

/// Renews idle logins once; whether there were any, and how it went.
fn renew_idle(network: &Network) -> CommandResult<(bool, Exit)> {
    let renewed = network.driver.wait(network.registry.keep_alive(network.environment.as_ref()))?;
    let mut exit = Exit::Done;
    for (key, result) in &renewed {
        match result {
            Ok(()) => terminal::note(&format!("{key}: renewed")),
            Err(problem) => {
                exit = Exit::Connection;
                terminal::note(&format!("{key}: {problem}"));
            }
        }
    }
    Ok((!renewed.is_empty(), exit))
}
