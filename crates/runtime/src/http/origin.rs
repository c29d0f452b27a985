//! Sends the calls for a host to a stand-in, as the sandbox needs it.

use rainwright_diagnostic::Problem;
use url::Url;

/// Which hosts are answered by which stand-ins.
///
/// Applied last, after every check and signature, so that a stand-in sees exactly what the real service would see:
/// the `Host` header and the signed address stay the original.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    stand_ins: Vec<(String, Url)>,
    closed: bool,
}

impl Origins {
    /// No stand-ins.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends calls for hosts that match `pattern` (`api.example.com`, or `*.example.com` for every name below) to `base`,
    /// such as `http://127.0.0.1:8080`; a path of `base` comes before the call's own.
    ///
    /// # Errors
    /// [`rainwright_diagnostic::Code::BadRequest`] when `base` is no address.
    pub fn add(&mut self, pattern: &str, base: &str) -> Result<(), Problem> {
        self.stand_ins.push((pattern.to_lowercase(), rainwright_connections::request::parse(base)?));
        Ok(())
    }

    /// The same stand-ins and nothing else: other hosts are not reached, unless `allow` of the settings names them.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }

    /// Whether hosts without a stand-in are out of reach.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Where a call really goes, when a stand-in answers for its host. The first pattern that fits decides.
    pub(super) fn target(&self, url: &Url) -> Option<Url> {
        let host = url.host_str()?;
        let (_, base) = self.stand_ins.iter().find(|(pattern, _)| fits(pattern, host))?;
        let mut target = base.clone();
        target.set_path(&format!("{}{}", base.path().trim_end_matches('/'), url.path()));
        target.set_query(url.query());
        Some(target)
    }
}

fn fits(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|child| child.len() > 1 && child.ends_with('.')),
        None => pattern == "*" || pattern == host,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_gets_path_and_query() {
        let mut origins = Origins::new();
        origins.add("*.api.mailchimp.com", "http://127.0.0.1:8080").unwrap();
        origins.add("accounts.example.com", "http://127.0.0.1:8080/accounts/").unwrap();
        let target = |url: &str| origins.target(&Url::parse(url).unwrap()).map(String::from);
        assert_eq!(
            target("https://us6.api.mailchimp.com/3.0/ping?a=%20b").as_deref(),
            Some("http://127.0.0.1:8080/3.0/ping?a=%20b")
        );
        assert_eq!(
            target("https://accounts.example.com/token").as_deref(),
            Some("http://127.0.0.1:8080/accounts/token")
        );
        assert_eq!(target("https://api.mailchimp.com/"), None);
        assert_eq!(target("https://evilapi.mailchimp.com/"), None);
    }
}
