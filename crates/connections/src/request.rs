//! A call before it is sent: what a connection adds its credentials to.

use crate::template::RESERVED;
use percent_encoding::utf8_percent_encode;
use rainwright_diagnostic::{Code, Problem};
use url::Url;

/// What a call sends, as far as signing must know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// `application/x-www-form-urlencoded` pairs, not yet encoded; credentials may be added to them.
    Form(Vec<(String, String)>),
    /// JSON or another text; a key may be added to a JSON object.
    Text(String),
    /// Multipart, bytes: left alone.
    Opaque,
}

/// A call before it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` …, in upper case.
    pub method: String,
    /// The address; may hold placeholders until it is authorised.
    pub url: String,
    /// Query parameters to add behind those in `url`, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Body,
}

impl Request {
    /// A call without headers and body.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The whole address: `url` with `query` behind it. Only http and https, with a host, without user info.
    ///
    /// # Errors
    /// [`Code::BadRequest`] that says what is wrong with the address.
    pub fn address(&self) -> Result<Url, Problem> {
        let mut url = parse(&self.url)?;
        if !self.query.is_empty() {
            let mut query = url.query().filter(|q| !q.is_empty()).map_or_else(String::new, |q| format!("{q}&"));
            write_pairs(&mut query, &self.query);
            url.set_query(Some(&query));
        }
        Ok(url)
    }
}

/// Reads an address: http or https, with a host, without user info.
///
/// # Errors
/// [`Code::BadRequest`] that says what is wrong; the address itself is not shown, it may hold secrets.
pub fn parse(address: &str) -> Result<Url, Problem> {
    let bad = |what: &str, help: &str| Err(Problem::new(Code::BadRequest, format!("The URL {what}.")).with_help(help));
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            return bad("has no scheme", "Start it with https:// and a host.");
        }
        Err(e) => {
            return bad(&format!("cannot be read: {e}"), "Write it as https://host/path.");
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        return bad(&format!("has the scheme {}", url.scheme()), "Only https:// and http:// can be called.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("holds a user name or password", "Take it out and use a connection with Basic authentication.");
    }
    Ok(url)
}

/// Writes pairs as `a=b&c=d`, all but unreserved characters percent-encoded (a space is `%20`, valid in queries and forms).
pub fn write_pairs<K: AsRef<str>, V: AsRef<str>>(out: &mut String, pairs: &[(K, V)]) {
    for (i, (name, value)) in pairs.iter().enumerate() {
        if i > 0 {
            out.push('&');
        }
        out.extend(utf8_percent_encode(name.as_ref(), RESERVED));
        out.push('=');
        out.extend(utf8_percent_encode(value.as_ref(), RESERVED));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parameters_join_the_query_that_is_there() {
        let pairs = vec![("a b".to_owned(), "1&2".to_owned()), ("ü".to_owned(), String::new())];
        for (url, whole) in [
            ("https://h/x", "https://h/x?a%20b=1%262&%C3%BC="),
            ("https://h/x?", "https://h/x?a%20b=1%262&%C3%BC="),
            ("https://h/x?y=%20+z#f", "https://h/x?y=%20+z&a%20b=1%262&%C3%BC=#f"),
        ] {
            let request = Request { query: pairs.clone(), ..Request::new("GET", url) };
            assert_eq!(request.address().unwrap().as_str(), whole);
        }
    }

    #[test]
    fn bad_addresses_say_why() {
        for (url, why) in [
            ("example.com/x", "no scheme"),
            ("ftp://example.com", "scheme ftp"),
            ("https://user:pw@example.com", "user name"),
            ("https://", "cannot be read"),
            ("https://exa mple.com", "cannot be read"),
        ] {
            let problem = parse(url).unwrap_err();
            assert!(problem.message.contains(why), "{url}: {problem}");
            assert!(!problem.message.contains("pw"));
        }
    }

    #[test]
    fn headers_are_found_in_any_case() {
        let request = Request::new("GET", "https://h").with_header("X-Key", "1");
        assert_eq!(request.header("x-key"), Some("1"));
        assert_eq!(request.header("y"), None);
    }
}
