//! The operators `+ - * / %` on values.

use std::rc::Rc;

use rainwright_diagnostic::{Code, Problem};
use rust_decimal::prelude::ToPrimitive;

use crate::decimal::POW10;
use crate::{Decimal, Locale, Result, Small, Value, from_f64};

/// `a + b`: a sum, a text with another value after it, or a date some days later.
///
/// # Errors
/// Null, kinds that do not add, and sums out of range.
#[inline]
pub fn add(a: &Value, b: &Value, locale: &Locale) -> Result {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x.checked_add(*y).map(Value::Number).ok_or_else(out_of_range),
        (Value::Text(_), _) | (_, Value::Text(_)) => Ok(Value::from(concatenate(a, b, locale))),
        (Value::Date(_) | Value::DateTime(_), Value::Number(n)) => add_days(a, *n, locale),
        (Value::Number(n), Value::Date(_) | Value::DateTime(_)) => add_days(b, *n, locale),
        _ => numeric::<Add>(a, b),
    }
}

/// The text that two values make, one after the other.
#[must_use]
#[inline]
pub fn concatenate(a: &Value, b: &Value, locale: &Locale) -> crate::Text {
    let mut text = crate::Text::from("");
    text.push_with(|out| {
        a.write(out, locale);
        b.write(out, locale);
    });
    text
}

/// `a - b`: a difference, the milliseconds between two dates, or a date some days earlier.
///
/// # Errors
/// Null, kinds that do not subtract, and differences out of range.
#[inline]
pub fn subtract(a: &Value, b: &Value, locale: &Locale) -> Result {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x.checked_sub(*y).map(Value::Number).ok_or_else(out_of_range),
        (Value::Date(x) | Value::DateTime(x), Value::Date(y) | Value::DateTime(y)) => Ok(Value::Number(x - y)),
        (Value::Time(x), Value::Time(y)) => Ok(Value::Number((x >> 1) - (y >> 1))),
        (Value::Date(_) | Value::DateTime(_), Value::Number(n)) => {
            add_days(a, n.checked_neg().ok_or_else(out_of_range)?, locale)
        }
        _ => numeric::<Subtract>(a, b),
    }
}

/// `a * b`.
///
/// # Errors
/// Null, values that are no numbers, and products out of range.
#[inline]
pub fn multiply(a: &Value, b: &Value) -> Result {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x.checked_mul(*y).map(Value::Number).ok_or_else(out_of_range),
        _ => numeric::<Multiply>(a, b),
    }
}

/// `a / b`: a NUMBER when whole numbers divide without rest, else a DECIMAL of at most 16 digits, half up.
///
/// # Errors
/// Null, values that are no numbers, and division by zero.
#[inline]
pub fn divide(a: &Value, b: &Value) -> Result {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) if *y != 0 && *y != -1 && x % y == 0 => Ok(Value::Number(x / y)),
        _ => numeric::<Divide>(a, b),
    }
}

/// `a % b`; the sign follows `a`.
///
/// # Errors
/// Null, values that are no numbers, and division by zero.
#[inline]
pub fn remainder(a: &Value, b: &Value) -> Result {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) if *y != 0 && *y != -1 => Ok(Value::Number(x % y)),
        _ => numeric::<Remainder>(a, b),
    }
}

/// `-a`.
///
/// # Errors
/// Null and values that are no numbers.
pub fn negate(a: &Value) -> Result {
    match a {
        Value::Number(n) => n.checked_neg().map(Value::Number).ok_or_else(out_of_range),
        Value::Small(s) => Small::new(-s.mantissa(), s.scale()).map(Value::Small).ok_or_else(out_of_range),
        Value::Big(d) => Ok(Value::Big(Rc::new(-**d))),
        Value::Float(f) => Ok(Value::Float((-f.get()).into())),
        _ => Err(wrong_operands("-", "Subtraction", a, &Value::Number(0))),
    }
}

/// One operator on small, large and floating decimals.
trait Operator {
    /// How it is written.
    const SIGN: &'static str;
    /// Its name in messages.
    const NAME: &'static str;
    /// Whether zero on the right side is an error.
    const DIVIDES: bool = false;
    fn small(a: Small, b: Small) -> Option<Small>;
    fn big(a: Decimal, b: Decimal) -> Option<Decimal>;
    fn float(a: f64, b: f64) -> f64;
}

struct Add;
struct Subtract;
struct Multiply;
struct Divide;
struct Remainder;

impl Operator for Add {
    const SIGN: &'static str = "+";
    const NAME: &'static str = "Addition";
    #[inline]
    fn small(a: Small, b: Small) -> Option<Small> {
        let (x, y, scale) = align(a, b)?;
        Small::new(x.checked_add(y)?, scale)
    }
    fn big(a: Decimal, b: Decimal) -> Option<Decimal> {
        a.checked_add(b)
    }
    fn float(a: f64, b: f64) -> f64 {
        a + b
    }
}

impl Operator for Subtract {
    const SIGN: &'static str = "-";
    const NAME: &'static str = "Subtraction";
    #[inline]
    fn small(a: Small, b: Small) -> Option<Small> {
        let (x, y, scale) = align(a, b)?;
        Small::new(x.checked_sub(y)?, scale)
    }
    fn big(a: Decimal, b: Decimal) -> Option<Decimal> {
        a.checked_sub(b)
    }
    fn float(a: f64, b: f64) -> f64 {
        a - b
    }
}

impl Operator for Multiply {
    const SIGN: &'static str = "*";
    const NAME: &'static str = "Multiplication";
    #[inline]
    fn small(a: Small, b: Small) -> Option<Small> {
        Small::new(a.mantissa().checked_mul(b.mantissa())?, a.scale() + b.scale())
    }
    fn big(a: Decimal, b: Decimal) -> Option<Decimal> {
        a.checked_mul(b)
    }
    fn float(a: f64, b: f64) -> f64 {
        a * b
    }
}

impl Operator for Divide {
    const SIGN: &'static str = "/";
    const NAME: &'static str = "Division";
    const DIVIDES: bool = true;
    fn small(a: Small, b: Small) -> Option<Small> {
        divide_small(a, b)
    }
    fn big(a: Decimal, b: Decimal) -> Option<Decimal> {
        divide_big(a, b)
    }
    fn float(a: f64, b: f64) -> f64 {
        a / b
    }
}

impl Operator for Remainder {
    const SIGN: &'static str = "%";
    const NAME: &'static str = "mod";
    const DIVIDES: bool = true;
    #[inline]
    fn small(a: Small, b: Small) -> Option<Small> {
        let (x, y, scale) = align(a, b)?;
        Small::new(x.checked_rem(y)?, scale)
    }
    fn big(a: Decimal, b: Decimal) -> Option<Decimal> {
        a.checked_rem(b)
    }
    fn float(a: f64, b: f64) -> f64 {
        a % b
    }
}

fn numeric<O: Operator>(a: &Value, b: &Value) -> Result {
    match short::<O>(a, b) {
        Some(result) => Ok(result),
        None => numeric_slowly::<O>(a, b),
    }
}

/// The result for whole numbers and decimals of one word, when it is one of them too.
#[inline]
fn short<O: Operator>(a: &Value, b: &Value) -> Option<Value> {
    let (x, y) = (as_small(a)?, as_small(b)?);
    if O::DIVIDES && y.mantissa() == 0 {
        return None;
    }
    let result = O::small(x, y)?;
    let whole = result.scale() == 0 && matches!((a, b), (Value::Number(_), Value::Number(_)));
    Some(if whole { Value::Number(result.mantissa()) } else { Value::Small(result) })
}

/// The operators on numbers and decimals of one word; `None` where more care is needed. They say what the functions of the
/// same names say, and are small enough to be inlined where money is added up.
pub mod short {
    use super::{Add, Divide, Multiply, Remainder, Subtract};
    use crate::Value;

    /// `a + b`.
    #[must_use]
    #[inline]
    pub fn add(a: &Value, b: &Value) -> Option<Value> {
        super::short::<Add>(a, b)
    }

    /// `a - b`.
    #[must_use]
    #[inline]
    pub fn subtract(a: &Value, b: &Value) -> Option<Value> {
        super::short::<Subtract>(a, b)
    }

    /// `a * b`.
    #[must_use]
    #[inline]
    pub fn multiply(a: &Value, b: &Value) -> Option<Value> {
        super::short::<Multiply>(a, b)
    }

    /// `a / b`.
    #[must_use]
    #[inline]
    pub fn divide(a: &Value, b: &Value) -> Option<Value> {
        super::short::<Divide>(a, b)
    }

    /// `a % b`.
    #[must_use]
    #[inline]
    pub fn remainder(a: &Value, b: &Value) -> Option<Value> {
        super::short::<Remainder>(a, b)
    }
}

#[cold]
fn numeric_slowly<O: Operator>(a: &Value, b: &Value) -> Result {
    if let (Some(x), Some(y)) = (as_decimal(a), as_decimal(b)) {
        if O::DIVIDES && y.is_zero() {
            return Err(divide_by_zero(O::SIGN));
        }
        let result = O::big(x, y).ok_or_else(out_of_range)?;
        if matches!((a, b), (Value::Number(_), Value::Number(_))) && result.scale() == 0 {
            return result.to_i64().map(Value::Number).ok_or_else(out_of_range);
        }
        return Ok(Value::from(result));
    }
    match (as_f64(a), as_f64(b)) {
        (Some(x), Some(y)) => Ok(from_f64(O::float(x, y))),
        _ => Err(wrong_operands(O::SIGN, O::NAME, a, b)),
    }
}

#[inline]
fn as_small(v: &Value) -> Option<Small> {
    match v {
        Value::Small(s) => Some(*s),
        Value::Number(n) => Small::new(*n, 0),
        _ => None,
    }
}

fn as_decimal(v: &Value) -> Option<Decimal> {
    match v {
        Value::Small(s) => Some(s.to_decimal()),
        Value::Number(n) => Some(Decimal::from(*n)),
        Value::Big(d) => Some(**d),
        _ => None,
    }
}

fn as_f64(v: &Value) -> Option<f64> {
    match v {
        Value::Float(f) => Some(f.get()),
        other => as_decimal(other)?.to_f64(),
    }
}

/// Both mantissas at the larger of the two scales.
#[inline]
fn align(a: Small, b: Small) -> Option<(i64, i64, u32)> {
    let (sa, sb) = (a.scale(), b.scale());
    if sa == sb {
        return Some((a.mantissa(), b.mantissa(), sa));
    }
    if sa < sb {
        let unit = *POW10.get((sb - sa) as usize)?;
        Some((a.mantissa().checked_mul(unit)?, b.mantissa(), sb))
    } else {
        let unit = *POW10.get((sa - sb) as usize)?;
        Some((a.mantissa(), b.mantissa().checked_mul(unit)?, sa))
    }
}

/// A quotient of at most 16 significant digits, half up, trailing zeros cut.
fn divide_small(a: Small, b: Small) -> Option<Small> {
    let scale = i64::from(a.scale()) - i64::from(b.scale());
    let (x, y) = (a.mantissa(), b.mantissa());
    // Dividing by a power of ten only moves the point.
    let power = y.unsigned_abs().ilog10();
    if POW10[power as usize] == y.abs() && x.unsigned_abs() < 10u64.pow(16) {
        return trim(x * y.signum(), scale + i64::from(power));
    }
    let (x, y) = (i128::from(x) * i128::from(y.signum()), i128::from(y.abs()));
    let (mut n, mut scale) = (x.abs(), scale);
    if n == 0 {
        return Small::new(0, 0);
    }
    while n < y * 10i128.pow(15) {
        n *= 10;
        scale += 1;
    }
    let mut q = n / y;
    let mut rest = n % y;
    let mut unit = y;
    while q >= 10i128.pow(16) {
        rest += (q % 10) * unit;
        unit *= 10;
        q /= 10;
        scale -= 1;
    }
    if rest * 2 >= unit {
        q += 1;
    }
    trim(i64::try_from(q * x.signum()).ok()?, scale)
}

/// Cuts trailing zeros after the point and brings the scale to zero or more.
fn trim(mut mantissa: i64, mut scale: i64) -> Option<Small> {
    if mantissa == 0 {
        return Small::new(0, 0);
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    while scale < 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale += 1;
    }
    Small::new(mantissa, u32::try_from(scale).ok()?)
}

fn divide_big(a: Decimal, b: Decimal) -> Option<Decimal> {
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    let quotient = a.checked_div(b)?;
    // An exact whole quotient keeps all its digits, as NUMBER / NUMBER does.
    if quotient.fract().is_zero() && quotient.checked_mul(b) == Some(a) {
        return Some(quotient.normalize());
    }
    Some(quotient.round_sf_with_strategy(16, MidpointAwayFromZero)?.normalize())
}

/// Whole days later on the calendar of the script's zone, so that the clock's time stays.
fn add_days(date: &Value, days: i64, locale: &Locale) -> Result {
    let (Value::Date(millis) | Value::DateTime(millis)) = date else {
        return Err(out_of_range());
    };
    if days.unsigned_abs() > 4_000_000 {
        return Err(out_of_range());
    }
    let local = locale.zone.to_local(*millis) + days * crate::DAY;
    Ok(Value::DateTime(crate::in_range(locale.zone.to_instant(local))?))
}

#[cold]
fn out_of_range() -> Box<Problem> {
    Box::new(Problem::new(Code::OutOfRange, "Number out of range"))
}

#[cold]
fn divide_by_zero(sign: &str) -> Box<Problem> {
    let message = format!("Error in performing the Operation {sign} : Divide by zero error");
    Box::new(Problem::new(Code::DivideByZero, message))
}

#[cold]
fn wrong_operands(sign: &str, name: &str, a: &Value, b: &Value) -> Box<Problem> {
    if sign == "%" {
        let message = "On performing mod operation mismatch of data type expressions found";
        let help = format!("% takes two numbers; here it met {} and {}.", a.kind(), b.kind());
        let code = if a.is_null() || b.is_null() { Code::NullValue } else { Code::WrongKind };
        return Box::new(Problem::new(code, message).with_help(help));
    }
    if a.is_null() || b.is_null() {
        let message = format!("Null value occurred while performing {name} operation");
        return Box::new(Problem::new(Code::NullValue, message));
    }
    let message = format!("The operator {sign} cannot be applied to {} and {}", a.kind(), b.kind());
    Box::new(Problem::new(Code::WrongKind, message))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::parse_decimal;

    fn calc(f: fn(&Value, &Value) -> Result, a: &str, b: &str) -> String {
        let read = |s: &str| s.parse::<i64>().map_or_else(|_| parse_decimal(s).unwrap(), Value::Number);
        f(&read(a), &read(b)).unwrap().to_text(&Locale::default())
    }

    #[test]
    fn decimals_are_exact() {
        let plus = |a: &Value, b: &Value| add(a, b, &Locale::default());
        assert_eq!(calc(plus, "0.1", "0.2"), "0.3");
        assert_eq!(calc(plus, "1.50", "2"), "3.50");
        assert_eq!(calc(multiply, "1.10", "1.10"), "1.2100");
        assert_eq!(calc(multiply, "123456789.123", "987654321.987"), "121932631355968601.347401");
    }

    #[test]
    fn quotients_are_whole_or_of_sixteen_digits() {
        assert_eq!(calc(divide, "6", "3"), "2");
        assert_eq!(calc(divide, "7", "2"), "3.5");
        assert_eq!(calc(divide, "10", "3"), "3.333333333333333");
        assert_eq!(calc(divide, "20", "3"), "6.666666666666667");
        assert_eq!(calc(divide, "-20", "3"), "-6.666666666666667");
        assert_eq!(calc(divide, "10003", "100.0"), "100.03");
        assert_eq!(calc(divide, "1000", "100.0"), "10");
        assert_eq!(calc(divide, "1", "0.001"), "1000");
        assert_eq!(calc(divide, "9223372036854775807", "7"), "1317624576693539401");
        assert_eq!(calc(remainder, "-7", "3"), "-1");
        assert_eq!(calc(remainder, "7.5", "2"), "1.5");
    }

    #[test]
    fn the_edges_of_numbers_are_errors() {
        let (max, min) = (Value::Number(i64::MAX), Value::Number(i64::MIN));
        assert!(add(&max, &Value::Number(1), &Locale::default()).is_err());
        assert!(divide(&min, &Value::Number(-1)).is_err());
        assert!(matches!(remainder(&min, &Value::Number(-1)), Ok(Value::Number(0))));
        assert!(negate(&min).is_err());
        assert!(divide(&max, &Value::Number(0)).is_err());
    }
}
