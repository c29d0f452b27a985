//! Functions that ask what a value is, and that choose between values.

use rainwright_value::{Entries, Kind, Kinds, Value, parse_decimal};

use crate::{Basis, Builtin, Example, Form, Param};

const BOOL: Kinds = Kinds::of(&[Kind::Bool]);
const BOOL_OR_NULL: Kinds = Kinds::of(&[Kind::Bool, Kind::Null]);

/// Functions that ask what a value is, and that choose between values.
pub(crate) const LOGICAL: &[Builtin] = &[
    Builtin {
        name: "isNull",
        on: Kinds::ANY,
        returns: BOOL,
        doc: "Whether the value is null or the empty text.",
        edge: "One blank is not null, and an empty list or map is not.",
        examples: &[
            Example::new("isNull(null)", "true"),
            Example::new("isNull(\"\")", "true"),
            Example::new("isNull(\" \")", "false"),
        ],
        run: |call| {
            Ok(Value::from(match call.receiver() {
                Value::Null => true,
                Value::Text(text) => text.is_empty(),
                _ => false,
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "isBlank",
        on: Kinds::ANY,
        returns: BOOL,
        doc: "Whether the value is null, a text of nothing but white space, or has no elements.",
        examples: &[
            Example::new("isBlank(\" \")", "true"),
            Example::new("isBlank(null)", "true"),
            Example::new("isBlank({})", "true"),
            Example::new("isBlank(\"Zoho\")", "false"),
        ],
        run: |call| {
            Ok(Value::from(match call.receiver() {
                Value::Null => true,
                Value::Text(text) => text.as_str().trim().is_empty(),
                other => has_no_elements(other).unwrap_or(false),
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "isEmpty",
        on: Kinds::ANY,
        returns: BOOL,
        doc: "Whether a text has no characters, or a list, map or collection no elements.",
        edge: "Null is empty, one blank is not. Numbers, dates and files are not empty, except a file without bytes.",
        examples: &[
            Example::new("\"\".isEmpty()", "true"),
            Example::new("\" \".isEmpty()", "false"),
            Example::new("{\"a\" : 1}.isEmpty()", "false"),
            Example::new("List().isEmpty()", "true"),
        ],
        run: |call| {
            Ok(Value::from(match call.receiver() {
                Value::Null => true,
                Value::Text(text) => text.is_empty(),
                Value::File(file) => file.bytes().is_empty(),
                other => has_no_elements(other).unwrap_or(false),
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "isValidObject",
        on: Kinds::ANY,
        returns: BOOL,
        doc: "Whether the value is neither null nor the empty text.",
        examples: &[Example::new("\"Zoho\".isValidObject()", "true"), Example::new("\"\".isValidObject()", "false")],
        run: |call| {
            Ok(Value::from(match call.receiver() {
                Value::Null => false,
                Value::Text(text) => !text.is_empty(),
                _ => true,
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "ifnull",
        aliases: &["ifNull"],
        params: &[
            Param::new("value", Kinds::ANY, "The value."),
            Param::new("default", Kinds::ANY, "What to take instead of null."),
        ],
        returns: Kinds::ANY,
        form: Form::Function,
        basis: Basis::Observed,
        doc: "The value, or a default when it is null.",
        edge: "The empty text is kept. The default is computed only when it is needed; an index past the end of a list \
               counts as null here.",
        examples: &[Example::new("ifnull(null, 5)", "5"), Example::new("ifNull(0, 5)", "0")],
        run: |call| {
            let chosen = if call.given(0) { 0 } else { 1 };
            Ok(call.arg(chosen).clone())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "if",
        params: &[
            Param::new("condition", BOOL_OR_NULL, "What decides."),
            Param::new("then", Kinds::ANY, "The result when it is true."),
            Param::new("otherwise", Kinds::ANY, "The result when it is false."),
        ],
        returns: Kinds::ANY,
        form: Form::Function,
        doc: "One of two values, as a condition decides.",
        edge: "Only the chosen value is computed. Null counts as false.",
        examples: &[
            Example::new("if(1 > 2, \"yes\", \"no\")", "no"),
            Example::new("if(5 < 3, \"low\", if(5 < 7, \"mid\", \"high\"))", "mid"),
        ],
        run: |call| {
            let chosen = if call.given(0) && call.boolean(0)? { 1 } else { 2 };
            Ok(call.arg(chosen).clone())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "isText",
        on: Kinds::ANY,
        returns: BOOL_OR_NULL,
        doc: "Whether the value is a text that is not a number.",
        edge: "Null for lists, maps, collections, booleans and null; false for dates, and for texts that hold a date in \
               single quotes.",
        examples: &[
            Example::new("isText(\"Hello\")", "true"),
            Example::new("isText(\"123\")", "false"),
            Example::new("isText({\"a\" : 1})", "null"),
        ],
        run: |call| {
            Ok(match call.receiver() {
                Value::Text(text) => Value::from(parse_decimal(text.as_str()).is_none()),
                Value::Null | Value::Bool(_) => Value::Null,
                other if other.is_container() => Value::Null,
                _ => Value::from(false),
            })
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "isNumber",
        on: Kinds::ANY,
        returns: BOOL_OR_NULL,
        doc: "Whether the value is a number, or a text that holds one.",
        edge: "Null for lists, maps, collections and null.",
        examples: &[
            Example::new("isNumber(24 / 2 * 10)", "true"),
            Example::new("isNumber(\"24/2*10\")", "false"),
            Example::new("\"-5\".isNumber()", "true"),
        ],
        run: |call| {
            Ok(match call.receiver() {
                Value::Text(text) => Value::from(parse_decimal(text.as_str()).is_some()),
                Value::Null => Value::Null,
                other if other.is_container() => Value::Null,
                other => Value::from(Kinds::NUMERIC.has(other.kind())),
            })
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "isFile",
        on: Kinds::ANY,
        returns: BOOL,
        doc: "Whether the value is a file.",
        examples: &[
            Example::new("\"hello\".toFile(\"note.txt\").isFile()", "true"),
            Example::new("\"a.txt\".isFile()", "false"),
        ],
        run: |call| Ok(Value::from(matches!(call.receiver(), Value::File(_)))),
        ..Builtin::ROW
    },
];

/// Whether a container is empty; `None` for other values.
fn has_no_elements(value: &Value) -> Option<bool> {
    match value {
        Value::List(list) => Some(list.is_empty()),
        Value::Map(map) => Some(map.borrow().is_empty()),
        Value::Collection(collection) => Some(match &*collection.entries() {
            Entries::Undecided => true,
            Entries::Row(row) => row.is_empty(),
            Entries::Keyed(map) => map.is_empty(),
        }),
        Value::Records(records) => Some(records.ids().is_empty()),
        Value::Braces(braces) => braces.decided().map_or(Some(true), has_no_elements),
        _ => None,
    }
}
