//! The memory of the authorisation server: consents, codes and tokens, and the rules by which they end.
//!
//! Codes and tokens are kept as digests, so that nobody can take one out of the state file.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::token::{Issued, Refusal};

/// What becomes of a refresh token when it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// It stays good and the answer has none.
    #[default]
    Keep,
    /// Each use gives a new one; a second use of the old one ends all tokens of the consent (RFC 9700, section 4.14).
    Rotate,
    /// As `Rotate`, but the old one stays good until its successor is used: an answer may have been lost.
    RotateWithGrace,
}

/// How long a code of the authorize page can be exchanged, in milliseconds.
const CODE_LIFE: u64 = 60_000;
/// How long a device code lives, in milliseconds.
const DEVICE_LIFE: u64 = 600_000;
/// How often a device may ask, in milliseconds.
pub(super) const DEVICE_INTERVAL: u64 = 1_000;

/// What a user was asked to allow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Consent {
    pub(super) provider: String,
    pub(super) client: String,
    pub(super) scope: Vec<String>,
    pub(super) redirect_uri: String,
    /// The S256 challenge of PKCE.
    pub(super) challenge: Option<String>,
    /// Whether a refresh token was asked for.
    pub(super) offline: bool,
    #[serde(skip)]
    pub(super) state: String,
}

/// How one server gives tokens.
#[derive(Clone, Copy)]
pub(super) struct Policy {
    /// Milliseconds that an access token lives; `None` is for ever.
    pub(super) lifetime: Option<u64>,
    pub(super) rotation: Rotation,
}

/// Who asks for tokens, where and when.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) provider: &'a str,
    pub(super) client: &'a str,
    pub(super) policy: Policy,
    pub(super) now: u64,
}

/// A good access token, for the API that asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    /// The scopes that were allowed.
    pub(crate) scope: Vec<String>,
}

/// All that the authorisation servers remember.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Grants {
    /// Everything that came from one consent shares a family.
    families: BTreeMap<u64, Family>,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, AccessToken>,
    refresh: BTreeMap<String, RefreshToken>,
    #[serde(skip)]
    pages: BTreeMap<String, Consent>,
    #[serde(skip)]
    devices: BTreeMap<String, Device>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Family {
    consent: Consent,
    revoked: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Code {
    consent: Consent,
    expires_at: u64,
    /// The family that came of it.
    used: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AccessToken {
    family: u64,
    expires_at: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RefreshToken {
    family: u64,
    /// The digest of the token that took its place.
    successor: Option<String>,
    spent: bool,
}

#[derive(Debug)]
struct Device {
    user_code: String,
    consent: Consent,
    expires_at: u64,
    asked_at: u64,
    /// The user's decision.
    allowed: Option<bool>,
}

impl Grants {
    /// Remembers a consent page that is shown; gives the ticket that its form sends back.
    pub(super) fn open_page(&mut self, consent: Consent) -> Result<String, Refusal> {
        let ticket = secret()?;
        self.pages.insert(digest(&ticket), consent);
        Ok(ticket)
    }

    /// What the page with that ticket asked for; each ticket counts once.
    pub(super) fn close_page(&mut self, ticket: &str) -> Option<Consent> {
        self.pages.remove(&digest(ticket))
    }

    /// A code for a consent that was given.
    pub(super) fn code(&mut self, consent: Consent, now: u64) -> Result<String, Refusal> {
        let code = secret()?;
        self.codes.insert(digest(&code), Code { consent, expires_at: now + CODE_LIFE, used: None });
        Ok(code)
    }

    /// Tokens for a code (RFC 6749, section 4.1.3; RFC 7636, section 4.6).
    pub(super) fn exchange(
        &mut self,
        by: Asker<'_>,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Result<Issued, Refusal> {
        let entry = self.codes.get_mut(&digest(code)).ok_or(Refusal::grant("the code is unknown"))?;
        if let Some(family) = entry.used {
            // Someone else has the code: what came of it ends (RFC 6749, section 4.1.2).
            self.revoke_family(family);
            return Err(Refusal::grant("the code was used before"));
        }
        let consent = entry.consent.clone();
        if consent.provider != by.provider || consent.client != by.client {
            return Err(Refusal::grant("the code was given to another client"));
        }
        if entry.expires_at < by.now {
            return Err(Refusal::grant("the code has expired"));
        }
        if consent.redirect_uri != redirect_uri {
            return Err(Refusal::grant("redirect_uri differs from the one of the authorize request"));
        }
        match (&consent.challenge, verifier) {
            (None, None) => {}
            (Some(challenge), Some(verifier)) if *challenge == digest(verifier) => {}
            (Some(_), _) => {
                return Err(Refusal::grant("code_verifier does not fit the code_challenge"));
            }
            (None, Some(_)) => {
                return Err(Refusal::request("code_verifier without a code_challenge"));
            }
        }
        let family = self.start_family(consent);
        if let Some(entry) = self.codes.get_mut(&digest(code)) {
            entry.used = Some(family);
        }
        self.issue(family, by.policy, by.now, None)
    }

    /// Tokens without a user: client credentials, or the old password grant.
    pub(super) fn direct(&mut self, consent: Consent, policy: Policy, now: u64) -> Result<Issued, Refusal> {
        let family = self.start_family(consent);
        self.issue(family, policy, now, None)
    }

    /// A new access token for a refresh token (RFC 6749, section 6).
    pub(super) fn refresh(&mut self, by: Asker<'_>, token: &str) -> Result<Issued, Refusal> {
        let key = digest(token);
        let unknown = Refusal::grant("the refresh token is unknown or revoked");
        let entry = self.refresh.get(&key).ok_or(unknown.clone())?;
        let family = entry.family;
        let owner = self.families.get(&family).filter(|owner| !owner.revoked).ok_or(unknown)?;
        if owner.consent.provider != by.provider || owner.consent.client != by.client {
            return Err(Refusal::grant("the refresh token was given to another client"));
        }
        if entry.spent {
            let successor = entry.successor.as_ref().and_then(|key| self.refresh.get(key));
            let lost = successor.is_some_and(|successor| !successor.spent);
            if by.policy.rotation != Rotation::RotateWithGrace || !lost {
                self.revoke_family(family);
                return Err(Refusal { reused: true, ..Refusal::grant("the refresh token was used before") });
            }
        }
        self.issue(family, by.policy, by.now, Some(key))
    }

    /// Gives an access token, and a refresh token where the consent has one; `old` is the refresh token that is used.
    fn issue(&mut self, family: u64, policy: Policy, now: u64, old: Option<String>) -> Result<Issued, Refusal> {
        let Some(Family { consent, .. }) = self.families.get(&family) else {
            return Err(Refusal::grant("the consent is gone"));
        };
        let (scope, offline) = (consent.scope.clone(), consent.offline);
        let access_token = secret()?;
        let expires_at = policy.lifetime.map(|life| now + life);
        self.access.insert(digest(&access_token), AccessToken { family, expires_at });
        let first = old.is_none() && offline && policy.lifetime.is_some();
        let rotates = old.is_some() && policy.rotation != Rotation::Keep;
        let refresh_token = if first || rotates { Some(secret()?) } else { None };
        if let Some(token) = &refresh_token {
            let key = digest(token);
            if let Some(entry) = old.and_then(|old| self.refresh.get_mut(&old)) {
                entry.spent = true;
                // A successor that got lost on its way is replaced, and no good any more.
                if let Some(lost) = entry.successor.replace(key.clone()) {
                    self.refresh.remove(&lost);
                }
            }
            self.refresh.insert(key, RefreshToken { family, successor: None, spent: false });
        }
        Ok(Issued { access_token, refresh_token, lifetime: policy.lifetime, scope })
    }

    /// Codes for a device (RFC 8628, section 3.2): the long one and the one that the user types.
    pub(super) fn device(&mut self, consent: Consent, now: u64) -> Result<(String, String), Refusal> {
        let code = secret()?;
        let letters = digest(&code).to_uppercase().replace(['-', '_'], "X");
        let user_code = format!("{}-{}", &letters[..4], &letters[4..8]);
        let device =
            Device { user_code: user_code.clone(), consent, expires_at: now + DEVICE_LIFE, asked_at: 0, allowed: None };
        self.devices.insert(digest(&code), device);
        Ok((code, user_code))
    }

    /// The user's answer to a device's request; tells whether the typed code is one.
    pub(super) fn decide_device(&mut self, user_code: &str, allowed: bool) -> bool {
        let typed = user_code.trim().to_uppercase();
        match self.devices.values_mut().find(|device| device.user_code == typed) {
            Some(device) => {
                device.allowed = Some(allowed);
                true
            }
            None => false,
        }
    }

    /// Tokens for a device code, once the user has agreed (RFC 8628, section 3.5).
    pub(super) fn poll_device(&mut self, by: Asker<'_>, code: &str) -> Result<Issued, Refusal> {
        let now = by.now;
        let key = digest(code);
        let device = self.devices.get_mut(&key).ok_or(Refusal::grant("the device code is unknown"))?;
        if device.consent.client != by.client {
            return Err(Refusal::grant("the device code was given to another client"));
        }
        if device.expires_at < now {
            return Err(Refusal::new(400, "expired_token", "the device code has expired"));
        }
        let too_fast = now < device.asked_at + DEVICE_INTERVAL;
        device.asked_at = now;
        match device.allowed {
            None if too_fast => Err(Refusal::new(400, "slow_down", "asked again too soon")),
            None => Err(Refusal::new(400, "authorization_pending", "the user has not answered yet")),
            Some(false) => Err(Refusal::new(400, "access_denied", "the user said no")),
            Some(true) => {
                let consent = device.consent.clone();
                self.devices.remove(&key);
                self.direct(consent, by.policy, now)
            }
        }
    }

    /// What an access token allows at a provider's API; else what is wrong with it.
    pub(crate) fn check(&self, provider: &str, token: &str, now: u64) -> Result<Access, &'static str> {
        let entry = self.access.get(&digest(token)).ok_or("unknown")?;
        let family = self.families.get(&entry.family).ok_or("unknown")?;
        match () {
            () if family.consent.provider != provider => Err("unknown"),
            () if family.revoked => Err("revoked"),
            () if entry.expires_at.is_some_and(|at| at <= now) => Err("expired"),
            () => Ok(Access { scope: family.consent.scope.clone() }),
        }
    }

    /// Ends the family of an access or refresh token; tells whether there was one.
    pub(crate) fn revoke(&mut self, provider: &str, token: &str) -> bool {
        let key = digest(token);
        let access = self.access.get(&key).map(|entry| entry.family);
        let family = access.or_else(|| self.refresh.get(&key).map(|entry| entry.family));
        match family.filter(|id| self.families.get(id).is_some_and(|f| f.consent.provider == provider && !f.revoked)) {
            Some(family) => {
                self.revoke_family(family);
                true
            }
            None => false,
        }
    }

    /// Lets all access tokens of a service expire now (of all services when it is empty); gives their number.
    pub(crate) fn expire_all(&mut self, service: &str) -> usize {
        let families = &self.families;
        let of_service =
            |id: &u64| families.get(id).is_some_and(|f| service.is_empty() || f.consent.provider == service);
        self.access
            .values_mut()
            .filter(|token| of_service(&token.family))
            .map(|token| token.expires_at = Some(0))
            .count()
    }

    /// Ends all consents of a service (of all services when it is empty); gives their number.
    pub(crate) fn revoke_all(&mut self, service: &str) -> usize {
        let of_service = |family: &&mut Family| service.is_empty() || family.consent.provider == service;
        self.families.values_mut().filter(of_service).map(|family| family.revoked = true).count()
    }

    fn start_family(&mut self, consent: Consent) -> u64 {
        let id = self.families.last_key_value().map_or(1, |(last, _)| last + 1);
        self.families.insert(id, Family { consent, revoked: false });
        id
    }

    fn revoke_family(&mut self, id: u64) {
        if let Some(family) = self.families.get_mut(&id) {
            family.revoked = true;
        }
    }
}

/// SHA-256 as unpadded base64url: the key of a token here, and the S256 method of PKCE (RFC 7636, section 4.2).
pub(super) fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// A new token of 256 random bits.
pub(super) fn secret() -> Result<String, Refusal> {
    let mut bytes = [0; 32];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(URL_SAFE_NO_PAD.encode(bytes)),
        Err(_) => Err(Refusal::new(500, "server_error", "the system has no random numbers")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn consent() -> Consent {
        Consent {
            provider: "p".into(),
            client: "c".into(),
            scope: vec!["read".into()],
            redirect_uri: "http://127.0.0.1:1/callback".into(),
            challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into()),
            offline: true,
            state: String::new(),
        }
    }

    fn policy(rotation: Rotation) -> Policy {
        Policy { lifetime: Some(2_000), rotation }
    }

    fn asker(rotation: Rotation) -> Asker<'static> {
        Asker { provider: "p", client: "c", policy: policy(rotation), now: NOW }
    }

    fn exchange(grants: &mut Grants, code: &str, verifier: &str) -> Result<Issued, Refusal> {
        let redirect = consent().redirect_uri;
        grants.exchange(asker(Rotation::Rotate), code, &redirect, Some(verifier))
    }

    #[test]
    fn a_code_counts_once_and_only_with_its_verifier() {
        // The verifier and challenge of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let mut grants = Grants::default();
        let code = grants.code(consent(), NOW).unwrap();
        assert_eq!(exchange(&mut grants, &code, "wrong").unwrap_err().error, "invalid_grant");
        let issued = exchange(&mut grants, &code, verifier).unwrap();
        assert!(grants.check("p", &issued.access_token, NOW).is_ok());
        assert_eq!(grants.check("other", &issued.access_token, NOW).unwrap_err(), "unknown");
        assert_eq!(grants.check("p", &issued.access_token, NOW + 2_000).unwrap_err(), "expired");
        assert!(exchange(&mut grants, &code, verifier).is_err());
        assert_eq!(grants.check("p", &issued.access_token, NOW).unwrap_err(), "revoked");
    }

    #[test]
    fn a_rotated_refresh_token_that_comes_again_ends_everything() {
        let mut grants = Grants::default();
        let first = grants.direct(consent(), policy(Rotation::Rotate), NOW).unwrap().refresh_token.unwrap();
        let second = grants.refresh(asker(Rotation::Rotate), &first).unwrap();
        assert!(grants.refresh(asker(Rotation::Rotate), &first).unwrap_err().reused);
        assert_eq!(grants.check("p", &second.access_token, NOW).unwrap_err(), "revoked");
    }

    #[test]
    fn grace_lasts_until_the_successor_is_used() {
        let by = asker(Rotation::RotateWithGrace);
        let mut grants = Grants::default();
        let first = grants.direct(consent(), by.policy, NOW).unwrap().refresh_token.unwrap();
        let lost = grants.refresh(by, &first).unwrap().refresh_token.unwrap();
        let second = grants.refresh(by, &first).unwrap().refresh_token.unwrap();
        assert!(grants.refresh(by, &lost).is_err());
        assert!(grants.refresh(by, &second).is_ok());
        assert!(grants.refresh(by, &first).unwrap_err().reused);
    }

    #[test]
    fn the_saved_form_holds_no_token() {
        let mut grants = Grants::default();
        let issued = grants.direct(consent(), policy(Rotation::Keep), NOW).unwrap();
        let saved = serde_json::to_string(&grants).unwrap();
        assert!(!saved.contains(&issued.access_token));
        assert!(!saved.contains(&issued.refresh_token.unwrap()));
    }
}
