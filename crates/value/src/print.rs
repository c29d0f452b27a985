//! How values print: in `info` lines, in concatenation, and as JSON.

use std::fmt::Write;

use crate::{Entries, Locale, Map, Value, java_double};

/// Deeper than this, values print as `...` and compare as different: a list may hold itself.
pub const MAX_DEPTH: usize = 200;

impl Value {
    /// The text that `info` and `toString` show.
    #[must_use]
    pub fn to_text(&self, locale: &Locale) -> String {
        let mut out = compact_str::CompactString::default();
        self.write(&mut out, locale);
        out.into()
    }

    /// Appends the text that `info` shows. A list of scalars is joined by commas, one that holds containers is JSON.
    #[inline]
    pub fn write(&self, out: &mut compact_str::CompactString, locale: &Locale) {
        match self {
            Value::Text(text) => out.push_str(text.as_str()),
            Value::Number(n) => push_number(out, *n),
            _ => self.write_other(out, locale),
        }
    }

    fn write_other(&self, out: &mut compact_str::CompactString, locale: &Locale) {
        match self {
            Value::List(list) => write_row(out, &list.items(), locale),
            Value::Collection(collection) => match &*collection.entries() {
                Entries::Undecided => out.push_str("{}"),
                Entries::Row(row) if row.is_empty() => out.push_str("{}"),
                Entries::Row(row) => write_row(out, row, locale),
                Entries::Keyed(map) => write_map(out, map, locale, 0),
            },
            Value::Map(map) if map.is_error() => write_error(out, &map.borrow(), locale),
            Value::Map(map) => write_map(out, &map.borrow(), locale, 0),
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => decided.write(out, locale),
                None => out.push_str("{}"),
            },
            scalar => write_scalar(out, scalar, locale),
        }
    }

    /// The value as JSON without spaces; dates as texts in the account's format, files by their names.
    #[must_use]
    pub fn to_json(&self, locale: &Locale) -> String {
        let mut out = compact_str::CompactString::default();
        write_json(&mut out, self, locale, 0);
        out.into()
    }
}

fn push_number(out: &mut compact_str::CompactString, n: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// What `info e` shows of a caught error.
fn write_error(out: &mut compact_str::CompactString, error: &Map, locale: &Locale) {
    out.push_str("Line: ");
    error.get_text("lineNo").unwrap_or(&Value::Null).write(out, locale);
    out.push_str(" - ");
    error.get_text("message").unwrap_or(&Value::Null).write(out, locale);
}

fn write_row(out: &mut compact_str::CompactString, row: &[Value], locale: &Locale) {
    if row.iter().any(Value::is_container) {
        write_items(out, row, locale, 0);
        return;
    }
    for (i, item) in row.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        item.write(out, locale);
    }
}

fn write_scalar(out: &mut compact_str::CompactString, value: &Value, locale: &Locale) {
    // Writing to memory cannot fail.
    let _ = match value {
        Value::Null => out.write_str("null"),
        Value::Bool(true) => out.write_str("true"),
        Value::Bool(false) => out.write_str("false"),
        Value::Number(n) => {
            push_number(out, *n);
            Ok(())
        }
        Value::Small(small) => write!(out, "{small}"),
        Value::Big(decimal) => write!(out, "{decimal}"),
        Value::Float(f) => out.write_str(&java_double(*f)),
        Value::Text(text) => out.write_str(text.as_str()),
        Value::Date(millis) => out.write_str(&locale.print_date(*millis)),
        Value::DateTime(millis) => out.write_str(&locale.print_date_time(*millis)),
        Value::Time(packed) => out.write_str(&locale.print_time(*packed)),
        Value::File(file) => out.write_str(&file.name()),
        Value::List(_) | Value::Map(_) | Value::Collection(_) | Value::Braces(_) => Ok(()),
    };
}

fn write_items(out: &mut compact_str::CompactString, row: &[Value], locale: &Locale, depth: usize) {
    out.push('[');
    for (i, item) in row.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_json(out, item, locale, depth + 1);
    }
    out.push(']');
}

fn write_map(out: &mut compact_str::CompactString, map: &Map, locale: &Locale, depth: usize) {
    out.push('{');
    for (i, (key, value)) in map.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        match key {
            Value::Text(text) => write_quoted(out, text.as_str()),
            other => write_quoted(out, &other.to_text(locale)),
        }
        out.push(':');
        write_json(out, value, locale, depth + 1);
    }
    out.push('}');
}

fn write_json(out: &mut compact_str::CompactString, value: &Value, locale: &Locale, depth: usize) {
    if depth > MAX_DEPTH {
        out.push_str("\"...\"");
        return;
    }
    match value {
        Value::Text(text) => write_quoted(out, text.as_str()),
        Value::List(list) => write_items(out, &list.items(), locale, depth),
        Value::Map(map) => write_map(out, &map.borrow(), locale, depth),
        Value::Collection(collection) => match &*collection.entries() {
            Entries::Undecided => out.push_str("{}"),
            Entries::Row(row) => write_items(out, row, locale, depth),
            Entries::Keyed(map) => write_map(out, map, locale, depth),
        },
        Value::Braces(braces) => match braces.decided() {
            Some(decided) => write_json(out, decided, locale, depth),
            None => out.push_str("{}"),
        },
        Value::Date(_) | Value::DateTime(_) | Value::Time(_) | Value::File(_) => {
            let mut text = compact_str::CompactString::default();
            write_scalar(&mut text, value, locale);
            write_quoted(out, &text);
        }
        Value::Float(f) if !f.is_finite() => out.push_str("null"),
        scalar => write_scalar(out, scalar, locale),
    }
}

/// A JSON string with its quotes.
fn write_quoted(out: &mut compact_str::CompactString, text: &str) {
    out.push('"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (i, b) in bytes.iter().enumerate() {
        let escape = match b {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[from..i]);
        if escape.is_empty() {
            let _ = write!(out, "\\u{b:04x}");
        } else {
            out.push_str(escape);
        }
        from = i + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}
