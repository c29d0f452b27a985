//! Gives tokens back to the provider: by RFC 7009, or in the way the service has of its own.

use super::answer::{TokenErrorKind, read_token};
use super::consent::Params;
use super::token::{client_basic, client_values, fill_client, prove, service_url};
use crate::call::Call;
use crate::{ClientAuth, Connection, Place, RevokeStyle, Secret, Service, template};
use rainwright_diagnostic::{Code, Problem};

/// The calls that give the connection's tokens back, the refresh token's first; empty when the provider offers no way.
///
/// # Errors
/// [`Code::BadRequest`] when a value is missing; [`Code::HostNotAllowed`] when a found value leads elsewhere.
pub fn revocations(connection: &Connection, service: &Service) -> Result<Vec<Call>, Problem> {
    let (settings, credentials) = client_values(connection, service)?;
    let found = connection.metadata.as_ref().and_then(|m| m.revocation_endpoint.as_deref());
    let Some(stated) = settings.revoke_url.as_deref().or(found) else {
        return Ok(Vec::new());
    };
    let fill = |name: &str| fill_client(connection, service, credentials, name);
    let at = |template: &str| {
        let filled = template::fill_url(template, fill)?;
        connection.check_credential_url(service, template, &filled)
    };
    let tokens = [("refresh_token", &credentials.refresh_token), ("access_token", &credentials.access_token)];
    let tokens = tokens.into_iter().filter(|(_, token)| !token.is_empty());
    let mut calls = Vec::new();
    match settings.revoke_style {
        RevokeStyle::Standard => {
            let url = service_url(connection, service, Some(stated), "revocation URL")?;
            for (hint, token) in tokens {
                let mut params = Params::new();
                params.set("token", token.expose());
                params.set("token_type_hint", hint);
                let mut call = Call::new("POST", url.clone());
                prove(&mut call, settings, settings.client_auth, credentials, &mut params);
                call.set_header("Content-Type", "application/x-www-form-urlencoded");
                call.body = Secret::new(params.text());
                calls.push(call);
            }
        }
        RevokeStyle::Bearer if !credentials.access_token.is_empty() && settings.place == Place::Header => {
            let mut call = Call::new("POST", at(stated)?);
            call.set_header(&settings.key, template::fill(&settings.value, fill).into_owned());
            calls.push(call);
        }
        RevokeStyle::Delete => {
            let named = |name: &str| template::names(stated).any(|n| n == name);
            if tokens.clone().any(|(name, _)| named(name)) {
                calls.push(Call::new("DELETE", at(stated)?));
            }
        }
        RevokeStyle::DeleteJson if !credentials.access_token.is_empty() => {
            let mut call = Call::new("DELETE", at(stated)?);
            call.set_header("Authorization", client_basic(ClientAuth::BasicRaw, credentials));
            call.set_header("Content-Type", "application/json");
            let body = serde_json::json!({ "access_token": credentials.access_token.expose() });
            call.body = Secret::new(body.to_string());
            calls.push(call);
        }
        RevokeStyle::Bearer | RevokeStyle::DeleteJson => {}
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
    let gone = settings.revoke_style != RevokeStyle::Standard && status == 404;
    if (200..300).contains(&status) || gone {
        return Ok(());
    }
    match read_token(settings, status, body, 0) {
        Err(error) if error.kind == TokenErrorKind::Rejected => Ok(()),
        Err(error) => Err(Problem::new(
            Code::AuthorizationFailed,
            format!("{} did not take the token back: {}", service.name, error.message()),
        )
        .with_help("Revoke the application's access in the account settings of the service.")),
        Ok(_) => Ok(()),
    }
}
