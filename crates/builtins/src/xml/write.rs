//! Writes values as XML.

use rainwright_value::{Entries, Locale, MAX_DEPTH, Map, Value, budget, max_printed};

/// A value under an element `root`.
pub(super) fn write_xml(value: &Value, locale: &Locale) -> String {
    let mut out = String::new();
    let mut writer = Writer { out: &mut out, locale };
    writer.out.push_str("<root>");
    writer.content(value, 0);
    writer.out.push_str("</root>");
    out
}

struct Writer<'a> {
    out: &'a mut String,
    locale: &'a Locale,
}

impl Writer<'_> {
    /// The text between the tags of a value.
    fn content(&mut self, value: &Value, depth: usize) {
        // Lists that hold each other many times over would make a text without end.
        if depth > MAX_DEPTH || self.out.len() > max_printed() || !budget::step() {
            self.out.push_str("...");
            return;
        }
        match value {
            Value::Null => {}
            Value::List(list) => self.elements("array", &list.items(), depth),
            Value::Map(map) => self.map(&map.borrow(), depth),
            Value::Collection(collection) => match &*collection.entries() {
                Entries::Undecided => {}
                Entries::Row(row) => self.elements("array", row, depth),
                Entries::Keyed(map) => self.map(map, depth),
            },
            Value::Braces(braces) => {
                if let Some(decided) = braces.decided() {
                    self.content(decided, depth);
                }
            }
            scalar => push_escaped(self.out, &scalar.to_text(self.locale)),
        }
    }

    fn map(&mut self, map: &Map, depth: usize) {
        for (key, value) in map.iter() {
            let name = element_name(&key.to_text(self.locale));
            match value {
                Value::List(list) => self.elements(&name, &list.items(), depth + 1),
                other => self.elements(&name, std::slice::from_ref(other), depth + 1),
            }
        }
    }

    /// An element of one name for each value.
    fn elements(&mut self, name: &str, values: &[Value], depth: usize) {
        for value in values {
            self.out.push('<');
            self.out.push_str(name);
            self.out.push('>');
            self.content(value, depth + 1);
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }
}

/// A key with every letter that no name may have as `_`.
fn element_name(key: &str) -> String {
    let starts = |c: char| c.is_alphabetic() || c == '_';
    let fits = |c: char| starts(c) || c.is_numeric() || matches!(c, '-' | '.');
    let mut name: String = key.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    if !name.starts_with(starts) {
        name.insert(0, '_');
    }
    name
}

/// Appends a text with markup signs escaped; what XML cannot hold is left out.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    let plain: String;
    let allowed = |c: char| c >= ' ' || matches!(c, '\t' | '\n' | '\r');
    let text = if text.chars().all(allowed) {
        text
    } else {
        plain = text.chars().filter(|c| allowed(*c)).collect();
        &plain
    };
    out.push_str(&quick_xml::escape::partial_escape(text));
}
