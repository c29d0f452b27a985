//! Puts a connection's credentials on a request, and keeps in mind which parts of it they are.

use rainwright_connections::authorize::{authorize, writes_bodies};
use rainwright_connections::{Auth, ProviderCall, request};
use rainwright_diagnostic::Problem;
use rainwright_effect::{Body, HttpRequest};

use crate::http::Wire;
use crate::registry::{Ready, now};

/// Signs a request.
pub(crate) fn sign(ready: &Ready, request: &HttpRequest) -> Result<Wire, Problem> {
    let mut request = prepared(request);
    let before = request.headers.clone();
    // Only signatures need random, which is a call of the system.
    let nonce = if matches!(ready.service.auth(), Auth::OAuth1(_)) { nonce()? } else { [0; 16] };
    let authorized = authorize(&ready.connection, &ready.service, &mut request, now(), nonce)?;
    for warning in &authorized.warnings {
        tracing::warn!(connection = %ready.key(), "{warning}");
    }
    let secret_headers = request
        .headers
        .iter()
        .filter(|header| !before.contains(header))
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    // Whether a key was put in or took the place of another: the body is not looked into, it stays at its origin.
    let secret_body = writes_bodies(&ready.service) && !request.body.is_empty();
    Ok(Wire {
        connection: Some(ready.connection.name.clone()),
        secret_headers,
        secret_body,
        ..wire(request, authorized.url)
    })
}

/// A request without a connection.
pub(crate) fn unsigned(request: &HttpRequest) -> Result<Wire, Problem> {
    let request = prepared(request);
    let url = request::address(&request)?;
    Ok(wire(request, url))
}

/// A copy to be signed; its body shares the bytes.
fn prepared(request: &HttpRequest) -> HttpRequest {
    HttpRequest { method: request.method.to_uppercase(), url: request.url.trim().to_owned(), ..request.clone() }
}

fn wire(request: HttpRequest, url: url::Url) -> Wire {
    Wire {
        method: request.method,
        url,
        headers: request.headers,
        body: request.body,
        connection: None,
        secret_headers: Vec::new(),
        secret_body: false,
        timeout: request.timeout_ms.map(std::time::Duration::from_millis),
    }
}

/// Fresh random for a signature.
pub(crate) fn nonce() -> Result<[u8; 16], Problem> {
    let mut bytes = [0; 16];
    crate::store::fill(&mut bytes)?;
    Ok(bytes)
}

impl Wire {
    /// A call that a login or renewal makes; everything in it counts as a credential.
    pub(crate) fn of_call(call: ProviderCall) -> Self {
        let secret_headers =
            call.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).filter(|name| name != "accept").collect();
        let has_body = !call.body.is_empty();
        let body = if has_body { Body::text(call.body.expose(), "") } else { Body::Empty };
        Self {
            method: call.method.to_owned(),
            url: call.url,
            headers: call.headers,
            body,
            connection: None,
            secret_headers,
            secret_body: has_body,
            timeout: None,
        }
    }
}
