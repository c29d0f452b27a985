//! The device flow (RFC 8628): a person types a code on another device while this one asks now and then.

use super::answer::{TokenAnswer, TokenError, TokenErrorKind};
use super::consent::Params;
use super::token::{client_values, prove, service_url};
use crate::call::ProviderCall;
use crate::{Connection, Secret, Service, UnixTime};
use oauth2::StandardDeviceAuthorizationResponse;
use rainwright_diagnostic::{Code, Problem};

/// The call that starts a device flow; `scopes` are those chosen, empty for the service's default.
///
/// # Errors
/// [`Code::BadService`] when the service has no device URL; [`Code::BadRequest`] when a value is missing.
pub fn device_request(connection: &Connection, service: &Service, scopes: &[String]) -> Result<ProviderCall, Problem> {
    let (settings, credentials) = client_values(connection, service)?;
    let found = connection.metadata.as_ref().and_then(|m| m.device_authorization_endpoint.as_deref());
    let url = service_url(connection, service, settings.device_url.as_deref().or(found), "device URL")?;
    let mut params = Params::new();
    params.set(settings.param("client_id"), &credentials.client_id);
    let scopes = if scopes.is_empty() { &settings.default_scopes } else { scopes };
    if !scopes.is_empty() {
        params.set(settings.param("scope"), &scopes.join(&settings.scope_delimiter));
    }
    let mut call = ProviderCall::new("POST", url);
    call.set_header("Content-Type", "application/x-www-form-urlencoded");
    prove(&mut call, settings, settings.client_auth, credentials, &mut params);
    call.body = Secret::new(params.text());
    Ok(call)
}

/// A device flow under way.
#[derive(Clone, Debug)]
pub struct DeviceFlow {
    /// What is exchanged; see [`TokenGrant::Device`](super::TokenGrant::Device).
    pub device_code: Secret,
    /// What the person types.
    pub user_code: String,
    /// Where the person types it.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: Option<String>,
    /// How many seconds to wait between two tries.
    pub interval: u64,
    /// When the codes end.
    pub expires_at: UnixTime,
}

/// What to do after a try.
#[derive(Debug)]
pub enum Poll {
    /// Wait so many seconds, then ask again.
    Wait(u64),
    /// The person has consented.
    Done(Box<TokenAnswer>),
}

/// Reads the answer to [`device_request`].
///
/// # Errors
/// [`Code::AuthorizationFailed`] with what the provider said.
pub fn read_device(status: u16, body: &[u8], now: UnixTime) -> Result<DeviceFlow, Problem> {
    let failed =
        |what: String| Problem::new(Code::AuthorizationFailed, format!("The device login did not start: {what}."));
    let mut value: serde_json::Value =
        serde_json::from_slice(body).map_err(|_| failed(format!("status {status}, no JSON")))?;
    if let Some(map) = value.as_object_mut() {
        // Google's and other early servers' names.
        if let Some(url) = map.remove("verification_url") {
            map.entry("verification_uri").or_insert(url);
        }
    }
    if status >= 400 {
        let said = ["error", "error_description"].map(|key| crate::json::text_at(&value, key).unwrap_or_default());
        return Err(failed(format!("status {status} {}", said.join(" ").trim())));
    }
    let answer: StandardDeviceAuthorizationResponse =
        serde_json::from_value(value).map_err(|e| failed(format!("the answer is incomplete ({e})")))?;
    Ok(DeviceFlow {
        device_code: Secret::new(answer.device_code().secret().clone()),
        user_code: answer.user_code().secret().clone(),
        verification_uri: answer.verification_uri().to_string(),
        verification_uri_complete: answer.verification_uri_complete().map(|uri| uri.secret().clone()),
        interval: answer.interval().as_secs().max(1),
        expires_at: now + i64::try_from(answer.expires_in().as_secs()).unwrap_or(i64::from(u32::MAX)),
    })
}

impl DeviceFlow {
    /// What to do after a try: wait (longer, when asked to), take the token, or give up.
    ///
    /// # Errors
    /// [`Code::AuthorizationFailed`] when the person refused, the code ended, or the provider refuses the client.
    pub fn after(&mut self, answer: Result<TokenAnswer, TokenError>, now: UnixTime) -> Result<Poll, Problem> {
        let error = match answer {
            Ok(answer) => return Ok(Poll::Done(Box::new(answer))),
            Err(error) => error,
        };
        match error.kind {
            TokenErrorKind::Pending => {}
            TokenErrorKind::SlowDown => self.interval += 5,
            // RFC 8628 section 3.5: back off when the server is not reached.
            TokenErrorKind::Transient => self.interval = (self.interval * 2).min(60),
            _ => {
                let what = match error.error.as_str() {
                    "access_denied" => "the consent was refused".to_owned(),
                    "expired_token" => "the code was not typed in time".to_owned(),
                    _ => error.message().trim_end_matches('.').to_owned(),
                };
                return Err(Problem::new(Code::AuthorizationFailed, format!("The device login failed: {what}.")));
            }
        }
        if now + i64::try_from(self.interval).unwrap_or(60) >= self.expires_at {
            let message = "The device login failed: the code was not typed in time.";
            return Err(Problem::new(Code::AuthorizationFailed, message));
        }
        Ok(Poll::Wait(self.interval))
    }
}
