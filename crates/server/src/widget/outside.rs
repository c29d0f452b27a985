//! Calls that leave the machine: with a connection, without one, and through connectors.

use rainwright::connections::Connectors;
use rainwright::effect::{Body, HttpRequest, Part};
use serde_json::{Map, Value, json};

use super::message::{self, Refused, file_part, refused};

/// `CONNECTION.invoke`: the connection's name and the request.
pub(super) fn connection(sent: &Value) -> Result<(String, HttpRequest), Refused> {
    let name = sent["connectionName"].as_str().unwrap_or_default().trim().to_owned();
    let asked = &sent["data"]["data"];
    let mut request = start(asked["method"].as_str().unwrap_or("GET"), asked["url"].as_str())?;
    request.headers = headers(&parsed(&asked["headers"]));
    let parameters = parsed(&asked["parameters"]);
    let says_json = request.header("content-type").is_some_and(|kind| kind.contains("json"));
    let in_body = asked["param_type"].as_i64() == Some(2) || asked["param_type"].as_str() == Some("2");
    match &parameters {
        Value::Null => {}
        parameters if in_body || says_json => request.body = text_body(parameters, "application/json"),
        Value::Object(map) if matches!(request.method.as_str(), "GET" | "DELETE") => request.query = pairs(map),
        Value::Object(map) => request.body = Body::Form { pairs: pairs(map) },
        parameters => request.body = text_body(parameters, "text/plain"),
    }
    request.connection = Some(name.clone());
    Ok((name, request))
}

/// What `CONNECTION.invoke` gives for an answer.
pub(super) fn connection_answer(status: u16, body: Value) -> Value {
    let good = status < 400;
    json!({
        "code": "SUCCESS",
        "details": { "statusMessage": body, "status": if good { "true" } else { "false" } },
        "message": "Connection invoked successfully",
        "status": "success",
    })
}

/// `HTTP.get` and its kind: a request without credentials.
pub(super) fn http(sent: &Value) -> Result<HttpRequest, Refused> {
    let method = sent["nameSpace"].as_str().and_then(|name| name.strip_prefix("wget.")).unwrap_or_default();
    let data = &sent["data"];
    let mut request = start(method, data["url"].as_str())?;
    request.headers = headers(&data["Header"]);
    let kind = data["CONTENT_TYPE"].as_str().unwrap_or_default();
    request.body = match (&data["PARTS"], &data["FILE"], &data["Body"]) {
        (Value::Array(parts), file, _) => related(parts, file, data["PARTS_BOUNDARY"].as_str())?,
        (_, file @ Value::Object(_), _) => {
            let name = file["fileParam"].as_str().unwrap_or("file");
            Body::Multipart { parts: vec![file_part(name, &file["file"])?] }
        }
        (_, _, Value::Null) => Body::Empty,
        (_, _, Value::Object(map)) if kind.contains("urlencoded") => Body::Form { pairs: pairs(map) },
        (_, _, body) => text_body(body, if kind.is_empty() { default_kind(body) } else { kind }),
    };
    Ok(request)
}

/// `CONNECTOR.invokeAPI`: the request of a connector of the project.
pub(super) fn connector(sent: &Value, connectors: &Connectors) -> Result<(String, HttpRequest), Refused> {
    let called = sent["nameSpace"].as_str().unwrap_or_default();
    let (name, ..) = connectors.find(called)?;
    let given = &sent["data"]["VARIABLES"];
    let mut request = connectors.request(called, |key| match &given[key] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    })?;
    request.headers.extend(headers(&sent["data"]["HEADERS"]));
    if let file @ Value::Object(_) = &sent["data"]["FILE"] {
        let part = file_part(file["fileParam"].as_str().unwrap_or("file"), &file["file"])?;
        request.body = Body::Multipart { parts: vec![part] };
    }
    Ok((name.to_owned(), request))
}

/// A request to a web address.
pub(super) fn start(method: &str, url: Option<&str>) -> Result<HttpRequest, Refused> {
    let method = method.to_ascii_uppercase();
    if !matches!(method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
        return Err(refused("INVALID_DATA", "A call is one of GET, POST, PUT, PATCH and DELETE."));
    }
    match url.map(str::trim) {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => Ok(HttpRequest::new(method, url)),
        _ => Err(refused("INVALID_DATA", "A call needs an address that begins with https://.")),
    }
}

/// JSON that came as text, as the SDK packs it.
fn parsed(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        other => other.clone(),
    }
}

/// The pairs of an object.
pub(super) fn headers(value: &Value) -> Vec<(String, String)> {
    value.as_object().map(pairs).unwrap_or_default()
}

fn pairs(map: &Map<String, Value>) -> Vec<(String, String)> {
    map.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn default_kind(body: &Value) -> &'static str {
    if body.is_string() { "text/plain" } else { "application/json" }
}

/// A value as a body of text.
pub(super) fn text_body(value: &Value, kind: &str) -> Body {
    Body::text(plain(value), kind)
}

/// Parts as they are, with the file in the place of `__FILE__`.
fn related(parts: &[Value], file: &Value, boundary: Option<&str>) -> Result<Body, Refused> {
    let boundary =
        boundary.filter(|b| !b.is_empty() && b.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    let boundary = boundary.unwrap_or("rainwright-part");
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(format!("--{boundary}\r\n").bytes());
        for (name, value) in headers(&part["headers"]) {
            if format!("{name}{value}").contains(['\r', '\n']) {
                return Err(refused("INVALID_DATA", "A header of a part holds a line break."));
            }
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(b"\r\n");
        match &part["content"] {
            Value::String(text) if text == "__FILE__" => {
                let Part { bytes: content, .. } = file_part("file", &file["file"])?;
                bytes.extend_from_slice(&content);
            }
            content => bytes.extend(plain(content).bytes()),
        }
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("--{boundary}--\r\n").bytes());
    Ok(Body::Bytes { bytes: bytes.into(), content_type: format!("multipart/related; boundary={boundary}") })
}

/// The host of an address.
pub(super) fn host(url: &str) -> Result<String, Refused> {
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.ok_or_else(|| refused("INVALID_DATA", "The address of the call cannot be read."))
}

/// What `HTTP.get` gives: the body as text.
pub(super) fn http_answer(response: &rainwright::effect::HttpResponse) -> Value {
    message::text(response).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn invoked(asked: Value) -> HttpRequest {
        connection(&json!({ "connectionName": "news", "data": { "data": asked } })).unwrap().1
    }

    #[test]
    fn parameters_go_where_their_type_says() {
        let url = "https://api.example.com/x";
        let get = invoked(json!({"url": url, "method": "GET", "parameters": "{\"a\":1}"}));
        assert_eq!((get.query, get.connection.as_deref()), (vec![("a".into(), "1".into())], Some("news")));
        let form = invoked(json!({"url": url, "method": "post", "param_type": 1, "parameters": "{\"a\":\"b\"}"}));
        assert_eq!(form.body, Body::Form { pairs: vec![("a".into(), "b".into())] });
        let body = invoked(json!({"url": url, "method": "POST", "param_type": 2, "parameters": "{\"a\":[1]}"}));
        assert_eq!(body.body, Body::text(r#"{"a":[1]}"#, "application/json"));
        let json = invoked(
            json!({"url": url, "method": "POST", "headers": "{\"Content-Type\":\"application/json\"}", "parameters": "{}"}),
        );
        assert_eq!(json.body, Body::text("{}", "application/json"));
        for wrong in [json!({"url": "file:///etc/passwd"}), json!({"url": url, "method": "TRACE"}), json!({})] {
            assert!(connection(&json!({ "data": { "data": wrong } })).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_cannot_smuggle_headers() {
        let part = json!([{ "headers": { "a": "b\r\nc: d" }, "content": "x" }]);
        let sent = json!({"nameSpace":"wget.post","data":{"url":"https://a.example.com","PARTS": part}});
        assert!(http(&sent).is_err());
        let part = json!([{ "headers": { "Content-Type": "text/plain" }, "content": "x" }, { "content": "__FILE__" }]);
        let file = json!({ "file": { "$file": { "base64": "eQ==" } } });
        let sent = json!({"nameSpace":"wget.post","data":{"url":"https://a.example.com","PARTS": part, "FILE": file}});
        let Body::Bytes { bytes, .. } = http(&sent).unwrap().body else { unreachable!() };
        assert!(String::from_utf8_lossy(&bytes).contains("\r\n\r\ny\r\n--rainwright-part--"));
    }
}
