//! Functions that cut a part out of a text.

use std::rc::Rc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Kind, Kinds, Result, Text, Value};

use super::{NUMBER_KIND, TEXT_KIND, find_ignore_case, piece};
use crate::{Builtin, Call, Example, Param, patterns};

const COUNT: Param = Param::new("count", NUMBER_KIND, "How many characters.");
const MARK: Param = Param::new("mark", TEXT_KIND, "The text at which to cut.");
const START: Param = Param::new("start", NUMBER_KIND, "The index of the first character, counted from 0.");
const END: Param = Param::optional(
    "end",
    NUMBER_KIND,
    "The index after the last character; the rest of the text when left out or negative.",
);
const TEXT_OR_NULL: Kinds = TEXT_KIND.or(Kinds::of(&[Kind::Null]));

const SUB_DOC: &str = "The characters from `start` up to `end`, the one at `end` not included.";
const SUB_EDGE: &str = "Equal indexes give the empty text. An index past the end, a negative `start`, and an `end` \
                        before `start` are errors.";

pub(crate) const PART: &[Builtin] = &[
    Builtin {
        name: "left",
        on: TEXT_KIND,
        params: &[COUNT],
        returns: TEXT_KIND,
        doc: "The first `count` characters.",
        edge: "A negative count gives the whole text; more characters than there are is an error.",
        examples: &[
            Example::new(r#""Zoho Creator".left(4)"#, "Zoho"),
            Example::new(r#""Zoho Creator".left(-3)"#, "Zoho Creator"),
        ],
        run: |call| {
            let text = call.subject()?;
            match usize::try_from(call.number(0)?) {
                Ok(count) => Ok(piece(&text, text.slice(0, count)?)),
                Err(_) => Ok(Value::Text(text)),
            }
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "right",
        on: TEXT_KIND,
        params: &[COUNT],
        returns: TEXT_KIND,
        doc: "The last `count` characters.",
        edge: "A negative count, and more characters than there are, are errors.",
        examples: &[Example::new(r#""Zoho Creator".right(7)"#, "Creator")],
        run: right,
        ..Builtin::ROW
    },
    Builtin {
        name: "subString",
        aliases: &["substr"],
        on: TEXT_KIND,
        params: &[START, END],
        returns: TEXT_KIND,
        doc: SUB_DOC,
        edge: SUB_EDGE,
        examples: &[
            Example::new(r#""Zoho Creator".subString(5, 12)"#, "Creator"),
            Example::new(r#""Zoho Creator".subString(5)"#, "Creator"),
        ],
        run: sub_string,
        ..Builtin::ROW
    },
    Builtin {
        name: "subText",
        on: TEXT_KIND,
        params: &[START, END],
        returns: TEXT_KIND,
        doc: SUB_DOC,
        edge: SUB_EDGE,
        examples: &[Example::new(r#""Zoho Creator".subText(8)"#, "ator")],
        run: sub_string,
        ..Builtin::ROW
    },
    Builtin {
        name: "mid",
        on: TEXT_KIND,
        params: &[START, END],
        returns: TEXT_KIND,
        doc: "The characters from `start` up to `end`, the one at `end` not included; `end` is an index, not a count.",
        edge: SUB_EDGE,
        examples: &[Example::new(r#""Zoho Creator".mid(5, 7)"#, "Cr")],
        run: sub_string,
        ..Builtin::ROW
    },
    Builtin {
        name: "getPrefix",
        on: TEXT_KIND,
        params: &[MARK],
        returns: TEXT_OR_NULL,
        doc: "The text before the first `mark`. Upper and lower case differ.",
        edge: "Null when the mark is not there, or empty.",
        examples: &[
            Example::new(r#""john@zylker.com".getPrefix("@")"#, "john"),
            Example::new(r#""john".getPrefix("@")"#, "null"),
        ],
        run: |call| cut(call, find_mark, Side::Before),
        ..Builtin::ROW
    },
    Builtin {
        name: "getPrefixIgnoreCase",
        on: TEXT_KIND,
        params: &[MARK],
        returns: TEXT_OR_NULL,
        doc: "The text before the first `mark`, in upper or lower case.",
        edge: "Null when the mark is not there, or empty.",
        examples: &[Example::new(r#""aXbxc".getPrefixIgnoreCase("x")"#, "a")],
        run: |call| cut(call, find_ignore_case, Side::Before),
        ..Builtin::ROW
    },
    Builtin {
        name: "getSuffix",
        on: TEXT_KIND,
        params: &[MARK],
        returns: TEXT_OR_NULL,
        doc: "The text after the first `mark`. Upper and lower case differ.",
        edge: "Null when the mark is not there, or empty.",
        examples: &[
            Example::new(r#""john@zylker.com".getSuffix("@")"#, "zylker.com"),
            Example::new(r#""a-b-c".getSuffix("-")"#, "b-c"),
        ],
        run: |call| cut(call, find_mark, Side::Behind),
        ..Builtin::ROW
    },
    Builtin {
        name: "getSuffixIgnoreCase",
        on: TEXT_KIND,
        params: &[MARK],
        returns: TEXT_OR_NULL,
        doc: "The text after the first `mark`, in upper or lower case.",
        edge: "Null when the mark is not there, or empty.",
        examples: &[Example::new(r#""aXbxc".getSuffixIgnoreCase("x")"#, "bxc")],
        run: |call| cut(call, find_ignore_case, Side::Behind),
        ..Builtin::ROW
    },
    Builtin {
        name: "trim",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text without blanks, tabs and line ends at its beginning and end.",
        examples: &[Example::new(r#""  Zoho Deluge  ".trim()"#, "Zoho Deluge")],
        run: |call| {
            let text = call.subject()?;
            Ok(piece(&text, text.as_str().trim_matches(is_blank)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "ltrim",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text without blanks, tabs and line ends at its beginning.",
        examples: &[Example::new(r#""   Zoho".ltrim()"#, "Zoho")],
        run: |call| {
            let text = call.subject()?;
            Ok(piece(&text, text.as_str().trim_start_matches(is_blank)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "rtrim",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text without blanks, tabs and line ends at its end.",
        examples: &[Example::new(r#"rtrim("  a  ") + "|""#, "  a|")],
        run: |call| {
            let text = call.subject()?;
            Ok(piece(&text, text.as_str().trim_end_matches(is_blank)))
        },
        ..Builtin::ROW
    },
];

/// What counts as white space when trimming: the blank and all controls before it, as in Java.
fn is_blank(c: char) -> bool {
    c <= ' '
}

fn right(call: &mut Call) -> Result {
    let text = call.subject()?;
    let length = text.len();
    let count = call.number(0)?;
    let start = usize::try_from(count).ok().and_then(|count| length.checked_sub(count));
    match start {
        Some(start) => Ok(piece(&text, text.slice(start, length)?)),
        None => Err(outside(count, &text)),
    }
}

fn sub_string(call: &mut Call) -> Result {
    let text = call.subject()?;
    let start = call.number(0)?;
    let from = usize::try_from(start).map_err(|_| outside(start, &text))?;
    let end = if call.given(1) { call.number(1)? } else { -1 };
    let part = match usize::try_from(end) {
        Ok(end) => text.slice(from, end)?,
        Err(_) => &text.as_str()[text.byte_offset(from)?..],
    };
    Ok(piece(&text, part))
}

#[cold]
fn outside(index: i64, text: &Text) -> Box<Problem> {
    let message = "Given string is lesser than the applied boundary, so index out of bounds exception arisen";
    Box::new(
        Problem::new(Code::IndexOutOfRange, message)
            .with_help(format!("{index} does not fit the text's {} characters.", text.len())),
    )
}

enum Side {
    Before,
    Behind,
}

fn find_mark(text: &str, mark: &str) -> Option<std::ops::Range<usize>> {
    patterns::find(text, mark).map(|at| at..at + mark.len())
}

fn cut(call: &Call, find: fn(&str, &str) -> Option<std::ops::Range<usize>>, side: Side) -> Result {
    let (text, mark): (Rc<Text>, Rc<Text>) = (call.subject()?, call.part(0)?);
    if mark.is_empty() {
        return Ok(Value::Null);
    }
    let found = find(text.as_str(), mark.as_str());
    Ok(found.map_or(Value::Null, |place| {
        Value::from(match side {
            Side::Before => &text.as_str()[..place.start],
            Side::Behind => &text.as_str()[place.end..],
        })
    }))
}
