//! `getUrl`, `postUrl` and the call form of `invokeUrl`.

use rainwright_diagnostic::Code;
use rainwright_value::Value;

use super::{TestHost, body, json, problem, shown};

#[test]
fn get_url_gives_the_body_as_text() {
    let mut host = TestHost::answering(200, "application/json", r#"{"a":1}"#);
    let got = host.function("getUrl", &["https://e.example/?q=1".into(), json(r#"{"X":"y"}"#)]).unwrap();
    assert_eq!(got.as_str(), Some(r#"{"a":1}"#));
    assert_eq!((host.request().method.as_str(), host.request().headers.len()), ("GET", 1));
}

#[test]
fn the_flag_may_come_without_headers() {
    for args in [
        vec!["https://e.example/".into(), Value::from(false)],
        vec!["https://e.example/".into(), Value::Null, Value::from(false)],
    ] {
        let mut host = TestHost::answering(404, "text/plain", "gone");
        assert_eq!(
            shown(&host.function("getUrl", &args).unwrap()),
            r#"{"responseCode":404,"responseText":"gone","responseHeader":{"content-type":"text/plain"}}"#
        );
    }
}

#[test]
fn post_url_sends_a_form_or_text() {
    let mut host = TestHost::default();
    host.function("postUrl", &["https://e.example/".into(), json(r#"{"a":"b c"}"#)]).unwrap();
    assert_eq!(body(host.request()), "form | a=b c");
    host.function("POSTURL", &["https://e.example/".into(), "raw".into()]).unwrap();
    assert_eq!(body(host.request()), "text/plain | raw");
}

#[test]
fn invoke_url_takes_a_method() {
    let mut host = TestHost::default();
    host.function("invokeUrl", &["https://e.example/".into(), "put".into(), "raw".into()]).unwrap();
    assert_eq!(host.request().method, "PUT");
    assert_eq!(body(host.request()), "text/plain | raw");
    let wrong = problem(host.function("invokeUrl", &["https://e.example/".into(), "FETCH".into()]));
    assert_eq!(wrong.code, Code::BadArgument);
    let wrong = problem(host.function("getUrl", &[Value::Null]));
    assert_eq!(wrong.code, Code::NullValue);
}
