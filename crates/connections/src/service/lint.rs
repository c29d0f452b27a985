//! What a service file could say better: nothing that keeps it from working, all that its users will miss.

use super::{Auth, Grant, Service};

/// What could be better, each as a sentence that says what to write.
#[must_use]
pub fn lint(service: &Service) -> Vec<String> {
    let mut found = Vec::new();
    let mut tell = |what: String| found.push(what);
    if service.docs.is_none() {
        tell("It names no documentation: write docs = \"https://…\".".into());
    }
    if service.category.is_empty() {
        tell("It has no category: write category = \"marketing\", or what it is for.".into());
    }
    let needs_console = !matches!(service.auth(), Auth::None | Auth::Basic(_));
    if needs_console && service.console.is_none() {
        tell(
            "It does not say where to register an application or to make a key: write console = \"https://…\".".into(),
        );
    }
    if service.test.is_none() && !matches!(service.auth(), Auth::None) {
        tell("It names no harmless call to test with: write test = { url = \"/me\" }.".into());
    }
    if service.api.is_none() {
        tell("It names no address of its API, so no host is allowed by default: write api = \"https://…\".".into());
    }
    for host in &service.allowed_hosts {
        // `*.example.com` is a company's; `*.com` or `*.amazonaws.com` are anybody's.
        if let Some(base) = host.strip_prefix("*.")
            && (base.matches('.').count() == 0 || SHARED.contains(&base))
        {
            tell(format!("{host} lets credentials go to hosts that anybody can have: name the hosts of this service."));
        }
    }
    if let Auth::OAuth2(login) = service.auth() {
        for scope in &login.default_scopes {
            if !service.scopes.contains_key(scope) {
                tell(format!(
                    "The scope {scope} is asked for and not explained: write it under [scopes] with a sentence."
                ));
            }
        }
        let addresses = [
            ("authorize_url", login.authorize_url.as_deref()),
            ("token_url", login.token_url.as_deref()),
            ("refresh_url", login.refresh_url.as_deref()),
            ("revoke_url", login.revoke_url.as_deref()),
        ];
        for (key, address) in addresses {
            if address.is_some_and(|address| address.starts_with("http://")) {
                tell(format!("{key} is plain HTTP: secrets and tokens would travel in the open."));
            }
        }
        if login.grant == Grant::AuthorizationCode && login.revoke_url.is_none() {
            tell("It names no revoke_url, so that a revoked connection is forgotten here only; leave it out if the provider has none.".into());
        }
    }
    for (scope, about) in &service.scopes {
        if about.trim().is_empty() {
            tell(format!("The scope {scope} has an empty sentence."));
        }
    }
    found
}

/// Domains below which anybody can have a host.
const SHARED: &[&str] = &[
    "amazonaws.com",
    "azurewebsites.net",
    "cloudfront.net",
    "github.io",
    "herokuapp.com",
    "netlify.app",
    "ngrok.io",
    "pages.dev",
    "run.app",
    "vercel.app",
    "web.app",
    "workers.dev",
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let text = r#"
id = "mine"
name = "Mine"
api = "https://api.example.com"
allowed_hosts = ["*.herokuapp.com", "*.example.com"]
[oauth2]
authorize_url = "https://example.com/authorize"
token_url = "https://example.com/token"
default_scopes = ["read"]
"#;
        let service = Service::from_toml(None, text).unwrap();
        let found = lint(&service).join("\n");
        for part in
            ["no documentation", "no category", "console =", "test =", "*.herokuapp.com", "scope read", "revoke_url"]
        {
            assert!(found.contains(part), "{part}: {found}");
        }
        assert!(!found.contains("*.example.com"), "{found}");
    }

    #[test]
    fn shipped_services_have_nothing_worse_than_gaps() {
        for service in crate::Catalogue::shipped().all() {
            let worse =
                lint(&service).into_iter().filter(|line| line.contains("anybody") || line.contains("plain HTTP"));
            assert_eq!(worse.collect::<Vec<_>>(), Vec::<String>::new(), "{}", service.id);
        }
    }
}
