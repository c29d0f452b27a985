//! Functions of KEY-VALUE.

use std::rc::Rc;

use rainwright_value::{Kind, Kinds, Map, MapCell, Result, Value, same};

use crate::{Basis, Builtin, Call, Example, Form, Param};

const MAP: Kinds = Kinds::of(&[Kind::Map]);
/// A map, or a text that holds one as JSON.
const MAP_OR_TEXT: Kinds = Kinds::of(&[Kind::Text, Kind::Map]);
const BOOL: Kinds = Kinds::of(&[Kind::Bool]);
const LIST: Kinds = Kinds::of(&[Kind::List]);
const KEY: &[Param] = &[Param::new("key", Kinds::ANY, "The key; upper and lower case differ.")];

/// Functions of KEY-VALUE.
pub(crate) const MAPS: &[Builtin] = &[
    Builtin {
        name: "put",
        on: MAP,
        params: &[Param::new("key", Kinds::ANY, "The key."), Param::new("value", Kinds::ANY, "The value.")],
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Puts a value under a key.",
        edge: "A key that exists keeps its place and takes the new value.",
        examples: &[Example::new(
            "m = Map(); m.put(\"a\", 4); m.put(\"b\", 1); m.put(\"a\", 5); info m;",
            "{\"a\":5,\"b\":1}",
        )],
        run: |call| {
            let map = call.receiver_map()?;
            map.borrow_mut().insert(call.arg(0).clone(), call.arg(1).clone());
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "putAll",
        on: MAP,
        params: &[Param::new("other", MAP_OR_TEXT, "The map, or JSON text, whose pairs are put.")],
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Puts all pairs of another map; equal keys take its values.",
        examples: &[Example::new("a = {\"x\" : 1, \"y\" : 2}; a.putAll({\"x\" : 9}); info a;", "{\"x\":9,\"y\":2}")],
        run: |call| {
            let map = call.receiver_map()?;
            let other = match call.arg(0) {
                Value::Text(text) => rainwright_value::read_json(text.as_str(), true)?,
                other => other.clone(),
            };
            let other = other.as_map().ok_or_else(|| call.wrong_argument(0, MAP))?;
            let pairs = pairs(&other.borrow());
            let mut map = map.borrow_mut();
            for (key, value) in pairs {
                map.insert(key, value);
            }
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "get",
        on: MAP,
        params: KEY,
        doc: "The value under a key.",
        edge: "Null when there is no such key.",
        examples: &[
            Example::new("{\"Product\" : \"Creator\"}.get(\"Product\")", "Creator"),
            Example::new("{\"Product\" : \"Creator\"}.get(\"product\")", "null"),
        ],
        run: |call| {
            let found = look(call)?.borrow().get(call.arg(0)).cloned();
            Ok(found.unwrap_or_default())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "remove",
        on: MAP,
        params: KEY,
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Takes a key out, with its value.",
        edge: "Nothing happens when there is no such key.",
        examples: &[Example::new("m = {\"a\" : 1, \"b\" : 2}; m.remove(\"a\"); info m;", "{\"b\":2}")],
        run: |call| {
            let gone = look(call)?.borrow_mut().remove(call.arg(0));
            drop(gone);
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "clear",
        on: MAP,
        returns: Kinds::NONE,
        form: Form::Method,
        doc: "Empties the map.",
        examples: &[Example::new("m = {\"a\" : 1}; m.clear(); info m;", "{}")],
        run: |call| {
            let gone = std::mem::take(&mut *look(call)?.borrow_mut());
            drop(gone);
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "containKey",
        aliases: &["containsKey"],
        on: MAP_OR_TEXT,
        params: KEY,
        returns: BOOL,
        doc: "Whether the map has a key.",
        examples: &[
            Example::new("{\"Product\" : \"Creator\"}.containKey(\"Product\")", "true"),
            Example::new("{\"Product\" : \"Creator\"}.containsKey(\"product\")", "false"),
        ],
        run: |call| Ok(look(call)?.borrow().contains_key(call.arg(0)).into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "containValue",
        aliases: &["containsValue"],
        on: MAP_OR_TEXT,
        params: &[Param::new("value", Kinds::ANY, "The value; upper and lower case differ.")],
        returns: BOOL,
        doc: "Whether some key of the map has a value.",
        examples: &[Example::new("{\"Product\" : \"Creator\"}.containValue(\"Creator\")", "true")],
        run: |call| {
            let map = look(call)?;
            let found = map.borrow().values().any(|value| same(value, call.arg(0)));
            Ok(found.into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "contains",
        on: MAP,
        params: KEY,
        returns: BOOL,
        basis: Basis::Assumed,
        doc: "Whether the map has a key; the opposite of notContains.",
        examples: &[Example::new("{\"a\" : 1}.contains(\"a\")", "true")],
        run: |call| Ok(look(call)?.borrow().contains_key(call.arg(0)).into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "notContains",
        on: MAP,
        params: KEY,
        returns: BOOL,
        doc: "Whether the map lacks a key.",
        examples: &[Example::new("{\"product\" : \"Creator\"}.notContains(\"price\")", "true")],
        run: |call| Ok((!look(call)?.borrow().contains_key(call.arg(0))).into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "keys",
        on: MAP_OR_TEXT,
        returns: LIST,
        doc: "A list of the keys, in the order in which they came.",
        examples: &[Example::new("{\"Product\" : \"Creator\", \"Version\" : 5}.keys()", "Product,Version")],
        run: |call| {
            let keys: Vec<Value> = look(call)?.borrow().keys().cloned().collect();
            Ok(Value::from(keys))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "values",
        on: MAP_OR_TEXT,
        returns: LIST,
        basis: Basis::Observed,
        doc: "A list of the values, in the order of their keys.",
        examples: &[Example::new("{\"Product\" : \"Creator\", \"Version\" : 5}.values()", "Creator,5")],
        run: |call| {
            let values: Vec<Value> = look(call)?.borrow().values().cloned().collect();
            Ok(Value::from(values))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "size",
        on: MAP,
        returns: Kinds::of(&[Kind::Number]),
        doc: "How many keys the map has.",
        examples: &[Example::new("{\"Product\" : \"Creator\", \"Version\" : 5}.size()", "2")],
        run: |call| Ok(Value::Number(look(call)?.borrow().len() as i64)),
        ..Builtin::ROW
    },
    Builtin {
        name: "Map",
        params: &[Param::optional("pairs", MAP_OR_TEXT, "A map, or JSON text, whose pairs the new map starts with.")],
        returns: MAP,
        form: Form::Function,
        doc: "Makes an empty map, or a copy of another. Braces with colons make one too.",
        edge: "Of two equal keys the last value counts. A key may be of any kind.",
        examples: &[Example::new("Map()", "{}"), Example::new("Map({\"a\" : 1})", "{\"a\":1}")],
        run: |call| {
            let source = match call.arg(0) {
                Value::Null => return Ok(Value::from(Map::default())),
                Value::Text(text) => rainwright_value::read_json(text.as_str(), true)?,
                other => other.clone(),
            };
            let source = source.as_map().ok_or_else(|| call.wrong_argument(0, MAP))?;
            let copy: Map = pairs(&source.borrow()).into_iter().collect();
            Ok(Value::from(copy))
        },
        ..Builtin::ROW
    },
];

/// The receiver's map, to look into; `{}` stays undecided.
fn look(call: &Call) -> Result<Rc<MapCell>> {
    match call.receiver() {
        Value::Braces(braces) if braces.decided().is_none() => Ok(Rc::new(MapCell::from(Map::default()))),
        _ => call.receiver_map(),
    }
}

/// A copy of the pairs: what they are put into may be the same map.
pub(crate) fn pairs(map: &Map) -> Vec<(Value, Value)> {
    map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
}
