//! Functions that match and replace patterns.

use rainwright_value::{Result, Value};

use super::{BOOL_KIND, TEXT_KIND};
use crate::patterns::Mode;
use crate::{Builtin, Call, Example, Param};

const PARAMS: &[Param] = &[
    Param::new("pattern", TEXT_KIND, "What to replace: a pattern as in Java."),
    Param::new("with", TEXT_KIND, "What to put there; `$1` is the pattern's first group."),
    Param::optional("literal", BOOL_KIND, "Whether `pattern` is plain text; false when left out."),
];

const EDGE: &str = "Without a match the text stays as it is. A backslash is written twice in a script: `\\\\s+`.";

pub(crate) const REPLACE: &[Builtin] = &[
    Builtin {
        name: "matches",
        on: TEXT_KIND,
        params: &[Param::new("pattern", TEXT_KIND, "A pattern as in Java.")],
        returns: BOOL_KIND,
        doc: "Whether the whole text matches a pattern. Upper and lower case differ.",
        edge: "A pattern that is not right is an error.",
        examples: &[
            Example::new(r#""$345.78".matches("\\$[0-9]+\\.[0-9]{2}")"#, "true"),
            Example::new(r#""abc123".matches("[a-z]+")"#, "false"),
        ],
        run: |call| {
            let (text, pattern) = (call.subject()?, call.part(0)?);
            let mode = Mode { whole: true, ..Mode::default() };
            let pattern = call.cx.patterns.get(pattern.as_str(), mode)?;
            pattern.is_match(text.as_str()).map(Value::from)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "replaceAll",
        on: TEXT_KIND,
        params: PARAMS,
        returns: TEXT_KIND,
        doc: "The text with every match of a pattern replaced. Upper and lower case differ.",
        edge: EDGE,
        examples: &[
            Example::new(r#""a b  c".replaceAll("\\s+", "")"#, "abc"),
            Example::new(r#""2024-05".replaceAll("([0-9]+)-([0-9]+)", "$2/$1")"#, "05/2024"),
            Example::new(r#""a.b.c".replaceAll(".", "-", true)"#, "a-b-c"),
            Example::new(r#""a\\b".replaceAll("\\", "/")"#, "a/b"),
        ],
        run: |call| replace(call, true, false),
        ..Builtin::ROW
    },
    Builtin {
        name: "replaceAllIgnoreCase",
        on: TEXT_KIND,
        params: PARAMS,
        returns: TEXT_KIND,
        doc: "The text with every match of a pattern replaced, upper and lower case being the same.",
        edge: EDGE,
        examples: &[Example::new(r#""Zoho zoho".replaceAllIgnoreCase("ZOHO", "x")"#, "x x")],
        run: |call| replace(call, true, true),
        ..Builtin::ROW
    },
    Builtin {
        name: "replaceFirst",
        on: TEXT_KIND,
        params: PARAMS,
        returns: TEXT_KIND,
        doc: "The text with the first match of a pattern replaced. Upper and lower case differ.",
        edge: EDGE,
        examples: &[
            Example::new(r#""online and online".replaceFirst("online", "custom")"#, "custom and online"),
            Example::new(r#""a.b.c".replaceFirst(".", "-")"#, "-.b.c"),
        ],
        run: |call| replace(call, false, false),
        ..Builtin::ROW
    },
    Builtin {
        name: "replaceFirstIgnoreCase",
        on: TEXT_KIND,
        params: PARAMS,
        returns: TEXT_KIND,
        doc: "The text with the first match of a pattern replaced, upper and lower case being the same.",
        edge: EDGE,
        examples: &[Example::new(r#""aXbxc".replaceFirstIgnoreCase("x", "-")"#, "a-bxc")],
        run: |call| replace(call, false, true),
        ..Builtin::ROW
    },
];

fn replace(call: &mut Call, all: bool, ignore_case: bool) -> Result {
    let (text, pattern, with) = (call.subject()?, call.part(0)?, call.part(1)?);
    // A lone backslash is no pattern; scripts mean the sign.
    let literal = pattern.as_str() == "\\" || call.given(2) && call.boolean(2)?;
    let mode = Mode { literal, ignore_case, whole: false };
    let pattern = call.cx.patterns.get(pattern.as_str(), mode)?;
    let replaced = pattern.replace(text.as_str(), with.as_str(), all, call.cx.max_text())?;
    Ok(replaced.map_or(Value::Text(text), Value::text))
}
