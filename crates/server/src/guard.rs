//! The layer in front of every server: the names that it answers to, and the headers of its answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, MapOk, Ready, TryFutureExt, ready};
use tower_service::Service;

/// The names that a server answers to.
#[derive(Clone, Debug)]
pub struct Names {
    allowed: Arc<[String]>,
}

impl Names {
    /// The server's own address, `localhost` with its port when that is a loopback address, and further names such as the
    /// one behind a proxy (`functions.example.com`, with a port where it is not the usual one).
    #[must_use]
    pub fn of(address: SocketAddr, more: &[String]) -> Self {
        let mut allowed = vec![address.to_string()];
        if address.ip().is_loopback() {
            allowed.push(format!("localhost:{}", address.port()));
        }
        allowed.extend(more.iter().map(|name| name.to_ascii_lowercase()));
        Self { allowed: allowed.into() }
    }

    /// Allows one name only, such as `localhost:8193`, and not the address that it resolves to.
    #[must_use]
    pub fn only(name: &str) -> Self {
        Self { allowed: [name.to_ascii_lowercase()].into() }
    }

    fn allows(&self, name: &str) -> bool {
        let name = name.trim();
        self.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
    }

    fn allows_origin(&self, origin: &str) -> bool {
        let name = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        name.is_some_and(|name| self.allows(name))
    }
}

/// A service that refuses a request whose `Host` is none of the server's names, or that a page of another origin sends; the
/// names that a hostile page can give to 127.0.0.1 are none of them.
///
/// It is a service of its own around the whole router: a middleware function of axum costs a boxed future and copies of the
/// routes for each request, about as much as a short function takes.
#[derive(Clone, Debug)]
pub struct Guard<S> {
    names: Names,
    inner: S,
}

impl<S> Guard<S> {
    /// Puts the guard in front of a service.
    pub fn new(names: Names, inner: S) -> Self {
        Self { names, inner }
    }
}

impl<S: Service<Request, Response = Response>> Service<Request> for Guard<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Ready<Result<Response, S::Error>>, MapOk<S::Future, fn(Response) -> Response>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match refusal(&self.names, &request) {
            Some(why) => Either::Left(ready(Ok((StatusCode::MISDIRECTED_REQUEST, why).into_response()))),
            None => Either::Right(self.inner.call(request).map_ok(with_headers)),
        }
    }
}

fn refusal(names: &Names, request: &Request) -> Option<&'static str> {
    let host = match only(request.headers(), header::HOST) {
        Ok(Some(host)) => host,
        // HTTP/2 has the name in the address.
        Ok(None) => request.uri().authority().map(|name| name.as_str()).unwrap_or_default(),
        Err(()) => return Some("The Host header cannot be read.\n"),
    };
    if !names.allows(host) {
        return Some("This server does not answer to that name. Start it with --name NAME to add one.\n");
    }
    match only(request.headers(), header::ORIGIN) {
        Ok(None) => None,
        Ok(Some(origin)) if names.allows_origin(origin) => None,
        _ => Some("Pages of other origins may not call this server.\n"),
    }
}

/// The value of a header that may come once.
fn only(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn refused(headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let names = Names::of("127.0.0.1:8080".parse().unwrap(), &["Functions.example.com".to_owned()]);
        refusal(&names, &request.body(axum::body::Body::empty()).unwrap()).is_some()
    }

    #[test]
    fn only_own_names_and_origins_pass() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "functions.example.com"] {
            assert!(!refused(&[("host", host)]), "{host}");
            assert!(!refused(&[("host", host), ("origin", &format!("http://{host}"))]), "{host}");
        }
        for host in ["127.0.0.1", "127.0.0.1:81", "rebound.example:8080", "", "localhost:8080.evil.example"] {
            assert!(refused(&[("host", host)]), "{host}");
        }
        assert!(refused(&[]));
        assert!(refused(&[("host", "localhost:8080"), ("host", "localhost:8080")]));
        for origin in ["null", "https://evil.example", "file://", "http://localhost:9090", "localhost:8080"] {
            assert!(refused(&[("host", "localhost:8080"), ("origin", origin)]), "{origin}");
        }
    }
}
