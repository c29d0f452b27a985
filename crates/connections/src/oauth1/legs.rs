//! The three legs (RFC 5849 section 2): a temporary token, the consent, the access token.

use super::signature::{Signer, header, nonce_text};
use crate::call::ProviderCall;
use crate::{
    Auth, Connection, CredentialPlace, OAuth1, OAuth1Credentials, Secret, Service, Status, UnixTime, template,
};
use rainwright_diagnostic::{Code, Problem};
use std::collections::HashMap;
use url::Url;

/// The temporary token between the legs.
#[derive(Clone, Debug)]
pub struct Temporary {
    /// The token; its callback must name it.
    pub token: Secret,
    /// Its secret.
    pub secret: Secret,
}

fn settings<'a>(
    connection: &'a Connection,
    service: &'a Service,
) -> Result<(&'a OAuth1, &'a OAuth1Credentials), Problem> {
    match (service.auth(), &connection.credentials) {
        (Auth::OAuth1(settings), crate::Credentials::OAuth1(credentials)) => Ok((settings, credentials)),
        _ => {
            let message = format!("The connection \"{}\" does not use OAuth 1.0a.", connection.name);
            Err(Problem::new(Code::BadRequest, message))
        }
    }
}

fn leg_url(connection: &Connection, service: &Service, url: Option<&str>) -> Result<Url, Problem> {
    let Some(url) = url else {
        let message = format!("{} has no consent page: its token and secret are made by hand.", service.name);
        return Err(Problem::new(Code::BadService, message));
    };
    connection.check_credential_url(service, url, &connection.fill_url(service, url)?)
}

/// What one leg is signed with.
struct Leg<'a> {
    url: Url,
    token: &'a Secret,
    token_secret: &'a Secret,
    more: &'a [(&'a str, &'a str)],
    form: Vec<(String, String)>,
}

fn signed(
    connection: &Connection,
    service: &Service,
    leg: Leg<'_>,
    now: UnixTime,
    nonce: [u8; 16],
) -> Result<ProviderCall, Problem> {
    let (settings, credentials) = settings(connection, service)?;
    let nonce = nonce_text(nonce);
    let signer = Signer {
        method: settings.signature_method,
        consumer_key: &credentials.consumer_key,
        consumer_secret: &credentials.consumer_secret,
        token: leg.token,
        token_secret: leg.token_secret,
        timestamp: now + connection.clock_skew,
        nonce: &nonce,
        version: true,
    };
    let params = signer.sign("POST", &leg.url, &leg.form, leg.more)?;
    let realm = settings.realm.as_deref().map(|realm| template::fill(realm, |name| connection.value(service, name)));
    let mut url = leg.url;
    let mut form = leg.form;
    let mut authorization = None;
    match settings.place {
        CredentialPlace::Query => {
            let mut query = url.query().map_or_else(String::new, |q| format!("{q}&"));
            crate::request::write_pairs(&mut query, &params);
            url.set_query(Some(&query));
        }
        CredentialPlace::Form => {
            form.extend(params.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())))
        }
        _ => authorization = Some(header(&params, realm.as_deref())),
    }
    let mut call = ProviderCall::new("POST", url);
    // The answers are forms, whatever is asked for.
    call.set_header("Accept", "*/*");
    if let Some(authorization) = authorization {
        call.set_header("Authorization", authorization);
    }
    if !form.is_empty() {
        let mut body = String::new();
        crate::request::write_pairs(&mut body, &form);
        call.set_header("Content-Type", "application/x-www-form-urlencoded");
        call.body = Secret::new(body);
    }
    Ok(call)
}

/// The first leg: asks for a temporary token. `callback` is where the browser comes back to, or `oob` to paste by hand.
///
/// # Errors
/// [`Code::BadService`] when the service has no such step; [`Code::BadRequest`] when a value or the key is wrong.
pub fn request_token(
    connection: &Connection,
    service: &Service,
    callback: &str,
    now: UnixTime,
    nonce: [u8; 16],
) -> Result<ProviderCall, Problem> {
    let (settings, _) = settings(connection, service)?;
    let none = Secret::default();
    let leg = Leg {
        url: leg_url(connection, service, settings.request_token_url.as_deref())?,
        token: &none,
        token_secret: &none,
        more: &[("oauth_callback", callback)],
        form: filled(connection, service, &settings.request_params),
    };
    signed(connection, service, leg, now, nonce)
}

fn filled(
    connection: &Connection,
    service: &Service,
    params: &std::collections::BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let fill = |value: &str| template::fill(value, |name| connection.value(service, name)).into_owned();
    params.iter().map(|(name, value)| (name.clone(), fill(value))).collect()
}

/// Reads the answer to [`request_token`].
///
/// # Errors
/// [`Code::AuthorizationFailed`] when there is no token, or the provider did not confirm the callback (section 2.1).
pub fn read_request_token(status: u16, body: &[u8]) -> Result<Temporary, Problem> {
    let mut pairs = read_pairs("request token", status, body)?;
    if pairs.get("oauth_callback_confirmed").is_none_or(|confirmed| confirmed != "true") {
        let message = "The provider did not confirm the callback: it may speak the unsafe OAuth 1.0 without the \"a\".";
        return Err(Problem::new(Code::AuthorizationFailed, message));
    }
    Ok(Temporary { token: take(&mut pairs, "oauth_token")?, secret: take(&mut pairs, "oauth_token_secret")? })
}

/// The second leg: the page where a person consents.
///
/// # Errors
/// [`Code::BadService`] when the service has no such page; [`Code::BadRequest`] when a value is missing.
pub fn consent_url(connection: &Connection, service: &Service, temporary: &Temporary) -> Result<Url, Problem> {
    let (settings, _) = settings(connection, service)?;
    let mut url = leg_url(connection, service, settings.authorize_url.as_deref())?;
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    for (name, value) in filled(connection, service, &settings.authorize_params) {
        if !pairs.iter().any(|(n, _)| *n == name) {
            pairs.push((name, value));
        }
    }
    pairs.push(("oauth_token".to_owned(), temporary.token.expose().to_owned()));
    let mut query = String::new();
    crate::request::write_pairs(&mut query, &pairs);
    url.set_query(Some(&query));
    Ok(url)
}

impl Temporary {
    /// Reads the callback of the consent page, or the bare verifier that the page showed to be pasted. Gives the verifier.
    ///
    /// # Errors
    /// [`Code::AuthorizationFailed`] when the callback is for another token, or the person refused.
    pub fn accept(&self, callback: &str) -> Result<Secret, Problem> {
        let callback = callback.trim();
        let failed = |what: &str| Problem::new(Code::AuthorizationFailed, format!("The callback {what}."));
        if !callback.contains(['=', '?']) && !callback.is_empty() {
            return Ok(Secret::new(callback));
        }
        let query = callback.split_once('?').map_or(callback, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let param = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
        };
        if param("denied").is_some() || param("oauth_problem").is_some() {
            return Err(failed("says that the consent was refused"));
        }
        if !param("oauth_token").is_some_and(|token| self.token.matches(&token)) {
            return Err(failed("is not for the token that was asked for"));
        }
        param("oauth_verifier").filter(|v| !v.is_empty()).map(Secret::new).ok_or_else(|| failed("carries no verifier"))
    }
}

/// The third leg: exchanges the verifier for the access token.
///
/// # Errors
/// As [`request_token`].
pub fn access_token(
    connection: &Connection,
    service: &Service,
    temporary: &Temporary,
    verifier: &Secret,
    now: UnixTime,
    nonce: [u8; 16],
) -> Result<ProviderCall, Problem> {
    let (settings, _) = settings(connection, service)?;
    let leg = Leg {
        url: leg_url(connection, service, settings.access_token_url.as_deref())?,
        token: &temporary.token,
        token_secret: &temporary.secret,
        more: &[("oauth_verifier", verifier.expose())],
        form: Vec::new(),
    };
    signed(connection, service, leg, now, nonce)
}

/// Reads the answer to [`access_token`] into the connection: token, secret, values to keep.
///
/// # Errors
/// [`Code::AuthorizationFailed`] when there is no token.
pub fn read_access_token(
    connection: &mut Connection,
    service: &Service,
    status: u16,
    body: &[u8],
    now: UnixTime,
) -> Result<(), Problem> {
    let mut pairs = read_pairs("access token", status, body)?;
    let (token, secret) = (take(&mut pairs, "oauth_token")?, take(&mut pairs, "oauth_token_secret")?);
    if let Auth::OAuth1(settings) = service.auth() {
        for (field, key) in &settings.keep_from_token {
            if let Some(value) = pairs.get(key) {
                connection.set_value(service, field, value.clone());
            }
        }
    }
    if let crate::Credentials::OAuth1(credentials) = &mut connection.credentials {
        credentials.token = token;
        credentials.token_secret = secret;
    }
    connection.obtained_at = Some(now);
    connection.status = Status::Connected;
    connection.note_ok(now);
    Ok(())
}

fn take(pairs: &mut HashMap<String, String>, name: &str) -> Result<Secret, Problem> {
    let missing = || Problem::new(Code::AuthorizationFailed, format!("The provider's answer holds no {name}."));
    pairs.remove(name).filter(|text| !text.is_empty()).map(Secret::new).ok_or_else(missing)
}

fn read_pairs(what: &str, status: u16, body: &[u8]) -> Result<HashMap<String, String>, Problem> {
    if (200..300).contains(&status) {
        return Ok(url::form_urlencoded::parse(body.trim_ascii()).into_owned().collect());
    }
    let mut message = format!("The provider gave no {what} (status {status}).");
    // `oauth_problem` is a word of a fixed list; the rest of a refusal may hold anything.
    let problem = url::form_urlencoded::parse(body.trim_ascii()).find(|(name, _)| name == "oauth_problem");
    if let Some((_, problem)) = problem.filter(|(_, p)| p.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
        message = format!("The provider gave no {what} (status {status}, {problem}).");
    }
    Err(Problem::new(Code::AuthorizationFailed, message).with_help(
        "Check the consumer key and secret, the callback registered with the application, and this machine's clock.",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::{Credentials, Key};

    fn service(place: &str) -> Service {
        let toml = format!(
            r#"
            id = "photos"
            name = "Photos"
            api = "https://photos.example.net"
            [oauth1]
            request_token_url = "https://photos.example.net/initiate"
            authorize_url = "https://photos.example.net/authorize?lang=en"
            access_token_url = "https://photos.example.net/token"
            in = "{place}"
            authorize_params = {{ perms = "read", lang = "de" }}
            request_params = {{ scope = "a b" }}
            keep_from_token = {{ shard = "edam_shard" }}
            [[fields]]
            name = "shard"
            discovered = true
            "#
        );
        Service::from_toml(None, &toml).unwrap()
    }

    fn connection(service: &Service) -> Connection {
        let mut connection = Connection::draft(Key::shared("photos"), service, 0);
        connection.credentials = Credentials::OAuth1(OAuth1Credentials {
            consumer_key: "dpf43f3p2l4k3l03".to_owned(),
            consumer_secret: Secret::new("kd94hf93k423kf44"),
            ..OAuth1Credentials::default()
        });
        connection
    }

    #[test]
    fn the_three_legs_give_a_connection() {
        let service = service("header");
        let mut connection = connection(&service);
        let first = request_token(&connection, &service, "http://127.0.0.1/callback", 137_131_200, [7; 16]).unwrap();
        let authorization = first.header("authorization").unwrap();
        assert!(authorization.starts_with("OAuth oauth_consumer_key=\"dpf43f3p2l4k3l03\""), "{authorization}");
        assert!(authorization.contains("oauth_callback=\"http%3A%2F%2F127.0.0.1%2Fcallback\""));
        assert!(!authorization.contains("oauth_token="));
        assert_eq!(first.body.expose(), "scope=a%20b");

        let answer =
            b"oauth_token=hh5s93j4hdidpola&oauth_token_secret=hdhd0244k9j7ao03&oauth_callback_confirmed=true\n";
        let temporary = read_request_token(200, answer).unwrap();
        assert_eq!(
            consent_url(&connection, &service, &temporary).unwrap().as_str(),
            "https://photos.example.net/authorize?lang=en&perms=read&oauth_token=hh5s93j4hdidpola"
        );
        let verifier =
            temporary.accept("/callback?oauth_token=hh5s93j4hdidpola&oauth_verifier=hfdp7dh39dks9884").unwrap();
        assert_eq!(verifier.expose(), "hfdp7dh39dks9884");
        assert_eq!(temporary.accept(" 473829 ").unwrap().expose(), "473829");

        let third = access_token(&connection, &service, &temporary, &verifier, 137_131_201, [8; 16]).unwrap();
        assert!(third.header("Authorization").unwrap().contains("oauth_verifier=\"hfdp7dh39dks9884\""));
        let answer = b"oauth_token=nnch734d00sl2jdk&oauth_token_secret=pfkkdhi9sl3r4s00&edam_shard=s1";
        read_access_token(&mut connection, &service, 200, answer, 137_131_202).unwrap();
        assert_eq!(connection.status, Status::Connected);
        assert_eq!(connection.values["shard"], "s1");
        let Credentials::OAuth1(credentials) = &connection.credentials else { panic!("OAuth 1.0a") };
        assert_eq!(credentials.token.expose(), "nnch734d00sl2jdk");
    }

    #[test]
    fn parameters_go_where_the_service_says() {
        let query = service("query");
        let call = request_token(&connection(&query), &query, "oob", 1, [1; 16]).unwrap();
        assert!(call.header("Authorization").is_none());
        assert!(call.url.query().unwrap().contains("oauth_signature="));
        let form = service("form");
        let call = request_token(&connection(&form), &form, "oob", 1, [1; 16]).unwrap();
        assert!(call.url.query().is_none());
        assert!(call.body.expose().contains("oauth_callback=oob"));
    }

    #[test]
    fn refusals_and_foreign_callbacks_are_problems() {
        let temporary = Temporary { token: Secret::new("t"), secret: Secret::new("s") };
        for callback in
            ["", "?oauth_token=x&oauth_verifier=v", "?denied=t", "?oauth_token=t", "?oauth_token=t&oauth_verifier="]
        {
            assert!(temporary.accept(callback).is_err(), "{callback}");
        }
        let refused =
            read_request_token(401, b"oauth_problem=timestamp_refused&oauth_acceptable_timestamps=1-2").unwrap_err();
        assert!(refused.message.contains("timestamp_refused"));
        assert!(
            read_request_token(200, b"oauth_token=t&oauth_token_secret=s").unwrap_err().message.contains("confirm")
        );
        assert!(read_request_token(200, b"oauth_callback_confirmed=true").is_err());
    }
}
