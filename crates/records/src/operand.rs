//! The right side of a comparison, made to fit the column on its left.

use rainwright_effect::{Data, Decimal};
use rainwright_value::{DAY, Locale, Value, parse_moment};

use crate::database::Sql;
use crate::field::Storage;

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// Nothing: the question is whether the field is unset.
    Unset,
    /// A value of another kind, which is equal to none and in no order.
    Other,
    /// A value of the column's kind.
    Is(Sql),
    /// A value between two of the column's kind, the lower of which this is: 1.5 for a number, noon for a date.
    Above(i64),
}

impl Operand {
    /// The operand for a column. An empty text asks for unset.
    pub(crate) fn of(value: &Data, storage: &Storage, locale: &Locale) -> Operand {
        match value {
            Data::Null => return Operand::Unset,
            Data::Text(text) if text.is_empty() => return Operand::Unset,
            Data::Records(set) => {
                let first = set.ids.first().map_or(Data::Null, |id| Data::Number(*id));
                return Operand::of(&first, storage, locale);
            }
            _ => {}
        }
        let found = match storage {
            Storage::Text | Storage::Choice | Storage::Choices | Storage::File(_) | Storage::Composite => {
                text(value, locale).map(|text| Operand::Is(Sql::Text(text)))
            }
            Storage::Number | Storage::Lookup(_) | Storage::Lookups(_) => whole(value),
            Storage::Decimal => digits(value).map(|digits| Operand::Is(Sql::Text(digits))),
            Storage::Date => date(value, locale),
            Storage::DateTime => instant(value, locale).map(|millis| Operand::Is(Sql::Integer(millis))),
            Storage::Time => time(value, locale).map(|millis| Operand::Is(Sql::Integer(millis))),
            Storage::Flag => flag(value).map(|flag| Operand::Is(Sql::Integer(flag.into()))),
            Storage::Rows | Storage::Children(_) | Storage::Nothing => None,
        };
        found.unwrap_or(Operand::Other)
    }
}

/// A value as text, as the script would print it; none for lists and maps.
#[must_use]
pub fn text(value: &Data, locale: &Locale) -> Option<String> {
    Some(match value {
        Data::Text(text) => text.clone(),
        Data::Bool(_) | Data::Number(_) | Data::Decimal(_) | Data::Float(_) => value.to_json(),
        Data::Date(days) => Value::Date(locale.zone.to_instant(days.saturating_mul(DAY))).to_text(locale),
        Data::DateTime { millis, .. } => Value::DateTime(*millis).to_text(locale),
        Data::Time { millis, twelve_hours } => Value::Time((millis << 1) | i64::from(*twelve_hours)).to_text(locale),
        Data::File(file) => file.name.clone(),
        _ => return None,
    })
}

/// A number or the whole number below it.
fn whole(value: &Data) -> Option<Operand> {
    Some(match value {
        Data::Number(number) => Operand::Is(Sql::Integer(*number)),
        Data::Float(float) if float.is_finite() => {
            let below = float.floor();
            #[allow(clippy::cast_possible_truncation)]
            let number = below as i64;
            if below == *float && below.abs() < 9.2e18 {
                Operand::Is(Sql::Integer(number))
            } else {
                Operand::Above(number)
            }
        }
        Data::Decimal(decimal) => floor(*decimal)?,
        Data::Text(text) => floor(text.trim().parse().ok()?)?,
        _ => return None,
    })
}

fn floor(decimal: Decimal) -> Option<Operand> {
    let unit = 10_i128.checked_pow(decimal.scale().into())?;
    let below = decimal.mantissa().div_euclid(unit);
    let is_whole = decimal.mantissa().rem_euclid(unit) == 0;
    Some(match i64::try_from(below) {
        Ok(number) if is_whole => Operand::Is(Sql::Integer(number)),
        Ok(number) => Operand::Above(number),
        Err(_) => Operand::Above(if below < 0 { i64::MIN } else { i64::MAX }),
    })
}

/// A number by its digits, without exponent.
pub(crate) fn digits(value: &Data) -> Option<String> {
    match value {
        Data::Number(number) => Some(number.to_string()),
        Data::Decimal(decimal) => Some(decimal.to_string()),
        Data::Float(float) if float.is_finite() => Some(float.to_string()),
        Data::Text(text) => text.trim().parse::<Decimal>().ok().map(|decimal| decimal.to_string()),
        _ => None,
    }
}

/// A day, or the day that an instant lies in.
fn date(value: &Data, locale: &Locale) -> Option<Operand> {
    match value {
        Data::Date(days) => Some(Operand::Is(Sql::Integer(*days))),
        _ => {
            let millis = instant(value, locale)?;
            let local = locale.zone.to_local(millis);
            let day = local.div_euclid(DAY);
            Some(if locale.zone.to_instant(day * DAY) == millis {
                Operand::Is(Sql::Integer(day))
            } else {
                Operand::Above(day)
            })
        }
    }
}

/// An instant, midnight in the application's zone for a day; texts are read in the application's format.
pub(crate) fn instant(value: &Data, locale: &Locale) -> Option<i64> {
    match value {
        Data::DateTime { millis, .. } => Some(*millis),
        Data::Date(days) => Some(locale.zone.to_instant(days.checked_mul(DAY)?)),
        Data::Text(text) => match parse_moment(text, locale)? {
            Value::Date(millis) | Value::DateTime(millis) => Some(millis),
            _ => None,
        },
        _ => None,
    }
}

/// Milliseconds since midnight.
pub(crate) fn time(value: &Data, locale: &Locale) -> Option<i64> {
    match value {
        Data::Time { millis, .. } => Some(*millis),
        Data::Text(text) => match parse_moment(text, locale)? {
            Value::Time(packed) => Some(packed >> 1),
            _ => None,
        },
        _ => None,
    }
}

/// A decision.
pub(crate) fn flag(value: &Data) -> Option<bool> {
    match value {
        Data::Bool(flag) => Some(*flag),
        Data::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Data::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
