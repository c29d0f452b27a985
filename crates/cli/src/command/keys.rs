//! `dg keys`: who may call the functions that `dg serve` serves.

use rainwright::runtime::store::home;
use rainwright_server::{Keys, Scope};

use crate::exit::{CommandResult, Exit};
use crate::terminal;

/// Makes, lists and ends the keys that callers of `dg serve` need. A running server takes changes over within two seconds.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a key; it is shown this once, and kept as a digest only
    #[command(after_help = "Examples:
  dg keys create shop --function price --function stock
  dg keys create nightly --per-minute 10 --expires 2027-01-01T00:00:00Z")]
    Create {
        /// What to call it
        name: String,
        /// A function that it may call, by the last part of its name; all of them unless given
        #[arg(long = "function", value_name = "NAME")]
        functions: Vec<String>,
        /// How many calls a minute it may make
        #[arg(long, value_name = "NUMBER")]
        per_minute: Option<u32>,
        /// When it ends, such as 2027-01-01T00:00:00Z
        #[arg(long, value_name = "TIME")]
        expires: Option<jiff::Timestamp>,
    },
    /// List the keys
    List,
    /// Replace a key's secret: the new key is shown, the old one ends at once
    Rotate {
        /// The key's name
        name: String,
    },
    /// End a key
    Revoke {
        /// The key's name
        name: String,
    },
}

impl Command {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let mut keys = Keys::open(&home()?)?;
        match self {
            Command::Create { name, functions, per_minute, expires } => {
                let scope = if functions.is_empty() { Scope::All } else { Scope::Functions(functions) };
                show(&keys.create(&name, scope, per_minute, expires)?);
            }
            Command::Rotate { name } => show(&keys.rotate(&name)?),
            Command::Revoke { name } => {
                keys.revoke(&name)?;
                terminal::note(&format!("The key {name} has ended."));
            }
            Command::List => {
                for key in keys.list() {
                    let scope = match &key.scope {
                        Scope::All => "all functions".to_owned(),
                        Scope::Functions(names) => names.join(", "),
                    };
                    let rate = key.per_minute.map(|n| format!(", {n} a minute")).unwrap_or_default();
                    let end = key.expires.map(|end| format!(", ends {end}")).unwrap_or_default();
                    terminal::out(&format!("{}: {scope}{rate}{end}, made {}", key.name, key.created));
                }
                if keys.list().is_empty() {
                    terminal::note("There are no keys. Make one with `dg keys create NAME`.");
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn show(key: &str) {
    terminal::out(key);
    terminal::note("Keep it: it cannot be shown again.");
}
