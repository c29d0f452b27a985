//! Which hosts may get a connection's credentials.

use crate::{Auth, Connection, Service, template};
use rainwright_diagnostic::{Code, Problem};
use std::borrow::Cow;
use url::Url;

/// Checks the form of a host pattern: `api.example.com`, `*.example.com`, `example.com:8443`, `{dc}.example.com`.
pub(crate) fn check_pattern(pattern: &str) -> Result<(), &'static str> {
    if pattern.contains(['/', '@']) {
        return Err("a host was expected, with no scheme, user or path");
    }
    let host = template::fill(pattern, |_| Some("x".into()));
    let (host, port) = split_port(&host);
    let host = host.strip_prefix("*.").map_or(host, |rest| if rest.contains('.') { rest } else { "" });
    if host.is_empty() {
        return Err("a host was expected, with at least two labels after \"*.\"");
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("the port is not a number up to 65535");
    }
    let literal = host.starts_with('[') && host.ends_with(']');
    if !literal && !host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-')) {
        return Err("a host has only lower-case letters, digits, \".\" and \"-\"");
    }
    Ok(())
}

fn split_port(pattern: &str) -> (&str, Option<&str>) {
    match pattern.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (pattern, None),
    }
}

/// The host part of a URL template, placeholders included; empty when it starts with one.
pub(crate) fn of_template(url: &str) -> &str {
    if url.starts_with('{') {
        return url.split(['/', '?', '#']).next().unwrap_or(url);
    }
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// The fixed end of a host template after its last placeholder, when it has at least two labels: `.mailchimp.com`.
pub(crate) fn registrable_suffix(host: &str) -> Option<&str> {
    let suffix = host.rsplit('}').next()?;
    let labels = suffix.strip_prefix('.')?;
    (labels.contains('.') && !labels.starts_with('.')).then_some(suffix)
}

/// Whether a filled pattern covers a host (lower case) and port.
#[must_use]
pub fn covers(pattern: &str, host: &str, port: Option<u16>) -> bool {
    let (wanted, wanted_port) = split_port(pattern);
    if wanted_port.is_some() && port.map(|p| p.to_string()).as_deref() != wanted_port {
        return false;
    }
    match wanted.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => host.eq_ignore_ascii_case(wanted),
    }
}

impl Service {
    /// The URLs that credentials are sent to while connecting and renewing, each with its key in the file.
    pub(crate) fn credential_urls(&self) -> Vec<(&'static str, &str)> {
        let mut urls: Vec<(&'static str, Option<&String>)> = vec![("api", self.api.as_ref())];
        match self.auth() {
            Auth::OAuth1(o) => urls.extend([
                ("oauth1.request_token_url", o.request_token_url.as_ref()),
                ("oauth1.access_token_url", o.access_token_url.as_ref()),
            ]),
            Auth::OAuth2(o) => urls.extend([
                ("oauth2.token_url", o.token_url.as_ref()),
                ("oauth2.refresh_url", o.refresh_url.as_ref()),
                ("oauth2.revoke_url", o.revoke_url.as_ref()),
                ("oauth2.device_url", o.device_url.as_ref()),
            ]),
            _ => {}
        }
        urls.extend(self.after_consent.iter().map(|lookup| ("after_consent", Some(&lookup.url))));
        urls.into_iter().filter_map(|(key, url)| url.map(|url| (key, url.as_str()))).collect()
    }

    fn bounds_found_values(&self, url: &str) -> bool {
        let host = of_template(url);
        let found = template::names(host).any(|n| self.field(n).is_some_and(|f| f.discovered));
        !found || registrable_suffix(host).is_some()
    }
}

impl Connection {
    /// The hosts that may get its credentials with calls, as filled patterns: the service's, the API's own, its own.
    #[must_use]
    pub fn hosts(&self, service: &Service) -> Vec<String> {
        let mut hosts = Vec::new();
        self.each_host(service, |pattern| {
            hosts.push(pattern.to_owned());
            false
        });
        hosts.dedup();
        hosts
    }

    /// Whether the credentials may go to that host and port.
    #[must_use]
    pub fn allows(&self, service: &Service, host: &str, port: Option<u16>) -> bool {
        self.each_host(service, |pattern| covers(pattern, host, port))
    }

    /// Calls `take` with each pattern until it says true.
    fn each_host(&self, service: &Service, mut take: impl FnMut(&str) -> bool) -> bool {
        for pattern in &service.allowed_hosts {
            if take(&template::fill(pattern, |name| self.value(service, name))) {
                return true;
            }
        }
        if let Some(api) = service.api.as_deref().filter(|api| service.bounds_found_values(api)) {
            let host = template::fill(of_template(api), |name| self.value(service, name));
            let host = host.split_once("://").map_or(&*host, |(_, rest)| rest.trim_end_matches('/'));
            if !host.contains(['{', '/']) && take(host) {
                return true;
            }
        }
        self.allowed_hosts.iter().any(|pattern| take(pattern))
    }

    /// Checks that a URL of the service itself (token, revocation, lookup) may get the credentials: https, and a host
    /// that the file fixes, the person typed, or `allowed_hosts` bounds.
    ///
    /// # Errors
    /// [`Code::HostNotAllowed`] when what the provider said about itself leads elsewhere.
    pub fn check_credential_url(&self, service: &Service, template: &str, filled: &str) -> Result<Url, Problem> {
        let url = crate::request::parse(filled)?;
        self.check_scheme(&url)?;
        let host = url.host_str().unwrap_or_default();
        if service.bounds_found_values(template) || self.allows(service, host, url.port_or_known_default()) {
            return Ok(url);
        }
        Err(self.not_allowed(service, host))
    }

    pub(crate) fn check_scheme(&self, url: &Url) -> Result<(), Problem> {
        let local = || crate::policy::is_loopback_host(url.host_str().unwrap_or_default());
        if url.scheme() == "https" || self.allow_http || local() {
            return Ok(());
        }
        Err(Problem::new(
            Code::HostNotAllowed,
            format!(
                "The connection \"{}\" sends its credentials over https only, the URL starts with http.",
                self.name
            ),
        )
        .with_help("Start the URL with https://."))
    }

    pub(crate) fn not_allowed(&self, service: &Service, host: &str) -> Problem {
        let hosts = self.hosts(service);
        let allowed: Cow<'_, str> = match hosts.as_slice() {
            [] => "no host yet".into(),
            some => some.join(", ").into(),
        };
        Problem::new(
            Code::HostNotAllowed,
            format!("The connection \"{}\" does not send its credentials to {host}; it allows {allowed}.", self.name),
        )
        .with_help(format!(
            "If you trust {host} with them, allow it with `dg connections allow {} {host}`.",
            self.key().arguments()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_hosts() {
        for (pattern, host, port, covered) in [
            ("api.example.com", "api.example.com", Some(443), true),
            ("api.example.com", "API.example.com", Some(443), true),
            ("api.example.com", "xapi.example.com", Some(443), false),
            ("api.example.com", "api.example.com.evil.com", Some(443), false),
            ("*.example.com", "a.example.com", None, true),
            ("*.example.com", "a.b.example.com", None, true),
            ("*.example.com", "example.com", None, false),
            ("*.example.com", ".example.com", None, false),
            ("*.example.com", "evilexample.com", None, false),
            ("example.com:8443", "example.com", Some(8443), true),
            ("example.com:8443", "example.com", Some(443), false),
            ("127.0.0.1:9000", "127.0.0.1", Some(9000), true),
            ("[::1]", "[::1]", Some(80), true),
        ] {
            assert_eq!(covers(pattern, host, port), covered, "{pattern} {host}");
        }
    }

    #[test]
    fn patterns_are_checked() {
        for good in ["a.b", "*.a.b", "{dc}.api.example.com", "localhost:8080", "[::1]:80", "10.0.0.1"] {
            assert_eq!(check_pattern(good), Ok(()), "{good}");
        }
        for bad in ["", "*", "*.com", "https://a.b", "a.b/c", "A.b", "a b", "a.b:99999", "*.*.a"] {
            assert!(check_pattern(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn suffixes_bound_templates() {
        assert_eq!(registrable_suffix("{dc}.api.mailchimp.com"), Some(".api.mailchimp.com"));
        assert_eq!(registrable_suffix("{dc}.com"), None);
        assert_eq!(registrable_suffix("{api_domain}"), None);
        assert_eq!(registrable_suffix("www.zohoapis.{dc}"), None);
        assert_eq!(of_template("https://a.{b}/c?d"), "a.{b}");
        assert_eq!(of_template("{api_domain}/crm"), "{api_domain}");
    }
}
