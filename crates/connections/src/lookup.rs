//! The calls that a service describes itself: those that find values after the consent, and the one that tests.

use crate::authorize::add_credentials;
use crate::{Call, Connection, Credentials, Lookup, Request, Service, UnixTime, json, template};
use rainwright_diagnostic::{Code, Problem};

/// One call after the consent, complete; what it finds goes into the connection with [`read`].
///
/// # Errors
/// [`Code::BadRequest`] when a value is missing; [`Code::HostNotAllowed`] when a found value leads elsewhere.
pub fn call(
    connection: &Connection,
    service: &Service,
    lookup: &Lookup,
    now: UnixTime,
    nonce: [u8; 16],
) -> Result<Call, Problem> {
    let filled = connection.fill_url(service, &lookup.url)?;
    let url = connection.check_credential_url(service, &lookup.url, &filled)?;
    let mut call = Call::new("GET", url.clone());
    let has_own = lookup.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"));
    if !has_own {
        let mut request = Request::new("GET", filled);
        let authorized = add_credentials(connection, service, &mut request, url, now, nonce)?;
        call.url = authorized.url;
        for (name, value) in request.headers {
            call.set_header(&name, value);
        }
    }
    for (name, value) in &lookup.headers {
        let filled = template::fill(value, |name| match (&connection.credentials, name) {
            (Credentials::OAuth2(c), "access_token") => Some(c.access_token.expose().into()),
            (Credentials::OAuth2(c), "client_id") => Some(c.client_id.as_str().into()),
            (Credentials::OAuth2(c), "client_secret") => Some(c.client_secret.expose().into()),
            _ => connection.value(service, name),
        });
        call.set_header(name, filled.into_owned());
    }
    Ok(call)
}

/// Reads the answer to [`call`]: keeps the values it was made for.
///
/// # Errors
/// [`Code::AuthorizationFailed`] when the provider refused, or a value that calls need is not in the answer.
pub fn read(
    connection: &mut Connection,
    service: &Service,
    lookup: &Lookup,
    status: u16,
    body: &[u8],
) -> Result<(), Problem> {
    let failed = |what: String| {
        let host = crate::hosts::of_template(&lookup.url);
        Problem::new(Code::AuthorizationFailed, format!("{} gave the token, but {host} {what}.", service.name))
            .with_help("Start again; if it stays, give the value by hand with `dg connect SERVICE --set NAME=VALUE`.")
    };
    if !(200..300).contains(&status) {
        return Err(failed(format!("answered with status {status}")));
    }
    let value: serde_json::Value =
        serde_json::from_slice(body).map_err(|_| failed("did not answer with JSON".to_owned()))?;
    for (field, path) in &lookup.keep {
        match json::text_at(&value, path).filter(|text| !text.is_empty()) {
            Some(text) => connection.set_value(service, field, text),
            None if service.field(field).is_some_and(|f| f.optional || f.default.is_some()) => {}
            None => return Err(failed(format!("did not say {field}"))),
        }
    }
    Ok(())
}

/// The service's harmless call, if it names one: to be sent as any other, with [`authorize`](crate::authorize()).
///
/// # Errors
/// [`Code::BadRequest`] when a value is missing.
pub fn test_request(connection: &Connection, service: &Service) -> Result<Option<Request>, Problem> {
    let Some(test) = &service.test else {
        return Ok(None);
    };
    let url = match (&service.api, test.url.starts_with('/')) {
        (Some(api), true) => format!("{}{}", api.trim_end_matches('/'), test.url),
        _ => test.url.clone(),
    };
    Ok(Some(Request::new(test.method.clone(), connection.fill_url(service, &url)?)))
}
