//! The text that a store encrypts: a connection with its secrets, and the envelope round it.

use crate::{Connection, Key, Secret};
use rainwright_diagnostic::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zeroize::{Zeroize, Zeroizing};

/// The version of the sealed form; a reader refuses later ones.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Out<'a> {
    format: u32,
    connection: &'a Connection,
    secrets: BTreeMap<String, &'a str>,
}

#[derive(Deserialize)]
struct In {
    format: u32,
    connection: Connection,
    secrets: BTreeMap<String, String>,
}

impl Connection {
    /// The connection with its secrets as bytes (JSON): to be encrypted at once, and wiped on drop.
    ///
    /// Secrets that are [references](Connection::references) are left out.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it cannot be written.
    pub fn seal(&self) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let mut secrets = BTreeMap::new();
        for (name, secret) in self.secrets() {
            if !self.references.contains_key(&name) {
                secrets.insert(name, secret.expose());
            }
        }
        // Room enough that growing leaves no copies of secrets behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
        serde_json::to_writer(&mut *bytes, &Out { format: FORMAT, connection: self, secrets }).map_err(|e| {
            Problem::new(Code::StoreProblem, format!("The connection \"{}\" cannot be written: {e}.", self.name))
        })?;
        Ok(bytes)
    }

    /// Reads what [`Connection::seal`] wrote.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the bytes are something else or of a later version; no content is shown.
    pub fn unseal(bytes: &[u8]) -> Result<Connection, Problem> {
        let broken = |what: &str| Problem::new(Code::StoreProblem, format!("A stored connection {what}."));
        let sealed: In = serde_json::from_slice(bytes).map_err(|_| broken("is damaged"))?;
        if sealed.format > FORMAT {
            return Err(broken("was written by a later version of this program").with_help("Update the program."));
        }
        let mut connection = sealed.connection;
        for (name, mut text) in sealed.secrets {
            if !connection.set_secret(&name, Secret::new(std::mem::take(&mut text))) {
                text.zeroize();
                return Err(broken("has a secret that its credentials do not know"));
            }
        }
        Ok(connection)
    }
}

/// One encrypted row of a store. Whoever encrypts uses [`Envelope::associated_data`], so that rows cannot be swapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// What it is stored under, in clear.
    pub key: Key,
    /// How often it was stored, in clear, for compare-and-swap.
    pub rev: u64,
    /// Which key encrypted it.
    pub key_id: String,
    /// The nonce.
    pub nonce: Vec<u8>,
    /// The encrypted result of [`Connection::seal`].
    pub ciphertext: Vec<u8>,
}

impl Envelope {
    /// What the cipher binds the row to: format, name, subject and environment, each with its length before it.
    ///
    /// The default environment adds nothing, so that rows from before there were environments open as they are.
    #[must_use]
    pub fn associated_data(key: &Key) -> Vec<u8> {
        let subject = match &key.subject {
            crate::Subject::Shared => String::new(),
            crate::Subject::User(user) => format!("user:{user}"),
        };
        let mut data = FORMAT.to_be_bytes().to_vec();
        let environment = (!key.environment.is_default()).then(|| key.environment.name());
        for part in [key.name.as_str(), &subject].into_iter().chain(environment) {
            data.extend((part.len() as u64).to_be_bytes());
            data.extend(part.as_bytes());
        }
        data
    }
}
