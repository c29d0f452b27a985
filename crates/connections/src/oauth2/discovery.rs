//! Finds a server's URLs by its metadata document (RFC 8414, OpenID Connect Discovery).

use rainwright_diagnostic::{Code, Problem};
use serde::{Deserialize, Serialize};
use url::Url;

/// The parts of a metadata document that are used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Who the server says it is.
    pub issuer: String,
    /// Where the consent page is.
    pub authorization_endpoint: Option<String>,
    /// Where tokens are given.
    pub token_endpoint: Option<String>,
    /// Where tokens are given back.
    pub revocation_endpoint: Option<String>,
    /// Where a device flow starts.
    pub device_authorization_endpoint: Option<String>,
    /// The PKCE methods it takes; empty when it does not say.
    pub code_challenge_methods_supported: Vec<String>,
    /// Whether callbacks carry `iss` (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
}

/// Where an issuer's metadata may be: RFC 8414 puts the well-known part between host and path, OpenID Connect after both.
///
/// # Errors
/// [`Code::BadService`] when the issuer is no https URL, or has a query or fragment.
pub fn metadata_urls(issuer: &str) -> Result<Vec<Url>, Problem> {
    let bad = |why: &str| Problem::new(Code::BadService, format!("The issuer {why}."));
    let base = Url::parse(issuer).map_err(|e| bad(&format!("is not a URL: {e}")))?;
    let local = crate::policy::is_loopback_host(base.host_str().unwrap_or_default());
    if base.scheme() != "https" && !(base.scheme() == "http" && local) {
        return Err(bad("must start with https://"));
    }
    if base.query().is_some() || base.fragment().is_some() || !base.username().is_empty() {
        return Err(bad("may not hold a query, a fragment or a user name"));
    }
    let path = base.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut url = base.clone();
        url.set_path(&path);
        url
    };
    let mut urls = vec![
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("{path}/.well-known/openid-configuration")),
    ];
    if !path.is_empty() {
        urls.push(at(format!("/.well-known/openid-configuration{path}")));
    }
    Ok(urls)
}

/// Reads a metadata document; its issuer must be the one asked for (RFC 8414 section 3.3), its URLs https.
///
/// # Errors
/// [`Code::AuthorizationFailed`] when it is no metadata, or somebody else's.
pub fn read_metadata(issuer: &str, body: &[u8]) -> Result<Metadata, Problem> {
    let bad = |why: String| Err(Problem::new(Code::AuthorizationFailed, format!("The metadata of {issuer} {why}.")));
    let Ok(metadata) = serde_json::from_slice::<Metadata>(body) else {
        return bad("is not a metadata document".to_owned());
    };
    if metadata.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') {
        return bad(format!("is that of \"{}\"", metadata.issuer));
    }
    let urls = [
        &metadata.authorization_endpoint,
        &metadata.token_endpoint,
        &metadata.revocation_endpoint,
        &metadata.device_authorization_endpoint,
    ];
    for url in urls.into_iter().flatten() {
        let good = Url::parse(url).is_ok_and(|url| {
            let local = crate::policy::is_loopback_host(url.host_str().unwrap_or_default());
            url.scheme() == "https" || (url.scheme() == "http" && local)
        });
        if !good {
            return bad("names a URL that does not start with https://".to_owned());
        }
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_well_known_part_stands_between_host_and_path() {
        let urls = metadata_urls("https://example.com/tenant1/").unwrap();
        assert_eq!(urls[0].as_str(), "https://example.com/.well-known/oauth-authorization-server/tenant1");
        assert_eq!(urls[1].as_str(), "https://example.com/tenant1/.well-known/openid-configuration");
        let plain = metadata_urls("https://example.com").unwrap();
        assert_eq!(plain[0].as_str(), "https://example.com/.well-known/oauth-authorization-server");
        assert_eq!(plain.len(), 2);
        for bad in ["http://example.com", "https://example.com?x=1", "https://a:b@example.com", "example.com"] {
            assert!(metadata_urls(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn metadata_must_be_the_issuers_own() {
        let document = br#"{"issuer":"https://as.example.com","token_endpoint":"https://as.example.com/token",
            "authorization_response_iss_parameter_supported":true,"scopes_supported":["a"]}"#;
        let metadata = read_metadata("https://as.example.com/", document).unwrap();
        assert_eq!(metadata.token_endpoint.as_deref(), Some("https://as.example.com/token"));
        assert!(metadata.authorization_response_iss_parameter_supported);
        assert!(read_metadata("https://evil.example.com", document).is_err());
        assert!(read_metadata("https://as.example.com", b"<html>").is_err());
        let plain = br#"{"issuer":"https://as.example.com","token_endpoint":"http://as.example.com/token"}"#;
        assert!(read_metadata("https://as.example.com", plain).is_err());
    }
}
