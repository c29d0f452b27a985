//! Adds a connection's credentials to a call, after checking that they may go there.

use crate::oauth1::Signer;
use crate::{
    Auth, Basic, Connection, CredentialPlace, Credentials, KeyParameter, OAuth1, Service, UnixTime, json, request,
    template,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Body, HttpRequest};
use std::borrow::Cow;
use url::Url;

/// What came of [`authorize`].
#[derive(Clone, Debug)]
pub struct Authorized {
    /// The whole address, as in the request's `url`. May hold a key; show it with [`redact::url`](crate::redact::url).
    pub url: Url,
    /// What a person should know: headers of the script that gave way.
    pub warnings: Vec<String>,
}

/// Adds the connection's credentials to a call.
///
/// Placeholders of declared names are filled, then status, method, scheme and host are checked, then the service's
/// headers and the credentials are added. Afterwards `request.url` is the whole address and `request.query` is empty.
///
/// `now` and `nonce` (fresh random) go into OAuth 1.0a signatures: call again for each try.
///
/// # Errors
/// [`Code::NeedsReauth`], [`Code::ConnectionDisabled`], [`Code::MethodNotAllowed`], [`Code::HostNotAllowed`], or
/// [`Code::BadRequest`] for an address or value that cannot be used. The request is then not to be sent.
pub fn authorize(
    connection: &Connection,
    service: &Service,
    request: &mut HttpRequest,
    now: UnixTime,
    nonce: [u8; 16],
) -> Result<Authorized, Problem> {
    connection.check_usable()?;
    check_method(connection, service, &request.method)?;
    check_headers(connection, request)?;
    fill(connection, service, request)?;
    let url = request::address(request)?;
    connection.check_scheme(&url)?;
    let host = url.host_str().unwrap_or_default();
    if !connection.allows(service, host, url.port_or_known_default()) {
        return Err(connection.not_allowed(service, host));
    }
    add_credentials(connection, service, request, url, now, nonce)
}

/// Adds headers and credentials to a call whose address has been checked.
pub(crate) fn add_credentials(
    connection: &Connection,
    service: &Service,
    request: &mut HttpRequest,
    url: Url,
    now: UnixTime,
    nonce: [u8; 16],
) -> Result<Authorized, Problem> {
    request.query.clear();
    let mut adder = Adder { connection, service, request, url, warnings: Vec::new() };
    adder.headers()?;
    match (service.auth(), &connection.credentials) {
        (Auth::None, _) => {}
        (Auth::ApiKey(parameters), Credentials::ApiKey { .. }) => adder.keys(parameters)?,
        (Auth::Basic(settings), Credentials::Basic { .. }) => adder.basic(settings)?,
        (Auth::OAuth1(settings), Credentials::OAuth1(_)) => adder.oauth1(settings, now, nonce)?,
        (Auth::OAuth2(settings), Credentials::OAuth2(credentials)) => {
            if credentials.access_token.is_empty() {
                return Err(missing(connection, "access token"));
            }
            let value = adder.fill(&settings.value);
            adder.put(settings.place, &settings.key, value)?;
        }
        (auth, _) => {
            return Err(missing(connection, &format!("credentials of the kind {}", auth.kind())));
        }
    }
    let Adder { request, url, warnings, .. } = adder;
    request.url.clear();
    request.url.push_str(url.as_str());
    Ok(Authorized { url, warnings })
}

/// Whether this service can have credentials in the body of a call, which then must not go to another origin either.
#[must_use]
pub fn writes_bodies(service: &Service) -> bool {
    let in_body = |place: CredentialPlace| {
        matches!(place, CredentialPlace::Form | CredentialPlace::Json | CredentialPlace::Placeholder)
    };
    match service.auth() {
        Auth::None | Auth::Basic(_) => false,
        Auth::ApiKey(parameters) => parameters.iter().any(|p| in_body(p.place)),
        Auth::OAuth1(settings) => in_body(settings.place),
        Auth::OAuth2(settings) => in_body(settings.place),
    }
}

/// The headers that carry credentials of this service, in lower case: not to be sent on to another origin.
#[must_use]
pub fn secret_headers(service: &Service) -> Vec<String> {
    let mut names = vec!["authorization".to_owned(), "cookie".to_owned(), "proxy-authorization".to_owned()];
    match service.auth() {
        Auth::ApiKey(parameters) => {
            let headers = parameters.iter().filter(|p| p.place == CredentialPlace::Header);
            names.extend(headers.map(|p| p.key.to_ascii_lowercase()));
        }
        Auth::OAuth2(settings) if settings.place == CredentialPlace::Header => {
            names.push(settings.key.to_ascii_lowercase())
        }
        _ => {}
    }
    let templates = service.headers.iter().filter(|(_, value)| template::names(value).next().is_some());
    names.extend(templates.map(|(name, _)| name.to_ascii_lowercase()));
    names.sort_unstable();
    names.dedup();
    names
}

/// Headers that decide how a message travels, and not what it says (RFC 9110, 7.6.1). On a signed call they could send
/// the credentials elsewhere, or make a proxy drop or read them.
const OF_THE_TRANSPORT: &[&str] = &[
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
];

fn check_headers(connection: &Connection, request: &HttpRequest) -> Result<(), Problem> {
    let forbidden = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        name.starts_with("proxy-") || OF_THE_TRANSPORT.contains(&name.as_str())
    };
    match request.headers.iter().find(|(name, _)| forbidden(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!(
                "The header \"{}\" may not be set on a call with a connection (\"{}\").",
                name.trim(),
                connection.name
            );
            Err(Problem::new(Code::BadRequest, message).with_help(
                "Leave it out: the program sets it when it sends the call, and the host comes from the address.",
            ))
        }
    }
}

fn check_method(connection: &Connection, service: &Service, method: &str) -> Result<(), Problem> {
    for (methods, whose) in [(&connection.methods, "connection"), (&service.methods, "service")] {
        if !methods.is_empty() && !methods.iter().any(|m| m == method) {
            let message =
                format!("The {whose} of \"{}\" allows {} only, not {method}.", connection.name, methods.join(", "));
            return Err(Problem::new(Code::MethodNotAllowed, message));
        }
    }
    Ok(())
}

fn fill(connection: &Connection, service: &Service, request: &mut HttpRequest) -> Result<(), Problem> {
    let key = |name: &str| {
        let placed = service.api_key.iter().any(|p| p.place == CredentialPlace::Placeholder && p.name == name);
        key_value(connection, name).filter(|_| placed).map(Cow::Borrowed)
    };
    let value = |name: &str| key(name).or_else(|| connection.value(service, name));
    if request.url.contains('{') {
        if let Some(name) = template::names(&request.url).find(|n| value(n).is_none() && service.field(n).is_some()) {
            let message = format!("The connection \"{}\" has no value {{{name}}}.", connection.name);
            return Err(Problem::new(Code::BadRequest, message)
                .with_help(format!("Connect again with `dg connect --reconnect {}`.", connection.key().arguments())));
        }
        request.url = template::fill_url(&request.url, value)?.into_owned();
    }
    for (_, text) in &mut request.headers {
        if text.contains('{') {
            *text = template::fill(text, value).into_owned();
        }
    }
    // Parameters carry people's own texts, so that only keys made for placeholders are filled in.
    let form = match &mut request.body {
        Body::Form { pairs } => pairs.as_mut_slice(),
        _ => &mut [],
    };
    for (_, text) in request.query.iter_mut().chain(form) {
        if text.contains('{') {
            *text = template::fill(text, key).into_owned();
        }
    }
    Ok(())
}

fn key_value<'a>(connection: &'a Connection, name: &str) -> Option<&'a str> {
    match &connection.credentials {
        Credentials::ApiKey { keys } => keys.get(name).map(|key| key.expose()),
        _ => None,
    }
}

fn missing(connection: &Connection, what: &str) -> Problem {
    let name = &connection.name;
    Problem::new(Code::NeedsReauth, format!("The connection \"{name}\" has no {what}."))
        .with_help(format!("Connect again with `dg connect --reconnect {}`.", connection.key().arguments()))
}

struct Adder<'a> {
    connection: &'a Connection,
    service: &'a Service,
    request: &'a mut HttpRequest,
    url: Url,
    warnings: Vec<String>,
}

impl<'a> Adder<'a> {
    /// Fills a template of the service with values and credentials.
    fn fill(&self, text: &'a str) -> Cow<'a, str> {
        let (connection, service) = (self.connection, self.service);
        template::fill(text, |name| match (&connection.credentials, name) {
            (Credentials::OAuth2(c), "access_token") => Some(c.access_token.expose().into()),
            (Credentials::OAuth2(c), "client_id") => Some(c.client_id.as_str().into()),
            (Credentials::OAuth2(c), "client_secret") => Some(c.client_secret.expose().into()),
            _ => key_value(connection, name).map(Cow::Borrowed).or_else(|| connection.value(service, name)),
        })
    }

    /// The service's headers: fixed ones give way to the script's, those with values in them do not.
    fn headers(&mut self) -> Result<(), Problem> {
        for (name, text) in &self.service.headers {
            let is_template = template::names(text).next().is_some();
            if !is_template && self.request.header(name).is_some() {
                continue;
            }
            let value = self.fill(text);
            // A value that is optional and missing takes its header with it.
            if template::names(&value).all(|name| self.service.field(name).is_none()) {
                self.put(CredentialPlace::Header, name, value)?;
            }
        }
        Ok(())
    }

    fn keys(&mut self, parameters: &'a [KeyParameter]) -> Result<(), Problem> {
        for parameter in parameters.iter().filter(|p| p.place != CredentialPlace::Placeholder) {
            let Some(key) = key_value(self.connection, &parameter.name).filter(|key| !key.is_empty()) else {
                if parameter.optional {
                    continue;
                }
                return Err(missing(self.connection, &parameter.title));
            };
            let value = match &parameter.value {
                Some(text) => self.fill(text),
                None => Cow::Borrowed(key),
            };
            self.put(parameter.place, &parameter.key, value)?;
        }
        Ok(())
    }

    fn basic(&mut self, settings: &'a Basic) -> Result<(), Problem> {
        let Credentials::Basic { username, password } = &self.connection.credentials else {
            return Ok(());
        };
        let username = settings.username.as_deref().unwrap_or(username.expose());
        let password = settings.password.as_deref().unwrap_or(password.expose());
        let value = basic(username, password).ok_or_else(|| {
            let message = format!(
                "The user name of the connection \"{}\" holds a colon, which Basic authentication cannot send.",
                self.connection.name
            );
            Problem::new(Code::BadRequest, message)
        })?;
        self.put(CredentialPlace::Header, "Authorization", value.into())
    }

    fn oauth1(&mut self, settings: &'a OAuth1, now: UnixTime, nonce: [u8; 16]) -> Result<(), Problem> {
        let Credentials::OAuth1(credentials) = &self.connection.credentials else {
            return Ok(());
        };
        if credentials.token.is_empty() && !settings.two_legged {
            return Err(missing(self.connection, "access token"));
        }
        let nonce = crate::oauth1::nonce_text(nonce);
        let signer = Signer {
            method: settings.signature_method,
            consumer_key: &credentials.consumer_key,
            consumer_secret: &credentials.consumer_secret,
            token: &credentials.token,
            token_secret: &credentials.token_secret,
            timestamp: now + self.connection.clock_skew,
            nonce: &nonce,
            version: true,
        };
        // A form that the script wrote as text is signed like any other (RFC 5849, 3.4.1.3.1).
        let written: Vec<(String, String)> = match &self.request.body {
            Body::Text { text, .. } if request::media_type(self.request) == request::FORM => {
                url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
            }
            _ => Vec::new(),
        };
        let form = match &self.request.body {
            Body::Form { pairs } => pairs.as_slice(),
            _ => &written,
        };
        let params = signer.sign(&self.request.method, &self.url, form, &[])?;
        match (settings.place, &mut self.request.body) {
            (CredentialPlace::Query, _) => {
                let mut query =
                    self.url.query().filter(|q| !q.is_empty()).map_or_else(String::new, |q| format!("{q}&"));
                request::write_pairs(&mut query, &params);
                self.url.set_query(Some(&query));
            }
            (CredentialPlace::Form, Body::Form { pairs }) => {
                pairs.extend(params.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())));
            }
            // A form is only possible where there is one (RFC 5849 section 3.5.2); else the header.
            _ => {
                let realm = settings.realm.as_deref().map(|realm| self.fill(realm));
                let value = crate::oauth1::header(&params, realm.as_deref());
                self.put(CredentialPlace::Header, "Authorization", value.into())?;
            }
        }
        Ok(())
    }

    /// Puts a credential in its place; what the script has there under the same name gives way.
    fn put(&mut self, place: CredentialPlace, name: &str, value: Cow<'_, str>) -> Result<(), Problem> {
        match place {
            CredentialPlace::Header => self.put_header(name, value),
            CredentialPlace::Query => {
                self.put_query(name, &value);
                Ok(())
            }
            CredentialPlace::Form => self.put_form(name, value),
            CredentialPlace::Json => self.put_json(name, &value),
            CredentialPlace::Placeholder => Ok(()),
        }
    }

    fn put_header(&mut self, name: &str, value: Cow<'_, str>) -> Result<(), Problem> {
        if value.bytes().any(|b| (b < 0x20 && b != b'\t') || b == 0x7f) {
            let message = format!(
                "The connection \"{}\" has a value with a line break for the header {name}.",
                self.connection.name
            );
            return Err(Problem::new(Code::BadRequest, message));
        }
        let before = self.request.headers.len();
        self.request.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.warn(self.request.headers.len() < before, "header", name);
        self.request.headers.push((name.to_owned(), value.into_owned()));
        Ok(())
    }

    fn put_query(&mut self, name: &str, value: &str) {
        let rest: Vec<(String, String)> = self.url.query_pairs().into_owned().collect();
        let there = rest.iter().any(|(n, _)| n == name);
        let mut query = String::new();
        if there {
            let kept: Vec<_> = rest.into_iter().filter(|(n, _)| n != name).collect();
            request::write_pairs(&mut query, &kept);
        } else {
            query.push_str(self.url.query().unwrap_or_default());
        }
        self.warn(there, "parameter", name);
        if !query.is_empty() {
            query.push('&');
        }
        request::write_pairs(&mut query, &[(name, value)]);
        self.url.set_query(Some(&query));
    }

    fn put_form(&mut self, name: &str, value: Cow<'_, str>) -> Result<(), Problem> {
        let is_form = request::media_type(self.request) == request::FORM;
        let mut pairs = match std::mem::take(&mut self.request.body) {
            Body::Empty => Vec::new(),
            Body::Form { pairs } => pairs,
            // A form that the script wrote as text.
            Body::Text { text, .. } if is_form => url::form_urlencoded::parse(text.as_bytes()).into_owned().collect(),
            other => {
                self.request.body = other;
                return Err(self.wrong_body("in a form", "Send the parameters as a map, without a JSON text or files."));
            }
        };
        let before = pairs.len();
        pairs.retain(|(n, _)| n != name);
        self.warn(pairs.len() < before, "parameter", name);
        pairs.push((name.to_owned(), value.into_owned()));
        self.request.body = Body::Form { pairs };
        Ok(())
    }

    fn put_json(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let (text, content_type) = match &self.request.body {
            Body::Empty => (Some("{}"), "application/json"),
            Body::Text { text, content_type } => (Some(&**text), content_type.as_str()),
            _ => (None, ""),
        };
        let Some((text, there)) = text.and_then(|text| json::with_key(text, name, value)) else {
            return Err(
                self.wrong_body("in a JSON object", "Send the body as the text of a map: `body: values.toString()`.")
            );
        };
        self.request.body = Body::text(text, content_type);
        self.warn(there, "key", name);
        Ok(())
    }

    fn wrong_body(&self, place: &str, help: &str) -> Problem {
        let message = format!(
            "The connection \"{}\" sends its key {place}, but the call sends another kind of body.",
            self.connection.name
        );
        Problem::new(Code::BadRequest, message).with_help(help)
    }

    fn warn(&mut self, there: bool, what: &str, name: &str) {
        if there {
            let connection = &self.connection.name;
            self.warnings.push(format!(
                "The connection \"{connection}\" sets the {what} {name}; the script's own was left out."
            ));
        }
    }
}

/// The value of a Basic header (RFC 7617, UTF-8); `None` when the user name holds a colon.
#[must_use]
pub fn basic(username: &str, password: &str) -> Option<String> {
    let fits = !username.contains(':') && !username.chars().chain(password.chars()).any(char::is_control);
    fits.then(|| format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
}
