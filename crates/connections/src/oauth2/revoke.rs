//! Gives tokens back to the provider: by RFC 7009, or in the way the service has of its own.

use super::answer::{TokenErrorKind, read_token};
use super::consent::Params;
use super::token::{client_values, fill_client, prove, service_url, write};
use crate::call::ProviderCall;
use crate::{Connection, OAuth2, OAuth2Credentials, RevokeMethod, Service, TokenFormat, template};
use rainwright_diagnostic::{Code, Problem};

/// The calls that give the connection's tokens back, the refresh token's first; empty when the provider offers no way.
///
/// # Errors
/// [`Code::BadRequest`] when a value is missing; [`Code::HostNotAllowed`] when a found value leads elsewhere.
pub fn revocations(connection: &Connection, service: &Service) -> Result<Vec<ProviderCall>, Problem> {
    let (settings, credentials) = client_values(connection, service)?;
    let found = connection.metadata.as_ref().and_then(|m| m.revocation_endpoint.as_deref());
    let Some(url) = settings.revoke_url.as_deref().or(found) else {
        return Ok(Vec::new());
    };
    if settings.revoke.is_some() {
        return Ok(own(connection, service, settings, credentials, url)?.into_iter().collect());
    }
    let url = service_url(connection, service, Some(url), "revocation URL")?;
    let tokens = [("refresh_token", &credentials.refresh_token), ("access_token", &credentials.access_token)];
    let calls = tokens.into_iter().filter(|(_, token)| !token.is_empty()).map(|(hint, token)| {
        let mut params = Params::new();
        params.set("token", token.expose());
        params.set("token_type_hint", hint);
        let mut call = ProviderCall::new("POST", url.clone());
        prove(&mut call, settings, settings.client_auth, credentials, &mut params);
        write(&mut call, TokenFormat::Form, &params);
        call
    });
    Ok(calls.collect())
}

/// The one call of a service that has its own way; `None` when the connection lacks a token that it mentions.
fn own(
    connection: &Connection,
    service: &Service,
    settings: &OAuth2,
    credentials: &OAuth2Credentials,
    url: &str,
) -> Result<Option<ProviderCall>, Problem> {
    let Some(way) = &settings.revoke else {
        return Ok(None);
    };
    let texts = || way.headers.values().chain(way.params.values()).map(String::as_str).chain([url]);
    let lacks = |name: &str| match name {
        "access_token" => credentials.access_token.is_empty(),
        "refresh_token" => credentials.refresh_token.is_empty(),
        _ => false,
    };
    let none_left = credentials.access_token.is_empty() && credentials.refresh_token.is_empty();
    if none_left || texts().flat_map(template::names).any(lacks) {
        return Ok(None);
    }
    let fill = |name: &str| fill_client(connection, service, credentials, name);
    let filled = template::fill_url(url, fill)?;
    let method = match way.method {
        RevokeMethod::Post => "POST",
        RevokeMethod::Delete => "DELETE",
    };
    let mut call = ProviderCall::new(method, connection.check_credential_url(service, url, &filled)?);
    let mut params = Params::new();
    for (name, value) in &way.params {
        params.set(name, &template::fill(value, fill));
    }
    if let Some(auth) = way.client_auth {
        prove(&mut call, settings, auth, credentials, &mut params);
    }
    if !params.is_empty() {
        write(&mut call, way.format, &params);
    }
    for (name, value) in &way.headers {
        call.set_header(name, template::fill(value, fill).into_owned());
    }
    Ok(Some(call))
}

/// Reads the answer to one of [`revocations`]: a token that the provider does not know counts as given back.
///
/// # Errors
/// [`Code::AuthorizationFailed`] when the provider did not take it back.
pub fn read_revocation(service: &Service, status: u16, body: &[u8]) -> Result<(), Problem> {
    let crate::Auth::OAuth2(settings) = service.auth() else {
        return Ok(());
    };
    // What is deleted by its address and not there is given back.
    let gone = settings.revoke.is_some() && status == 404;
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
