//! Takes connections out of the store, for everybody or for named recipients, and into it.

use std::io::Write;
use std::path::{Path, PathBuf};

use rainwright::connections::{Connection, Key, Reference, Secret, Status, name};
use rainwright::runtime::store::import::{self, Clash, Fate, ImportOptions, Imported, import};
use rainwright::runtime::store::{KeySource, export, home};

use crate::exit::{CommandResult, Exit, FileUse, file_problem};
use crate::network::{EnvironmentArgs, Network, NetworkArgs};
use crate::terminal;

/// Writes connections to a file: encrypted for people you name, or without their secrets.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("form").required(true).args(["to", "references"])))]
#[command(after_help = "Examples:
  dg connections export --to age1… --out team.age       with all secrets, for the holder of that key
  dg connections export --references --out connections.json
  dg connections export crm mailchimp --env staging --to age1… --to age1…

`dg connections identity me.txt` makes a key and prints its recipient, as age-keygen does.")]
pub struct ExportArgs {
    /// The connections; all unless given
    names: Vec<String>,
    /// Encrypt them with their secrets to this recipient (age1…); may be repeated
    #[arg(long, value_name = "RECIPIENT")]
    to: Vec<String>,
    /// Leave the secrets out: names, services, scopes, values, where secrets are read, and what must be filled in
    #[arg(long)]
    references: bool,
    /// The file; stdout unless given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    environment: EnvironmentArgs,
}

impl ExportArgs {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let mut connections = super::stored(&self.environment)?;
        if let Some(unknown) = self.names.iter().find(|name| connections.iter().all(|c| c.name != **name)) {
            return Err(name::unknown(&Key::shared(unknown), connections.iter().map(Connection::key), []).into());
        }
        connections.retain(|connection| self.names.is_empty() || self.names.contains(&connection.name));
        let (text, how) = match self.references {
            true => (export::references(&connections)?, "without their secrets".to_owned()),
            false => (export::encrypt(&connections, &self.to)?, format!("encrypted to {}", self.to.join(", "))),
        };
        match &self.out {
            Some(path) => {
                std::fs::write(path, text.trim_end().to_owned() + "\n")
                    .map_err(|e| file_problem(path, FileUse::Write, &e))?;
                let count = super::counted(connections.len());
                terminal::note(&format!("Wrote {count} to {}, {how}.", path.display()));
            }
            None => terminal::out(text.trim_end()),
        }
        if !self.references {
            warn_of_copies(&connections);
        }
        Ok(Exit::Done)
    }
}

/// A provider that gives a new refresh token at each renewal takes the use of the old one for theft.
fn warn_of_copies(connections: &[Connection]) {
    let renewed = |c: &&Connection| c.oauth2().is_some_and(|credentials| !credentials.refresh_token.is_empty());
    let names: Vec<&str> = connections.iter().filter(renewed).map(|c| c.name.as_str()).collect();
    if !names.is_empty() {
        terminal::note(&format!(
            "{}: such a login is renewed in one place. Where it is imported it is meant to move: delete it here, or connect there anew.",
            names.join(", ")
        ));
    }
}

/// `dg connections identity`.
pub fn identity(path: &Path) -> CommandResult {
    let (text, recipient) = export::identity()?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.expose().as_bytes()));
    written.map_err(|e| file_problem(path, FileUse::Make, &e))?;
    terminal::note(&format!(
        "Made {}: keep it to yourself. Others export to you with `--to` and this:",
        path.display()
    ));
    terminal::out(&recipient);
    Ok(Exit::Done)
}

/// Takes connections from an export, or from the manifest of a Zoho extension: all of them or none.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg connections import team.age --identity me.txt
  dg connections import connections.json --env staging --dry-run
  dg connections import plugin-manifest.json")]
pub struct ImportArgs {
    /// The file
    file: PathBuf,
    /// The file with your key (`dg connections identity` or age-keygen made it), for an encrypted export
    #[arg(long, value_name = "KEYFILE")]
    identity: Option<PathBuf>,
    /// Put connections in the place of those of the same name
    #[arg(long, conflicts_with = "skip")]
    replace: bool,
    /// Leave connections alone whose name is taken
    #[arg(long)]
    skip: bool,
    /// Allow connections that run a command to read a secret
    #[arg(long)]
    allow_commands: bool,
    /// Allow connections that read a secret from this file, from a file in this folder, or from env:NAME
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    allow_references: Vec<String>,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    network: Box<NetworkArgs>,
}

impl ImportArgs {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let network = super::start(&self.network)?;
        let read = |path: &Path| std::fs::read(path).map_err(|e| file_problem(path, FileUse::Read, &e));
        let file = read(&self.file)?;
        let identities = self.identity.as_deref().map(read).transpose()?;
        let identities = identities.map(|bytes| Secret::new(String::from_utf8_lossy(&bytes)));
        let now = jiff::Timestamp::now().as_second();
        let connections = import::read(&file, identities.as_ref(), network.catalogue(), &network.subject, now)
            .map_err(|problem| {
                let message = format!("{}: {}", self.file.display(), problem.message);
                rainwright::Problem { message, ..problem }
            })?;
        // What a file says of hosts is somebody else's word.
        for connection in connections.iter().filter(|c| c.service_toml.is_some() || !c.allowed_hosts.is_empty()) {
            let hosts = connection.hosts(&*network.catalogue().of(connection)?).join(", ");
            terminal::note(&format!("\"{}\" may send its credentials to {hosts}, as the file says", connection.name));
        }
        let options = ImportOptions {
            environment: network.environment.clone(),
            clash: match (self.replace, self.skip) {
                (true, _) => Clash::Replace,
                (_, true) => Clash::Skip,
                _ => Clash::Refuse,
            },
            commands: self.allow_commands,
            references: self.allow_references.clone(),
            own_key: own_key(),
            dry_run: self.dry_run,
        };
        let done = import(&**network.registry.store(), connections, &options)?;
        self.tell(&network, &done);
        Ok(Exit::Done)
    }

    fn tell(&self, network: &Network, done: &[Imported]) {
        for one in done {
            let fate = match one.fate {
                Fate::Added => "added",
                Fate::Replaced => "replaced",
                Fate::Skipped => "left as it is",
            };
            let mut line = format!("{}: {fate}", one.key);
            let places: Vec<String> = one.references.iter().map(place).collect();
            if !places.is_empty() {
                line += &format!("; reads secrets from {}", places.join(", "));
            }
            if one.status == Status::Draft && one.fate != Fate::Skipped {
                line += &format!("; authorise it with `dg connect --reconnect {}`", one.key.arguments());
            }
            terminal::note(&line);
            network.registry.forget(&one.key);
        }
        let count = super::counted(done.iter().filter(|one| one.fate != Fate::Skipped).count());
        terminal::note(&match self.dry_run {
            true => format!("Would take {count}; nothing was changed."),
            false => format!("Took {count}."),
        });
    }
}

fn place(reference: &Reference) -> String {
    match reference {
        Reference::Env(name) => format!("the variable {name}"),
        Reference::File(path) => format!("the file {path}"),
        Reference::Command(command) => format!("the command `{command}`"),
    }
}

/// The file with the key of the user's store, where it is one.
fn own_key() -> Option<PathBuf> {
    let home = home().ok()?;
    match KeySource::from_environment(&home) {
        KeySource::File(path) => Some(path),
        _ => None,
    }
}
