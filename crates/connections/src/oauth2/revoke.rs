//! Gives tokens back to the provider (RFC 7009).

use super::answer::{TokenErrorKind, read_token};
use super::consent::Params;
use super::token::{client_basic, client_values, service_url};
use crate::call::Call;
use crate::{ClientAuth, Connection, Secret, Service};
use rainwright_diagnostic::{Code, Problem};

/// The calls that give the connection's tokens back, the refresh token's first; empty when the provider offers no way.
///
/// # Errors
/// [`Code::BadRequest`] when a value is missing; [`Code::HostNotAllowed`] when a found value leads elsewhere.
pub fn revocations(connection: &Connection, service: &Service) -> Result<Vec<Call>, Problem> {
    let (settings, credentials) = client_values(connection, service)?;
    let found = connection
        .metadata
        .as_ref()
        .and_then(|m| m.revocation_endpoint.as_deref());
    let Some(url) = settings.revoke_url.as_deref().or(found) else {
        return Ok(Vec::new());
    };
    let url = service_url(connection, service, Some(url), "revocation URL")?;
    let tokens = [
        ("refresh_token", &credentials.refresh_token),
        ("access_token", &credentials.access_token),
    ];
    let mut calls = Vec::new();
    for (hint, token) in tokens.into_iter().filter(|(_, token)| !token.is_empty()) {
        let mut params = Params::new();
        params.set("token", token.expose());
        params.set("token_type_hint", hint);
        let mut call = Call::new("POST", url.clone());
        call.set_header("Content-Type", "application/x-www-form-urlencoded");
        match settings.client_auth {
            auth @ (ClientAuth::Basic | ClientAuth::BasicRaw)
                if !credentials.client_secret.is_empty() =>
            {
                call.set_header("Authorization", client_basic(auth, credentials));
            }
            _ => {
                params.set(settings.param("client_id"), &credentials.client_id);
                if !credentials.client_secret.is_empty() {
                    params.set(
                        settings.param("client_secret"),
                        credentials.client_secret.expose(),
                    );
                }
            }
        }
        call.body = Secret::new(params.text());
        calls.push(call);
    }
    Ok(calls)
}

/// Reads the answer to one of [`revocations`]: a token that the provider does not know counts as given back.
///
/// # Errors
/// [`Code::AuthorizationFailed`] when the provider did not take it back.
pub fn read_revocation(service: &Service, status: u16, body: &[u8]) -> Result<(), Problem> {
    let crate::Auth::OAuth2(settings) = service.auth() else {
        return Ok(());
    };
    if (200..300).contains(&status) {
        return Ok(());
    }
    match read_token(settings, status, body, 0) {
        Err(error) if error.kind == TokenErrorKind::Rejected => Ok(()),
        Err(error) => Err(Problem::new(
            Code::AuthorizationFailed,
            format!(
                "{} did not take the token back: {}",
                service.name,
                error.message()
            ),
        )
        .with_help("Revoke the application's access in the account settings of the service.")),
        Ok(_) => Ok(()),
    }
}
