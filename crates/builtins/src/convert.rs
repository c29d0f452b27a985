//! Functions that turn a value into one of another kind.

use std::rc::Rc;

use compact_str::CompactString;
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{DateText, Kind, Kinds, List, MapCell, Result, Value, from_f64, parse_decimal, read_json};

use crate::datetime::format_moment;
use crate::number_format::{NumberFormat, is_number_format};
use crate::{Basis, Builtin, Call, Example, Form, Param, patterns, shorten};

const TEXT: Kinds = Kinds::of(&[Kind::Text]);
const LIST: Kinds = Kinds::of(&[Kind::List]);
const MAP: Kinds = Kinds::of(&[Kind::Map]);
const NUMBER: Kinds = Kinds::of(&[Kind::Number]);
const DECIMAL: Kinds = Kinds::of(&[Kind::Decimal]);
const TEXT_OR_NULL: Kinds = Kinds::of(&[Kind::Text, Kind::Null]);
const MEASURABLE: Kinds = Kinds::NUMERIC.or(Kinds::of(&[Kind::Text, Kind::DateTime, Kind::Time]));
const PRESENT: Kinds = Kinds::of(&[
    Kind::Bool,
    Kind::Number,
    Kind::Decimal,
    Kind::Text,
    Kind::DateTime,
    Kind::Time,
    Kind::List,
    Kind::Map,
    Kind::Collection,
    Kind::File,
]);

const FORMAT: Param = Param::optional(
    "format",
    TEXT,
    "A pattern for dates (`dd-MMM-yyyy`) or numbers (`#,##0.00`); for a list, the text between its elements.",
);
const ZONE: Param = Param::optional("zone", TEXT, "The time zone to show a date in.");

const FORMAT_EDGE: &str = "Null has no printed form here: it is an error. Letters of a date format that stand for \
                           themselves must be quoted, otherwise the result is null. Halves go to the even neighbour.";

/// Functions that turn a value into one of another kind.
pub(crate) const CONVERT: &[Builtin] = &[
    Builtin {
        name: "toString",
        on: PRESENT,
        params: &[FORMAT, ZONE],
        returns: TEXT_OR_NULL,
        doc: "The value as a text: as `info` shows it, or by a format.",
        edge: FORMAT_EDGE,
        examples: &[
            Example::new("25.toString() + 1", "251"),
            Example::new("{\"a\" : 1}.toString()", "{\"a\":1}"),
            Example::new("1000000.05.toString(\"#,##0\")", "1,000,000"),
            Example::new("'31-Jan-2025 14:30:00'.toString(\"yyyy-MM-dd HH:mm\")", "2025-01-31 14:30"),
        ],
        run: |call| to_text(call, Unreadable::Fails),
        ..Builtin::ROW
    },
    Builtin {
        name: "toText",
        on: PRESENT,
        params: &[FORMAT, ZONE],
        returns: TEXT_OR_NULL,
        doc: "The value as a text: as `info` shows it, or by a format.",
        edge: "As toString, but a text that is no date comes back as it is.",
        examples: &[Example::new("2.5.toText()", "2.5"), Example::new("\"soon\".toText(\"yyyy\")", "soon")],
        run: |call| to_text(call, Unreadable::Stays),
        ..Builtin::ROW
    },
    Builtin {
        name: "text",
        on: MEASURABLE,
        params: &[Param::new("format", TEXT, "A pattern for numbers (`$0.00`) or dates (`dd-MMM-yyyy`).")],
        returns: TEXT_OR_NULL,
        form: Form::Both,
        doc: "A number or date as a text, by a format; words in the format are copied.",
        edge: FORMAT_EDGE,
        examples: &[
            Example::new("text(10, \"$0.00\")", "$10.00"),
            Example::new("text(2.5, \"0.00 per hour\")", "2.50 per hour"),
        ],
        products: "zoho-creator",
        run: |call| to_text(call, Unreadable::Stays),
        ..Builtin::ROW
    },
    Builtin {
        name: "toNumber",
        on: MEASURABLE,
        returns: NUMBER,
        doc: "The value as a whole number: decimals are cut, of a date it is the milliseconds since 1970.",
        edge: "A text must hold a number and nothing else, no blanks either; anything else is an error.",
        examples: &[Example::new("\"1234\".toNumber() + 1", "1235"), Example::new("-9.99.toNumber()", "-9")],
        run: to_number,
        ..Builtin::ROW
    },
    Builtin {
        name: "toLong",
        aliases: &["toInt", "toInteger"],
        on: MEASURABLE,
        returns: NUMBER,
        doc: "The value as a whole number: decimals are cut, of a date it is the milliseconds since 1970.",
        edge: "A text must hold a number and nothing else, no blanks either; anything else is an error.",
        examples: &[Example::new("toLong(\"100\") * 2", "200")],
        run: to_number,
        ..Builtin::ROW
    },
    Builtin {
        name: "toDecimal",
        aliases: &["toFloat", "toDouble"],
        on: Kinds::NUMERIC.or(TEXT),
        returns: DECIMAL,
        doc: "The value as a decimal number, with the digits that it has.",
        edge: "A text must hold a number and nothing else, no blanks either; anything else is an error.",
        examples: &[Example::new("\"100\".toDecimal()", "100"), Example::new("\"12.75\".toDecimal() + 1", "13.75")],
        run: to_decimal,
        ..Builtin::ROW
    },
    Builtin {
        name: "toHex",
        on: Kinds::NUMERIC,
        returns: TEXT,
        doc: "The hexadecimal digits of a whole number, in lower case.",
        edge: "A negative number gives the 16 digits of its two's complement; one with a fraction is an error.",
        examples: &[Example::new("100.toHex()", "64"), Example::new("255.toHex()", "ff")],
        run: |call| match rainwright_value::whole(call.receiver()) {
            Some(n) => Ok(Value::from(format!("{n:x}"))),
            None => Err(call.bad_argument("the number has a fraction or is too large")),
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "toList",
        on: TEXT.or(LIST),
        params: &[Param::optional("separator", TEXT, "The text between the elements; a comma when left out.")],
        returns: LIST,
        basis: Basis::Observed,
        doc: "The parts of a text as a list.",
        edge: "The empty separator gives the characters. A separator that is not in the text gives one element, two in a \
               row give an empty one. A list stays as it is.",
        examples: &[
            Example::new("\"a/b\".toList(\"/\").size()", "2"),
            Example::new("\"1,2,3\".toList().get(2)", "3"),
            Example::new("\"abc\".toList(\"\")", "a,b,c"),
        ],
        run: to_list,
        ..Builtin::ROW
    },
    Builtin {
        name: "toListString",
        on: TEXT.or(LIST),
        returns: LIST,
        doc: "The parts of a text between commas, or the elements of a list, as a list of texts.",
        examples: &[Example::new("\"1,2,3\".toListString().get(0) + 1", "11")],
        run: |call| match call.receiver() {
            Value::Text(text) => split(call, text.as_str(), ","),
            _ => {
                let list = call.receiver_list()?;
                let items = list.items();
                Ok(Value::from(items.iter().map(|item| Value::from(item.to_text(&call.cx.locale))).collect::<List>()))
            }
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "toMap",
        on: TEXT.or(MAP).or(LIST),
        returns: MAP,
        doc: "The key-value pairs of a JSON text.",
        edge: "Keys and values without quotes, or in single quotes, are accepted. A text that is no JSON object is an \
               error. A map stays as it is; a list of one map, as searches answer it, is that map.",
        examples: &[
            Example::new("\"{company:Zoho, product:Creator}\".toMap().get(\"product\")", "Creator"),
            Example::new("\"{\\\"a\\\":{\\\"b\\\":true}}\".toMap().get(\"a\").get(\"b\")", "true"),
            Example::new("{{\"id\" : 7}}.toMap().get(\"id\")", "7"),
        ],
        run: |call| map_or_only(call).map(Value::Map),
        ..Builtin::ROW
    },
    Builtin {
        name: "toJSONList",
        on: TEXT.or(LIST),
        returns: LIST,
        doc: "The elements of a JSON array.",
        edge: "Keys and values without quotes, or in single quotes, are accepted. A text that is no JSON array is an \
               error. A list stays as it is.",
        examples: &[Example::new(
            "\"{Name:'Lia Shelton', OrderNo:[343,443,577]}\".getJSON(\"OrderNo\").toJSONList()",
            "343,443,577",
        )],
        run: to_json_list,
        ..Builtin::ROW
    },
    Builtin {
        name: "getJSON",
        on: TEXT.or(MAP).or(LIST),
        params: &[Param::new("key", Kinds::ANY, "The key to look for.")],
        returns: Kinds::ANY,
        doc: "The value under a key of a JSON text or of a map.",
        edge: "Null when there is no such key. A text that is no JSON object is an error. A list of one map is that map.",
        examples: &[
            Example::new("\"{\\\"id\\\":\\\"EMP-001\\\"}\".getJSON(\"id\")", "EMP-001"),
            Example::new("\"{}\".getJSON(\"id\")", "null"),
        ],
        run: |call| {
            let map = map_or_only(call)?;
            let found = map.borrow().get(call.arg(0)).cloned();
            Ok(found.unwrap_or_default())
        },
        ..Builtin::ROW
    },
];

/// The receiver as a map; a list with one map is that map.
fn map_or_only(call: &Call) -> Result<Rc<MapCell>> {
    let Value::List(list) = call.receiver() else {
        return call.receiver_map();
    };
    match list.items().as_slice() {
        [Value::Map(map)] => Ok(map.clone()),
        items => {
            let message = format!("'{}' can not be cast to 'MAP'", shorten(&call.receiver().to_text(&call.cx.locale)));
            let help = match items.len() {
                1 => "The one element of the list is no map.".to_owned(),
                n => format!("The list has {n} elements: take one with get(index), or go through them with for each."),
            };
            Err(Box::new(Problem::new(Code::CannotParse, message).with_help(help)))
        }
    }
}

/// What becomes of a text that is formatted as a date and is none.
#[derive(Clone, Copy, PartialEq)]
enum Unreadable {
    Stays,
    Fails,
}

fn to_text(call: &mut Call, unreadable: Unreadable) -> Result {
    if !call.given(0) && !call.given(1) {
        return Ok(match call.receiver() {
            Value::Text(text) => Value::Text(text.clone()),
            other => Value::from(other.to_text(&call.cx.locale)),
        });
    }
    let receiver = call.receiver().clone();
    let format = if call.given(0) { call.text(0)? } else { "" };
    match &receiver {
        Value::Date(_) | Value::DateTime(_) => format_moment(call, receiver, 0),
        Value::Number(_) | Value::Small(_) | Value::Big(_) | Value::Float(_) if is_number_format(format) => {
            format_number(call, &receiver, format)
        }
        // A number with a date's format counts milliseconds since 1970.
        Value::Number(millis) => format_moment(call, Value::DateTime(*millis), 0),
        Value::Text(text) => {
            if is_number_format(format)
                && let Some(number) = parse_decimal(text.as_str())
            {
                return format_number(call, &number, format);
            }
            match call.cx.read_moment(text.as_str(), &call.cx.locale)? {
                DateText::Moment(date) => format_moment(call, date, 0),
                _ if unreadable == Unreadable::Stays || call.cx.profile.creator_null_predicates => Ok(receiver),
                _ => Err(unparsable(text.as_str())),
            }
        }
        Value::List(list) => join(call, &list.items(), format),
        _ => Ok(Value::from(receiver.to_text(&call.cx.locale))),
    }
}

fn format_number(call: &Call, number: &Value, format: &str) -> Result {
    let format = NumberFormat::parse(format)
        .map_err(|why| call.bad_argument(format!("\"{}\" is no format: {why}", shorten(format))))?;
    Ok(match format.format(number) {
        Some(text) => Value::from(text),
        None => Value::from(number.to_text(&call.cx.locale)),
    })
}

fn join(call: &Call, items: &[Value], separator: &str) -> Result {
    let mut out = CompactString::default();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        item.write(&mut out, &call.cx.locale);
        if out.len() > call.cx.max_text() {
            return Err(patterns::too_large(call.cx.max_text()));
        }
    }
    Ok(Value::text(out))
}

#[cold]
fn unparsable(text: &str) -> Box<Problem> {
    Box::new(Problem::new(Code::CannotParse, "UnParsable date").with_help(format!("\"{}\" is no date.", shorten(text))))
}

fn to_number(call: &mut Call) -> Result {
    match call.receiver() {
        Value::Number(n) | Value::Date(n) | Value::DateTime(n) => Ok(Value::Number(*n)),
        Value::Time(packed) => Ok(Value::Number(packed >> 1)),
        Value::Text(text) => {
            if let Ok(n) = text.as_str().parse() {
                return Ok(Value::Number(n));
            }
            cut(call, &numeric(text.as_str())?)
        }
        decimal => cut(call, decimal),
    }
}

/// A decimal without its fraction.
fn cut(call: &Call, number: &Value) -> Result {
    let whole = match number {
        Value::Number(n) => Some(*n),
        Value::Small(s) => 10i64.checked_pow(s.scale()).map_or(Some(0), |unit| Some(s.mantissa() / unit)),
        Value::Big(d) => i64::try_from(d.trunc().mantissa()).ok(),
        Value::Float(f) if f.get().abs() < 9.2e18 => Some(f.get() as i64),
        Value::Float(_) => None,
        _ => return Err(call.wrong_receiver(MEASURABLE)),
    };
    whole.map(Value::Number).ok_or_else(out_of_range)
}

fn to_decimal(call: &mut Call) -> Result {
    match call.receiver() {
        Value::Text(text) => numeric(text.as_str()),
        Value::Number(n) => Ok(parse_decimal(&n.to_string()).unwrap_or_default()),
        decimal => Ok(decimal.clone()),
    }
}

/// The DECIMAL that a text is.
fn numeric(text: &str) -> Result {
    if let Some(number) = parse_decimal(text) {
        return Ok(number);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && let Ok(f) = text.parse::<f64>()
    {
        // More digits than an exact DECIMAL has.
        return Ok(from_f64(f));
    }
    let message = "'TEXT' can not be cast to '[DECIMAL, NUMBER, DATE, DATE-TIME]'";
    Err(Box::new(Problem::new(Code::CannotParse, message).with_help(format!("\"{}\" is no number.", shorten(text)))))
}

#[cold]
fn out_of_range() -> Box<Problem> {
    Box::new(Problem::new(Code::OutOfRange, "Number out of range"))
}

fn to_list(call: &mut Call) -> Result {
    let Value::Text(text) = call.receiver() else {
        return Ok(call.receiver().clone());
    };
    if !call.given(0) {
        return split(call, text.as_str(), ",");
    }
    match call.text(0)? {
        "" => {
            check_count(call, text.len())?;
            let chars = text.as_str().chars().map(Value::text);
            Ok(Value::from(chars.collect::<List>()))
        }
        separator => split(call, text.as_str(), separator),
    }
}

fn split(call: &Call, text: &str, separator: &str) -> Result {
    if text.len() > call.cx.max_text() / 64 {
        check_count(call, text.matches(separator).count())?;
    }
    let parts: List = text.split(separator).map(Value::from).collect();
    Ok(Value::List(Rc::new(parts)))
}

/// Refuses a list whose elements take more memory than a function may use at once.
fn check_count(call: &Call, elements: usize) -> Result<()> {
    // An element is a value, and the shared text that it points to.
    const ELEMENT: usize = 64;
    if elements > call.cx.max_text() / ELEMENT {
        return Err(Box::new(Problem::new(Code::LimitReached, format!("The list would have {elements} elements"))));
    }
    Ok(())
}

fn to_json_list(call: &mut Call) -> Result {
    let Value::Text(text) = call.receiver() else {
        return Ok(call.receiver().clone());
    };
    match read_json(text.as_str(), true)? {
        list @ Value::List(_) => Ok(list),
        other => Err(Box::new(Problem::new(Code::CannotParse, "Invalid JSON Format String").with_help(format!(
            "The text is a JSON {}, not an array.",
            if other.is_container() { "object" } else { "scalar" }
        )))),
    }
}
