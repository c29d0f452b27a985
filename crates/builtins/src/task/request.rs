//! Makes the pieces of an HTTP request from values: headers, bodies, multipart parts.

use std::rc::Rc;

use encoding_rs::Encoding;
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{FileValue, Locale, MapCell, Result, Value};

use super::arguments::{as_map, elements, entry, pairs, printed};
use rainwright_effect::{Body, Part};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const JSON: &str = "application/json";

/// Headers from a map; a map as a value is sent as JSON text, null is not sent.
pub(super) fn headers(map: &MapCell, locale: &Locale) -> Vec<(String, String)> {
    map.borrow()
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (printed(key, locale), printed(value, locale)))
        .collect()
}

/// The value of a header, its name in any case.
pub(super) fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A content type without its parameters, in lower case.
pub(super) fn media_type(content_type: &str) -> String {
    let bare = content_type.split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

/// A body from what the script gives: a text unchanged, a file as its bytes, a map as a form, or as what the content
/// type asks for; with a file in it as multipart.
///
/// # Errors
/// When a list of parts holds something that makes no part.
pub(super) fn body(value: &Value, content_type: Option<&str>, locale: &Locale) -> Result<Body> {
    let typed = |default: &str| content_type.unwrap_or(default).to_owned();
    let media = content_type.map(media_type).unwrap_or_default();
    if let Value::File(file) = value {
        return Ok(Body::Bytes { bytes: file.bytes().clone(), content_type: typed(&file.mime()) });
    }
    if let Value::Text(text) = value {
        return Ok(Body::text(text.as_str(), typed("text/plain")));
    }
    if let Some(map) = as_map(value) {
        let has_file = map.borrow().values().any(holds_file);
        return Ok(if has_file || media.starts_with("multipart/") {
            Body::Multipart { parts: fields(&map, locale) }
        } else if media.is_empty() || media == FORM {
            Body::Form { pairs: pairs(&map, locale) }
        } else {
            Body::text(value.to_json(locale), typed(JSON))
        });
    }
    if value.is_container() {
        let items = elements(value);
        if items.iter().any(is_part) {
            return Ok(Body::Multipart { parts: parts(value, "file", locale)? });
        }
        return Ok(Body::text(value.to_json(locale), typed(JSON)));
    }
    Ok(Body::text(printed(value, locale), typed("text/plain")))
}

/// A body of JSON text.
pub(super) fn json_body(value: &Value, locale: &Locale) -> Body {
    Body::text(value.to_json(locale), JSON)
}

fn holds_file(value: &Value) -> bool {
    match value {
        Value::File(_) => true,
        Value::List(list) => list.items().iter().any(|item| matches!(item, Value::File(_))),
        Value::Braces(braces) => braces.decided().is_some_and(holds_file),
        _ => false,
    }
}

/// Whether an element of a list describes a part: a file, a text part, or a parameter of `invokeapi`.
fn is_part(value: &Value) -> bool {
    match value {
        Value::File(_) => true,
        Value::Map(map) => {
            let map = map.borrow();
            map.get_text("stringPart").is_some() || map.get_text("param-name").is_some()
        }
        Value::Braces(braces) => braces.decided().is_some_and(is_part),
        _ => false,
    }
}

/// Each key of a map as a part: files under their keys, the rest as text.
pub(super) fn fields(map: &MapCell, locale: &Locale) -> Vec<Part> {
    let mut parts = Vec::new();
    for (key, value) in map.borrow().iter() {
        let name = printed(key, locale);
        if holds_file(value) {
            for item in elements(value) {
                match &item {
                    Value::File(file) => parts.push(file_part(file, &name)),
                    other => parts.push(text_part(&name, &printed(other, locale))),
                }
            }
        } else {
            parts.push(text_part(&name, &printed(value, locale)));
        }
    }
    parts
}

/// Parts from a file or a list: files, under the name that the script gave with `setParamName` or else `name`, and maps
/// that describe text parts.
///
/// # Errors
/// When an element is neither.
pub(super) fn parts(value: &Value, name: &str, locale: &Locale) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for item in elements(value) {
        if let Value::File(file) = &item {
            parts.push(file_part(file, name));
        } else if let Some(map) = as_map(&item) {
            parts.push(described_part(&map, locale)?);
        } else if !item.is_null() {
            let message = format!("A file or a part was expected in the list of files but found {}.", item.kind());
            return Err(Box::new(Problem::new(Code::BadArgument, message)));
        }
    }
    Ok(parts)
}

/// A file as a part: its own parameter name comes before `name`.
pub(super) fn file_part(file: &Rc<FileValue>, name: &str) -> Part {
    let mime = file.mime();
    Part {
        name: file.param().unwrap_or_else(|| name.to_owned()),
        file_name: Some(file.name()),
        content_type: (!mime.is_empty()).then_some(mime),
        bytes: file.bytes().clone(),
    }
}

pub(super) fn text_part(name: &str, text: &str) -> Part {
    Part { name: name.to_owned(), bytes: text.as_bytes().to_vec().into(), ..Part::default() }
}

/// A part from its description: `{"stringPart":"true","paramName":…,"content":…}`, or `{"param-name":…,"param-value":…}`.
fn described_part(map: &MapCell, locale: &Locale) -> Result<Part> {
    let either = |a: &str, b: &str| entry(map, a, locale).or_else(|| entry(map, b, locale));
    let Some(name) = either("paramName", "param-name") else {
        return Err(Box::new(
            Problem::new(Code::BadArgument, "A part of a multipart body has no 'paramName'.")
                .with_help(r#"Write it as {"stringPart":"true","paramName":"name","content":"value"}."#),
        ));
    };
    let content_type = either("contentType", "content-type");
    if let Some(Value::File(file)) = map.borrow().get_text("param-value") {
        let part = file_part(file, &name);
        return Ok(Part { name, content_type: content_type.or(part.content_type), ..part });
    }
    let content = either("content", "param-value").unwrap_or_default();
    let (bytes, content_type) = match either("encodingType", "encoding-type") {
        Some(label) => encoded(&content, &label, content_type)?,
        None => (content.into_bytes(), content_type),
    };
    Ok(Part { name, file_name: None, content_type, bytes: bytes.into() })
}

/// Text in another charset, and its content type with the charset named.
fn encoded(text: &str, label: &str, content_type: Option<String>) -> Result<(Vec<u8>, Option<String>)> {
    let charset = charset(label)?;
    let (bytes, charset, _) = charset.encode(text);
    let media = content_type.unwrap_or_else(|| "text/plain".to_owned());
    let named = if media.contains("charset=") { media } else { format!("{media}; charset={}", charset.name()) };
    Ok((bytes.into_owned(), Some(named)))
}

/// The charset of a label such as `UTF-8` or `ISO-8859-1`.
///
/// # Errors
/// [`Code::BadArgument`] when there is none of that name.
pub(super) fn charset(label: &str) -> Result<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
        Box::new(
            Problem::new(Code::BadArgument, format!("'{label}' is no charset that is known here."))
                .with_help("Use a name such as UTF-8, ISO-8859-1, windows-1252 or Shift_JIS."),
        )
    })
}

/// Appends query text to an address, unchanged.
pub(super) fn append_query(url: &mut String, query: &str) {
    let query = query.trim_start_matches(['?', '&']);
    if query.is_empty() {
        return;
    }
    let fragment = url.find('#').map(|at| url.split_off(at));
    if url.contains('?') {
        if !url.ends_with(['?', '&']) {
            url.push('&');
        }
    } else {
        url.push('?');
    }
    url.push_str(query);
    url.push_str(fragment.as_deref().unwrap_or_default());
}
