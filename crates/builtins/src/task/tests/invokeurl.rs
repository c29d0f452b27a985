//! What `invokeurl`, `invokeapi` and `zoho.sdp.invokeurl` send.

use rainwright_diagnostic::Code;
use rainwright_value::{FileValue, Value};

use super::{TestHost, body, file, json, problem, query};
use crate::block_task;
use rainwright_effect::Body;

const URL: (&str, &str) = ("url", "https://api.example.com/x");

/// Runs `invokeurl` with these keys beside the address.
fn sent(entries: &[(&'static str, Value)]) -> TestHost {
    let mut host = TestHost::default();
    let mut all = vec![(URL.0, Value::from(URL.1))];
    all.extend(entries.iter().cloned());
    host.block("invokeurl", &all).unwrap();
    host
}

#[test]
fn the_method_is_get_unless_said() {
    assert_eq!(sent(&[]).request().method, "GET");
    for word in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let host = sent(&[("type", word.to_lowercase().into())]);
        assert_eq!(host.request().method, word);
    }
    let wrong = problem(TestHost::default().block("invokeurl", &[("url", URL.1.into()), ("type", "PSOT".into())]));
    assert_eq!(wrong.code, Code::BadArgument);
    assert!(wrong.message.contains("GET, POST, PUT, PATCH, DELETE but found 'PSOT'"), "{wrong}");
    assert_eq!(wrong.help(), "Did you mean POST?");
}

#[test]
fn placeholders_and_written_queries_stay_as_they_are() {
    let mut host = TestHost::default();
    let url = "https://{dc}.api.mailchimp.com/3.0/lists?fields=a%20b";
    host.block("invokeurl", &[("url", url.into()), ("connection", "mailchimp".into())]).unwrap();
    assert_eq!(host.request().url, url);
    assert_eq!(host.request().connection.as_deref(), Some("mailchimp"));
    assert_eq!(host.request().service, None);
}

#[test]
fn parameters_of_get_and_delete_are_the_query() {
    for method in ["GET", "DELETE"] {
        let host =
            sent(&[("type", method.into()), ("parameters", json(r#"{"q":"a b&c","page":2,"ids":[1,2],"none":null}"#))]);
        assert_eq!(query(host.request()), "q=a b&c&page=2&ids=1,2&none=");
        assert_eq!(host.request().body, Body::Empty);
    }
    let host = sent(&[("parameters", "?q=a%20b".into())]);
    assert_eq!(host.request().url, "https://api.example.com/x?q=a%20b");
}

#[test]
fn parameters_of_other_methods_are_the_body() {
    for method in ["POST", "PUT", "PATCH"] {
        let post = |value: Value| body(sent(&[("type", method.into()), ("parameters", value)]).request());
        assert_eq!(post(json(r#"{"a":"1 & 2","b":{"c":3}}"#)), r#"form | a=1 & 2&b={"c":3}"#);
        assert_eq!(post("raw=1".into()), "text/plain | raw=1");
        assert_eq!(post(file("a.bin", "image/png", "xyz")), "bytes image/png | xyz");
    }
}

#[test]
fn parameters_beside_a_body_are_the_query() {
    let host = sent(&[("type", "POST".into()), ("parameters", json(r#"{"dry":true}"#)), ("body", json(r#"{"a":1}"#))]);
    assert_eq!(query(host.request()), "dry=true");
    assert_eq!(body(host.request()), "form | a=1");
}

#[test]
fn a_map_is_json_when_the_content_type_says_so() {
    let map = json(r#"{"a":1,"tags":["x","y"]}"#);
    let by_header = sent(&[
        ("type", "POST".into()),
        ("headers", json(r#"{"content-TYPE":"application/json; charset=utf-8"}"#)),
        ("body", map.clone()),
    ]);
    assert_eq!(body(by_header.request()), r#"application/json; charset=utf-8 | {"a":1,"tags":["x","y"]}"#);
    let by_key = sent(&[
        ("type", "POST".into()),
        ("content-type", "application/vnd.api+json".into()),
        ("parameters", map.clone()),
    ]);
    assert_eq!(body(by_key.request()), r#"application/vnd.api+json | {"a":1,"tags":["x","y"]}"#);
    let list = sent(&[("type", "POST".into()), ("body", json(r#"[{"a":1}]"#))]);
    assert_eq!(body(list.request()), r#"application/json | [{"a":1}]"#);
}

#[test]
fn a_map_with_a_file_is_multipart() {
    let map = json(r#"{"name":"report"}"#);
    let upload = file("r.pdf", "application/pdf", "PDF");
    map.as_map().unwrap().borrow_mut().insert_text("content", upload);
    let host = sent(&[
        ("type", "POST".into()),
        ("headers", json(r#"{"Content-Type":"multipart/form-data","X-A":"1"}"#)),
        ("body", map),
    ]);
    assert_eq!(body(host.request()), "multipart | name=report; content file r.pdf (application/pdf)=PDF");
    assert_eq!(host.request().headers, [("X-A".to_owned(), "1".to_owned())]);
    let plain =
        sent(&[("type", "POST".into()), ("content-type", "multipart/form-data".into()), ("body", json(r#"{"a":1}"#))]);
    assert_eq!(body(plain.request()), "multipart | a=1");
}

#[test]
fn files_are_parts_with_their_own_names_and_text_parts() {
    let named = FileValue::new("a.csv", "text/csv", b"1,2".to_vec());
    named.set_param("sheet");
    let list = Value::from(vec![
        named.into(),
        file("b.txt", "text/plain", "hi"),
        json(r#"{"stringPart":"true","paramName":"note","content":"x","contentType":"application/json"}"#),
    ]);
    let host = sent(&[("type", "POST".into()), ("files", list)]);
    assert_eq!(
        body(host.request()),
        "multipart | sheet file a.csv (text/csv)=1,2; file file b.txt (text/plain)=hi; note (application/json)=x"
    );
    let one = sent(&[
        ("type", "POST".into()),
        ("parameters", json(r#"{"parent":"f1"}"#)),
        ("files", file("b.txt", "text/plain", "hi")),
    ]);
    assert_eq!(body(one.request()), "multipart | parent=f1; file file b.txt (text/plain)=hi");
}

#[test]
fn text_parts_may_have_a_charset() {
    let part = json(r#"[{"stringPart":"true","paramName":"n","content":"é","encodingType":"ISO-8859-1"}]"#);
    let host = sent(&[("type", "POST".into()), ("files", part)]);
    let Body::Multipart { parts } = &host.request().body else {
        panic!("multipart was expected");
    };
    assert_eq!(*parts[0].bytes, [0xe9]);
    assert_eq!(parts[0].content_type.as_deref(), Some("text/plain; charset=windows-1252"));
    let wrong = json(r#"[{"paramName":"n","content":"é","encodingType":"klingon"}]"#);
    let entries = [("url", URL.1.into()), ("type", "POST".into()), ("files", wrong)];
    let wrong = problem(TestHost::default().block("invokeurl", &entries));
    assert!(wrong.message.contains("'klingon' is no charset"), "{wrong}");
}

#[test]
fn headers_that_are_maps_are_json_and_null_is_not_sent() {
    let host =
        sent(&[("headers", json(r#"{"Dropbox-API-Arg":{"path":"/a","mute":false},"X-Count":3,"X-None":null}"#))]);
    assert_eq!(
        host.request().headers,
        [
            ("Dropbox-API-Arg".to_owned(), r#"{"path":"/a","mute":false}"#.to_owned()),
            ("X-Count".to_owned(), "3".to_owned()),
        ]
    );
    let as_text = sent(&[("headers", r#"{"A":"b"}"#.into())]);
    assert_eq!(as_text.request().headers, [("A".to_owned(), "b".to_owned())]);
}

#[test]
fn the_last_of_a_key_counts() {
    let mut host = TestHost::default();
    let entries = [("url", "https://a.example/".into()), ("url", "https://b.example/".into())];
    host.block("invokeurl", &entries).unwrap();
    assert_eq!(host.request().url, "https://b.example/");
}

#[test]
fn wrong_keys_and_kinds_are_told() {
    let missing = problem(TestHost::default().block("invokeurl", &[("type", "GET".into())]));
    assert_eq!(missing.code, Code::MissingTaskKey);
    assert_eq!(missing.message, "invokeurl needs the key 'url'.");
    let empty = problem(TestHost::default().block("invokeurl", &[("url", " ".into())]));
    assert_eq!(empty.message, "The key 'url' of invokeurl is empty.");
    let entries = [("url", URL.1.into()), ("headers", Value::from(7))];
    let kind = problem(TestHost::default().block("invokeurl", &entries));
    assert_eq!(kind.code, Code::BadArgument);
    assert_eq!(kind.message, "The key 'headers' of invokeurl takes KEY-VALUE but found NUMBER.");
    let entries = [("url", URL.1.into()), ("parameters", file("a", "b/c", "d"))];
    let query = problem(TestHost::default().block("invokeurl", &entries));
    assert!(query.message.contains("is the query here"), "{query}");
    let entries = [("url", URL.1.into()), ("detailed", "perhaps".into())];
    assert_eq!(problem(TestHost::default().block("invokeurl", &entries)).code, Code::BadArgument);

    let task = block_task("InvokeURL").unwrap();
    assert_eq!(task.key("Response_Format").unwrap().name, "response-format");
    assert_eq!(task.key("content type").unwrap().name, "content-type");
    let unknown = task.unknown_key("paramters");
    assert_eq!(unknown.code, Code::UnknownTaskKey);
    assert_eq!(unknown.help(), "Did you mean 'parameters'?");
    assert!(task.unknown_key("colour").help().starts_with("invokeurl takes url, type,"));
}

#[test]
fn invokeapi_finds_the_service() {
    let mut host = TestHost::default();
    let entries = [
        ("service", "zohocrm".into()),
        ("path", "/crm/v8/Leads".into()),
        ("type", "POST".into()),
        ("parameters", json(r#"{"a":1}"#)),
        ("body", json(r#"[{"param-name":"n","param-value":"v","content-type":"text/x"}]"#)),
    ];
    host.block("invokeapi", &entries).unwrap();
    let request = host.request();
    assert_eq!(request.url, "{api_domain}/crm/v8/Leads");
    assert_eq!(request.service.as_deref(), Some("zoho_crm"));
    assert_eq!(query(request), "a=1");
    assert_eq!(body(request), "multipart | n (text/x)=v");

    let entries = [("service", "ZohoDesk".into()), ("path", "api/v1/x".into()), ("connection", "d".into())];
    host.block("invokeapi", &entries).unwrap();
    assert_eq!(host.request().url, "https://desk.{dc}/api/v1/x");
    assert_eq!(host.request().service, None);

    let wrong = problem(host.block("invokeapi", &[("service", "ZohoBoks".into()), ("path", "x".into())]));
    assert_eq!(wrong.code, Code::UnknownService);
    assert_eq!(wrong.help(), "Did you mean ZohoBooks?");
}

#[test]
fn service_desk_calls_start_at_its_address() {
    let mut host = TestHost::default();
    host.block("zoho.sdp.invokeurl", &[("url", "/api/v3/requests".into())]).unwrap();
    assert_eq!(host.request().url, "https://sdpondemand.manageengine.com/api/v3/requests");
}
