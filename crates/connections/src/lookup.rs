//! The calls that a service describes itself: those that find values after the consent, and the one that tests.

use crate::authorize::add_credentials;
use crate::refresh::is_expiry;
use crate::{Connection, Credentials, Lookup, ProviderCall, Service, UnixTime, json, template};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Body, HttpRequest};

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
) -> Result<ProviderCall, Problem> {
    let filled = connection.fill_url(service, &lookup.url)?;
    let url = connection.check_credential_url(service, &lookup.url, &filled)?;
    let mut call = ProviderCall::new("GET", url.clone());
    let has_own = lookup.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"));
    if !has_own {
        let mut request = HttpRequest::new("GET", filled);
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

/// Whether a connection is of no use without what a lookup finds. What is optional, the scopes given may not reach.
#[must_use]
pub fn is_needed(service: &Service, lookup: &Lookup) -> bool {
    lookup.keep.keys().any(|field| needs(service, field))
}

fn needs(service: &Service, field: &str) -> bool {
    service.field(field).is_none_or(|f| !f.optional && f.default.is_none())
}

/// Reads the answer to [`call`]: keeps the values it was made for.
///
/// # Errors
/// [`Code::AuthorizationFailed`] when the provider refused, or a value is not in the answer, and it [is needed](is_needed).
pub fn read(
    connection: &mut Connection,
    service: &Service,
    lookup: &Lookup,
    status: u16,
    body: &[u8],
) -> Result<(), Problem> {
    let value = serde_json::from_slice::<serde_json::Value>(body).ok();
    let lack = match &value {
        _ if !(200..300).contains(&status) => Some(format!("answered with status {status}")),
        None => Some("did not answer with JSON".to_owned()),
        Some(value) => lookup.keep.iter().find_map(|(field, path)| {
            match json::text_at(value, path).filter(|text| !text.is_empty()) {
                Some(text) => connection.set_value(service, field, text),
                None => return needs(service, field).then(|| format!("did not say {field}")),
            }
            None
        }),
    };
    let Some(lack) = lack.filter(|_| is_needed(service, lookup)) else {
        return Ok(());
    };
    let host = crate::hosts::of_template(&lookup.url);
    let message = format!("{} gave the token, but {host} {lack}.", service.name);
    Err(Problem::new(Code::AuthorizationFailed, message)
        .with_help("Start again; if it stays, give the value by hand with `dg connect SERVICE --set NAME=VALUE`."))
}

/// The service's harmless call, if it names one: to be sent as any other, with [`authorize`](crate::authorize()).
///
/// # Errors
/// [`Code::BadRequest`] when a value is missing.
pub fn test_request(connection: &Connection, service: &Service) -> Result<Option<HttpRequest>, Problem> {
    let Some(test) = &service.test else {
        return Ok(None);
    };
    let url = match (&service.api, test.url.starts_with('/')) {
        (Some(api), true) => format!("{}{}", api.trim_end_matches('/'), test.url),
        _ => test.url.clone(),
    };
    let body = match &test.json {
        Some(json) => Body::text(json.as_str(), "application/json"),
        None if test.form.is_empty() => Body::Empty,
        None => Body::Form { pairs: test.form.clone().into_iter().collect() },
    };
    Ok(Some(HttpRequest { body, ..HttpRequest::new(test.method.clone(), connection.fill_url(service, &url)?) }))
}

/// Whether the answer to [`test_request`] shows that the credentials work.
#[must_use]
pub fn test_passes(service: &Service, status: u16, body: &[u8]) -> bool {
    let expected = service.test.as_ref().and_then(|test| test.expect.as_deref()).is_none_or(|path| {
        let answer: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        answer.as_ref().and_then(|answer| json::at(answer, path)).is_some_and(|found| !found.is_null())
    });
    (200..400).contains(&status) && !is_expiry(service, status, body) && expected
}
