//! `getUrl`, `postUrl` and the call form of `invokeUrl`: the older ways to make an HTTP call.

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Flag, Kinds, Result, Value};

use super::arguments::{BOOL, MAP, TEXT, as_map};
use super::request::{body, header, headers};
use super::response::{self, Shape};
use crate::{Builtin, Call, Example, Form, Param};
use rainwright_effect::{Body, Effect, HttpRequest};

const URL: Param = Param::new("url", TEXT, "The address, its query already encoded.");
const HEADERS: Param = Param::optional("headers", MAP, "Headers to send.");
const SIMPLE: Param = Param::optional(
    "simple",
    BOOL,
    "Whether the result is the body alone, as text; true when left out. With false it is a map of responseCode, responseText and responseHeader.",
);
const CONTENT: Kinds = TEXT.or(MAP);
const RESULT: Kinds = TEXT.or(MAP);

/// The functions.
pub(crate) const FETCH: &[Builtin] = &[
    Builtin {
        name: "getUrl",
        params: &[URL, HEADERS, SIMPLE],
        returns: RESULT,
        form: Form::Function,
        doc: "Fetches an address with GET and gives its body as text.",
        edge: "The second argument may already be `simple`.",
        examples: &[Example::new(r#"getUrl(null)"#, "error E3002")],
        deprecated: Some("Use invokeurl."),
        run: |call| {
            let (headers, simple) = (call.arg(1).clone(), call.arg(2).clone());
            fetch(call, "GET", None, headers, simple)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "postUrl",
        params: &[
            URL,
            Param::new("body", CONTENT, "What is sent: a map as a form, a text unchanged."),
            HEADERS,
            SIMPLE,
        ],
        returns: RESULT,
        form: Form::Function,
        doc: "Sends a form or a text to an address with POST and gives the answer's body as text.",
        edge: "The third argument may already be `simple`.",
        examples: &[Example::new(r#"postUrl(null, {"a": 1})"#, "error E3002")],
        deprecated: Some("Use invokeurl."),
        run: |call| {
            let content = call.arg(1).clone();
            let (headers, simple) = (call.arg(2).clone(), call.arg(3).clone());
            fetch(call, "POST", Some(content), headers, simple)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "invokeUrl",
        params: &[
            URL,
            Param::new("method", TEXT, "GET, POST, PUT, PATCH or DELETE."),
            Param::optional("body", CONTENT, "What is sent: a map as a form, a text unchanged."),
            HEADERS,
            SIMPLE,
        ],
        returns: RESULT,
        form: Form::Function,
        doc: "Calls an address with any method and gives the answer's body as text.",
        edge: "",
        examples: &[Example::new(r#"invokeUrl(null, "GET")"#, "error E3002")],
        deprecated: Some("Use the invokeurl block."),
        run: |call| {
            let method = call.text(1)?.trim().to_ascii_uppercase();
            if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
                let found = format!("GET, POST, PUT, PATCH or DELETE was expected but found '{method}'");
                return Err(call.bad_argument(found));
            }
            let content = call.given(2).then(|| call.arg(2).clone());
            let (headers, simple) = (call.arg(3).clone(), call.arg(4).clone());
            fetch(call, &method, content, headers, simple)
        },
        ..Builtin::ROW
    },
];

fn fetch(call: &mut Call, method: &str, content: Option<Value>, given: Value, simple: Value) -> Result {
    // `getUrl(url, false)`: the flag may come without headers before it.
    let (given, simple) = match given {
        Value::Bool(_) if simple.is_null() => (Value::Null, given),
        given => (given, simple),
    };
    let locale = &call.cx.locale;
    let mut request =
        HttpRequest { method: method.to_owned(), url: call.text(0)?.trim().to_owned(), ..HttpRequest::default() };
    if !given.is_null() {
        let map = as_map(&given).ok_or_else(|| {
            Box::new(Problem::new(
                Code::BadArgument,
                format!("{}: headers take KEY-VALUE but found {}", call.name, given.kind()),
            ))
        })?;
        request.headers = headers(&map, locale);
    }
    request.body = match content.filter(|content| !content.is_null()) {
        Some(content) => body(&content, header(&request.headers, "content-type"), locale)?,
        None => Body::Empty,
    };
    let url = request.url.clone();
    let response = call.cx.perform(Effect::Http(Box::new(request)))?.into_http()?;
    match simple {
        Value::Bool(Flag::False) => response::detailed(&response, Shape::Text, None, &url),
        Value::Text(text) if text.as_str().eq_ignore_ascii_case("false") => {
            response::detailed(&response, Shape::Text, None, &url)
        }
        _ => response::value(&response, Shape::Text, None, &url),
    }
}
