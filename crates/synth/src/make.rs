//! Makes the values: a shape and what was chosen for it become data.

use std::collections::BTreeMap;

use rainwright_effect::{Data, DataMap, RecordSet};
use rainwright_value::{Kind, Kinds};

use crate::shape::{Id, Origin, Shape, Shapes};
use crate::words::{self, Turn};

/// What is chosen for one shape, in place of what would be made up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    /// Null.
    Null,
    /// The key is missing.
    Absent,
    /// An empty text, list or map.
    Empty,
    /// This value.
    Value(Data),
    /// A list of so many elements.
    Count(usize),
    /// A value of this kind.
    Kind(Kind),
    /// A text that is read as a date.
    DateText,
    /// The call is answered with this status.
    Status(u16),
    /// The call fails: no answer in time.
    Fails,
}

/// Choices by shape: one way to run a script.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Case {
    pub(crate) choices: BTreeMap<Id, Choice>,
}

impl Case {
    pub(crate) fn with(&self, more: &[(Id, Choice)]) -> Case {
        let mut case = self.clone();
        case.choices.extend(more.iter().cloned());
        case
    }
}

/// Makes values.
#[derive(Clone, Copy)]
pub(crate) struct Maker<'a> {
    pub(crate) shapes: &'a Shapes,
    pub(crate) case: &'a Case,
    /// What runs have taught, below the choices of the case.
    pub(crate) facts: &'a BTreeMap<Id, Choice>,
    pub(crate) now: i64,
    pub(crate) seed: u64,
    /// Whether templates are what a service answered, and not just how it answers: then all that they say counts.
    pub(crate) exact: bool,
}

/// Elements of a list that nothing decides about.
const USUAL: usize = 2;
/// The ID of the first record that is found or added.
pub(crate) const FIRST_RECORD: i64 = 3_888_833_000_000_114_027;
/// How deep values are made.
const DEPTH: usize = 12;

impl Maker<'_> {
    pub(crate) fn choice(&self, id: Id) -> Option<&Choice> {
        self.case.choices.get(&id).or_else(|| self.facts.get(&id))
    }

    /// A value for a shape. `nth` counts the answers that its place gave before; `template` is what the product's envelope
    /// says of this part.
    pub(crate) fn make(&self, id: Id, nth: usize, template: Option<&Data>) -> Data {
        self.at(id, 0, nth, template, 0).unwrap_or_default()
    }

    fn turn(&self, index: usize) -> Turn {
        Turn { now: self.now, index: self.seed.wrapping_add(index as u64) % 997 }
    }

    fn at(&self, id: Id, index: usize, nth: usize, template: Option<&Data>, depth: usize) -> Option<Data> {
        let shape = self.shapes.get(id);
        if depth > DEPTH {
            return Some(Data::Null);
        }
        match self.choice(id) {
            Some(Choice::Null) => return Some(Data::Null),
            Some(Choice::Absent) => return None,
            // What is still to come ends at the second page, whatever was chosen for the first one.
            Some(Choice::Value(Data::Bool(true))) if nth > 0 && words::is_more(&shape.name) => {
                return Some(Data::Bool(false));
            }
            None | Some(Choice::Value(Data::Text(_)))
                if nth > 0 && template.is_none() && words::is_next(&shape.name) && shape.asked_null =>
            {
                return Some(Data::Null);
            }
            None | Some(Choice::Value(Data::Text(_)))
                if nth > 0 && template.is_none() && words::is_next(&shape.name) && shape.asked_empty =>
            {
                return Some(Data::Text(String::new()));
            }
            Some(Choice::Value(data)) => return Some(data.clone()),
            _ => {}
        }
        let kind = self.kind(id, template);
        if self.choice(id) == Some(&Choice::Empty) {
            return Some(match kind {
                Kind::List => Data::List(Vec::new()),
                Kind::Map => Data::Map(DataMap::new()),
                Kind::Collection => Data::Collection(Box::default()),
                _ => Data::Text(String::new()),
            });
        }
        Some(match kind {
            Kind::Map => self.map(id, index, nth, template, depth).into(),
            Kind::List if shape.rows => rows(&shape.name, self.list(id, index, nth, template, depth)),
            Kind::List => Data::List(self.list(id, index, nth, template, depth)),
            Kind::Collection if shape.item.is_some() => {
                Data::Collection(Box::new(Data::List(self.list(id, index, nth, template, depth))))
            }
            Kind::Collection => Data::Collection(Box::new(self.map(id, index, nth, template, depth).into())),
            Kind::Text if !shape.fields.is_empty() || shape.any.is_some() => {
                let known = template.filter(|data| data.as_map().is_some());
                Data::Text(Data::from(self.map(id, index, nth, known, depth)).to_json())
            }
            Kind::Text if shape.item.is_some() => {
                let items = self.list(id, index, nth, None, depth);
                let plain = items.iter().all(|item| item.as_map().is_none() && item.as_list().is_none());
                let separator = shape.parts.first().map_or(",", String::as_str);
                Data::Text(match plain {
                    true => items.iter().map(Data::to_string).collect::<Vec<_>>().join(separator),
                    false => Data::List(items).to_json(),
                })
            }
            kind => self.scalar(id, shape, kind, index, template),
        })
    }

    fn scalar(&self, id: Id, shape: &Shape, kind: Kind, index: usize, template: Option<&Data>) -> Data {
        let turn = self.turn(index);
        if let Some(given) = template
            .filter(|data| crate::infer_kind(data) == kind && (index == 0 || self.exact) && data.as_map().is_none())
        {
            return given.clone();
        }
        // The first value that the script asks for; further elements of a list get the others, then one of its own.
        let fitting: Vec<&Data> = shape.compared.iter().filter(|data| crate::infer_kind(data) == kind).collect();
        if let Some(compared) = fitting.get(index % (fitting.len() + 1)) {
            return (*compared).clone();
        }
        if self.choice(id) == Some(&Choice::DateText) {
            return Data::Text(words::date_text("", false, turn));
        }
        if kind == Kind::Text {
            if let Some(json) = template.filter(|data| data.as_map().is_some() && index == 0) {
                return Data::Text(json.to_json());
            }
            let mut text = match &shape.dated {
                Some(pattern) => {
                    let with_time = pattern.is_empty() && shape.name.to_lowercase().contains("time");
                    words::date_text(pattern, with_time, turn)
                }
                None if shape.numeric => words::digits(&shape.name, turn),
                None => words::text(&shape.name, turn),
            };
            // Each one after the one before: a text is cut at one separator after the other.
            let mut from = 0;
            for separator in &shape.parts {
                from = match text[from..].find(separator.as_str()) {
                    Some(at) => from + at + separator.len(),
                    None => {
                        text.push_str(separator);
                        let from = text.len();
                        text.push_str(&words::text("", turn));
                        from
                    }
                };
            }
            return Data::Text(text);
        }
        words::scalar(kind, &shape.name, turn)
    }

    fn map(&self, id: Id, index: usize, nth: usize, template: Option<&Data>, depth: usize) -> DataMap {
        let shape = self.shapes.get(id);
        let mut map = DataMap::new();
        // Where the envelope says a list and the script reads a map, its first element is meant.
        let template = template.map(|data| data.as_list().and_then(|list| list.first()).unwrap_or(data));
        if let Some(known) = template.and_then(Data::as_map) {
            for (key, value) in known.iter() {
                if let Some(key) = key.as_text()
                    && !shape.fields.iter().any(|(name, _)| name == key)
                {
                    map.insert(key, value.clone());
                }
            }
        }
        for (key, field) in &shape.fields {
            // A key that the service spells with other letters is a slip of the script, not another key.
            if template.is_some_and(|known| is_respelt(known, key)) {
                continue;
            }
            let inner = template.and_then(|data| data.get(key));
            if let Some(value) = self.at(*field, index, nth, inner, depth + 1) {
                map.insert(key.clone(), value);
            }
        }
        if let Some(any) = shape.any
            && map.is_empty()
        {
            for (i, key) in ["first", "second"].iter().enumerate() {
                if let Some(value) = self.at(any, i, nth, None, depth + 1) {
                    map.insert(*key, value);
                }
            }
        }
        if map.is_empty() && shape.fields.is_empty() {
            let turn = self.turn(index);
            map.insert("id", words::text("id", turn));
            map.insert("name", words::text("name", turn));
        }
        map
    }

    fn list(&self, id: Id, index: usize, nth: usize, template: Option<&Data>, depth: usize) -> Vec<Data> {
        let shape = self.shapes.get(id);
        let count = match self.choice(id) {
            Some(Choice::Count(count)) => *count,
            // A write is answered with one element for each that was sent, which is mostly one.
            _ if is_outcome(template) => shape.least.max(1),
            _ if self.exact && template.and_then(Data::as_list).is_some_and(|known| !known.is_empty()) => {
                template.and_then(Data::as_list).map_or(0, <[Data]>::len).max(shape.least)
            }
            // A script that fetches until nothing comes gets nothing in the end.
            _ if nth >= 3 => 0,
            _ => match shape.item {
                Some(item) => USUAL.max(self.variety(item, 0)).min(5).max(shape.least),
                None => USUAL.max(shape.least),
            },
        };
        let known = template.and_then(Data::as_list).unwrap_or_default();
        let inner = known.first();
        (0..count)
            .map(|i| match shape.item {
                Some(item) => {
                    // Behind the last element that the service has, others are made up like the first one.
                    let (maker, inner) = match known.get(i).filter(|_| self.exact) {
                        Some(own) => (*self, Some(own)),
                        None => (Maker { exact: false, ..*self }, inner),
                    };
                    let index = if index == 0 { i } else { index + i };
                    maker.at(item, index, nth, inner, depth + 1).unwrap_or_default()
                }
                None => match inner {
                    Some(data) => data.clone(),
                    None => Data::Text(words::text(&shape.name, self.turn(i))),
                },
            })
            .collect()
    }

    /// A field of one of several records.
    pub(crate) fn field(&self, id: Id, index: usize, nth: usize) -> Option<Data> {
        self.at(id, index, nth, None, 1)
    }

    /// The records that a query finds: what the script reads of the first one, and of each where it walks them.
    pub(crate) fn records(&self, id: Id, nth: usize) -> Vec<DataMap> {
        let shape = self.shapes.get(id);
        let count = match (self.choice(id), shape.item) {
            (Some(Choice::Null | Choice::Empty | Choice::Absent), _) => 0,
            (Some(Choice::Count(count)), _) => *count,
            _ if nth >= 3 => 0,
            (_, Some(item)) => USUAL.max(self.variety(item, 0)).min(5).max(shape.least),
            (_, None) => shape.least.max(1),
        };
        let item = shape.item.map(|item| &self.shapes.get(item).fields);
        let fields = |row: usize| shape.fields.iter().chain(item.into_iter().flatten()).map(move |field| (row, field));
        (0..count)
            .map(|row| {
                let mut map = DataMap::new();
                map.insert("ID", Data::Number(FIRST_RECORD + row as i64 * 4));
                for (row, (key, field)) in fields(row) {
                    if let Some(value) = self.at(*field, row, nth, None, 1).filter(|_| key != "ID") {
                        map.insert(key.clone(), value);
                    }
                }
                map
            })
            .collect()
    }

    /// How many elements it takes to show each value that the script asks for.
    fn variety(&self, id: Id, depth: usize) -> usize {
        let shape = self.shapes.get(id);
        let own = shape.compared.len() + 1;
        if depth > 3 {
            return own;
        }
        shape.fields.iter().map(|(_, field)| self.variety(*field, depth + 1)).fold(own, usize::max)
    }

    /// The kind that a shape's value has.
    pub(crate) fn kind(&self, id: Id, template: Option<&Data>) -> Kind {
        let shape = self.shapes.get(id);
        if let Some(Choice::Kind(kind)) = self.choice(id) {
            return *kind;
        }
        if matches!(self.choice(id), Some(Choice::DateText)) {
            return Kind::Text;
        }
        if let Some(kind) = shape.declared {
            return kind;
        }
        let wants = usable(shape);
        if !shape.fields.is_empty() {
            return first_of(wants, &[Kind::Map, Kind::Collection, Kind::Text]).unwrap_or(Kind::Map);
        }
        if shape.item.is_some() || shape.least > 0 {
            return first_of(wants, &[Kind::List, Kind::Collection, Kind::Text]).unwrap_or(Kind::List);
        }
        if shape.any.is_some() {
            return Kind::Map;
        }
        if let Some(template) = template {
            let kind = crate::infer_kind(template);
            if wants.has(kind) && kind != Kind::Null {
                return kind;
            }
        }
        if shape.dated.is_some() {
            return if wants.has(Kind::DateTime) && !shape.json { Kind::DateTime } else { Kind::Text };
        }
        if let Some(kind) = shape.compared.iter().map(crate::infer_kind).find(|kind| wants.has(*kind)) {
            return kind;
        }
        if let Some(kind) = words::kind(&shape.name)
            && wants.has(kind)
        {
            return kind;
        }
        if wants.has(Kind::Map) && is_root_answer(shape) {
            return Kind::Map;
        }
        if shape.numeric && !shape.json && words::is_id(&shape.name) && wants.has(Kind::Number) {
            return Kind::Number;
        }
        if words::is_date(&shape.name) && !shape.json && wants.has(Kind::DateTime) && !wants.has(Kind::Text) {
            return Kind::DateTime;
        }
        let order = [
            Kind::Text,
            Kind::Number,
            Kind::Decimal,
            Kind::Bool,
            Kind::DateTime,
            Kind::List,
            Kind::Map,
            Kind::Time,
            Kind::File,
            Kind::Collection,
        ];
        first_of(wants, &order).unwrap_or(Kind::Text)
    }
}

/// Whether a map has a key only in other letters: `email` where it has `Email`.
fn is_respelt(known: &Data, key: &str) -> bool {
    known.as_map().is_some_and(|map| {
        map.get(key).is_none()
            && map.iter().any(|(name, _)| name.as_text().is_some_and(|name| name.eq_ignore_ascii_case(key)))
    })
}

/// The rows of a subform as a record holds them.
fn rows(name: &str, rows: Vec<Data>) -> Data {
    let ids = (0..rows.len()).map(|row| FIRST_RECORD + 1_000_000 + row as i64 * 4).collect();
    Data::Records(Box::new(RecordSet { form: name.to_owned(), single: false, ids, rows }))
}

/// Whether an envelope's list tells what became of records that were sent.
fn is_outcome(template: Option<&Data>) -> bool {
    let first = template.and_then(Data::as_list).and_then(|list| list.first());
    first.is_some_and(|item| item.get("code").is_some() && item.get("status").is_some())
}

fn is_root_answer(shape: &Shape) -> bool {
    matches!(shape.origin, Origin::Answer(_)) && shape.wants.has(Kind::Map)
}

fn first_of(wants: Kinds, order: &[Kind]) -> Option<Kind> {
    order.iter().copied().find(|kind| wants.has(*kind))
}

/// The kinds that the value can have where it comes from.
fn usable(shape: &Shape) -> Kinds {
    if !shape.json || matches!(shape.origin, Origin::Answer(_)) {
        return shape.wants;
    }
    let kinds: Vec<Kind> = shape
        .wants
        .iter()
        .filter(|kind| !matches!(kind, Kind::DateTime | Kind::Time | Kind::File | Kind::Collection))
        .collect();
    if kinds.iter().any(|kind| *kind != Kind::Null) { Kinds::of(&kinds) } else { Kind::Text.into() }
}
