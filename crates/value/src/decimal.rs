//! DECIMAL: exact digits with a scale, in one word while they fit and in 28 digits otherwise.

use std::fmt;

use rust_decimal::prelude::ToPrimitive;

use crate::{Decimal, Value};

/// Largest mantissa of a [`Small`]: 55 bits and a sign.
const MAX_MANTISSA: i64 = (1 << 55) - 1;

pub(crate) const POW10: [i64; 19] = {
    let mut table = [1; 19];
    let mut i = 1;
    while i < 19 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

/// An exact decimal in one word: a mantissa of 56 bits and a scale of 8, so that `15.50` is 1550 and 2.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Small(i64);

impl Small {
    /// `mantissa` divided by ten to the power of `scale`, if it fits.
    #[must_use]
    #[inline]
    pub const fn new(mantissa: i64, scale: u32) -> Option<Small> {
        if mantissa >= -MAX_MANTISSA && mantissa <= MAX_MANTISSA && scale <= 28 {
            Some(Small((mantissa << 8) | scale as i64))
        } else {
            None
        }
    }

    /// The mantissa: 1550 of `15.50`.
    #[must_use]
    #[inline]
    pub const fn mantissa(self) -> i64 {
        self.0 >> 8
    }

    /// The digits after the point: 2 of `15.50`.
    #[must_use]
    #[inline]
    pub const fn scale(self) -> u32 {
        (self.0 & 0xff) as u32
    }

    /// The small form of a decimal of any size, if it fits.
    #[must_use]
    pub fn from_decimal(d: &Decimal) -> Option<Small> {
        Small::new(i64::try_from(d.mantissa()).ok()?, d.scale())
    }

    /// The same digits in the large form.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.mantissa(), self.scale())
    }

    /// The nearest float.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        if self.scale() <= 15 && self.mantissa().unsigned_abs() < 1 << 53 {
            // Both are exact as floats, so one division rounds once.
            self.mantissa() as f64 / POW10[self.scale() as usize] as f64
        } else {
            self.to_decimal().to_f64().unwrap_or(f64::NAN)
        }
    }
}

impl fmt::Display for Small {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mantissa, scale) = (self.mantissa().unsigned_abs(), self.scale() as usize);
        if self.mantissa() < 0 {
            f.write_str("-")?;
        }
        if scale == 0 {
            return write!(f, "{mantissa}");
        }
        if scale <= 18 {
            let unit = POW10[scale] as u64;
            return write!(f, "{}.{:0scale$}", mantissa / unit, mantissa % unit);
        }
        write!(f, "0.{mantissa:0scale$}")
    }
}

impl fmt::Debug for Small {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads `-12.50`: digits with at most one point, 28 of them at most; no exponent, no blanks.
#[must_use]
pub fn parse_decimal(digits: &str) -> Option<Value> {
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if (whole.is_empty() && fraction.is_empty()) || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    if whole.len() + fraction.len() <= 16 {
        let mut mantissa = 0;
        for b in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa * 10 + i64::from(b - b'0');
        }
        if digits.starts_with('-') {
            mantissa = -mantissa;
        }
        if let Some(small) = Small::new(mantissa, fraction.len() as u32) {
            return Some(Value::Small(small));
        }
    }
    Decimal::from_str_exact(digits).ok().map(Value::from)
}

/// A DECIMAL with the digits that Java prints for a double: the shortest that read back, at least one after the point.
///
/// Infinite and undefined numbers, and those beyond 28 digits, stay floats.
#[must_use]
pub fn from_f64(f: f64) -> Value {
    if f.is_finite() && (f == 0.0 || (1e-12..1e16).contains(&f.abs())) {
        let shortest = format!("{f:?}");
        if let Some(value) = parse_decimal(&shortest) {
            return value;
        }
    }
    Value::Float(f.into())
}

/// How Java prints a double: `3.0`, `1.0E10`, `4.9E-324`.
#[must_use]
pub fn java_double(f: f64) -> String {
    if f.is_nan() {
        return "NaN".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let size = f.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{f:?}");
    }
    let text = format!("{f:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

/// The whole number that a NUMBER or a DECIMAL without fraction is.
#[must_use]
pub fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => Some(*n),
        Value::Small(s) => {
            let unit = *POW10.get(s.scale() as usize)?;
            (s.mantissa() % unit == 0).then(|| s.mantissa() / unit)
        }
        Value::Big(d) => d.is_integer().then(|| d.to_i64()).flatten(),
        Value::Float(f) => (f.get().fract() == 0.0 && f.get().abs() < 9e18).then_some(f.get() as i64),
        _ => None,
    }
}

/// Rounds to fewer digits after the point, five and more away from zero; `None` where it has no more than that.
#[must_use]
#[inline]
pub fn round_short(number: Small, places: u32) -> Option<Small> {
    let (mantissa, scale) = (number.mantissa(), number.scale());
    let unit = match scale.checked_sub(places)? {
        0 => return None,
        cut => *POW10.get(cut as usize)?,
    };
    let away = if mantissa < 0 { -unit / 2 } else { unit / 2 };
    Small::new((mantissa + away) / unit, places)
}

/// Rounds to `places` digits after the point (negative: before it), five and more away from zero.
///
/// The scale of the result is `places`, or 0 when that is negative.
#[must_use]
pub fn round_half_up(value: &Value, places: i64) -> Option<Value> {
    match value {
        Value::Number(n) if places >= 0 => Some(Value::Number(*n)),
        Value::Number(n) => Some(round_number(*n, places)),
        Value::Small(s) => {
            let (mantissa, scale) = (s.mantissa(), i64::from(s.scale()));
            if let Some(rounded) = u32::try_from(places).ok().and_then(|places| round_short(*s, places)) {
                return Some(Value::Small(rounded));
            }
            if (scale..=18).contains(&places) {
                let wide = mantissa.checked_mul(POW10[(places - scale) as usize]);
                if let Some(small) = wide.and_then(|m| Small::new(m, places as u32)) {
                    return Some(Value::Small(small));
                }
            }
            round_big(s.to_decimal(), places)
        }
        Value::Big(d) => round_big(**d, places),
        Value::Float(f) => {
            let unit = 10f64.powi(places.clamp(-400, 400) as i32);
            Some(from_f64((f.get() * unit).round() / unit))
        }
        _ => None,
    }
}

/// A number cut to some places after the point; negative places put zeros before it. `None` for what is no number.
#[must_use]
pub fn truncate(value: &Value, places: i64) -> Option<Value> {
    let cut = |n: i64| match POW10.get(places.unsigned_abs() as usize) {
        Some(unit) if places < 0 => n - n % unit,
        None if places < 0 => 0,
        _ => n,
    };
    match value {
        Value::Number(n) => Some(Value::Number(cut(*n))),
        Value::Small(_) | Value::Big(_) => {
            let exact = match value {
                Value::Small(s) => s.to_decimal(),
                Value::Big(d) => **d,
                _ => return None,
            };
            if places > 0 && places >= i64::from(exact.scale()) {
                return Some(value.clone());
            }
            if places > 0 {
                return Some(Value::from(exact.trunc_with_scale(places.min(28) as u32)));
            }
            match i64::try_from(exact.trunc()) {
                Ok(n) => Some(Value::Number(cut(n))),
                Err(_) if places == 0 => Some(Value::from(exact.trunc())),
                Err(_) => {
                    let unit = rust_decimal::MathematicalOps::checked_powi(&Decimal::TEN, -places);
                    Some(unit.map_or(Value::Number(0), |unit| {
                        let whole = exact.trunc();
                        Value::from(whole - whole % unit)
                    }))
                }
            }
        }
        Value::Float(f) => {
            let unit = 10f64.powi(places.clamp(-400, 400) as i32);
            Some(from_f64((f.get() * unit).trunc() / unit))
        }
        _ => None,
    }
}

fn round_number(n: i64, places: i64) -> Value {
    let digits = places.unsigned_abs();
    if digits > 18 {
        return Value::Number(0);
    }
    let unit = i128::from(POW10[digits as usize]);
    let n = i128::from(n);
    let rounded = (n.abs() + unit / 2) / unit * unit * n.signum();
    i64::try_from(rounded).map_or_else(|_| Value::from(Decimal::from_i128_with_scale(rounded, 0)), Value::Number)
}

fn round_big(d: Decimal, places: i64) -> Option<Value> {
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    if places >= 0 {
        let places = places.min(28) as u32;
        let mut rounded = d.round_dp_with_strategy(places, MidpointAwayFromZero);
        rounded.rescale(places);
        return Some(Value::from(rounded));
    }
    let unit = Decimal::from_i128_with_scale(10i128.checked_pow(u32::try_from(-places).ok()?.min(28))?, 0);
    let rounded = (d / unit).round_dp_with_strategy(0, MidpointAwayFromZero);
    rounded.checked_mul(unit).map(|d| Value::from(d.trunc()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Locale;

    fn show(v: Value) -> String {
        v.to_text(&Locale::default())
    }

    #[test]
    fn the_scale_is_kept() {
        for digits in ["15.50", "-0.05", "0.00", "123456789012345.6789", "0.0000000000000000001"] {
            assert_eq!(show(parse_decimal(digits).unwrap()), digits);
        }
        assert!(parse_decimal("1e5").is_none());
        assert!(parse_decimal(".").is_none());
    }

    #[test]
    fn five_rounds_away_from_zero() {
        let round = |d: &str, p| show(round_half_up(&parse_decimal(d).unwrap(), p).unwrap());
        assert_eq!(round("2.345", 2), "2.35");
        assert_eq!(round("-2.345", 2), "-2.35");
        assert_eq!(round("2.344", 2), "2.34");
        assert_eq!(round("2.5", 0), "3");
        assert_eq!(round("2.5", 3), "2.500");
        assert_eq!(round("1250.5", -2), "1300");
    }

    #[test]
    fn floats_print_as_in_java() {
        assert_eq!(java_double(1e10), "1.0E10");
        assert_eq!(java_double(0.1), "0.1");
        assert_eq!(java_double(1.5e-7), "1.5E-7");
        assert_eq!(show(from_f64(3.0)), "3.0");
        assert_eq!(show(from_f64(2.68e43)), "2.68E43");
    }
}
