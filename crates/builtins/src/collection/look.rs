//! Functions that look into a collection.

use rainwright_value::{Entries, Kind, Kinds, Result, Value, same, whole};

use super::{BOOL, COLLECTION, KEY, VALUE};
use crate::list::no_place;
use crate::{Basis, Builtin, Call, Example, Param};

const LIST: Kinds = Kinds::of(&[Kind::List]);

/// Functions that look into a collection.
pub(crate) const LOOK: &[Builtin] = &[
    Builtin {
        name: "get",
        on: COLLECTION,
        params: &[KEY],
        doc: "The element at an index, or the value of a key.",
        edge: "A key that is not there gives null; an index that is not there is an error.",
        examples: &[
            Example::new("Collection(\"name10\", \"name2\").get(0)", "name10"),
            Example::new("Collection(\"CRM\" : 2).get(\"CRM\")", "2"),
            Example::new("Collection(\"name10\", \"name2\").get(4)", "error E3006"),
        ],
        run: get,
        ..Builtin::ROW
    },
    Builtin {
        name: "getAsString",
        on: COLLECTION,
        params: &[KEY],
        returns: Kinds::of(&[Kind::Text]),
        doc: "The element at an index, or the value of a key, as text.",
        edge: "As get.",
        examples: &[Example::new("Collection(123, 456, 120.46).getAsString(2)", "120.46")],
        run: |call| {
            let value = get(call)?;
            Ok(Value::from(value.to_text(&call.cx.locale)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "getKey",
        on: COLLECTION,
        params: &[VALUE],
        doc: "The first key that has a value, or the first index of an element.",
        edge: "When there is none: null, or -1 for a collection of elements.",
        examples: &[
            Example::new("Collection(\"Creator\" : 5, \"CRM\" : 2).getKey(5)", "Creator"),
            Example::new("Collection(\"Creator\", \"CRM\").getKey(\"CRM\")", "1"),
        ],
        run: |call| key_of(call, false),
        ..Builtin::ROW
    },
    Builtin {
        name: "getLastKey",
        on: COLLECTION,
        params: &[VALUE],
        doc: "The last key that has a value, or the last index of an element.",
        edge: "When there is none: null, or -1 for a collection of elements.",
        examples: &[Example::new("Collection(\"Creator\" : 5, \"CRM\" : 5).getLastKey(5)", "CRM")],
        run: |call| key_of(call, true),
        ..Builtin::ROW
    },
    Builtin {
        name: "keys",
        on: COLLECTION,
        returns: LIST,
        doc: "A list of the keys; for a collection of elements, of the elements.",
        examples: &[
            Example::new("Collection(\"Creator\" : 5, \"CRM\" : 2).keys()", "Creator,CRM"),
            Example::new("Collection(\"Creator\", \"CRM\").keys()", "Creator,CRM"),
        ],
        run: |call| {
            Ok(Value::from(match &*call.receiver_collection()?.entries() {
                Entries::Undecided => Vec::new(),
                Entries::Row(row) => row.clone(),
                Entries::Keyed(map) => map.keys().cloned().collect(),
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "values",
        on: COLLECTION,
        returns: LIST,
        doc: "A list of the values or elements.",
        examples: &[Example::new("Collection(\"Creator\" : 5, \"CRM\" : 2).values()", "5,2")],
        run: |call| Ok(Value::from(values(call)?)),
        ..Builtin::ROW
    },
    Builtin {
        name: "size",
        on: COLLECTION,
        returns: Kinds::of(&[Kind::Number]),
        doc: "How many elements or pairs there are.",
        examples: &[Example::new("Collection(\"Creator\", \"CRM\").size()", "2")],
        run: |call| Ok(Value::Number(call.receiver_collection()?.len() as i64)),
        ..Builtin::ROW
    },
    Builtin {
        name: "containsKey",
        aliases: &["containKey"],
        on: COLLECTION,
        params: &[KEY],
        returns: BOOL,
        doc: "Whether there is such a key or index.",
        examples: &[
            Example::new("Collection(\"CRM\" : 2).containsKey(\"CRM\")", "true"),
            Example::new("Collection(\"Creator\", \"CRM\").containsKey(2)", "false"),
        ],
        run: |call| {
            let has = match &*call.receiver_collection()?.entries() {
                Entries::Undecided => false,
                Entries::Row(row) => whole(call.arg(0))
                    .and_then(|index| usize::try_from(index).ok())
                    .is_some_and(|index| index < row.len()),
                Entries::Keyed(map) => map.contains_key(call.arg(0)),
            };
            Ok(has.into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "containsValue",
        aliases: &["containValue"],
        on: COLLECTION,
        params: &[VALUE],
        returns: BOOL,
        doc: "Whether there is such a value or element.",
        examples: &[Example::new("Collection(\"CRM\" : 2).containsValue(3)", "false")],
        run: |call| Ok(has_value(call)?.into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "contains",
        on: COLLECTION,
        params: &[VALUE],
        returns: BOOL,
        basis: Basis::Assumed,
        doc: "Whether there is such a value or element; the opposite of notContains.",
        examples: &[Example::new("Collection(\"Creator\", \"CRM\").contains(\"CRM\")", "true")],
        run: |call| Ok(has_value(call)?.into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "notContains",
        on: COLLECTION,
        params: &[VALUE],
        returns: BOOL,
        doc: "Whether there is no such value or element.",
        examples: &[Example::new("Collection(\"Creator\", \"CRM\").notContains(\"Desk\")", "true")],
        run: |call| Ok((!has_value(call)?).into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "intersect",
        on: COLLECTION,
        params: &[Param::new("other", Kinds::of(&[Kind::List, Kind::Collection]), "The other collection, or a list.")],
        returns: COLLECTION,
        doc: "A collection of the elements that both have; of pairs, those with equal keys and values.",
        examples: &[Example::new("Collection(1, 2, 3).intersect(Collection(3, 2))", "2,3")],
        run: intersect,
        ..Builtin::ROW
    },
];

fn get(call: &mut Call) -> Result {
    let collection = call.receiver_collection()?;
    let entries = collection.entries();
    match &*entries {
        Entries::Keyed(map) => Ok(map.get(call.arg(0)).cloned().unwrap_or_default()),
        Entries::Row(row) => {
            let at = call.place(0, row.len())?;
            Ok(row.get(at).cloned().unwrap_or_default())
        }
        Entries::Undecided => match whole(call.arg(0)) {
            Some(index) => Err(no_place(index, 0)),
            None => Ok(Value::Null),
        },
    }
}

fn values(call: &Call) -> Result<Vec<Value>> {
    Ok(match &*call.receiver_collection()?.entries() {
        Entries::Undecided => Vec::new(),
        Entries::Row(row) => row.clone(),
        Entries::Keyed(map) => map.values().cloned().collect(),
    })
}

fn has_value(call: &Call) -> Result<bool> {
    let wanted = call.arg(0);
    Ok(match &*call.receiver_collection()?.entries() {
        Entries::Undecided => false,
        Entries::Row(row) => row.iter().any(|value| same(value, wanted)),
        Entries::Keyed(map) => map.values().any(|value| same(value, wanted)),
    })
}

fn key_of(call: &Call, last: bool) -> Result {
    let collection = call.receiver_collection()?;
    let wanted = call.arg(0);
    Ok(match &*collection.entries() {
        Entries::Keyed(map) => {
            let mut pairs = map.iter();
            let is_it = |(_, value): &(&Value, &Value)| same(value, wanted);
            let found = if last { pairs.rfind(is_it) } else { pairs.find(is_it) };
            found.map(|(key, _)| key.clone()).unwrap_or_default()
        }
        Entries::Row(row) => {
            let mut row = row.iter();
            let is_it = |value: &Value| same(value, wanted);
            let found = if last { row.rposition(is_it) } else { row.position(is_it) };
            Value::Number(found.map_or(-1, |at| at as i64))
        }
        Entries::Undecided => Value::Null,
    })
}

fn intersect(call: &mut Call) -> Result {
    use rainwright_value::{Collection, Map};
    let collection = call.receiver_collection()?;
    let other = match call.arg(0) {
        Value::Collection(other) => super::snapshot(other),
        _ => Entries::Row(call.list(0)?.items().clone()),
    };
    let common = match (super::snapshot(&collection), other) {
        (Entries::Row(a), Entries::Row(b)) => Entries::Row(crate::list::intersect(a, &b)),
        (Entries::Keyed(a), Entries::Keyed(b)) => {
            let mut common = Map::default();
            for (key, value) in a.iter() {
                if b.get(key).is_some_and(|other| same(other, value)) {
                    common.insert(key.clone(), value.clone());
                }
            }
            Entries::Keyed(common)
        }
        (Entries::Row(_), _) => Entries::Row(Vec::new()),
        (Entries::Keyed(_), _) => Entries::Keyed(Map::default()),
        (Entries::Undecided, _) => Entries::Undecided,
    };
    Ok(Value::from(Collection::from(common)))
}
