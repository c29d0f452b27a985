//! DECIMAL outside of a run: its digits and where the point is.

use std::fmt;
use std::str::FromStr;

use rainwright_diagnostic::{Code, Problem};

/// An exact decimal number of up to 38 digits: `mantissa` divided by ten to the power of `scale`. A script's own decimals
/// have up to 28 digits. Two decimals are equal when digits and scale are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i128,
    scale: u8,
}

impl Decimal {
    /// The number with these digits, the last `scale` of them after the point.
    #[must_use]
    pub const fn new(mantissa: i128, scale: u8) -> Self {
        Self { mantissa, scale }
    }

    /// The digits, with their sign.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// How many digits come after the point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, digits) = (usize::from(self.scale), self.mantissa.unsigned_abs().to_string());
        if self.mantissa < 0 {
            f.write_str("-")?;
        }
        if scale == 0 {
            return f.write_str(&digits);
        }
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(f, "{whole}.{fraction}")
    }
}

impl FromStr for Decimal {
    type Err = Problem;

    /// Reads digits with an optional sign and point: `-15.50`.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let bad = || Problem::new(Code::CannotParse, format!("'{text}' is not a decimal number."));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if digits.is_empty() || !all_digits(digits) || !all_digits(fraction) {
            return Err(bad());
        }
        let mantissa = format!("{whole}{fraction}").parse().map_err(|_| bad())?;
        Ok(Self { mantissa, scale: u8::try_from(fraction.len()).map_err(|_| bad())? })
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::new(number.into(), 0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Decimal;

    #[test]
    fn digits_and_scale_survive_printing() {
        for text in
            ["0", "15.50", "-0.05", "0.000", "-12", "99999999999999999999999999.99", "1.2345678901234567890123456789"]
        {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        for bad in ["", ".", "-", "1e5", "1.2.3", "1.-2", " 1", "x"] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }
}
