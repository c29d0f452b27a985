//! Functions of NUMBER and DECIMAL.
//!
//! Exact where arithmetic is; roots, logarithms, angles go through 64-bit floating point and print as Java prints them.

use std::cmp::Ordering;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{
    Decimal, Kind, Kinds, Result, Value, add, compare, divide, from_f64, negate, remainder, round_half_up, subtract,
    truncate, whole,
};

use crate::{Basis, Builtin, Call, Example, Form, Param};

const NUMBER: Kinds = Kinds::of(&[Kind::Number]);
const DECIMAL: Kinds = Kinds::of(&[Kind::Decimal]);
const DECIMAL_OR_NULL: Kinds = Kinds::of(&[Kind::Decimal, Kind::Null]);
const BOOL: Kinds = Kinds::of(&[Kind::Bool]);
const OTHER: Param = Param::new("other", Kinds::NUMERIC, "The other number.");

/// A row for a function that works in floating point.
const fn floating(
    name: &'static str,
    doc: &'static str,
    edge: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, on: Kinds::NUMERIC, returns: DECIMAL_OR_NULL, doc, edge, examples, run, ..Builtin::ROW }
}

/// Functions of NUMBER and DECIMAL.
pub(crate) const NUMBERS: &[Builtin] = &[
    Builtin {
        name: "abs",
        on: Kinds::NUMERIC,
        returns: Kinds::NUMERIC,
        doc: "The number without its sign.",
        edge: "A decimal keeps its digits: 15.50 stays 15.50.",
        examples: &[Example::new("abs(-15.50)", "15.50")],
        run: |call| {
            let number = numeric(call)?;
            if compare(number, &Value::Number(0)) == Some(Ordering::Less) { negate(number) } else { Ok(number.clone()) }
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "ceil",
        on: Kinds::NUMERIC,
        returns: NUMBER,
        doc: "The smallest whole number that is not below this one.",
        examples: &[Example::new("10.1.ceil()", "11"), Example::new("ceil(-10.9)", "-10")],
        run: |call| whole_beside(call, Decimal::ceil, f64::ceil),
        ..Builtin::ROW
    },
    Builtin {
        name: "floor",
        on: Kinds::NUMERIC,
        returns: NUMBER,
        doc: "The largest whole number that is not above this one.",
        examples: &[Example::new("10.999.floor()", "10"), Example::new("floor(-10.1)", "-11")],
        run: |call| whole_beside(call, Decimal::floor, f64::floor),
        ..Builtin::ROW
    },
    Builtin {
        name: "frac",
        on: Kinds::NUMERIC,
        returns: Kinds::NUMERIC,
        doc: "The digits after the point, with the number's sign.",
        examples: &[Example::new("24.6.frac()", "0.6"), Example::new("frac(-25.1)", "-0.1")],
        run: |call| remainder(numeric(call)?, &Value::Number(1)),
        ..Builtin::ROW
    },
    Builtin {
        name: "round",
        on: Kinds::NUMERIC,
        params: &[Param::optional(
            "places",
            NUMBER,
            "How many digits stay after the point; negative: before it. 0 when left out.",
        )],
        returns: Kinds::NUMERIC,
        doc: "The number rounded to some places; five and more go up, away from zero.",
        edge: "More negative places than the number has digits give 0.",
        examples: &[
            Example::new("12.345.round(2)", "12.35"),
            Example::new("1.005.round(2)", "1.01"),
            Example::new("1250.round(-2)", "1300"),
        ],
        run: |call| {
            let places = if call.given(0) { call.number(0)? } else { 0 };
            round_half_up(numeric(call)?, places.clamp(-99, 28)).ok_or_else(out_of_range)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "truncate",
        on: Kinds::NUMERIC,
        params: &[Param::new("places", NUMBER, "How many digits stay after the point; negative: zeros before it.")],
        returns: Kinds::NUMERIC,
        doc: "The number cut to some places, without rounding.",
        edge: "More negative places than the number has digits give 0.",
        examples: &[
            Example::new("25.125432.truncate(2)", "25.12"),
            Example::new("9789.852.truncate(-2)", "9700"),
            Example::new("truncate(-1.99, 1)", "-1.9"),
        ],
        run: |call| {
            let places = call.number(0)?.clamp(-99, 28);
            truncate(numeric(call)?, places).ok_or_else(out_of_range)
        },
        ..Builtin::ROW
    },
    floating(
        "signum",
        "1.0 for a positive number, -1.0 for a negative one, 0.0 for zero.",
        "",
        &[Example::new("25.125432.signum()", "1.0"), Example::new("signum(-12)", "-1.0")],
        |call| real(call, |x| if x == 0.0 { 0.0 } else { x.signum() }),
    ),
    Builtin {
        name: "power",
        aliases: &["pow"],
        on: Kinds::NUMERIC,
        params: &[Param::new("exponent", Kinds::NUMERIC, "The power.")],
        returns: Kinds::NUMERIC.or(DECIMAL_OR_NULL),
        doc: "The number raised to a power.",
        edge: "Exact for whole exponents that are not negative, as long as 28 digits hold it. Null where there is no real \
               result.",
        examples: &[
            Example::new("power(3, 2)", "9"),
            Example::new("1.5.power(2)", "2.25"),
            Example::new("power(2, -1)", "0.5"),
        ],
        run: power,
        ..Builtin::ROW
    },
    floating(
        "sqrt",
        "The square root.",
        "Null for a negative number.",
        &[Example::new("sqrt(9)", "3.0"), Example::new("sqrt(-9)", "null")],
        |call| real(call, f64::sqrt),
    ),
    floating("exp", "The number e raised to this power.", "", &[Example::new("exp(0)", "1.0")], |call| {
        real(call, f64::exp)
    }),
    floating(
        "log",
        "The natural logarithm.",
        "Null for zero and below.",
        &[Example::new("log(90)", "4.499809670330265"), Example::new("log(0)", "null")],
        |call| real(call, |x| if x > 0.0 { x.ln() } else { f64::NAN }),
    ),
    floating(
        "log10",
        "The logarithm to base 10.",
        "Null for zero and below.",
        &[Example::new("81.log10()", "1.9084850188786497")],
        |call| real(call, |x| if x > 0.0 { x.log10() } else { f64::NAN }),
    ),
    floating(
        "sin",
        "The sine of an angle in radians.",
        "The last digit may differ from Zoho's.",
        &[Example::new("sin(0)", "0.0")],
        |call| real(call, f64::sin),
    ),
    floating(
        "cos",
        "The cosine of an angle in radians.",
        "The last digit may differ from Zoho's.",
        &[Example::new("cos(0)", "1.0")],
        |call| real(call, f64::cos),
    ),
    floating(
        "tan",
        "The tangent of an angle in radians.",
        "The last digit may differ from Zoho's.",
        &[Example::new("tan(0)", "0.0")],
        |call| real(call, f64::tan),
    ),
    floating(
        "asin",
        "The angle, in radians, with this sine.",
        "Null outside of -1 to 1.",
        &[Example::new("asin(0)", "0.0"), Example::new("asin(2)", "null")],
        |call| real(call, f64::asin),
    ),
    floating(
        "acos",
        "The angle, in radians, with this cosine.",
        "Null outside of -1 to 1.",
        &[Example::new("acos(1)", "0.0")],
        |call| real(call, f64::acos),
    ),
    floating(
        "atan",
        "The angle, in radians, with this tangent.",
        "",
        &[Example::new("atan(1)", "0.7853981633974483")],
        |call| real(call, f64::atan),
    ),
    floating("sinh", "The hyperbolic sine.", "", &[Example::new("sinh(0)", "0.0")], |call| real(call, f64::sinh)),
    floating("cosh", "The hyperbolic cosine.", "", &[Example::new("cosh(0)", "1.0")], |call| real(call, f64::cosh)),
    floating("tanh", "The hyperbolic tangent.", "", &[Example::new("tanh(0)", "0.0")], |call| real(call, f64::tanh)),
    Builtin {
        name: "min",
        on: Kinds::NUMERIC,
        params: &[OTHER],
        returns: Kinds::NUMERIC,
        doc: "The smaller of two numbers.",
        edge: "For a list there is smallest.",
        examples: &[Example::new("min(2.5, 2.25)", "2.25")],
        run: |call| choose(call, Ordering::Greater),
        ..Builtin::ROW
    },
    Builtin {
        name: "max",
        on: Kinds::NUMERIC,
        params: &[OTHER],
        returns: Kinds::NUMERIC,
        doc: "The larger of two numbers.",
        edge: "For a list there is largest.",
        examples: &[Example::new("max(100, 200)", "200")],
        run: |call| choose(call, Ordering::Less),
        ..Builtin::ROW
    },
    Builtin {
        name: "isEven",
        on: Kinds::NUMERIC,
        returns: BOOL,
        doc: "Whether the number can be divided by two.",
        edge: "A number with a fraction is neither even nor odd.",
        examples: &[Example::new("1234.isEven()", "true"), Example::new("isEven(2.5)", "false")],
        run: |call| Ok(whole(numeric(call)?).is_some_and(|n| n % 2 == 0).into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "isOdd",
        on: Kinds::NUMERIC,
        returns: BOOL,
        doc: "Whether the number is whole and cannot be divided by two.",
        edge: "A number with a fraction is neither even nor odd.",
        examples: &[Example::new("111.isOdd()", "true"), Example::new("isOdd(2.5)", "false")],
        run: |call| Ok(whole(numeric(call)?).is_some_and(|n| n % 2 != 0).into()),
        ..Builtin::ROW
    },
    Builtin {
        name: "randomNumber",
        aliases: &["randomnumber"],
        params: &[
            Param::new("start", Kinds::NUMERIC, "The smallest number; the end when it is the only argument."),
            Param::optional("end", Kinds::NUMERIC, "The number that is not reached."),
        ],
        returns: Kinds::NUMERIC,
        form: Form::Function,
        basis: Basis::Observed,
        doc: "A random number from `start` up to `end`, `end` not included: whole for whole limits, decimal otherwise.",
        edge: "A start that is not below the end is an error. With one number the range begins at 0.",
        examples: &[Example::new("randomNumber(4, 5)", "4")],
        run: random_number,
        ..Builtin::ROW
    },
];

/// The receiver, which must be a number.
fn numeric<'c>(call: &'c Call) -> Result<&'c Value> {
    let number = call.receiver();
    if Kinds::NUMERIC.has(number.kind()) { Ok(number) } else { Err(call.wrong_receiver(Kinds::NUMERIC)) }
}

/// The nearest float of a number.
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => Some(*n as f64),
        Value::Small(s) => Some(s.to_f64()),
        Value::Big(d) => d.to_string().parse().ok(),
        Value::Float(f) => Some(f.get()),
        _ => None,
    }
}

/// The result of a function in floating point; null where it has none.
fn real(call: &Call, function: fn(f64) -> f64) -> Result {
    let x = float(call.receiver()).ok_or_else(|| call.wrong_receiver(Kinds::NUMERIC))?;
    Ok(defined(function(x)))
}

fn defined(y: f64) -> Value {
    if y.is_nan() { Value::Null } else { from_f64(y) }
}

fn whole_beside(call: &Call, exact: fn(&Decimal) -> Decimal, float: fn(f64) -> f64) -> Result {
    let nearest = match call.receiver() {
        Value::Number(n) => return Ok(Value::Number(*n)),
        Value::Small(s) => exact(&s.to_decimal()),
        Value::Big(d) => exact(d),
        Value::Float(f) => {
            return whole(&Value::Float(float(f.get()).into())).map(Value::Number).ok_or_else(out_of_range);
        }
        _ => return Err(call.wrong_receiver(DECIMAL)),
    };
    whole(&Value::from(nearest)).map(Value::Number).ok_or_else(out_of_range)
}

fn power(call: &mut Call) -> Result {
    let (base, exponent) = (numeric(call)?, call.arg(0));
    let Some(y) = float(exponent) else {
        return Err(call.wrong_argument(0, Kinds::NUMERIC));
    };
    if let Some(n) = whole(exponent).and_then(|n| u32::try_from(n).ok()) {
        let exact = match base {
            Value::Number(b) => b.checked_pow(n).map(Value::Number),
            Value::Small(s) => raise(s.to_decimal(), n),
            Value::Big(d) => raise(**d, n),
            _ => None,
        };
        if let Some(exact) = exact {
            return Ok(exact);
        }
    }
    let x = float(base).ok_or_else(|| call.wrong_receiver(Kinds::NUMERIC))?;
    if x == 0.0 && y < 0.0 {
        return Ok(Value::Null);
    }
    Ok(defined(x.powf(y)))
}

/// A power whose digits all fit; `None` when some would be lost.
fn raise(base: Decimal, exponent: u32) -> Option<Value> {
    let scale = base.scale().checked_mul(exponent)?;
    if scale > 28 {
        return None;
    }
    let mantissa = base.mantissa().checked_pow(exponent)?;
    Decimal::try_from_i128_with_scale(mantissa, scale).ok().map(Value::from)
}

/// The receiver, unless it compares so with the argument.
fn choose(call: &Call, unless: Ordering) -> Result {
    let (a, b) = (numeric(call)?, call.arg(0));
    if !Kinds::NUMERIC.has(b.kind()) {
        return Err(call.wrong_argument(0, Kinds::NUMERIC));
    }
    Ok(if compare(a, b) == Some(unless) { b } else { a }.clone())
}

fn random_number(call: &mut Call) -> Result {
    let (start, end) = if call.given(1) {
        (call.arg(0).clone(), call.arg(1).clone())
    } else {
        (Value::Number(0), call.arg(0).clone())
    };
    for (index, limit) in [&start, &end].into_iter().enumerate() {
        if !Kinds::NUMERIC.has(limit.kind()) {
            return Err(call.wrong_argument(if call.given(1) { index } else { 0 }, Kinds::NUMERIC));
        }
    }
    if compare(&start, &end) != Some(Ordering::Less) {
        return Err(call.bad_argument("the start must be below the end"));
    }
    let bits = call.cx.random()?;
    if let (Value::Number(start), Value::Number(end)) = (&start, &end) {
        let width = i128::from(*end) - i128::from(*start);
        let picked = i128::from(*start) + i128::from(bits) * width / (1 << 64);
        return i64::try_from(picked).map(Value::Number).map_err(|_| out_of_range());
    }
    // Six digits after the point, so that the result is exact and below the end.
    let share = divide(&Value::Number((bits % 1_000_000) as i64), &Value::Number(1_000_000))?;
    let width = subtract(&end, &start, &call.cx.locale)?;
    add(&start, &rainwright_value::multiply(&width, &share)?, &call.cx.locale)
}

#[cold]
fn out_of_range() -> Box<Problem> {
    Box::new(Problem::new(Code::OutOfRange, "Number out of range"))
}
