//! What a caller gives: the key, and arguments from the query, a form, parts, or JSON.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use rainwright::builtins::to_data;
use rainwright::effect::{DataMap, File};
use rainwright::{Code, Data, Locale, Problem};

/// Query parameters that belong to the call itself, not to the function.
const OF_THE_CALL: [&str; 5] = ["auth_type", "zapikey", "arguments", "async", "durable"];
/// Headers that carry credentials or belong to the connection; a function does not see them.
const HIDDEN: [&str; 6] = ["authorization", "cookie", "x-api-key", "proxy-authorization", "host", "connection"];

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// A call as it came in.
pub(super) struct Given {
    pub(super) method: Method,
    pub(super) uri: Uri,
    headers: HeaderMap,
    pub(super) body: Bytes,
    query: Vec<(String, String)>,
}

impl Given {
    /// The head of a request, and its body, which is to be read.
    pub(super) fn of(request: Request) -> (Self, Body) {
        let (head, body) = request.into_parts();
        let query = head.uri.query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        (Self { method: head.method, uri: head.uri, headers: head.headers, body: Bytes::new(), query }, body)
    }

    /// Reads the body, of at most `most` bytes.
    ///
    /// # Errors
    /// A body that cannot be read or is too large: the answer for it.
    pub(super) async fn read(&mut self, body: Body, most: usize) -> Result<(), Response> {
        self.body = to_bytes(body, most).await.map_err(|e| unread(&e))?;
        Ok(())
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The key that the caller shows: as Zoho's parameter, or in a header.
    pub(super) fn key(&self) -> Option<&str> {
        let of_header = self.header(header::AUTHORIZATION).and_then(|value| {
            let (scheme, key) = value.split_once(' ')?;
            ["bearer", "zoho-oauthtoken"].iter().any(|s| scheme.eq_ignore_ascii_case(s)).then_some(key.trim())
        });
        of_header.or_else(|| self.header(API_KEY)).or_else(|| self.parameter("zapikey"))
    }

    /// Whether the answer is wanted at once, and the result later.
    pub(super) fn is_async(&self) -> bool {
        let prefers = self.header(PREFER).is_some_and(|value| value.contains("respond-async"));
        prefers || self.parameter("async").is_some_and(|value| value == "true" || value == "1")
    }

    /// Whether the run survives the server; its result is then told later.
    pub(super) fn is_durable(&self) -> bool {
        let mut preferences = self.header(PREFER).unwrap_or_default().split(',');
        preferences.any(|one| one.trim().eq_ignore_ascii_case("durable"))
            || self.parameter("durable").is_some_and(|value| value == "true" || value == "1")
    }

    /// The body as JSON; null when there is none.
    ///
    /// # Errors
    /// [`Code::CannotParse`] for a body that is not JSON.
    pub(super) fn json(&self, engine: &rainwright::Engine) -> Result<Data, Problem> {
        let text = std::str::from_utf8(&self.body)
            .map_err(|_| Problem::new(Code::CannotParse, "The body is not UTF-8 text."))?;
        if text.trim().is_empty() {
            return Ok(Data::Null);
        }
        let value = rainwright::read_json(text).map_err(|failure| Problem::new(failure.code(), failure.message()))?;
        to_data(&value, engine.locale()).map_err(|problem| *problem)
    }

    /// The caller's name for this very call, for calls that are sent again.
    pub(super) fn idempotency_key(&self) -> Option<&str> {
        self.header(IDEMPOTENCY_KEY).filter(|key| !key.is_empty() && key.len() <= 255)
    }

    /// Whether the body is of a media type; upper and lower case do not differ.
    fn is(&self, media_type: &str) -> bool {
        self.media_type().eq_ignore_ascii_case(media_type)
    }

    fn media_type(&self) -> &str {
        let full = self.header(header::CONTENT_TYPE).unwrap_or_default();
        full.split(';').next().unwrap_or_default().trim()
    }

    /// The arguments of a call as Zoho CRM takes them: query, form fields or parts, and `arguments` as JSON text.
    ///
    /// # Errors
    /// [`Code::CannotParse`] for a form or JSON that cannot be read.
    pub(super) async fn crm_arguments(&self, locale: &Locale) -> Result<DataMap, Problem> {
        let own = |(key, _): &&(String, String)| !OF_THE_CALL.contains(&key.as_str());
        let mut arguments: DataMap = self.query.iter().filter(own).cloned().collect();
        for (key, value) in self.fields().await? {
            match (key.as_str(), value.as_text()) {
                ("arguments", Some(text)) => merge(&mut arguments, object(text, locale)?),
                _ => arguments.insert(key, value),
            }
        }
        if let Some(text) = self.parameter("arguments") {
            merge(&mut arguments, object(text, locale)?);
        }
        Ok(arguments)
    }

    /// The arguments of a plain call: the query, form fields or parts, or a JSON object as the body.
    ///
    /// # Errors
    /// As [`Given::crm_arguments`].
    pub(super) async fn plain_arguments(&self, locale: &Locale) -> Result<DataMap, Problem> {
        let is_json = self.is("application/json") || self.media_type().to_ascii_lowercase().ends_with("+json");
        if !is_json || self.body.is_empty() {
            return self.crm_arguments(locale).await;
        }
        let own = |(key, _): &&(String, String)| !OF_THE_CALL.contains(&key.as_str());
        let mut arguments: DataMap = self.query.iter().filter(own).cloned().collect();
        let text = std::str::from_utf8(&self.body)
            .map_err(|_| Problem::new(Code::CannotParse, "The body is not UTF-8 text."))?;
        merge(&mut arguments, object(text, locale)?);
        Ok(arguments)
    }

    /// The fields of a form or of parts, in order.
    async fn fields(&self) -> Result<Vec<(String, Data)>, Problem> {
        if self.is(FORM) {
            let pairs = url::form_urlencoded::parse(&self.body).into_owned();
            return Ok(pairs.map(|(key, value)| (key, Data::Text(value))).collect());
        }
        // Boxed, so that calls without parts need not carry the room for reading them.
        if self.is("multipart/form-data") { Box::pin(self.read_parts()).await } else { Ok(Vec::new()) }
    }

    async fn read_parts(&self) -> Result<Vec<(String, Data)>, Problem> {
        let bad =
            |e: &dyn std::fmt::Display| Problem::new(Code::CannotParse, format!("The parts cannot be read: {e}."));
        let mut request = Request::new(Body::from(self.body.clone()));
        request.headers_mut().clone_from(&self.headers);
        // The body as a whole was bounded when it was read.
        DefaultBodyLimit::disable().apply(&mut request);
        let mut parts = Multipart::from_request(request, &()).await.map_err(|e| bad(&e))?;
        let mut fields = Vec::new();
        while let Some(part) = parts.next_field().await.map_err(|e| bad(&e))? {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let mime = part.content_type().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|e| bad(&e))?;
            let value = match file {
                Some(file) => File { name: file, mime, bytes, ..File::default() }.into(),
                None => Data::Text(String::from_utf8_lossy(&bytes).into_owned()),
            };
            fields.push((name, value));
        }
        Ok(fields)
    }

    /// The whole call as the text of a map, which a parameter named `crmAPIRequest` gets.
    pub(super) async fn crm_api_request(&self) -> Result<String, Problem> {
        let own = |(key, _): &&(String, String)| !matches!(key.as_str(), "auth_type" | "zapikey");
        let mut params: DataMap = self.query.iter().filter(own).cloned().collect();
        if self.is(FORM) {
            for (key, value) in self.fields().await? {
                params.insert(key, value);
            }
        }
        let auth_type = self.parameter("auth_type").unwrap_or("oauth");
        let request = Data::map([
            ("method", Data::from(self.method.as_str())),
            ("auth_type", auth_type.into()),
            ("headers", headers(&self.headers).into()),
            ("params", params.into()),
            ("body", String::from_utf8_lossy(&self.body).into_owned().into()),
            ("file_content", Data::Null),
            ("user_info", DataMap::new().into()),
            ("record", DataMap::new().into()),
        ]);
        Ok(request.to_json())
    }
}

fn headers(headers: &HeaderMap) -> DataMap {
    let shown = headers.iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str()) && *name != header::CONTENT_LENGTH);
    shown.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect()
}

/// Adds the entries of a JSON object.
fn merge(into: &mut DataMap, more: DataMap) {
    if into.is_empty() {
        *into = more;
        return;
    }
    for (key, value) in more {
        if let Data::Text(key) = key {
            into.insert(key, value);
        }
    }
}

/// The answer to a body that is too large, or that did not come.
fn unread(e: &axum::Error) -> Response {
    let is_too_large = std::error::Error::source(e).is_some_and(|e| e.is::<LengthLimitError>());
    let status = if is_too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    (status, format!("The body cannot be read: {e}.\n")).into_response()
}

/// A JSON object as arguments.
fn object(text: &str, locale: &Locale) -> Result<DataMap, Problem> {
    let bad = |why: String| {
        Problem::new(Code::CannotParse, format!("The arguments cannot be read: {why}"))
            .with_help("Send a JSON object of the parameters with their values.")
    };
    let value = rainwright::read_json(text).map_err(|failure| bad(failure.message().to_owned()))?;
    match to_data(&value, locale).map_err(|problem| *problem)? {
        Data::Map(map) => Ok(map),
        other => Err(bad(format!("a JSON object was expected, not {}.", other.kind()))),
    }
}
