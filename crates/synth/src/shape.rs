//! What is known of the values that have to be made up: one shape for each place that a script reads from.

use rainwright_effect::Data;
use rainwright_value::{Kind, Kinds};

/// A shape's number.
pub(crate) type Id = usize;

/// Where a made-up value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// A parameter of a function that nobody in the file calls.
    Argument { function: String, name: String },
    /// A variable that the product would inject.
    Variable(String),
    /// What a call site is answered with.
    Answer(usize),
    /// The value of a key.
    Key(Id, String),
    /// The elements of a list.
    Item(Id),
    /// The values of keys that are computed.
    AnyKey(Id),
}

/// What is known of one made-up value.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) origin: Origin,
    /// The name it is invented by: the key, the parameter, the variable.
    pub(crate) name: String,
    /// The kinds that every use of it takes.
    pub(crate) wants: Kinds,
    /// Whether a header declares its kind.
    pub(crate) declared: Option<Kind>,
    /// Whether it travels as JSON, which has no dates and files.
    pub(crate) json: bool,
    /// Whether it is read as a number.
    pub(crate) numeric: bool,
    /// Whether it is read as a date, and with which pattern.
    pub(crate) dated: Option<String>,
    /// Separators that must occur in the text.
    pub(crate) parts: Vec<String>,
    pub(crate) fields: Vec<(String, Id)>,
    pub(crate) item: Option<Id>,
    pub(crate) any: Option<Id>,
    /// Constants it is compared with.
    pub(crate) compared: Vec<Data>,
    /// Whether the script asks if it is null.
    pub(crate) asked_null: bool,
    /// Whether the script asks if it is empty.
    pub(crate) asked_empty: bool,
    /// Least number of elements, from constant indexes.
    pub(crate) least: usize,
    /// Whether it is a subform of a record: rows that figures are computed over.
    pub(crate) rows: bool,
}

/// All shapes of a script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shapes {
    pub(crate) all: Vec<Shape>,
}

/// Kinds that both sets hold.
pub(crate) fn both(a: Kinds, b: Kinds) -> Kinds {
    let kinds: Vec<Kind> = a.iter().filter(|kind| b.has(*kind)).collect();
    Kinds::of(&kinds)
}

/// The most keys that one shape remembers: a script with more of them is hostile.
const MOST_FIELDS: usize = 2000;

impl Shapes {
    /// A new shape, or the one that has this origin already.
    pub(crate) fn root(&mut self, origin: Origin, name: &str, json: bool) -> Id {
        if let Some(id) = self.all.iter().position(|shape| shape.origin == origin) {
            return id;
        }
        self.push(origin, name, json)
    }

    fn push(&mut self, origin: Origin, name: &str, json: bool) -> Id {
        self.all.push(Shape {
            origin,
            name: name.to_owned(),
            wants: Kinds::ANY,
            declared: None,
            json,
            numeric: false,
            dated: None,
            parts: Vec::new(),
            fields: Vec::new(),
            item: None,
            any: None,
            compared: Vec::new(),
            asked_null: false,
            asked_empty: false,
            least: 0,
            rows: false,
        });
        self.all.len() - 1
    }

    pub(crate) fn get(&self, id: Id) -> &Shape {
        &self.all[id]
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> &mut Shape {
        &mut self.all[id]
    }

    /// The value of a key.
    pub(crate) fn field(&mut self, id: Id, key: &str) -> Id {
        if let Some((_, known)) = self.all[id].fields.iter().find(|(name, _)| name == key) {
            return *known;
        }
        if self.all[id].fields.len() >= MOST_FIELDS {
            return self.any(id);
        }
        // A detailed answer holds the body as text; what is in it travels as JSON all the same.
        let json = self.all[id].json;
        // The name of a product is not that of a person.
        let of = &self.all[id].name;
        let name = if key.eq_ignore_ascii_case("name") { format!("{of}_{key}") } else { key.to_owned() };
        let child = self.push(Origin::Key(id, key.to_owned()), &name, json);
        self.all[id].fields.push((key.to_owned(), child));
        child
    }

    /// The elements of a list.
    pub(crate) fn item(&mut self, id: Id) -> Id {
        if let Some(known) = self.all[id].item {
            return known;
        }
        let (json, name) = (self.all[id].json, singular(&self.all[id].name));
        let child = self.push(Origin::Item(id), &name, json);
        self.all[id].item = Some(child);
        child
    }

    /// The values of computed keys.
    pub(crate) fn any(&mut self, id: Id) -> Id {
        if let Some(known) = self.all[id].any {
            return known;
        }
        let json = self.all[id].json;
        let child = self.push(Origin::AnyKey(id), "", json);
        self.all[id].any = Some(child);
        child
    }

    /// Narrows the kinds of a shape; a use that contradicts the others changes nothing.
    pub(crate) fn narrow(&mut self, id: Id, kinds: Kinds) {
        let narrowed = both(self.all[id].wants, kinds);
        if narrowed.iter().any(|kind| kind != Kind::Null) {
            self.all[id].wants = narrowed;
        }
    }

    /// Remembers a constant that the value is compared with.
    pub(crate) fn compare(&mut self, id: Id, constant: Data) {
        let compared = &mut self.all[id].compared;
        if compared.len() < 16 && !compared.contains(&constant) {
            compared.push(constant);
        }
    }

    /// The place as people write it: `lead.Email`, `answer of line 4: data[].id`.
    pub(crate) fn path(&self, id: Id, site: &dyn Fn(usize) -> String) -> String {
        match &self.all[id].origin {
            Origin::Argument { name, .. } | Origin::Variable(name) => name.clone(),
            Origin::Answer(number) => site(*number),
            Origin::Key(of, key) => match self.path(*of, site) {
                path if path.ends_with(':') => format!("{path} {key}"),
                path => format!("{path}.{key}"),
            },
            Origin::Item(of) => format!("{}[]", self.path(*of, site)),
            Origin::AnyKey(of) => format!("{}.*", self.path(*of, site)),
        }
    }
}

/// The name of one of several: `leads` → `lead`.
fn singular(name: &str) -> String {
    for (ending, one) in [("ies", "y"), ("sses", "ss"), ("s", "")] {
        if let Some(stem) = name.strip_suffix(ending)
            && stem.len() > 2
        {
            return format!("{stem}{one}");
        }
    }
    name.to_owned()
}
