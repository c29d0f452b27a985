//! Finds values in JSON by paths such as `accounts.0.id`: in answers of providers, which are JSON on the wire.

use serde_json::Value;

/// The value at a path of keys and indexes; a key that holds dots itself is found too (`incoming_webhook.url`).
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    let step = |value: &'a Value, key: &str| match value {
        Value::Object(map) => map.get(key),
        Value::Array(list) => key.parse::<usize>().ok().and_then(|i| list.get(i)),
        _ => None,
    };
    if let Some(found) = step(value, path) {
        return Some(found);
    }
    let (key, rest) = path.split_once('.')?;
    at(step(value, key)?, rest)
}

/// The value at a path as text: texts, numbers and booleans; `None` for what is missing, null or larger.
pub(crate) fn text_at(value: &Value, path: &str) -> Option<String> {
    match at(value, path)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// A JSON object with a key more, and whether the key was there before; `None` when the text is no object.
pub(crate) fn with_key(text: &str, key: &str, value: &str) -> Option<(String, bool)> {
    let mut map: serde_json::Map<String, Value> = serde_json::from_str(text).ok()?;
    if map.contains_key(key) {
        map.insert(key.to_owned(), value.into());
        return Some((Value::Object(map).to_string(), true));
    }
    // Written in front, so that the rest stays as the script has it, to the byte.
    let pair = format!("{}:{}", Value::from(key), Value::from(value));
    let rest = text.trim_start().strip_prefix('{')?;
    let comma = if map.is_empty() { "" } else { "," };
    Some((format!("{{{pair}{comma}{rest}"), false))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_joins_an_object_and_leaves_the_rest_alone() {
        for (text, whole) in [
            ("{}", r#"{"key":"s\"1"}"#),
            (" { } ", r#"{"key":"s\"1" } "#),
            (r#"{"b":1.50, "a":[]}"#, r#"{"key":"s\"1","b":1.50, "a":[]}"#),
        ] {
            let (joined, there) = with_key(text, "key", "s\"1").unwrap();
            assert_eq!((joined.as_str(), there), (whole, false));
            assert_eq!(serde_json::from_str::<Value>(&joined).unwrap()["key"], "s\"1");
        }
        assert_eq!(with_key(r#"{"key":"x"}"#, "key", "1"), Some((r#"{"key":"1"}"#.to_owned(), true)));
        for other in ["", "[]", "text", "{", r#""{}""#] {
            assert_eq!(with_key(other, "key", "1"), None, "{other}");
        }
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let value = json!({"a": {"b": [{"c": 7}, null]}, "x.y": "dotted", "t": true});
        assert_eq!(text_at(&value, "a.b.0.c").as_deref(), Some("7"));
        assert_eq!(text_at(&value, "x.y").as_deref(), Some("dotted"));
        assert_eq!(text_at(&value, "t").as_deref(), Some("true"));
        for nothing in ["a.b.1", "a.b", "a.b.9.c", "z", "a..b", "t.x"] {
            assert_eq!(text_at(&value, nothing), None, "{nothing}");
        }
    }
}
