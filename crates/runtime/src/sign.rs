//! Puts a connection's credentials on a request, and keeps in mind which parts of it they are.

use rainwright_builtins::{Body, HttpRequest};
use rainwright_connections::authorize::{authorize, writes_bodies};
use rainwright_connections::{self as connections, Auth, Call, Request};
use rainwright_diagnostic::Problem;

use crate::http::Wire;
use crate::registry::{Ready, now};

/// Signs a request that the service describes itself.
pub(crate) fn sign(ready: &Ready, request: Request) -> Result<Wire, Problem> {
    sign_with(ready, request, Body::Empty, None)
}

/// Signs a request of a script.
pub(crate) fn sign_script(ready: &Ready, request: &HttpRequest) -> Result<Wire, Problem> {
    let (known, body) = split(request);
    sign_with(ready, known, body, request.timeout_ms)
}

/// A request of a script without a connection.
pub(crate) fn unsigned(request: &HttpRequest) -> Result<Wire, Problem> {
    let (known, body) = split(request);
    let url = known.address()?;
    Ok(wire(known, url, body, request.timeout_ms))
}

fn sign_with(ready: &Ready, mut request: Request, body: Body, timeout_ms: Option<u64>) -> Result<Wire, Problem> {
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
    let secret_body = writes_bodies(&ready.service) && request.body != connections::Body::Empty;
    Ok(Wire {
        connection: Some(ready.connection.name.clone()),
        secret_headers,
        secret_body,
        ..wire(request, authorized.url, body, timeout_ms)
    })
}

/// What the connection must know of a request, and the body that it need not see.
fn split(request: &HttpRequest) -> (Request, Body) {
    let (known, body) = match &request.body {
        Body::Empty => (connections::Body::Empty, Body::Empty),
        Body::Form { pairs } => (connections::Body::Form(pairs.clone()), Body::Empty),
        Body::Text { text, content_type } => {
            let rest = Body::Text { text: String::new(), content_type: content_type.clone() };
            (connections::Body::Text(text.clone()), rest)
        }
        other => (connections::Body::Opaque, other.clone()),
    };
    let known = Request {
        method: request.method.to_uppercase(),
        url: request.url.trim().to_owned(),
        query: request.query.clone(),
        headers: request.headers.clone(),
        body: known,
    };
    (known, body)
}

fn wire(request: Request, url: url::Url, body: Body, timeout_ms: Option<u64>) -> Wire {
    let body = match request.body {
        connections::Body::Form(pairs) => Body::Form { pairs },
        connections::Body::Text(text) => match body {
            Body::Text { content_type, .. } => Body::Text { text, content_type },
            _ => Body::Text { text, content_type: "application/json".to_owned() },
        },
        _ => body,
    };
    Wire {
        method: request.method,
        url,
        headers: request.headers,
        body,
        connection: None,
        secret_headers: Vec::new(),
        secret_body: false,
        timeout: timeout_ms.map(std::time::Duration::from_millis),
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
    pub(crate) fn of_call(call: Call) -> Self {
        let secret_headers =
            call.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).filter(|name| name != "accept").collect();
        let has_body = !call.body.is_empty();
        let body = if has_body {
            Body::Text { text: call.body.expose().to_owned(), content_type: String::new() }
        } else {
            Body::Empty
        };
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
