//! Consent links: an address that lets somebody without access to the console connect one account, for a while, once.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rainwright::connections::{Key, UnixTime};
use rainwright::{Code, Problem};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{file, web};

/// What the file is called.
const FILE: &str = "console-links.json";
/// For how long a link that has ended is kept, so that its webhook learns when the login needs consent again; in seconds.
const KEPT: i64 = 400 * 24 * 3600;

/// One consent link, its secret part as a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentLink {
    /// SHA-256 of the token, in hexadecimal. The token has 256 random bits, so no slow hash is needed.
    digest: String,
    /// The service.
    pub service: String,
    /// The connection that it authorises, and only that: its subject cannot be changed by whoever opens the link.
    pub connection: Key,
    /// When it ends, in seconds since 1970.
    pub expires: UnixTime,
    /// Where to tell that the connection is there, and later that it needs consent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// When it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<UnixTime>,
    /// The last event that the webhook was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

impl ConsentLink {
    /// Whether it can be used now.
    #[must_use]
    pub fn is_open(&self, now: UnixTime) -> bool {
        self.used.is_none() && now < self.expires
    }
}

/// All consent links of a data folder.
#[derive(Debug)]
pub struct ConsentLinks {
    path: PathBuf,
    links: Vec<ConsentLink>,
}

impl ConsentLinks {
    /// Reads the links of a folder; none when there is no file yet.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] for a file that cannot be read.
    pub fn open(home: &Path) -> Result<Self, Problem> {
        let path = home.join(FILE);
        let links = file::read_json(&path, "consent links")?.unwrap_or_default();
        Ok(Self { path, links })
    }

    /// Makes a link and gives its token, which is told this once.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for a webhook that is no https address; [`Code::StoreProblem`] when the file cannot be written.
    pub fn create(
        &mut self,
        service: &str,
        connection: Key,
        now: UnixTime,
        seconds: i64,
        webhook: Option<String>,
    ) -> Result<String, Problem> {
        if let Some(url) = &webhook {
            let parsed = url::Url::parse(url).ok().filter(|url| {
                url.scheme() == "https" || (url.scheme() == "http" && url.host_str() == Some("127.0.0.1"))
            });
            if parsed.is_none() {
                return Err(Problem::new(Code::BadArgument, format!("'{url}' is no address for a webhook."))
                    .with_help("Give one that begins with https://."));
            }
        }
        let token = web::random().map_err(super::no_random)?;
        self.links.retain(|link| link.expires + KEPT > now);
        // A new link for a connection takes the place of those that are still open.
        self.links.retain(|link| link.connection != connection || !link.is_open(now));
        self.links.push(ConsentLink {
            digest: digest(&token),
            service: service.to_owned(),
            connection,
            expires: now.saturating_add(seconds),
            webhook,
            used: None,
            told: None,
        });
        self.write()?;
        Ok(token)
    }

    /// The link of a token, if it can be used now.
    #[must_use]
    pub fn find(&self, token: &str, now: UnixTime) -> Option<&ConsentLink> {
        let digest = digest(token);
        let same = |link: &&ConsentLink| bool::from(link.digest.as_bytes().ct_eq(digest.as_bytes()));
        self.links.iter().find(same).filter(|link| link.is_open(now))
    }

    /// Marks the link of a token as used; `false` when it could not be used any more.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be written.
    pub fn spend(&mut self, token: &str, now: UnixTime) -> Result<bool, Problem> {
        let digest = digest(token);
        let Some(link) = self.links.iter_mut().find(|link| link.digest == digest && link.is_open(now)) else {
            return Ok(false);
        };
        link.used = Some(now);
        self.write()?;
        Ok(true)
    }

    /// The links with a webhook whose connection was made: one for each connection, the latest.
    #[must_use]
    pub fn watched(&self) -> Vec<ConsentLink> {
        let mut found: Vec<ConsentLink> = Vec::new();
        for link in self.links.iter().filter(|link| link.used.is_some() && link.webhook.is_some()) {
            found.retain(|known| known.connection != link.connection);
            found.push(link.clone());
        }
        found
    }

    /// Notes what the webhook of a link was told.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be written.
    pub fn note_told(&mut self, link: &ConsentLink, event: &str) -> Result<(), Problem> {
        for known in self.links.iter_mut().filter(|known| known.digest == link.digest) {
            known.told = Some(event.to_owned());
        }
        self.write()
    }

    fn write(&self) -> Result<(), Problem> {
        file::write_json(&self.path, "consent links", &self.links)
    }
}

fn digest(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_by_time_by_use_and_by_the_next_one() {
        let home = tempfile::tempdir().unwrap();
        let mut links = ConsentLinks::open(home.path()).unwrap();
        let key = Key::user("crm", "ann");
        let first = links.create("zoho_crm", key.clone(), 1000, 60, None).unwrap();
        assert!(links.find(&first, 1059).is_some() && links.find(&first, 1060).is_none());
        let second = links.create("zoho_crm", key.clone(), 1000, 60, Some("https://a.example/hook".into())).unwrap();
        assert!(links.find(&first, 1001).is_none());
        let mut again = ConsentLinks::open(home.path()).unwrap();
        assert_eq!(again.find(&second, 1001).unwrap().connection, key);
        assert!(again.watched().is_empty());
        assert!(again.spend(&second, 1001).unwrap() && !again.spend(&second, 1001).unwrap());
        assert!(again.find(&second, 1001).is_none());
        assert_eq!(again.watched().len(), 1);
        assert!(!std::fs::read_to_string(home.path().join(FILE)).unwrap().contains(&second));
        for bad in ["http://a.example", "ftp://a.example", "x"] {
            assert!(again.create("x", key.clone(), 0, 1, Some(bad.into())).is_err(), "{bad}");
        }
    }
}
