//! Writes connections down without their secrets, and takes them in.

use std::path::Path;

use rainwright::connections::store::Put;
use rainwright::connections::{Connection, Key, Status, Store, manifest, name};
use rainwright::{Code, Problem};
use serde::{Deserialize, Serialize};

use crate::exit::{Exit, Outcome, file_problem};
use crate::network::{Network, open_store};
use crate::terminal;

/// The form of an export.
#[derive(Serialize, Deserialize)]
struct Export {
    /// The form's version.
    rainwright: u32,
    /// The connections; their secrets are not serialised.
    connections: Vec<Connection>,
}

/// `dg connections export`.
pub fn export(names: &[String], to: Option<&Path>) -> Outcome {
    let mut connections = open_store()?.list()?;
    if let Some(unknown) = names.iter().find(|name| connections.iter().all(|c| c.name != **name)) {
        return Err(name::unknown(&Key::shared(unknown), connections.iter().map(Connection::key), []).into());
    }
    connections.retain(|connection| names.is_empty() || names.contains(&connection.name));
    let count = connections.len();
    let text = serde_json::to_string_pretty(&Export { rainwright: 1, connections }).unwrap_or_default();
    match to {
        Some(path) => {
            std::fs::write(path, text + "\n").map_err(|e| file_problem(path, "be written", &e))?;
            terminal::note(&format!("Wrote {count} connections without their secrets to {}.", path.display()));
        }
        None => terminal::out(&text),
    }
    Ok(Exit::Done)
}

/// `dg connections import`: names that are taken are left alone.
pub fn import(file: &Path, network: &Network) -> Outcome {
    let text = std::fs::read_to_string(file).map_err(|e| file_problem(file, "be read", &e))?;
    let connections = match serde_json::from_str::<Export>(&text) {
        Ok(export) if export.rainwright == 1 => export.connections,
        Ok(export) => {
            let message = format!(
                "{} is an export of version {}; this program reads version 1.",
                file.display(),
                export.rainwright
            );
            return Err(Problem::new(Code::CannotParse, message).into());
        }
        Err(_) => from_manifest(&text, network)?,
    };
    let store = network.registry.store();
    let mut taken = 0;
    for mut connection in connections {
        name::check(&connection.name)?;
        let key = connection.key();
        connection.rev = 0;
        // Logins stay behind; what is read by reference, or needs no secret, is ready.
        let ready = !connection.references.is_empty() && connection.status == Status::Connected;
        connection.status = if ready { Status::Connected } else { Status::Draft };
        match store.put(&mut connection)? {
            Put::Stored => {
                taken += 1;
                let next = if ready {
                    String::new()
                } else {
                    format!("; authorise it with `dg connect --reconnect {}`", key.name)
                };
                terminal::note(&format!("{key}{next}"));
            }
            Put::Conflict => terminal::note(&format!("{key} is there already and was left alone")),
        }
    }
    terminal::note(&format!("Took {taken} connections"));
    Ok(Exit::Done)
}

/// The connections of a Zoho extension.
fn from_manifest(text: &str, network: &Network) -> Result<Vec<Connection>, Problem> {
    let now = jiff::Timestamp::now().as_second();
    let entries = manifest::read(text)?;
    entries.iter().map(|entry| Ok(entry.draft(&*entry.find_service(network.catalogue())?, None, now))).collect()
}
