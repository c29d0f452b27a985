//! Functions that look into a text: what it contains, where, how long it is.

use rainwright_value::{Kind, Kinds, Result, Value};

use super::{BOOL_KIND, NUMBER_KIND, TEXT_KIND, equal_ignore_case, find_ignore_case, starts_ignore_case};
use crate::{Basis, Builtin, Call, Example, Param, patterns};

const PART: Param = Param::new("part", TEXT_KIND, "The text to look for.");

pub(crate) const LOOK: &[Builtin] = &[
    Builtin {
        name: "contains",
        on: TEXT_KIND,
        params: &[PART],
        returns: BOOL_KIND,
        doc: "Whether the text has `part` in it. Upper and lower case differ.",
        edge: "Every text contains the empty text. The part is plain text, not a pattern.",
        examples: &[
            Example::new(r#""Zoho Creator".contains("Creator")"#, "true"),
            Example::new(r#"contains("Zoho Creator", "creator")"#, "false"),
        ],
        run: |call| {
            let part = call.part(0)?;
            Ok(patterns::find(call.subject()?.as_str(), part.as_str()).is_some().into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "containsIgnoreCase",
        aliases: &["containIgnoreCase"],
        on: TEXT_KIND,
        params: &[PART],
        returns: BOOL_KIND,
        doc: "Whether the text has `part` in it, upper and lower case being the same.",
        examples: &[Example::new(r#""Zoho Creator".containsIgnoreCase("CREATOR")"#, "true")],
        run: |call| {
            let part = call.part(0)?;
            Ok(find_ignore_case(call.subject()?.as_str(), part.as_str()).is_some().into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "notContains",
        on: TEXT_KIND,
        params: &[PART],
        returns: BOOL_KIND,
        doc: "Whether the text does not have `part` in it. Upper and lower case differ.",
        examples: &[Example::new(r#""Zoho Creator".notContains("CREATOR")"#, "true")],
        run: |call| {
            let part = call.part(0)?;
            Ok(patterns::find(call.subject()?.as_str(), part.as_str()).is_none().into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "startsWith",
        aliases: &["startWith"],
        on: TEXT_KIND,
        params: &[PART],
        returns: BOOL_KIND,
        doc: "Whether the text begins with `part`. Upper and lower case differ.",
        examples: &[
            Example::new(r#""Zoho Creator".startsWith("Zoho")"#, "true"),
            Example::new(r#"startsWith("Zoho Creator", "zoho")"#, "false"),
        ],
        run: |call| {
            let part = call.part(0)?;
            Ok(call.subject()?.as_str().starts_with(part.as_str()).into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "startsWithIgnoreCase",
        on: TEXT_KIND,
        params: &[PART],
        returns: BOOL_KIND,
        doc: "Whether the text begins with `part`, upper and lower case being the same.",
        examples: &[Example::new(r#""Zoho Creator".startsWithIgnoreCase("ZOHO C")"#, "true")],
        run: |call| {
            let part = call.part(0)?;
            Ok(starts_ignore_case(call.subject()?.as_str(), part.as_str()).is_some().into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "endsWith",
        aliases: &["endWith"],
        on: TEXT_KIND,
        params: &[PART],
        returns: BOOL_KIND,
        doc: "Whether the text ends with `part`. Upper and lower case differ.",
        examples: &[Example::new(r#""Zoho Creator".endsWith("Creator")"#, "true")],
        run: |call| {
            let part = call.part(0)?;
            Ok(call.subject()?.as_str().ends_with(part.as_str()).into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "endsWithIgnoreCase",
        on: TEXT_KIND,
        params: &[PART],
        returns: BOOL_KIND,
        doc: "Whether the text ends with `part`, upper and lower case being the same.",
        examples: &[Example::new(r#""Zoho Creator".endsWithIgnoreCase("CREATOR")"#, "true")],
        run: ends_with_ignore_case,
        ..Builtin::ROW
    },
    Builtin {
        name: "equalsIgnoreCase",
        aliases: &["equalIgnoreCase"],
        on: TEXT_KIND,
        params: &[Param::new("other", TEXT_KIND.or(Kinds::of(&[Kind::Null])), "The text to compare with.")],
        returns: BOOL_KIND,
        doc: "Whether both texts are the same but for upper and lower case.",
        edge: "Blanks count. No text equals null.",
        examples: &[
            Example::new(r#""ZOHO creator".equalsIgnoreCase("Zoho Creator")"#, "true"),
            Example::new(r#""ZohoCreator".equalsIgnoreCase("Zoho Creator")"#, "false"),
        ],
        run: |call| {
            let text = call.subject()?;
            if call.arg(0).is_null() {
                return Ok(false.into());
            }
            Ok(equal_ignore_case(text.as_str(), call.part(0)?.as_str()).into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "indexOf",
        aliases: &["find"],
        on: TEXT_KIND,
        params: &[PART],
        returns: NUMBER_KIND,
        doc: "The index of the first occurrence of `part`, counted from 0; -1 when there is none. Upper and lower case \
              differ.",
        edge: "The empty text is found at 0.",
        examples: &[
            Example::new(r#""Hello world".indexOf("world")"#, "6"),
            Example::new(r#""Hello world".indexOf("zz")"#, "-1"),
        ],
        run: |call| {
            let (text, part) = (call.subject()?, call.part(0)?);
            Ok(index(patterns::find(text.as_str(), part.as_str()).map(|at| text.unit_index(at))))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "lastIndexOf",
        on: TEXT_KIND,
        params: &[PART],
        returns: NUMBER_KIND,
        doc: "The index of the last occurrence of `part`, counted from 0; -1 when there is none. Upper and lower case \
              differ.",
        edge: "The empty text is found after the last character.",
        examples: &[Example::new(r#""banana".lastIndexOf("an")"#, "3")],
        run: |call| {
            let (text, part) = (call.subject()?, call.part(0)?);
            Ok(index(text.as_str().rfind(part.as_str()).map(|at| text.unit_index(at))))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "length",
        aliases: &["len"],
        on: TEXT_KIND,
        returns: NUMBER_KIND,
        doc: "How many characters the text has, blanks included.",
        edge: "A character outside Unicode's basic plane, such as an emoji, counts as two.",
        examples: &[Example::new(r#""   Zoho Deluge   ".length()"#, "17"), Example::new(r#"len("Zürich")"#, "6")],
        run: |call| {
            let length = match call.receiver() {
                Value::Text(text) => text.len(),
                _ => call.subject()?.len(),
            };
            Ok(Value::Number(length as i64))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "getOccurenceCount",
        aliases: &["getOccurence", "getOccurrenceCount", "getOccurrence"],
        on: TEXT_KIND,
        params: &[PART],
        returns: NUMBER_KIND,
        doc: "How often `part` occurs in the text. Upper and lower case differ.",
        edge: "Occurrences do not overlap: `aa` occurs once in `aaa`. The empty text counts 0.",
        examples: &[Example::new(r#""banana".getOccurenceCount("an")"#, "2")],
        run: |call| {
            let (text, part) = (call.subject()?, call.part(0)?);
            if part.is_empty() {
                return Ok(Value::Number(0));
            }
            Ok(Value::Number(text.as_str().matches(part.as_str()).count() as i64))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "isAscii",
        on: TEXT_KIND,
        returns: BOOL_KIND,
        doc: "Whether every character of the text is ASCII.",
        edge: "True for the empty text.",
        examples: &[Example::new(r#""abc".isAscii()"#, "true"), Example::new(r#""ß".isAscii()"#, "false")],
        run: |call| Ok(call.subject()?.is_ascii().into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "equals",
        on: Kinds::ANY,
        params: &[Param::new("other", Kinds::ANY, "The value to compare with.")],
        returns: BOOL_KIND,
        basis: Basis::Observed,
        doc: "Whether both values are the same, as the operator `==` says.",
        edge: "Dates also equal texts that read as the same date.",
        examples: &[
            Example::new(r#""a".equals("a")"#, "true"),
            Example::new(r#"'01/31/2017'.equals('31-Jan-2017')"#, "true"),
        ],
        run: |call| Ok(Value::from(rainwright_value::equals(call.receiver(), call.arg(0)))),
        ..Builtin::ROW
    },
];

/// An index as a NUMBER; -1 for none.
fn index(found: Option<usize>) -> Value {
    Value::Number(found.map_or(-1, |at| at as i64))
}

fn ends_with_ignore_case(call: &mut Call) -> Result {
    let (text, part) = (call.subject()?, call.part(0)?);
    // Letters are compared one for one, so the end has as many of them as the part.
    let skip = text.as_str().chars().count().checked_sub(part.as_str().chars().count());
    let end: Option<String> = skip.map(|skip| text.as_str().chars().skip(skip).collect());
    Ok(end.is_some_and(|end| equal_ignore_case(&end, part.as_str())).into())
}
