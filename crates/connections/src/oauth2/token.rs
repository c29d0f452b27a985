//! The calls that get tokens: one for each grant, with the service's quirks.

use super::consent::{Params, Pending};
use crate::call::ProviderCall;
use crate::{Auth, ClientAuth, Connection, Grant, OAuth2, OAuth2Credentials, Secret, Service, TokenFormat, template};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rainwright_diagnostic::{Code, Problem};
use std::borrow::Cow;
use url::Url;

/// What a token is asked with.
#[derive(Clone, Copy, Debug)]
pub enum TokenGrant<'a> {
    /// A code from a consent (RFC 6749 section 4.1.3).
    Code {
        /// The code.
        code: &'a Secret,
        /// The consent it came from: its redirect URL and PKCE verifier go along.
        pending: &'a Pending,
    },
    /// A device code (RFC 8628 section 3.4).
    Device {
        /// The code.
        device_code: &'a Secret,
    },
    /// What the service's own grant asks for: client credentials, user name and password, or its login call.
    First,
    /// The refresh token (section 6), or that of one generation ago.
    Refresh {
        /// Whether the one before the present is sent.
        previous: bool,
    },
}

/// The call that gets a token.
///
/// # Errors
/// [`Code::BadService`] when the service lacks a URL; [`Code::BadRequest`] when the connection lacks a value;
/// [`Code::HostNotAllowed`] when a found value leads the credentials elsewhere.
pub fn token_request(
    connection: &Connection,
    service: &Service,
    grant: TokenGrant<'_>,
) -> Result<ProviderCall, Problem> {
    let (settings, credentials) = client_values(connection, service)?;
    let renewing = matches!(grant, TokenGrant::Refresh { .. });
    let refresh_url = settings.refresh_url.as_deref().filter(|_| renewing);
    let found = connection.metadata.as_ref().and_then(|m| m.token_endpoint.as_deref());
    let url = refresh_url.or(settings.token_url.as_deref()).or(found);
    let url = service_url(connection, service, url, "token URL")?;

    // Calls of the service's own making carry only what the service says.
    let own = match grant {
        TokenGrant::First => settings.grant == Grant::Login,
        TokenGrant::Refresh { .. } => settings.renews_with_token,
        _ => false,
    };
    let mut params = Params::new();
    if !own {
        standard(&mut params, connection, settings, credentials, grant);
    }
    let more = if renewing { &settings.refresh_params } else { &settings.token_params };
    let fill = |name: &str| fill_client(connection, service, credentials, name);
    for (name, value) in more {
        params.set(name, &template::fill(value, fill));
    }
    let format = settings.refresh_format.filter(|_| renewing).unwrap_or(settings.token_format);
    let method = if format == TokenFormat::Query { "GET" } else { "POST" };
    let mut call = ProviderCall::new(method, url);
    if !own {
        prove(&mut call, settings, settings.client_auth_for(renewing), credentials, &mut params);
    }
    write(&mut call, format, &params);
    for (name, value) in &settings.token_headers {
        call.set_header(name, template::fill(value, fill).into_owned());
    }
    Ok(call)
}

/// The parameters that RFC 6749 gives each grant.
fn standard(
    params: &mut Params,
    connection: &Connection,
    settings: &OAuth2,
    credentials: &OAuth2Credentials,
    grant: TokenGrant<'_>,
) {
    let mut set = |name: &str, value: &str| params.set(settings.param(name), value);
    match grant {
        TokenGrant::Code { code, pending } => {
            set("grant_type", "authorization_code");
            // The callback may call it otherwise; at the token URL it is always the code.
            set("redirect_uri", &pending.redirect_uri);
            if !pending.verifier.is_empty() {
                set("code_verifier", pending.verifier.expose());
            }
            params.set("code", code.expose());
        }
        TokenGrant::Device { device_code } => {
            set("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
            set("device_code", device_code.expose());
        }
        TokenGrant::Refresh { previous } => {
            set("grant_type", "refresh_token");
            set("refresh_token", crate::refresh::token_to_send(credentials, previous).expose());
        }
        TokenGrant::First => {
            if settings.grant == Grant::Password {
                set("grant_type", "password");
                set("username", credentials.username.expose());
                set("password", credentials.password.expose());
            } else {
                set("grant_type", "client_credentials");
            }
            let scopes = if connection.scopes.is_empty() { &settings.default_scopes } else { &connection.scopes };
            if !scopes.is_empty() {
                set("scope", &scopes.join(&settings.scope_delimiter));
            }
        }
    }
}

/// Puts the parameters into a call.
pub(super) fn write(call: &mut ProviderCall, format: TokenFormat, params: &Params) {
    match format {
        TokenFormat::Form => {
            call.set_header("Content-Type", "application/x-www-form-urlencoded");
            call.body = Secret::new(params.text());
        }
        TokenFormat::Json => {
            call.set_header("Content-Type", "application/json");
            call.body = Secret::new(params.json());
        }
        TokenFormat::Query => {
            let there = call.url.query().filter(|q| !q.is_empty());
            let query = there.map_or_else(String::new, |q| format!("{q}&")) + &params.text();
            call.url.set_query(Some(&query));
        }
    }
}

/// Adds what proves the client: a header, or parameters. A public client only says who it is.
pub(super) fn prove(
    call: &mut ProviderCall,
    settings: &OAuth2,
    auth: ClientAuth,
    credentials: &OAuth2Credentials,
    params: &mut Params,
) {
    let secret = &credentials.client_secret;
    if auth != ClientAuth::Body && !secret.is_empty() {
        call.set_header("Authorization", client_basic(auth, credentials));
        return;
    }
    params.set(settings.param("client_id"), &credentials.client_id);
    if !secret.is_empty() {
        params.set(settings.param("client_secret"), secret.expose());
    }
}

/// The `Authorization` header of a client (RFC 6749 section 2.3.1): encoded before base64 by the RFC, raw for many servers.
fn client_basic(auth: ClientAuth, credentials: &OAuth2Credentials) -> String {
    let encode = |text: &str| match auth {
        ClientAuth::Basic => url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>(),
        _ => text.to_owned(),
    };
    let pair = format!("{}:{}", encode(&credentials.client_id), encode(credentials.client_secret.expose()));
    format!("Basic {}", STANDARD.encode(pair))
}

/// The settings and credentials of an OAuth 2.0 connection.
pub(super) fn client_values<'a>(
    connection: &'a Connection,
    service: &'a Service,
) -> Result<(&'a OAuth2, &'a OAuth2Credentials), Problem> {
    match (service.auth(), connection.oauth2()) {
        (Auth::OAuth2(settings), Some(credentials)) => Ok((settings, credentials)),
        _ => {
            let message = format!("The connection \"{}\" does not use OAuth 2.0.", connection.name);
            Err(Problem::new(Code::BadRequest, message))
        }
    }
}

/// A URL of the service, filled and checked: credentials may go there.
pub(super) fn service_url(
    connection: &Connection,
    service: &Service,
    url: Option<&str>,
    what: &str,
) -> Result<Url, Problem> {
    let Some(url) = url else {
        return Err(Problem::new(Code::BadService, format!("{} has no {what}.", service.name)));
    };
    let filled = connection.fill_url(service, url)?;
    connection.check_credential_url(service, url, &filled)
}

/// What templates of token requests may mention.
pub(super) fn fill_client<'a>(
    connection: &'a Connection,
    service: &'a Service,
    credentials: &'a OAuth2Credentials,
    name: &str,
) -> Option<Cow<'a, str>> {
    Some(Cow::Borrowed(match name {
        "client_id" => credentials.client_id.as_str(),
        "client_secret" => credentials.client_secret.expose(),
        "username" => credentials.username.expose(),
        "password" => credentials.password.expose(),
        "access_token" => credentials.access_token.expose(),
        "refresh_token" => credentials.refresh_token.expose(),
        name => return connection.value(service, name),
    }))
}
