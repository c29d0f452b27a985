//! Credentials are added where the service wants them, and go nowhere else.

use crate::{NOW, connected, custom, custom_oauth2, shipped};
use rainwright_connections::authorize::{basic, secret_headers};
use rainwright_connections::{
    Authorized, Connection, Credentials, Key, OAuth1Credentials, Secret, Service, Status, authorize, lookup,
};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Body, HttpRequest};
use std::collections::BTreeMap;

/// A body that signing leaves alone.
fn opaque() -> Body {
    Body::Multipart { parts: Vec::new() }
}

fn send(connection: &Connection, service: &Service, request: &mut HttpRequest) -> Result<Authorized, Problem> {
    authorize(connection, service, request, NOW, [1; 16])
}

fn get(connection: &Connection, service: &Service, url: &str) -> Result<HttpRequest, Problem> {
    let mut request = HttpRequest::new("GET", url);
    send(connection, service, &mut request).map(|_| request)
}

fn keyed(service: &Service, keys: &[(&str, &str)]) -> Connection {
    let mut connection = Connection::draft(Key::shared("acme"), service, NOW);
    let keys = keys.iter().map(|(name, key)| ((*name).to_owned(), Secret::from(*key)));
    connection.credentials = Credentials::ApiKey { keys: keys.collect::<BTreeMap<_, _>>() };
    connection.status = Status::Connected;
    connection
}

fn named(service: &Service, username: &str, password: &str) -> Connection {
    let mut connection = Connection::draft(Key::shared("acme"), service, NOW);
    connection.credentials = Credentials::Basic { username: username.into(), password: password.into() };
    connection.status = Status::Connected;
    connection
}

const API: &str = "https://api.acme.example/v1";

#[test]
fn keys_go_into_headers_queries_and_forms() {
    let service = custom(
        "[[api_key]]\nkey = \"X-Key\"\n[[api_key]]\nname = \"app\"\ntitle = \"App\"\nin = \"query\"\nkey = \"app_key\"\n\
         [[api_key]]\nname = \"pin\"\ntitle = \"Pin\"\nin = \"form\"\nkey = \"pin\"\nvalue = \"p-{pin}\"\n\
         [[api_key]]\nname = \"extra\"\ntitle = \"Extra\"\nkey = \"X-Extra\"\noptional = true",
    );
    let connection = keyed(&service, &[("api_key", "k1"), ("app", "a&b"), ("pin", "7")]);
    let mut request = HttpRequest::new("POST", format!("{API}?x=1"));
    request.query.push(("y".to_owned(), "2 3".to_owned()));
    request.body = Body::Form { pairs: vec![("z".to_owned(), "3".to_owned())] };
    let authorized = send(&connection, &service, &mut request).unwrap();
    assert_eq!(request.url, format!("{API}?x=1&y=2%203&app_key=a%26b"));
    assert_eq!(authorized.url.as_str(), request.url);
    assert!(request.query.is_empty());
    assert_eq!(request.headers, [("X-Key".to_owned(), "k1".to_owned())]);
    let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
    assert_eq!(request.body, Body::Form { pairs: vec![pair("z", "3"), pair("pin", "p-7")] });
    assert!(authorized.warnings.is_empty());

    let mut opaque = HttpRequest { body: opaque(), ..HttpRequest::new("POST", API) };
    assert!(send(&connection, &service, &mut opaque).unwrap_err().message.contains("form"));
    let lacking = keyed(&service, &[("app", "a")]);
    assert_eq!(get(&lacking, &service, API).unwrap_err().code, Code::NeedsReauth);
}

#[test]
fn the_connection_wins_over_the_script_and_says_so() {
    let service = custom(
        "[[api_key]]\nkey = \"X-Key\"\n[[api_key]]\nname = \"app\"\ntitle = \"App\"\nin = \"query\"\nkey = \"app\"",
    );
    let connection = keyed(&service, &[("api_key", "k1"), ("app", "mine")]);
    let mut request = HttpRequest::new("GET", format!("{API}?app=theirs&b=1")).with_header("x-KEY", "theirs");
    let warnings = send(&connection, &service, &mut request).unwrap().warnings;
    assert_eq!(request.url, format!("{API}?b=1&app=mine"));
    assert_eq!(request.headers, [("X-Key".to_owned(), "k1".to_owned())]);
    assert!(
        warnings.len() == 2 && warnings[0].contains("X-Key") && warnings[1].contains("parameter app"),
        "{warnings:?}"
    );
}

#[test]
fn basic_follows_rfc_7617() {
    assert_eq!(basic("Aladdin", "open sesame").as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    assert_eq!(basic("test", "123£").as_deref(), Some("Basic dGVzdDoxMjPCow=="));
    assert_eq!(basic("a:b", "c"), None);
    assert_eq!(basic("a\n", "c"), None);
    let service = custom("[basic]");
    let request = get(&named(&service, "Aladdin", "open sesame"), &service, API).unwrap();
    assert_eq!(request.header("authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    let problem = get(&named(&service, "a:b", "c"), &service, API).unwrap_err();
    assert!(problem.message.contains("colon") && !problem.message.contains("a:b"));
    let fixed = shipped("freshdesk");
    let mut connection = named(&fixed, "key", "");
    connection.set_value(&fixed, "subdomain", "acme");
    let request = get(&connection, &fixed, "https://{subdomain}.freshdesk.com/api/v2/tickets").unwrap();
    assert_eq!(
        (request.url.as_str(), request.header("Authorization")),
        ("https://acme.freshdesk.com/api/v2/tickets", Some("Basic a2V5Olg="))
    );
}

#[test]
fn tokens_go_into_the_header_or_query_that_the_service_names() {
    for (settings, header, url) in [
        ("", Some(("Authorization", "Bearer access-1")), API.to_owned()),
        (
            "value = \"Zoho-oauthtoken {access_token}\"",
            Some(("Authorization", "Zoho-oauthtoken access-1")),
            API.to_owned(),
        ),
        ("key = \"X-Token\"\nvalue = \"{access_token}\"", Some(("X-Token", "access-1")), API.to_owned()),
        (
            "in = \"query\"\nkey = \"oauth_token\"\nvalue = \"{access_token}\"",
            None,
            format!("{API}?oauth_token=access-1"),
        ),
    ] {
        let service = custom_oauth2(settings);
        let request = get(&connected(&service, 60), &service, API).unwrap();
        assert_eq!(request.url, url);
        let headers: Vec<(&str, &str)> = request.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(headers, header.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn signed_calls_carry_form_and_query_but_not_json() {
    let service = custom("[oauth1]\nrealm = \"{realm}\"\n[[fields]]\nname = \"realm\"\ntitle = \"Realm\"");
    let mut connection = Connection::draft(Key::shared("acme"), &service, NOW);
    connection.credentials = Credentials::OAuth1(OAuth1Credentials {
        consumer_key: "c".to_owned(),
        consumer_secret: "cs".into(),
        token: "t".into(),
        token_secret: "ts".into(),
    });
    connection.set_value(&service, "realm", "1234567_SB1");
    connection.status = Status::Connected;
    let signature = |body: Body, url: &str| {
        let mut request = HttpRequest { body, ..HttpRequest::new("POST", url) };
        send(&connection, &service, &mut request).unwrap();
        let header = request.header("Authorization").unwrap().to_owned();
        assert!(header.starts_with("OAuth realm=\"1234567_SB1\", oauth_consumer_key=\"c\""), "{header}");
        assert!(header.contains("oauth_timestamp=\"1700000000\""));
        header.split("oauth_signature=").nth(1).unwrap().to_owned()
    };
    let form = Body::Form { pairs: vec![("a".to_owned(), "1".to_owned())] };
    assert_eq!(signature(opaque(), API), signature(Body::Empty, API));
    assert_ne!(signature(form.clone(), API), signature(Body::Empty, API));
    assert_eq!(signature(form, API), signature(Body::Empty, &format!("{API}?a=1")));
    // A form is a form, also when the script has written it as a text.
    let text = |kind: &str| Body::text("b=%C3%BC+x&a=1", kind);
    let pairs = Body::Form { pairs: vec![("b".into(), "ü x".into()), ("a".into(), "1".into())] };
    assert_eq!(signature(text("application/x-www-form-urlencoded; charset=utf-8"), API), signature(pairs, API));
    assert_eq!(signature(text("text/plain"), API), signature(Body::Empty, API));

    connection.clock_skew = 300;
    let mut request = HttpRequest::new("GET", API);
    send(&connection, &service, &mut request).unwrap();
    assert!(request.header("Authorization").unwrap().contains("oauth_timestamp=\"1700000300\""));
}

#[test]
fn oauth1_parameters_may_go_into_query_or_form() {
    let credentials = || {
        Credentials::OAuth1(OAuth1Credentials {
            consumer_key: "c".to_owned(),
            consumer_secret: "cs".into(),
            ..OAuth1Credentials::default()
        })
    };
    let query = custom("[oauth1]\nin = \"query\"\ntwo_legged = true");
    let mut connection =
        Connection { status: Status::Connected, ..Connection::draft(Key::shared("acme"), &query, NOW) };
    connection.credentials = credentials();
    let request = get(&connection, &query, &format!("{API}?a=1")).unwrap();
    assert!(
        request.url.starts_with(&format!("{API}?a=1&oauth_consumer_key=c&"))
            && request.url.contains("&oauth_signature=")
    );
    assert!(!request.url.contains("oauth_token="), "two legs have no token");

    let form = custom("[oauth1]\nin = \"form\"\ntwo_legged = true");
    let mut request = HttpRequest { body: Body::Form { pairs: Vec::new() }, ..HttpRequest::new("POST", API) };
    send(&connection, &form, &mut request).unwrap();
    let Body::Form { pairs } = &request.body else { panic!("a form") };
    assert_eq!(pairs.last().unwrap().0, "oauth_signature");
    assert!(get(&connection, &form, API).unwrap().header("Authorization").is_some(), "without a form the header");

    let three = custom("[oauth1]");
    assert_eq!(get(&connection, &three, API).unwrap_err().code, Code::NeedsReauth);
}

#[test]
fn scripts_do_not_set_headers_of_the_transport_on_signed_calls() {
    let service = custom_oauth2("");
    let connection = connected(&service, 60);
    for name in [
        "Host",
        " host ",
        "HOST",
        "Content-Length",
        "Connection",
        "Keep-Alive",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
        "Proxy-Authorization",
        "proxy-connection",
    ] {
        let mut request = HttpRequest::new("GET", API);
        request.headers.push((name.to_owned(), "evil.example".to_owned()));
        let problem = send(&connection, &service, &mut request).unwrap_err();
        assert_eq!(problem.code, Code::BadRequest, "{name}");
        assert!(problem.message.contains(name.trim()) && problem.help().contains("Leave it out"), "{problem}");
        assert_eq!(request.header("Authorization"), None, "{name}");
    }
    let mut request = HttpRequest::new("GET", API);
    request.headers.push(("X-Host".into(), "fine".into()));
    send(&connection, &service, &mut request).unwrap();
}

#[test]
fn credentials_go_to_allowed_hosts_only() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    for url in [
        "https://evil.example/v1",
        "https://api.acme.example.evil.example/",
        "https://api.acme.example@evil.example/",
        "https://evil.example/?https://api.acme.example",
        "https://evil.example\\@api.acme.example/",
        "https://127.0.0.1/",
        "https://xapi.acme.example/",
    ] {
        let problem = get(&connection, &service, url).unwrap_err();
        assert!(matches!(problem.code, Code::HostNotAllowed | Code::BadRequest), "{url}: {problem}");
    }
    let problem = get(&connection, &service, "https://evil.example/").unwrap_err();
    assert!(problem.message.contains("evil.example") && problem.message.contains("api.acme.example"));
    assert!(problem.help().contains("dg connections allow acme evil.example"));
    for url in ["https://API.acme.example/x", "https://api.acme.example:8443/x", "https://api.acme.example./x"] {
        let allowed = get(&connection, &service, url).is_ok();
        assert_eq!(allowed, !url.contains("example./"), "{url}");
    }
    connection.allowed_hosts = vec!["*.friends.example".to_owned()];
    assert!(get(&connection, &service, "https://a.friends.example/").is_ok());
    assert!(get(&connection, &service, "https://friends.example/").is_err());
}

#[test]
fn credentials_travel_over_tls_only() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    assert_eq!(get(&connection, &service, "http://api.acme.example/").unwrap_err().code, Code::HostNotAllowed);
    connection.allow_http = true;
    assert!(get(&connection, &service, "http://api.acme.example/").is_ok());
    connection.allow_http = false;
    connection.allowed_hosts = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    assert!(get(&connection, &service, "http://127.0.0.1:8080/").is_ok(), "this machine needs no TLS");
    assert!(get(&connection, &service, "http://localhost:8080/").is_ok());
}

#[test]
fn methods_are_those_of_connection_and_service() {
    let mut service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    connection.methods = vec!["GET".to_owned()];
    assert_eq!(
        send(&connection, &service, &mut HttpRequest::new("DELETE", API)).unwrap_err().code,
        Code::MethodNotAllowed
    );
    assert!(send(&connection, &service, &mut HttpRequest::new("GET", API)).is_ok());
    service.methods = vec!["POST".to_owned()];
    assert!(send(&connection, &service, &mut HttpRequest::new("GET", API)).is_err());
}

#[test]
fn a_connection_out_of_order_stops_the_call() {
    let service = custom_oauth2("");
    for (status, code) in [
        (Status::Draft, Some(Code::NeedsReauth)),
        (Status::NeedsReauth, Some(Code::NeedsReauth)),
        (Status::Revoked, Some(Code::ConnectionDisabled)),
        (Status::Disabled, Some(Code::ConnectionDisabled)),
        (Status::Error, None),
        (Status::Connected, None),
    ] {
        let connection = Connection { status, ..connected(&service, 60) };
        let problem = get(&connection, &service, API).err();
        assert_eq!(problem.as_ref().map(|p| p.code), code, "{status:?}");
        if let Some(problem) = problem {
            assert!(problem.message.contains("\"acme\"") && problem.help().contains("acme"), "{problem}");
        }
    }
}

#[test]
fn placeholders_are_filled_for_declared_names_only() {
    let service = custom_oauth2(
        "[[fields]]\nname = \"team\"\ntitle = \"Team\"\n[[fields]]\nname = \"key\"\ntitle = \"Key\"\nsecret = true",
    );
    let mut connection = connected(&service, 60);
    let missing = get(&connection, &service, "https://api.acme.example/{team}").unwrap_err();
    assert!(missing.message.contains("{team}"));
    connection.set_value(&service, "team", "a/b?c");
    connection.set_value(&service, "key", "s3cret");
    assert_eq!(connection.values.get("key"), None, "secret values are kept apart");
    let mut request = HttpRequest::new("POST", "https://api.acme.example/{team}/{other}?t={team}")
        .with_header("X-Team", "{team}-{access_token}");
    request.query.push(("q".to_owned(), "{team}".to_owned()));
    request.body = Body::Form { pairs: vec![("f".to_owned(), "{team}".to_owned())] };
    send(&connection, &service, &mut request).unwrap();
    assert_eq!(request.url, "https://api.acme.example/a%2Fb%3Fc/%7Bother%7D?t=a%2Fb%3Fc&q=%7Bteam%7D");
    assert_eq!(request.header("X-Team"), Some("a/b?c-{access_token}"), "credentials are no placeholders");
    assert_eq!(
        request.body,
        Body::Form { pairs: vec![("f".to_owned(), "{team}".to_owned())] },
        "people's texts are left alone"
    );
}

#[test]
fn a_value_cannot_move_the_call_to_another_host() {
    let service = Service::from_toml(
        None,
        "id = \"acme\"\nname = \"Acme\"\napi = \"https://{dc}.api.acme.example\"\n[oauth2]\nauthorize_url = \"https://l.acme.example\"\n\
         token_url = \"https://l.acme.example\"\n[[fields]]\nname = \"dc\"\ndiscovered = true",
    )
    .unwrap();
    let mut connection = connected(&service, 60);
    for evil in [
        "evil.example/",
        "evil.example#",
        "evil.example?",
        "evil.example\\",
        "u@evil.example",
        "evil.example:1",
        "",
        "a b",
    ] {
        connection.set_value(&service, "dc", evil);
        let problem = get(&connection, &service, "https://{dc}.api.acme.example/x").unwrap_err();
        assert!(!problem.message.contains("evil"), "{evil}");
    }
    connection.set_value(&service, "dc", "us6");
    assert!(get(&connection, &service, "https://{dc}.api.acme.example/x").is_ok());
    assert!(
        get(&connection, &service, "https://us7.api.acme.example/x").is_err(),
        "another data centre is another host"
    );
}

#[test]
fn headers_of_the_service_come_along() {
    let service = shipped("notion");
    let connection = connected(&service, 60);
    let request = get(&connection, &service, "https://api.notion.com/v1/users").unwrap();
    assert_eq!(request.header("Notion-Version"), Some("2022-06-28"));
    let mut own =
        HttpRequest::new("GET", "https://api.notion.com/v1/users").with_header("notion-version", "2030-01-01");
    assert!(send(&connection, &service, &mut own).unwrap().warnings.is_empty());
    assert_eq!(own.header("Notion-Version"), Some("2030-01-01"), "a fixed header gives way");

    let etsy = shipped("etsy");
    let request = get(&connected(&etsy, 60), &etsy, "https://api.etsy.com/v3/x").unwrap();
    assert_eq!(request.header("x-api-key"), Some("client-1:client-secret-1"));
    assert!(secret_headers(&etsy).contains(&"x-api-key".to_owned()), "it is not sent on to other origins");

    let stripe = shipped("stripe_api_key");
    let request = get(&named(&stripe, "sk_test_1", ""), &stripe, "https://api.stripe.com/v1/balance").unwrap();
    assert_eq!(request.header("Stripe-Context"), None, "an optional value that is missing takes its header with it");
    assert_eq!(request.header("Authorization"), Some("Basic c2tfdGVzdF8xOg=="));
}

#[test]
fn keys_that_scripts_place_themselves_are_filled_everywhere() {
    let expensify = shipped("expensify");
    let connection = keyed(&expensify, &[("partner_user_id", "id-1"), ("partner_user_secret", "s\"1")]);
    let job = r#"{"credentials":{"partnerUserID":"{partner_user_id}"}}"#;
    let mut request = HttpRequest::new("POST", expensify.api.clone().unwrap());
    request.body = Body::Form { pairs: vec![("requestJobDescription".to_owned(), job.to_owned())] };
    send(&connection, &expensify, &mut request).unwrap();
    assert_eq!(
        request.body,
        Body::Form { pairs: vec![("requestJobDescription".to_owned(), job.replace("{partner_user_id}", "id-1"))] }
    );

    let telegram = shipped("telegram");
    let bot = keyed(&telegram, &[("api_key", "12:ab")]);
    let request = get(&bot, &telegram, "https://api.telegram.org/bot{api_key}/getMe").unwrap();
    assert_eq!(request.url, "https://api.telegram.org/bot12%3Aab/getMe");
    assert!(request.headers.is_empty());
}

#[test]
fn broken_credentials_are_not_sent() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    connection.set_secret("access_token", Secret::new("a\r\nX-Evil: 1"));
    let problem = get(&connection, &service, API).unwrap_err();
    assert!(problem.message.contains("line break") && !problem.message.contains("Evil"));
    connection.set_secret("access_token", Secret::default());
    assert_eq!(get(&connection, &service, API).unwrap_err().code, Code::NeedsReauth);
    connection.credentials = Credentials::None;
    assert_eq!(get(&connection, &service, API).unwrap_err().code, Code::NeedsReauth);
}

#[test]
fn the_test_call_is_an_ordinary_request() {
    let service = shipped("mailchimp");
    let mut connection = connected(&service, 60);
    assert!(lookup::test_request(&connection, &service).is_err(), "the data centre is not known yet");
    connection.set_value(&service, "dc", "us6");
    let mut request = lookup::test_request(&connection, &service).unwrap().unwrap();
    assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", "https://us6.api.mailchimp.com/3.0/ping"));
    assert!(send(&connection, &service, &mut request).is_ok());
    assert!(lookup::test_request(&connection, &custom_oauth2("")).unwrap().is_none());
}

#[test]
fn a_key_can_stand_in_a_json_body() {
    let mandrill = shipped("mandrill");
    let connection = keyed(&mandrill, &[("api_key", "s\"1")]);
    let post =
        |body: Body| HttpRequest { body, ..HttpRequest::new("POST", "https://mandrillapp.com/api/1.0/messages/send") };
    for (before, after) in [
        (Body::Empty, r#"{"key":"s\"1"}"#),
        (
            Body::text(r#"{"message":{"text":"{api_key}"}}"#, "application/json"),
            r#"{"key":"s\"1","message":{"text":"{api_key}"}}"#,
        ),
        (Body::text(r#"{"key":"mine","id":1}"#, "application/json"), r#"{"key":"s\"1","id":1}"#),
    ] {
        let mut request = post(before);
        send(&connection, &mandrill, &mut request).unwrap();
        assert_eq!(request.body, Body::text(after, "application/json"), "what the script wrote is not filled in");
        assert_eq!(request.header("Authorization"), None);
    }
    for other in [opaque(), Body::Form { pairs: Vec::new() }, Body::text("[1]", "application/json")] {
        let problem = send(&connection, &mandrill, &mut post(other)).unwrap_err();
        assert!(problem.message.contains("JSON object") && !problem.message.contains("s\"1"), "{problem}");
    }
}

#[test]
fn what_is_optional_may_stay_unfound() {
    let zoho = shipped("zoho_oauth");
    let mut connection = connected(&zoho, 60);
    let owner = &zoho.after_consent[0];
    for (status, body) in [(401, &b"{}"[..]), (200, b"<html>"), (200, br#"{"ZUID":1}"#)] {
        lookup::read(&mut connection, &zoho, owner, status, body).unwrap();
    }
    assert_eq!(connection.values.get("owner_email"), None);
    lookup::read(&mut connection, &zoho, owner, 200, br#"{"Email":"ann@acme.example","ZUID":1}"#).unwrap();
    assert_eq!(connection.values["owner_email"], "ann@acme.example");

    let mail = shipped("zoho_mail");
    let problem = lookup::read(&mut connection, &mail, &mail.after_consent[0], 401, b"{}").unwrap_err();
    assert!(problem.message.contains("status 401"), "{problem}");
    lookup::read(&mut connection, &mail, &mail.after_consent[0], 200, br#"{"data":[{"accountId":"77"}]}"#).unwrap();
    assert_eq!(connection.values["account_id"], "77");
}

#[test]
fn a_test_call_has_what_the_service_asks_for() {
    let expensify = shipped("expensify");
    let connection = keyed(&expensify, &[("partner_user_id", "id-1"), ("partner_user_secret", "secret-1")]);
    let mut request = lookup::test_request(&connection, &expensify).unwrap().unwrap();
    send(&connection, &expensify, &mut request).unwrap();
    let Body::Form { pairs } = &request.body else { panic!("{request:?}") };
    assert!(pairs[0].0 == "requestJobDescription" && pairs[0].1.contains(r#""partnerUserSecret":"secret-1""#));
    assert!(lookup::test_passes(&expensify, 200, br#"{"policyList":[]}"#));
    assert!(!lookup::test_passes(&expensify, 200, br#"{"responseCode":401,"responseMessage":"Authentication error"}"#));

    let linear = shipped("linear");
    let request = lookup::test_request(&connected(&linear, 60), &linear).unwrap().unwrap();
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://api.linear.app/graphql"));
    assert!(matches!(&request.body, Body::Text { text, .. } if text.contains("viewer")));
    assert!(lookup::test_passes(&linear, 200, br#"{"data":{"viewer":{"id":"1"}}}"#));
    for refusal in [&br#"{"data":{"viewer":null}}"#[..], br#"{"errors":[{}]}"#, b"<html>", b""] {
        assert!(!lookup::test_passes(&linear, 200, refusal));
    }
    assert!(!lookup::test_passes(&linear, 401, br#"{"data":{"viewer":{"id":"1"}}}"#));
    assert!(lookup::test_passes(&shipped("asana"), 200, b""), "most services say it with the status");
}
