//! The address and the pairs of a request before it is sent.

use crate::template::RESERVED;
use percent_encoding::utf8_percent_encode;
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Body, HttpRequest};
use url::Url;

/// The whole address of a request: its `url` with `query` added. Only http and https, with a host, without user info.
///
/// # Errors
/// [`Code::BadRequest`] that says what is wrong with the address.
pub fn address(request: &HttpRequest) -> Result<Url, Problem> {
    let mut url = parse(&request.url)?;
    if !request.query.is_empty() {
        let mut query = url.query().filter(|q| !q.is_empty()).map_or_else(String::new, |q| format!("{q}&"));
        write_pairs(&mut query, &request.query);
        url.set_query(Some(&query));
    }
    Ok(url)
}

/// The content type that the body of a request has when it is sent, without parameters and in lower case.
#[must_use]
pub fn media_type(request: &HttpRequest) -> String {
    let own = match &request.body {
        Body::Text { content_type, .. } | Body::Bytes { content_type, .. } => content_type,
        Body::Form { .. } => FORM,
        Body::Multipart { .. } => "multipart/form-data",
        Body::Empty => "",
    };
    let full = request.header("content-type").unwrap_or(own);
    full.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The content type of name-value pairs.
pub const FORM: &str = "application/x-www-form-urlencoded";

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
    check_written_host(address, &url)?;
    if !url.username().is_empty() || url.password().is_some() {
        return bad("holds a user name or password", "Take it out and use a connection with Basic authentication.");
    }
    Ok(url)
}

/// Checks the host as it is written: a 0 in front of a part of an IPv4 address makes it octal for some programs and not for
/// others, and means two addresses. `address` may be relative, as in a redirect; `url` is what it was read as.
///
/// # Errors
/// [`Code::AddressRefused`].
pub fn check_written_host(address: &str, url: &Url) -> Result<(), Problem> {
    if !matches!(url.host(), Some(url::Host::Ipv4(_))) {
        return Ok(());
    }
    let decoded = percent_encoding::percent_decode_str(address).decode_utf8_lossy();
    let slash = |c: char| matches!(c, '/' | '\\');
    let rest = match decoded.split_once(':') {
        _ if decoded.starts_with(slash) => &*decoded,
        Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => rest,
        _ => return Ok(()),
    };
    let authority =
        rest.trim_start_matches(slash).split(|c| slash(c) || matches!(c, '?' | '#')).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let octal = |part: &str| {
        let mut digits = part.chars().filter(|c| c.is_numeric());
        digits.next().is_some_and(|first| first.to_digit(10) == Some(0) || first == '０') && digits.next().is_some()
    };
    let hex = |part: &str| part.to_ascii_lowercase().starts_with("0x");
    let host = host.split(':').next().unwrap_or_default();
    if host.split(['.', '。', '．', '｡']).any(|part| octal(part) && !hex(part)) {
        return Err(Problem::new(
            Code::AddressRefused,
            "The address has a 0 in front of one of its parts: it can be read in two ways.",
        )
        .with_help("Write each part without it; private addresses need `--allow-net` besides."));
    }
    Ok(())
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
            let request = HttpRequest { query: pairs.clone(), ..HttpRequest::new("GET", url) };
            assert_eq!(address(&request).unwrap().as_str(), whole);
        }
    }

    #[test]
    fn an_address_that_can_be_read_in_two_ways_is_refused() {
        for host in [
            "010.8.8.8",
            "8.8.8.010",
            "0177.0.0.1",
            "00.1.1.1",
            "%30%31%30.8.8.8",
            "０10.8.8.8",
            "010。8.8.8",
            "017700000001",
        ] {
            for address in [format!("https://{host}/"), format!("http:\\\\{host}:80/x"), format!("https:{host}?q")] {
                let problem = parse(&address).unwrap_err();
                assert_eq!(problem.code, Code::AddressRefused, "{address}: {problem}");
            }
        }
        for fine in [
            "https://8.0.0.8/010",
            "https://0x8.8.8.8/",
            "https://h010.example/?x=//010.1.1.1",
            "https://0.0.0.0/",
            "https://010.example/",
        ] {
            parse(fine).unwrap();
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
}
