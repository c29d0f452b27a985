//! Reads the answer of a token URL as providers really give it, not only as RFC 6749 section 5 has it.

use crate::redact::Masker;
use crate::{OAuth2, Secret, UnixTime, json, time};
use oauth2::basic::BasicErrorResponseType;
use serde_json::{Map, Value};
use std::fmt;

/// Objects that some providers put the token into.
const NESTS: &[&str] = &["data", "body", "authed_user", "result"];

/// A token answer in one form. `Debug` shows no token.
#[derive(Clone)]
pub struct TokenAnswer {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, when there is one; without it the present one stays good.
    pub refresh_token: Option<Secret>,
    /// When the access token ends; `None` is unknown or never.
    pub expires_at: Option<UnixTime>,
    /// When the refresh token ends; `None` is unknown or never.
    pub refresh_expires_at: Option<UnixTime>,
    /// The scopes granted; `None` are those asked for.
    pub scopes: Option<Vec<String>>,
    /// What else was said, as JSON.
    pub extras: Secret,
    /// The whole answer, tokens included.
    pub(crate) raw: Value,
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer")
            .field("access_token", &self.access_token)
            .field("refresh_token", &self.refresh_token)
            .field("expires_at", &self.expires_at)
            .field("refresh_expires_at", &self.refresh_expires_at)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenErrorKind {
    /// The grant is refused (`invalid_grant` and its dialects): a person must consent again.
    Rejected,
    /// The client is refused (`invalid_client`): its id or secret is wrong.
    Client,
    /// The request is refused: the service's definition is wrong.
    Request,
    /// The device flow waits for the person (RFC 8628 section 3.5).
    Pending,
    /// The device flow is asked too often.
    SlowDown,
    /// It may pass: no network, a server error, too many requests.
    Transient,
    /// The answer is no token answer.
    Unreadable,
}

/// Why there is no token, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    /// What kind of refusal it is.
    pub kind: TokenErrorKind,
    /// The HTTP status; 0 when there was no answer.
    pub status: u16,
    /// The provider's error code, if any.
    pub error: String,
    /// The provider's explanation, if any.
    pub description: String,
    /// How many seconds the provider asks to wait.
    pub retry_after: Option<i64>,
}

impl TokenError {
    /// No answer at all: `message` says why, without secrets.
    pub fn network(message: impl Into<String>) -> Self {
        let description = message.into();
        Self { kind: TokenErrorKind::Transient, status: 0, error: String::new(), description, retry_after: None }
    }

    /// The same with what a `Retry-After` header asks.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: Option<i64>) -> Self {
        self.retry_after = seconds;
        self
    }

    /// The same without these secrets: some providers repeat what they were sent.
    #[must_use]
    pub fn masked(mut self, masker: &Masker) -> Self {
        self.error = masker.mask(&self.error).into_owned();
        self.description = masker.mask(&self.description).into_owned();
        self
    }

    /// Whether only a person can mend it, by consenting again.
    #[must_use]
    pub fn needs_person(&self) -> bool {
        self.kind == TokenErrorKind::Rejected
    }

    /// What happened, as one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let what = match self.kind {
            TokenErrorKind::Rejected => "the provider no longer takes the login",
            TokenErrorKind::Client => "the provider does not take the client id and secret",
            TokenErrorKind::Request => "the provider does not take the request",
            TokenErrorKind::Pending => "the provider waits for the consent",
            TokenErrorKind::SlowDown => "the provider is asked too often",
            TokenErrorKind::Transient if self.status == 0 => "the provider was not reached",
            TokenErrorKind::Transient => "the provider cannot answer now",
            TokenErrorKind::Unreadable => "the provider's answer holds no token",
        };
        let mut details = Vec::new();
        if self.status != 0 {
            details.push(format!("status {}", self.status));
        }
        details.extend([&self.error, &self.description].into_iter().filter(|text| !text.is_empty()).cloned());
        if details.is_empty() { format!("{what}.") } else { format!("{what} ({}).", details.join(", ")) }
    }

    /// What to do, where it is not to wait; `NAME` stands for the connection.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self.kind {
            TokenErrorKind::Client => Some("Give the client id and secret anew with `dg connect --reconnect NAME`."),
            TokenErrorKind::Request | TokenErrorKind::Unreadable => {
                Some("Check the token URL and its parameters in the service file.")
            }
            _ => None,
        }
    }
}

/// Reads the answer of a token URL.
///
/// # Errors
/// A [`TokenError`] for a refusal in any dialect, also with status 200, and for what is no token answer.
pub fn read_token(settings: &OAuth2, status: u16, body: &[u8], now: UnixTime) -> Result<TokenAnswer, TokenError> {
    let Some(raw) = read_object(body) else {
        let kind = if status >= 500 || status == 429 || status == 408 {
            TokenErrorKind::Transient
        } else {
            TokenErrorKind::Unreadable
        };
        return Err(TokenError { kind, status, error: String::new(), description: String::new(), retry_after: None });
    };
    let holder = find_holder(&raw, settings);
    let refused = status >= 400 || raw.get("ok") == Some(&Value::Bool(false));
    let (Some(holder), false) = (holder, refused) else {
        return Err(read_error(&raw, status));
    };
    let text = |key: &str| text_in(holder, key).or_else(|| text_in(&raw, key));
    let Some(access_token) = text_in(holder, &settings.token_key) else {
        return Err(read_error(&raw, status));
    };
    if let Some(kind) = text("token_type").filter(|kind| ["mac", "dpop", "pop"].contains(&kind.to_lowercase().as_str()))
    {
        return Err(TokenError {
            kind: TokenErrorKind::Request,
            status,
            error: String::new(),
            description: format!("it gave a token of type {kind}, which needs proofs that are not supported"),
            retry_after: None,
        });
    }
    let expires_at = expiry(&text, &["expires_in", "expires"], &["expires_at", "expires_on", "expires"], now)
        .unwrap_or_else(|| jwt_end(&access_token).filter(|end| *end > now));
    let refresh_expires_at = expiry(
        &text,
        &["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"],
        &["refresh_token_expires_at", "refresh_expires_at"],
        now,
    )
    .flatten();
    let refresh_token = text("refresh_token").map(Secret::new);
    let scopes =
        ["scope", "scopes"].iter().find_map(|key| holder.get(*key).or_else(|| raw.get(*key))).and_then(read_scopes);
    let access_token = Secret::new(access_token);
    let extras = extras(&raw, settings);
    Ok(TokenAnswer { access_token, refresh_token, expires_at, refresh_expires_at, scopes, extras, raw })
}

/// The body as an object: JSON whatever its content type says, else a form.
fn read_object(body: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return value.is_object().then_some(value);
    }
    let is_form = text.contains('=') && !text.starts_with(['<', '{', '[']) && !text.contains(['\n', ' ']);
    is_form.then(|| {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Value::Object(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect())
    })
}

/// The object that holds the token: where the service says, at the top, or in one of the usual nests.
fn find_holder<'a>(raw: &'a Value, settings: &OAuth2) -> Option<&'a Value> {
    let stated = settings.token_path.as_deref().and_then(|path| json::at(raw, path));
    let nests = NESTS.iter().filter_map(|nest| raw.get(*nest));
    stated.into_iter().chain([raw]).chain(nests).find(|holder| text_in(holder, &settings.token_key).is_some())
}

/// A text that says something; numbers are read as their text.
fn text_in(holder: &Value, key: &str) -> Option<String> {
    json::text_at(holder, key).filter(|text| !text.trim().is_empty())
}

/// When something ends: `None` when nothing is said, `Some(None)` when it is said to be never.
fn expiry(
    text: &impl Fn(&str) -> Option<String>,
    lengths: &[&str],
    moments: &[&str],
    now: UnixTime,
) -> Option<Option<UnixTime>> {
    // A length above 10^9 is a moment: some write `expires` either way.
    let is_moment = |text: &str| text.trim().parse::<f64>().is_ok_and(|n| n > 1e9);
    let length = lengths.iter().find_map(|key| text(key)).filter(|text| !is_moment(text));
    if let Some(end) = length.as_deref().and_then(|length| time::after(length, now)) {
        return Some(Some(end));
    }
    let moment =
        moments.iter().find_map(|key| text(key)).as_deref().and_then(time::moment).filter(|at| *at > 1_000_000_000);
    match moment {
        Some(at) => Some(Some(at)),
        None => length.map(|_| None),
    }
}

/// The `exp` of a token that is a JWT, read without checking it: a hint.
fn jwt_end(token: &str) -> Option<UnixTime> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).filter(|_| token.matches('.').count() == 2)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()?;
    claims.get("exp")?.as_f64().map(|exp| exp as i64)
}

fn read_scopes(value: &Value) -> Option<Vec<String>> {
    let scopes: Vec<String> = match value {
        Value::String(text) => text.split([' ', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        Value::Array(list) => list.iter().filter_map(|s| s.as_str().map(str::to_owned)).collect(),
        _ => return None,
    };
    (!scopes.is_empty()).then_some(scopes)
}

/// All that was said, without the tokens.
fn extras(raw: &Value, settings: &OAuth2) -> Secret {
    fn strip(value: &Value, token_key: &str) -> Value {
        let is_token = |key: &str| key == token_key || matches!(key, "access_token" | "refresh_token" | "id_token");
        match value {
            Value::Object(map) => {
                let kept = map.iter().filter(|(key, _)| !is_token(key));
                Value::Object(kept.map(|(key, value)| (key.clone(), strip(value, token_key))).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
    Secret::new(strip(raw, &settings.token_key).to_string())
}

/// What a refusal says, in RFC 6749 section 5.2 and the dialects of Slack, GitHub, Zoho, Facebook and others.
fn read_error(raw: &Value, status: u16) -> TokenError {
    let first = |paths: &[&str]| paths.iter().find_map(|path| text_in(raw, path)).unwrap_or_default();
    let error = first(&[
        "error",
        "error.code",
        "error.type",
        "error.status",
        "code",
        "errorCode",
        "error_code",
        "errors.0.code",
    ]);
    let description = first(&[
        "error_description",
        "error.message",
        "error_message",
        "errorMessage",
        "message",
        "errors.0.message",
        "errors.0.detail",
        "description",
        "detail",
    ]);
    TokenError { kind: kind_of(status, &error, &description), status, error, description, retry_after: None }
}

fn kind_of(status: u16, error: &str, description: &str) -> TokenErrorKind {
    let code = error.trim().to_lowercase().replace([' ', '-'], "_");
    let busy = description.to_lowercase().contains("too many requests");
    if status >= 500 || status == 429 || status == 408 || busy {
        return TokenErrorKind::Transient;
    }
    match code.as_str() {
        "authorization_pending" => return TokenErrorKind::Pending,
        "slow_down" => return TokenErrorKind::SlowDown,
        "temporarily_unavailable"
        | "server_error"
        | "internal_error"
        | "ratelimited"
        | "rate_limited"
        | "rate_limit_exceeded" => {
            return TokenErrorKind::Transient;
        }
        // Dialects of invalid_grant: Slack, GitHub, Zoho, Microsoft, the device flow; 190 is Facebook's.
        "invalid_refresh_token"
        | "bad_refresh_token"
        | "token_revoked"
        | "token_expired"
        | "invalid_code"
        | "bad_verification_code"
        | "code_already_used"
        | "expired_token"
        | "access_denied"
        | "interaction_required"
        | "consent_required"
        | "login_required"
        | "account_inactive"
        | "inactive_user"
        | "refresh_token_expired"
        | "invalid_token"
        | "190" => return TokenErrorKind::Rejected,
        "incorrect_client_credentials" | "bad_client_secret" | "invalid_client_id" | "invalid_client_secret" => {
            return TokenErrorKind::Client;
        }
        _ => {}
    }
    match serde_json::from_value(Value::String(code)) {
        Ok(BasicErrorResponseType::InvalidGrant) => TokenErrorKind::Rejected,
        Ok(BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient) => {
            TokenErrorKind::Client
        }
        Ok(
            BasicErrorResponseType::InvalidRequest
            | BasicErrorResponseType::InvalidScope
            | BasicErrorResponseType::UnsupportedGrantType,
        ) => TokenErrorKind::Request,
        // An unknown word never ends a login: it may pass, or a person sees it in the message.
        _ if error.is_empty() => TokenErrorKind::Unreadable,
        _ => TokenErrorKind::Request,
    }
}
