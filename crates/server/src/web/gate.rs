//! The layer that finds the session of a request, and refuses forms that the session's pages did not make.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::form::Form;
use super::page::{failed, see_other};
use super::session::{Session, Sessions};

/// The largest form that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// How requests without a session are met.
#[derive(Clone)]
enum Stranger<W> {
    /// They are sent to a page where they can sign in.
    Sent(&'static str),
    /// They get a session of their own.
    Taken(W),
}

/// What the layer needs.
#[derive(Clone)]
pub struct Gate<W> {
    sessions: Sessions<W>,
    stranger: Stranger<W>,
}

impl<W: Clone + Send + Sync + 'static> Gate<W> {
    /// A gate for those who are signed in; others are sent to `login`, which must lie outside of the gate.
    #[must_use]
    pub fn closed(sessions: Sessions<W>, login: &'static str) -> Self {
        Self { sessions, stranger: Stranger::Sent(login) }
    }

    /// A gate for everybody; a newcomer gets a session as `who`, so that forms have a token all the same.
    #[must_use]
    pub fn open(sessions: Sessions<W>, who: W) -> Self {
        Self { sessions, stranger: Stranger::Taken(who) }
    }
}

/// Puts the [`Session`] and, for a POST, the [`Form`] into the request for handlers to take as extensions.
pub async fn gate<W: Clone + Send + Sync + 'static>(
    State(gate): State<Gate<W>>,
    mut request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let (session, set) = match (gate.sessions.of(request.headers()), &gate.stranger) {
        (Some(session), _) => (session, None),
        (None, Stranger::Sent(login)) if reads => return see_other(login),
        (None, Stranger::Sent(_)) => return refuse(StatusCode::UNAUTHORIZED, "Sign in again: this session has ended."),
        (None, Stranger::Taken(who)) => match gate.sessions.begin(who.clone()) {
            Ok((session, set)) => (session, Some(set)),
            Err(e) => {
                return refuse(StatusCode::INTERNAL_SERVER_ERROR, &format!("The system gives no random bytes: {e}."));
            }
        },
    };
    if !reads {
        request = match checked(&session, request).await {
            Ok(request) => request,
            Err(response) => return response,
        };
    }
    request.extensions_mut().insert(session);
    let mut response = next.run(request).await;
    if let Some(set) = set {
        response.headers_mut().append(header::SET_COOKIE, set);
    }
    response
}

/// The request with its form read, when that came from a page of this session.
async fn checked<W>(session: &Session<W>, request: Request) -> Result<Request, Response> {
    if *request.method() != Method::POST {
        return Err(refuse(StatusCode::METHOD_NOT_ALLOWED, "Use GET or POST."));
    }
    // Every browser of today tells where a form comes from; the guard has looked at `Origin` where there is one.
    let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Err(refuse(StatusCode::FORBIDDEN, "Pages of other sites may not send forms here."));
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "A form was expected."));
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "The form is larger than 1 MB."));
    };
    let form = Form::parse(&bytes);
    if !session.has_sent(form.raw("token")) {
        let message = "This form is from another session. Go back, load the page again, and send it once more.";
        return Err(refuse(StatusCode::FORBIDDEN, message));
    }
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(form);
    Ok(request)
}

fn refuse(status: StatusCode, message: &str) -> Response {
    (status, failed("Not done", message)).into_response()
}
