//! Misbehaviour on demand: what the next requests to a service meet instead of an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::doubles;
use crate::http::{set, typed};
use crate::listener::Cut;
use crate::products;
use crate::world::Ctx;

/// One way to misbehave. Without `status`, `body`, `size`, `drop` or `truncate` the real answer follows the delay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// The service: `mailchimp`, or one host of it by its path in the sandbox: `mailchimp-api`.
    pub service: String,
    /// Only requests whose path after that begins with this: `/3.0/lists`.
    pub path: String,
    /// Only requests with this method.
    pub method: String,
    /// How many requests meet it; `None` is one.
    pub times: Option<u32>,
    /// The status to answer with; the body is the service's own error format unless `body` is given.
    pub status: Option<u16>,
    /// Headers of that answer. A 429 or 503 says `Retry-After: 1` unless another is given here.
    pub headers: BTreeMap<String, String>,
    /// The body of that answer, sent as JSON whatever it is.
    pub body: Option<String>,
    /// Answers with a body of that many bytes, streamed.
    pub size: Option<u64>,
    /// How long to wait first, in milliseconds.
    pub delay_ms: u64,
    /// Closes the connection without an answer.
    pub drop: bool,
    /// Breaks off in the middle of the body.
    pub truncate: bool,
}

impl Fault {
    fn hits(&self, method: &Method, segment: &str, rest: &str) -> bool {
        let service = self.service.as_str();
        (service.is_empty() || service == segment || service == doubles::service(segment))
            && rest.starts_with(&self.path)
            && (self.method.is_empty() || method.as_str().eq_ignore_ascii_case(&self.method))
    }

    fn replaces_answer(&self) -> bool {
        self.status.is_some() || self.body.is_some() || self.size.is_some() || self.truncate
    }

    fn answer(&self, segment: &str, rest: &str) -> Response {
        let status = self.status.unwrap_or(200);
        let mut response = match (&self.body, self.size) {
            _ if self.truncate => typed(status, "application/json", Body::from_stream(broken_off())),
            (_, Some(size)) => typed(status, "application/json", Body::from_stream(endless(size))),
            (Some(body), None) => typed(status, "application/json", body.clone()),
            (None, None) => doubles::error(segment, rest, status),
        };
        if matches!(status, 429 | 503) {
            set(&mut response, "retry-after", "1");
        }
        for (name, value) in &self.headers {
            set(&mut response, name, value);
        }
        response
    }
}

/// Counts each request, lets it meet the fault that waits for it, and saves what it changed.
pub(crate) async fn intercept(
    State(ctx): State<Ctx>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let (segment, rest) = doubles::split(&path);
    if segment == "_sandbox" {
        return next.run(request).await;
    }
    ctx.stats().count(request.method(), &path);
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(fault) = take(&ctx, request.method(), segment, rest) {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
        if fault.drop {
            cut.now();
        }
        if fault.drop || fault.replaces_answer() {
            return fault.answer(segment, rest);
        }
    }
    let method = request.method().clone();
    let response = next.run(request).await;
    if response.headers().contains_key(products::NOT_PLAYED) {
        ctx.stats().miss(&method, &path);
    }
    match writes.then(|| ctx.save()) {
        Some(Err(e)) => typed(500, "text/plain", format!("the sandbox could not save its state: {e}")),
        _ => response,
    }
}

/// Takes one use of the first fault that waits for such a request.
fn take(ctx: &Ctx, method: &Method, segment: &str, rest: &str) -> Option<Fault> {
    let mut faults = ctx.faults();
    let at = faults.iter().position(|fault| fault.hits(method, segment, rest))?;
    match faults[at].times.unwrap_or(1) {
        0 | 1 => Some(faults.remove(at)),
        left => {
            faults[at].times = Some(left - 1);
            Some(faults[at].clone())
        }
    }
}

type Chunk = Result<Bytes, std::io::Error>;

/// The start of a JSON answer, then an error in place of its end.
fn broken_off() -> impl stream::Stream<Item = Chunk> {
    stream::unfold(false, |begun| async move {
        if begun {
            // Time for the start to leave; an error at once would take it along.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Err(std::io::ErrorKind::ConnectionAborted.into()), true))
        } else {
            Some((Ok(Bytes::from_static(b"{\"data\":[{\"id\":\"1\",")), true))
        }
    })
}

/// A JSON text of `size` bytes, in pieces.
pub(crate) fn endless(size: u64) -> impl stream::Stream<Item = Chunk> {
    const PIECE: u64 = 64 * 1024;
    static SPACES: [u8; PIECE as usize] = [b' '; PIECE as usize];
    stream::unfold(size, |left| async move {
        let piece = match left {
            0 => return None,
            1..=PIECE => {
                // JSON allows any amount of white space before a value.
                let mut last = SPACES[..left as usize].to_vec();
                last[left as usize - 1] = b'0';
                Bytes::from(last)
            }
            _ => Bytes::from_static(&SPACES),
        };
        Some((Ok(piece), left.saturating_sub(PIECE)))
    })
}
