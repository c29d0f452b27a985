//! Small tools for reading requests and building answers.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// Name-value pairs of a query or a form, decoded, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads `a=1&b=2`.
    pub(crate) fn parse(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The scalar members of a JSON object, as pairs.
    pub(crate) fn from_json(object: &Object) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self(object.iter().map(|(name, value)| (name.clone(), text(value))).collect())
    }

    /// The first value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value of that name, or an empty text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The first value of that name as a whole number; `default` when it is missing or none.
    pub(crate) fn number(&self, name: &str, default: usize) -> usize {
        self.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or(default)
    }

    /// These pairs and then those.
    pub(crate) fn and(mut self, others: Pairs) -> Self {
        self.0.extend(others.0);
        self
    }

    /// All pairs, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }
}

/// A JSON answer.
pub(crate) fn json(status: u16, value: impl Into<Value>) -> Response {
    typed(status, "application/json;charset=UTF-8", value.into().to_string())
}

/// An answer of any content type.
pub(crate) fn typed(status: u16, content_type: &str, body: impl Into<Body>) -> Response {
    let mut response = (code(status), body.into()).into_response();
    set(&mut response, header::CONTENT_TYPE.as_str(), content_type);
    response
}

/// An answer without a body.
pub(crate) fn empty(status: u16) -> Response {
    code(status).into_response()
}

/// Sets a header; one that HTTP does not allow is left out.
pub(crate) fn set(response: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (header::HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

/// A status code; a number that is none becomes 500.
pub(crate) fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A header as text, or nothing when it is missing or not ASCII.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What follows `scheme` in the `Authorization` header; the scheme's case does not matter.
pub(crate) fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (found, rest) = header_text(headers, "authorization").split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// User and password of HTTP Basic authentication (RFC 7617), read as UTF-8.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let bytes = STANDARD.decode(authorization(headers, "Basic")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.into(), password.into()))
}

/// The items of one page, by offset.
pub(crate) fn page<T: Clone>(items: &[T], offset: usize, count: usize) -> Vec<T> {
    items.iter().skip(offset).take(count).cloned().collect()
}

/// Text escaped for HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The present instant as RFC 3339 with a numeric offset and whole seconds, as `2025-01-31T10:00:00+00:00`.
pub(crate) fn now_text() -> String {
    crate::world::now().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Whether a text looks like a mail address: one `@`, followed by a dotted domain, and no spaces.
pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
            && domain.split('.').count() > 1
            && domain.split('.').all(|label| !label.is_empty())
    })
}
