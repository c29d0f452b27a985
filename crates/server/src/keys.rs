//! Keys for calling functions: kept as digests in one file, each for some functions only.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rainwright::{Code, Problem};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::file;

/// What every key begins with, as those of Zoho CRM do.
const PREFIX: &str = "1003";

/// Which functions a key may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of them.
    All,
    /// Those with these names.
    Functions(Vec<String>),
}

impl Scope {
    /// Whether it has a function.
    #[must_use]
    pub fn has(&self, function: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Functions(names) => names.iter().any(|name| name == function),
        }
    }
}

/// One key, as it is kept: its secret part only as a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The public part, by which it is found.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the whole key, in hexadecimal. The key has 128 random bits, so no slow hash is needed.
    pub digest: String,
    /// The functions that it may call.
    pub scope: Scope,
    /// How many calls a minute it may make; `None` for no bound of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// When it was made.
    #[serde(with = "as_text")]
    pub created: Timestamp,
    /// When it ends.
    #[serde(default, with = "as_optional_text", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// The keys of this user's servers, in one file.
#[derive(Clone, Debug)]
pub struct Keys {
    path: PathBuf,
    keys: Vec<Key>,
}

impl Keys {
    /// The file of keys in a folder.
    #[must_use]
    pub fn file(home: &Path) -> PathBuf {
        home.join("function-keys.json")
    }

    /// Reads the keys of a folder; none when there is no file yet.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] for a file that cannot be read.
    pub fn open(home: &Path) -> Result<Self, Problem> {
        let path = Self::file(home);
        let keys = file::read_json(&path, "keys")?.unwrap_or_default();
        Ok(Self { path, keys })
    }

    /// All keys, in the order in which they were made.
    #[must_use]
    pub fn list(&self) -> &[Key] {
        &self.keys
    }

    /// Makes a key, keeps its digest, and gives the key itself, which is told this once.
    ///
    /// # Errors
    /// [`Code::BadArgument`] when the name is taken; [`Code::StoreProblem`] when the file cannot be written.
    pub fn create(
        &mut self,
        name: &str,
        scope: Scope,
        per_minute: Option<u32>,
        expires: Option<Timestamp>,
    ) -> Result<String, Problem> {
        if self.keys.iter().any(|key| key.name == name) {
            return Err(Problem::new(Code::BadArgument, format!("There is a key named '{name}' already."))
                .with_help("Choose another name, or replace it with `dg keys rotate`."));
        }
        let (id, text) = fresh()?;
        let digest = digest(&text);
        let created = Timestamp::now();
        self.keys.push(Key { id, name: name.to_owned(), digest, scope, per_minute, created, expires });
        self.write()?;
        Ok(text)
    }

    /// Gives a key another secret and keeps everything else; the old one ends at once.
    ///
    /// # Errors
    /// [`Code::BadArgument`] when there is no key of that name; [`Code::StoreProblem`] when the file cannot be written.
    pub fn rotate(&mut self, name: &str) -> Result<String, Problem> {
        let (id, text) = fresh()?;
        let place = self.place(name)?;
        let key = &mut self.keys[place];
        (key.id, key.digest, key.created) = (id, digest(&text), Timestamp::now());
        self.write()?;
        Ok(text)
    }

    /// Ends a key.
    ///
    /// # Errors
    /// As [`Keys::rotate`].
    pub fn revoke(&mut self, name: &str) -> Result<(), Problem> {
        let place = self.place(name)?;
        self.keys.remove(place);
        self.write()
    }

    /// The key that a caller shows, if it is one that has not ended.
    #[must_use]
    pub fn find(&self, shown: &str, now: Timestamp) -> Option<&Key> {
        let id = shown.split('.').nth(1)?;
        let key = self.keys.iter().find(|key| key.id == id)?;
        let same: bool = digest(shown).as_bytes().ct_eq(key.digest.as_bytes()).into();
        (same && key.expires.is_none_or(|end| now < end)).then_some(key)
    }

    fn place(&self, name: &str) -> Result<usize, Problem> {
        self.keys.iter().position(|key| key.name == name).ok_or_else(|| {
            Problem::new(Code::BadArgument, format!("There is no key named '{name}'."))
                .with_help("List them with `dg keys list`.")
        })
    }

    fn write(&self) -> Result<(), Problem> {
        file::write_json(&self.path, "keys", &self.keys)
    }
}

/// A point in time as ISO 8601 text.
mod as_text {
    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Timestamp, D::Error> {
        String::deserialize(input)?.parse().map_err(D::Error::custom)
    }
}

/// As [`as_text`], for one that may be missing.
mod as_optional_text {
    use jiff::Timestamp;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Option<Timestamp>, out: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => out.collect_str(time),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Timestamp>, D::Error> {
        super::as_text::deserialize(input).map(Some)
    }
}

/// A new key: its public part, and all of it.
fn fresh() -> Result<(String, String), Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|e| Problem::new(Code::StoreProblem, format!("The system gives no random bytes: {e}.")))?;
    let (id, secret) = random.split_at(16);
    let (id, secret) = (HEXLOWER.encode(id), HEXLOWER.encode(secret));
    let text = format!("{PREFIX}.{id}.{secret}");
    Ok((id, text))
}

fn digest(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key.as_bytes()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_kept_as_a_digest_and_found_again() {
        let home = tempfile::tempdir().unwrap();
        let mut keys = Keys::open(home.path()).unwrap();
        let text = keys.create("shop", Scope::Functions(vec!["price".into()]), None, None).unwrap();
        assert!(keys.create("shop", Scope::All, None, None).is_err());
        let file = fs::read_to_string(home.path().join("function-keys.json")).unwrap();
        assert!(!file.contains(text.split('.').nth(2).unwrap()), "{file}");

        let again = Keys::open(home.path()).unwrap();
        let now = Timestamp::now();
        let found = again.find(&text, now).unwrap();
        assert!(found.scope.has("price") && !found.scope.has("other"));
        let mut wrong = text.clone();
        wrong.replace_range(text.len() - 1.., if text.ends_with('0') { "1" } else { "0" });
        for bad in [wrong.as_str(), "", "1003", "1003..", "1003.x.y", &text[..text.len() - 1]] {
            assert!(again.find(bad, now).is_none(), "{bad}");
        }

        let rotated = keys.rotate("shop").unwrap();
        assert!(keys.find(&text, now).is_none() && keys.find(&rotated, now).is_some());
        keys.revoke("shop").unwrap();
        assert!(keys.find(&rotated, now).is_none());
        assert!(keys.revoke("shop").is_err());
    }

    #[test]
    fn keys_end() {
        let home = tempfile::tempdir().unwrap();
        let mut keys = Keys::open(home.path()).unwrap();
        let end = Timestamp::from_second(1_000).unwrap();
        let text = keys.create("old", Scope::All, Some(5), Some(end)).unwrap();
        assert!(keys.find(&text, Timestamp::from_second(999).unwrap()).is_some());
        assert!(keys.find(&text, end).is_none());
    }
}
