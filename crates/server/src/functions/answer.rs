//! What comes of a run, in the forms that callers read.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use rainwright::effect::DataMap;
use rainwright::{Code, Data, EntryPoint, Failure};
use rainwright_syntax::ast::TypeKind;

use super::watched::SeenEffect;

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The result, or why there is none.
    pub result: Result<Data, Failure>,
    /// The lines of `info`.
    pub lines: Vec<String>,
    /// What it did outside, in order.
    pub effects: Vec<SeenEffect>,
}

impl Ran {
    /// A run that did not begin.
    pub(super) fn failed(failure: impl Into<Failure>) -> Self {
        Self { result: Err(failure.into()), lines: Vec::new(), effects: Vec::new() }
    }
}

/// Room for the headers of an answer, those of the guard included: a map that grows is hashed anew.
const HEADERS: usize = 8;
/// Room for a short answer.
const SHORT: usize = 256;

/// A JSON answer.
pub(super) fn json(status: StatusCode, data: &Data) -> Response {
    let mut text = String::with_capacity(SHORT);
    data.write_json(&mut text);
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.headers_mut() = headers;
    response
}

/// A refusal in plain JSON.
pub(super) fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let error = Data::map([("code", code), ("message", message)]);
    json(status, &Data::map([("error", error)]))
}

/// A refusal as Zoho CRM answers it.
pub(super) fn crm_refused(status: StatusCode, code: &str, message: &str) -> Response {
    let map = [("code", Data::from(code)), ("details", DataMap::new().into())];
    let rest = [("message", Data::from(message)), ("status", "error".into())];
    json(status, &Data::map(map.into_iter().chain(rest)))
}

/// A run as a function of Zoho CRM answers: the result as text in an envelope, or what the function says in
/// `crmAPIResponse`.
pub(super) fn crm(ended: Ran, entry: &EntryPoint, id: &str) -> Response {
    let value = match ended.result {
        Ok(value) => value,
        Err(failure) => {
            let details = Data::map([
                ("error", Data::from(failure.code().to_string())),
                ("line", failure.line().into()),
                ("userMessage", ended.lines.into()),
            ]);
            let map = [("code", Data::from("INTERNAL_ERROR")), ("details", details)];
            let rest = [("message", Data::from(failure.message())), ("status", "error".into())];
            return json(StatusCode::OK, &Data::map(map.into_iter().chain(rest)));
        }
    };
    if let Some(Data::Map(own)) = value.get("crmAPIResponse") {
        return own_response(own);
    }
    let output = if value.is_null() { Data::Null } else { value.to_string().into() };
    let kind = if entry.returns == TypeKind::Void { "void" } else { "string" };
    let details = Data::map([
        ("output", output),
        ("output_type", kind.into()),
        ("id", id.into()),
        ("userMessage", ended.lines.into()),
    ]);
    let map = [("code", Data::from("success")), ("details", details)];
    json(StatusCode::OK, &Data::map(map.into_iter().chain([("message", "function executed successfully".into())])))
}

/// The answer that a function made itself: status, headers, content type and body.
fn own_response(own: &DataMap) -> Response {
    let status = match own.get("status_code") {
        Some(Data::Number(number)) => u16::try_from(*number).ok(),
        Some(Data::Text(text)) => text.trim().parse().ok(),
        _ => Some(200),
    };
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let body = own.get("body").map(Data::to_string).unwrap_or_default();
    let named = ["Content-Type", "content_type", "content-type"].iter().find_map(|key| own.get(key)?.as_text());
    let is_json = own.get("body").is_some_and(|body| body.as_map().is_some() || body.as_list().is_some());
    let default = if is_json { "application/json" } else { "text/plain;charset=utf-8" };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let mut set = |name: &str, value: &str| {
        // Headers that frame the message are the server's own.
        let framing = ["content-length", "transfer-encoding", "connection", "upgrade", "host"];
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
            && !framing.contains(&name.as_str())
        {
            response.headers_mut().insert(name, value);
        }
    };
    set("content-type", named.unwrap_or(default));
    if let Some(Data::Map(headers)) = own.get("headers") {
        for (name, value) in headers.iter() {
            set(&name.to_string(), &value.to_string());
        }
    }
    response
}

/// A run in plain JSON, with its status.
pub(super) fn plain(ended: Ran) -> (StatusCode, Data) {
    let info = ("info", Data::from(ended.lines));
    match ended.result {
        Ok(value) => (StatusCode::OK, Data::map([("result", value), info])),
        Err(failure) => {
            let error = Data::map([
                ("code", Data::from(failure.code().to_string())),
                ("message", failure.message().into()),
                ("help", failure.help().into()),
                ("line", failure.line().into()),
            ]);
            let status = match failure.code() {
                Code::Interrupted | Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            (status, Data::map([("error", error), info]))
        }
    }
}
