//! Functions that look into a list.

use rainwright_value::{Kind, Kinds, Result, Value, same};

use super::{BOOL, ELEMENT, INDEX, LIST, LIST_OR_TEXT, elements, no_place};
use crate::{Basis, Builtin, Call, Example, Param};

/// Functions that look into a list.
pub(crate) const LOOK: &[Builtin] = &[
    Builtin {
        name: "get",
        on: LIST_OR_TEXT,
        params: &[Param::new(
            "index",
            Kinds::of(&[Kind::Number, Kind::Text]),
            "The element's index, from 0, also as text; for JSON text the key.",
        )],
        doc: "The element at an index.",
        edge: "An index below 0 or past the end is an error. A text counts as its parts between commas, or as the JSON \
that it holds.",
        examples: &[
            Example::new("{\"a\", \"b\", \"c\"}.get(1)", "b"),
            Example::new("{\"a\", \"b\", \"c\"}.get(\"1\")", "b"),
            Example::new("\"x,y\".get(0)", "x"),
            Example::new("{1, 2}.get(2)", "error E3006"),
        ],
        run: get,
        ..Builtin::ROW
    },
    Builtin {
        name: "size",
        on: LIST_OR_TEXT,
        returns: INDEX,
        doc: "How many elements there are; a list within the list counts as one.",
        edge: "A text counts as its parts between commas, or as the JSON that it holds; empty text has none.",
        examples: &[Example::new("{1, 2, {3, 4}}.size()", "3"), Example::new("\"a,b\".size()", "2")],
        run: |call| {
            let size = match call.receiver() {
                Value::List(list) => list.len(),
                Value::Text(text) if text.as_str().trim().is_empty() => 0,
                _ => match json_map(call) {
                    Some(map) => map.as_map().map_or(0, |map| map.borrow().len()),
                    None => elements(call)?.len(),
                },
            };
            Ok(Value::Number(size as i64))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "contains",
        on: LIST,
        params: &[ELEMENT],
        returns: BOOL,
        doc: "Whether an element equals a value.",
        edge: "Upper and lower case differ, and so do 1 and \"1\". Lists within the list are not searched; a map matches \
only an equal map.",
        examples: &[
            Example::new("{1, \"2\", {\"version\" : 5}}.contains({\"version\" : 5})", "true"),
            Example::new("{1, \"2\"}.contains(2)", "false"),
        ],
        run: |call| Ok(Value::from(position(call)?.is_some())),
        ..Builtin::ROW
    },
    Builtin {
        name: "notContains",
        on: LIST,
        params: &[ELEMENT],
        returns: BOOL,
        doc: "Whether no element equals a value.",
        edge: "As contains.",
        examples: &[Example::new("{\"Creator\", \"CRM\"}.notContains(\"Books\")", "true")],
        run: |call| Ok(Value::from(position(call)?.is_none())),
        ..Builtin::ROW
    },
    Builtin {
        name: "indexOf",
        on: LIST,
        params: &[ELEMENT],
        returns: INDEX,
        doc: "The index, from 0, of the first element that equals a value.",
        edge: "-1 when there is none.",
        examples: &[Example::new("{\"Creator\", \"CRM\", \"CRM\"}.indexOf(\"CRM\")", "1")],
        run: |call| Ok(index(position(call)?)),
        ..Builtin::ROW
    },
    Builtin {
        name: "lastIndexOf",
        on: LIST,
        params: &[ELEMENT],
        returns: INDEX,
        doc: "The index, from 0, of the last element that equals a value.",
        edge: "-1 when there is none.",
        examples: &[Example::new("{\"Creator\", \"CRM\", \"CRM\"}.lastIndexOf(\"CRM\")", "2")],
        run: |call| {
            let list = call.receiver_list()?;
            let found = list.items().iter().rposition(|item| same(item, call.arg(0)));
            Ok(index(found))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "subList",
        on: LIST_OR_TEXT,
        params: &[
            Param::new("start", INDEX, "The index of the first element, from 0."),
            Param::optional("end", INDEX, "The index after the last element; the size when left out."),
        ],
        returns: LIST,
        doc: "A new list of the elements from `start` up to, but not with, `end`.",
        edge: "Indexes past the end, or an end before the start, are an error.",
        examples: &[
            Example::new("{\"a\", \"b\", \"c\", \"d\"}.subList(1, 3)", "b,c"),
            Example::new("{\"a\", \"b\", \"c\"}.subList(1)", "b,c"),
        ],
        run: sub_list,
        ..Builtin::ROW
    },
    Builtin {
        name: "getAsString",
        on: LIST_OR_TEXT,
        params: &[Param::new("index", INDEX, "The element's index, from 0.")],
        returns: Kinds::of(&[Kind::Text]),
        basis: Basis::Documented,
        doc: "The element at an index, as text.",
        edge: "As get.",
        examples: &[Example::new("\"7,8,9\".getAsString(1)", "8")],
        run: |call| {
            let value = get(call)?;
            Ok(Value::from(value.to_text(&call.cx.locale)))
        },
        ..Builtin::ROW
    },
];

fn get(call: &mut Call) -> Result {
    if let Value::List(list) = call.receiver() {
        let at = place(call, list.len())?;
        return Ok(list.get(at).unwrap_or_default());
    }
    let by_index = text_index(call).filter(|_| json_map(call).is_none());
    if by_index.is_none()
        && let Value::Text(_) = call.arg(0)
    {
        let map = call.receiver_map()?;
        let found = map.borrow().get(call.arg(0)).cloned();
        return Ok(found.unwrap_or_default());
    }
    let mut elements = elements(call)?;
    let at = place(call, elements.len())?;
    Ok(elements.swap_remove(at))
}

/// The index of the first argument, a number or a text, within so many elements.
fn place(call: &Call, size: usize) -> Result<usize> {
    match text_index(call) {
        Some(given) => usize::try_from(given).ok().filter(|at| *at < size).ok_or_else(|| no_place(given, size)),
        None => call.place(0, size),
    }
}

/// An index that is given as text: scripts cut them out of names.
fn text_index(call: &Call) -> Option<i64> {
    call.arg(0).as_str()?.trim().parse().ok()
}

/// The map that a JSON text holds.
fn json_map(call: &Call) -> Option<Value> {
    let text = call.receiver().as_str()?.trim_start();
    text.starts_with('{')
        .then(|| rainwright_value::read_json(text, true).ok())
        .flatten()
        .filter(|value| value.kind() == Kind::Map)
}

/// Where the first equal element lies.
fn position(call: &Call) -> Result<Option<usize>> {
    let list = call.receiver_list()?;
    let items = list.items();
    let wanted = call.arg(0);
    Ok(match wanted {
        Value::Text(text) => items.iter().position(|item| matches!(item, Value::Text(t) if t == text)),
        _ => items.iter().position(|item| same(item, wanted)),
    })
}

fn index(found: Option<usize>) -> Value {
    Value::Number(found.map_or(-1, |at| at as i64))
}

fn sub_list(call: &mut Call) -> Result {
    let list = call.receiver_list()?;
    let size = list.len();
    let bound = |given: i64| usize::try_from(given).ok().filter(|at| *at <= size).ok_or_else(|| no_place(given, size));
    let start = bound(call.number(0)?)?;
    let end = if call.given(1) { bound(call.number(1)?)? } else { size };
    let part = list.items().get(start..end).map(<[Value]>::to_vec);
    part.map(Value::from).ok_or_else(|| call.bad_argument(format!("the end {end} lies before the start {start}.")))
}
