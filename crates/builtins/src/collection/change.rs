//! Functions that take something out of a collection, or bring it in order.

use std::rc::Rc;

use rainwright_diagnostic::Problem;
use rainwright_value::{Collection, Entries, Kind, Kinds, Map, Result, Value, ValueSet, budget, same};

use super::{COLLECTION, KEY, VALUE, snapshot, wrong_form};
use crate::list::{ASCENDING, ascending, directed, distinct, order, orderable, sort, weight};
use crate::{Builtin, Call, Example, Form, Param};

const VALUES: &[Param] = &[Param::new(
    "values",
    Kinds::of(&[Kind::Text, Kind::List, Kind::Collection]),
    "The values or elements to take out.",
)];
const KEYS: &[Param] = &[Param::new(
    "keysOrIndexes",
    Kinds::of(&[Kind::Text, Kind::List, Kind::Collection]),
    "The keys, or the indexes as they are before anything is taken out.",
)];

/// Functions that take something out of a collection, or bring it in order.
pub(crate) const CHANGE: &[Builtin] = &[
    Builtin {
        name: "delete",
        on: COLLECTION,
        params: &[VALUE],
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Takes out the first element, or the first pair, that has a value.",
        edge: "Nothing happens when there is none.",
        examples: &[
            Example::new(
                "c = Collection(\"Creator\", \"CRM\", \"Campaigns\"); c.delete(\"CRM\"); info c;",
                "Creator,Campaigns",
            ),
            Example::new("c = Collection(\"Creator\" : 5, \"CRM\" : 2); c.delete(2); info c;", "{\"Creator\":5}"),
        ],
        run: |call| {
            let collection = call.receiver_collection()?;
            let wanted = call.arg(0);
            let place = position(&collection, |value| same(value, wanted));
            take_out(&collection, |at, _, _| Some(at) == place);
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "deleteAll",
        on: COLLECTION,
        params: VALUES,
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Takes out every element, or every pair, that has one of the values.",
        edge: "Values that are not there are passed over.",
        examples: &[Example::new(
            "c = Collection(\"Creator\" : 5, \"CRM\" : 2); c.deleteAll({2}); info c;",
            "{\"Creator\":5}",
        )],
        run: |call| {
            let collection = call.receiver_collection()?;
            let gone: Map = call.list(0)?.items().iter().map(|v| (v.clone(), Value::Null)).collect();
            take_out(&collection, |_, _, value| gone.contains_key(value));
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "deleteKey",
        on: COLLECTION,
        params: &[KEY],
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Takes out the pair of a key, or the element at an index.",
        edge: "An index that is not there is an error; a key that is not there does nothing.",
        examples: &[
            Example::new(
                "c = Collection(\"Creator\" : 5, \"CRM\" : 2); c.deleteKey(\"CRM\"); info c;",
                "{\"Creator\":5}",
            ),
            Example::new("c = Collection(\"Creator\"); c.deleteKey(9);", "error E3006"),
        ],
        run: |call| {
            let keys = vec![call.arg(0).clone()];
            delete_keys(call, &keys)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "deleteKeys",
        on: COLLECTION,
        params: KEYS,
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Takes out the pairs of several keys, or the elements at several indexes.",
        edge: "As deleteKey.",
        examples: &[Example::new(
            "c = Collection(\"Creator\", \"CRM\", \"Mail\"); c.deleteKeys({1, 2}); info c;",
            "Creator",
        )],
        run: |call| {
            let keys = call.list(0)?.items().clone();
            delete_keys(call, &keys)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "clear",
        on: COLLECTION,
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Empties the collection.",
        edge: "It stays what it was: of elements, or of keys with values.",
        examples: &[Example::new("c = Collection(\"CRM\" : 2); c.clear(); info c;", "{}")],
        run: |call| {
            take_out(&call.receiver_collection()?, |_, _, _| true);
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "sort",
        on: COLLECTION,
        params: &[ASCENDING],
        returns: Kinds::of(&[Kind::Collection, Kind::Null]),
        doc: "Sorts the elements, or the pairs by their values.",
        edge: "Texts go by the codes of their letters. Values of several kinds stay as they are and the result is null.",
        examples: &[
            Example::new("c = Collection(\"Creator\", \"CRM\"); c.sort(); info c;", "CRM,Creator"),
            Example::new(
                "c = Collection(\"Creator\" : 5, \"CRM\" : 2); c.sort(); info c;",
                "{\"CRM\":2,\"Creator\":5}",
            ),
        ],
        run: |call| sort_by(call, false),
        ..Builtin::ROW
    },
    Builtin {
        name: "sortKey",
        on: COLLECTION,
        params: &[ASCENDING],
        returns: Kinds::of(&[Kind::Collection, Kind::Null]),
        doc: "Sorts the pairs by their keys.",
        edge: "A collection of elements has no keys to sort by: error. As sort else.",
        examples: &[Example::new(
            "c = Collection(\"Mail\" : 8, \"Creator\" : 5, \"CRM\" : 2); c.sortKey(); info c.keys();",
            "CRM,Creator,Mail",
        )],
        run: |call| sort_by(call, true),
        ..Builtin::ROW
    },
    Builtin {
        name: "distinct",
        on: COLLECTION,
        returns: COLLECTION,
        doc: "A collection without repetitions; of equal elements, or pairs with equal values, the first stays.",
        examples: &[Example::new("Collection(1, 1, 2).distinct()", "1,2")],
        run: |call| {
            let entries = match snapshot(&*call.receiver_collection()?) {
                Entries::Row(row) => Entries::Row(distinct(row)),
                Entries::Keyed(map) => Entries::Keyed(distinct_values(&map)),
                Entries::Undecided => Entries::Undecided,
            };
            Ok(Value::from(Collection::from(entries)))
        },
        ..Builtin::ROW
    },
];

fn distinct_values(map: &Map) -> Map {
    let mut seen = ValueSet::default();
    let first = map.iter().filter(|(_, value)| budget::step() && seen.insert((*value).clone()));
    first.map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// Where the first value lies for which a test holds.
fn position(collection: &Collection, test: impl Fn(&Value) -> bool) -> Option<usize> {
    match &*collection.entries() {
        Entries::Undecided => None,
        Entries::Row(row) => row.iter().position(test),
        Entries::Keyed(map) => map.values().position(test),
    }
}

/// Takes out the entries (place, key, value) for which a test holds.
fn take_out(collection: &Rc<Collection>, test: impl Fn(usize, &Value, &Value) -> bool) {
    // First decide, then change: the test may look at this very collection.
    let kept = match &*collection.entries() {
        Entries::Undecided => Entries::Undecided,
        Entries::Row(row) => {
            let kept = row.iter().enumerate().filter(|(i, v)| !test(*i, &Value::Null, v));
            Entries::Row(kept.map(|(_, v)| v.clone()).collect())
        }
        Entries::Keyed(map) => {
            let kept = map.iter().enumerate().filter(|(i, (k, v))| !test(*i, k, v));
            Entries::Keyed(kept.map(|(_, (k, v))| (k.clone(), v.clone())).collect())
        }
    };
    let old = std::mem::replace(&mut *collection.entries_mut(), kept);
    drop(old);
}

fn delete_keys(call: &Call, keys: &[Value]) -> Result {
    let collection = call.receiver_collection()?;
    if let Entries::Row(row) = &*collection.entries() {
        for key in keys {
            let index = rainwright_value::whole(key).ok_or_else(|| call.wrong_argument(0, Kind::Number.into()))?;
            if !usize::try_from(index).is_ok_and(|at| at < row.len()) {
                return Err(crate::list::no_place(index, row.len()));
            }
        }
    }
    if matches!(&*collection.entries(), Entries::Row(_)) {
        let gone: ValueSet = keys.iter().cloned().collect();
        take_out(&collection, |at, _, _| gone.contains(&Value::Number(at as i64)));
    } else if keys.iter().any(Value::is_container) {
        // Such a key may be this very collection.
        let gone: ValueSet = keys.iter().cloned().collect();
        take_out(&collection, |_, key, _| gone.contains(key));
    } else {
        let mut removed = Vec::new();
        if let Entries::Keyed(map) = &mut *collection.entries_mut() {
            removed.extend(keys.iter().filter_map(|key| map.remove(key)));
        }
        // Freed only now that the collection may be looked at again.
        drop(removed);
    }
    Ok(Value::Null)
}

fn sort_by(call: &mut Call, by_key: bool) -> Result {
    let ascending = ascending(call)?;
    let collection = call.receiver_collection()?;
    let sorted = match &mut *collection.entries_mut() {
        Entries::Undecided => true,
        Entries::Row(_) if by_key => return Err(no_keys()),
        Entries::Row(row) => sort(row, ascending),
        Entries::Keyed(map) if by_key => {
            let fits = orderable(map.keys());
            if fits {
                map.sort_by(weight(map.keys()), |a, b| directed(order(a.0, b.0), ascending));
            }
            fits
        }
        Entries::Keyed(map) => {
            let fits = orderable(map.values());
            if fits {
                map.sort_by(weight(map.values()), |a, b| directed(order(a.1, b.1), ascending));
            }
            fits
        }
    };
    Ok(if sorted { Value::Collection(collection) } else { Value::Null })
}

#[cold]
fn no_keys() -> Box<Problem> {
    wrong_form("a sort by keys", "elements")
}
