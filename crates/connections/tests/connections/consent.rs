//! The steps of connecting with OAuth 2.0: consent, callback, token requests, device flow, revocation.

use crate::{NOW, connected, custom_oauth2, drafted};
use rainwright_connections::oauth2::{Metadata, Pending, TokenGrant, consent_url, revocations, token_request};
use rainwright_connections::{Connection, Secret, Service};
use rainwright_diagnostic::Code;
use std::collections::HashMap;
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:7777/callback";

fn ask(connection: &Connection, service: &Service, scopes: &[&str]) -> (Url, Pending) {
    let scopes: Vec<String> = scopes.iter().map(|s| (*s).to_owned()).collect();
    consent_url(connection, service, REDIRECT, &scopes, &[9; 64], NOW).unwrap()
}

fn pairs(url: &Url) -> HashMap<String, String> {
    let all: Vec<_> = url.query_pairs().into_owned().collect();
    let map: HashMap<_, _> = all.iter().cloned().collect();
    assert_eq!(map.len(), all.len(), "a key comes twice in {url}");
    map
}

pub fn form(body: &Secret) -> HashMap<String, String> {
    url::form_urlencoded::parse(body.expose().as_bytes()).into_owned().collect()
}

#[test]
fn the_consent_url_has_all_it_needs_once() {
    let service = custom_oauth2("default_scopes = [\"a\", \"b\"]\nscope_delimiter = \",\"");
    let (url, _) = ask(&drafted(&service), &service, &[]);
    let params = pairs(&url);
    assert_eq!(params["response_type"], "code");
    assert_eq!(params["client_id"], "client-1");
    assert_eq!(params["redirect_uri"], REDIRECT);
    assert_eq!(params["scope"], "a,b");
    assert_eq!(params["code_challenge_method"], "S256");
    assert_eq!(params["code_challenge"].len(), 43);
    assert!(params["state"].len() >= 22, "128 bits of state at least");
    assert!(!url.as_str().contains("client-secret-1"));
    let chosen = pairs(&ask(&drafted(&service), &service, &["c"]).0);
    assert_eq!(chosen["scope"], "c");
}

#[test]
fn what_stands_in_the_url_is_merged_in_its_order() {
    for (query, expected) in [
        ("", "response_type=code&client_id=client-1&redirect_uri="),
        ("?", "response_type=code&client_id=client-1&redirect_uri="),
        ("?access_type=online&x=1&", "access_type=online&x=1&response_type=code&"),
        ("?client_id=mine&response_type=token&x=1", "client_id=client-1&response_type=code&x=1&redirect_uri="),
    ] {
        let toml = format!(
            "id = \"acme\"\nname = \"Acme\"\n[oauth2]\nauthorize_url = \"https://login.acme.example/auth{query}\"\n\
             token_url = \"https://login.acme.example/token\"\nauthorize_params = {{ access_type = \"offline\" }}"
        );
        let service = Service::from_toml(None, &toml).unwrap();
        let (url, _) = ask(&drafted(&service), &service, &[]);
        assert!(url.query().unwrap().starts_with(expected), "{url}");
        let access = if query.contains("access_type") { "online" } else { "offline" };
        assert_eq!(pairs(&url)["access_type"], access);
    }
}

#[test]
fn pkce_follows_rfc_7636() {
    // The vector of appendix B: the verifier is the base64url of 32 bytes.
    let bytes: [u8; 32] = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
        240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];
    let mut entropy = [0; 64];
    entropy[32..].copy_from_slice(&bytes);
    let service = custom_oauth2("");
    let connection = drafted(&service);
    let (url, pending) = consent_url(&connection, &service, REDIRECT, &[], &entropy, NOW).unwrap();
    assert_eq!(pairs(&url)["code_challenge"], "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let code = Secret::new("c");
    let call = token_request(&connection, &service, TokenGrant::Code { code: &code, pending: &pending }).unwrap();
    assert_eq!(form(&call.body)["code_verifier"], "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let without = custom_oauth2("pkce = false");
    let (url, pending) = ask(&drafted(&without), &without, &[]);
    assert!(!pairs(&url).contains_key("code_challenge"));
    let call =
        token_request(&drafted(&without), &without, TokenGrant::Code { code: &code, pending: &pending }).unwrap();
    assert!(!form(&call.body).contains_key("code_verifier"));
}

#[test]
fn callbacks_are_taken_once_and_only_with_the_state() {
    let service = custom_oauth2("");
    let (url, mut pending) = ask(&drafted(&service), &service, &[]);
    let state = pairs(&url)["state"].clone();
    for forged in ["?code=c", "?code=c&state=", "?code=c&state=other", "", "?state=%FF"] {
        let problem = pending.accept(&service, forged, NOW).unwrap_err();
        assert!(problem.message.contains("state"), "{forged}: {problem}");
    }
    let callback = format!("{REDIRECT}?code=c%2F1&state={state}#_=_");
    assert_eq!(pending.accept(&service, &callback, NOW).unwrap().code.expose(), "c/1");
    assert!(pending.accept(&service, &callback, NOW).unwrap_err().message.contains("second time"));

    for pasted in [format!("/callback?state={state}&code=c"), format!("code=c&state={state}")] {
        let (_, mut pending) = ask(&drafted(&service), &service, &[]);
        assert_eq!(pending.accept(&service, &pasted, NOW + 599).unwrap().code.expose(), "c");
    }
    let (_, mut late) = ask(&drafted(&service), &service, &[]);
    assert!(late.accept(&service, &callback, NOW + 601).unwrap_err().message.contains("ten minutes"));
    assert!(!format!("{late:?}").contains(&state));
}

#[test]
fn refused_consents_say_why() {
    let service = custom_oauth2("");
    for (error, help) in
        [("access_denied", "accept"), ("invalid_scope", "scopes"), ("redirect_uri_mismatch", "Register")]
    {
        let (url, mut pending) = ask(&drafted(&service), &service, &[]);
        let state = &pairs(&url)["state"];
        let callback = format!("?error={error}&error_description=No+way&state={state}");
        let problem = pending.accept(&service, &callback, NOW).unwrap_err();
        assert_eq!(problem.code, Code::AuthorizationFailed);
        assert!(problem.message.contains(error) && problem.message.contains("No way"));
        assert!(problem.help().contains(help));
    }
}

#[test]
fn the_issuer_of_a_callback_is_checked() {
    let service = custom_oauth2("");
    let metadata = |required| Metadata {
        issuer: "https://login.acme.example".to_owned(),
        authorization_response_iss_parameter_supported: required,
        ..Metadata::default()
    };
    for (required, iss, fine) in [
        (true, "&iss=https%3A%2F%2Flogin.acme.example", true),
        (true, "&iss=https%3A%2F%2Fevil.example", false),
        (true, "", false),
        (false, "", true),
        (false, "&iss=https%3A%2F%2Fevil.example", false),
    ] {
        let mut connection = drafted(&service);
        connection.metadata = Some(metadata(required));
        let (url, mut pending) = ask(&connection, &service, &[]);
        let callback = format!("?code=c&state={}{iss}", pairs(&url)["state"]);
        assert_eq!(pending.accept(&service, &callback, NOW).is_ok(), fine, "{required} {iss}");
    }
}

#[test]
fn clients_prove_themselves_as_the_service_wants() {
    let code = Secret::new("c");
    let cases = [
        ("", true, None),
        ("client_auth = \"basic\"", false, Some("Basic Y2xpZW50LTE6Y2xpZW50LXNlY3JldC0x")),
        ("client_auth = \"basic_raw\"", false, Some("Basic Y2xpZW50LTE6Y2xpZW50LXNlY3JldC0x")),
    ];
    for (settings, in_body, header) in cases {
        let service = custom_oauth2(settings);
        let connection = connected(&service, 3600);
        let (_, pending) = ask(&connection, &service, &[]);
        let call = token_request(&connection, &service, TokenGrant::Code { code: &code, pending: &pending }).unwrap();
        assert_eq!(call.header("authorization"), header);
        assert_eq!(form(&call.body).contains_key("client_secret"), in_body);
        assert_eq!(form(&call.body)["redirect_uri"], REDIRECT, "the redirect is repeated");
        assert!(!format!("{call:?}").contains("secret"));
    }
}

#[test]
fn basic_encodes_first_by_the_rfc_or_not() {
    // RFC 6749 section 2.3.1 and its examples, and one with characters that differ.
    for (id, secret, settings, header) in [
        ("s6BhdRkqt3", "gX1fBat3bV", "basic", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        ("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw", "basic", "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"),
        ("a:b", "c d/é", "basic", "Basic YSUzQWI6YytkJTJGJUMzJUE5"),
        ("a", "c d/é", "basic_raw", "Basic YTpjIGQvw6k="),
    ] {
        let service = custom_oauth2(&format!("grant = \"client_credentials\"\nclient_auth = \"{settings}\""));
        let mut connection = drafted(&service);
        let credentials = connection.oauth2_mut().unwrap();
        credentials.client_id = id.to_owned();
        credentials.client_secret = Secret::new(secret);
        let call = token_request(&connection, &service, TokenGrant::First).unwrap();
        assert_eq!(call.header("Authorization"), Some(header), "{id} {settings}");
    }
}

#[test]
fn a_public_client_only_says_who_it_is() {
    for auth in ["body", "basic"] {
        let service = custom_oauth2(&format!("client_auth = \"{auth}\""));
        let mut connection = connected(&service, 60);
        connection.oauth2_mut().unwrap().client_secret = Secret::default();
        let call = token_request(&connection, &service, TokenGrant::Refresh { previous: false }).unwrap();
        assert_eq!(call.header("Authorization"), None);
        assert_eq!(form(&call.body)["client_id"], "client-1");
        assert!(!form(&call.body).contains_key("client_secret"));
    }
}

#[test]
fn each_grant_sends_its_parameters() {
    let refresh = custom_oauth2(
        "refresh_url = \"https://login.acme.example/refresh\"\nrefresh_client_auth = \"basic\"\nrefresh_params = { type = \"refresh\" }",
    );
    let mut connection = connected(&refresh, 60);
    connection.oauth2_mut().unwrap().previous_refresh_token = Secret::new("refresh-0");
    let call = token_request(&connection, &refresh, TokenGrant::Refresh { previous: false }).unwrap();
    assert_eq!((call.method, call.url.path()), ("POST", "/refresh"));
    assert!(call.header("Authorization").is_some(), "the way of proving differs for renewing");
    let sent = form(&call.body);
    assert_eq!(
        (sent["grant_type"].as_str(), sent["refresh_token"].as_str(), sent["type"].as_str()),
        ("refresh_token", "refresh-1", "refresh")
    );
    let call = token_request(&connection, &refresh, TokenGrant::Refresh { previous: true }).unwrap();
    assert_eq!(form(&call.body)["refresh_token"], "refresh-0");

    let client = custom_oauth2("grant = \"client_credentials\"\ndefault_scopes = [\"a\", \"b\"]");
    let sent = form(&token_request(&drafted(&client), &client, TokenGrant::First).unwrap().body);
    assert_eq!((sent["grant_type"].as_str(), sent["scope"].as_str()), ("client_credentials", "a b"));

    let password = custom_oauth2("grant = \"password\"");
    let mut connection = drafted(&password);
    connection.set_secret("username", Secret::new("ann"));
    connection.set_secret("password", Secret::new("p&q"));
    let sent = form(&token_request(&connection, &password, TokenGrant::First).unwrap().body);
    assert_eq!(
        (sent["grant_type"].as_str(), sent["username"].as_str(), sent["password"].as_str()),
        ("password", "ann", "p&q")
    );

    let device = custom_oauth2("grant = \"device\"\ndevice_url = \"https://login.acme.example/device\"");
    let code = Secret::new("dc");
    let sent =
        form(&token_request(&drafted(&device), &device, TokenGrant::Device { device_code: &code }).unwrap().body);
    assert_eq!(sent["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(sent["device_code"], "dc");
}

#[test]
fn token_requests_can_be_json_queries_or_a_login_of_its_own() {
    let json = custom_oauth2("token_format = \"json\"\ntoken_headers = { X-Version = \"1\" }");
    let call = token_request(&connected(&json, 60), &json, TokenGrant::Refresh { previous: false }).unwrap();
    let sent: serde_json::Value = serde_json::from_str(call.body.expose()).unwrap();
    assert_eq!(sent["refresh_token"], "refresh-1");
    assert_eq!((call.header("content-type"), call.header("x-version")), (Some("application/json"), Some("1")));

    let query = custom_oauth2("token_format = \"query\"");
    let call = token_request(&connected(&query, 60), &query, TokenGrant::Refresh { previous: false }).unwrap();
    assert_eq!(call.method, "GET");
    assert_eq!(pairs(&call.url)["refresh_token"], "refresh-1");
    assert!(call.body.is_empty());

    let login = custom_oauth2(
        "grant = \"login\"\ntoken_format = \"json\"\ntoken_params = { user = \"{username}\", key = \"{password}\" }",
    );
    let mut connection = drafted(&login);
    connection.set_secret("username", Secret::new("ann"));
    connection.set_secret("password", Secret::new("pw"));
    let call = token_request(&connection, &login, TokenGrant::First).unwrap();
    assert_eq!(call.body.expose(), r#"{"key":"pw","user":"ann"}"#, "nothing of OAuth is added");
}

#[test]
fn an_issuer_alone_is_enough_once_its_metadata_is_known() {
    let service =
        Service::from_toml(None, "id = \"acme\"\nname = \"Acme\"\n[oauth2]\nissuer = \"https://login.acme.example\"")
            .unwrap();
    let mut connection = connected(&service, 60);
    let problem = token_request(&connection, &service, TokenGrant::Refresh { previous: false }).unwrap_err();
    assert!(problem.message.contains("no token URL"));
    connection.metadata = Some(Metadata {
        token_endpoint: Some("https://login.acme.example/t".to_owned()),
        revocation_endpoint: Some("https://login.acme.example/r".to_owned()),
        ..Metadata::default()
    });
    let call = token_request(&connection, &service, TokenGrant::Refresh { previous: false }).unwrap();
    assert_eq!(call.url.as_str(), "https://login.acme.example/t");
    assert_eq!(revocations(&connection, &service).unwrap().len(), 2);
}
