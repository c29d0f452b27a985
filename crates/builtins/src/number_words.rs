//! Numbers in English words: `toWords`.

use rainwright_value::{Kind, Kinds, Result, Value};

use crate::{Basis, Builtin, Call, Example, Param};

const TEXT: Kinds = Kinds::of(&[Kind::Text]);

/// The most digits that a whole number may have.
const MOST_DIGITS: usize = 18;
/// The most digits of a number with a fraction, those before and after the point together.
const MOST_DECIMAL_DIGITS: usize = 15;

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Powers of ten that have a name, the largest first.
type Units = [(u64, &'static str)];
const WESTERN: &Units = &[
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
    (100, "hundred"),
];
const INDIAN: &Units = &[(10_000_000, "crore"), (100_000, "lakh"), (1_000, "thousand"), (100, "hundred")];

/// The languages that are written here.
const LANGUAGES: &[(&str, &Units)] = &[("en-us", WESTERN), ("en-gb", WESTERN), ("en-in", INDIAN)];

/// Numbers in words.
pub(crate) const WORDS: &[Builtin] = &[Builtin {
    name: "toWords",
    on: Kinds::NUMERIC,
    params: &[Param::new("language", TEXT, "`en-us`, `en-gb`, or `en-in` with lakh and crore.")],
    returns: TEXT,
    basis: Basis::Documented,
    doc: "The number in English words.",
    edge: "At most 18 digits, 15 where there are some after the point. Zoho's other languages are an error here.",
    examples: &[
        Example::new("1989.toWords(\"en-us\")", "one thousand nine hundred eighty-nine"),
        Example::new("1989.13.toWords(\"en-us\")", "one thousand nine hundred eighty-nine point one three"),
        Example::new("toWords(-12, \"en-gb\")", "minus twelve"),
        Example::new("10000000.toWords(\"en-in\")", "one crore"),
    ],
    run: to_words,
    ..Builtin::ROW
}];

fn to_words(call: &mut Call) -> Result {
    let language = call.part(0)?;
    let wanted = language.as_str().trim();
    let Some((_, units)) = LANGUAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)) else {
        return Err(call.bad_argument("the language is en-us, en-gb or en-in; others are not available here."));
    };
    let printed = call.receiver().to_text(&call.cx.locale);
    let (minus, digits) = match printed.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, printed.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let most = if fraction.is_empty() { MOST_DIGITS } else { MOST_DECIMAL_DIGITS };
    let plain = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    let value = whole.parse().ok().filter(|_| plain && whole.len() + fraction.len() <= most);
    let Some(value) = value else {
        return Err(call.bad_argument(format!("the number has more than {most} digits.")));
    };
    let mut words = if minus { "minus ".to_owned() } else { String::new() };
    write(value, units, &mut words);
    if !fraction.is_empty() {
        words.push_str(" point");
        for digit in fraction.bytes() {
            words.push(' ');
            words.push_str(ONES[usize::from(digit - b'0')]);
        }
    }
    Ok(Value::from(words))
}

fn write(number: u64, units: &Units, out: &mut String) {
    let unit = units.iter().find(|(unit, _)| number >= *unit);
    match unit {
        Some((unit, name)) => {
            write(number / unit, units, out);
            out.push(' ');
            out.push_str(name);
            if !number.is_multiple_of(*unit) {
                out.push(' ');
                write(number % unit, units, out);
            }
        }
        None if number < 20 => out.push_str(ONES[number as usize]),
        None => {
            out.push_str(TENS[(number / 10) as usize]);
            if !number.is_multiple_of(10) {
                out.push('-');
                out.push_str(ONES[(number % 10) as usize]);
            }
        }
    }
}
