//! What messages of widgets have in common: refusals, paths, files.

use data_encoding::BASE64;
use rainwright::Problem;
use rainwright::effect::{HttpResponse, Part};
use serde_json::{Value, json};

/// An answer that rejects the widget's promise.
#[derive(Debug, PartialEq)]
pub(super) struct Refused(pub(super) Value);

/// A refusal with a code and a reason.
pub(super) fn refused(code: &str, message: &str) -> Refused {
    Refused(json!({ "code": code, "message": message, "status": "error" }))
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let message = match problem.help {
            Some(help) => format!("{} {help}", problem.message),
            None => problem.message,
        };
        refused("ERROR", &message)
    }
}

/// A path with its placeholders filled: `{id}` must be there, `{id?}` may be missing and then goes with its slash. A value
/// stays within its part of the path.
pub(super) fn fill(path: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, Refused> {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        let name = part.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        let Some(name) = name else {
            filled.push('/');
            filled.push_str(part);
            continue;
        };
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        match value(name).filter(|value| !value.is_empty()) {
            Some(value) if value == "." || value == ".." => {
                return Err(refused("INVALID_DATA", &format!("'{value}' is no {name}.")));
            }
            Some(value) => {
                filled.push('/');
                filled.extend(url::form_urlencoded::byte_serialize(value.as_bytes()).map(|piece| match piece {
                    "+" => "%20",
                    piece => piece,
                }));
            }
            None if optional => {}
            None => return Err(refused("INVALID_DATA", &format!("The call needs '{name}'."))),
        }
    }
    Ok(filled)
}

/// A file that the host page has packed: `{"$file": {name, type, base64}}`.
pub(super) fn file_part(name: &str, packed: &Value) -> Result<Part, Refused> {
    let file = &packed["$file"];
    let bytes = file["base64"].as_str().and_then(|text| BASE64.decode(text.as_bytes()).ok());
    let Some(bytes) = bytes else { return Err(refused("INVALID_DATA", "The call needs a file.")) };
    let text = |key: &str| file[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Part { name: name.to_owned(), file_name: text("name"), content_type: text("type"), bytes: bytes.into() })
}

/// The body of an answer as the SDK gives it: JSON parsed, other text as it is, anything else as a file for the host page
/// to unpack.
pub(super) fn body(response: &HttpResponse) -> Value {
    if response.body.is_empty() {
        return Value::Null;
    }
    match std::str::from_utf8(&response.body) {
        Ok(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        Err(_) => {
            let kind = response.header("content-type").unwrap_or("application/octet-stream");
            json!({ "$file": { "type": kind, "base64": BASE64.encode(&response.body) } })
        }
    }
}

/// The body of an answer as text.
pub(super) fn text(response: &HttpResponse) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}
