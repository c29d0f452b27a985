//! Masks secrets in texts that people or files get to see; the last guard, after not putting them there.

mod masker;

pub use masker::Masker;

use std::borrow::Cow;

use url::Url;

/// What replaces a secret.
pub const MASK: &str = "***";

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
        // Short words count only as whole words of the name.
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
