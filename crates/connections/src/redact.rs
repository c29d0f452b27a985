//! Masks secrets in texts that people or files get to see; the last guard, after not putting them there.

use crate::{Connection, Secret};
use base64::{Engine as _, engine::general_purpose};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use url::Url;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// Secrets shorter than this are not searched for: they would mask ordinary words.
const SHORTEST: usize = 6;

/// Names, or parts of names, of headers and parameters whose values are never shown.
const SENSITIVE: &[&str] = &[
    "authorization",
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "access-key",
    "accesskey",
    "auth",
    "signature",
    "sig",
    "cookie",
    "credential",
    "session",
    "code",
    "assertion",
    "private_key",
    "jwt",
    // No secrets, but parts of one signature, so that a recording of it fits the next call too.
    "oauth_nonce",
    "oauth_timestamp",
];

/// Names that look sensitive and are not.
const HARMLESS: &[&str] = &[
    "authority",
    "author",
    "authors",
    "zip_code",
    "postal_code",
    "country_code",
    "currency_code",
    "language_code",
    "status_code",
    "www-authenticate",
    "oauth_version",
    "oauth_signature_method",
    "token_type",
    "page_token",
    "next_page_token",
    "country-code",
    "postcode",
    "zipcode",
    "encode",
    "decode",
    "response_code",
    "error_code",
    "grant_type",
    "pagetoken",
    "synctoken",
];

/// Whether values under that name, of a header or parameter, are never shown.
#[must_use]
pub fn is_sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if HARMLESS.contains(&name.as_str()) {
        return false;
    }
    SENSITIVE.iter().any(|word| match *word {
        // Short words count only when they stand alone in the name.
        "auth" | "sig" | "code" | "pwd" | "jwt" | "session" => name.split(['-', '_', '.']).any(|part| part == *word),
        word => name.contains(word),
    }) || name == "key"
}

/// A URL for messages and audit lines: user info and the values of sensitive parameters masked, the fragment cut.
#[must_use]
pub fn url(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_fragment(None);
    if !shown.username().is_empty() || shown.password().is_some() {
        // Only addresses without a host refuse, and those have no user either.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
    }
    let Some(query) = url.query() else {
        return shown.into();
    };
    let masked: Vec<Cow<'_, str>> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_sensitive(&percent_encoding::percent_decode_str(name).decode_utf8_lossy()) => {
                format!("{name}={MASK}").into()
            }
            _ => pair.into(),
        })
        .collect();
    shown.set_query(Some(&masked.join("&")));
    shown.into()
}

/// A header's value for messages and recordings: sensitive ones keep their scheme at most (`Bearer ***`).
#[must_use]
pub fn header<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    if !is_sensitive(name) {
        return value.into();
    }
    let scheme = value.split_once(' ').map(|(scheme, _)| scheme).filter(|scheme| {
        let known = ["Bearer", "Basic", "OAuth", "Token", "Zoho-oauthtoken", "Klaviyo-API-Key", "Digest"];
        known.iter().any(|k| k.eq_ignore_ascii_case(scheme))
    });
    match scheme {
        Some(scheme) => format!("{scheme} {MASK}").into(),
        None => MASK.into(),
    }
}

/// Masks known secrets in any text: as they are, form- and percent-encoded, inside JSON, and in base64 with what
/// commonly stands before them.
#[derive(Clone, Default)]
pub struct Masker {
    /// Longest first, so that a secret inside another does not leave the rest to be seen.
    forms: BTreeSet<Form>,
}

#[derive(Clone, PartialEq, Eq)]
struct Form(String);

impl Ord for Form {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.len().cmp(&self.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Form {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Drop for Form {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masker({} forms)", self.forms.len())
    }
}

impl Masker {
    /// Masks nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks the secrets of a connection.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let mut masker = Self::new();
        masker.add_connection(connection);
        masker
    }

    /// Masks one more secret from now on.
    pub fn add(&mut self, secret: &Secret) {
        self.add_text(secret.expose());
    }

    /// Masks all secrets of a connection, also in the pairs that Basic authentication sends.
    pub fn add_connection(&mut self, connection: &Connection) {
        let secrets = connection.secrets();
        for (name, secret) in &secrets {
            if name == "extras" {
                self.add_extras(secret);
            } else {
                self.add(secret);
            }
        }
        let text = |wanted: &str| secrets.iter().find(|(name, _)| name == wanted).map_or("", |(_, s)| s.expose());
        let client = connection.oauth2().map_or("", |c| c.client_id.as_str());
        for (user, password) in [(text("username"), text("password")), (client, text("client_secret"))] {
            if !password.is_empty() || !user.is_empty() {
                self.insert(general_purpose::STANDARD.encode(format!("{user}:{password}")));
            }
        }
    }

    /// Of what a provider said besides the tokens, what its name marks as secret is masked, and addresses that are
    /// secrets themselves: those of webhooks.
    fn add_extras(&mut self, extras: &Secret) {
        fn walk(masker: &mut Masker, name: &str, in_webhook: bool, value: &Value) {
            let in_webhook = in_webhook || name.contains("webhook");
            match value {
                Value::Object(map) => {
                    map.iter().for_each(|(name, value)| walk(masker, name, in_webhook, value));
                }
                Value::Array(list) => {
                    list.iter().for_each(|value| walk(masker, name, in_webhook, value));
                }
                Value::String(text) if is_sensitive(name) => masker.add_text(text),
                Value::String(text) if in_webhook && text.contains("://") => masker.add_text(text),
                _ => {}
            }
        }
        if let Ok(value) = serde_json::from_str(extras.expose()) {
            walk(self, "", false, &value);
        }
    }

    fn add_text(&mut self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        self.insert(text.to_owned());
        self.insert(percent_encoding::utf8_percent_encode(text, crate::template::RESERVED).to_string());
        self.insert(url::form_urlencoded::byte_serialize(text.as_bytes()).collect());
        if let Ok(json) = serde_json::to_string(text) {
            self.insert(json.trim_matches('"').to_owned());
        }
        // The three ways that a text can fall into the groups of base64; the letters shared with neighbours are cut.
        for shift in 0..3_usize {
            let mut bytes = vec![0; shift];
            bytes.extend(text.as_bytes());
            for engine in [&general_purpose::STANDARD_NO_PAD, &general_purpose::URL_SAFE_NO_PAD] {
                let encoded = engine.encode(&bytes);
                let start = [0, 2, 3][shift];
                let end = if bytes.len() % 3 == 0 { encoded.len() } else { encoded.len() - 1 };
                if end > start + SHORTEST {
                    self.insert(encoded[start..end].to_owned());
                }
            }
        }
    }

    fn insert(&mut self, form: String) {
        if form.len() >= SHORTEST {
            self.forms.insert(Form(form));
        }
    }

    /// The text with every known secret masked.
    #[must_use]
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for Form(form) in &self.forms {
            if masked.contains(form.as_str()) {
                masked = Cow::Owned(masked.replace(form.as_str(), MASK));
            }
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Credentials, OAuth2Credentials};

    #[test]
    fn secrets_are_masked_in_every_usual_form() {
        let secret = "pa$$ w\"ord/+ü=1";
        let mut masker = Masker::new();
        masker.add(&Secret::new(secret));
        let base64 = |prefix: &str, suffix: &str| general_purpose::STANDARD.encode(format!("{prefix}{secret}{suffix}"));
        let url_safe = general_purpose::URL_SAFE_NO_PAD.encode(format!("x:{secret}"));
        for text in [
            format!("plain {secret}."),
            format!("q={}", percent_encoding::utf8_percent_encode(secret, crate::template::RESERVED)),
            format!("q={}", url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()),
            serde_json::json!({ "a": secret }).to_string(),
            base64("", ""),
            base64("user:", ""),
            base64("me:", ""),
            base64("a:", "tail"),
            url_safe,
        ] {
            let masked = masker.mask(&text);
            assert!(masked.contains(MASK), "{text}");
            assert!(!masked.contains("w\"ord") && !masked.contains("pa%24"), "{masked}");
        }
        assert!(matches!(masker.mask("nothing here"), Cow::Borrowed(_)));
        assert!(!format!("{masker:?}").contains("pa$$"));
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing() {
        let mut masker = Masker::new();
        masker.add(&Secret::new("abcdef"));
        masker.add(&Secret::new("abcdef-ghijkl"));
        masker.add(&Secret::new("abc"));
        assert_eq!(masker.mask("abcdef-ghijkl abcdef abc"), "*** *** abc");
    }

    #[test]
    fn a_connections_secrets_are_all_masked() {
        let credentials = Credentials::OAuth2(OAuth2Credentials {
            client_id: "client".to_owned(),
            client_secret: Secret::new("client-secret-1"),
            access_token: Secret::new("access-token-1"),
            refresh_token: Secret::new("refresh-token-1"),
            ..OAuth2Credentials::default()
        });
        let extras = Secret::new(
            r#"{"team":{"name":"Visible"},"webhook":{"url":"https://hooks.example.com/T1/x"},"bot_token":"xoxb-12345"}"#,
        );
        let connection = Connection { credentials, extras, ..Connection::default() };
        let mut masker = Masker::new();
        masker.add_connection(&connection);
        let basic = general_purpose::STANDARD.encode("client:client-secret-1");
        let text = format!(
            "Visible client-secret-1 access-token-1 refresh-token-1 Basic {basic} https://hooks.example.com/T1/x xoxb-12345"
        );
        assert_eq!(masker.mask(&text), "Visible *** *** *** Basic *** *** ***");
    }

    #[test]
    fn urls_lose_their_secret_values() {
        for (whole, shown) in [
            ("https://h/x?api_key=1&q=2#f", "https://h/x?api_key=***&q=2"),
            ("https://h/x?access%5Ftoken=1", "https://h/x?access%5Ftoken=***"),
            ("https://u:p@h/x", "https://h/x"),
            ("https://h/cb?code=1&state=2&zip_code=3", "https://h/cb?code=***&state=2&zip_code=3"),
            ("https://h/x?key=1&token&sig=2&page_token=n", "https://h/x?key=***&token&sig=***&page_token=n"),
        ] {
            assert_eq!(url(&Url::parse(whole).unwrap()), shown);
        }
    }

    #[test]
    fn headers_keep_their_scheme_at_most() {
        for (name, value, shown) in [
            ("Authorization", "Bearer abc", "Bearer ***"),
            ("authorization", "abc def", "***"),
            ("X-Shopify-Access-Token", "abc", "***"),
            ("Set-Cookie", "sid=1", "***"),
            ("Content-Type", "text/plain", "text/plain"),
            ("X-API-Key", "abc", "***"),
            ("WWW-Authenticate", "Bearer realm=x", "Bearer realm=x"),
        ] {
            assert_eq!(header(name, value), shown, "{name}");
        }
    }
}
