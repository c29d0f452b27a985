//! Which proxy a call goes through, and what must not go through one.

use rainwright_connections::Secret;
use rainwright_connections::policy::{AllowNet, is_private_name};
use rainwright_diagnostic::{Code, Problem};
use url::Url;

use super::{HttpOptions, Wire, error};

/// The proxies that the environment names.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    https: Option<Secret>,
    http: Option<Secret>,
    without: Vec<String>,
}

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower case first.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |name: &str| {
            let found = variable(&name.to_ascii_lowercase()).or_else(|| variable(name));
            found.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        // Programs that answer web requests get the header `Proxy` as HTTP_PROXY: there it is anybody's word.
        let served = variable("REQUEST_METHOD").is_some();
        let all = either("ALL_PROXY");
        let http = if served { variable("http_proxy") } else { either("HTTP_PROXY") };
        Self {
            https: either("HTTPS_PROXY").or_else(|| all.clone()).map(Secret::new),
            http: http.or(all).map(Secret::new),
            without: either("NO_PROXY")
                .unwrap_or_default()
                .split([',', ' '])
                .filter(|entry| !entry.is_empty())
                .map(str::to_ascii_lowercase)
                .collect(),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Secret> {
        self.https.iter().chain(&self.http)
    }

    /// Whether `NO_PROXY` names the host: as it is, by a domain above it, as an address or network, or by `*`.
    fn spares(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.without.iter().any(|entry| {
            if entry == "*" {
                return true;
            }
            let name = entry.trim_start_matches("*.").trim_start_matches('.');
            let below = host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            below || AllowNet::parse([name]).is_ok_and(|rule| rule.allows_host(&host, port))
        })
    }
}

impl HttpOptions {
    /// The proxy that a call to an address goes through.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<&Secret> {
        if self.proxies.spares(url.host_str()?, url.port_or_known_default().unwrap_or(0)) {
            return None;
        }
        self.proxy.as_ref().or(match url.scheme() {
            "https" => self.proxies.https.as_ref(),
            _ => self.proxies.http.as_ref(),
        })
    }
}

/// Checks a call that goes through a proxy, which looks names up itself and reads what is not encrypted.
///
/// # Errors
/// [`Code::AddressRefused`] for a name that always means a private address; [`Code::HostNotAllowed`] for credentials without TLS.
pub(super) fn check(wire: &Wire, allow: &AllowNet) -> Result<(), Problem> {
    let host = wire.url.host_str().unwrap_or_default();
    let port = wire.url.port_or_known_default().unwrap_or(0);
    if is_private_name(host) && !allow.allows_host(host, port) {
        return Err(error::address_refused(wire, host));
    }
    let carries_credentials = wire.connection.is_some() || !wire.secret_headers.is_empty() || wire.secret_body;
    if carries_credentials && wire.url.scheme() != "https" {
        let message =
            format!("{} was not sent: the proxy could read its credentials, for it is not encrypted.", wire.label());
        return Err(Problem::new(Code::HostNotAllowed, message)
            .with_help("Call it with https://, or name the host in NO_PROXY so that it is called directly."));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn options(variables: &[(&str, &str)]) -> HttpOptions {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        HttpOptions { proxies: Proxies::read(find), ..HttpOptions::default() }
    }

    fn proxy(options: &HttpOptions, url: &str) -> Option<String> {
        options.proxy_for(&Url::parse(url).unwrap()).map(|proxy| proxy.expose().to_owned())
    }

    #[test]
    fn the_environment_names_proxies_and_exceptions() {
        let own = options(&[
            ("HTTPS_PROXY", "http://s.example:1"),
            ("http_proxy", "http://p.example:2"),
            ("NO_PROXY", "a.example, .b.example,10.0.0.0/8,[::1],c.example:8443"),
        ]);
        for (url, expected) in [
            ("https://x.example/", Some("http://s.example:1")),
            ("http://x.example/", Some("http://p.example:2")),
            ("https://a.example/", None),
            ("https://A.Example./", None),
            ("https://sub.a.example/", None),
            ("https://nota.example/", Some("http://s.example:1")),
            ("https://x.b.example/", None),
            ("https://10.1.2.3/", None),
            ("https://[::1]/", None),
            ("https://c.example:8443/", None),
            ("https://c.example/", Some("http://s.example:1")),
        ] {
            assert_eq!(proxy(&own, url).as_deref(), expected, "{url}");
        }
        assert_eq!(proxy(&options(&[("ALL_PROXY", "socks5h://a:1"), ("NO_PROXY", "*")]), "https://x.example/"), None);
        assert!(proxy(&options(&[("ALL_PROXY", "socks5h://a:1")]), "http://x.example/").is_some());
        let served = options(&[("HTTP_PROXY", "http://evil.example"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(proxy(&served, "http://x.example/"), None);
        let given = HttpOptions { proxy: Some(Secret::new("http://mine:1")), ..own };
        assert_eq!(proxy(&given, "https://x.example/").as_deref(), Some("http://mine:1"));
        assert_eq!(proxy(&given, "https://a.example/"), None);
    }

    #[test]
    fn a_proxy_gets_no_private_names_and_no_open_credentials() {
        let allow = AllowNet::parse(["build.internal"]).unwrap();
        let check = |url: &str, connection: Option<&str>| {
            let mut wire = Wire::new("GET", url).unwrap();
            wire.connection = connection.map(str::to_owned);
            super::check(&wire, &allow).map_err(|problem| problem.code)
        };
        for url in [
            "http://localhost/",
            "https://a.LOCALHOST./",
            "https://db.internal/",
            "https://intranet/",
            "https://nas.local/",
        ] {
            assert_eq!(check(url, None), Err(Code::AddressRefused), "{url}");
        }
        assert_eq!(check("https://build.internal/", None), Ok(()));
        assert_eq!(check("https://x.example/", Some("a")), Ok(()));
        assert_eq!(check("http://x.example/", None), Ok(()));
        assert_eq!(check("http://x.example/", Some("a")), Err(Code::HostNotAllowed));
    }
}
