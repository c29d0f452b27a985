//! `dg store`: where the connections are, and how they move.

use rainwright::connections::Store as _;
use rainwright::runtime::store::{KeySource, StorePlace, home, migrate};

use crate::exit::{CommandResult, Exit};
use crate::terminal;

/// Tells where connections are kept, and moves them.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  RAINWRIGHT_STORE='postgres://team@db.example.com/team?sslmode=require' dg connections list
  dg store migrate --to env:RAINWRIGHT_STORE
  dg store migrate --from env:RAINWRIGHT_STORE --to ~/connections

A team names its database in RAINWRIGHT_STORE and shares one key: RAINWRIGHT_KEY, or RAINWRIGHT_KEY_COMMAND. To change the
key while programs run, give them all both, RAINWRIGHT_KEY=\"OLD NEW\", then run `dg connections rekey` with the new one as
RAINWRIGHT_NEW_KEY, then take the old one away.")]
pub enum Command {
    /// Tell where the connections are, and how many there are
    Show,
    /// Copy all connections into an empty store, of either kind: all of them or none
    Migrate {
        /// The store to copy: a folder, an address, or env:NAME for what a variable holds; the present one unless given
        #[arg(long, value_name = "STORE")]
        from: Option<String>,
        /// The store to copy into, which must be empty
        #[arg(long, value_name = "STORE")]
        to: String,
    },
}

impl Command {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let home = home()?;
        match self {
            Command::Show => {
                let place = StorePlace::from_environment(&home)?;
                let count =
                    if place.exists() { place.open(KeySource::from_environment(&home))?.list()?.len() } else { 0 };
                terminal::out(&terminal::plain(&format!("{place}\t{count}")));
            }
            Command::Migrate { from, to } => {
                let from = from.as_deref().map_or_else(|| StorePlace::from_environment(&home), StorePlace::parse)?;
                let to = StorePlace::parse(&to)?;
                let open = |place: &StorePlace| {
                    // The key of a folder of its own lies in it, unless the environment names one for all.
                    let beside = match place {
                        StorePlace::Folder(folder) => folder,
                        StorePlace::Database(_) => &home,
                    };
                    place.open(KeySource::from_environment(beside))
                };
                let (old, new) = (open(&from)?, open(&to)?);
                let count = migrate(&old, &new)?;
                terminal::note(&format!(
                    "Copied {count} connections into {to}. The old store is as it was; name the new one with RAINWRIGHT_STORE."
                ));
            }
        }
        Ok(Exit::Done)
    }
}
