//! Decides what follows a redirect: the next request, or why there is none.

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::Body;
use url::Url;

use super::Wire;

/// Whether a status sends the caller elsewhere.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The request that follows `wire` after an answer with `status` and a `Location` header.
///
/// 303 turns into a GET, 301 and 302 turn a POST into a GET as browsers do, 307 and 308 keep method and body
/// (RFC 9110, 15.4). Credentials are dropped when scheme, host or port change.
///
/// # Errors
/// [`Code::RedirectFailed`] when the address is unusable, leaves HTTPS on a signed call, or would carry a credential in the body elsewhere.
pub(super) fn follow(mut wire: Wire, status: u16, location: &str) -> Result<Wire, Problem> {
    let from = wire.label();
    let failed = |why: &str| Problem::new(Code::RedirectFailed, format!("{from} was redirected {why}."));
    let mut url = wire.url.join(location.trim()).map_err(|_| failed("to something that is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(failed("to an address that is neither http nor https"));
    }
    rainwright_connections::request::check_written_host(location.trim(), &url)?;
    // User info of a Location header is never meant for us, and would become an Authorization header.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.fragment().is_none() {
        url.set_fragment(wire.url.fragment());
    }

    let becomes_get = match status {
        303 => wire.method != "HEAD",
        301 | 302 => wire.method == "POST",
        _ => false,
    };
    if becomes_get {
        wire.method = "GET".to_owned();
        wire.body = Body::Empty;
        wire.secret_body = false;
        wire.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
    }
    if !same_origin(&wire.url, &url) {
        if wire.url.scheme() == "https" && url.scheme() == "http" && wire.connection.is_some() {
            return Err(failed("from https to plain http"));
        }
        if wire.secret_body {
            return Err(failed("to another host, and its body holds a credential that must not go there"));
        }
        let secret = std::mem::take(&mut wire.secret_headers);
        wire.headers.retain(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !matches!(name.as_str(), "authorization" | "proxy-authorization" | "cookie") && !secret.contains(&name)
        });
    }
    wire.url = url;
    Ok(wire)
}

/// Whether two addresses share scheme, host and port.
fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host_str() == b.host_str() && a.port_or_known_default() == b.port_or_known_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn post(url: &str) -> Wire {
        let mut wire = Wire::new("POST", url).unwrap();
        wire.body = Body::text("x", "text/plain");
        wire.headers = vec![
            ("Authorization".into(), "Bearer s".into()),
            ("X-Api-Key".into(), "k".into()),
            ("Content-Type".into(), "text/plain".into()),
            ("X-Own".into(), "1".into()),
        ];
        wire.secret_headers = vec!["authorization".into(), "x-api-key".into()];
        wire
    }

    fn names(wire: &Wire) -> Vec<&str> {
        wire.headers.iter().map(|(n, _)| n.as_str()).collect()
    }

    #[test]
    fn method_and_body_follow_the_status() {
        for (status, method, kept) in
            [(301, "GET", false), (302, "GET", false), (303, "GET", false), (307, "POST", true), (308, "POST", true)]
        {
            let next = follow(post("https://a.example/x"), status, "/y").unwrap();
            assert_eq!((next.method.as_str(), !next.body.is_empty()), (method, kept), "{status}");
            assert_eq!(next.url.as_str(), "https://a.example/y");
            assert_eq!(next.header("content-type").is_some(), kept, "{status}");
            assert_eq!(next.header("authorization"), Some("Bearer s"), "the same origin keeps its credentials");
        }
        let mut put = post("https://a.example/x");
        put.method = "PUT".into();
        assert_eq!(follow(put, 302, "/y").unwrap().method, "PUT");
    }

    #[test]
    fn credentials_stay_behind() {
        for location in ["https://b.example/", "https://a.example:8443/", "//b.example/", "https://u:p@b.example/"] {
            let next = follow(post("https://a.example/x"), 307, location).unwrap();
            assert_eq!(names(&next), ["Content-Type", "X-Own"], "{location}");
            assert_eq!((next.url.username(), next.url.password()), ("", None));
        }
        let mut body = post("https://a.example/x");
        body.secret_body = true;
        assert_eq!(follow(body.clone(), 307, "https://b.example/").unwrap_err().code, Code::RedirectFailed);
        assert!(follow(body, 303, "https://b.example/").is_ok());
    }

    #[test]
    fn bad_targets_are_refused() {
        for location in ["ftp://a.example/", "javascript:alert(1)", "file:///etc/passwd", "http://"] {
            assert_eq!(
                follow(post("https://a.example/x"), 302, location).unwrap_err().code,
                Code::RedirectFailed,
                "{location}"
            );
        }
        let mut signed = post("https://a.example/x");
        signed.connection = Some("c".into());
        assert_eq!(follow(signed, 302, "http://a.example/").unwrap_err().code, Code::RedirectFailed);
    }
}
