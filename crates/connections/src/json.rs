//! Finds values in JSON by paths such as `accounts.0.id`.

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
