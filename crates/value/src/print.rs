//! How values print: in `info` lines, in concatenation, and as JSON.

use std::fmt::Write;
use std::rc::Rc;

use compact_str::CompactString;

use crate::json::plain_end;
use crate::{Entries, Locale, Map, Value, budget, java_double, memory};

/// Deeper than this, values print as `...` and compare as different.
pub const MAX_DEPTH: usize = 200;

/// A printed text longer than this, in bytes, is cut, and the run is over: a list that holds another one twice, and that
/// one a third twice, doubles at every level.
#[must_use]
pub fn max_printed() -> usize {
    memory::left().min(512 << 20)
}

/// Whether a text that is being printed may grow further; the run is over when not.
fn has_room(bytes: usize, most: usize) -> bool {
    if bytes <= most {
        return budget::step();
    }
    if memory::limit() < usize::MAX {
        memory::exceed();
    }
    false
}

/// What is known while a value is printed.
struct Path {
    /// The containers around, outermost first: one that holds itself prints as `...` inside.
    around: Vec<*const ()>,
    /// The bytes that the text may have.
    most: usize,
}

impl Path {
    fn new() -> Self {
        Self { around: Vec::new(), most: max_printed() }
    }
}

impl Value {
    /// The text that `info` and `toString` show.
    #[must_use]
    pub fn to_text(&self, locale: &Locale) -> String {
        let mut out = CompactString::default();
        self.write(&mut out, locale);
        out.into()
    }

    /// Appends the text that `info` shows. A list of scalars is joined by commas, one that holds containers is JSON.
    #[inline]
    pub fn write(&self, out: &mut CompactString, locale: &Locale) {
        match self {
            Value::Text(text) => out.push_str(text.as_str()),
            Value::Number(n) => with_digits(*n, |digits| out.push_str(digits)),
            _ => self.write_other(out, locale),
        }
    }

    fn write_other(&self, out: &mut CompactString, locale: &Locale) {
        match self {
            Value::List(list) => self.write_row(out, &list.items(), locale),
            Value::Collection(collection) => match &*collection.entries() {
                Entries::Undecided => out.push_str("{}"),
                Entries::Row(row) if row.is_empty() => out.push_str("{}"),
                Entries::Row(row) => self.write_row(out, row, locale),
                Entries::Keyed(_) => append(out, self.to_json(locale)),
            },
            Value::Map(map) if map.is_error() => write_error(out, &map.borrow(), locale),
            Value::Map(_) => append(out, self.to_json(locale)),
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => decided.write(out, locale),
                None => out.push_str("{}"),
            },
            Value::Records(records) => {
                for (i, id) in records.ids().iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    with_digits(*id, |digits| out.push_str(digits));
                }
            }
            Value::Record(row) => with_digits(row.id(), |digits| out.push_str(digits)),
            scalar => write_scalar(out, scalar, locale),
        }
    }

    fn write_row(&self, out: &mut CompactString, row: &[Value], locale: &Locale) {
        if row.iter().any(Value::is_container) {
            append(out, self.to_json(locale));
            return;
        }
        let most = max_printed().saturating_add(out.len());
        for (i, item) in row.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            if !has_room(out.len(), most) {
                return;
            }
            item.write(out, locale);
        }
    }

    /// The value as JSON without spaces; dates as texts in the account's format, files by their names.
    #[must_use]
    pub fn to_json(&self, locale: &Locale) -> String {
        let mut out = String::new();
        write_json(&mut out, self, locale, &mut Path::new());
        out
    }
}

/// What `info e` shows of a caught error.
fn write_error(out: &mut CompactString, error: &Map, locale: &Locale) {
    out.push_str("Line: ");
    error.get_text("lineNo").unwrap_or(&Value::Null).write(out, locale);
    out.push_str(" - ");
    error.get_text("message").unwrap_or(&Value::Null).write(out, locale);
}

/// Appends a text that may be long; an empty `out` takes it over as it is.
fn append(out: &mut CompactString, text: String) {
    if out.is_empty() {
        *out = CompactString::from(text);
    } else {
        out.push_str(&text);
    }
}

/// Writes a whole number's digits through a buffer on the stack.
#[inline]
fn with_digits(n: i64, write: impl FnOnce(&str)) {
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
        at -= 1;
        digits[at] = b'-';
    }
    write(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

fn write_scalar(out: &mut impl Write, value: &Value, locale: &Locale) {
    // Writing to memory cannot fail.
    let _ = match value {
        Value::Null => out.write_str("null"),
        Value::Bool(flag) => out.write_str(if flag.get() { "true" } else { "false" }),
        Value::Number(n) => {
            with_digits(*n, |digits| {
                let _ = out.write_str(digits);
            });
            Ok(())
        }
        Value::Small(small) => write!(out, "{small}"),
        Value::Big(decimal) => write!(out, "{decimal}"),
        Value::Float(f) => out.write_str(&java_double(f.get())),
        Value::Text(text) => out.write_str(text.as_str()),
        Value::Date(millis) => {
            locale.write_date(*millis, out);
            Ok(())
        }
        Value::DateTime(millis) => {
            locale.write_date_time(*millis, out);
            Ok(())
        }
        Value::Time(packed) => {
            locale.write_time(*packed, out);
            Ok(())
        }
        Value::File(file) => out.write_str(&file.name()),
        Value::Record(row) => write!(out, "{}", row.id()),
        Value::List(_) | Value::Map(_) | Value::Collection(_) | Value::Braces(_) | Value::Records(_) => Ok(()),
    };
}

fn write_items(out: &mut String, row: &[Value], locale: &Locale, path: &mut Path) {
    out.push('[');
    for (i, item) in row.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if !has_room(out.len(), path.most) {
            break;
        }
        write_json(out, item, locale, path);
    }
    out.push(']');
}

fn write_map(out: &mut String, map: &Map, locale: &Locale, path: &mut Path) {
    out.push('{');
    for (i, (key, value)) in map.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if !has_room(out.len(), path.most) {
            break;
        }
        match key {
            Value::Text(text) => write_quoted(out, text.as_str()),
            key if key.is_container() => {
                let mut text = String::new();
                write_json(&mut text, key, locale, path);
                // Quoted signs are quoted again at every level.
                write_quoted(out, if text.len() > path.most { "..." } else { &text });
            }
            scalar => write_quoted(out, &scalar.to_text(locale)),
        }
        out.push(':');
        write_json(out, value, locale, path);
    }
    out.push('}');
}

fn write_json(out: &mut String, value: &Value, locale: &Locale, path: &mut Path) {
    match value {
        Value::Text(text) => write_quoted(out, text.as_str()),
        Value::Number(n) => with_digits(*n, |digits| out.push_str(digits)),
        Value::List(list) => within(out, path, Rc::as_ptr(list).cast(), |out, path| {
            write_items(out, &list.items(), locale, path);
        }),
        Value::Map(map) => within(out, path, Rc::as_ptr(map).cast(), |out, path| {
            write_map(out, &map.borrow(), locale, path);
        }),
        Value::Collection(collection) => {
            within(out, path, Rc::as_ptr(collection).cast(), |out, path| match &*collection.entries() {
                Entries::Undecided => out.push_str("{}"),
                Entries::Row(row) => write_items(out, row, locale, path),
                Entries::Keyed(map) => write_map(out, map, locale, path),
            })
        }
        Value::Braces(braces) => match braces.decided() {
            Some(decided) => write_json(out, decided, locale, path),
            None => out.push_str("{}"),
        },
        Value::Date(_) | Value::DateTime(_) | Value::Time(_) | Value::File(_) => {
            let mut text = String::new();
            write_scalar(&mut text, value, locale);
            write_quoted(out, &text);
        }
        Value::Records(records) => {
            out.push('[');
            for (i, id) in records.ids().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                with_digits(*id, |digits| out.push_str(digits));
            }
            out.push(']');
        }
        Value::Float(f) if !f.get().is_finite() => out.push_str("null"),
        scalar => write_scalar(out, scalar, locale),
    }
}

/// Writes a container, unless it is being written already, lies too deep, or the text is too long.
fn within(out: &mut String, path: &mut Path, container: *const (), write: impl FnOnce(&mut String, &mut Path)) {
    if path.around.len() >= MAX_DEPTH || path.around.contains(&container) || !has_room(out.len(), path.most) {
        out.push_str("\"...\"");
        return;
    }
    path.around.push(container);
    write(out, path);
    path.around.pop();
}

/// A JSON string with its quotes.
fn write_quoted(out: &mut String, text: &str) {
    if !budget::spend_bytes(text.len()) {
        return;
    }
    out.reserve(text.len() + 2);
    out.push('"');
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let at = plain_end(bytes, from, b'"');
        out.push_str(&text[from..at]);
        let Some(b) = bytes.get(at) else { break };
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            _ => {
                let _ = write!(out, "\\u{b:04x}");
            }
        }
        from = at + 1;
    }
    out.push('"');
}
