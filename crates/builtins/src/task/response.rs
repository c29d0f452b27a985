//! Makes a value from an HTTP answer: JSON as maps and lists, binary content as files, the rest as text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{FileValue, Map, Result, Value, read_json};

use super::request::media_type;
use crate::shorten;
use rainwright_effect::HttpResponse;

/// The shape that a script asks for with `response-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// What the content type says.
    #[default]
    Automatic,
    /// Text, whatever it is.
    Text,
    /// A map or list from JSON.
    Collection,
    /// A file, whatever it is.
    File,
}

/// The body of an answer as a value.
///
/// `charset` comes before the one that the answer names; `url` lends a file its name when the answer gives none.
///
/// # Errors
/// [`Code::BadResponse`] when a map or list is asked for and the body is none.
pub(super) fn value(response: &HttpResponse, shape: Shape, charset: Option<&'static Encoding>, url: &str) -> Result {
    let content_type = response.header("content-type").unwrap_or_default();
    let media = media_type(content_type);
    let text = || decode(&response.body, charset, content_type);
    match (shape, content(response, &media)) {
        (Shape::Text, _) | (Shape::Automatic, Content::Text) => Ok(Value::from(&*text())),
        (Shape::File, _) | (Shape::Automatic, Content::File) => Ok(file(response, &media, url)),
        (Shape::Collection, _) => collection(&text()),
        (Shape::Automatic, Content::Json) => {
            let text = text();
            Ok(structured(&text).unwrap_or_else(|| Value::from(&*text)))
        }
    }
}

/// The answer with all its parts, for `detailed: true`: `responseCode`, `responseText` and `responseHeader`.
///
/// The text stays a TEXT even when it is JSON; a TEXT of JSON answers the functions of a map.
///
/// # Errors
/// As [`value`].
pub(super) fn detailed(response: &HttpResponse, shape: Shape, charset: Option<&'static Encoding>, url: &str) -> Result {
    let media = media_type(response.header("content-type").unwrap_or_default());
    let shape = match (shape, content(response, &media)) {
        (Shape::Automatic, Content::Json) => Shape::Text,
        (shape, _) => shape,
    };
    let mut map = Map::default();
    map.insert_text("responseCode", i64::from(response.status));
    map.insert_text("responseText", value(response, shape, charset, url)?);
    map.insert_text("responseHeader", headers(response));
    Ok(map.into())
}

/// The kind of content of an answer, by its headers.
enum Content {
    /// JSON, or what calls itself so.
    Json,
    /// Bytes to keep.
    File,
    /// Text.
    Text,
}

fn content(response: &HttpResponse, media: &str) -> Content {
    if response.body.is_empty() {
        Content::Text
    } else if is_attachment(response) {
        Content::File
    } else if may_be_json(media) {
        Content::Json
    } else if is_binary(media, &response.body) {
        Content::File
    } else {
        Content::Text
    }
}

/// The headers as a map with lower-case names; one that came several times holds a list.
fn headers(response: &HttpResponse) -> Value {
    let mut map = Map::default();
    for (name, value) in &response.headers {
        let name = name.to_ascii_lowercase();
        match map.get_text(&name) {
            None => {
                map.insert_text(name, value.as_str());
            }
            Some(Value::List(list)) => list.push(value.as_str().into()),
            Some(first) => {
                let both = vec![first.clone(), value.as_str().into()];
                map.insert_text(name, both);
            }
        }
    }
    map.into()
}

/// The map or list of a JSON text; `None` for anything else.
pub(super) fn structured(text: &str) -> Option<Value> {
    match read_json(text, false) {
        Ok(value @ (Value::Map(_) | Value::List(_))) => Some(value),
        _ => None,
    }
}

fn collection(text: &str) -> Result {
    if text.trim().is_empty() {
        return Ok(Map::default().into());
    }
    structured(text).ok_or_else(|| {
        Box::new(Problem::new(
            Code::BadResponse,
            format!("A JSON object or array was expected but the answer is '{}'.", shorten(text)),
        ))
    })
}

/// The text of a body: in the charset that is asked for, else of its byte order mark, else of its content type, else UTF-8.
fn decode<'b>(body: &'b [u8], charset: Option<&'static Encoding>, content_type: &str) -> Cow<'b, str> {
    // A byte order mark comes before the content type, but not before what the script asked for.
    if let Some(charset) = charset {
        return charset.decode_with_bom_removal(body).0;
    }
    let named = || {
        let (_, rest) = content_type.split_once("charset=")?;
        let label = rest.split(';').next().unwrap_or_default();
        Encoding::for_label(label.trim().trim_matches('"').as_bytes())
    };
    named().unwrap_or(UTF_8).decode(body).0
}

fn may_be_json(media: &str) -> bool {
    matches!(media, "application/json" | "text/json" | "application/javascript" | "text/javascript")
        || media.ends_with("+json")
}

/// Whether the content is no text, by its type, or by its bytes when it says none.
fn is_binary(media: &str, body: &[u8]) -> bool {
    const TEXTS: [&str; 6] = ["xml", "javascript", "x-www-form-urlencoded", "yaml", "graphql", "json"];
    match media.split_once('/') {
        None => std::str::from_utf8(body).is_err(),
        Some(("text" | "multipart" | "message", _)) => false,
        Some(("application", subtype)) => !TEXTS.iter().any(|text| subtype.contains(text)),
        Some(_) => true,
    }
}

fn is_attachment(response: &HttpResponse) -> bool {
    response.header("content-disposition").is_some_and(|value| media_type(value) == "attachment")
}

/// The body as a file.
pub(super) fn file(response: &HttpResponse, media: &str, url: &str) -> Value {
    let name = response
        .header("content-disposition")
        .and_then(disposition_name)
        .or_else(|| last_segment(url))
        .unwrap_or_else(|| "file".to_owned());
    let media = if media.is_empty() { "application/octet-stream" } else { media };
    FileValue::new(name, media, response.body.clone()).into()
}

/// The file name of a `Content-Disposition` header (RFC 6266), without any folder.
fn disposition_name(header: &str) -> Option<String> {
    let mut plain = None;
    for parameter in parameters(header) {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let mut fields = value.splitn(3, '\'');
                let charset = fields.next().unwrap_or_default();
                let (_, encoded) = (fields.next(), fields.next());
                let bytes: Vec<u8> = percent_encoding::percent_decode_str(encoded.unwrap_or(value)).collect();
                let charset = Encoding::for_label(charset.as_bytes()).unwrap_or(UTF_8);
                return base_name(&charset.decode(&bytes).0);
            }
            "filename" => plain = base_name(&unquoted(value)),
            _ => {}
        }
    }
    plain
}

/// The parameters after the first `;` of a header; a `;` between quotes divides nothing.
fn parameters(header: &str) -> Vec<&str> {
    let (mut found, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in header.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                found.push(&header[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&header[from..]);
    found.into_iter().skip(1).filter(|p| p.contains('=')).collect()
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').map(|v| v.strip_suffix('"').unwrap_or(v)) else {
        return value.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    out
}

fn base_name(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
}

/// The last piece of an address's path.
fn last_segment(url: &str) -> Option<String> {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    let (_, rest) = bare.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let name = percent_encoding::percent_decode_str(path.rsplit('/').next()?).decode_utf8_lossy();
    base_name(&name)
}
