//! Reads the connections that an extension of the platform lists in its manifest.

use crate::{Catalogue, Connection, Key, Service, UnixTime, name};
use rainwright_diagnostic::{Code, Problem};
// The manifest is a JSON file of the platform.
use serde_json::Value;
use std::sync::Arc;

/// One connection of a manifest: what it is called and may do, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The link name that scripts use.
    pub link_name: String,
    /// The name for people.
    pub label: String,
    /// The service's name on the platform.
    pub service: String,
    /// Whether each user gives credentials of their own ("use credentials of login user").
    pub per_user: bool,
    /// Whether the service is a custom one of that account, which the manifest does not describe.
    pub is_custom: bool,
    /// The scopes.
    pub scopes: Vec<String>,
}

/// Reads all connections of a manifest, wherever in the document they are.
///
/// # Errors
/// [`Code::CannotParse`] when the text is not JSON or lists no connection; [`Code::BadRequest`] for a link name that
/// breaks the rules.
pub fn read(json: &str) -> Result<Vec<Entry>, Problem> {
    let document: Value = serde_json::from_str(json)
        .map_err(|e| Problem::new(Code::CannotParse, format!("The manifest is not JSON: {e}.")))?;
    let mut entries = Vec::new();
    collect(&document, &mut entries)?;
    if entries.is_empty() {
        return Err(Problem::new(Code::CannotParse, "The manifest lists no connections.")
            .with_help("A manifest's connections are objects with connectionLinkName and serviceName."));
    }
    Ok(entries)
}

fn collect(value: &Value, entries: &mut Vec<Entry>) -> Result<(), Problem> {
    match value {
        Value::Array(list) => list.iter().try_for_each(|value| collect(value, entries)),
        Value::Object(map) => match map.get("connectionLinkName").and_then(Value::as_str) {
            Some(link_name) => {
                name::check(link_name)?;
                let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                entries.push(Entry {
                    link_name: link_name.to_owned(),
                    label: text("connectionName"),
                    service: text("serviceName"),
                    per_user: is_true(map.get("userAccess")),
                    is_custom: is_true(map.get("isUserDefinedService")),
                    scopes: scopes(map.get("scope")),
                });
                Ok(())
            }
            None => map.values().try_for_each(|value| collect(value, entries)),
        },
        _ => Ok(()),
    }
}

/// Some exporters write booleans as texts.
fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value == &Value::Bool(true) || value.as_str() == Some("true"))
}

fn scopes(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect(),
        Some(Value::String(text)) => text.split([',', ' ']).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

impl Entry {
    /// The service of the catalogue that the entry means.
    ///
    /// # Errors
    /// [`Code::UnknownService`]; for a custom service with the advice to add it first.
    pub fn find_service(&self, catalogue: &Catalogue) -> Result<Arc<Service>, Problem> {
        let id = name::from_label(&self.service);
        catalogue.get(&self.service).or_else(|_| catalogue.get(&id)).map_err(|problem| {
            if self.is_custom {
                problem
                    .with_help(format!("The manifest does not describe it: add it first with `dg services add {id}`."))
            } else {
                problem
            }
        })
    }

    /// The connection to authorise: a draft with the entry's name, label and scopes. `user` is whose it is when each user
    /// has an own.
    #[must_use]
    pub fn draft(&self, service: &Service, user: Option<&str>, now: UnixTime) -> Connection {
        let key = match user.filter(|_| self.per_user) {
            Some(user) => Key::user(&self.link_name, user),
            None => Key::shared(&self.link_name),
        };
        let mut connection = Connection::draft(key, service, now);
        if !self.label.is_empty() {
            connection.label.clone_from(&self.label);
        }
        connection.scopes.clone_from(&self.scopes);
        connection
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MANIFEST: &str = r#"{
        "locale": ["en"], "service": "SPRINTS",
        "connectors": [
            {"connectionLinkName": "crm_all", "connectionName": "CRM all", "serviceName": "zlabs_integration",
             "userAccess": true, "isUserDefinedService": false, "sharedBy": "1000", "scope": ["ZohoCRM.modules.ALL"]},
            {"connectionLinkName": "shop", "connectionName": "Shop", "serviceName": "acme_shop",
             "userAccess": "false", "isUserDefinedService": true, "scope": "read,write"}
        ]}"#;

    #[test]
    fn connections_are_found_with_their_scopes() {
        let entries = read(MANIFEST).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].scopes, ["ZohoCRM.modules.ALL"]);
        assert!(entries[0].per_user && !entries[0].is_custom);
        assert_eq!(entries[1].scopes, ["read", "write"]);
        assert!(!entries[1].per_user && entries[1].is_custom);
    }

    #[test]
    fn entries_become_drafts_of_the_catalogues_services() {
        let catalogue = Catalogue::shipped();
        let entries = read(MANIFEST).unwrap();
        let service = entries[0].find_service(&catalogue).unwrap();
        assert_eq!(service.id, "zoho_oauth");
        let draft = entries[0].draft(&service, Some("ann"), 7);
        assert_eq!((draft.key(), draft.label.as_str()), (Key::user("crm_all", "ann"), "CRM all"));
        let custom = entries[1].find_service(&catalogue).unwrap_err();
        assert!(custom.help().contains("dg services add acme_shop"));
    }

    #[test]
    fn what_is_no_manifest_says_so() {
        assert!(read("[").is_err());
        assert!(read("{}").unwrap_err().message.contains("lists no connections"));
        assert!(read(r#"[{"connectionLinkName": "Bad-Name"}]"#).is_err());
    }
}
