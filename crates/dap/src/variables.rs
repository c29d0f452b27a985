//! Values as an editor shows them: one line each, and what is inside when it is opened.

use rainwright::{Kind, Locale, Value};
use rainwright_value::Entries;
use serde_json::{Value as Json, json};

/// The longest text of a value in one line.
const LONGEST: usize = 200;
/// How many elements of a list or map one line shows.
const SHOWN: usize = 4;

/// Something that can be opened while the script is stopped.
#[derive(Clone)]
pub(crate) enum Handle {
    /// The variables of a function under way.
    Frame(usize),
    /// The elements of a value, and how a script reads it.
    Inside { value: Value, path: Option<String> },
}

/// Everything that can be opened, by its number from 1.
#[derive(Default)]
pub(crate) struct Handles(Vec<Handle>);

/// An element of a container.
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// How a script reads it.
    pub(crate) path: Option<String>,
}

/// How many elements a container has, and whether they have keys.
fn size(value: &Value) -> Option<(usize, bool)> {
    if let Value::Collection(collection) = value {
        return Some((collection.len(), matches!(*collection.entries(), Entries::Keyed(_))));
    }
    if let Some(map) = value.as_map().filter(|_| value.kind() == Kind::Map) {
        return Some((map.borrow().len(), true));
    }
    value.as_list().map(|list| (list.len(), false))
}

impl Handles {
    pub(crate) fn add(&mut self, handle: Handle) -> usize {
        self.0.push(handle);
        self.0.len()
    }

    pub(crate) fn get(&self, reference: usize) -> Result<Handle, String> {
        let found = reference.checked_sub(1).and_then(|at| self.0.get(at));
        found.cloned().ok_or_else(|| "The script has moved on, and this value is no longer shown.".to_owned())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// A value as `variables` and `evaluate` report it; `key` is the name of its text there.
    pub(crate) fn show(&mut self, value: &Value, path: Option<String>, locale: &Locale, key: &str) -> Json {
        let mut shown =
            json!({ key: preview(value, locale), "type": value.kind().to_string(), "variablesReference": 0 });
        if let Some(path) = &path {
            shown["evaluateName"] = path.as_str().into();
        }
        let Some((size, keyed)) = size(value) else { return shown };
        shown[if keyed { "namedVariables" } else { "indexedVariables" }] = size.into();
        if size > 0 {
            shown["variablesReference"] = self.add(Handle::Inside { value: value.clone(), path }).into();
        }
        shown
    }
}

/// `count` elements of a container from `start` on; all of them for 0.
pub(crate) fn elements(value: &Value, path: Option<&str>, start: usize, count: usize, locale: &Locale) -> Vec<Element> {
    let count = if count == 0 { usize::MAX } else { count };
    let read = |key: &str| path.map(|path| format!("{path}.get({key})"));
    let keyed = |(key, value): (&Value, &Value)| {
        let name = key.to_text(locale);
        Element { path: read(&key_literal(key, &name)), name, value: value.clone() }
    };
    let row = |(at, value): (usize, &Value)| Element {
        name: at.to_string(),
        path: read(&at.to_string()),
        value: value.clone(),
    };
    if let Value::Collection(collection) = value {
        return match &*collection.entries() {
            Entries::Undecided => Vec::new(),
            Entries::Row(items) => items.iter().enumerate().skip(start).take(count).map(row).collect(),
            Entries::Keyed(map) => map.iter().skip(start).take(count).map(keyed).collect(),
        };
    }
    if let Some(map) = value.as_map() {
        return map.borrow().iter().skip(start).take(count).map(keyed).collect();
    }
    let Some(list) = value.as_list() else { return Vec::new() };
    let items = list.items();
    items.iter().enumerate().skip(start).take(count).map(row).collect()
}

/// Gives an element of a container another value.
pub(crate) fn set_element(container: &Value, name: &str, value: Value, locale: &Locale) -> Result<(), String> {
    let no_such = || format!("There is no element '{name}'.");
    let key_of = |map: &rainwright::Map| map.keys().find(|key| key.to_text(locale) == name).cloned();
    if let Value::Collection(collection) = container {
        let mut entries = collection.entries_mut();
        return match &mut *entries {
            Entries::Undecided => Err(no_such()),
            Entries::Row(items) => {
                *name.parse().ok().and_then(|at: usize| items.get_mut(at)).ok_or_else(no_such)? = value;
                Ok(())
            }
            Entries::Keyed(map) => {
                let key = key_of(map).ok_or_else(no_such)?;
                map.insert(key, value);
                Ok(())
            }
        };
    }
    if let Some(map) = container.become_map().filter(|_| container.kind() == Kind::Map) {
        let key = key_of(&map.borrow()).ok_or_else(no_such)?;
        map.borrow_mut().insert(key, value);
        return Ok(());
    }
    let list = container.become_list().ok_or_else(no_such)?;
    if let Some(kind) = list.element().filter(|kind| *kind != value.kind()) {
        return Err(format!("This list takes {kind} only."));
    }
    let at = name.parse().ok().filter(|at: &usize| *at < list.len()).ok_or_else(no_such)?;
    list.items_mut()[at] = value;
    Ok(())
}

/// A key as a script writes it.
fn key_literal(key: &Value, text: &str) -> String {
    match key.as_str() {
        Some(text) => quoted(text),
        None => text.to_owned(),
    }
}

/// A text as a script writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A value in one line.
fn preview(value: &Value, locale: &Locale) -> String {
    let Some((size, keyed)) = size(value) else { return brief(value, locale) };
    let shown = elements(value, None, 0, SHOWN, locale).into_iter().map(|element| {
        let value = brief(&element.value, locale);
        if keyed { format!("{}: {value}", element.name) } else { value }
    });
    let shown: Vec<String> = shown.collect();
    let more = if size > shown.len() { ", …" } else { "" };
    cut(&format!("({size}) {{{}{more}}}", shown.join(", ")))
}

/// A value without what is inside of it.
fn brief(value: &Value, locale: &Locale) -> String {
    if value.is_null() {
        return "null".into();
    }
    if let Some((size, _)) = size(value) {
        return format!("({size}) {{…}}");
    }
    match value.as_str() {
        Some(text) => quoted(&cut(text)),
        None => cut(&value.to_text(locale)),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Handles, elements, set_element};
    use rainwright::{Engine, Inputs, Locale, OfflineHost, Value};

    fn value(source: &str) -> Value {
        let script = Engine::new().compile("a.dg", source).unwrap();
        script.run(&mut OfflineHost::new(), Inputs::new()).result.unwrap()
    }

    #[test]
    fn values_open_in_parts() {
        let locale = Locale::default();
        let map = value("m = Map(); m.put(\"a \\\"b\",{1,2,3,4,5}); m.put(\"n\",null); return m;");
        let mut handles = Handles::default();
        let shown = handles.show(&map, Some("m".into()), &locale, "value");
        assert_eq!(shown["value"], "(2) {a \"b: (5) {…}, n: null}");
        let inner = &elements(&map, Some("m"), 0, 1, &locale)[0];
        assert_eq!(inner.path.as_deref(), Some(r#"m.get("a \"b")"#));
        let part: Vec<String> = elements(&inner.value, None, 3, 9, &locale)
            .into_iter()
            .map(|e| format!("{}={}", e.name, e.value))
            .collect();
        assert_eq!(part, ["3=4", "4=5"]);
        set_element(&inner.value, "4", Value::from(50), &locale).unwrap();
        set_element(&map, "n", Value::from(7), &locale).unwrap();
        assert_eq!(map.to_string(), r#"{"a \"b":[1,2,3,4,50],"n":7}"#);
        assert!(set_element(&inner.value, "5", Value::Null, &locale).is_err());
        assert!(set_element(&map, "other", Value::Null, &locale).is_err());
        assert!(set_element(&Value::from(1), "0", Value::Null, &locale).is_err());
    }
}
