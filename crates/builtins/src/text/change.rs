//! Functions that make another text: case, padding, repetition, and what remains when letters go.

use compact_str::CompactString;
use rainwright_value::{Kind, Kinds, Result, Text, Value};

use super::{NUMBER_KIND, TEXT_KIND};
use crate::{Basis, Builtin, Call, Example, Param, patterns};

const WIDTH: Param = Param::new("width", NUMBER_KIND, "How many characters the result has at least.");
const PAD: Param = Param::optional(
    "pad",
    TEXT_KIND,
    "The character to fill with; a blank when left out. Zoho documents no such parameter.",
);
const PAD_EDGE: &str = "A width that is negative, or not larger than the text, leaves the text as it is.";
const REMOVED: Param = Param::new("part", TEXT_KIND, "The text to remove.");

pub(crate) const CHANGE: &[Builtin] = &[
    Builtin {
        name: "concat",
        on: TEXT_KIND,
        params: &[Param::new("more", TEXT_KIND, "The text to add.")],
        returns: TEXT_KIND,
        doc: "The text with another one added at its end.",
        edge: "The text itself does not change.",
        examples: &[Example::new(r#""Zoho".concat(" ").concat("Deluge")"#, "Zoho Deluge")],
        run: |call| {
            let mut text = Text::clone(&*call.subject()?);
            text.push(&*call.part(0)?);
            Ok(Value::from(text))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "toUpperCase",
        aliases: &["upper"],
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text in upper case.",
        examples: &[Example::new(r#""Deluge".toUpperCase()"#, "DELUGE")],
        run: |call| {
            let text = call.subject()?;
            Ok(Value::text(if text.is_ascii() {
                let mut upper = CompactString::new(text.as_str());
                upper.as_mut_str().make_ascii_uppercase();
                upper
            } else {
                text.as_str().to_uppercase().into()
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "toLowerCase",
        aliases: &["lower"],
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text in lower case.",
        examples: &[Example::new(r#""CREATE Online DataBase".toLowerCase()"#, "create online database")],
        run: |call| {
            let text = call.subject()?;
            Ok(Value::text(if text.is_ascii() {
                let mut lower = CompactString::new(text.as_str());
                lower.as_mut_str().make_ascii_lowercase();
                lower
            } else {
                text.as_str().to_lowercase().into()
            }))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "proper",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text with the first letter of each word in upper case and all others in lower case.",
        edge: "Words are separated by blanks, tabs and line ends.",
        examples: &[Example::new(r#""zOHO cREATOR".proper()"#, "Zoho Creator")],
        run: proper,
        ..Builtin::ROW
    },
    Builtin {
        name: "getAlpha",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The letters of the text; blanks, digits and signs go.",
        edge: "Letters of every alphabet count.",
        examples: &[Example::new(r#""January 25th".getAlpha()"#, "Januaryth")],
        run: |call| keep(call, char::is_alphabetic),
        ..Builtin::ROW
    },
    Builtin {
        name: "getAlphaNumeric",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The letters and digits of the text; blanks and signs go.",
        edge: "Letters and digits of every alphabet count.",
        examples: &[Example::new(r#""a_1 b-2!".getAlphaNumeric()"#, "a1b2")],
        run: |call| keep(call, char::is_alphanumeric),
        ..Builtin::ROW
    },
    Builtin {
        name: "removeAllAlpha",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text without its letters; blanks stay.",
        examples: &[Example::new(r#""a1-b2".removeAllAlpha()"#, "1-2")],
        run: |call| keep(call, |c| !c.is_alphabetic()),
        ..Builtin::ROW
    },
    Builtin {
        name: "removeAllAlphaNumeric",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text without its letters and digits; blanks stay.",
        examples: &[Example::new(r#""a-1_b+2".removeAllAlphaNumeric()"#, "-_+")],
        run: |call| keep(call, |c| !c.is_alphanumeric()),
        ..Builtin::ROW
    },
    Builtin {
        name: "remove",
        on: TEXT_KIND,
        params: &[REMOVED],
        returns: TEXT_KIND,
        doc: "The text without any `part`. Upper and lower case differ.",
        edge: "The part is plain text, not a pattern. A text without it stays as it is.",
        examples: &[Example::new(r#""a-b-c".remove("-")"#, "abc")],
        run: |call| {
            let (text, part) = (call.subject()?, call.part(0)?);
            if part.is_empty() {
                return Ok(Value::Text(text));
            }
            let rest = patterns::replace_literal(text.as_str(), part.as_str(), "", true, usize::MAX)?;
            Ok(rest.map_or(Value::Text(text), Value::text))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "removeFirstOccurence",
        aliases: &["removeFirstOccurrence"],
        on: TEXT_KIND,
        params: &[REMOVED],
        returns: TEXT_KIND,
        doc: "The text without the first `part`. Upper and lower case differ.",
        edge: "A text without it stays as it is.",
        examples: &[Example::new(r#""banana".removeFirstOccurence("an")"#, "bana")],
        run: |call| remove_once(call, patterns::find),
        ..Builtin::ROW
    },
    Builtin {
        name: "removeLastOccurence",
        aliases: &["removeLastOccurrence"],
        on: TEXT_KIND,
        params: &[REMOVED],
        returns: TEXT_KIND,
        doc: "The text without the last `part`. Upper and lower case differ.",
        edge: "A text without it stays as it is.",
        examples: &[Example::new(r#""one, two, ".removeLastOccurence(", ")"#, "one, two")],
        run: |call| remove_once(call, |text, part| text.rfind(part)),
        ..Builtin::ROW
    },
    Builtin {
        name: "repeat",
        on: TEXT_KIND,
        params: &[Param::new("count", NUMBER_KIND, "How often.")],
        returns: TEXT_KIND,
        doc: "The text, as often as `count` says.",
        edge: "Zero and negative counts give the empty text. Zoho allows 100,000 characters.",
        examples: &[Example::new(r#""Zoho".repeat(3)"#, "ZohoZohoZoho")],
        run: |call| {
            let text = call.subject()?;
            let count = usize::try_from(call.number(0)?).unwrap_or(0);
            check_size(call, text.as_str().len().checked_mul(count))?;
            Ok(Value::from(text.as_str().repeat(count)))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "reverse",
        on: TEXT_KIND.or(Kinds::NUMERIC).or(Kinds::of(&[Kind::List, Kind::Bool])),
        returns: TEXT_KIND,
        doc: "The characters in reverse order.",
        edge: "A list is turned into text first, so its digits change places, not only its elements.",
        examples: &[
            Example::new(r#""Zoho Creator".reverse()"#, "rotaerC ohoZ"),
            Example::new("{1, 2, 13}.reverse()", "31,2,1"),
        ],
        run: |call| {
            let text = match call.receiver() {
                list @ (Value::List(_) | Value::Braces(_)) => list.to_text(&call.cx.locale),
                _ => call.subject()?.as_str().to_owned(),
            };
            Ok(Value::text(text.chars().rev().collect::<CompactString>()))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "leftpad",
        on: TEXT_KIND,
        params: &[WIDTH, PAD],
        returns: TEXT_KIND,
        doc: "The text with blanks before it, up to a width.",
        edge: PAD_EDGE,
        examples: &[
            Example::new(r#""[" + "Left".leftpad(6) + "]""#, "[  Left]"),
            Example::new(r#""7".leftpad(3, "0")"#, "007"),
        ],
        run: |call| {
            let text = call.subject()?;
            let Some(mut padding) = padding(call, &text)? else {
                return Ok(Value::Text(text));
            };
            padding.push_str(text.as_str());
            Ok(Value::text(padding))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "rightpad",
        on: TEXT_KIND,
        params: &[WIDTH, PAD],
        returns: TEXT_KIND,
        doc: "The text padded with blanks at its end, up to a width.",
        edge: PAD_EDGE,
        examples: &[Example::new(r#""[" + "ab".rightpad(5) + "]""#, "[ab   ]")],
        run: |call| {
            let text = call.subject()?;
            let Some(padding) = padding(call, &text)? else {
                return Ok(Value::Text(text));
            };
            let mut padded = CompactString::new(text.as_str());
            padded.push_str(&padding);
            Ok(Value::text(padded))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "hexToText",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text whose UTF-8 bytes are written as hexadecimal digits.",
        edge: "An odd number of digits, other characters, and bytes that are no UTF-8 are errors.",
        examples: &[Example::new(r#""5a6f686f2043726561746f72".hexToText()"#, "Zoho Creator")],
        run: |call| {
            let text = call.subject()?;
            let bytes = data_encoding::HEXLOWER_PERMISSIVE
                .decode(text.as_str().as_bytes())
                .map_err(|e| call.bad_argument(format!("the text is not hexadecimal ({e})")))?;
            let decoded = String::from_utf8(bytes).map_err(|_| call.bad_argument("the bytes are no UTF-8 text"))?;
            Ok(Value::from(decoded))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "textToHex",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The UTF-8 bytes of the text as hexadecimal digits in lower case.",
        examples: &[Example::new(r#""Zoho Creator".textToHex()"#, "5a6f686f2043726561746f72")],
        run: |call| {
            let text = call.subject()?;
            check_size(call, text.as_str().len().checked_mul(2))?;
            Ok(Value::from(data_encoding::HEXLOWER.encode(text.as_str().as_bytes())))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "encodeUrl",
        on: TEXT_KIND,
        returns: TEXT_KIND,
        basis: Basis::Documented,
        doc: "The text as a part of a URL: all but letters, digits and `.-*_` becomes `%` with two hexadecimal digits, a \
              blank becomes `+`.",
        edge: "Letters outside ASCII are encoded as their UTF-8 bytes.",
        examples: &[
            Example::new(r#"encodeUrl("a b")"#, "a+b"),
            Example::new(r#""x=1&y=é".encodeUrl()"#, "x%3D1%26y%3D%C3%A9"),
        ],
        run: |call| {
            let text = call.subject()?;
            check_size(call, text.as_str().len().checked_mul(3))?;
            let encoded = percent_encoding::utf8_percent_encode(text.as_str(), FORM).to_string();
            Ok(Value::from(encoded.replace("%20", "+")))
        },
        ..Builtin::ROW
    },
];

/// What Java's URLEncoder encodes; the blank is turned into `+` afterwards.
const FORM: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_');

/// Refuses what would be longer than a function may make at once.
fn check_size(call: &Call, bytes: Option<usize>) -> Result<()> {
    match bytes {
        Some(bytes) if bytes <= call.cx.max_text() => Ok(()),
        _ => Err(patterns::too_large(call.cx.max_text())),
    }
}

fn proper(call: &mut Call) -> Result {
    let text = call.subject()?;
    let mut out = CompactString::with_capacity(text.as_str().len());
    let mut begins = true;
    for c in text.as_str().chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = c.is_whitespace();
    }
    Ok(Value::text(out))
}

fn keep(call: &Call, test: impl Fn(char) -> bool) -> Result {
    let text = call.subject()?;
    let kept: CompactString = text.as_str().chars().filter(|c| test(*c)).collect();
    Ok(Value::text(kept))
}

fn remove_once(call: &Call, find: fn(&str, &str) -> Option<usize>) -> Result {
    let (text, part) = (call.subject()?, call.part(0)?);
    let Some(at) = find(text.as_str(), part.as_str()) else {
        return Ok(Value::Text(text));
    };
    let mut rest = CompactString::new(&text.as_str()[..at]);
    rest.push_str(&text.as_str()[at + part.as_str().len()..]);
    Ok(Value::text(rest))
}

/// What is missing up to the width; `None` when nothing is.
fn padding(call: &Call, text: &Text) -> Result<Option<CompactString>> {
    let width = usize::try_from(call.number(0)?).unwrap_or(0);
    let missing = width.saturating_sub(text.len());
    if missing == 0 {
        return Ok(None);
    }
    let pad = if call.given(1) { call.part(1)?.as_str().into() } else { String::from(" ") };
    let mut chars = pad.chars();
    let (Some(pad), None) = (chars.next(), chars.next()) else {
        return Err(call.bad_argument("the text to fill with has one character"));
    };
    check_size(call, missing.checked_mul(pad.len_utf8()))?;
    Ok(Some(std::iter::repeat_n(pad, missing / pad.len_utf16()).collect()))
}
