//! Reads the arguments of tasks: the keys of a block, and values as the pieces of a request.

use std::rc::Rc;

use rainwright_diagnostic::{Code, Diagnostic, Problem, Span, closest};
use rainwright_value::{Entries, Kind, Kinds, Locale, Map, MapCell, Result, Value, read_json, whole};

use crate::{BlockTask, TaskCall, TaskKey};

pub(super) const TEXT: Kinds = Kinds::of(&[Kind::Text]);
pub(super) const NUMBER: Kinds = Kinds::of(&[Kind::Number]);
/// An id: scripts hold them as numbers and as text.
pub(super) const ID: Kinds = NUMBER.or(TEXT);
pub(super) const BOOL: Kinds = Kinds::of(&[Kind::Bool]);
pub(super) const MAP: Kinds = Kinds::of(&[Kind::Map]);
pub(super) const LIST: Kinds = Kinds::of(&[Kind::List]);
pub(super) const FILE: Kinds = Kinds::of(&[Kind::File]);

impl BlockTask {
    /// The key of this spelling; case does not matter, nor whether a blank, a hyphen or an underscore joins its words.
    #[must_use]
    pub fn key(&self, written: &str) -> Option<&'static TaskKey> {
        let plain = |c: char| match c {
            '-' | '_' => ' ',
            c => c.to_ascii_lowercase(),
        };
        self.keys.iter().find(|key| key.name.chars().map(plain).eq(written.chars().map(plain)))
    }

    /// The problem of a key that the task does not have, with the one that was probably meant.
    #[must_use]
    pub fn unknown_key(&self, written: &str) -> Problem {
        let problem = Problem::new(Code::UnknownTaskKey, format!("{} has no key '{written}'.", self.name));
        match self.near_key(written) {
            Some(name) => problem.with_help(format!("Did you mean '{name}'?")),
            None => {
                let names: Vec<&str> = self.keys.iter().map(|key| key.name).collect();
                problem.with_help(format!("{} takes {}.", self.name, names.join(", ")))
            }
        }
    }

    fn near_key(&self, written: &str) -> Option<&'static str> {
        closest(written, self.keys.iter().map(|key| key.name))
    }

    /// The mistake that a key as written is, unless the task has it; with the one that was probably meant as a fix.
    #[must_use]
    pub fn check_key(&self, written: &str, span: Span) -> Option<Diagnostic> {
        if self.key(written).is_some() {
            return None;
        }
        let mistake = Diagnostic::error(self.unknown_key(written), span);
        Some(match self.near_key(written) {
            Some(near) => mistake.with_fix(span, near),
            None => mistake,
        })
    }

    /// The problem of a key that the task needs and the block does not have.
    #[must_use]
    pub fn missing_key(&self, key: &str) -> Problem {
        Problem::new(Code::MissingTaskKey, format!("{} needs the key '{key}'.", self.name))
    }
}

impl TaskCall<'_, '_> {
    /// Checks that every key that must be given is there, and that every value is of a kind that its key takes.
    ///
    /// # Errors
    /// [`Code::MissingTaskKey`], or [`Code::BadArgument`] with the kind that was found.
    pub fn check(&self) -> Result<()> {
        for key in self.task.keys {
            match self.get(key.name) {
                Some(value) if !fits(key.kinds, value) => {
                    return Err(self.wrong(key.name, format!("takes {} but found {}", key.kinds, value.kind())));
                }
                None if key.required => return Err(Box::new(self.task.missing_key(key.name))),
                _ => {}
            }
        }
        Ok(())
    }

    /// The problem of a key whose value the task cannot use; `what` follows the key's name.
    #[must_use]
    pub fn wrong(&self, key: &str, what: impl std::fmt::Display) -> Box<Problem> {
        Box::new(Problem::new(Code::BadArgument, format!("The key '{key}' of {} {what}.", self.task.name)))
    }

    /// The value of a key as text; scalars in their printed form.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(|value| printed(value, &self.cx.locale))
    }

    /// The value of a key as a BOOLEAN; false when it is missing.
    ///
    /// # Errors
    /// When it is something else than true or false.
    pub fn flag(&self, key: &str) -> Result<bool> {
        let Some(text) = self.text(key) else {
            return Ok(false);
        };
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            _ => Err(self.wrong(key, format!("takes true or false but found '{text}'"))),
        }
    }

    /// The word of a key that takes one of a few, in the spelling of `words`; `None` when it is missing.
    ///
    /// # Errors
    /// When it is another word.
    pub fn word(&self, key: &str, words: &[&'static str]) -> Result<Option<&'static str>> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        let text = text.trim();
        match words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
            Some(word) => Ok(Some(word)),
            None => {
                let mut problem = *self.wrong(key, format!("takes {} but found '{text}'", words.join(", ")));
                if let Some(near) = closest(text, words.iter().copied()) {
                    problem = problem.with_help(format!("Did you mean {near}?"));
                }
                Err(Box::new(problem))
            }
        }
    }
}

/// Whether a value can be used where these kinds are wanted: scalars print as text, JSON text reads as a map,
/// numbers may be written as text.
pub(super) fn fits(wanted: Kinds, value: &Value) -> bool {
    let kind = value.kind();
    if wanted.has(kind) {
        return true;
    }
    match kind {
        Kind::Decimal if wanted.has(Kind::Number) => wanted.has(Kind::Text) || whole(value).is_some(),
        Kind::Number | Kind::Decimal | Kind::Bool | Kind::DateTime | Kind::Time => wanted.has(Kind::Text),
        Kind::Text => {
            let text = value.as_str().unwrap_or_default().trim();
            (wanted.has(Kind::Number) && text.parse::<i64>().is_ok())
                || (wanted.has(Kind::Bool) && (text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")))
                || (wanted.has(Kind::Map) && text.starts_with('{'))
                || (wanted.has(Kind::List) && text.starts_with('['))
        }
        Kind::Collection => wanted.has(Kind::Map) || wanted.has(Kind::List),
        // `{}` may have become a list.
        Kind::List => wanted.has(Kind::Map) && value.as_list().is_some_and(|list| list.is_empty()),
        _ => false,
    }
}

/// A value as a map: a map, a collection of keys, or JSON text of an object.
pub(super) fn as_map(value: &Value) -> Option<Rc<MapCell>> {
    match value {
        Value::Text(text) => match read_json(text.as_str(), true) {
            Ok(Value::Map(map)) => Some(map),
            _ => None,
        },
        Value::Collection(collection) => match &*collection.entries() {
            Entries::Keyed(map) => {
                let copy: Map = map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                Some(Rc::new(MapCell::from(copy)))
            }
            Entries::Undecided => Some(Rc::new(MapCell::from(Map::default()))),
            Entries::Row(_) => None,
        },
        Value::List(list) if list.is_empty() => Some(Rc::new(MapCell::from(Map::default()))),
        other => other.as_map(),
    }
}

/// The elements of a list or row collection; any other value is its only element, null none.
pub(super) fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Map(_) => vec![value.clone()],
        Value::Collection(collection) => match &*collection.entries() {
            Entries::Row(row) => row.clone(),
            _ => vec![value.clone()],
        },
        other => match other.as_list() {
            Some(list) => list.items().clone(),
            None => vec![other.clone()],
        },
    }
}

/// The text of a value in a query, a form field or a header: scalars as they print, maps as JSON, null as nothing.
pub(super) fn printed(value: &Value, locale: &Locale) -> String {
    match value {
        Value::Null => String::new(),
        other => other.to_text(locale),
    }
}

/// The keys of a map with their printed values.
pub(super) fn pairs(map: &MapCell, locale: &Locale) -> Vec<(String, String)> {
    map.borrow().iter().map(|(key, value)| (printed(key, locale), printed(value, locale))).collect()
}

/// The printed value of a text key, when there is one that is not null.
pub(super) fn entry(map: &MapCell, key: &str, locale: &Locale) -> Option<String> {
    let map = map.borrow();
    let value = map.get_text(key).filter(|value| !value.is_null())?;
    Some(printed(value, locale))
}
