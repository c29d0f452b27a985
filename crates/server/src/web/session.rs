//! Who is signed in: sessions in memory, found by a cookie that only the browser knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, header};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::page::Flash;

/// How long a session lives without being used.
const IDLE: Duration = Duration::from_secs(8 * 3600);
/// How long a session lives at most.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// How many sessions there may be; the one that was used longest ago makes room.
const MOST: usize = 1000;
/// How many messages wait for their page.
const FLASHES: usize = 8;

type Id = [u8; 32];

/// A session of a request: who it is, and the token that its forms carry.
#[derive(Clone, Debug)]
pub struct Session<W> {
    /// Who is signed in.
    pub who: W,
    id: Id,
    token: Arc<str>,
}

impl<W> Session<W> {
    /// The token for forms.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether a form carries this session's token.
    #[must_use]
    pub fn has_sent(&self, token: &str) -> bool {
        self.token.as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// What tells sessions apart; it cannot be turned into the cookie.
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        self.id
    }
}

struct Entry<W> {
    session: Session<W>,
    begun: Instant,
    used: Instant,
    flashes: Vec<Flash>,
}

/// All sessions of a server. Cloning shares them.
pub struct Sessions<W> {
    entries: Arc<Mutex<HashMap<Id, Entry<W>>>>,
    cookie: Arc<str>,
    secure: bool,
}

impl<W> Clone for Sessions<W> {
    fn clone(&self) -> Self {
        Self { entries: Arc::clone(&self.entries), cookie: Arc::clone(&self.cookie), secure: self.secure }
    }
}

impl<W: Clone> Sessions<W> {
    /// No sessions yet. The cookie's name should hold the port: browsers share cookies between the ports of a host.
    /// `secure` keeps it to HTTPS.
    #[must_use]
    pub fn new(cookie: &str, secure: bool) -> Self {
        // A browser takes a cookie with this prefix only over HTTPS and only from this very host.
        let cookie = if secure { format!("__Host-{cookie}") } else { cookie.to_owned() };
        Self { entries: Arc::default(), cookie: cookie.into(), secure }
    }

    /// Begins a session and gives the header that tells the browser. Whatever the browser sent before is of no account, so
    /// that nobody can plant a session beforehand.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn begin(&self, who: W) -> Result<(Session<W>, HeaderValue), getrandom::Error> {
        let (secret, token) = (random()?, random()?);
        let session = Session { who, id: digest(&secret), token: token.into() };
        let now = Instant::now();
        let mut entries = self.entries();
        entries.retain(|_, entry| is_alive(entry, now));
        if entries.len() >= MOST
            && let Some(oldest) = entries.iter().min_by_key(|(_, entry)| entry.used).map(|(id, _)| *id)
        {
            entries.remove(&oldest);
        }
        entries.insert(session.id, Entry { session: session.clone(), begun: now, used: now, flashes: Vec::new() });
        Ok((session, self.cookie(&secret, LIFE.as_secs())))
    }

    /// The session that a request's cookie names.
    #[must_use]
    pub fn of(&self, headers: &HeaderMap) -> Option<Session<W>> {
        let now = Instant::now();
        let mut entries = self.entries();
        // A page of another port can add a cookie of the same name: whichever is real counts.
        let secrets = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let secrets = secrets.flat_map(|value| value.split(';')).filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == &*self.cookie).then_some(value)
        });
        for secret in secrets {
            let id = digest(secret);
            if let Some(entry) = entries.get_mut(&id) {
                if !is_alive(entry, now) {
                    entries.remove(&id);
                    continue;
                }
                entry.used = now;
                return Some(entry.session.clone());
            }
        }
        None
    }

    /// Ends a session; the header tells the browser.
    pub fn end(&self, session: &Session<W>) -> HeaderValue {
        self.entries().remove(&session.id);
        self.cookie("", 0)
    }

    /// Ends all sessions that a test names.
    pub fn end_where(&self, ends: impl Fn(&W) -> bool) {
        self.entries().retain(|_, entry| !ends(&entry.session.who));
    }

    /// Keeps a message for the next page of a session.
    pub fn flash(&self, session: &Session<W>, flash: Flash) {
        if let Some(entry) = self.entries().get_mut(&session.id)
            && entry.flashes.len() < FLASHES
        {
            entry.flashes.push(flash);
        }
    }

    /// Takes the messages that wait.
    pub fn flashes(&self, session: &Session<W>) -> Vec<Flash> {
        self.entries().get_mut(&session.id).map(|entry| std::mem::take(&mut entry.flashes)).unwrap_or_default()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Id, Entry<W>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `Lax`, since the browser comes back from a provider's page by a link and must still be known then; nothing changes by
    /// a GET, and a POST needs the token of the session.
    fn cookie(&self, secret: &str, seconds: u64) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", self.cookie);
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
    }
}

fn is_alive<W>(entry: &Entry<W>, now: Instant) -> bool {
    now.duration_since(entry.used) < IDLE && now.duration_since(entry.begun) < LIFE
}

fn digest(secret: &str) -> Id {
    Sha256::digest(secret.as_bytes()).into()
}

/// 256 random bits as text for cookies, links and forms.
///
/// # Errors
/// When the system gives none.
pub fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(cookie).unwrap())])
    }

    #[test]
    fn a_session_is_found_by_its_own_cookie_only() {
        let sessions = Sessions::new("dg_8190", false);
        let (session, set) = sessions.begin("ann").unwrap();
        let set = set.to_str().unwrap();
        assert!(set.contains("HttpOnly; SameSite=Lax") && !set.contains("Secure"), "{set}");
        let pair = set.split(';').next().unwrap();
        assert_eq!(sessions.of(&with(pair)).unwrap().id(), session.id());
        assert!(sessions.of(&with(&format!("dg_8190=planted; x=y; {pair}"))).is_some());
        for other in ["", "dg_8190=", "dg_8190", "dg_8191=x", &pair.replace("dg_8190", "other")] {
            assert!(sessions.of(&with(other)).is_none(), "{other}");
        }
        assert!(session.has_sent(session.token()) && !session.has_sent("") && !session.has_sent(pair));
        sessions.end(&session);
        assert!(sessions.of(&with(pair)).is_none());
    }

    #[test]
    fn messages_wait_for_one_page() {
        let sessions = Sessions::new("dg", true);
        let (session, set) = sessions.begin(()).unwrap();
        assert!(set.to_str().unwrap().starts_with("__Host-dg="), "{set:?}");
        sessions.flash(&session, Flash::good("Saved."));
        assert_eq!(sessions.flashes(&session).len(), 1);
        assert!(sessions.flashes(&session).is_empty());
    }
}
