//! Encrypts what the store keeps: XChaCha20-Poly1305 with a random nonce for each row.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rainwright_connections::{Connection, Envelope, Secret};
use rainwright_diagnostic::{Code, Problem};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a nonce; long enough to be drawn at random for every row.
const NONCE_BYTES: usize = 24;

/// A key that seals and opens rows.
pub struct Cipher {
    id: String,
    key: Zeroizing<[u8; KEY_BYTES]>,
    cipher: XChaCha20Poly1305,
}

impl Cipher {
    /// A cipher with these key bytes.
    #[must_use]
    pub fn new(key: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let digest = Sha256::new().chain_update(b"rainwright key id").chain_update(key.as_slice()).finalize();
        let id = digest[..8].iter().map(|b| format!("{b:02x}")).collect();
        let cipher = XChaCha20Poly1305::new(&(*key).into());
        Self { id, key, cipher }
    }

    /// A cipher with a new random key.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the operating system gives no random bytes.
    pub fn random() -> Result<Self, Problem> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        fill(key.as_mut_slice())?;
        Ok(Self::new(key))
    }

    /// The key from its text: 64 hexadecimal digits, or base64 of 32 bytes.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it is neither; the text itself is not shown.
    pub fn from_text(text: &str) -> Result<Self, Problem> {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE};
        let text = text.trim();
        let bytes = if text.len() == 2 * KEY_BYTES && text.is_ascii() {
            (0..KEY_BYTES).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect::<Option<Vec<u8>>>()
        } else {
            STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
        };
        let bytes = Zeroizing::new(bytes.unwrap_or_default());
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| {
            Problem::new(Code::StoreProblem, "The store's key is not 32 bytes in base64 or hexadecimal.").with_help(
                "Give the key that the store was made with; for a new store `openssl rand -base64 32` makes one.",
            )
        })?;
        Ok(Self::new(Zeroizing::new(key)))
    }

    /// The key as text that [`Cipher::from_text`] reads.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        use base64::Engine as _;
        Secret::new(base64::engine::general_purpose::STANDARD.encode(self.key.as_slice()))
    }

    /// Names the key without telling it: a part of a hash.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals a connection as the row of revision `rev`; the row opens only under its own name and subject.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it cannot be written, or the operating system gives no random bytes.
    pub fn seal(&self, connection: &Connection, rev: u64) -> Result<Envelope, Problem> {
        let key = connection.key();
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let payload = connection.seal()?;
        let ciphertext = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: &payload, aad: &Envelope::associated_data(&key) })
            .map_err(|_| {
                Problem::new(Code::StoreProblem, format!("The connection \"{key}\" is too large to be stored."))
            })?;
        Ok(Envelope { key, rev, key_id: self.id.clone(), nonce: nonce.to_vec(), ciphertext })
    }

    /// Opens a row.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it was sealed with another key, or is not what was written.
    pub fn open(&self, row: &Envelope) -> Result<Connection, Problem> {
        if row.key_id != self.id {
            return Err(wrong_key(&row.key_id, Some(&self.id)));
        }
        let nonce = XNonce::try_from(row.nonce.as_slice()).ok();
        let opened = nonce.and_then(|nonce| {
            let aad = Envelope::associated_data(&row.key);
            self.cipher.decrypt(&nonce, Payload { msg: &row.ciphertext, aad: &aad }).ok()
        });
        let Some(payload) = opened.map(Zeroizing::new) else {
            let what = format!(
                "The stored connection \"{}\" is not what was written: it was damaged, or moved from another row.",
                row.key
            );
            return Err(Problem::new(Code::StoreProblem, what)
                .with_help(format!(
                    "Restore the store from a backup, or delete the connection with `dg connections delete {}` and connect again.",
                    row.key.arguments()
                )));
        };
        let mut connection = Connection::unseal(&payload)?;
        connection.rev = row.rev;
        Ok(connection)
    }
}

impl Cipher {
    /// The key itself, to be sealed with another one.
    pub(crate) fn key_bytes(&self) -> &[u8] {
        self.key.as_slice()
    }

    /// Seals bytes that open only at the place that `place` names; the nonce comes first.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when they are too many, or the operating system gives no random bytes.
    pub(crate) fn seal_bytes(&self, place: &str, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), Payload { msg: bytes, aad: place.as_bytes() });
        let sealed = sealed.map_err(|_| Problem::new(Code::StoreProblem, "An entry is too large to be stored."))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Cipher::seal_bytes`] sealed for that place.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it was sealed with another key or for another place, or was damaged.
    pub(crate) fn open_bytes(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        let opened = sealed.split_first_chunk::<NONCE_BYTES>().and_then(|(nonce, sealed)| {
            self.cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place.as_bytes() }).ok()
        });
        opened.ok_or_else(|| {
            Problem::new(Code::StoreProblem, "An entry of the journal is not what was written.")
                .with_help("It was damaged, or written with another key: give the key that the journal was made with.")
        })
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cipher").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The store is encrypted with another key than the one at hand.
pub(super) fn wrong_key(stored: &str, given: Option<&str>) -> Problem {
    let given = given.map_or_else(|| "there is no key".to_owned(), |given| format!("the key given is {given}"));
    Problem::new(Code::StoreProblem, format!("The store is encrypted with key {stored}, and {given}."))
        .with_help("Give the key that the store was made with: RAINWRIGHT_KEY, RAINWRIGHT_KEY_COMMAND, RAINWRIGHT_KEY_FILE, RAINWRIGHT_KEYCHAIN, or the file `key` beside the store. If the key was changed while this program ran, give it the new one and start it again; with RAINWRIGHT_KEY=\"OLD NEW\" it would have gone on. If it is lost, move connections.db away and connect again.")
}

/// Fills a slice with random bytes.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Problem> {
    getrandom::fill(bytes)
        .map_err(|e| Problem::new(Code::StoreProblem, format!("The operating system gives no random bytes: {e}.")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rainwright_connections::{Credentials, Key};

    #[test]
    fn rows_open_only_with_their_key_at_their_place() {
        let cipher = Cipher::random().unwrap();
        let credentials = Credentials::Basic { username: Secret::new("u"), password: Secret::new("MARKER") };
        let connection = Connection { name: "a".into(), credentials, ..Connection::default() };
        let row = cipher.seal(&connection, 7).unwrap();
        assert_eq!(cipher.open(&row).unwrap(), Connection { rev: 7, ..connection.clone() });
        assert_ne!(row, cipher.seal(&connection, 7).unwrap(), "a nonce is never used twice");
        assert!(!row.ciphertext.windows(6).any(|w| w == b"MARKER"));
        let moved = Envelope { key: Key::shared("b"), ..row.clone() };
        assert!(cipher.open(&moved).unwrap_err().message.contains("moved"));
        assert!(Cipher::random().unwrap().open(&row).unwrap_err().message.contains(cipher.id()));
        for at in 0..row.ciphertext.len() {
            let mut torn = row.clone();
            torn.ciphertext[at] ^= 1;
            assert!(cipher.open(&torn).is_err(), "byte {at}");
            torn.ciphertext.truncate(at);
            assert!(cipher.open(&torn).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn keys_are_read_from_text_and_never_shown() {
        let cipher = Cipher::random().unwrap();
        let text = cipher.to_text();
        assert_eq!(Cipher::from_text(&format!(" {}\n", text.expose())).unwrap().id(), cipher.id());
        assert_eq!(Cipher::from_text(&"0f".repeat(32)).unwrap().id(), Cipher::new(Zeroizing::new([15; 32])).id());
        for bad in ["", "short", &"é".repeat(32), &"g".repeat(64), "AAAA"] {
            assert_eq!(Cipher::from_text(bad).unwrap_err().code, Code::StoreProblem, "{bad}");
        }
        assert!(!format!("{cipher:?}").contains(text.expose()));
    }
}
