//! Patterns for numbers as Java's DecimalFormat reads them: `#,##0.00`, `0%`, `$0.00 per hour`, `0.###E0`.
//!
//! The digits are those of the exact decimal; halves go to the even neighbour.

use std::iter::Peekable;
use std::str::Chars;

use rainwright_value::Value;

/// A pattern, read.
pub(crate) struct NumberFormat {
    positive: Affixes,
    negative: Affixes,
    shape: Shape,
}

#[derive(Clone, Default, PartialEq)]
struct Affixes {
    prefix: String,
    suffix: String,
}

#[derive(Default)]
struct Shape {
    min_whole: usize,
    max_whole: usize,
    min_fraction: usize,
    max_fraction: usize,
    /// Digits between two commas; 0 for none.
    group: usize,
    /// Places by which the point moves to the right: 2 for percent, 3 for per mille.
    shift: i64,
    /// Digits of the exponent at least; 0 for none.
    exponent: usize,
    always_point: bool,
}

/// Whether a format is one for numbers: has a place for a digit outside quotes.
#[must_use]
pub(crate) fn is_number_format(pattern: &str) -> bool {
    pattern.split('\'').step_by(2).any(|part| part.contains(['0', '#']))
}

impl NumberFormat {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub(crate) fn parse(pattern: &str) -> Result<NumberFormat, &'static str> {
        let mut chars = pattern.chars().peekable();
        let mut reader = Reader::default();
        let positive = reader.half(&mut chars, true)?;
        let shape = reader.shape()?;
        let minus = Affixes { prefix: format!("-{}", positive.prefix), suffix: positive.suffix.clone() };
        let mut negative = minus.clone();
        if chars.next().is_some() && chars.peek().is_some() {
            let own = Reader::default().half(&mut chars, false)?;
            if own != positive {
                negative = own;
            }
        }
        Ok(NumberFormat { positive, negative, shape })
    }

    /// Writes a number; `None` for a value that is none.
    pub(crate) fn format(&self, value: &Value) -> Option<String> {
        let mut digits = Digits::of(value)?;
        let affixes = if digits.negative { &self.negative } else { &self.positive };
        let mut out = affixes.prefix.clone();
        if !digits.ascii.is_empty() {
            digits.point += self.shape.shift;
        }
        if self.shape.exponent > 0 {
            self.shape.write_scientific(&mut out, digits);
        } else {
            self.shape.write_plain(&mut out, digits);
        }
        out.push_str(&affixes.suffix);
        Some(out)
    }
}

/// The counts that a pattern's number part gives.
#[derive(Default)]
struct Reader {
    left: usize,
    zeros: usize,
    right: usize,
    point: Option<usize>,
    group: Option<usize>,
    shift: i64,
    exponent: usize,
}

impl Reader {
    /// Reads up to the semicolon or the end; digits of the second half only say where its suffix begins.
    fn half(&mut self, chars: &mut Peekable<Chars>, first: bool) -> Result<Affixes, &'static str> {
        let mut affixes = Affixes::default();
        let mut number_seen = false;
        while let Some(c) = chars.peek().copied() {
            if c == ';' {
                return if first && number_seen { Ok(affixes) } else { Err("a semicolon must be quoted here") };
            }
            chars.next();
            let affix = if number_seen { &mut affixes.suffix } else { &mut affixes.prefix };
            match c {
                '#' | '0' | ',' | '.' => {
                    number_seen = true;
                    self.digit(c)?;
                    self.number(chars)?;
                }
                '\'' => quoted(chars, affix)?,
                '¤' => affix.push('$'),
                '%' | '\u{2030}' => {
                    if self.shift != 0 {
                        return Err("it has more than one percent sign");
                    }
                    self.shift = if c == '%' { 2 } else { 3 };
                    affix.push(c);
                }
                other => affix.push(other),
            }
        }
        Ok(affixes)
    }

    /// The rest of a run of digits.
    fn number(&mut self, chars: &mut Peekable<Chars>) -> Result<(), &'static str> {
        while let Some(c) = chars.peek().copied() {
            match c {
                '#' | '0' | ',' | '.' => {
                    chars.next();
                    self.digit(c)?;
                }
                'E' => {
                    chars.next();
                    while chars.next_if_eq(&'0').is_some() {
                        self.exponent += 1;
                    }
                    if self.exponent == 0 || self.left + self.zeros == 0 {
                        return Err("E needs zeros for the exponent after it");
                    }
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn digit(&mut self, c: char) -> Result<(), &'static str> {
        match c {
            ',' => self.group = Some(0),
            '.' if self.point.is_some() => return Err("it has more than one point"),
            '.' => self.point = Some(self.left + self.zeros + self.right),
            _ => {
                match c {
                    '0' if self.right > 0 => return Err("a 0 comes after a # that comes after a 0"),
                    '0' => self.zeros += 1,
                    _ if self.zeros > 0 => self.right += 1,
                    _ => self.left += 1,
                }
                if self.point.is_none() {
                    self.group = self.group.map(|n| n + 1);
                }
            }
        }
        Ok(())
    }

    fn shape(&self) -> Result<Shape, &'static str> {
        let (mut left, mut zeros, mut right) = (self.left, self.zeros, self.right);
        if let Some(point) = self.point
            && zeros == 0
            && left > 0
        {
            // `#.##` means `0.##`.
            let whole = point.max(1);
            right = left - whole;
            left = whole - 1;
            zeros = 1;
        }
        let all = left + zeros + right;
        let point_fits = match self.point {
            Some(point) => (left..=left + zeros).contains(&point),
            None => right == 0,
        };
        if !point_fits || self.group == Some(0) || all == 0 {
            return Err("its digits are out of order");
        }
        let point = self.point.unwrap_or(all);
        let min_whole = point - left;
        Ok(Shape {
            min_whole,
            max_whole: left + min_whole,
            min_fraction: left + zeros - point,
            max_fraction: all - point,
            group: self.group.unwrap_or(0),
            shift: self.shift,
            exponent: self.exponent,
            always_point: self.point.is_some_and(|point| point == 0 || point == all),
        })
    }
}

/// Behind an opening quote; two quotes stand for one.
fn quoted(chars: &mut Peekable<Chars>, affix: &mut String) -> Result<(), &'static str> {
    if chars.next_if_eq(&'\'').is_some() {
        affix.push('\'');
        return Ok(());
    }
    loop {
        match chars.next() {
            Some('\'') if chars.next_if_eq(&'\'').is_some() => affix.push('\''),
            Some('\'') => return Ok(()),
            Some(c) => affix.push(c),
            None => return Err("a quote is not closed"),
        }
    }
}

impl Shape {
    fn write_plain(&self, out: &mut String, mut digits: Digits) {
        digits.round(digits.point.saturating_add(self.max_fraction as i64));
        let whole = usize::try_from(digits.point).unwrap_or(0);
        let count = whole.max(self.min_whole);
        let mut rest = digits.ascii.iter();
        for place in (0..count).rev() {
            let digit = if place < whole { rest.next() } else { None };
            out.push(char::from(*digit.unwrap_or(&b'0')));
            if self.group > 0 && place > 0 && place % self.group == 0 {
                out.push(',');
            }
        }
        let has_fraction = self.min_fraction > 0 || rest.len() > 0;
        if !has_fraction && count == 0 {
            out.push('0');
        }
        if has_fraction || self.always_point {
            out.push('.');
        }
        for place in 0..self.max_fraction {
            if place >= self.min_fraction && rest.len() == 0 {
                break;
            }
            let leading_zero = -(place as i64) > digits.point;
            let digit = if leading_zero { None } else { rest.next() };
            out.push(char::from(*digit.unwrap_or(&b'0')));
        }
    }

    /// With an exponent: a multiple of the largest number of whole digits, where that is more than the smallest.
    fn write_scientific(&self, out: &mut String, mut digits: Digits) {
        digits.round((self.max_whole + self.max_fraction) as i64);
        let repeat = self.max_whole as i64;
        let (mut exponent, mut min_whole) = (digits.point, self.min_whole);
        if repeat > 1 && self.max_whole > self.min_whole {
            exponent = (exponent - 1).div_euclid(repeat) * repeat;
            min_whole = 1;
        } else {
            exponent -= self.min_whole as i64;
        }
        let mut whole = usize::try_from(digits.point - exponent).unwrap_or(0);
        if digits.ascii.is_empty() {
            (exponent, whole) = (0, min_whole);
        }
        let total = (self.min_whole + self.min_fraction).max(whole).max(digits.ascii.len());
        for place in 0..total {
            if place == whole {
                out.push('.');
            }
            out.push(char::from(*digits.ascii.get(place).unwrap_or(&b'0')));
        }
        if self.always_point && total == whole {
            out.push('.');
        }
        let sign = if exponent < 0 { "-" } else { "" };
        let width = self.exponent;
        out.push_str(&format!("E{sign}{:0width$}", exponent.unsigned_abs()));
    }
}

/// A number as its digits, without zeros at either end: 0.0125 is `125` with the point at -1.
struct Digits {
    negative: bool,
    ascii: Vec<u8>,
    point: i64,
}

impl Digits {
    fn of(value: &Value) -> Option<Digits> {
        let (negative, text, scale) = match value {
            Value::Number(n) => (*n < 0, n.unsigned_abs().to_string(), 0),
            Value::Small(s) => (s.mantissa() < 0, s.mantissa().unsigned_abs().to_string(), i64::from(s.scale())),
            Value::Big(d) => (d.is_sign_negative(), d.mantissa().unsigned_abs().to_string(), i64::from(d.scale())),
            Value::Float(f) if f.get().is_finite() => {
                let shortest = format!("{:e}", f.get().abs());
                let (mantissa, exponent) = shortest.split_once('e')?;
                let digits = mantissa.replace('.', "");
                let scale = digits.len() as i64 - 1 - exponent.parse::<i64>().ok()?;
                (f.get() < 0.0, digits, scale)
            }
            _ => return None,
        };
        let mut digits = Digits { negative, point: text.len() as i64 - scale, ascii: text.into_bytes() };
        let zeros = digits.ascii.iter().take_while(|d| **d == b'0').count();
        digits.ascii.drain(..zeros);
        digits.point -= zeros as i64;
        digits.trim();
        Some(digits)
    }

    fn trim(&mut self) {
        while self.ascii.last() == Some(&b'0') {
            self.ascii.pop();
        }
        if self.ascii.is_empty() {
            self.point = 0;
        }
    }

    /// Keeps that many digits, half to even.
    fn round(&mut self, keep: i64) {
        let Ok(keep) = usize::try_from(keep) else {
            self.ascii.clear();
            return self.trim();
        };
        let Some(next) = self.ascii.get(keep) else {
            return;
        };
        let odd = keep > 0 && self.ascii[keep - 1] % 2 == 1;
        let up = match next {
            b'5' => odd || self.ascii.len() > keep + 1,
            digit => *digit > b'5',
        };
        self.ascii.truncate(keep);
        if up {
            while self.ascii.last() == Some(&b'9') {
                self.ascii.pop();
            }
            match self.ascii.last_mut() {
                Some(digit) => *digit += 1,
                None => {
                    self.ascii.push(b'1');
                    self.point += 1;
                }
            }
        }
        self.trim();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rainwright_value::{Value, from_f64, parse_decimal};

    use super::NumberFormat;

    /// Pattern, then what Java 17 prints for each of the values.
    const VALUES: [&str; 12] = [
        "0",
        "0.5",
        "-0.4",
        "10",
        "1000000.05",
        "1234567.891",
        "-1234.5",
        "0.125",
        "2.5",
        "99.995",
        "0.00012345",
        "123456789012345678",
    ];
    const JAVA: &[(&str, &str)] = &[
        ("#.##", "0|0.5|-0.4|10|1000000.05|1234567.89|-1234.5|0.12|2.5|100|0|123456789012345678"),
        ("0.##", "0|0.5|-0.4|10|1000000.05|1234567.89|-1234.5|0.12|2.5|100|0|123456789012345678"),
        ("#", "0|0|-0|10|1000000|1234568|-1234|0|2|100|0|123456789012345678"),
        ("#,##0", "0|0|-0|10|1,000,000|1,234,568|-1,234|0|2|100|0|123,456,789,012,345,678"),
        (
            "#,##0.00",
            "0.00|0.50|-0.40|10.00|1,000,000.05|1,234,567.89|-1,234.50|0.12|2.50|100.00|0.00|123,456,789,012,345,678.00",
        ),
        (
            "$0.00",
            "$0.00|$0.50|-$0.40|$10.00|$1000000.05|$1234567.89|-$1234.50|$0.12|$2.50|$100.00|$0.00|$123456789012345678.00",
        ),
        ("0%", "0%|50%|-40%|1000%|100000005%|123456789%|-123450%|12%|250%|10000%|0%|12345678901234567800%"),
        (
            "0.0%",
            "0.0%|50.0%|-40.0%|1000.0%|100000005.0%|123456789.1%|-123450.0%|12.5%|250.0%|9999.5%|0.0%|12345678901234567800.0%",
        ),
        (
            "#,##0.00;(#,##0.00)",
            "0.00|0.50|(0.40)|10.00|1,000,000.05|1,234,567.89|(1,234.50)|0.12|2.50|100.00|0.00|123,456,789,012,345,678.00",
        ),
        (
            "0.00 per hour",
            "0.00 per hour|0.50 per hour|-0.40 per hour|10.00 per hour|1000000.05 per hour|1234567.89 per hour|-1234.50 per hour|0.12 per hour|2.50 per hour|100.00 per hour|0.00 per hour|123456789012345678.00 per hour",
        ),
        ("00000", "00000|00000|-00000|00010|1000000|1234568|-01234|00000|00002|00100|00000|123456789012345678"),
        ("0.", "0.|0.|-0.|10.|1000000.|1234568.|-1234.|0.|2.|100.|0.|123456789012345678."),
        ("#.00", ".00|.50|-.40|10.00|1000000.05|1234567.89|-1234.50|.12|2.50|100.00|.00|123456789012345678.00"),
        (".00", ".00|.50|-.40|10.00|1000000.05|1234567.89|-1234.50|.12|2.50|100.00|.00|123456789012345678.00"),
        ("###,###.##", "0|0.5|-0.4|10|1,000,000.05|1,234,567.89|-1,234.5|0.12|2.5|100|0|123,456,789,012,345,678"),
        ("0.###E0", "0E0|5E-1|-4E-1|1E1|1E6|1.235E6|-1.234E3|1.25E-1|2.5E0|1E2|1.234E-4|1.235E17"),
        ("##0.##E0", "0E0|500E-3|-400E-3|10E0|1E6|1.2346E6|-1.2345E3|125E-3|2.5E0|99.995E0|123.45E-6|123.46E15"),
        ("00.###E0", "00E0|50E-2|-40E-2|10E0|10E5|12.346E5|-12.345E2|12.5E-2|25E-1|99.995E0|12.345E-5|12.346E16"),
        ("'#'0", "#0|#0|-#0|#10|#1000000|#1234568|-#1234|#0|#2|#100|#0|#123456789012345678"),
        (
            "0 'x''y'",
            "0 x'y|0 x'y|-0 x'y|10 x'y|1000000 x'y|1234568 x'y|-1234 x'y|0 x'y|2 x'y|100 x'y|0 x'y|123456789012345678 x'y",
        ),
        ("#,####", "0|0|-0|10|100,0000|123,4568|-1234|0|2|100|0|12,3456,7890,1234,5678"),
        (
            "#,##,##0.0",
            "0.0|0.5|-0.4|10.0|1,000,000.0|1,234,567.9|-1,234.5|0.1|2.5|100.0|0.0|123,456,789,012,345,678.0",
        ),
        ("0‰", "0‰|500‰|-400‰|10000‰|1000000050‰|1234567891‰|-1234500‰|125‰|2500‰|99995‰|0‰|123456789012345678000‰"),
        (
            "¤#,##0.00",
            "$0.00|$0.50|-$0.40|$10.00|$1,000,000.05|$1,234,567.89|-$1,234.50|$0.12|$2.50|$100.00|$0.00|$123,456,789,012,345,678.00",
        ),
        ("-0", "-0|-0|--0|-10|-1000000|-1234568|--1234|-0|-2|-100|-0|-123456789012345678"),
        ("0;-0", "0|0|-0|10|1000000|1234568|-1234|0|2|100|0|123456789012345678"),
        ("a0b;c#d", "a0b|a0b|c0d|a10b|a1000000b|a1234568b|c1234d|a0b|a2b|a100b|a0b|a123456789012345678b"),
        ("#E0", "E0|.5E0|-.4E0|.1E2|.1E7|.1E7|-.1E4|.1E0|.2E1|.1E3|.1E-3|.1E18"),
        ("0E00", "0E00|5E-01|-4E-01|1E01|1E06|1E06|-1E03|1E-01|2E00|1E02|1E-04|1E17"),
        (
            "##0.#####E0",
            "0E0|500E-3|-400E-3|10E0|1E6|1.2345679E6|-1.2345E3|125E-3|2.5E0|99.995E0|123.45E-6|123.45679E15",
        ),
        (
            "0,000.0",
            "0,000.0|0,000.5|-0,000.4|0,010.0|1,000,000.0|1,234,567.9|-1,234.5|0,000.1|0,002.5|0,100.0|0,000.0|123,456,789,012,345,678.0",
        ),
        (",##0", "0|0|-0|10|1,000,000|1,234,568|-1,234|0|2|100|0|123,456,789,012,345,678"),
        ("#,##0.###", "0|0.5|-0.4|10|1,000,000.05|1,234,567.891|-1,234.5|0.125|2.5|99.995|0|123,456,789,012,345,678"),
    ];

    #[test]
    fn numbers_print_as_in_java() {
        for (pattern, printed) in JAVA {
            let format = NumberFormat::parse(pattern).unwrap();
            for (value, wanted) in VALUES.iter().zip(printed.split('|')) {
                let value = parse_decimal(value).unwrap();
                assert_eq!(format.format(&value).unwrap(), wanted, "{value:?} as {pattern}");
            }
        }
    }

    #[test]
    fn floats_and_numbers_print_their_digits() {
        let format = NumberFormat::parse("#,##0.00").unwrap();
        assert_eq!(format.format(&Value::Number(i64::MIN)).unwrap(), "-9,223,372,036,854,775,808.00");
        assert_eq!(format.format(&from_f64(1e20)).unwrap(), "100,000,000,000,000,000,000.00");
        assert_eq!(format.format(&from_f64(1.25e-20)).unwrap(), "0.00");
        assert!(format.format(&from_f64(f64::NAN)).is_none());
    }

    #[test]
    fn mistakes_are_told() {
        for pattern in ["0.0.0", "#0#", "0#", "0,", "0E", "0'a", "%0%", ";0", "abc", "", "#,"] {
            assert!(NumberFormat::parse(pattern).is_err(), "{pattern}");
        }
    }
}
