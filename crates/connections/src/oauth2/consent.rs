//! The consent of a person in a browser: the URL that asks for it, and the callback that brings it back.

use super::token::{client_values, service_url};
use crate::{Auth, Connection, OAuth2, Secret, Service, UnixTime, name};
use hmac::{Hmac, KeyInit, Mac};
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use rainwright_diagnostic::{Code, Problem};
use sha2::Sha256;
use std::collections::BTreeMap;
use url::Url;

/// How long a consent may take, in seconds.
pub const LIFETIME: i64 = 10 * 60;

/// A consent that was asked for and has not come back. Keep it where only this login can use it, until then.
#[derive(Clone, Debug)]
pub struct Pending {
    state: Secret,
    pub(super) verifier: Secret,
    /// Where the callback goes; the token request repeats it.
    pub redirect_uri: String,
    issuer: Option<String>,
    requires_iss: bool,
    /// The client's secret, where callbacks are signed with it; else empty.
    signs_callback: Secret,
    /// What parameters of the callback must be.
    expects: Vec<(String, String)>,
    asked_at: UnixTime,
    used: bool,
}

/// What a callback brought.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The code to exchange.
    pub code: Secret,
    /// The values to keep, by field.
    pub values: BTreeMap<String, String>,
}

/// The URL that asks a person for consent, and what to check the answer against.
///
/// `redirect_uri` is where the browser comes back to; `scopes` are those chosen, empty for the service's default;
/// `entropy` is fresh random: 32 bytes for the state, 32 for PKCE.
///
/// # Errors
/// [`Code::BadService`] when the service has no consent page; [`Code::BadRequest`] when a value is missing.
pub fn consent_url(
    connection: &Connection,
    service: &Service,
    redirect_uri: &str,
    scopes: &[String],
    entropy: &[u8; 64],
    now: UnixTime,
) -> Result<(Url, Pending), Problem> {
    let (settings, credentials) = client_values(connection, service)?;
    let metadata = connection.metadata.as_ref();
    let stated = settings.authorize_url.as_deref();
    let found = metadata.and_then(|m| m.authorization_endpoint.as_deref());
    let mut url = service_url(connection, service, stated.or(found), "consent page")?;
    let state = base64url(&entropy[..32]);
    let mut params = Params::of(&url);
    params.set("response_type", "code");
    params.set(settings.param("client_id"), &credentials.client_id);
    params.set(settings.param("redirect_uri"), redirect_uri);
    let scopes = if scopes.is_empty() { &settings.default_scopes } else { scopes };
    if !scopes.is_empty() {
        params.set(settings.param(&settings.scope_param), &scopes.join(&settings.scope_delimiter));
    }
    for (name, value) in &settings.authorize_params {
        let fill = |name: &str| match name {
            "client_id" => Some(credentials.client_id.as_str().into()),
            name => connection.value(service, name),
        };
        params.add(name, &crate::template::fill(value, fill));
    }
    let mut verifier = Secret::default();
    if settings.pkce {
        let pkce = PkceCodeVerifier::new(base64url(&entropy[32..]));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&pkce);
        params.set("code_challenge", challenge.as_str());
        params.set("code_challenge_method", challenge.method().as_str());
        verifier = Secret::new(pkce.into_secret());
    }
    params.set("state", &state);
    url.set_query(Some(&params.text()));
    let filled = |text: &str| crate::template::fill(text, |name| connection.value(service, name)).into_owned();
    let signs_callback = settings.callback_hmac.as_ref().map(|_| credentials.client_secret.clone());
    let pending = Pending {
        state: Secret::new(state),
        verifier,
        redirect_uri: redirect_uri.to_owned(),
        issuer: metadata.map(|m| m.issuer.clone()),
        requires_iss: metadata.is_some_and(|m| m.authorization_response_iss_parameter_supported),
        signs_callback: signs_callback.unwrap_or_default(),
        expects: settings.callback_expects.iter().map(|(name, text)| (name.clone(), filled(text))).collect(),
        asked_at: now,
        used: false,
    };
    Ok((url, pending))
}

impl Pending {
    /// The secret of PKCE that the token request carries; empty without PKCE.
    #[must_use]
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// Reads the callback: its whole URL, its path with the query, or the query alone (as pasted by hand).
    ///
    /// The state must be the one that was sent, is good once, and for ten minutes; `iss` must be the issuer's (RFC 9207);
    /// where the provider signs callbacks, the signature must be good, and they must come from where the login was sent.
    ///
    /// # Errors
    /// [`Code::AuthorizationFailed`] for a wrong, used or late callback, and for a refusal, with what to do.
    pub fn accept(&mut self, service: &Service, callback: &str, now: UnixTime) -> Result<Consent, Problem> {
        let Auth::OAuth2(settings) = service.auth() else {
            return Err(failed("is not for a service with OAuth 2.0"));
        };
        let query = callback.split_once('?').map_or(callback, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.trim().as_bytes()).into_owned().collect();
        let param = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        if !param("state").is_some_and(|state| self.state.matches(state)) {
            return Err(failed("does not carry the state that was sent: it may not be an answer to this login"));
        }
        if let Some(name) = &settings.callback_hmac
            && !signed_with(&self.signs_callback, &pairs, name)
        {
            return Err(failed("is not signed with the client's secret: it may be forged, or the secret is wrong"));
        }
        if let Some((name, expected)) = self.expects.iter().find(|(name, text)| param(name) != Some(text)) {
            let said = param(name).unwrap_or_default();
            return Err(failed(&format!("says {name} \"{said}\", and the login was sent to \"{expected}\"")));
        }
        if std::mem::replace(&mut self.used, true) {
            return Err(failed("came a second time"));
        }
        if now > self.asked_at + LIFETIME {
            return Err(failed("came later than ten minutes after the start"));
        }
        match (param("iss"), self.issuer.as_deref()) {
            (Some(iss), Some(issuer)) if iss != issuer => {
                return Err(failed("comes from another issuer than the login was sent to"));
            }
            (None, Some(_)) if self.requires_iss => {
                return Err(failed("does not say which issuer it comes from"));
            }
            _ => {}
        }
        if let Some(error) = param("error") {
            return Err(refused(service, error, param("error_description").unwrap_or_default()));
        }
        let code = param(settings.param("code")).filter(|code| !code.is_empty());
        let code = code.ok_or_else(|| failed("carries no code"))?;
        Ok(Consent { code: Secret::new(code), values: kept(settings, &param) })
    }
}

/// Whether the parameter `name` is the HMAC-SHA256, in hexadecimal digits, of all other pairs in their order.
fn signed_with(secret: &Secret, pairs: &[(String, String)], name: &str) -> bool {
    let Some((_, given)) = pairs.iter().find(|(n, _)| n == name) else {
        return false;
    };
    let mut others: Vec<String> = pairs.iter().filter(|(n, _)| n != name).map(|(n, v)| format!("{n}={v}")).collect();
    others.sort_unstable();
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose().as_bytes()) else {
        return false;
    };
    mac.update(others.join("&").as_bytes());
    let digits = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|text| u8::from_str_radix(text, 16).ok());
    let given: Option<Vec<u8>> = given.as_bytes().chunks(2).map(digits).collect();
    // Compared in constant time.
    given.is_some_and(|given| mac.verify_slice(&given).is_ok())
}

fn kept<'a>(settings: &OAuth2, param: &impl Fn(&str) -> Option<&'a str>) -> BTreeMap<String, String> {
    let kept = settings.keep_from_callback.iter();
    kept.filter_map(|(field, name)| param(name).map(|value| (field.clone(), value.to_owned()))).collect()
}

fn failed(what: &str) -> Problem {
    Problem::new(Code::AuthorizationFailed, format!("The callback {what}."))
}

fn refused(service: &Service, error: &str, description: &str) -> Problem {
    let details = if description.is_empty() { String::new() } else { format!(": {description}") };
    let problem =
        Problem::new(Code::AuthorizationFailed, format!("{} refused the consent ({error}{details}).", service.name));
    match error {
        "access_denied" => problem.with_help("Start again and accept on the consent page."),
        "invalid_scope" => problem.with_help("Choose scopes that the service knows and the application may ask for."),
        "redirect_uri_mismatch" => {
            problem.with_help("Register the redirect URL shown at the start with the application.")
        }
        _ => problem.with_help(format!(
            "Check the application's settings, then start again with `dg connect {}`.",
            name::from_label(&service.id)
        )),
    }
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The query of a URL that a person may have written: its order is kept, and no key occurs twice.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(url: &Url) -> Self {
        let mut params = Self(Vec::new());
        for (name, value) in url.query_pairs() {
            params.add(&name, &value);
        }
        params
    }

    /// Sets a parameter, in its place if it is there.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(n, _)| n == name) {
            Some((_, v)) => value.clone_into(v),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Adds a parameter unless it is there: what a person wrote into the URL is meant.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if !self.0.iter().any(|(n, _)| n == name) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        crate::request::write_pairs(&mut text, &self.0);
        text
    }

    /// As the body of a request that takes JSON.
    pub(super) fn json(&self) -> String {
        let map: serde_json::Map<_, _> = self.0.iter().map(|(n, v)| (n.clone(), v.as_str().into())).collect();
        serde_json::Value::Object(map).to_string()
    }

    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
