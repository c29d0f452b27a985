//! A call that connecting or renewing makes itself: complete, signed, for the driver to send as it is.

use crate::Secret;
use std::fmt;
use url::Url;

/// A complete call to a provider. `Debug` shows method, host and path only.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderCall {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The address.
    pub url: Url,
    /// The headers; values may hold credentials.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none. Its content type is among the headers.
    pub body: Secret,
}

impl ProviderCall {
    pub(crate) fn new(method: &'static str, url: Url) -> Self {
        let headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        Self { method, url, headers, body: Secret::default() }
    }

    /// Sets a header; a header of that name that is there is replaced.
    pub(crate) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

impl fmt::Debug for ProviderCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "ProviderCall({} {}://{host}{})", self.method, self.url.scheme(), self.url.path())
    }
}
