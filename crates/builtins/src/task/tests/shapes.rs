//! The shapes of answers.

use rainwright_diagnostic::Code;
use rainwright_value::{Kind, Value};

use super::{TestHost, problem, shown};
use rainwright_effect::{HttpResponse, Outcome};

fn call(host: &mut TestHost, more: &[(&'static str, Value)]) -> rainwright_value::Result {
    let mut entries = vec![("url", Value::from("https://api.example.com/files/r%20a.pdf?x=1"))];
    entries.extend(more.iter().cloned());
    host.block("invokeurl", &entries)
}

fn got(content_type: &str, body: &str, more: &[(&'static str, Value)]) -> Value {
    call(&mut TestHost::answering(200, content_type, body), more).unwrap()
}

fn bytes(headers: &[(&str, &str)], body: &[u8], more: &[(&'static str, Value)]) -> Value {
    let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let response = HttpResponse { status: 200, headers, body: body.to_vec().into() };
    call(&mut TestHost::giving(Outcome::Http(Box::new(response))), more).unwrap()
}

fn file_name(value: &Value) -> String {
    match value {
        Value::File(file) => file.name(),
        other => panic!("a file was expected, not {other:?}"),
    }
}

#[test]
fn json_becomes_maps_and_lists_and_the_rest_text() {
    for content_type in ["application/json", "application/json;charset=UTF-8", "application/hal+json", "text/json"] {
        assert_eq!(got(content_type, r#"{"a":1.50}"#, &[]).kind(), Kind::Map);
    }
    assert_eq!(got("application/json", "[1,2]", &[]).kind(), Kind::List);
    assert_eq!(got("application/json", "\"x\"", &[]).as_str(), Some("\"x\""));
    assert_eq!(got("application/json", "{broken", &[]).as_str(), Some("{broken"));
    assert_eq!(got("application/json", "", &[]).as_str(), Some(""));
    for content_type in ["text/plain", "text/html", "application/xml", "application/atom+xml", "text/csv"] {
        assert_eq!(got(content_type, "{\"a\":1}", &[]).as_str(), Some("{\"a\":1}"));
    }
}

#[test]
fn an_error_of_the_service_is_a_result() {
    let mut host = TestHost::answering(404, "application/json", r#"{"status":"error"}"#);
    assert_eq!(shown(&call(&mut host, &[]).unwrap()), r#"{"status":"error"}"#);
    let mut host = TestHost::answering(500, "text/html", "<h1>Oops</h1>");
    assert_eq!(call(&mut host, &[]).unwrap().as_str(), Some("<h1>Oops</h1>"));
}

#[test]
fn binary_content_and_downloads_are_files() {
    let pdf = bytes(&[("content-type", "application/pdf")], b"%PDF", &[]);
    assert_eq!(file_name(&pdf), "r a.pdf");
    let Value::File(pdf) = pdf else { panic!() };
    assert_eq!((pdf.mime().as_str(), &**pdf.bytes()), ("application/pdf", &b"%PDF"[..]));
    for (disposition, name) in [
        ("attachment; filename=\"list;1.csv\"", "list;1.csv"),
        ("attachment; filename=plain.csv", "plain.csv"),
        ("attachment; filename=\"a.csv\"; filename*=UTF-8''%e2%82%ac%20rates.csv", "€ rates.csv"),
        ("attachment; filename*=ISO-8859-1'en'%A3.csv", "£.csv"),
        ("attachment; filename=\"..\\\\..\\\\etc/passwd\"", "passwd"),
        ("attachment; filename=\"..\"", "r a.pdf"),
        ("attachment", "r a.pdf"),
    ] {
        let csv = bytes(&[("content-type", "text/csv"), ("content-disposition", disposition)], b"1", &[]);
        assert_eq!(file_name(&csv), name, "{disposition}");
    }
    assert_eq!(bytes(&[], &[0xff, 0xfe, 0x00, 0xd8], &[]).kind(), Kind::File);
    assert_eq!(bytes(&[], b"text", &[]).kind(), Kind::Text);
}

#[test]
fn a_script_can_ask_for_a_shape() {
    let as_text = [("response-format", "text".into())];
    assert_eq!(got("application/json", "{\"a\":1}", &as_text).as_str(), Some("{\"a\":1}"));
    let as_file = [("response-format", "FILE".into())];
    assert_eq!(got("application/json", "{}", &as_file).kind(), Kind::File);
    let as_map = [("response-format", "COLLECTION".into())];
    assert_eq!(got("text/plain", "{\"a\":1}", &as_map).kind(), Kind::Map);
    assert_eq!(got("text/plain", "", &as_map).kind(), Kind::Map);
    let wrong = problem(call(&mut TestHost::answering(200, "text/plain", "hello"), &as_map));
    assert_eq!(wrong.code, Code::BadResponse);
    assert!(wrong.message.contains("'hello'"), "{wrong}");
    let unknown = problem(call(&mut TestHost::default(), &[("response-format", "XML".into())]));
    assert!(unknown.message.contains("TEXT, COLLECTION, FILE but found 'XML'"), "{unknown}");
}

#[test]
fn charsets_come_from_the_script_the_mark_or_the_type() {
    let text = |headers: &[(&str, &str)], body: &[u8], more: &[(&'static str, Value)]| {
        bytes(headers, body, more).as_str().unwrap().to_owned()
    };
    assert_eq!(text(&[("content-type", "text/plain")], "é".as_bytes(), &[]), "é");
    assert_eq!(text(&[("content-type", "text/plain; charset=\"ISO-8859-1\"")], &[0xe9], &[]), "é");
    assert_eq!(text(&[("content-type", "text/plain")], b"\xef\xbb\xbfx", &[]), "x");
    let sjis = [("response-decoding", "Shift_JIS".into())];
    assert_eq!(text(&[("content-type", "text/plain; charset=UTF-8")], &[0x82, 0xa0], &sjis), "あ");
    let wrong = problem(call(&mut TestHost::default(), &[("response-decoding", "utf-99".into())]));
    assert_eq!(wrong.code, Code::BadArgument);
}

#[test]
fn a_detailed_answer_has_code_text_and_headers() {
    let headers = [("Content-Type", "application/json"), ("set-cookie", "a=1"), ("set-cookie", "b=2")];
    let response = HttpResponse {
        status: 201,
        headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        body: r#"{"id": 7}"#.into(),
    };
    let mut host = TestHost::giving(Outcome::Http(Box::new(response)));
    let answer = call(&mut host, &[("detailed", true.into())]).unwrap();
    assert_eq!(
        shown(&answer),
        r#"{"responseCode":201,"responseText":"{\"id\": 7}","responseHeader":{"content-type":"application/json","set-cookie":["a=1","b=2"]}}"#
    );
    let mut host = TestHost::answering(200, "application/pdf", "%PDF");
    let answer = call(&mut host, &[("detailed", "true".into())]).unwrap();
    let text = answer.as_map().unwrap().borrow().get_text("responseText").cloned();
    assert_eq!(text.unwrap().kind(), Kind::File);
    let mut host = TestHost::answering(200, "application/json", "[1]");
    let more = [("detailed", true.into()), ("response-format", "COLLECTION".into())];
    let answer = call(&mut host, &more).unwrap();
    let text = answer.as_map().unwrap().borrow().get_text("responseText").cloned();
    assert_eq!(text.unwrap().kind(), Kind::List);
}

#[test]
fn a_host_that_answers_with_something_else_is_told() {
    let wrong = problem(call(&mut TestHost::giving(Outcome::Done), &[]));
    assert_eq!(wrong.code, Code::NotSupported);
}
