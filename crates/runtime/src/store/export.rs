//! Takes connections out of a store and into another: without their secrets for anybody, with them for named recipients.

use std::collections::BTreeSet;

use rainwright_connections::store::{Put, Store};
use rainwright_connections::{Connection, Status};
use rainwright_diagnostic::{Code, Problem};
use serde::{Deserialize, Serialize};

/// The version of the form.
const FORMAT: u32 = 1;

/// Connections as they leave a store.
#[derive(Serialize, Deserialize)]
struct Export {
    format: u32,
    connections: Vec<Connection>,
}

/// Connections as JSON without any secret: names, services, values, scopes, and where secrets are to be read.
///
/// Imported, each is a draft until it is authorised, unless all of its secrets are references.
///
/// # Errors
/// [`Code::StoreProblem`] when they cannot be written.
pub fn without_secrets(connections: &[Connection]) -> Result<String, Problem> {
    let mut connections = connections.to_vec();
    for connection in &mut connections {
        if connection.secrets().iter().any(|(name, _)| !connection.references.contains_key(name)) {
            connection.status = Status::Draft;
        }
        connection.rev = 0;
    }
    serde_json::to_string_pretty(&Export { format: FORMAT, connections })
        .map_err(|e| unusable(&format!("cannot be written: {e}")))
}

/// Reads what [`without_secrets`] wrote.
///
/// # Errors
/// [`Code::StoreProblem`] when the text is something else.
pub fn read(text: &str) -> Result<Vec<Connection>, Problem> {
    let export: Export = serde_json::from_str(text).map_err(|e| unusable(&format!("cannot be read: {e}")))?;
    checked(export.format)?;
    Ok(export.connections)
}

/// Puts connections into a store, all of them or none; with `replace` over those of the same name.
///
/// # Errors
/// [`Code::StoreProblem`] when a name is taken or comes twice, or the store cannot be written.
pub fn import(store: &dyn Store, mut connections: Vec<Connection>, replace: bool) -> Result<usize, Problem> {
    let mut keys = BTreeSet::new();
    if let Some(twice) = connections.iter().map(Connection::key).find(|key| !keys.insert(key.clone())) {
        return Err(unusable(&format!("holds \"{twice}\" twice; nothing was imported")));
    }
    loop {
        for connection in &mut connections {
            let key = connection.key();
            connection.rev = match store.rev(&key)? {
                Some(_) if !replace => {
                    let message = format!("There is already a connection \"{key}\"; nothing was imported.");
                    return Err(Problem::new(Code::StoreProblem, message)
                        .with_help("Rename or delete it, or import with `--replace`."));
                }
                rev => rev.unwrap_or(0),
            };
        }
        if store.put_all(&mut connections)? == Put::Stored {
            return Ok(connections.len());
        }
    }
}

fn checked(format: u32) -> Result<(), Problem> {
    if format > FORMAT {
        return Err(unusable("was written by a later version of this program").with_help("Update the program."));
    }
    Ok(())
}

fn unusable(why: &str) -> Problem {
    Problem::new(Code::StoreProblem, format!("The export of connections {why}."))
}

#[cfg(feature = "age")]
pub use encrypted::{decrypt, encrypt};

#[cfg(feature = "age")]
mod encrypted {
    use super::*;
    use age::armor::{ArmoredReader, ArmoredWriter, Format};
    use rainwright_connections::Secret;
    use std::io::{Read, Write};
    use zeroize::Zeroizing;

    /// Connections with their secrets, encrypted so that only the holders of the recipients' keys (`age1…`) can read them.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when a recipient is none, or something cannot be written.
    pub fn encrypt(connections: &[Connection], recipients: &[String]) -> Result<String, Problem> {
        let recipients = recipients
            .iter()
            .map(|text| {
                text.trim().parse::<age::x25519::Recipient>().map_err(|_| {
                    unusable(&format!("has no recipient `{text}`"))
                        .with_help("A recipient begins with age1; `age-keygen` makes one.")
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let failed = |e: &dyn std::fmt::Display| unusable(&format!("cannot be encrypted: {e}"));
        let encryptor = age::Encryptor::with_recipients(recipients.iter().map(|r| r as &dyn age::Recipient))
            .map_err(|e| failed(&e))?;
        // One sealed connection a line, so that no copy of all secrets is made.
        let mut out = Vec::new();
        let armor = ArmoredWriter::wrap_output(&mut out, Format::AsciiArmor).map_err(|e| failed(&e))?;
        let mut writer = encryptor.wrap_output(armor).map_err(|e| failed(&e))?;
        writeln!(writer, "{FORMAT}").map_err(|e| failed(&e))?;
        for connection in connections {
            writer.write_all(&connection.seal()?).and_then(|()| writer.write_all(b"\n")).map_err(|e| failed(&e))?;
        }
        writer.finish().and_then(ArmoredWriter::finish).map_err(|e| failed(&e))?;
        String::from_utf8(out).map_err(|e| failed(&e))
    }

    /// Reads what [`encrypt`] wrote, with a recipient's identity (`AGE-SECRET-KEY-…`).
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it is not for this identity, or not an export.
    pub fn decrypt(text: &str, identity: &Secret) -> Result<Vec<Connection>, Problem> {
        let identity: age::x25519::Identity = identity
            .expose()
            .trim()
            .parse()
            .map_err(|_| unusable("needs an identity that begins with AGE-SECRET-KEY-"))?;
        let failed = |e: &dyn std::fmt::Display| unusable(&format!("cannot be decrypted: {e}"));
        let decryptor = age::Decryptor::new(ArmoredReader::new(text.as_bytes())).map_err(|e| failed(&e))?;
        let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|e| failed(&e))?;
        let mut plain = Zeroizing::new(Vec::new());
        reader.read_to_end(&mut plain).map_err(|e| failed(&e))?;
        let mut lines = plain.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let format = lines.next().and_then(|line| std::str::from_utf8(line).ok()).and_then(|line| line.parse().ok());
        checked(format.ok_or_else(|| unusable("is something else"))?)?;
        lines.map(Connection::unseal).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rainwright_connections::store::MemoryStore;
    use rainwright_connections::{Credentials, Reference, Secret};

    fn connection(name: &str) -> Connection {
        let credentials = Credentials::Basic { username: Secret::new("u"), password: Secret::new("PLANTED") };
        Connection { name: name.into(), status: Status::Connected, credentials, ..Connection::default() }
    }

    #[test]
    fn an_export_for_anybody_holds_no_secret() {
        let mut by_reference = connection("b");
        by_reference.references =
            [("username".to_owned(), Reference::Env("U".into())), ("password".to_owned(), Reference::Env("P".into()))]
                .into();
        let text = without_secrets(&[connection("a"), by_reference]).unwrap();
        assert!(!text.contains("PLANTED"), "{text}");
        let store = MemoryStore::new();
        assert_eq!(import(&store, read(&text).unwrap(), false).unwrap(), 2);
        let found: Vec<_> = store.list().unwrap().into_iter().map(|c| (c.name, c.status, c.references.len())).collect();
        assert_eq!(found, [("a".to_owned(), Status::Draft, 0), ("b".to_owned(), Status::Connected, 2)]);
        assert!(import(&store, read(&text).unwrap(), false).unwrap_err().message.contains("nothing was imported"));
        assert_eq!(import(&store, read(&text).unwrap(), true).unwrap(), 2);
        assert!(read("{}").is_err());
    }

    #[test]
    fn an_import_takes_all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let key = crate::store::KeySource::File(folder.path().join("key"));
        let sqlite = crate::store::SqliteStore::open(folder.path(), key).unwrap();
        for store in [&MemoryStore::new() as &dyn Store, &sqlite] {
            assert_eq!(import(store, vec![connection("b")], false).unwrap(), 1);
            for refused in [["a", "b"], ["c", "c"]] {
                let problem = import(store, refused.map(connection).to_vec(), false).unwrap_err();
                assert!(problem.message.contains("nothing was imported"), "{problem}");
            }
            // The second was stored by somebody else meanwhile: the first is not stored either.
            let mut stale = [connection("a"), connection("b")];
            assert_eq!(store.put_all(&mut stale).unwrap(), Put::Conflict);
            assert_eq!(stale.map(|c| c.rev), [0, 0]);
            assert_eq!(store.list().unwrap().len(), 1);
            assert_eq!(import(store, vec![connection("a"), connection("b")], true).unwrap(), 2);
            let revs: Vec<u64> = store.list().unwrap().iter().map(|c| c.rev).collect();
            assert!(revs[0] > 0 && revs[1] > 1 && revs.len() == 2, "{revs:?}");
        }
    }

    #[cfg(feature = "age")]
    #[test]
    fn an_export_for_recipients_is_read_by_them_alone() {
        let (mine, other) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
        let key = |identity: &age::x25519::Identity| {
            use age::secrecy::ExposeSecret;
            Secret::new(identity.to_string().expose_secret())
        };
        let connections = [connection("a"), connection("b")];
        let text = encrypt(&connections, &[mine.to_public().to_string()]).unwrap();
        assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
        assert_eq!(decrypt(&text, &key(&mine)).unwrap(), connections);
        assert!(decrypt(&text, &key(&other)).is_err());
        assert!(encrypt(&connections, &["age1nobody".into()]).unwrap_err().message.contains("recipient"));
        assert!(encrypt(&connections, &[]).is_err());
    }
}
