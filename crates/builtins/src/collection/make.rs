//! Functions that make a collection or put something in.

use std::rc::Rc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Collection, Entries, Kind, Kinds, Map, Result, Value, read_json};

use super::{COLLECTION, KEY, VALUE, snapshot, wrong_form};
use crate::{Builtin, Call, Example, Form, Param, as_list};

/// Functions that make a collection or put something in.
pub(crate) const MAKE: &[Builtin] = &[
    Builtin {
        name: "Collection",
        params: &[Param::repeated("elements", Kinds::ANY, "Elements, or keys with values: \"a\" : 1, \"b\" : 2.")],
        returns: COLLECTION,
        form: Form::Function,
        doc: "Makes a collection of elements, or of keys with values.",
        edge: "It never holds both; an empty one becomes what is inserted first.",
        examples: &[
            Example::new("Collection(\"Mobile phone\", \"Laptop\").get(0)", "Mobile phone"),
            Example::new("Collection(\"Creator\" : 5, \"CRM\" : 2)", "{\"Creator\":5,\"CRM\":2}"),
        ],
        run: |call| Ok(Value::from(Collection::from(call.rest().to_vec()))),
        ..Builtin::ROW
    },
    Builtin {
        name: "toCollection",
        on: Kinds::of(&[Kind::Text, Kind::List, Kind::Map, Kind::Collection]),
        returns: COLLECTION,
        doc: "A text, list or map as a collection; with keys when it has pairs.",
        edge: "Texts are read leniently: {company:Zoho} has a pair, {company, Zoho} two elements.",
        examples: &[
            Example::new("\"{company:Zoho, product:Deluge}\".toCollection().get(\"product\")", "Deluge"),
            Example::new("{1, 2}.toCollection()", "1,2"),
        ],
        run: to_collection,
        ..Builtin::ROW
    },
    Builtin {
        name: "insert",
        on: COLLECTION,
        params: &[Param::repeated("elements", Kinds::ANY, "Elements, or keys with values: \"a\" : 1.")],
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Adds elements at the end, or keys with values.",
        edge: "An element in a collection with keys, or a key in one of elements, is an error. A key that exists takes the \
new value.",
        examples: &[
            Example::new("c = Collection(\"a\"); c.insert(\"b\", \"c\"); info c;", "a,b,c"),
            Example::new("c = Collection(); c.insert(\"CRM\" : 5); info c;", "{\"CRM\":5}"),
        ],
        run: |call| {
            let collection = call.receiver_collection()?;
            let elements = call.rest().to_vec();
            insert_elements(&collection, elements)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "insertAll",
        on: COLLECTION,
        params: &[Param::new(
            "values",
            Kinds::of(&[Kind::Text, Kind::List, Kind::Map, Kind::Collection]),
            "The list of elements, or the map of pairs.",
        )],
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Adds all elements of a list, or all pairs of a map.",
        edge: "As insert.",
        examples: &[Example::new("c = Collection(\"a\"); c.insertAll({\"b\", \"c\"}); info c;", "a,b,c")],
        run: |call| {
            let collection = call.receiver_collection()?;
            if let Value::Braces(braces) = call.arg(0)
                && braces.decided().is_none()
            {
                return Ok(Value::Null);
            }
            if let Some(map) = call.arg(0).as_map() {
                let pairs = crate::map::pairs(&map.borrow());
                return insert_into(&collection, pairs);
            }
            if let Value::Collection(other) = call.arg(0)
                && let Entries::Keyed(map) = snapshot(other)
            {
                return insert_into(&collection, crate::map::pairs(&map));
            }
            let elements = call.list(0)?.items().clone();
            insert_elements(&collection, elements)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "update",
        on: COLLECTION,
        params: &[KEY, Param { name: "value", doc: "The new value.", ..VALUE }],
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Replaces the value of a key, or the element at an index.",
        edge: "A key that is not there is added; an index that is not there is an error.",
        examples: &[Example::new(
            "c = Collection(\"Creator\", \"CRM\"); c.update(1, \"Desk\"); info c;",
            "Creator,Desk",
        )],
        run: |call| {
            let collection = call.receiver_collection()?;
            let (key, value) = (call.arg(0).clone(), call.arg(1).clone());
            if matches!(&*collection.entries(), Entries::Row(_)) {
                let at = call.place(0, collection.len())?;
                if let Entries::Row(row) = &mut *collection.entries_mut() {
                    row[at] = value;
                }
                return Ok(Value::Null);
            }
            insert_into(&collection, vec![(key, value)])
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "duplicate",
        on: COLLECTION,
        params: &[
            Param::optional("start", Kinds::of(&[Kind::Number]), "The index of the first element, from 0."),
            Param::optional("end", Kinds::of(&[Kind::Number]), "The index after the last element."),
        ],
        returns: COLLECTION,
        doc: "A copy of the collection, or of its elements from `start` up to, but not with, `end`.",
        edge: "Indexes past the end, or an end before the start, are an error. It does not look for repetitions.",
        examples: &[Example::new("Collection(\"Creator\", \"CRM\", \"Books\").duplicate(0, 1)", "Creator")],
        run: duplicate,
        ..Builtin::ROW
    },
];

/// `collection.insert(k : v, …)`: puts keys with values into a collection.
///
/// # Errors
/// When the value is no collection, or one of elements.
pub fn insert_pairs(collection: &Value, pairs: Vec<(Value, Value)>) -> Result {
    match collection {
        Value::Collection(collection) => insert_into(collection, pairs),
        Value::Null => Err(crate::method_on_null("insert")),
        other => Err(Box::new(Problem::new(
            Code::WrongKind,
            format!("The function insert takes COLLECTION but found {}", other.kind()),
        ))),
    }
}

fn insert_into(collection: &Rc<Collection>, pairs: Vec<(Value, Value)>) -> Result {
    let mut entries = collection.entries_mut();
    if let Entries::Undecided = &*entries {
        *entries = Entries::Keyed(Map::default());
    }
    let Entries::Keyed(map) = &mut *entries else {
        return Err(wrong_form("a key with a value", "elements"));
    };
    for (key, value) in pairs {
        map.insert(key, value);
    }
    Ok(Value::Null)
}

fn insert_elements(collection: &Rc<Collection>, elements: Vec<Value>) -> Result {
    let mut entries = collection.entries_mut();
    match &mut *entries {
        Entries::Undecided if elements.is_empty() => {}
        Entries::Undecided => *entries = Entries::Row(elements),
        Entries::Row(row) => row.extend(elements),
        Entries::Keyed(_) => return Err(wrong_form("an element", "keys with values")),
    }
    Ok(Value::Null)
}

fn to_collection(call: &mut Call) -> Result {
    let entries = match call.receiver() {
        Value::Collection(_) => return Ok(call.receiver().clone()),
        Value::Braces(braces) if braces.decided().is_none() => Entries::Undecided,
        Value::Text(text) => from_text(text.as_str()),
        other => match other.as_map() {
            Some(map) => Entries::Keyed(crate::map::pairs(&map.borrow()).into_iter().collect()),
            None => Entries::Row(call.receiver_list()?.items().clone()),
        },
    };
    Ok(Value::from(Collection::from(entries)))
}

fn from_text(text: &str) -> Entries {
    match read_json(text, true) {
        Ok(Value::Map(map)) => {
            return Entries::Keyed(crate::map::pairs(&map.borrow()).into_iter().collect());
        }
        Ok(Value::List(list)) => return Entries::Row(list.items().clone()),
        _ => {}
    }
    let text = text.trim();
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    if inner.trim().is_empty() {
        return Entries::Undecided;
    }
    let row = as_list(&Value::from(inner)).map(|list| list.items().clone());
    Entries::Row(row.unwrap_or_default())
}

fn duplicate(call: &mut Call) -> Result {
    let collection = call.receiver_collection()?;
    let size = collection.len();
    let bound = |index: usize, default: usize| -> Result<usize> {
        if !call.given(index) {
            return Ok(default);
        }
        let given = call.number(index)?;
        usize::try_from(given).ok().filter(|at| *at <= size).ok_or_else(|| crate::list::no_place(given, size))
    };
    let (start, end) = (bound(0, 0)?, bound(1, size)?);
    if end < start {
        return Err(call.bad_argument(format!("the end {end} lies before the start {start}.")));
    }
    let part = match snapshot(&collection) {
        Entries::Undecided => Entries::Undecided,
        Entries::Row(mut row) => Entries::Row(row.drain(start..end).collect()),
        Entries::Keyed(map) => {
            let pairs = crate::map::pairs(&map);
            Entries::Keyed(pairs.into_iter().skip(start).take(end - start).collect())
        }
    };
    Ok(Value::from(Collection::from(part)))
}
