//! JSON text to values, read straight into them: strict as RFC 8259, or lenient as Zoho's own reader is.

mod shared;

use compact_str::CompactString;
use rainwright_diagnostic::{Code, Problem};

use crate::print::MAX_DEPTH;
use crate::{Decimal, Map, Result, Small, Value, budget, memory, parse_decimal};
use shared::{Keys, Words};

/// Reads a JSON text: an object, an array, or a scalar with nothing after it.
///
/// Whole numbers become NUMBER, others exact DECIMAL with the digits as written; a number beyond 28 digits is rounded
/// to the nearest floating one. Of a repeated key the last value counts.
///
/// `lenient` also takes what Zoho's own reader takes inside objects and arrays: keys and values as bare words
/// (`{name: Lia Shelton}`), texts in single quotes, and a comma after the last element.
///
/// # Errors
/// [`Code::CannotParse`] with the byte in the text where it stops to be JSON; also when containers are nested deeper than
/// [`MAX_DEPTH`].
pub fn read_json(text: &str, lenient: bool) -> Result {
    let bytes = text.as_bytes();
    let (keys, words) = (Keys::new(bytes.len()), Words::default());
    let mut reader = Reader { text, bytes, at: 0, lenient, depth: 0, sizes: Vec::new(), keys, words };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    if reader.at < reader.bytes.len() {
        return Err(reader.unexpected("the end of the text"));
    }
    Ok(value)
}

/// Elements of a container between two looks at the limits while it is read.
const COUNTED: usize = 512;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    lenient: bool,
    depth: usize,
    /// How many elements the last container at each depth had: its sibling will probably have as many.
    sizes: Vec<usize>,
    keys: Keys,
    words: Words,
}

impl<'a> Reader<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// The value that begins here.
    #[inline]
    fn value(&mut self) -> Result {
        match self.peek() {
            Some(b'"') => match self.words.begin(&self.bytes[self.at + 1..]) {
                Some(word) => {
                    let start = self.at + 1;
                    self.at = start + word.length() + 1;
                    Ok(self.words.share(word, &self.text[start..self.at - 1]))
                }
                None => Ok(Value::text(self.string(b'"')?)),
            },
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'\'') if self.lenient => Ok(Value::text(self.string(b'\'')?)),
            _ => self.word(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result) -> Result {
        if self.depth >= MAX_DEPTH {
            return Err(self.problem(format!("Containers may be nested {MAX_DEPTH} deep; this one lies deeper.")));
        }
        // A container takes up to forty times the memory of its text.
        memory::check()?;
        budget::charge(1)?;
        self.at += 1;
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Room for a container at this depth; bounded, so that a large one does not make all its siblings large.
    fn expected_size(&mut self) -> usize {
        if self.sizes.len() < self.depth {
            self.sizes.resize(self.depth, 0);
        }
        self.sizes[self.depth - 1].min(64)
    }

    fn array(&mut self) -> Result {
        let mut items = Vec::with_capacity(self.expected_size());
        let mut held = memory::Held::default();
        self.skip_space();
        if !self.take(b']') {
            loop {
                if items.len() % COUNTED == COUNTED - 1 {
                    held.grow(COUNTED * size_of::<Value>())?;
                    budget::charge(COUNTED)?;
                }
                items.push(self.value()?);
                self.skip_space();
                if self.ends(b']')? {
                    break;
                }
            }
        }
        self.sizes[self.depth - 1] = items.len();
        Ok(Value::from(items))
    }

    fn object(&mut self) -> Result {
        let mut map = Map::with_capacity(self.expected_size());
        let mut held = memory::Held::default();
        self.skip_space();
        if !self.take(b'}') {
            let mut read = 0_usize;
            loop {
                read += 1;
                if read.is_multiple_of(COUNTED) {
                    held.grow(COUNTED * 3 * size_of::<Value>())?;
                    budget::charge(COUNTED)?;
                }
                let (hash, key) = self.key()?;
                self.skip_space();
                if !self.take(b':') {
                    return Err(self.unexpected("a colon after the key"));
                }
                self.skip_space();
                let value = self.value()?;
                map.insert_hashed(hash, key, value);
                self.skip_space();
                if self.ends(b'}')? {
                    break;
                }
            }
        }
        self.sizes[self.depth - 1] = map.len();
        Ok(Value::from(map))
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// After an element: whether the container ends here, or goes on after a comma.
    #[inline]
    fn ends(&mut self, close: u8) -> Result<bool> {
        if self.take(close) {
            return Ok(true);
        }
        if !self.take(b',') {
            let wanted = format!("a comma or {}", char::from(close));
            return Err(self.unexpected(&wanted));
        }
        self.skip_space();
        Ok(self.lenient && self.take(close))
    }

    /// A key with its hash. Keys of one document are shared.
    #[inline]
    fn key(&mut self) -> Result<(u32, Value)> {
        match self.peek() {
            Some(b'"') => {
                if let Some((length, found)) = self.keys.guess(&self.bytes[self.at + 1..]) {
                    self.at += length + 2;
                    return Ok(found);
                }
                let start = self.at + 1;
                let end = plain_end(self.bytes, start, b'"');
                if self.bytes.get(end) == Some(&b'"') {
                    self.at = end + 1;
                    return Ok(self.keys.share(&self.text[start..end]));
                }
                let key = self.string(b'"')?;
                Ok(self.keys.share(&key))
            }
            Some(b'\'') if self.lenient => {
                let key = self.string(b'\'')?;
                Ok(self.keys.share(&key))
            }
            Some(_) if self.lenient => {
                let key = self.bare(b":,{}[]\"'");
                if key.is_empty() {
                    return Err(self.unexpected("a key"));
                }
                Ok(self.keys.share(key))
            }
            _ => Err(self.unexpected("a key in double quotes")),
        }
    }

    /// The text between quotes, its escapes resolved.
    #[inline]
    fn string(&mut self, quote: u8) -> Result<CompactString> {
        let start = self.at + 1;
        let end = plain_end(self.bytes, start, quote);
        if self.bytes.get(end) == Some(&quote) {
            self.at = end + 1;
            return Ok(CompactString::new(&self.text[start..end]));
        }
        self.escaped_string(quote, start, end)
    }

    fn escaped_string(&mut self, quote: u8, mut start: usize, mut end: usize) -> Result<CompactString> {
        let mut out = String::with_capacity(end - start + 32);
        loop {
            budget::charge(1)?;
            out.push_str(&self.text[start..end]);
            self.at = end;
            match self.peek() {
                Some(b) if b == quote => {
                    self.at += 1;
                    return Ok(CompactString::from(out));
                }
                Some(b'\\') => self.escape(&mut out)?,
                Some(control) if self.lenient => {
                    out.push(char::from(control));
                    self.at += 1;
                }
                Some(_) => return Err(self.unexpected("no control character inside a text")),
                None => return Err(self.unexpected("the closing quote of a text")),
            }
            start = self.at;
            end = plain_end(self.bytes, start, quote);
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<()> {
        let start = self.at;
        self.at += 2;
        out.push(match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => self.unicode_escape()?,
            Some(b'\'') if self.lenient => '\'',
            _ => {
                self.at = start;
                return Err(self.unexpected("an escape such as \\n, \\\" or \\u00e9"));
            }
        });
        Ok(())
    }

    /// The letter of `\uXXXX`, or of two such halves; a half without its other one has no letter.
    fn unicode_escape(&mut self) -> Result<char> {
        let first = self.hex4()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if self.bytes[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32> {
        let digits = self.bytes.get(self.at..self.at + 4);
        let code = digits
            .and_then(|digits| digits.iter().try_fold(0, |code, b| Some(code * 16 + char::from(*b).to_digit(16)?)));
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.unexpected("four hexadecimal digits after \\u")),
        }
    }

    #[inline]
    fn number(&mut self) -> Result {
        let start = self.at;
        let negative = self.take(b'-');
        let digits = self.at;
        let mut n: i64 = 0;
        while let Some(b @ b'0'..=b'9') = self.peek() {
            n = n.wrapping_mul(10).wrapping_add(i64::from(b - b'0'));
            self.at += 1;
        }
        let count = self.at - digits;
        let simple = count <= 18 && count > 0 && (count == 1 || self.bytes[digits] != b'0');
        match self.peek() {
            Some(b'.' | b'e' | b'E') => self.long_number(start),
            // A bare word may begin like a number: `{due: 12-Jan-2024}`.
            Some(b) if self.lenient && !matches!(b, b',' | b']' | b'}') => self.long_number(start),
            _ if simple => Ok(Value::Number(if negative { -n } else { n })),
            _ => self.long_number(start),
        }
    }

    /// Numbers with a fraction, an exponent or many digits.
    fn long_number(&mut self, start: usize) -> Result {
        self.at = start;
        let end = start
            + self.bytes[start..]
                .iter()
                .position(|b| !matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
                .unwrap_or(self.bytes.len() - start);
        let token = &self.text[start..end];
        if self.lenient && self.depth > 0 {
            let word = self.bare(b",]}");
            return Ok(number_of(word).unwrap_or_else(|| Value::from(word)));
        }
        let value = number_of(token).ok_or_else(|| {
            self.at = start;
            self.unexpected("a number")
        })?;
        self.at = end;
        Ok(value)
    }

    /// `true`, `false`, `null`, or what counts as a text in the lenient form.
    fn word(&mut self) -> Result {
        if self.lenient && self.depth > 0 {
            let word = self.bare(b",]}");
            return match word {
                "" => Err(self.unexpected("a value")),
                _ if word.eq_ignore_ascii_case("true") => Ok(true.into()),
                _ if word.eq_ignore_ascii_case("false") => Ok(false.into()),
                _ if word.eq_ignore_ascii_case("null") => Ok(Value::Null),
                _ => Ok(Value::from(word)),
            };
        }
        for (word, value) in [("true", true.into()), ("false", false.into()), ("null", Value::Null)] {
            if self.bytes[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.unexpected("a value"))
    }

    /// The letters up to one of the stops, without the blanks around them.
    fn bare(&mut self, stops: &[u8]) -> &'a str {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|b| stops.contains(b)).unwrap_or(rest.len());
        let word = self.text[self.at..self.at + length].trim();
        self.at += length;
        word
    }

    #[cold]
    fn unexpected(&self, wanted: &str) -> Box<Problem> {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let found = found.map_or_else(|| "the end".to_owned(), |c| format!("{c:?}"));
        self.problem(format!("At byte {}: found {found}, expected {wanted}.", self.at))
    }

    #[cold]
    fn problem(&self, help: String) -> Box<Problem> {
        Box::new(Problem::new(Code::CannotParse, "Invalid JSON Format String").with_help(help))
    }
}

/// The offset of the first byte from `start` on that ends or interrupts a text: the quote, a backslash, a control
/// character, or the end.
#[inline]
pub(crate) fn plain_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start;
    while let Some(chunk) = bytes.get(at..at + 8) {
        match plain_bytes(u64::from_le_bytes(chunk.try_into().unwrap_or_default()), quote) {
            8 => at += 8,
            plain => return at + plain,
        }
    }
    while let Some(b) = bytes.get(at)
        && *b != quote
        && *b != b'\\'
        && *b >= 0x20
    {
        at += 1;
    }
    at
}

/// How many of the eight bytes of a word, from the lowest on, neither end nor interrupt a text.
#[inline]
fn plain_bytes(word: u64, quote: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // A borrow between bytes can only mark a byte after a true hit, so the first mark is right.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let hits = zero(word ^ (ONES * u64::from(quote)))
        | zero(word ^ (ONES * u64::from(b'\\')))
        | (word.wrapping_sub(ONES * 0x20) & !word);
    ((hits & HIGHS).trailing_zeros() / 8) as usize
}

/// A number in JSON's form, if it is one.
fn number_of(token: &str) -> Option<Value> {
    let unsigned = token.strip_prefix('-').unwrap_or(token);
    let (digits, exponent) = match unsigned.find(['e', 'E']) {
        Some(e) => (&unsigned[..e], Some(&unsigned[e + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole)
        || (whole.len() > 1 && whole.starts_with('0'))
        || !fraction.is_none_or(all_digits)
        || !exponent.is_none_or(|e| all_digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
    {
        return None;
    }
    let Some(exponent) = exponent else {
        if fraction.is_none()
            && let Ok(n) = token.parse()
        {
            return Some(Value::Number(n));
        }
        return parse_decimal(token).or_else(|| nearest(token));
    };
    shifted(&token[..token.len() - exponent.len() - 1], exponent).or_else(|| nearest(token))
}

/// Digits with the point moved: `1.5` and `3` are 1500, `15` and `-3` are 0.015. None when it takes over 28 digits.
fn shifted(digits: &str, exponent: &str) -> Option<Value> {
    let exponent: i32 = exponent.parse().ok().filter(|e| (-60..=60).contains(e))?;
    let (mantissa, scale) = match parse_decimal(digits)? {
        Value::Small(small) => (i128::from(small.mantissa()), small.scale()),
        Value::Big(big) => (big.mantissa(), big.scale()),
        _ => return None,
    };
    let scale = i32::try_from(scale).ok()? - exponent;
    let (mantissa, scale) = if scale < 0 {
        let factor = 10i128.checked_pow(scale.unsigned_abs())?;
        (mantissa.checked_mul(factor)?, 0)
    } else {
        (mantissa, scale.unsigned_abs())
    };
    if let Some(small) = i64::try_from(mantissa).ok().and_then(|m| Small::new(m, scale)) {
        return Some(Value::Small(small));
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok().map(Value::from)
}

/// The nearest floating number; none beyond their range.
fn nearest(token: &str) -> Option<Value> {
    token.parse::<f64>().ok().filter(|f| f.is_finite()).map(|f: f64| Value::Float(f.into()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::read_json;
    use crate::{Kind, Locale, Value};

    fn show(text: &str, lenient: bool) -> String {
        match read_json(text, lenient) {
            Ok(value) => value.to_json(&Locale::default()),
            Err(problem) => problem.help().to_owned(),
        }
    }

    #[test]
    fn a_document_comes_back_as_it_was() {
        for text in [
            r#"{"a":1,"b":[true,false,null],"c":{"d":"x"},"e":{},"f":[]}"#,
            r#"[15.50,0.00,-0.5,9223372036854775807,-9223372036854775808]"#,
            r#"["é😀","\"\\\n\t\b\f\r","control \u0001"]"#,
            r#"[{"id":1,"name":"a"},{"id":2,"name":"b"},{"name":"c","id":3},{"id":4,"nam":"d"}]"#,
            "\"alone\"",
            "12345678901234567890.5",
        ] {
            assert_eq!(show(text, false), text);
        }
    }

    #[test]
    fn short_texts_are_shared_and_stay_what_they_are() {
        // More than there are places for, several times over, of every length around that of a word.
        let texts: Vec<String> =
            (0..300).map(|n| "é1234567"[..[0, 2, 3, 6, 7, 8, 9][n % 7]].to_owned() + &n.to_string()).collect();
        let all: Vec<&str> = texts.iter().chain(&texts).map(String::as_str).chain(["", "", "a", "a"]).collect();
        let json = list_of(&all);
        assert_eq!(show(&json, false), json);
        let Value::List(list) = read_json(&format!("[{}]", vec!["\"Open\""; 40].join(",")), false).unwrap() else {
            panic!()
        };
        let items = list.items();
        assert!(items.len() == 40 && items.iter().all(|item| item.as_str() == Some("Open")));
        let address = |at: usize| items[at].as_str().unwrap().as_ptr();
        assert_eq!(address(20), address(30));
        for bad in ["[\"a\u{1}\",1234567]", "[\"a\\x\",1234567]", "[\"ab", "[\"abcdefghi"] {
            assert!(read_json(bad, false).is_err(), "{bad}");
        }
    }

    /// A list of texts without anything to escape.
    fn list_of(texts: &[&str]) -> String {
        format!("[{}]", texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn numbers_keep_their_kind_and_digits() {
        let read = |s: &str| read_json(s, false).unwrap();
        assert_eq!(read("12").kind(), Kind::Number);
        assert_eq!(read("12.0").kind(), Kind::Decimal);
        assert_eq!(show("1.50e2", false), "150");
        assert_eq!(show("15e-3", false), "0.015");
        assert_eq!(show("-1E+2", false), "-100");
        assert_eq!(show("12345678901234567890", false), "12345678901234567890");
        assert!(matches!(read("1e300"), Value::Float(_)));
        for bad in ["01", "-", "1.", ".5", "1e", "+1", "0x10", "1e400", "--1", "1-2"] {
            assert!(read_json(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn escapes_are_resolved() {
        let read = |s: &str| read_json(s, false).unwrap().as_str().unwrap().to_owned();
        assert_eq!(read(r#""A\u00e9\ud83d\ude00\/""#), "Aé😀/");
        assert_eq!(read(r#""\ud83dx\ude00""#), "\u{fffd}x\u{fffd}");
        assert_eq!(read(r#""\ud83d\u0041""#), "\u{fffd}A");
        for bad in [r#""\x""#, r#""\u12""#, r#""\u12g4""#, "\"\n\"", "\"open", "\"\\"] {
            assert!(read_json(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_place_of_a_mistake_is_told() {
        assert_eq!(show(r#"{"a" 1}"#, false), "At byte 5: found '1', expected a colon after the key.");
        assert_eq!(show("[1,2", false), "At byte 4: found the end, expected a comma or ].");
        assert_eq!(show("[1,]", false), "At byte 3: found ']', expected a value.");
        assert_eq!(show("{} x", false), "At byte 3: found 'x', expected the end of the text.");
        let deep = "[".repeat(300);
        assert!(show(&deep, false).contains("200 deep"));
        assert!(read_json(&format!("{}{}", "[".repeat(200), "]".repeat(200)), false).is_ok());
    }

    #[test]
    fn the_lenient_form_takes_bare_words_and_single_quotes() {
        assert_eq!(
            show("{company:Zoho, product : Creator 5, 'it': 'x y', n: 12, d: 1.5, t: TRUE, z: null}", true),
            r#"{"company":"Zoho","product":"Creator 5","it":"x y","n":12,"d":1.5,"t":true,"z":null}"#
        );
        assert_eq!(
            show("{Name:'Lia Shelton', OrderNo:[343,443,577,],}", true),
            r#"{"Name":"Lia Shelton","OrderNo":[343,443,577]}"#
        );
        assert_eq!(
            show("{due: 12-Jan-2024, at: 10:30, url: https://a.b/c, v: 1.2.3 }", true),
            r#"{"due":"12-Jan-2024","at":"10:30","url":"https://a.b/c","v":"1.2.3"}"#
        );
        for bad in ["plain words", "{a}", "{a:}", "{:1}", "{a:1", "[,]", "", "{a:1}}"] {
            assert!(read_json(bad, true).is_err(), "{bad}");
        }
        for bad in ["{a:1}", "{'a':1}", "['a']", "[a]"] {
            assert!(read_json(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_two_equal_keys_the_last_counts() {
        assert_eq!(show(r#"{"a":1,"b":2,"a":3}"#, false), r#"{"a":3,"b":2}"#);
    }
}
