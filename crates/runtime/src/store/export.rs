//! Takes connections out of a store: without their secrets for anybody, with them for named recipients.

use rainwright_connections::{Connection, Secret, Status};
use rainwright_diagnostic::{Code, Problem};
use serde::{Deserialize, Serialize};

/// The version of the form.
const FORMAT: u32 = 1;
/// Secrets that a login brings and nobody types.
const TOKENS: [&str; 6] =
    ["access_token", "refresh_token", "previous_refresh_token", "token", "token_secret", "extras"];

/// Connections as they leave a store.
#[derive(Serialize, Deserialize)]
struct Export {
    format: u32,
    connections: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    connection: Connection,
    /// The secrets that whoever imports it has to give, for people who read the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fill_in: Vec<String>,
}

impl Entry {
    fn of(connection: &Connection) -> Self {
        let mut connection = connection.clone();
        let missing = |name: &String| !connection.references.contains_key(name);
        let left: Vec<String> = connection.secrets().into_iter().map(|(name, _)| name).filter(missing).collect();
        let fill_in = left.iter().filter(|name| !TOKENS.contains(&name.as_str())).cloned().collect();
        connection.status = if left.is_empty() { connection.status } else { Status::Draft };
        // Its history here says nothing about another machine, and the tokens are not exported.
        let connection = Connection {
            obtained_at: None,
            expires_at: None,
            refresh_expires_at: None,
            last_ok: None,
            last_used: None,
            last_error: None,
            failures: 0,
            retry_at: None,
            renewal_begun: None,
            rev: 0,
            ..connection
        };
        Self { connection, fill_in }
    }
}

/// Connections as JSON without any secret: names, services, values, scopes, where secrets are to be read, and which
/// others must be filled in.
///
/// Imported, each is a draft until it is authorised, unless all of its secrets are references.
///
/// # Errors
/// [`Code::StoreProblem`] when they cannot be written.
pub fn references(connections: &[Connection]) -> Result<String, Problem> {
    let connections = connections.iter().map(Entry::of).collect();
    serde_json::to_string_pretty(&Export { format: FORMAT, connections })
        .map_err(|e| unusable(&format!("cannot be written: {e}")))
}

/// Whether a file is one that [`encrypt`] wrote, or another that is encrypted with age.
#[must_use]
pub fn is_encrypted(file: &[u8]) -> bool {
    let start = file.trim_ascii_start();
    start.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----") || start.starts_with(b"age-encryption.org/")
}

/// Reads what [`references`] or [`encrypt`] wrote; the latter with the identities (`AGE-SECRET-KEY-…`, a line each, as
/// `age-keygen` writes them) of a recipient.
///
/// # Errors
/// [`Code::StoreProblem`] when the file is something else, or for other recipients.
pub fn read(file: &[u8], identities: Option<&Secret>) -> Result<Vec<Connection>, Problem> {
    if is_encrypted(file) {
        let identities = identities.ok_or_else(|| {
            unusable("is encrypted").with_help("Give the file with your identity: `--identity FILE`.")
        })?;
        return decrypt(file, identities);
    }
    let export: Export = serde_json::from_slice(file).map_err(|e| {
        unusable(&format!("cannot be read: {e}"))
            .with_help("Give a file that `dg connections export` wrote, or the manifest of a Zoho extension.")
    })?;
    checked(export.format)?;
    Ok(export.connections.into_iter().map(|entry| entry.connection).collect())
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

#[cfg(not(feature = "age"))]
fn decrypt(_: &[u8], _: &Secret) -> Result<Vec<Connection>, Problem> {
    Err(Problem::new(Code::NotSupported, "Encrypted exports are not supported: this program was built without them.")
        .with_help("Build it with the feature `age`."))
}

/// A new identity as a file's text, and its recipient: not in this build.
///
/// # Errors
/// [`Code::NotSupported`], always.
#[cfg(not(feature = "age"))]
pub fn identity() -> Result<(Secret, String), Problem> {
    decrypt(&[], &Secret::default()).map(|_| Default::default())
}

#[cfg(not(feature = "age"))]
/// Connections with their secrets, encrypted to recipients: not in this build.
///
/// # Errors
/// [`Code::NotSupported`], always.
pub fn encrypt(_: &[Connection], _: &[String]) -> Result<String, Problem> {
    decrypt(&[], &Secret::default()).map(|_| String::new())
}

#[cfg(feature = "age")]
use encrypted::decrypt;
#[cfg(feature = "age")]
pub use encrypted::{encrypt, identity};

#[cfg(feature = "age")]
mod encrypted {
    use super::*;
    use age::armor::{ArmoredReader, ArmoredWriter, Format};
    use std::io::{Read, Write};
    use zeroize::Zeroizing;

    /// A new identity as the text of the file that [`read`] takes, which is its owner's secret, and its recipient, which
    /// others encrypt to: what `age-keygen` makes.
    ///
    /// # Errors
    /// None; without the feature `age` [`Code::NotSupported`].
    pub fn identity() -> Result<(Secret, String), Problem> {
        use age::secrecy::ExposeSecret;
        let identity = age::x25519::Identity::generate();
        let recipient = identity.to_public().to_string();
        let text = format!("# public key: {recipient}\n{}\n", identity.to_string().expose_secret());
        Ok((Secret::new(text), recipient))
    }

    /// Connections with their secrets, encrypted so that only the holders of the recipients' keys (`age1…`) can read them.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when a recipient is none, or something cannot be written.
    pub fn encrypt(connections: &[Connection], recipients: &[String]) -> Result<String, Problem> {
        let recipients = recipients
            .iter()
            .map(|text| {
                text.trim().parse::<age::x25519::Recipient>().map_err(|_| {
                    // Who mixes up the two keys must not find the secret one in a log.
                    let shown = if text.contains("SECRET") { "which is a secret key" } else { text };
                    unusable(&format!("has no recipient `{shown}`"))
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

    pub(super) fn decrypt(file: &[u8], identities: &Secret) -> Result<Vec<Connection>, Problem> {
        let lines =
            identities.expose().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identities: Vec<age::x25519::Identity> =
            lines.map(str::parse).collect::<Result<_, _>>().unwrap_or_default();
        if identities.is_empty() {
            return Err(unusable("needs an identity that begins with AGE-SECRET-KEY-")
                .with_help("Give the file that `age-keygen` wrote, without a passphrase on it."));
        }
        let failed = |e: &dyn std::fmt::Display| unusable(&format!("cannot be decrypted: {e}"));
        let decryptor = age::Decryptor::new(ArmoredReader::new(file)).map_err(|e| failed(&e))?;
        let mut reader =
            decryptor.decrypt(identities.iter().map(|i| i as &dyn age::Identity)).map_err(|e| match e {
                age::DecryptError::NoMatchingKeys => unusable("was encrypted to others")
                    .with_help("Ask for an export to your own recipient: `age-keygen -y FILE` shows it."),
                e => failed(&e),
            })?;
        let mut plain = Zeroizing::new(Vec::new());
        reader.read_to_end(&mut plain).map_err(|e| failed(&e))?;
        let mut lines = plain.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let format = lines.next().and_then(|line| std::str::from_utf8(line).ok()).and_then(|line| line.parse().ok());
        checked(format.ok_or_else(|| unusable("is something else"))?)?;
        let unseal = |line| Connection::unseal(line).map(|connection| Connection { rev: 0, ..connection });
        lines.map(unseal).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::import::{self, import};
    use rainwright_connections::store::MemoryStore;
    use rainwright_connections::{Credentials, Environment, Reference, Store};

    fn connection(name: &str) -> Connection {
        let credentials = Credentials::Basic { username: Secret::new("u"), password: Secret::new("PLANTED") };
        Connection { name: name.into(), status: Status::Connected, credentials, ..Connection::default() }
    }

    #[test]
    fn an_export_for_anybody_holds_no_secret() {
        let mut by_reference = connection("b");
        by_reference.environment = Environment::parse("production").unwrap();
        by_reference.references =
            [("username".to_owned(), Reference::Env("U".into())), ("password".to_owned(), Reference::Env("P".into()))]
                .into();
        let text = references(&[connection("a"), by_reference]).unwrap();
        assert!(!text.contains("PLANTED"), "{text}");
        assert_eq!(text.matches("fill_in").count(), 1);
        assert!(text.contains("\"password\""), "{text}");
        let store = MemoryStore::new();
        let connections = read(text.as_bytes(), None).unwrap();
        import(&store, connections.clone(), &import::ImportOptions::default()).unwrap();
        assert_eq!(
            store.list().unwrap().iter().map(|c| Connection { rev: 0, ..c.clone() }).collect::<Vec<_>>(),
            connections
        );
        let found: Vec<_> = connections.iter().map(|c| (c.key().to_string(), c.status, c.references.len())).collect();
        let expected = [("a", Status::Draft, 0), ("b in production", Status::Connected, 2)];
        assert_eq!(found, expected.map(|(name, status, references)| (name.to_owned(), status, references)));
        let later = read(text.replace("\"format\": 1", "\"format\": 9").as_bytes(), None).unwrap_err();
        assert!(later.message.contains("later version"), "{later}");
        assert!(read(b"{}", None).is_err());
    }

    #[test]
    fn an_encrypted_export_is_told_from_others() {
        assert!(is_encrypted(b"\n-----BEGIN AGE ENCRYPTED FILE-----\n") && is_encrypted(b"age-encryption.org/v1"));
        let problem = read(b"-----BEGIN AGE ENCRYPTED FILE-----", None).unwrap_err();
        assert!(problem.help().contains("--identity"), "{problem}");
        assert!(read(b"-----BEGIN AGE ENCRYPTED FILE-----", Some(&Secret::new("x"))).is_err());
    }

    #[cfg(feature = "age")]
    #[test]
    fn an_export_for_recipients_is_read_by_them_alone() {
        let ((mine, recipient), (other, _)) = (identity().unwrap(), identity().unwrap());
        let connections = [connection("a"), connection("b")];
        let text = encrypt(&connections, &[recipient]).unwrap();
        assert!(is_encrypted(text.as_bytes()) && !text.contains("PLANTED"));
        assert_eq!(read(text.as_bytes(), Some(&mine)).unwrap(), connections);
        let refused = read(text.as_bytes(), Some(&other)).unwrap_err();
        assert!(refused.message.contains("to others"), "{refused}");
        let torn = read(text.replace("-----END", "-----EN").as_bytes(), Some(&mine)).unwrap_err();
        assert!(torn.message.contains("cannot be decrypted"), "{torn}");
        assert!(encrypt(&connections, &["age1nobody".into()]).unwrap_err().message.contains("recipient"));
        let secret = encrypt(&connections, &["AGE-SECRET-KEY-1MARKER".into()]).unwrap_err();
        assert!(!secret.message.contains("MARKER"), "{secret}");
        assert!(encrypt(&connections, &[]).is_err());
    }
}
