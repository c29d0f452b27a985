//! What a widget may reach: what it asks for, and what of it the user has allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rainwright::Problem;
use rainwright::connections::Connectors;
use serde::{Deserialize, Serialize};

use super::manifest::{WidgetProject, covers};
use super::{crm, product};
use crate::file;

/// What the file is called.
const FILE: &str = "widget-grants.json";

/// One thing that a widget may be allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The data of the product that it is made for, through the default connection of a service.
    Product(String),
    /// Calls that are signed with a connection, by its link name.
    Connection(String),
    /// The functions that the server was started with.
    Functions,
    /// The calls of a connector, by its name.
    Connector(String),
    /// Calls without credentials to a host: `api.example.com`, `*.example.com`.
    Domain(String),
    /// Calls without credentials to every public host.
    AnyDomain,
}

impl Ask {
    /// What it means, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Ask::Product(service) if service == crm::SERVICE => {
                "Read and change records, settings and users of your CRM".to_owned()
            }
            Ask::Product(service) => match product::name(service) {
                Some(name) => format!("Read the record that its page is opened for in your {name}"),
                None => "Read and change records of your Creator applications".to_owned(),
            },
            Ask::Connection(name) => format!("Call a service with your connection {name}"),
            Ask::Functions => "Run your functions".to_owned(),
            Ask::Connector(name) => format!("Make the calls of the connector {name}"),
            Ask::Domain(host) => format!("Call {host}, without any of your credentials"),
            Ask::AnyDomain => "Call any public server, without any of your credentials".to_owned(),
        }
    }
}

/// What a widget asks for: what its manifest names, its product, and what the server offers it.
#[must_use]
pub fn asked(project: &WidgetProject, with_functions: bool, connectors: &Connectors) -> Vec<Ask> {
    let mut asked = match project.service.as_str() {
        "CREATOR" => vec![Ask::Product(super::creator::SERVICE.to_owned())],
        "CRM" => vec![Ask::Product(crm::SERVICE.to_owned())],
        service => product::connection(service).map(|used| Ask::Product(used.to_owned())).into_iter().collect(),
    };
    asked.extend(project.connections.iter().cloned().map(Ask::Connection));
    if with_functions {
        asked.push(Ask::Functions);
    }
    asked.extend(connectors.names().map(|(name, _)| Ask::Connector(name.to_owned())));
    asked.extend(project.domains.iter().cloned().map(Ask::Domain));
    // A manifest of CRM has no place to name hosts in.
    if project.domains.is_empty() {
        asked.push(Ask::AnyDomain);
    }
    asked
}

/// The answers of the user for one project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// What the user was asked.
    asked: BTreeSet<Ask>,
    /// What of it was allowed.
    allowed: BTreeSet<Ask>,
}

impl Grants {
    /// The answers for a project.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn load(home: &Path, project: &WidgetProject) -> Result<Self, Problem> {
        Ok(read(home)?.remove(&name(project)).unwrap_or_default())
    }

    /// Keeps the user's answers to `asked`.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn keep(home: &Path, project: &WidgetProject, asked: &[Ask], allowed: &[Ask]) -> Result<Self, Problem> {
        let mut all = read(home)?;
        let allowed = allowed.iter().filter(|ask| asked.contains(ask)).cloned().collect();
        let grants = Self { asked: asked.iter().cloned().collect(), allowed };
        all.insert(name(project), grants.clone());
        let list: Vec<(String, Grants)> = all.into_iter().collect();
        file::write_json(&path(home), "what widgets may reach", &list)?;
        Ok(grants)
    }

    /// Whether the user has answered all that is asked now.
    #[must_use]
    pub fn answers(&self, asked: &[Ask]) -> bool {
        asked.iter().all(|ask| self.asked.contains(ask))
    }

    /// Whether something is allowed.
    #[must_use]
    pub fn allows(&self, ask: &Ask) -> bool {
        self.allowed.contains(ask)
    }

    /// Whether calls without credentials may go to a host.
    #[must_use]
    pub fn allows_host(&self, host: &str) -> bool {
        self.allowed.iter().any(|ask| match ask {
            Ask::AnyDomain => true,
            Ask::Domain(pattern) => covers(pattern, host),
            _ => false,
        })
    }

    /// The hosts that were allowed by name.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.allowed.iter().filter_map(|ask| match ask {
            Ask::Domain(host) => Some(host.as_str()),
            _ => None,
        })
    }
}

fn path(home: &Path) -> PathBuf {
    home.join(FILE)
}

/// A project by its real path, so that a link to it does not count as another one.
fn name(project: &WidgetProject) -> String {
    project.folder.canonicalize().unwrap_or_else(|_| project.folder.clone()).display().to_string()
}

fn read(home: &Path) -> Result<BTreeMap<String, Grants>, Problem> {
    let list: Option<Vec<(String, Grants)>> = file::read_json(&path(home), "what widgets may reach")?;
    Ok(list.unwrap_or_default().into_iter().collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_and_allowed_is_allowed() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("w");
        std::fs::create_dir(&folder).unwrap();
        let manifest = r#"{"service":"CRM","usedConnections":[{"connectionLinkName":"news"}],"whiteListedDomains":["a.example.com"]}"#;
        std::fs::write(folder.join("plugin-manifest.json"), manifest).unwrap();
        let project = WidgetProject::open(&folder).unwrap();
        let all = asked(&project, true, &Connectors::default());
        assert!(!Grants::load(place.path(), &project).unwrap().answers(&all));
        let news = Ask::Connection("news".into());
        // What nobody was asked about is not kept, whatever a form says.
        let ticked = [news.clone(), Ask::Connection("bank".into()), Ask::Domain("a.example.com".into())];
        Grants::keep(place.path(), &project, &all, &ticked).unwrap();
        let grants = Grants::load(place.path(), &project).unwrap();
        assert!(grants.answers(&all) && grants.allows(&news));
        assert!(!grants.allows(&Ask::Connection("bank".into())) && !grants.allows(&Ask::Functions));
        assert!(grants.allows_host("a.example.com") && !grants.allows_host("b.example.com"));
        // A manifest that asks for more is asked about again.
        assert!(!grants.answers(&[Ask::Connection("bank".into())]));
    }
}
